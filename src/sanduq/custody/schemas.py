"""Wire shapes shared by the parts of custody."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sanduq.custody.model import Consents
from sanduq.kit.wire import AmountOut, Input, Output, Text
from sanduq.kit.wire_weight import WeightIn, grams
from sanduq.kit.wire_weight import weight_mg as positive_weight_mg

WeightOut = AmountOut
Identifier = Annotated[Text, Field(max_length=70)]
Name = Annotated[Text, Field(max_length=120)]


def weight_mg(value: object, field: str) -> int:
    """A weight in milligrams. Refuses VALIDATION_ERROR what is no weight above zero."""
    return positive_weight_mg(value, field, is_positive=True)


class ConsentsIn(Input):
    """What both parties of the pledge signed, for a thing their agreed third party keeps."""

    pledgor: Name
    pledgee: Name

    def command(self) -> Consents:
        """Both references."""
        return Consents(self.pledgor, self.pledgee)


class ConsentsOut(Output):
    pledgor: str
    pledgee: str


def consents_out(consents: Consents | None) -> ConsentsOut | None:
    """Both references as the API writes them."""
    if consents is None:
        return None
    return ConsentsOut(pledgor=consents.pledgor, pledgee=consents.pledgee)


class WeighingIn(Input):
    """The weight the second officer reads off the scale himself."""

    weight_grams: WeightIn

    def weight_mg(self) -> int:
        """In milligrams."""
        return weight_mg(self.weight_grams, "weight_grams")


class ReasonIn(Input):
    reason: Annotated[Text, Field(max_length=500)]


__all__ = [
    "ConsentsIn", "ConsentsOut", "Identifier", "Name", "ReasonIn", "WeighingIn",
    "WeightIn", "WeightOut", "consents_out", "grams", "weight_mg",
]  # fmt: skip
