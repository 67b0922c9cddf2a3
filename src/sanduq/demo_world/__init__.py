"""The demonstration world: two years of life of a small institution, told in order of days."""
