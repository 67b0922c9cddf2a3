"""Transports, broken seals and new seals, each by two officers."""
