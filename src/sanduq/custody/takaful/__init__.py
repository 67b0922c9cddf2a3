"""Takaful on what is kept."""
