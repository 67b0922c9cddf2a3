"""Programs: loans made for a purpose, who funds them, and what they are to achieve."""
