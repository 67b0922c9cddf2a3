"""The parts of the posting bench: each measures one thing and says what bounds it."""
