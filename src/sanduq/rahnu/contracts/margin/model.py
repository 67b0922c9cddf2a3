"""How near claims have come to the value of a pledge: flags, trigger prices, calls. No I/O.

A flag is information. It never gives a right to sell: a pledge is sold only for a debt that fell
due and stayed unpaid (RHN-23; AAOIFI SS 39 3/4/1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from sanduq.kit.money import Asset, Money
from sanduq.rahnu.contracts.model import MarginFlag, PledgeStatus
from sanduq.rahnu.model import BP, ltv_bp
from sanduq.rahnu.templates.model import PledgeTerms

FLAGS = (MarginFlag.NONE, MarginFlag.WATCH, MarginFlag.CALL, MarginFlag.CRITICAL)
RANK = {flag: rank for rank, flag in enumerate(FLAGS)}
CALLED = frozenset({MarginFlag.CALL, MarginFlag.CRITICAL})
TENTHS_PER_GRAM = 10_000


@dataclass(frozen=True, slots=True)
class Cover:
    """What a pledge answers for, beside what stands for it. Minor units.

    `claims_minor`: the debt outstanding and the custody fee due to the day. `held_minor`: cash
    held as additional pledge, the owner's money.
    """

    claims_minor: int
    value_minor: int
    held_minor: int = 0

    @property
    def cover_minor(self) -> int:
        """The value of the things and the cash held beside them."""
        return self.value_minor + self.held_minor

    @property
    def ltv_bp(self) -> int | None:
        """Claims as a share of the cover, rounded up; None where there are claims and no cover."""
        return ltv_bp(self.claims_minor, self.cover_minor)

    def reaches(self, threshold_bp: int) -> bool:
        """Whether claims are at least such a share of the cover, without any rounding."""
        return self.claims_minor > 0 and self.claims_minor * BP >= threshold_bp * self.cover_minor

    def is_within(self, limit_bp: int) -> bool:
        """Whether claims are at most such a share of the cover, without any rounding."""
        return self.claims_minor * BP <= limit_bp * self.cover_minor


def thresholds(terms: PledgeTerms) -> tuple[tuple[MarginFlag, int], ...]:
    """The flags with the share at which each is raised, gravest first."""
    return (
        (MarginFlag.CRITICAL, terms.critical_bp),
        (MarginFlag.CALL, terms.margin_call_bp),
        (MarginFlag.WATCH, terms.watch_bp),
    )


def flag_after(before: MarginFlag, cover: Cover, terms: PledgeTerms) -> MarginFlag:
    """The flag that follows. One is raised where its share is reached, and lowered only below
    that share less the hysteresis, so that a price that trembles rings no bell twice."""
    reached = _highest(cover, terms, 0)
    kept = _highest(cover, terms, terms.hysteresis_bp)
    return FLAGS[max(RANK[reached], min(RANK[kept], RANK[before]))]


def _highest(cover: Cover, terms: PledgeTerms, less_bp: int) -> MarginFlag:
    for flag, threshold_bp in thresholds(terms):
        if cover.reaches(threshold_bp - less_bp):
            return flag
    return MarginFlag.NONE


def status_of(flag: MarginFlag) -> PledgeStatus:
    """How a pledge in force shows a flag: a called one as MARGIN_CALL, any other as ACTIVE."""
    return PledgeStatus.MARGIN_CALL if flag in CALLED else PledgeStatus.ACTIVE


class MarginCause(StrEnum):
    """What changed a flag."""

    PRICE = "price"
    VALUATION = "valuation"
    CLAIMS = "claims"
    TOP_UP = "top_up"
    TOP_UP_RETURN = "top_up_return"
    ITEMS = "items"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Metalled:
    """The metal under a pledge: pure weight in tenths of a milligram, and what else covers.

    `other_minor` is the value of things no board prices; `haircut_bp` is what is taken off a
    value by the board.
    """

    fine_tenths: int
    other_minor: int
    haircut_bp: int = 0


@dataclass(frozen=True, slots=True)
class Trigger:
    """The price of a gram of pure metal at which a flag is raised; None: no price does."""

    flag: MarginFlag
    threshold_bp: int
    price_minor: int | None


def triggers(cover: Cover, metal: Metalled, terms: PledgeTerms) -> tuple[Trigger, ...]:
    """At which prices the loan-to-value ratio reaches its limit and each flag, mildest first.

    `P* = claims ÷ (fine grams × threshold)`: claims of 7,210.00 on 50 g reach 85% at 169.65. Cash
    held and things without a metal price are taken off first. The first line has no flag of its
    own: it is the limit at which a new pledge is taken.
    """
    ladder = ((MarginFlag.NONE, terms.ltv_max_bp), *reversed(thresholds(terms)))
    return tuple(
        Trigger(flag, threshold_bp, _price_minor(cover, metal, threshold_bp))
        for flag, threshold_bp in ladder
    )


def _price_minor(cover: Cover, metal: Metalled, threshold_bp: int) -> int | None:
    """To the nearest minor unit of a gram, a half downwards: it is shown, never decided by."""
    if metal.fine_tenths <= 0:
        return None
    needed = Fraction(cover.claims_minor * BP, threshold_bp) - cover.held_minor - metal.other_minor
    weighed = Fraction(metal.fine_tenths * (BP - metal.haircut_bp), TENTHS_PER_GRAM * BP)
    price = needed / weighed if weighed else Fraction(0)
    return -int((Fraction(1, 2) - price) // 1) if price > 0 else None


class CallStatus(StrEnum):
    """A call is cured when claims are covered again, and over when the pledge is."""

    OPEN = "OPEN"
    CURED = "CURED"
    CLOSED = "CLOSED"


class Channel(StrEnum):
    """How a notice reached the owner."""

    VISIT = "visit"
    LETTER = "letter"
    PHONE = "phone"
    MESSAGE = "message"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it is shown that a notice reached the owner."""

    channel: Channel
    proof: str
    delivered_on: date
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginCall:
    """A notice that claims have come near the value of a pledge. Amounts in minor units.

    `cure_by_on` counts from the day the notice reached the owner, once that is known.
    """

    margin_call_id: str
    contract_id: str
    pledgor_id: str
    branch_id: str
    asset: Asset
    flag: MarginFlag
    called_on: date
    cure_by_on: date
    claims_minor: int
    cover_minor: int
    notice: str
    created_at: datetime
    created_by: str
    delivery: Delivery | None = None
    ended_on: date | None = None
    end_cause: MarginCause | None = None

    @property
    def ltv_bp(self) -> int | None:
        return ltv_bp(self.claims_minor, self.cover_minor)

    @property
    def status(self) -> CallStatus:
        if self.ended_on is None:
            return CallStatus.OPEN
        is_over = self.end_cause is MarginCause.CLOSED
        return CallStatus.CLOSED if is_over else CallStatus.CURED


def cure_by(called_on: date, delivered_on: date | None, cure_days: int) -> date:
    """The last day to answer a call: counted from the notice, or from the day it arrived."""
    return max(called_on, delivered_on or called_on) + timedelta(days=cure_days)


def notice_text(cover: Cover, terms: PledgeTerms, asset: Asset, cure_by_on: date) -> str:
    """What the owner is told when a margin is called, and what it does not mean (RHN-23)."""
    ratio = cover.ltv_bp
    share = "more than" if ratio is None else f"{percent(ratio)} of"
    return (
        f"What you owe with this pledge, {Money(cover.claims_minor, asset)}, is now"
        f" {share} what covers it, {Money(cover.cover_minor, asset)};"
        f" {percent(terms.margin_call_bp)} was agreed as the point at which you are told."
        f" Until {cure_by_on} you may, if you wish, pay a part, add a thing or leave cash with us;"
        " all of it stays yours. This notice gives nobody a right to sell: your things can be sold"
        " only for a debt that has fallen due and was not paid."
    )


def percent(basis_points: int) -> str:
    """A share as people read it: 7,210 basis points are 72.10%, 8,500 are 85%."""
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02d}%".replace(".00%", "%")


@dataclass(frozen=True, slots=True)
class FlagChange:
    """A pledge whose flag moved, and on what figures."""

    contract_id: str
    before: MarginFlag
    after: MarginFlag
    cover: Cover
    cause: MarginCause

    @property
    def is_called(self) -> bool:
        """The owner must be told."""
        return self.after in CALLED and self.before not in CALLED

    @property
    def is_cured(self) -> bool:
        return self.before in CALLED and self.after not in CALLED


class RevaluationBasis(StrEnum):
    """What a value rests on: the day's board, valuations made for it, or the whole book's run."""

    BOARD = "board"
    VALUATIONS = "valuations"
    BOOK = "book"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revaluation:
    """A pledge valued anew, as a fact: what it was worth and is, and what that did."""

    revaluation_id: str
    contract_id: str
    basis: RevaluationBasis
    price_board_id: str | None
    source: str | None
    run_id: str | None
    old_value_minor: int
    new_value_minor: int
    claims_minor: int
    held_minor: int
    flag_before: MarginFlag
    flag_after: MarginFlag
    revalued_at: datetime
    revalued_by: str

    @property
    def ltv_before_bp(self) -> int | None:
        return ltv_bp(self.claims_minor, self.old_value_minor + self.held_minor)

    @property
    def ltv_after_bp(self) -> int | None:
        return ltv_bp(self.claims_minor, self.new_value_minor + self.held_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRevaluation:
    """A run over the whole book: how many pledges, what they were worth before and after.

    `unpriced_items`: things whose grade the board does not price; they kept their value.
    """

    run_id: str
    metal: str
    asset: Asset
    price_board_id: str
    revalued_on: date
    pledge_count: int
    unpriced_items: int
    old_value_minor: int
    new_value_minor: int
    called_count: int
    cured_count: int
    created_at: datetime
    created_by: str


class TopUpKind(StrEnum):
    RECEIVED = "received"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """Cash left with us beside a pledge, or given back: the owner's money all along."""

    top_up_id: str
    contract_id: str
    kind: TopUpKind
    amount: Money
    held_after_minor: int
    reason: str | None
    journal_id: str
    moved_on: date
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A pledge's margin as it stands, with the way it came there, newest first."""

    flag: MarginFlag
    cover: Cover
    debt_minor: int
    fee_minor: int
    terms: PledgeTerms
    triggers: tuple[Trigger, ...]
    is_price_stale: bool
    call: MarginCall | None
    history: Sequence[tuple[FlagChange, datetime]]
