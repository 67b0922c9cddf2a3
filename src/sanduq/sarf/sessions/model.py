"""One exchange of gold and money: offered, accepted and received in one sitting. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.sarf.model import Leg, PossessionKind, SessionKind
from sanduq.sarf.terms.model import FacilityTerms


class SessionStatus(StrEnum):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    CLOSED = "CLOSED"
    UNWOUND = "UNWOUND"
    VOID = "VOID"


class SessionAction(StrEnum):
    ACCEPT = "accept"
    RECEIVE = "receive"
    CLOSE = "close"
    UNWIND = "unwind"
    RETURN_MONEY = "return_money"
    VOID = "void"


NEXT: Mapping[SessionStatus, frozenset[SessionStatus]] = {
    SessionStatus.OPEN: frozenset({SessionStatus.ACCEPTED, SessionStatus.UNWOUND}),
    SessionStatus.ACCEPTED: frozenset({SessionStatus.CLOSED, SessionStatus.UNWOUND}),
    SessionStatus.CLOSED: frozenset({SessionStatus.VOID}),
    SessionStatus.UNWOUND: frozenset(),
    SessionStatus.VOID: frozenset(),
}

ALLOWED: Mapping[SessionAction, frozenset[SessionStatus]] = {
    SessionAction.ACCEPT: frozenset({SessionStatus.OPEN}),
    SessionAction.RECEIVE: frozenset({SessionStatus.ACCEPTED}),
    SessionAction.CLOSE: frozenset({SessionStatus.ACCEPTED}),
    SessionAction.UNWIND: frozenset(
        {SessionStatus.OPEN, SessionStatus.ACCEPTED, SessionStatus.UNWOUND}
    ),
    SessionAction.RETURN_MONEY: frozenset({SessionStatus.UNWOUND}),
    SessionAction.VOID: frozenset({SessionStatus.CLOSED}),
}

RUNNING = (SessionStatus.OPEN, SessionStatus.ACCEPTED)


class Direction(StrEnum):
    """`IN` comes to the institution, `OUT` leaves it."""

    IN = "IN"
    OUT = "OUT"


class VoidGround(StrEnum):
    """Why an exchange that was closed is undone: both sides go back."""

    NOT_SPOT = "not_spot"
    HIDDEN_DEFECT = "hidden_defect"
    NO_TITLE = "no_title"


def may(action: SessionAction, status: SessionStatus) -> bool:
    """Whether the table of states lets a verb run."""
    return status in ALLOWED[action]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPiece:
    """One thing that changes hands, as two officers valued it."""

    item_id: str
    direction: Direction
    valuation_id: str | None
    kind: str
    gross_weight_mg: int
    net_weight_mg: int
    fineness_bp: int
    fine_weight_mg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPossession:
    """Who says they received what, from whom, where and how.

    `received_at`: when the receiver could dispose of it (None: now); `weight_mg` is gross, as the
    receiver weighed it.
    """

    kind: PossessionKind
    received_by_id: str
    handed_over_by: str
    place: str
    reference: str | None = None
    amount: Money | None = None
    weight_mg: int | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Possession:
    """One leg received, on record."""

    leg: Leg
    kind: PossessionKind
    received_by_id: str
    handed_over_by: str
    place: str
    amount_minor: int | None
    fine_weight_mg: int | None
    reference: str | None
    received_at: datetime
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyBack:
    """How money went back to whom it came from."""

    kind: PossessionKind
    received_by_id: str
    handed_over_by: str
    place: str
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """What the sitting is judged by, as it stood when it was opened; shares in basis points.

    `owner_id` is whose the gold that leaves is: read from custody when the sitting is opened.
    """

    possession_kinds: tuple[PossessionKind, ...] = tuple(PossessionKind)
    is_jewellery_gold: bool = True
    has_independent_quote: bool = False
    independent_quote_above_bp: int = 1_500
    review_discount_above_bp: int = 3_000
    defect_days: int = 7
    owner_id: str | None = None

    @classmethod
    def under(cls, settings: FacilityTerms) -> SessionTerms:
        """What the institution's terms ask of a sitting."""
        return cls(
            possession_kinds=settings.possession_kinds,
            is_jewellery_gold=settings.is_jewellery_gold,
            independent_quote_above_bp=settings.independent_quote_above_bp,
            review_discount_above_bp=settings.review_discount_above_bp,
            defect_days=settings.defect_days,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A sitting about to be opened: the offer is made with it.

    `price_minor` is paid by whoever receives the gold; of an exchange of gold for gold it is
    nothing, and only a service at its cost may be paid.
    """

    kind: SessionKind
    customer_id: str
    branch_id: str
    asset: Asset
    price_minor: int
    market_minor: int
    price_board_id: str
    minutes_max: int
    item_ids_in: tuple[str, ...] = ()
    item_ids_out: tuple[str, ...] = ()
    service_fee_minor: int = 0
    service_cost_minor: int = 0
    wording: str | None = None
    terms: SessionTerms = SessionTerms()
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A sitting as it stands."""

    session_id: str
    external_id: str | None
    kind: SessionKind
    status: SessionStatus
    branch_id: str
    customer_id: str
    asset: Asset
    price_minor: int
    market_minor: int
    price_board_id: str
    service_fee_minor: int
    service_cost_minor: int
    terms: SessionTerms
    wording: str | None
    opened_at: datetime
    opened_by: str
    opened_on: date
    expires_at: datetime
    accepted_at: datetime | None
    accepted_by_id: str | None
    accepted_note: str | None
    ended_at: datetime | None
    ended_by: str | None
    ended_how: str | None
    end_reason: str | None
    release_id: str | None
    return_ids: tuple[str, ...]
    journal_id: str | None
    reversal_id: str | None
    money_due_back_minor: int
    money_back: MoneyBack | None
    metadata: Mapping[str, str]
    version: int
    pieces: tuple[SessionPiece, ...]
    possessions: tuple[Possession, ...]

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    @property
    def is_running(self) -> bool:
        return self.status in RUNNING

    @property
    def legs(self) -> tuple[Leg, ...]:
        """What must be received before it closes."""
        legs = []
        if any(one.direction is Direction.IN for one in self.pieces):
            legs.append(Leg.GOLD_IN)
        if any(one.direction is Direction.OUT for one in self.pieces):
            legs.append(Leg.GOLD_OUT)
        if self.money_minor:
            legs.append(Leg.MONEY)
        return tuple(legs)

    @property
    def money_minor(self) -> int:
        """What is paid in it: the price, or for gold against gold the service."""
        return self.price_minor + self.service_fee_minor

    def money(self, amount_minor: int) -> Money:
        return Money(amount_minor, self.asset)

    def moving(self, direction: Direction) -> tuple[SessionPiece, ...]:
        """What moves one way."""
        return tuple(one for one in self.pieces if one.direction is direction)

    def fine_mg(self, direction: Direction) -> int:
        """Pure gold that moves one way, in milligrams."""
        return sum(one.fine_weight_mg for one in self.moving(direction))

    def received(self, leg: Leg) -> Possession | None:
        """How a leg was received, if it was."""
        return next((one for one in self.possessions if one.leg is leg), None)

    @property
    def missing_legs(self) -> tuple[Leg, ...]:
        return tuple(leg for leg in self.legs if self.received(leg) is None)


@dataclass(frozen=True, slots=True)
class SessionFilters:
    """Which sittings a list shows; None does not filter."""

    kind: SessionKind | None = None
    status: SessionStatus | None = None
    customer_id: str | None = None
    branch_id: str | None = None
    external_id: str | None = None
