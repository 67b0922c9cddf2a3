"""Double entry as values: accounts, journals, the chart. Nothing here knows what they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from sanduq.access.model import Approval
from sanduq.kit.ids import derived_id
from sanduq.kit.money import Asset, Money

OWN_FUND = "own"


class AccountClass(StrEnum):
    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"

    @property
    def is_debit_normal(self) -> bool:
        """Whether a debit makes the account grow."""
        return self in (AccountClass.ASSET, AccountClass.EXPENSE)


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One code of the chart. `has_floor`: its normal balance may not fall below zero."""

    code: str
    name: str
    account_class: AccountClass
    has_floor: bool


@dataclass(frozen=True, slots=True)
class AccountPlace:
    """Where an account stands: code, asset, fund, and the subject it is kept for, if any."""

    code: str
    asset: Asset
    fund: str = OWN_FUND
    subject: str | None = None

    @property
    def account_id(self) -> str:
        """The id of the account at this place: derived, so that posting needs no look-up."""
        return _account_id(self)


@lru_cache(maxsize=65536)
def _account_id(place: AccountPlace) -> str:
    return derived_id("acc", place.code, str(place.asset), place.fund, place.subject or "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: positive minor units debit the account, negative ones credit it."""

    place: AccountPlace
    amount_minor: int


def debit(place: AccountPlace, amount_minor: int) -> Entry:
    """An entry that debits `place`."""
    return Entry(place, amount_minor)


def credit(place: AccountPlace, amount_minor: int) -> Entry:
    """An entry that credits `place`."""
    return Entry(place, -amount_minor)


@dataclass(frozen=True, slots=True)
class Journal:
    """A business event in the books. An entry of zero is refused: see `without_zeros`."""

    journal_id: str
    kind: str
    effective_on: date
    entries: tuple[Entry, ...]
    reference: str | None = None
    memo: str | None = None
    reverses: str | None = None
    request_id: str | None = None  # None: the unit of work's own request


def without_zeros(*entries: Entry) -> tuple[Entry, ...]:
    """The entries that say something."""
    return tuple(entry for entry in entries if entry.amount_minor != 0)


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    code: str
    name: str
    asset: Asset
    fund: str
    account_class: AccountClass
    subject: str | None
    floor_minor: int | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """`debit_minor` is debits less credits; `normal` is as the account's class reads it."""

    account: Account
    debit_minor: int
    version: int

    @property
    def normal(self) -> Money:
        sign = 1 if self.account.account_class.is_debit_normal else -1
        return Money(sign * self.debit_minor, self.account.asset)


@dataclass(frozen=True, slots=True)
class StatementLine:
    journal_id: str
    journal_seq: int
    kind: str
    effective_on: date
    recorded_at: datetime
    reference: str | None
    memo: str | None
    amount_minor: int
    balance_after_minor: int
    version_after: int


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of a journal as it lies in the books."""

    line: int
    account_id: str
    code: str
    asset: Asset
    fund: str
    amount_minor: int
    balance_after_minor: int


@dataclass(frozen=True, slots=True)
class PostedJournal:
    """A journal as it lies in the books; `reversed_by` names the one that took it back."""

    journal_id: str
    journal_seq: int
    kind: str
    effective_on: date
    recorded_at: datetime
    actor: str
    reference: str | None
    memo: str | None
    reverses: str | None
    reversed_by: str | None
    entries: tuple[JournalEntry, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """Days closed for posting, both included."""

    starts_on: date
    ends_on: date
    closed_at: datetime
    closed_by: str


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One row of the trial balance: a code in an asset and fund."""

    code: str
    name: str
    asset: Asset
    fund: str
    account_class: AccountClass
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a posting call wrote: its block and the journals' sequence numbers."""

    block_seq: int
    first_journal_seq: int
    last_journal_seq: int


@dataclass(frozen=True, slots=True)
class Capital:
    """A request to add owners' capital; `journal_id` once it is posted."""

    approval: Approval
    amount: Money
    memo: str | None
    journal_id: str | None


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where the chain stands: its last block and journal, and that block's hash."""

    block_seq: int
    journal_seq: int
    hash: bytes


_A, _L, _E, _I, _X = (
    AccountClass.ASSET,
    AccountClass.LIABILITY,
    AccountClass.EQUITY,
    AccountClass.INCOME,
    AccountClass.EXPENSE,
)

_CHART: tuple[tuple[str, str, AccountClass, bool], ...] = (
    ("1000", "Cash", _A, True),
    ("1010", "Officer's till", _A, False),
    ("1100", "Qard receivable", _A, True),
    ("1110", "Fee receivable", _A, True),
    ("1120", "Custody fee receivable", _A, True),
    ("1190", "Allowance", _A, False),
    ("1200", "Inventory", _A, True),
    ("1210", "Gold inventory", _A, True),
    ("1219", "Gold written down to net realisable value", _A, False),
    ("1290", "Gold position", _A, False),
    ("1300", "Murabaha receivable", _A, True),
    ("1390", "Deferred profit", _A, False),
    ("1400", "Salam financing", _A, True),
    ("1410", "Salam goods", _A, True),
    ("1420", "Salam capital refundable", _A, True),
    ("1500", "Ijarah assets", _A, True),
    ("1590", "Accumulated depreciation", _A, False),
    ("1600", "Rent receivable", _A, True),
    ("2000", "Payables", _L, True),
    ("2010", "Due to funds", _L, True),
    ("2020", "Advance rent", _L, True),
    ("2100", "Charity payable", _L, True),
    ("2200", "Due to pledgors", _L, True),
    ("2210", "Auction clearing", _L, False),
    ("2300", "Hamish jiddiyyah", _L, True),
    ("2400", "Parallel salam", _L, True),
    ("2500", "Provision for onerous promise", _L, True),
    ("3000", "Owners' capital", _E, False),
    ("3090", "Opening balances brought in", _E, False),
    ("3100", "Waqf corpus", _E, True),
    ("3110", "Undistributed waqf income", _E, True),
    ("3200", "Restricted sadaqah", _E, True),
    ("3300", "Zakat fund", _E, True),
    ("3400", "Common fund of members", _E, True),
    ("4100", "Qard fee, cost recovery", _I, False),
    ("4200", "Custody fee", _I, False),
    ("4300", "Murabaha revenue", _I, False),
    ("4305", "Profit deferral", _I, False),
    ("4310", "Amortised profit", _I, False),
    ("4400", "Salam revenue", _I, False),
    ("4500", "Ijarah revenue", _I, False),
    ("4600", "Gold sales", _I, False),
    ("4700", "Recoveries", _I, False),
    ("4800", "Gifts received", _I, False),
    ("4900", "Other operating income", _I, False),
    ("5100", "Direct qard cost", _X, False),
    ("5200", "Impairment", _X, False),
    ("5300", "Cost of sales", _X, False),
    ("5400", "Depreciation", _X, False),
    ("5500", "Loss on promise or net realisable value", _X, False),
    ("5600", "Maintenance", _X, False),
    ("5700", "Custody loss", _X, False),
    ("5800", "Custody cost", _X, False),
    ("5900", "Operating expense", _X, False),
)

CHART: Mapping[str, ChartLine] = {row[0]: ChartLine(*row) for row in _CHART}
