"""Facts of one exchange of gold and money: the sitting, what each received, the gold itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sanduq.sarf.model import Leg, MixClass, PossessionKind, SessionEnd, SessionKind

SPOT = "spot"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFact:
    """The sitting. Days are the institution's own, instants are those of its clock.

    `accepted_on` and `effective_on` None: on the day of the sitting. `closed_at` is the instant at
    which it closed, or is about to. `refers_to` names other exchanges or promises found in the
    paper or the data of this one.
    """

    session_id: str
    kind: SessionKind
    session_on: date
    opened_at: datetime
    expires_at: datetime
    offered_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    accepted_on: date | None = None
    closed_at: datetime | None = None
    ended_how: SessionEnd | str | None = None
    price_minor: int | None = None
    price_lock_expires_at: datetime | None = None
    has_option: bool = False
    conditions: tuple[str, ...] = ()
    effective_on: date | None = None
    payment_terms: str = SPOT
    refers_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PossessionFact:
    """One side received. `received_on` is the local day on which the receiver could dispose of it.

    `session_id` None: in the sitting looked at. `is_disposable`: he can draw it, carry it away.
    """

    leg: Leg
    kind: PossessionKind | str
    received_at: datetime
    received_on: date
    session_id: str | None = None
    received_by_id: str | None = None
    reference: str | None = None
    amount_minor: int | None = None
    fine_weight_mg: int | None = None
    is_disposable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldPiece:
    """One thing of metal. `fine_tenths` is the pure metal counted, in tenths of a milligram.

    `mix_class` None: nobody said what it is mixed with. `is_allocated`: this very thing is meant,
    by its number; unallocated gold is a share of a heap.
    """

    item_id: str
    net_weight_mg: int
    fineness_bp: int
    fine_tenths: int
    kind: str
    mix_class: MixClass | str | None = MixClass.ALLOY
    metal: str = "gold"
    is_allocated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFact:
    """Who acts for a side. `is_for_himself`: the agent takes for himself what he bought."""

    agent_id: str
    principal_id: str
    authority_document_id: str | None
    has_delivery_before_parting: bool = True
    is_for_himself: bool = False
    has_second_contract: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDelivery:
    """An exchange of which only a part was delivered, divided into what stands and what falls."""

    valid_fine_mg: int
    valid_minor: int
    void_fine_mg: int
    void_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectFact:
    """A hidden defect the buyer found. `choice`: keep or return; None while he has not chosen."""

    item_id: str
    sold_on: date
    found_on: date
    term_days: int
    choice: str | None = None
    is_honoured: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFact:
    """What the gold is worth that day, exactly, and what was shown of it to who sells.

    Limits are what the price lies below the market at which another's quote, and then the
    scholars, are asked.
    """

    market_minor: Fraction | int
    has_independent_quote: bool = False
    independent_quote_above_bp: int = 1_500
    review_discount_above_bp: int = 3_000
