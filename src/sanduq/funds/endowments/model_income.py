"""Money of an endowment as values: what came in, how it is divided, where it all stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sanduq.funds.endowments.model import WHOLE_BP, Endowment, Intent, PayKind, Recipient
from sanduq.kit.money import Money


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money received. `intent` is None for what the asset earned."""

    receipt_id: str
    endowment_id: str
    amount_minor: int
    intent: Intent | None
    donor_id: str | None
    description: str | None
    received_on: date
    journal_id: str
    recorded_at: datetime
    recorded_by: str
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReceiveMoney:
    """Money to be taken in; without an intent it is what the asset earned."""

    amount: Money
    intent: Intent | None
    donor_id: str | None
    description: str | None
    received_on: date | None
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Distribute:
    """Income to be used; `payees` names who takes it for a category."""

    amount: Money
    recipient: Recipient
    payees: Mapping[str, str]
    memo: str | None
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Share:
    """What one category received; `payee_id` is whoever took it for them, if named."""

    category: str
    amount_minor: int
    payee_id: str | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """One use of income, with each part it went to."""

    distribution_id: str
    endowment_id: str
    recipient: Recipient
    amount_minor: int
    restored_minor: int
    nazir_minor: int
    shares: tuple[Share, ...]
    memo: str | None
    distributed_on: date
    created_at: datetime
    created_by: str
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an endowment stands, read from its register and its accounts, in minor units.

    `named` is what the corpus should be; `booked` the part of it kept in money; `on_qard` the
    losses suffered by lending; `undistributed` and `cash` what its accounts hold.
    """

    named_minor: int
    lost_minor: int
    restored_minor: int
    returned_minor: int
    booked_minor: int
    lost_on_qard_minor: int
    income_minor: int
    nazir_paid_minor: int
    undistributed_minor: int
    cash_minor: int

    @property
    def gap_minor(self) -> int:
        """What the corpus lacks of the amount named."""
        return self.lost_minor - self.restored_minor

    @property
    def corpus_minor(self) -> int:
        return self.named_minor - self.gap_minor - self.returned_minor


@dataclass(frozen=True, slots=True)
class EndowmentState:
    """An endowment together with where it stands today."""

    endowment: Endowment
    standing: Standing
    owed_to_nazir_minor: int


@dataclass(frozen=True, slots=True)
class Movement:
    """A total of one kind of journal on the income: above zero what came, below what went."""

    kind: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The income of a period, use by use, beside the corpus as it stands now."""

    state: EndowmentState
    from_on: date | None
    to_on: date
    opening_minor: int
    movements: tuple[Movement, ...]

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + sum(each.amount_minor for each in self.movements)


@dataclass(frozen=True, slots=True)
class Waterfall:
    """An amount of income divided in the order of WQF-07."""

    restored_minor: int
    nazir_minor: int
    purposes_minor: int


def nazir_earned_minor(endowment: Endowment, income_minor: int, on: date) -> int:
    """The pay earned since approval: so much for each full period, or a share of income."""
    pay = endowment.deed.nazir_pay
    if pay is None or endowment.approved_at is None:
        return 0
    if pay.kind is PayKind.SHARE:
        return income_minor * pay.share_bp // WHOLE_BP
    started_on = endowment.approved_at.date()
    months = (on.year - started_on.year) * 12 + on.month - started_on.month
    months -= 1 if on.day < started_on.day else 0
    return pay.amount_minor * max(0, months // endowment.deed.distribution_frequency.months)


def nazir_owed_minor(endowment: Endowment, standing: Standing, on: date) -> int:
    """What the waqf owes its nazir now."""
    earned = nazir_earned_minor(endowment, standing.income_minor, on)
    return max(0, earned - standing.nazir_paid_minor)


def divide(amount_minor: int, gap_minor: int, owed_minor: int) -> Waterfall:
    """Divides income: the corpus whole again, then the nazir, then the purposes."""
    restored = min(amount_minor, gap_minor)
    paid = min(amount_minor - restored, owed_minor)
    return Waterfall(restored, paid, amount_minor - restored - paid)


def split(total_minor: int, shares_bp: Sequence[int]) -> tuple[int, ...]:
    """Divides by shares of ten thousand; the sum is exact, by largest remainder, first of equals.

    Refuses (`ValueError`) shares that do not add up to the whole, and a negative total.
    """
    if total_minor < 0 or sum(shares_bp) != WHOLE_BP or any(share < 0 for share in shares_bp):
        raise ValueError("shares add up to the whole and divide a total of zero or more")
    parts = [divmod(total_minor * share, WHOLE_BP) for share in shares_bp]
    rest = total_minor - sum(whole for whole, _ in parts)
    favoured = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))[:rest]
    return tuple(whole + (1 if place in favoured else 0) for place, (whole, _) in enumerate(parts))


def lendable_minor(standing: Standing, placed_minor: int) -> int:
    """How much of the corpus may still be placed with pools, `placed_minor` being there already.

    What a pool lost is no longer there to place, and no longer in the corpus.
    """
    return standing.booked_minor + standing.lost_on_qard_minor - placed_minor
