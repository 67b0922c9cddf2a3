"""One member's guarantee for the others: what it covers, and the largest call. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.shariah.facts import DebtorState


class GuaranteeStatus(StrEnum):
    """WITHDRAWN: for debts to come; what had arisen is still answered for (rule KFL-03)."""

    ACTIVE = "ACTIVE"
    WITHDRAWN = "WITHDRAWN"
    RELEASED = "RELEASED"


class Scope(StrEnum):
    """`cycle`: every debt of the others paid out in the period; `loans`: those named."""

    CYCLE = "cycle"
    LOANS = "loans"


class ConsentMethod(StrEnum):
    SIGNATURE = "signature"
    THUMB = "thumb"
    WITNESSED = "witnessed"


@dataclass(frozen=True, slots=True)
class Consent:
    """The guarantor's own word: when, how, in which document, and what was explained first."""

    given_by: str | None
    given_on: date | None
    method: ConsentMethod | None
    document: str | None
    explained: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGuarantee:
    """A guarantee about to be given. `fee` is asked about only to be refused (rule KFL-01)."""

    guarantor_id: str
    cap: Money
    scope: Scope
    loan_ids: tuple[str, ...]
    from_on: date | None
    to_on: date | None
    has_recourse: bool
    consent: Consent
    fee: Money
    annual_surplus: Money | None
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """A guarantee on record. `called_minor` is what open and paid calls took of the cap."""

    guarantee_id: str
    external_id: str | None
    group_id: str
    guarantor_id: str
    status: GuaranteeStatus
    asset: Asset
    cap_minor: int
    called_minor: int
    scope: Scope
    loan_ids: tuple[str, ...]
    standing_loan_ids: tuple[str, ...]
    from_on: date
    to_on: date
    has_recourse: bool
    consent_given_on: date
    consent_method: ConsentMethod
    consent_document: str
    explained_minor: int
    annual_surplus_minor: int | None
    guarantor_state: DebtorState
    ended_on: date | None
    ended_reason: str | None
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    version: int

    @property
    def room_minor(self) -> int:
        """What may still be called."""
        return self.cap_minor - self.called_minor

    def covers(self, loan_id: str, debtor_id: str, paid_out_on: date) -> bool:
        """Whether the guarantor answers for this debt: never for his own."""
        if debtor_id == self.guarantor_id or self.status is GuaranteeStatus.RELEASED:
            return False
        if self.status is GuaranteeStatus.WITHDRAWN:
            return loan_id in self.standing_loan_ids
        if self.scope is Scope.LOANS:
            return loan_id in self.loan_ids
        return self.from_on <= paid_out_on <= self.to_on


@dataclass(frozen=True, slots=True)
class ExistingDebt:
    """A loan of the group that was paid out and is not settled."""

    loan_id: str
    debtor_id: str
    paid_out_on: date
    outstanding_minor: int


def covered(guarantee: Guarantee, debts: Iterable[ExistingDebt]) -> tuple[str, ...]:
    """The loans among `debts` that the guarantor answers for."""
    return tuple(
        debt.loan_id
        for debt in debts
        if guarantee.covers(debt.loan_id, debt.debtor_id, debt.paid_out_on)
    )


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a guarantee means in money: by equal shares, and if nobody else could pay."""

    others_outstanding_minor: int
    shared_by: int
    cap_minor: int | None
    largest_call_minor: int
    ceiling_minor: int


def explain(
    guarantor_id: str,
    debts: Iterable[ExistingDebt],
    *,
    member_count: int,
    is_member: bool,
    cap_minor: int | None = None,
) -> Explanation:
    """The others' outstanding divided by those who answer for each, rounded up, up to the cap.

    Each member's debt is answered for by all others; a guarantor from outside is one more.
    """
    others = sum(debt.outstanding_minor for debt in debts if debt.debtor_id != guarantor_id)
    shared_by = max(1, member_count - 1 if is_member else member_count)
    share = -(-others // shared_by)
    limit = others if cap_minor is None else min(cap_minor, others)
    return Explanation(others, shared_by, cap_minor, min(share, limit), limit)
