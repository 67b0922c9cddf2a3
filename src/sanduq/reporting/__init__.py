"""Reports: what the book looks like, read from facts and tied to the ledger."""
