"""The pledge book: what is in force and how it is covered, what its keeping costs, what was sold."""
