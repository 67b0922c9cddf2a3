"""Calls on a group's guarantees: divided, paid to the lender once, recovered from the debtor."""
