"""What the keeping of fee policies refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownFeePolicy(NotFound):
    """There is no such fee policy in this institution."""


class FeePolicyChanged(Conflict):
    """The fee policy has changed since you read it: read it again."""


class FeePolicyExternalIdTaken(Conflict):
    """Another fee policy has this external_id."""


class FeePolicyState(Conflict):
    """The fee policy is not in a state that allows this."""


class FeePolicyWithoutResolution(Conflict):
    """A fee policy is approved under a resolution of the Shariah board in force today."""

    code = "FEE_POLICY_NO_RESOLUTION"


class FeePolicyWithoutStudy(Conflict):
    """No custody cost study agreed to by finance and the Shariah board is in force today."""

    code = "FEE_POLICY_NO_COST_STUDY"
