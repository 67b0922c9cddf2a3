"""A pool: money set apart to be lent again and again, and whose money it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from sanduq.funds.endowments.model import fund_of as waqf_fund
from sanduq.funds.pools.errors import PoolStepRefused, UnknownPoolSource
from sanduq.kit.money import Asset, Money
from sanduq.ledger.model import OWN_FUND, AccountPlace

CASH = "1000"


class PoolUse(StrEnum):
    """The contracts a pool may fund."""

    QARD = "qard"
    MURABAHA = "murabaha"
    SALAM = "salam"
    IJARAH = "ijarah"


class PoolStatus(StrEnum):
    PENDING_APPROVAL = "PENDING_APPROVAL"
    ACTIVE = "ACTIVE"
    REJECTED = "REJECTED"


class PoolStep(StrEnum):
    """What moves a pool from one status to the next."""

    APPROVE = "approve"
    REJECT = "reject"


STEPS: Mapping[PoolStep, tuple[PoolStatus, PoolStatus]] = MappingProxyType(
    {
        PoolStep.APPROVE: (PoolStatus.PENDING_APPROVAL, PoolStatus.ACTIVE),
        PoolStep.REJECT: (PoolStatus.PENDING_APPROVAL, PoolStatus.REJECTED),
    }
)


class SourceKind(StrEnum):
    """Whose money a source holds."""

    OWN = "own"
    WAQF_CORPUS = "waqf_corpus"
    WAQF_INCOME = "waqf_income"
    SADAQAH = "sadaqah"
    ZAKAT = "zakat"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPool:
    """A pool about to be recorded. `security_policy` says how its loans are secured."""

    name: str
    asset: Asset
    permitted_uses: frozenset[str]
    security_policy: str | None
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool(NewPool):
    """A pool on record."""

    pool_id: str
    status: PoolStatus
    created_at: datetime
    created_by: str
    approved_at: datetime | None = None
    approved_by: str | None = None
    version: int = 1

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    def after(self, step: PoolStep) -> PoolStatus:
        """The status `step` leads to. Refuses CONFLICT from any other than its own."""
        before, to = STEPS[step]
        if self.status is not before:
            raise PoolStepRefused(f"{self.pool_id} is {self.status}; {step} needs it {before}")
        return to

    def require_active(self) -> None:
        """Refuses CONFLICT money moved before another person approved the pool."""
        if self.status is not PoolStatus.ACTIVE:
            raise PoolStepRefused(
                f"{self.pool_id} is {self.status}: approve it first (rule QRD-22)"
            )


@dataclass(frozen=True, slots=True)
class Origin:
    """Where capital comes from: a branch's own cash, an endowment, a purpose of sadaqah."""

    kind: SourceKind
    endowment_id: str | None = None
    purpose: str | None = None
    branch_id: str | None = None

    @property
    def fund(self) -> str:
        """The fund in the books whose money this is."""
        if self.kind in (SourceKind.WAQF_CORPUS, SourceKind.WAQF_INCOME):
            return waqf_fund(self.endowment_id or "")
        if self.kind is SourceKind.SADAQAH:
            return f"sadaqah:{self.purpose}"
        return OWN_FUND if self.kind is SourceKind.OWN else self.kind.value

    def home(self, asset: Asset) -> AccountPlace:
        """The cash it leaves, and returns to."""
        return AccountPlace(CASH, asset, self.fund, self.branch_id)


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """One source and its figures in minor units.

    `capital` is what was placed, less `lost`: claims given up or written off, net of what came
    back of them to the pool. `lent` and `returned` are all that ever left its cash for loans and
    came back.
    """

    source_no: int
    origin: Origin
    capital_minor: int
    available_minor: int
    lent_minor: int
    returned_minor: int
    lost_minor: int
    created_at: datetime

    @property
    def out_minor(self) -> int:
        """What is lent now and still claimed."""
        return self.lent_minor - self.returned_minor - self.lost_minor

    def place(self, asset: Asset, pool_id: str) -> AccountPlace:
        """Its cash within the pool."""
        return AccountPlace(CASH, asset, self.origin.fund, pool_id)


@dataclass(frozen=True, slots=True)
class PoolState:
    """A pool with all its sources, in the order in which they are drawn on."""

    pool: Pool
    sources: tuple[SourceStanding, ...]

    @property
    def capital_minor(self) -> int:
        return sum(source.capital_minor for source in self.sources)

    @property
    def available_minor(self) -> int:
        return sum(source.available_minor for source in self.sources)

    @property
    def lent_minor(self) -> int:
        return sum(source.lent_minor for source in self.sources)

    @property
    def returned_minor(self) -> int:
        return sum(source.returned_minor for source in self.sources)

    @property
    def lost_minor(self) -> int:
        return sum(source.lost_minor for source in self.sources)

    @property
    def out_minor(self) -> int:
        return sum(source.out_minor for source in self.sources)

    @property
    def revolved_bp(self) -> int | None:
        """How many times the capital has been lent, in ten-thousandths; None without capital."""
        if self.capital_minor <= 0:
            return None
        return self.lent_minor * 10_000 // self.capital_minor

    def source(self, source_no: int) -> SourceStanding:
        """One source. Refuses NOT_FOUND."""
        for each in self.sources:
            if each.source_no == source_no:
                return each
        raise UnknownPoolSource

    def covering(self, amount: Money) -> SourceStanding | None:
        """The first source whose free cash covers the amount."""
        for each in self.sources:
            if each.available_minor >= amount.amount_minor:
                return each
        return None


@dataclass(frozen=True, slots=True)
class Placement:
    """Capital put into a pool (above zero) or taken back (below)."""

    placement_id: str
    pool_id: str
    source_no: int
    amount_minor: int
    memo: str | None
    placed_on: date
    journal_id: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class PoolSource:
    """The source a loan is to be paid from: its fund, its cash, and the pool it revolves in."""

    fund: str
    cash: AccountPlace
    pool_id: str
