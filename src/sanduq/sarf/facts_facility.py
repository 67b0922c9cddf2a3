"""Facts of the facility: a sale of gold, a promise after it, perhaps a purchase of gold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from sanduq.sarf.model import Window
from sanduq.shariah.model import Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardAnswers:
    """The board's resolution on the terms, the questions it answers, and what it was given.

    `approved` is the fingerprint of the words approved, `current` of the words as they stand.
    """

    resolution: Resolution | None
    answers: frozenset[str] = frozenset()
    approved: str | None = None
    current: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeFact:
    """A charge laid on the customer of a facility: custody, service, or another."""

    kind: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractOneFact:
    """The sale by the customer: its words and all that refers to it.

    `debt_references`: receivables, schedules, due dates, guarantees and pledges by kind and id.
    `links`: ids of a promise or a second contract found in its data. `waited_hours` None: nobody
    knows when the customer was told; `rescission_days`: a right to undo after the contract.
    """

    texts: tuple[str, ...] = ()
    debt_references: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    fees: tuple[FeeFact, ...] = ()
    owner_declaration: str | None = None
    stolen_goods_check: str | None = None
    waited_hours: Fraction | int | None = None
    wait_hours_min: int = 24
    rescission_days: int = 0
    is_owned: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTwoFact:
    """The purchase by the customer, asked for, agreed or made on `on`.

    `market_minor` is the exact value of the gold that day; the cap is `cap_bp` of it. `formula`:
    how the price was reached (empty: the promise's own). `remaining_fine_mg` is what the promise
    still holds before this purchase. `set_offs`: debts the price is paid with instead of money.
    """

    on: date
    market_minor: Fraction | int
    cap_bp: int
    price_minor: int
    formula: str = ""
    fine_mg: int = 0
    remaining_fine_mg: int = 0
    has_promised_fineness: bool = True
    is_lower_price_approved: bool = False
    text: str = ""
    session_id: str | None = None
    first_session_id: str | None = None
    first_on: date | None = None
    payment_terms: str = "spot"
    is_netted: bool = False
    has_own_invoice: bool = True
    set_offs: tuple[str, ...] = ()
    bought_by_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterWindow:
    """What happens to a promise and its gold when the window is over.

    `ended_on`: the first day on which the promise no longer holds. Amounts are what of a gain or a
    loss on the gold goes to the customer's account.
    """

    window: Window
    ended_on: date | None = None
    passed_gain_minor: int = 0
    passed_loss_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorFact:
    """Signs of a disguised loan, counted over a sample; shares in basis points beside their limits.

    `own_name_bags`: bags of bought gold that still bear a customer's name.
    """

    sample: int
    sample_min: int = 10
    same_piece_bp: int = 0
    same_piece_limit_bp: int = 5_000
    take_up_bp: int = 0
    take_up_limit_bp: int = 9_000
    at_cap_bp: int = 0
    at_cap_limit_bp: int = 9_000
    own_name_bags: int = 0
    debt_word_messages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverFact:
    """Gold free to be sold beside the promises open, in fine milligrams, and what is set aside."""

    free_fine_mg: int
    promised_fine_mg: int
    cover_ratio_bp: int = 10_000
    onerous_minor: int = 0
    provision_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureFact:
    """The lines the customer must be told, and those he acknowledged one by one."""

    version: str
    lines: tuple[str, ...]
    acknowledged: frozenset[str] = field(default_factory=frozenset)
