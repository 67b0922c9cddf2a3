"""A pledge contract: its states as a table, its parties, things and terms. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.assets.items.model import Item
from sanduq.kit.money import Asset, Money


class PledgeStatus(StrEnum):
    DRAFT = "DRAFT"
    PENDING_SHARIAH_REVIEW = "PENDING_SHARIAH_REVIEW"
    SHARIAH_APPROVED = "SHARIAH_APPROVED"
    ACTIVE = "ACTIVE"
    MARGIN_CALL = "MARGIN_CALL"
    RELEASED = "RELEASED"
    LIQUIDATED = "LIQUIDATED"
    TERMINATED = "TERMINATED"


class PledgeAction(StrEnum):
    """What can be done to a pledge, as the API names it."""

    CHANGE = "change"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    DISCLOSE = "disclosure"
    EXECUTE = "execute"
    TERMINATE = "terminate"
    REPAY = "repayments"
    QUOTE = "redemption-quote"
    REVALUE = "revalue"
    EXTEND = "extend"
    RENEW = "renew"
    TOP_UP = "top-up"
    ADD_ITEM = "items"
    PARTIAL_RELEASE = "partial-release"
    SWAP = "swap"
    REPORT_LOSS = "losses"
    TICKET_LOST = "lost-ticket"
    DEATH = "death"
    NOTICE = "notices"
    RELEASE = "release"
    AUCTION = "auction"
    LIQUIDATE = "liquidate"


_S = PledgeStatus
IN_FORCE = frozenset({_S.ACTIVE, _S.MARGIN_CALL})
OPEN_BEFORE = frozenset({_S.DRAFT, _S.PENDING_SHARIAH_REVIEW, _S.SHARIAH_APPROVED})

_WHILE_IN_FORCE = (
    PledgeAction.REPAY, PledgeAction.QUOTE, PledgeAction.REVALUE, PledgeAction.EXTEND,
    PledgeAction.RENEW, PledgeAction.TOP_UP, PledgeAction.ADD_ITEM, PledgeAction.PARTIAL_RELEASE,
    PledgeAction.SWAP, PledgeAction.REPORT_LOSS, PledgeAction.TICKET_LOST, PledgeAction.NOTICE,
    PledgeAction.RELEASE, PledgeAction.AUCTION, PledgeAction.LIQUIDATE, PledgeAction.DEATH,
)  # fmt: skip

# A margin call is a flag that shows as a status: it opens no way that ACTIVE does not (RHN-23).
ALLOWED: Mapping[PledgeAction, frozenset[PledgeStatus]] = {
    PledgeAction.CHANGE: frozenset({_S.DRAFT}),
    PledgeAction.SUBMIT: frozenset({_S.DRAFT}),
    PledgeAction.APPROVE: frozenset({_S.PENDING_SHARIAH_REVIEW}),
    PledgeAction.REJECT: frozenset({_S.PENDING_SHARIAH_REVIEW}),
    PledgeAction.DISCLOSE: OPEN_BEFORE,
    PledgeAction.EXECUTE: frozenset({_S.SHARIAH_APPROVED}),
    PledgeAction.TERMINATE: OPEN_BEFORE | IN_FORCE,
    **dict.fromkeys(_WHILE_IN_FORCE, IN_FORCE),
}  # fmt: skip


def is_allowed(action: PledgeAction, status: PledgeStatus) -> bool:
    """Whether the state table lets `action` happen to a pledge in `status`."""
    return status in ALLOWED[action]


def actions_of(status: PledgeStatus) -> list[str]:
    """What can be done with a pledge in `status`, by name."""
    return sorted(str(action) for action, states in ALLOWED.items() if status in states)


class DebtKind(StrEnum):
    """What a pledge secures: a qard of ours, another debt on our books, or one elsewhere."""

    QARD = "qard"
    DEBT = "debt"
    OUTSIDE = "outside"


class ItemStatus(StrEnum):
    PROPOSED = "PROPOSED"
    PLEDGED = "PLEDGED"
    RELEASED = "RELEASED"
    SOLD = "SOLD"
    LOST = "LOST"
    WITHDRAWN = "WITHDRAWN"


class MarginFlag(StrEnum):
    """How far claims have come near the value of the pledge; information, not a right to sell."""

    NONE = "none"
    WATCH = "watch"
    CALL = "call"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class OutsideDebt:
    """A debt on other books that the pledge secures. `kind` is the contract it comes from."""

    kind: str
    reference: str
    creditor: str
    amount_minor: int
    due_on: date | None
    is_trust: bool
    is_limited_to_fault: bool


@dataclass(frozen=True, slots=True)
class OwnLoan:
    """A qard asked for together with the pledge; whole at maturity, or in instalments.

    `pool_id`: the pool of endowed or given money it is lent from; None: the institution's own.
    """

    amount: Money
    instalments: int = 1
    borrower_id: str | None = None
    pool_id: str | None = None


@dataclass(frozen=True, slots=True)
class StatedAsset:
    """A thing as the pledgor offers it: a known item, or what is to be registered as one.

    `value_minor` is what the caller states; a confirmed valuation takes its place.
    """

    type: str
    description: str
    weight_mg: int
    value_minor: int | None
    item_id: str | None = None
    kind: str = "other"
    stone_weight_mg: int = 0
    other_weight_mg: int = 0
    fineness_bp: int | None = None
    marks: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class NewContract:
    """What is asked for. `fee_monthly_minor` None: whatever the fee policy says."""

    pledgor_id: str
    pledgee_id: str
    asset: Asset
    stated: tuple[StatedAsset, ...]
    description: str | None = None
    ltv_bp: int | None = None
    fee_monthly_minor: int | None = None
    debt_id: str | None = None
    outside_debt: OutsideDebt | None = None
    loan: OwnLoan | None = None
    template_id: str | None = None
    term_months: int | None = None
    branch_id: str | None = None
    has_owner_declared: bool = False
    owner_consent_id: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ContractItem:
    """One thing under a contract, as it was stated and as it is valued now."""

    item: Item
    number: int
    status: ItemStatus
    stated_type: str
    stated_value_minor: int
    valuation_id: str | None
    value_minor: int
    joined_at: datetime
    left_at: datetime | None

    @property
    def item_id(self) -> str:
        return self.item.item_id

    @property
    def is_held(self) -> bool:
        return self.status in (ItemStatus.PROPOSED, ItemStatus.PLEDGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One pledge. Amounts in minor units of `asset`; ratios in basis points.

    What has a default is what has not happened yet to a draft.
    """

    contract_id: str
    external_id: str | None
    status: PledgeStatus
    pledgor_id: str
    pledgee_id: str
    borrower_id: str
    branch_id: str
    template_id: str
    fee_policy_id: str
    asset: Asset
    description: str
    ltv_bp: int
    appraised_minor: int
    secured_minor: int
    fee_monthly_minor: int
    has_owner_declared: bool
    owner_consent_id: str | None
    debt_kind: DebtKind | None
    debt_id: str | None
    is_own_loan: bool
    outside_debt: OutsideDebt | None
    loan_minor: int | None
    pool_id: str | None
    term_months: int
    instalments: int
    matures_on: date | None = None
    extension_count: int = 0
    renewal_count: int = 0
    review_resolutions: tuple[str, ...] = ()
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    disclosure_version: str | None = None
    disclosed_at: datetime | None = None
    disclosed_by: str | None = None
    ticket_number: str | None = None
    executed_at: datetime | None = None
    executed_by: str | None = None
    valued_at: datetime | None = None
    fee_from_on: date | None = None
    fee_until_on: date | None = None
    fee_accrued_minor: int = 0
    fee_paid_minor: int = 0
    margin_flag: MarginFlag = MarginFlag.NONE
    margin_called_on: date | None = None
    metadata: Mapping[str, str]
    reason: str | None = None
    created_at: datetime
    created_by: str
    closed_at: datetime | None = None
    version: int = 1
    items: tuple[ContractItem, ...] = ()

    @property
    def etag(self) -> str:
        return f'"{self.contract_id}.{self.version}"'

    @property
    def is_in_force(self) -> bool:
        return self.status in IN_FORCE

    @property
    def held(self) -> tuple[ContractItem, ...]:
        """The things that are offered or pledged now."""
        return tuple(item for item in self.items if item.is_held)

    @property
    def item_ids(self) -> list[str]:
        return [item.item_id for item in self.held]

    def money(self, amount_minor: int) -> Money:
        """An amount in the contract's currency."""
        return Money(amount_minor, self.asset)
