"""An endowment: its deed, what became of its corpus, and how its income is divided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from sanduq.funds.endowments.errors import EndowmentStepRefused
from sanduq.kit.money import Asset, Money

WHOLE_BP = 10_000
ABSORB_DEFAULT, SUBSIDISE_COST, QARD, NAZIR_PAY = (
    "absorb_default", "subsidise_cost", "qard", "nazir_pay",
)  # fmt: skip
BENEFICIARY = "beneficiary:"
"""Prefix of the purpose that gives to one category of beneficiaries."""

PURPOSES = (ABSORB_DEFAULT, SUBSIDISE_COST, QARD)


def fund_of(endowment_id: str) -> str:
    """The fund in the books that holds one endowment's money."""
    return f"waqf:{endowment_id}"


class Kind(StrEnum):
    """For whom: the public, a family, or both."""

    KHAYRI = "khayri"
    AHLI = "ahli"
    MUSHTARAK = "mushtarak"


class AssetForm(StrEnum):
    """Money, which is booked, or a thing, whose value is only on record."""

    CASH = "cash"
    IN_KIND = "in_kind"


class Frequency(StrEnum):
    """How often income is given out, and so how often a stated pay falls due."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMI_ANNUALLY = "semi_annually"
    ANNUALLY = "annually"

    @property
    def months(self) -> int:
        return {"monthly": 1, "quarterly": 3, "semi_annually": 6, "annually": 12}[self.value]


class PayKind(StrEnum):
    """How the nazir is paid (AAOIFI SS 60 3/9)."""

    NONE = "none"
    SUM = "sum"
    SHARE = "share"


class Status(StrEnum):
    DRAFT = "DRAFT"
    PENDING_SHARIAH_REVIEW = "PENDING_SHARIAH_REVIEW"
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


class Step(StrEnum):
    """What moves an endowment from one status to the next."""

    SUBMIT = "submit"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    CLOSE = "close"


STEPS: Mapping[Step, tuple[Status, Status]] = MappingProxyType(
    {
        Step.SUBMIT: (Status.DRAFT, Status.PENDING_SHARIAH_REVIEW),
        Step.APPROVE: (Status.PENDING_SHARIAH_REVIEW, Status.ACTIVE),
        Step.SEND_BACK: (Status.PENDING_SHARIAH_REVIEW, Status.DRAFT),
        Step.CLOSE: (Status.ACTIVE, Status.CLOSED),
    }
)


class ChangeKind(StrEnum):
    """Why a corpus became larger or smaller."""

    ENDOWED = "ENDOWED"
    ADDED = "ADDED"
    RETAINED = "RETAINED"
    RESTORED = "RESTORED"
    LOST = "LOST"
    LOST_ON_QARD = "LOST_ON_QARD"
    EXCHANGED = "EXCHANGED"
    RETURNED = "RETURNED"


class Intent(StrEnum):
    """What a giver meant his gift to be (AAOIFI SS 60 9/5/3)."""

    WAQF = "waqf"
    HIBAH = "hibah"
    SADAQAH = "sadaqah"


class Recipient(StrEnum):
    BENEFICIARIES = "beneficiaries"
    NAZIR = "nazir"


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """A category and its share of what is distributed."""

    category: str
    share_bp: int

    @property
    def purpose(self) -> str:
        return BENEFICIARY + self.category


@dataclass(frozen=True, slots=True)
class NazirPay:
    """`amount_minor` for every full period of a stated sum; `share_bp` of income received."""

    kind: PayKind
    amount_minor: int = 0
    share_bp: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What the founder said (AAOIFI SS 60 2/5/2). `ends_on` is None for a perpetual waqf."""

    kind: Kind
    asset: Asset
    asset_form: AssetForm
    asset_description: str
    asset_value_minor: int
    is_specific: bool
    founder_id: str
    founder_capacity: str
    nazir_id: str
    nazir_kin_ids: tuple[str, ...]
    nazir_pay: NazirPay | None
    distribution_frequency: Frequency
    beneficiaries: tuple[Beneficiary, ...]
    purposes: tuple[str, ...]
    conditions: tuple[str, ...]
    deed_on: date | None
    deed_document: str | None = None
    ends_on: date | None = None
    is_qard_allowed: bool = False
    is_income_retention_allowed: bool = False

    @property
    def allowed_purposes(self) -> frozenset[str]:
        """Every use the deed names, its beneficiaries included."""
        named = {*self.purposes, *(each.purpose for each in self.beneficiaries)}
        return frozenset(named | {QARD} if self.is_qard_allowed else named)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEndowment:
    """An endowment about to be recorded."""

    name: str
    deed: Deed
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endowment(NewEndowment):
    """An endowment on record."""

    endowment_id: str
    status: Status
    created_at: datetime
    created_by: str
    approved_at: datetime | None = None
    approved_by: str | None = None
    closed_at: datetime | None = None
    version: int = 1

    @property
    def fund(self) -> str:
        return fund_of(self.endowment_id)

    @property
    def asset(self) -> Asset:
        return self.deed.asset

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    def after(self, step: Step) -> Status:
        """The status `step` leads to. Refuses CONFLICT from any other than its own."""
        before, to = STEPS[step]
        if self.status is not before:
            raise EndowmentStepRefused(
                f"{self.endowment_id} is {self.status}; {step} needs it {before}"
            )
        return to

    def require_active(self, act: str) -> None:
        """Refuses CONFLICT money moved before approval or after the end."""
        if self.status is not Status.ACTIVE:
            missing = "it is approved" if self.status is not Status.CLOSED else "nothing: it ended"
            raise EndowmentStepRefused(
                f"{self.endowment_id} is {self.status}; {act} waits until {missing}"
            )


@dataclass(frozen=True, slots=True)
class CorpusChange:
    """One change of a corpus; without a journal it concerns a thing that is not booked."""

    change_id: str
    endowment_id: str
    kind: ChangeKind
    amount_minor: int
    journal_id: str | None
    reason: str | None
    evidence: str | None
    reference: str | None
    changed_on: date
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """An asset about to be replaced by another (istibdal, AAOIFI SS 60 10/1/5)."""

    benefit: str | None
    valuation_document: str | None
    counterparty_id: str | None
    old_value: Money
    new_value: Money
    old_income: Money
    new_income: Money
    new_description: str
    is_replaced_at_once: bool
