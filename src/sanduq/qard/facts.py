"""What the rules of a qard look at, beyond what every contract has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.qard.model import CostStudy
from sanduq.shariah.facts import ContractFacts


class Action(StrEnum):
    """What is being done when the rules are asked."""

    SAVE_PRODUCT = "save_product"
    CREATE = "create"
    APPROVE = "approve"
    DISBURSE = "disburse"
    REPAY = "repay"
    RESCHEDULE = "reschedule"
    CHANGE_FEE = "change_fee"
    CHARGE = "charge"
    DEMAND = "demand"
    CLOSE_PERIOD = "close_period"


class PrerequisiteKind(StrEnum):
    """What a borrower must do before being lent to."""

    BALANCE = "balance"
    MEMBERSHIP = "membership"
    OTHER = "other"
    PURCHASE = "purchase"
    SAVING = "saving"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """One condition of the loan; `cost_minor` is what it costs the lender to provide."""

    kind: PrerequisiteKind
    amount_minor: int
    cost_minor: int = 0
    is_paid_to_lender: bool = False
    is_usable_by_lender: bool = False


@dataclass(frozen=True, slots=True)
class FeeSample:
    """Principal and fee of one loan lately made, for the look of a rate."""

    principal_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class FeePeriod:
    """Fees and costs of a period about to close, and what was done with the surplus."""

    fees_minor: int
    direct_cost_minor: int
    refunded_minor: int = 0
    to_charity_minor: int = 0


@dataclass(frozen=True, slots=True)
class Benefit:
    """Something the lender received from the borrower during the term."""

    description: str
    has_prior_custom: bool


@dataclass(frozen=True, slots=True)
class VoluntaryExcess:
    """What a borrower repays beyond the debt, and how common that is among closed loans."""

    amount_minor: int
    has_statement: bool
    closed_loan_count: int = 0
    closed_with_excess_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QardFacts(ContractFacts):
    """Facts on which the rules of a qard are decided.

    `resolutions` are those that speak to this product. On a reschedule `principal_minor` is the
    principal still owed and `instalment_total_minor` the new schedule's total.
    """

    product_id: str | None = None
    principal_minor: int | None = None
    principal_scheduled_minor: int | None = None
    fineness_bp: int | None = None  # of a metal lent by weight
    term_names: frozenset[str] = frozenset()  # names of the terms the contract or product holds
    # the fee
    fee_minor: int = 0
    fee_formula: str | None = None
    fee_approved_minor: int | None = None
    total_repayable_minor: int | None = None
    cost_study: CostStudy | None = None
    pool_fee_minor_total: int | None = None
    added_fee_minor: int = 0
    added_fee_evidence_minor: int = 0
    tranches_with_fee_count: int = 0
    fee_period: FeePeriod | None = None
    recent_loans: tuple[FeeSample, ...] = ()
    # conditions and benefits
    prerequisites: tuple[Prerequisite, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    excess: VoluntaryExcess | None = None
    # the course of the loan
    may_prepay: bool = True
    due_on: date | None = None  # None: no term was agreed
    first_due_on: date | None = None
    disbursed_on: date | None = None
    is_disbursement_confirmed: bool = False
    is_schedule_active: bool = False
    net_disbursed_minor: int | None = None
    pool_uses: frozenset[str] = frozenset()
    disclosure_version: str | None = None
    disclosures_acknowledged: frozenset[tuple[str, str]] = frozenset()  # (rule id, version)
