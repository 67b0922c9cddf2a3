"""Counting what lies in the vault without knowing what should."""
