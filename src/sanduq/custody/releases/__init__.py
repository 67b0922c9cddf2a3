"""Orders to let things go: the only way out of the register."""
