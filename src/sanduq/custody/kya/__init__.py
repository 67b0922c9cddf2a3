"""Know your asset: the same thing under another name."""
