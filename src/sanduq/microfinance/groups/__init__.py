"""Lending groups: their people, their meetings, and what each member answers for."""
