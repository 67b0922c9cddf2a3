"""Drawing on a fund: whose money, for what, and what came back. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import own_id
from sanduq.kit.money import Money
from sanduq.ledger.model import AccountPlace, Entry
from sanduq.shariah.facts import DebtorState

_CORPUS = ":corpus"


class FundKind(StrEnum):
    """Whose money it is."""

    WAQF = "waqf"
    SADAQAH = "sadaqah"
    ZAKAT = "zakat"
    CHARITY = "charity"
    OWN = "own"


class SpendingUse(StrEnum):
    """What a fund is drawn on for; each is a use that a purpose of sadaqah may allow."""

    ABSORB_DEFAULT = "absorb_default"
    THIRD_PARTY_PAYMENT = "third_party_payment"
    SUBSIDISE_COST = "subsidise_cost"
    GRANT = "grant"

    @property
    def pays_debt(self) -> bool:
        """Whether somebody's debt to the institution is met."""
        return self in (SpendingUse.ABSORB_DEFAULT, SpendingUse.THIRD_PARTY_PAYMENT)


DEED_PURPOSE: Mapping[SpendingUse, str] = MappingProxyType(
    {
        SpendingUse.ABSORB_DEFAULT: "absorb_default",
        SpendingUse.THIRD_PARTY_PAYMENT: "absorb_default",
        SpendingUse.SUBSIDISE_COST: "subsidise_cost",
    }
)
"""The purpose a deed of waqf must name. Gifts from a waqf are its own room's to make."""


@dataclass(frozen=True, slots=True)
class FundSource:
    """A fund to draw on: `ref` is the endowment's id or the purpose's code, where there is one.

    `is_corpus` asks for the kept part of a waqf, which rule WQF-05 refuses.
    """

    kind: FundKind
    ref: str | None = None
    is_corpus: bool = False

    @property
    def fund(self) -> str:
        """The fund code of the ledger and of the wire: `waqf:<wqf_id>`, `sadaqah:<purpose>`."""
        return str(self.kind) if self.ref is None else f"{self.kind}:{self.ref}"

    @classmethod
    def read(cls, text: str, field: str = "fund") -> FundSource:
        """Reads a fund code. Refuses VALIDATION_ERROR unknown_fund, or wrong_id of a waqf."""
        kind, has_ref, ref = text.partition(":")
        needs_ref = kind in (FundKind.WAQF, FundKind.SADAQAH)
        if kind not in frozenset(FundKind) or bool(has_ref) != needs_ref or needs_ref != bool(ref):
            message = "a fund is own, zakat, charity, sadaqah:<purpose> or waqf:<wqf_id>"
            raise ValidationFailed.field(field, "unknown_fund", message)
        if kind != FundKind.WAQF:
            return cls(FundKind(kind), ref or None)
        is_corpus = ref.endswith(_CORPUS)
        return cls(FundKind.WAQF, own_id(ref.removesuffix(_CORPUS), "wqf", field), is_corpus)


@dataclass(frozen=True, slots=True)
class Cost:
    """A direct cost that a subsidy meets: what donors paid of it before, what borrowers pay."""

    direct_cost_minor: int
    subsidised_minor: int
    charged_minor: int


@dataclass(frozen=True, slots=True)
class Draw:
    """Money about to be taken from a fund. `subject_id` is the loan, program or project.

    `journal_id` is the journal the caller puts the fund's entries into. `cost` lets rule SDQ-03
    look at a subsidy.
    """

    source: FundSource
    amount: Money
    use: SpendingUse
    subject_id: str
    party_id: str | None
    debtor_state: DebtorState | None
    journal_id: str
    note: str | None = None
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class GiveBack:
    """What came in after a fund had paid: `source` bore the loss on that loan or program.

    It returns to that fund and to no other (DEF-17), its oldest drawing first.
    """

    source: FundSource
    amount: Money
    subject_id: str
    party_id: str | None
    journal_id: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing or a return on record, and the fund's side of it for the caller's journal.

    `entries` balance within the fund and `places` must be open before posting. With
    `stands_alone` the entries go into a journal of their own (rule ZKT-04).
    """

    spending_id: str
    entries: tuple[Entry, ...]
    places: tuple[AccountPlace, ...]
    stands_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """One drawing on a fund, as it was recorded, and how much of it has come back."""

    spending_id: str
    kind: FundKind
    fund: str
    amount: Money
    use: SpendingUse
    subject_id: str
    party_id: str | None
    debtor_state: DebtorState | None
    journal_id: str
    note: str | None
    created_at: datetime
    created_by: str
    returned_minor: int
    returns_count: int

    @property
    def source(self) -> FundSource:
        return FundSource.read(self.fund)

    @property
    def borne_minor(self) -> int:
        """What the fund still bears."""
        return self.amount.amount_minor - self.returned_minor


@dataclass(frozen=True, slots=True)
class Grant:
    """A gift from sadaqah to a party, paid at once. `subject_id`: the project, if one is meant."""

    source: FundSource
    amount: Money
    recipient_id: str
    subject_id: str | None
    note: str | None
