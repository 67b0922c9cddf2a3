"""Signs that a facility is a loan in the guise of a sale: counted, and held against limits. No I/O.

Each sign alone has an honest explanation; two or more together are for the Shariah board
(rule SCF-13, AAOIFI SS 58 3/1 and 3/5, SS 25 6/3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sanduq.kit.ratio import Ratio, ratio
from sanduq.sarf.facts_facility import MonitorFact
from sanduq.sarf.terms.model import FacilityTerms

BP = 10_000
PERIOD_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Period:
    """The days looked at, both included; None: from the first, to the last."""

    from_on: date | None
    to_on: date | None


ALWAYS = Period(None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorFigures:
    """What was seen in a period.

    `ended` promises are used up or over; `taken_up` of them were used at least once. Of the
    `purchases` under promises `at_cap` were at the most that may be asked. Of the `pieces` handed
    over in them `same_pieces` had been sold by the same customer in that facility, and
    `same_bags` went out of the very bag they had come in. `own_name_bags` are bags of owned gold
    still kept under an exchange or a person instead of the inventory, and `debt_texts` texts that
    speak as to a debtor, both as they are today.
    """

    period: Period
    ended: int
    taken_up: int
    purchases: int
    at_cap: int
    pieces: int
    same_pieces: int
    same_bags: int
    own_name_bags: int
    debt_texts: int

    @property
    def take_up(self) -> Ratio:
        """How many promises that ended were used."""
        return ratio(self.taken_up, self.ended)

    @property
    def same_piece(self) -> Ratio:
        """How many pieces went back to whom they came from."""
        return ratio(self.same_pieces, self.pieces)

    @property
    def at_cap_share(self) -> Ratio:
        """How many purchases were at the most that may be asked."""
        return ratio(self.at_cap, self.purchases)

    @property
    def same_bag(self) -> Ratio:
        """How many pieces never left their bag before they went back."""
        return ratio(self.same_bags, self.pieces)

    def is_enough(self, settings: FacilityTerms) -> bool:
        """Whether any share is of a sample large enough to say something."""
        return max(self.ended, self.purchases) >= settings.monitor_sample_min

    def fact(self, settings: FacilityTerms) -> MonitorFact:
        """The figures beside the limits of the terms, as the rule looks at them.

        A share says nothing of a sample too small: promises that ended for the take-up, purchases
        for the rest. Shares are rounded up, so that what is over a limit by however little is over
        it. Pieces that went back in their own bags are a sign once their share is over the limit
        for the same piece.
        """
        sample_min = settings.monitor_sample_min
        taken_up = _bp(self.taken_up, self.ended) if self.ended >= sample_min else 0
        is_enough = self.purchases >= sample_min
        at_cap = _bp(self.at_cap, self.purchases) if is_enough else 0
        same_piece = _bp(self.same_pieces, self.pieces) if is_enough else 0
        same_bag = _bp(self.same_bags, self.pieces) if is_enough else 0
        kept = self.same_bags if same_bag > settings.same_piece_limit_bp else 0
        return MonitorFact(
            sample=max(self.ended, self.purchases),
            sample_min=sample_min,
            same_piece_bp=same_piece,
            same_piece_limit_bp=settings.same_piece_limit_bp,
            take_up_bp=taken_up,
            take_up_limit_bp=settings.take_up_limit_bp,
            at_cap_bp=at_cap,
            at_cap_limit_bp=settings.at_cap_limit_bp,
            own_name_bags=self.own_name_bags + kept,
            debt_word_messages=self.debt_texts,
        )


def _bp(part: int, whole: int) -> int:
    """A share in basis points, rounded up."""
    return 0 if whole == 0 else -(-part * BP // whole)
