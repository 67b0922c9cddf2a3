"""How a group does: repayment, risk, meetings, and how its members stand by one another."""
