"""Vaults, and the cabinets, trays and slots in them."""
