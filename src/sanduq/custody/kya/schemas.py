"""Wire shapes of knowing one's assets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sanduq.custody.kya.model import MatchedOn, Twin
from sanduq.custody.schemas import Identifier
from sanduq.kit.wire import Input, Output


class TwinQuery(Input):
    item_id: Identifier


class TwinOut(Output):
    item_id: str
    twin_item_id: str
    subject_id: str
    matched_on: MatchedOn


class TwinsOut(Output):
    """What is held and looks the same as one item; empty when nothing does."""

    type: Literal["custody_twins"]
    item_id: str
    data: list[TwinOut]


def twins_out(item_id: str, twins: Sequence[Twin]) -> dict[str, Any]:
    """Twins as the API writes them."""
    return TwinsOut(
        type="custody_twins",
        item_id=item_id,
        data=[
            TwinOut(
                item_id=twin.item_id,
                twin_item_id=twin.twin_item_id,
                subject_id=twin.subject_id,
                matched_on=twin.matched_on,
            )
            for twin in twins
        ],
    ).model_dump()
