"""What the rules of a pledge look at, beyond what every contract has, and when they are asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.rahnu.facts_pledge import (
    BookEntry,
    Cancellation,
    ClauseText,
    CreditorRank,
    DeathEvent,
    FeeFact,
    Growth,
    HeldForOther,
    JoinedContract,
    LossFact,
    Movement,
    OwnerCost,
    PledgedItem,
    Possession,
    Release,
    Replacement,
    SecuredObligation,
    TakafulFact,
    UseFact,
    ValuationFact,
)
from sanduq.rahnu.facts_sale import (
    BidFact,
    FeeEnd,
    LiquidationConsent,
    NoticeFact,
    SaleFact,
    ShortfallFact,
    SurplusFact,
    Unclaimed,
)
from sanduq.rahnu.model import Waterfall
from sanduq.rahnu.templates.model import PledgeTerms
from sanduq.shariah.facts import ContractFacts
from sanduq.shariah.facts_contracts import Insurance


class RahnAction(StrEnum):
    """What is being done when the rules are asked."""

    SAVE_TEMPLATE = "save_template"
    SAVE_FEE_POLICY = "save_fee_policy"
    CREATE = "create"
    SUBMIT = "submit"
    REVIEW = "review"
    EXECUTE = "execute"
    REPAY = "repay"
    RELEASE = "release"
    PARTIAL_RELEASE = "partial_release"
    ADD_ITEM = "add_item"
    SWAP = "swap"
    EXTEND = "extend"
    RENEW = "renew"
    REVALUE = "revalue"
    MARGIN_CALL = "margin_call"
    LOSS = "loss"
    DEATH = "death"
    DEFAULT_NOTICE = "default_notice"
    AUCTION_NOTICE = "auction_notice"
    LIQUIDATE = "liquidate"
    BID = "bid"
    SALE = "sale"
    DISTRIBUTE = "distribute"
    SURPLUS = "surplus"
    MOVE = "move"
    TERMINATE = "terminate"
    DEPOSIT = "deposit"


class PledgeDisclosed(StrEnum):
    """What a pledgor must have been told before signing (DIS-05)."""

    CUSTODY_COST = "custody_cost"
    LOAN_TO_VALUE = "loan_to_value"
    NOTICES = "notices"
    SURPLUS_RIGHT = "surplus_right"
    VALUATION = "valuation"


class DepositBasis(StrEnum):
    """Whether a depositor's thing is kept in trust, or owed like a loan."""

    AMANAH = "amanah"
    DAMANAH = "damanah"


@dataclass(frozen=True, slots=True)
class PledgeDisclosure:
    """The paper put before the pledgor: its version and what it shows."""

    version: str
    shown: frozenset[PledgeDisclosed] = frozenset(PledgeDisclosed)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A new qard in the place of the old. `is_fee_settled`: arrears paid, or kept apart."""

    old_principal_minor: int
    new_principal_minor: int
    fee_arrears_minor: int = 0
    is_fee_settled: bool = True


@dataclass(frozen=True, slots=True)
class Extension:
    """The count of extensions with this one, its months, and what it would add to the debt."""

    count: int
    months: int
    added_minor: int = 0


@dataclass(frozen=True, slots=True)
class Licence:
    """What the operator's law asks for: its kind, its number, its last day."""

    kind: str
    number: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class DepositFact:
    """A thing kept without a loan, or one about to be pledged (`is_pledged`).

    `uses` names what was done with it for the keeper; `perks` what the depositor gets for the
    deposit alone. `basis_after` is how it is held once pledged.
    """

    basis: DepositBasis
    is_segregated: bool = True
    is_mixed: bool = False
    has_mixing_permission: bool = False
    uses: tuple[str, ...] = ()
    fee_monthly_minor: int = 0
    is_fee_on_value: bool = False
    is_pledged: bool = False
    basis_after: DepositBasis | None = None
    perks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RahnFacts(ContractFacts):
    """Facts on which the rules of a pledge are decided; what a command does not concern is empty.

    `outstanding_minor`, `purpose_code`, `parties`, `charges` and the like are those of every
    contract. `at` is the instant of the command. `made_on` is the day the deal was made.
    """

    at: datetime | None = None
    contract_id: str | None = None
    creditor_id: str | None = None
    pledgor_id: str | None = None
    made_on: date | None = None
    terms: PledgeTerms | None = None
    clauses: tuple[ClauseText, ...] = ()
    joined: frozenset[JoinedContract] = frozenset({JoinedContract.RAHN})
    # the debt, the things, and what they secure
    obligation: SecuredObligation | None = None
    items: tuple[PledgedItem, ...] = ()
    valuations: tuple[ValuationFact, ...] = ()
    appraised_minor: int | None = None
    ltv_bp: int | None = None
    secured_minor: int | None = None
    loan_minor: int | None = None
    term_months: int | None = None
    creditors: tuple[CreditorRank, ...] = ()
    # custody
    possession: Possession | None = None
    book_entries: tuple[BookEntry, ...] = ()
    fee: FeeFact | None = None
    owner_costs: tuple[OwnerCost, ...] = ()
    use: UseFact | None = None
    movements: tuple[Movement, ...] = ()
    growth: tuple[Growth, ...] = ()
    takaful: TakafulFact | None = None
    insurances: tuple[Insurance, ...] = ()
    loss: LossFact | None = None
    deposit: DepositFact | None = None
    # the course of the pledge
    cancellation: Cancellation | None = None
    release: Release | None = None
    held_for_other: HeldForOther | None = None
    replacement: Replacement | None = None
    renewal: Renewal | None = None
    extension: Extension | None = None
    death: DeathEvent | None = None
    zakat_told_on: date | None = None
    # the sale
    is_margin_call: bool = False
    notice: NoticeFact | None = None  # the one being given
    notices: tuple[NoticeFact, ...] = ()  # those given before
    consent: LiquidationConsent | None = None
    sale: SaleFact | None = None
    bids: tuple[BidFact, ...] = ()
    waterfall: Waterfall | None = None
    surplus: SurplusFact | None = None
    shortfall: ShortfallFact | None = None
    unclaimed: Unclaimed | None = None
    fee_end: FeeEnd | None = None
    licence: Licence | None = None
    # what the pledgor was told
    disclosure: PledgeDisclosure | None = None
    disclosures_acknowledged: frozenset[tuple[str, str]] = frozenset()  # (rule id, version)
