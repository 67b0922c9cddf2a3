"""The portfolio: its quality, its repayment, what it costs and earns, and who stays."""
