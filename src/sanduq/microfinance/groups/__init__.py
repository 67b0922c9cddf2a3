"""Lending groups: their names, which loans refer to."""
