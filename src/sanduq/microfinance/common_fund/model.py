"""The common fund of a group: its basis and by-laws, what is due, what may go out. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from sanduq.kit.days import add_months
from sanduq.kit.money import Asset, Money
from sanduq.microfinance.groups.members.model import Membership, Role
from sanduq.obligations.schedule import Frequency

OFFICES = frozenset({Role.CHAIR, Role.TREASURER, Role.SECRETARY})
SIGNATURES_MIN = 2
WHOLE_BPS = 10_000


class Basis(StrEnum):
    """What a contribution is: a gift, a deposit guaranteed to its owner, or savings in trust."""

    TABARRU = "TABARRU"
    MEMBER_DEPOSIT = "MEMBER_DEPOSIT"
    TRUST_SAVINGS = "TRUST_SAVINGS"

    @property
    def is_owned(self) -> bool:
        """Whether what was paid in is still the member's own."""
        return self is not Basis.TABARRU


class FundStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Use(StrEnum):
    """What money leaves the fund for. The first four need their place in the by-laws."""

    COVER_CALL = "cover_call"
    HELP = "help_death_illness"
    RETURN_ON_LEAVING = "return_on_leaving"
    COSTS = "costs"
    SURPLUS = "surplus"
    WINDING_UP = "winding_up"
    REPAY_LOAN = "repay_loan"


BYLAW_USES = (Use.COVER_CALL, Use.HELP, Use.RETURN_ON_LEAVING, Use.COSTS)


class Nature(StrEnum):
    """A gift, a loan with recourse, or something that is owed."""

    GIFT = "gift"
    QARD = "qard"
    DUE = "due"


class SurplusMode(StrEnum):
    RESERVES = "reserves"
    LOWER_CONTRIBUTIONS = "lower_contributions"
    CHARITY = "charity"
    RETURN_TO_MEMBERS = "return_to_members"


class CustodianUse(StrEnum):
    """What whoever keeps the money may do with it: keep it safe, or use it as a lender."""

    SAFEKEEPING = "safekeeping"
    LENDER = "lender"


class PaymentStatus(StrEnum):
    ASKED = "ASKED"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"


class ContributionKind(StrEnum):
    CONTRIBUTION = "contribution"
    RECOVERY = "recovery"


TRANSITIONS: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.ASKED: frozenset({PaymentStatus.PAID, PaymentStatus.CANCELLED}),
    PaymentStatus.PAID: frozenset({PaymentStatus.RETURNED}),
    PaymentStatus.CANCELLED: frozenset(),
    PaymentStatus.RETURNED: frozenset(),
}
"""A cover comes back when the repayment it made is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bylaws:
    """What the members agreed on. `exit_share_bps`: of his gifts, what a leaver gets back."""

    document: str
    uses: frozenset[Use]
    cover_nature: Nature | None
    surplus_modes: frozenset[SurplusMode]
    exit_share_bps: int
    custodian_use: CustodianUse
    is_mandatory_for_loan: bool
    placement: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fund:
    """A fund on record. Amount and frequency are those the group had when it was opened."""

    fund_id: str
    group_id: str
    external_id: str | None
    status: FundStatus
    basis: Basis
    asset: Asset
    contribution_minor: int
    frequency: Frequency
    bylaws: Bylaws
    opened_on: date
    closed_at: datetime | None
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    version: int

    @property
    def contribution(self) -> Money:
        """What each member gives once a period."""
        return Money(self.contribution_minor, self.asset)


@dataclass(frozen=True, slots=True)
class Contribution:
    """Money that came in from a member, or a recovery of what was paid for him."""

    contribution_id: str
    group_id: str
    party_id: str
    kind: ContributionKind
    amount: Money
    received_on: date
    reference: str | None
    journal_id: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One officer's word for a payment."""

    officer_id: str
    role: Role
    signature: str
    signed_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that goes out, from the day it is asked for. `shares`: members whose own it is."""

    payment_id: str
    group_id: str
    status: PaymentStatus
    use: Use
    nature: Nature
    mode: SurplusMode | None
    amount: Money
    beneficiary_id: str | None
    call_id: str | None
    fund_loan_id: str | None
    reason: str
    cancel_reason: str | None
    repayment_id: str | None
    journal_id: str | None
    paid_on: date | None
    created_at: datetime
    created_by: str
    version: int
    shares: tuple[tuple[str, int], ...] = ()
    signatures: tuple[Signature, ...] = ()

    @property
    def etag(self) -> str:
        return f'"v{self.version}"'


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment as it is asked for. Without an amount: all that the use gives (on leaving, on
    winding up, of a loan, of the fund's share in a call)."""

    use: Use
    reason: str
    amount: Money | None = None
    nature: Nature | None = None
    mode: SurplusMode | None = None
    beneficiary_id: str | None = None
    call_id: str | None = None
    fund_loan_id: str | None = None


@dataclass(frozen=True, slots=True)
class FundLoan:
    """Money lent to the fund when it could not meet its payments."""

    fund_loan_id: str
    group_id: str
    lender_id: str
    amount: Money
    repaid_minor: int
    reason: str
    lent_on: date
    journal_id: str
    created_at: datetime
    created_by: str

    @property
    def outstanding_minor(self) -> int:
        return self.amount.amount_minor - self.repaid_minor


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the books say of a fund, in minor units: cash, gifts not spent, deficit met by loans,
    what is owed to lenders, and what is each member's own."""

    cash_minor: int = 0
    gifts_minor: int = 0
    deficit_minor: int = 0
    lent_minor: int = 0
    owned_minor: Mapping[str, int] | None = None

    @property
    def surplus_minor(self) -> int:
        """Gifts that are there once what the fund owes is set aside."""
        return max(0, self.gifts_minor - self.deficit_minor)

    def owned(self, party_id: str) -> int:
        return (self.owned_minor or {}).get(party_id, 0)


@dataclass(frozen=True, slots=True)
class Due:
    """What one member was to contribute by a day, and did."""

    party_id: str
    party_name: str
    periods: int
    due_minor: int
    paid_minor: int

    @property
    def outstanding_minor(self) -> int:
        return max(0, self.due_minor - self.paid_minor)


@dataclass(frozen=True, slots=True)
class FundView:
    """A fund with what the books hold of it, what is due, and what it owes."""

    fund: Fund
    holdings: Holdings
    dues: Sequence[Due]
    loans: Sequence[FundLoan]
    on: date


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a member's statement; `amount_minor` below zero went out to him or for him."""

    on: date
    what: str
    line_id: str
    amount_minor: int
    note: str | None


@dataclass(frozen=True, slots=True)
class MemberStatement:
    """What a member was to pay and paid, what is his own, and what he would get on leaving."""

    fund: Fund
    due: Due
    owned_minor: int
    exit_minor: int
    lines: Sequence[Line]
    on: date


def periods_due(frequency: Frequency, from_on: date, to_on: date) -> int:
    """How many contributions have fallen due from `from_on` (the first is due that day) to
    `to_on`, both included."""
    if to_on < from_on:
        return 0
    if frequency is not Frequency.MONTHLY:
        step = timedelta(days=7 if frequency is Frequency.WEEKLY else 14)
        return (to_on - from_on) // step + 1
    months = (to_on.year - from_on.year) * 12 + to_on.month - from_on.month
    return months + (1 if add_months(from_on, months) <= to_on else 0)


def dues_of(
    fund: Fund, members: Sequence[Membership], paid: Mapping[str, int], on: date
) -> list[Due]:
    """What each member was to contribute by a day and did, in order of joining; several stays of
    one person count together. A missed one is only missed: nothing is put on top (CMF-08)."""
    periods: dict[str, int] = {}
    names: dict[str, str] = {}
    for one in members:
        until = on if one.left_on is None else min(on, one.left_on)
        count = periods_due(fund.frequency, max(fund.opened_on, one.joined_on), until)
        periods[one.party_id] = periods.get(one.party_id, 0) + count
        names[one.party_id] = one.party_name
    return [
        Due(party_id, names[party_id], count, count * fund.contribution_minor,
            paid.get(party_id, 0))
        for party_id, count in periods.items()
    ]  # fmt: skip


def shared(amount_minor: int, weights: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """An amount divided by what each gave, odd units to the largest remainders, then by id."""
    total = sum(weights.values())
    if total <= 0:
        return ()
    exact = {one: Fraction(amount_minor * weight, total) for one, weight in weights.items()}
    parts = {one: int(part) for one, part in exact.items()}
    odd = amount_minor - sum(parts.values())
    for one in sorted(parts, key=lambda one: (parts[one] - exact[one], one))[:odd]:
        parts[one] += 1
    return tuple((one, minor) for one, minor in sorted(parts.items()) if minor)


def exit_minor(fund: Fund, owned_minor: int, given_minor: int, returned_minor: int) -> int:
    """What a leaver gets: all that is his, or the by-laws' share of what he gave, less what he
    got back when he left before (CMF-07)."""
    if fund.basis.is_owned:
        return owned_minor
    return max(0, given_minor * fund.bylaws.exit_share_bps // WHOLE_BPS - returned_minor)


def from_loans(holdings: Holdings, amount_minor: int) -> int:
    """The part of a payment that the members' gifts do not cover and loans to the fund do."""
    return max(0, amount_minor - holdings.gifts_minor)


def covered_by_surplus(holdings: Holdings, repaid_minor: int) -> int:
    """How much of the deficit later gifts take over when a loan to the fund is given back."""
    return max(0, holdings.deficit_minor - (holdings.lent_minor - repaid_minor))


def signed(payment: Payment, signature: Signature) -> Payment:
    """The payment with one more signature."""
    return replace(
        payment, signatures=(*payment.signatures, signature), version=payment.version + 1
    )


def is_signed(payment: Payment) -> bool:
    """Whether two officers have signed."""
    return len({one.officer_id for one in payment.signatures}) >= SIGNATURES_MIN
