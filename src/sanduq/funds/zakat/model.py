"""Zakat: what came in, to whom of the eight classes it went, and how long the rest has lain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sanduq.kit.money import Asset, Money

FUND = "zakat"
LUNAR_YEAR_DAYS = 354
WHOLE_BP = 10_000
ONE_DAY = timedelta(days=1)


class Asnaf(StrEnum):
    """The eight classes (Quran 9:60)."""

    FUQARA = "FUQARA"
    MASAKIN = "MASAKIN"
    AMILIN = "AMILIN"
    MUALLAFAH = "MUALLAFAH"
    RIQAB = "RIQAB"
    GHARIMIN = "GHARIMIN"
    FI_SABILILLAH = "FI_SABILILLAH"
    IBN_SABIL = "IBN_SABIL"


class Payee(StrEnum):
    """Into whose hands the money is put."""

    RECIPIENT = "recipient"
    CREDITOR = "creditor"


@dataclass(frozen=True, slots=True)
class DebtEvidence:
    """What shows that a debtor may receive zakat: the debt, its cause, and that he cannot pay."""

    debt: str
    is_debt_lawful: bool
    is_unable_to_pay: bool
    documents: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return self.is_debt_lawful and self.is_unable_to_pay and bool(self.documents)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewZakatReceipt:
    """Zakat handed to the institution to distribute. `received_on` None: today."""

    amount: Money
    payer_id: str | None = None
    received_on: date | None = None
    reference: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZakatReceipt:
    """Zakat as it came in."""

    receipt_id: str
    external_id: str | None
    payer_id: str | None
    amount: Money
    received_on: date
    reference: str | None
    journal_id: str
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewZakatPayment:
    """Zakat to be paid out. `asnaf_code` and `condition` are kept as written, to be refused.

    `paid_to` says which account or hand it goes to; `resolution_id` is the board's definition
    of the class.
    """

    amount: Money
    recipient_id: str
    asnaf_code: str
    resolution_id: str
    payee: Payee
    paid_to: str
    condition: str | None = None
    evidence: DebtEvidence | None = None
    reference: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZakatPayment:
    """Zakat as it was paid out."""

    payment_id: str
    external_id: str | None
    recipient_id: str
    amount: Money
    asnaf: Asnaf
    resolution_id: str
    payee: Payee
    paid_to: str
    evidence: DebtEvidence | None
    paid_on: date
    reference: str | None
    journal_id: str
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class AdministratorsCap:
    """The share of zakat received that its administrators may be paid, as the board set it."""

    cap_id: str
    share_bp: int
    resolution_id: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the zakat of one currency stands; the oldest money counts as paid out first."""

    asset: Asset
    received_minor: int
    paid_minor: int
    by_asnaf: Mapping[Asnaf, int]
    oldest_undistributed_on: date | None
    overdue_minor: int

    @property
    def balance_minor(self) -> int:
        return self.received_minor - self.paid_minor

    @property
    def administered_minor(self) -> int:
        """What was paid to administrators."""
        return self.by_asnaf.get(Asnaf.AMILIN, 0)


def is_overdue(received_on: date, on: date) -> bool:
    """Whether zakat received that day has lain for more than a lunar year."""
    return (on - received_on).days > LUNAR_YEAR_DAYS


def undistributed(
    receipts: Iterable[tuple[date, int]], paid_minor: int, on: date
) -> tuple[date | None, int]:
    """The day of the oldest zakat not paid out yet, and how much of the rest is overdue.

    `receipts` are days and amounts, oldest first.
    """
    left, oldest, overdue = paid_minor, None, 0
    for received_on, amount in receipts:
        covered = min(left, amount)
        left -= covered
        if covered == amount:
            continue
        oldest = oldest or received_on
        if is_overdue(received_on, on):
            overdue += amount - covered
    return oldest, overdue


def earliest_repayment_on(
    paid_on: date, weekend: Collection[int], holidays: Collection[date]
) -> date:
    """The first day on which a recipient's own payment of a debt shows no round trip."""
    day = paid_on + ONE_DAY
    while day.weekday() in weekend or day in holidays:
        day += ONE_DAY
    return day
