"""The pledge book: what is in force and how it is covered, what keeping costs, what was sold."""
