"""What arithmetic on precious things refuses."""

from __future__ import annotations

from sanduq.kit.errors import Refusal, ValidationFailed


class FinenessUnknown(Refusal):
    """This fineness is not one the institution works with: name a grade of the table."""

    code = "FINENESS_UNKNOWN"


class WeightBelowStones(ValidationFailed):
    """Stones and other parts weigh as much as the whole: weigh it again."""

    @classmethod
    def of(cls, gross_weight_mg: int, other_weight_mg: int) -> WeightBelowStones:
        """Names both weights, in milligrams."""
        message = (
            f"the whole weighs {gross_weight_mg} mg, its stones and other parts"
            f" {other_weight_mg} mg: nothing is left to value, so weigh it again"
        )
        place = {"field": "stone_weight_grams", "code": "above_gross", "message": message}
        return cls(message, details=[place])
