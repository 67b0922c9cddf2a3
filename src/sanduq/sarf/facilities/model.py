"""The facility: a sale of gold, a promise of one side after it, purchases if the customer likes.

It is no loan and has no debt in it: nothing here is owed to the institution at any time. No I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sanduq.assets.price_boards.model import PriceBoard
from sanduq.kit.money import Asset, Money
from sanduq.sarf.pieces.model import Piece


class FacilityStatus(StrEnum):
    QUOTED = "QUOTED"
    SESSION1_OPEN = "SESSION1_OPEN"
    SOLD = "SOLD"
    PROMISE_ISSUED = "PROMISE_ISSUED"
    WINDOW_OPEN = "WINDOW_OPEN"
    SESSION2_OPEN = "SESSION2_OPEN"
    PART_BOUGHT = "PART_BOUGHT"
    BOUGHT_BACK = "BOUGHT_BACK"
    LAPSED = "LAPSED"
    CLOSED = "CLOSED"
    VOID_UNWOUND = "VOID_UNWOUND"
    CANCELLED = "CANCELLED"


_S = FacilityStatus

NEXT: Mapping[FacilityStatus, frozenset[FacilityStatus]] = {
    _S.QUOTED: frozenset({_S.SESSION1_OPEN, _S.CANCELLED}),
    _S.SESSION1_OPEN: frozenset({_S.SOLD, _S.VOID_UNWOUND}),
    _S.SOLD: frozenset({_S.PROMISE_ISSUED, _S.VOID_UNWOUND}),
    _S.PROMISE_ISSUED: frozenset({_S.WINDOW_OPEN, _S.SESSION2_OPEN, _S.LAPSED, _S.VOID_UNWOUND}),
    _S.WINDOW_OPEN: frozenset({_S.SESSION2_OPEN, _S.LAPSED, _S.VOID_UNWOUND}),
    _S.SESSION2_OPEN: frozenset({_S.WINDOW_OPEN, _S.PART_BOUGHT, _S.BOUGHT_BACK, _S.LAPSED}),
    _S.PART_BOUGHT: frozenset({_S.SESSION2_OPEN, _S.LAPSED, _S.WINDOW_OPEN}),
    _S.BOUGHT_BACK: frozenset({_S.CLOSED, _S.PART_BOUGHT, _S.WINDOW_OPEN, _S.LAPSED}),
    _S.LAPSED: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset({_S.PART_BOUGHT, _S.WINDOW_OPEN, _S.LAPSED}),
    _S.VOID_UNWOUND: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""What may follow what. Back from BOUGHT_BACK and CLOSED leads only a purchase that is void."""


class FacilityAction(StrEnum):
    CANCEL = "cancel"
    OPEN_SESSION = "open_session"
    UNDERTAKE = "undertake"
    BUY_BACK = "buy_back"
    LAPSE = "lapse"


WINDOWED = frozenset({_S.PROMISE_ISSUED, _S.WINDOW_OPEN, _S.PART_BOUGHT})
"""States in which a promise stands and no sitting is open; the window itself is told by its days.
"""

ALLOWED: Mapping[FacilityAction, frozenset[FacilityStatus]] = {
    FacilityAction.CANCEL: frozenset({_S.QUOTED}),
    FacilityAction.OPEN_SESSION: WINDOWED | {_S.QUOTED},
    FacilityAction.UNDERTAKE: frozenset({_S.SOLD}),
    FacilityAction.BUY_BACK: WINDOWED,
    FacilityAction.LAPSE: WINDOWED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndependentQuote:
    """What somebody else would give, shown to the seller."""

    source: str
    amount: Money
    quoted_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCharge:
    """A charge somebody wants to lay on the customer; the rules refuse every one (SCF-11)."""

    kind: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFacility:
    """A facility about to be opened on a quote.

    `conditions` are other contracts it would hang on, by kind; `debt_references` debts that would
    refer to it. Both are stated so that the rules can refuse them.
    """

    quote_id: str
    item_ids: tuple[str, ...]
    owner_declaration: str
    stolen_goods_check: str
    acknowledged_lines: tuple[str, ...]
    independent_quote: IndependentQuote | None = None
    charges: tuple[StatedCharge, ...] = ()
    conditions: tuple[str, ...] = ()
    debt_references: tuple[str, ...] = ()
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A facility as it stands. `fine_weight_mg` and `price_minor` are of the sale, once closed."""

    facility_id: str
    external_id: str | None
    status: FacilityStatus
    customer_id: str
    branch_id: str
    asset: Asset
    terms_id: str
    quote_id: str
    language: str
    item_ids: tuple[str, ...]
    owner_declaration: str
    stolen_goods_check: str
    independent_quote: IndependentQuote | None
    acknowledged_lines: tuple[str, ...]
    acknowledged_at: datetime
    purchase_session_id: str | None
    sold_at: datetime | None
    fine_weight_mg: int | None
    price_minor: int | None
    provision_minor: int
    ended_at: datetime | None
    end_reason: str | None
    created_at: datetime
    created_by: str
    metadata: Mapping[str, str]
    version: int
    promise: Promise | None
    buy_backs: tuple[BuyBack, ...]

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    @property
    def open_buy_back(self) -> BuyBack | None:
        """What the customer asked for and has not got yet; one at a time."""
        return next((one for one in self.buy_backs if one.status in WAITING), None)


class PromiseStatus(StrEnum):
    ISSUED = "ISSUED"
    OPEN = "OPEN"
    FULFILLED = "FULFILLED"
    LAPSED = "LAPSED"
    WITHDRAWN = "WITHDRAWN"


STANDING = frozenset({PromiseStatus.ISSUED, PromiseStatus.OPEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCounterPromise:
    """A promise somebody wants of the customer; the rules refuse it (WAD-06)."""

    promisor_id: str
    from_on: date
    to_on: date
    is_binding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromise:
    """A promise about to be issued: no more than what the terms say, or less.

    What a promise may not hold (a fee, a counter-promise, a right to pass it on, a lower price
    promised) is stated so that the rules can refuse it.
    """

    fine_weight_mg: int | None = None
    price_formula: str | None = None
    is_transferable: bool = False
    fee: Money | None = None
    counter_promises: tuple[StatedCounterPromise, ...] = ()
    lower_price_promised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The institution's promise to sell. It binds nobody else and ends by itself."""

    promise_id: str
    facility_id: str
    status: PromiseStatus
    promisee_id: str
    asset: Asset
    fine_weight_mg: int
    bought_fine_mg: int
    cap_bp: int
    price_formula: str
    opens_on: date
    closes_on: date
    language: str
    wording: str
    wording_hash: str
    issued_at: datetime
    issued_by: str
    ended_on: date | None

    @property
    def remaining_fine_mg(self) -> int:
        """What may still be bought under it, in milligrams of pure gold."""
        return self.fine_weight_mg - self.bought_fine_mg

    @property
    def is_standing(self) -> bool:
        return self.status in STANDING


class BuyBackStatus(StrEnum):
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    AGREED = "AGREED"
    SESSION_OPEN = "SESSION_OPEN"
    BOUGHT = "BOUGHT"
    REFUSED = "REFUSED"
    ENDED = "ENDED"


WAITING = (BuyBackStatus.AWAITING_APPROVAL, BuyBackStatus.AGREED, BuyBackStatus.SESSION_OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBuyBack:
    """What the customer chooses to buy today; no price: the most the promise allows.

    `price_formula` and `set_off_ids` are stated so that the rules can refuse them.
    """

    item_ids: tuple[str, ...]
    price: Money | None = None
    price_formula: str | None = None
    payment_terms: str = "spot"
    set_off_ids: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyBack:
    """A purchase under the promise, asked for on a day, at that day's price."""

    buy_back_id: str
    facility_id: str
    promise_id: str
    status: BuyBackStatus
    item_ids: tuple[str, ...]
    fine_weight_mg: int
    cap_minor: int
    price_minor: int
    price_board_id: str
    asked_on: date
    reason: str | None
    approved_by: str | None
    session_id: str | None
    provision_used_minor: int
    created_at: datetime
    created_by: str

    @property
    def is_lower(self) -> bool:
        """Whether less than the most the promise allows is asked."""
        return self.price_minor < self.cap_minor


@dataclass(frozen=True, slots=True)
class Candidate:
    """A free piece that fits, and the most that may be asked for it today."""

    piece: Piece
    price_minor: int


@dataclass(frozen=True, slots=True)
class BuyBackQuote:
    """What the promise is worth to the customer today; `is_open` says whether today is a day of it.

    `market_minor` and `cap_minor` are of the weight asked after, on today's board; `candidates`
    are free pieces of the institution that fit into what remains, each at its own exact price.
    """

    facility: Facility
    promise: Promise
    board: PriceBoard
    fine_weight_mg: int
    market_minor: int
    cap_minor: int
    is_open: bool
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class FacilityFilters:
    """Which facilities a list shows; None does not filter."""

    status: FacilityStatus | None = None
    customer_id: str | None = None
    branch_id: str | None = None
    external_id: str | None = None


def may(action: FacilityAction, status: FacilityStatus) -> bool:
    """Whether the table of states lets a verb run."""
    return status in ALLOWED[action]


def status_after(promise: Promise, today: date) -> FacilityStatus:
    """Where a facility stands by its promise, when no sitting is open."""
    if promise.status is PromiseStatus.FULFILLED:
        return FacilityStatus.BOUGHT_BACK
    if promise.status is PromiseStatus.LAPSED:
        return FacilityStatus.LAPSED
    if promise.bought_fine_mg:
        return FacilityStatus.PART_BOUGHT
    if promise.opens_on <= today:
        return FacilityStatus.WINDOW_OPEN
    return FacilityStatus.PROMISE_ISSUED
