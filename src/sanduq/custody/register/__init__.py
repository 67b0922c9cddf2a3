"""Where every thing is, and each step by which it came there."""
