"""The collection sheet of a meeting: who came, who paid what, and the cash that was counted."""
