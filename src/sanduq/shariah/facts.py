"""What the rules of every contract look at: facts gathered beforehand, so that rules stay pure.

An empty tuple claims that there is nothing of the kind. A None where a rule needs the fact
makes that rule refuse: what is not known is not permitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.shariah.model import Resolution, ShariahProfile


class ContractKind(StrEnum):
    """What may stand at either end of a condition between contracts."""

    DEPOSIT_FOR_LENDER_USE = "deposit_for_lender_use"
    DOCUMENTATION_ACTUAL = "documentation_actual"
    IJARAH = "ijarah"
    KAFALAH = "kafalah"
    MURABAHA = "murabaha"
    PAID_SERVICE = "paid_service"
    QARD = "qard"
    RAHN = "rahn"
    SALAM = "salam"
    SALE = "sale"
    SARF = "sarf"


class ChargeKind(StrEnum):
    """What a charge is for. The kinds no contract may carry are named so they can be refused."""

    COLLECTION_ACTUAL = "collection_actual"
    COMMITMENT = "commitment"
    CUSTODY_ACTUAL = "custody_actual"
    DOCUMENTATION_ACTUAL = "documentation_actual"
    FACILITY = "facility"
    NON_UTILISATION = "non_utilisation"
    OTHER = "other"
    PREPAYMENT = "prepayment"
    REMITTANCE_ACTUAL = "remittance_actual"
    SERVICE_FEE_ACTUAL = "service_fee_actual"


class Beneficiary(StrEnum):
    """Who receives a charge for lateness."""

    CHARITY = "charity"
    INSTITUTION = "institution"


class DebtorState(StrEnum):
    """How a debtor in default is classed; a debtor who pays is `CURRENT`."""

    CURRENT = "current"
    EXCUSED = "excused"
    INSOLVENT = "insolvent"
    SOLVENT_DELAYING = "solvent_delaying"
    UNKNOWN = "unknown"


class DebtMeasure(StrEnum):
    """What an institution does about a debt that is not paid."""

    ACCELERATE = "accelerate"
    CHARGE = "charge"
    CHARITY_PLEDGE = "charity_pledge"
    FORGIVE = "forgive"
    GRACE = "grace"
    PLEDGE_SALE_AT_DUE = "pledge_sale_at_due"
    PRESSURE_COLLECTION = "pressure_collection"
    RESCHEDULE = "reschedule"
    THIRD_PARTY_PAYMENT = "third_party_payment"


class DebtRaiseKind(StrEnum):
    """Why a posting raises a debt that already exists."""

    ACTUAL_COST_RECOVERY = "actual_cost_recovery"
    CHARITY_PLEDGE = "charity_pledge"
    DEFERRAL = "deferral"
    LATENESS = "lateness"
    TAWIDH = "tawidh"


@dataclass(frozen=True, slots=True)
class TemplateApproval:
    """The product as the board approved it, beside the product as it stands."""

    resolution: Resolution
    approved_hash: str
    template_hash: str


@dataclass(frozen=True, slots=True)
class PartyCapacity:
    """One party to the contract. `role` is printed: borrower, guarantor, donor."""

    role: str
    birth_on: date | None
    majority_age_years: int
    is_interdicted: bool = False
    has_representative: bool = False
    authority_document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """`source` may not be had without `target`, both between the same parties or not."""

    source: ContractKind
    target: ContractKind
    has_same_parties: bool = True


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge, and the receipts or approved cost sheet behind it (None: no evidence)."""

    kind: ChargeKind
    amount_minor: int
    evidence_minor: int | None = None


@dataclass(frozen=True, slots=True)
class LateCharge:
    """A charge for lateness in the contract or the product, of any form."""

    description: str
    beneficiary: Beneficiary


@dataclass(frozen=True, slots=True)
class DebtRaise:
    """A posting that raises a debt after its creation."""

    kind: DebtRaiseKind
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """How a payment meets a debt. The rate and the residue matter only across currencies."""

    asset: Asset
    paid_on: date
    agreed_on: date | None = None
    rate_on: date | None = None
    residue_minor: int = 0
    has_prior_clause: bool = False


@dataclass(frozen=True, slots=True)
class Acceleration:
    """A call for all instalments at once. `cure_days` is the fair period the clause gives."""

    has_clause: bool
    notice_on: date | None
    cure_days: int = 14
    is_force_majeure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFacts:
    """Facts on which the rules of every contract and of default are decided."""

    on: date
    asset: Asset
    profile: ShariahProfile = ShariahProfile.AAOIFI
    resolutions: tuple[Resolution, ...] = ()
    # the product and its parties
    approval: TemplateApproval | None = None
    purpose_code: str | None = None
    commodity_code: str | None = None
    asset_use_code: str | None = None
    prohibited_codes: frozenset[str] = frozenset()
    parties: tuple[PartyCapacity, ...] = ()
    kyc_rank: int | None = None
    kyc_rank_min: int = 0
    is_signature_recognised: bool | None = None  # None: signed by hand
    conditions: tuple[Condition, ...] = ()
    charges: tuple[Charge, ...] = ()
    indexation: str | None = None
    # amounts: what the instalments add up to, and what they should
    instalment_total_minor: int | None = None
    contract_amount_minor: int | None = None
    # events of the debt
    debt_raises: tuple[DebtRaise, ...] = ()
    payment: PaymentTerms | None = None
    outstanding_minor: int | None = None
    debtor_state: DebtorState = DebtorState.CURRENT
    measures: tuple[DebtMeasure, ...] = ()
    late_charges: tuple[LateCharge, ...] = ()
    acceleration: Acceleration | None = None

    def printed(self, amount_minor: int | None) -> str | None:
        """An amount of this contract's asset as shown in a finding: `40.00`."""
        if amount_minor is None:
            return None
        return f"{Money(amount_minor, self.asset).decimal:f}"
