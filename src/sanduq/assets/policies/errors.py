"""What the setting of a valuation policy refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict


class PolicySetMeanwhile(Conflict):
    """Somebody else has set the policy in the same moment: read it and set yours again."""
