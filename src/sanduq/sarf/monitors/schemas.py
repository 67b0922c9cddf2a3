"""Wire shapes of the signs of a disguised loan."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset
from sanduq.kit.wire import Currency, Input, IsoDate, Output, asset_of
from sanduq.kit.wire_ratio import RatioOut, ratio_out
from sanduq.kit.wire_weight import NumberOut, fraction
from sanduq.sarf.monitors.model import MonitorFigures, Period
from sanduq.sarf.position.findings import SarfFindingOut, findings_out
from sanduq.sarf.terms.model import FacilityTerms
from sanduq.shariah.model import Evaluation


class MonitorQuery(Input):
    """`from` and `to` are days, both included; without them the last twelve months."""

    currency: Currency
    from_on: IsoDate | None = None
    to_on: IsoDate | None = None

    def asset(self) -> Asset:
        """The currency asked for. Refuses VALIDATION_ERROR unknown_currency."""
        return asset_of(self.currency)

    def period(self) -> Period | None:
        """The days asked for, None: by default. Refuses VALIDATION_ERROR the end first."""
        if self.from_on is None and self.to_on is None:
            return None
        if self.from_on is not None and self.to_on is not None and self.to_on < self.from_on:
            raise ValidationFailed.field("to_on", "before_start", "a period ends after it starts")
        return Period(self.from_on, self.to_on)


class SignsOut(Output):
    """What was seen. A share is null with its reason while there is nothing to divide by.

    `own_name_bags` and `debt_texts` are counted as they stand today.
    """

    from_on: date | None
    to_on: date | None
    promises_ended: int
    promises_used: int
    take_up: RatioOut
    purchases: int
    purchases_at_cap: int
    at_cap: RatioOut
    pieces_sold: int
    same_pieces: int
    same_piece: RatioOut
    same_bags: int
    same_bag: RatioOut
    own_name_bags: int
    debt_texts: int


class SignLimitsOut(Output):
    """Where the terms say that a share becomes a sign, and over how many promises that ended."""

    take_up: NumberOut
    at_cap: NumberOut
    same_piece: NumberOut
    sample_min: int


class SarfMonitorOut(Output):
    """Signs of a disguised loan (rule SCF-13): two or more over their limits are for the board."""

    type: Literal["sarf_monitor"]
    currency: str
    terms_id: str
    limits: SignLimitsOut
    is_sample_enough: bool
    period: SignsOut
    overall: SignsOut
    findings: list[SarfFindingOut]


def monitor_out(
    asset: Asset,
    terms_id: str,
    settings: FacilityTerms,
    period: MonitorFigures,
    overall: MonitorFigures,
    evaluations: list[Evaluation],
) -> dict[str, Any]:
    """The signs as the API writes them."""
    return SarfMonitorOut(
        type="sarf_monitor",
        currency=asset.code,
        terms_id=terms_id,
        limits=SignLimitsOut(
            take_up=fraction(settings.take_up_limit_bp),
            at_cap=fraction(settings.at_cap_limit_bp),
            same_piece=fraction(settings.same_piece_limit_bp),
            sample_min=settings.monitor_sample_min,
        ),
        is_sample_enough=period.is_enough(settings),
        period=_signs(period),
        overall=_signs(overall),
        findings=findings_out(evaluations),
    ).model_dump()


def _signs(seen: MonitorFigures) -> SignsOut:
    return SignsOut(
        from_on=seen.period.from_on,
        to_on=seen.period.to_on,
        promises_ended=seen.ended,
        promises_used=seen.taken_up,
        take_up=ratio_out(seen.take_up),
        purchases=seen.purchases,
        purchases_at_cap=seen.at_cap,
        at_cap=ratio_out(seen.at_cap_share),
        pieces_sold=seen.pieces,
        same_pieces=seen.same_pieces,
        same_piece=ratio_out(seen.same_piece),
        same_bags=seen.same_bags,
        same_bag=ratio_out(seen.same_bag),
        own_name_bags=seen.own_name_bags,
        debt_texts=seen.debt_texts,
    )
