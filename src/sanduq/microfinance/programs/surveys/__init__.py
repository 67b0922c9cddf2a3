"""Surveys: what people answered, with their consent, and how likely each is to be poor."""
