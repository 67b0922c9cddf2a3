"""The purse a group keeps for itself: given, deposited or entrusted, and never the lender's."""
