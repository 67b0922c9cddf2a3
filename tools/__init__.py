"""Tools that keep the house in order; never shipped with the package."""
