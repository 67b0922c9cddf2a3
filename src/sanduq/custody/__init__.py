"""Things kept in trust: sealed bags, the places they lie in, how they move and how they leave.

An off-book register: nothing here posts money, and nothing kept here is the institution's own.
"""
