"""What the rules of groups and mutual guarantee look at, gathered beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.shariah.facts import DebtMeasure, DebtorState
from sanduq.shariah.model import Resolution, ShariahProfile

CONSENT_METHODS = frozenset({"signature", "thumb", "witnessed"})


class Action(StrEnum):
    """What is being done when the rules are asked."""

    COMPOSE = "compose"
    SUSPEND = "suspend"
    GUARANTEE = "guarantee"
    WITHDRAW = "withdraw"
    CALL = "call"
    PAY = "pay"
    RECOVER = "recover"


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """Who belongs to a group. `staff_ids` are the members who are the facilitator in person."""

    member_ids: tuple[str, ...]
    max_members: int
    staff_ids: frozenset[str] = frozenset()
    suspended_on: date | None = None
    suspended_until_on: date | None = None
    cycle_ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """Who said yes, when and how, and what the largest call was said to be."""

    given_by: str | None
    given_on: date | None
    method: str | None
    document: str | None
    explained_minor: int | None


@dataclass(frozen=True, slots=True)
class GuaranteeFacts:
    """A guarantee about to be given. `caps_minor` counts this one and all others still live."""

    guarantor_id: str
    cap_minor: int | None
    has_scope: bool
    from_on: date | None
    to_on: date | None
    has_recourse: bool | None
    consent: ConsentFacts
    fee_minor: int = 0
    expense_minor: int = 0
    receipt_minor: int = 0
    caps_minor: int = 0
    annual_surplus_minor: int | None = None
    largest_call_minor: int = 0
    is_organisation: bool = False
    is_facilitator: bool = False
    acts_for_institution: bool = False
    answers_for_misconduct_only: bool = False


@dataclass(frozen=True, slots=True)
class ShareFacts:
    """One payer's part of a call, the room left under the cap, and how the payer stands."""

    payer_id: str
    amount_minor: int
    room_minor: int
    state: DebtorState = DebtorState.CURRENT
    measures: tuple[DebtMeasure, ...] = ()
    charge_minor: int = 0


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A call on the group. `fund_minor` is what the common fund could pay; `is_fund_before`
    says whether the group's order puts it before the members; `asked_minor` is what was asked
    for, where it was said."""

    overdue_minor: int
    asked_minor: int | None = None
    shares: tuple[ShareFacts, ...] = ()
    fund_minor: int = 0
    fund_share_minor: int = 0
    is_fund_before: bool = True


@dataclass(frozen=True, slots=True)
class RecourseFacts:
    """What a payer claims back: paid, claimed, recovered so far, and what was put on top."""

    paid_minor: int
    claimed_minor: int
    recovered_minor: int = 0
    charge_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KafalahFacts:
    """Facts on which the rules of mutual guarantee are decided; a part that is None is not
    asked about by the action."""

    on: date
    asset: Asset
    profile: ShariahProfile = ShariahProfile.AAOIFI
    resolutions: tuple[Resolution, ...] = ()
    group: GroupFacts | None = None
    guarantee: GuaranteeFacts | None = None
    withdrawn_debt_ids: tuple[str, ...] = ()
    call: CallFacts | None = None
    recourse: RecourseFacts | None = None

    def printed(self, amount_minor: int | None) -> str | None:
        """An amount of this group's asset as shown in a finding: `40.00`."""
        if amount_minor is None:
            return None
        return f"{Money(amount_minor, self.asset).decimal:f}"
