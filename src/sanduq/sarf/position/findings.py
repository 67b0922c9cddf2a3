"""How findings of the rules on a position are written: shown as they are, refusing nothing."""

from __future__ import annotations

from collections.abc import Iterable

from sanduq.kit.wire import Output
from sanduq.shariah.model import Evaluation


class SarfFindingOut(Output):
    """What a rule found: where, what was seen, and where the limit lies.

    `resolution_id` names the board's resolution in force that settles it, if there is one.
    """

    rule_id: str
    code: str
    severity: str
    field: str
    observed: str | None
    limit: str | None
    message: str
    source: str
    resolution_id: str | None


def findings_out(evaluations: Iterable[Evaluation]) -> list[SarfFindingOut]:
    """Every finding of these evaluations."""
    return [
        SarfFindingOut.model_validate(found.as_details())
        for one in evaluations
        for found in one.findings
    ]
