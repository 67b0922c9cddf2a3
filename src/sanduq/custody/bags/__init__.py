"""Sealed bags: received by one officer, confirmed by another."""
