"""What the rules of a pledge look at in the thing itself: the debt, the items, how they are kept.

Weights of fine metal are whole milligrams. An amount is in the minor units of the contract's
asset. A None where a rule needs the fact makes that rule refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

FEE_NAMES_ALLOWED = frozenset(
    {
        "days_in_custody", "item_count", "takaful_premium", "takaful_premium_actual",
        "vault_class", "volume", "weight",
    }
)  # fmt: skip
"""What a custody fee may read (RHN-11): the thing and its keeping, never the loan or the value."""


class ObligationKind(StrEnum):
    """What a pledge is asked to secure."""

    DAMAGES = "damages"
    IJARAH = "ijarah"
    RIBA_LOAN = "interest_loan"
    KAFALAH = "kafalah"
    MUDARABAH = "mudarabah"
    MURABAHA = "murabaha"
    MUSHARAKAH = "musharakah"
    QARD = "qard"
    SALAM = "salam"
    WADIAH = "wadiah"
    WAKALAH = "wakalah"


TRUSTS = frozenset(
    {
        ObligationKind.MUDARABAH,
        ObligationKind.MUSHARAKAH,
        ObligationKind.WADIAH,
        ObligationKind.WAKALAH,
    }
)
"""Contracts in which one holds another's property in trust, and owes nothing without fault."""


class JoinedContract(StrEnum):
    """What one deal of Ar-Rahnu may be put together from (RHN-13)."""

    QARD = "qard"
    RAHN = "rahn"
    TAWARRUQ = "tawarruq"
    UJRAH = "ujrah"
    WADIAH = "wadiah"


class LossFault(StrEnum):
    """Whether the keeper is to blame for a loss, and how."""

    NONE = "none"
    BREACH = "breach"
    MISCONDUCT = "misconduct"
    NEGLIGENCE = "negligence"


class CostKind(StrEnum):
    """A cost of keeping or selling a pledge that somebody is to bear (RHN-14)."""

    CUSTODY = "custody"
    DOCUMENTATION = "documentation"
    PRESERVATION = "preservation"
    REPAIR = "repair"
    SALE = "sale"


class PartySide(StrEnum):
    """Who of the two acts, or died."""

    CREDITOR = "creditor"
    PLEDGOR = "pledgor"


@dataclass(frozen=True, slots=True)
class SecuredObligation:
    """The debt behind a pledge. `is_ours`: it stands on this institution's books.

    `outstanding_minor` is all that is still owed; zero before the money was paid out.
    """

    kind: ObligationKind
    outstanding_minor: int
    due_on: date | None = None
    is_past_due: bool = False
    is_trust: bool = False
    has_riba: bool = False
    is_ours: bool = True
    limited_to_fault: bool = False


@dataclass(frozen=True, slots=True)
class PledgedItem:
    """A thing pledged, as it was declared and measured. `marks` holds hallmarks or a serial."""

    item_id: str
    description: str
    net_weight_mg: int | None
    fineness_bp: int | None
    has_photo: bool
    marks: str
    is_lawful: bool
    owner_id: str
    has_owner_declaration: bool = True
    owner_consent_id: str | None = None
    has_owner_recourse: bool = False


@dataclass(frozen=True, slots=True)
class ValuationFact:
    """A valuation, with who made it and who confirmed it; `told_at`: when the owner had it."""

    item_id: str
    gross_weight_mg: int
    stone_weight_mg: int
    other_weight_mg: int
    net_weight_mg: int
    fineness_bp: int | None
    method: str | None
    price_source: str | None
    priced_at: datetime | None
    valued_at: datetime | None
    valuer_id: str
    second_officer_id: str | None
    value_minor: int
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Possession:
    """What was taken in, or (with a registry's reference) put out of the pledgor's disposal."""

    at: datetime | None = None
    place: str | None = None
    seal_numbers: tuple[str, ...] = ()
    weight_mg: int | None = None
    fineness_bp: int | None = None
    officers: tuple[str, ...] = ()
    registry_reference: str | None = None


@dataclass(frozen=True, slots=True)
class BookEntry:
    """A posting of the command: `amount_minor` above zero debits.

    `is_asset`: it touches an asset account; `is_for_item`: what it books is the pledge itself.
    """

    code: str
    amount_minor: int
    is_asset: bool
    is_for_item: bool


@dataclass(frozen=True, slots=True)
class FeeSample:
    """The monthly fee of one item of the grid, for a depositor and for a borrower (RHN-12)."""

    label: str
    without_loan_minor: int
    with_loan_minor: int


@dataclass(frozen=True, slots=True)
class FeeFact:
    """The custody fee: what its expression reads, what it comes to, what custody costs.

    `names` None: the expression could not be read. `cost_monthly_minor` None: no cost study.
    `components` names what the fee is for.
    """

    names: frozenset[str] | None
    monthly_minor: int
    cost_monthly_minor: int | None
    samples: tuple[FeeSample, ...] = ()
    expression: str | None = None
    components: frozenset[str] = frozenset({"custody"})


@dataclass(frozen=True, slots=True)
class OwnerCost:
    """A cost put on the owner; `evidence_minor` None: nothing proves what it really was."""

    kind: CostKind
    amount_minor: int
    evidence_minor: int | None = None
    has_clause: bool = False


@dataclass(frozen=True, slots=True)
class UseFact:
    """The creditor's use of the pledge, asked for or found out."""

    has_permission: bool
    rent_minor: int = 0
    market_rent_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause of the pledge's terms in one language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Movement:
    """A move of things in custody. Out to a third party the purpose says why.

    `has_adl_keeper`: a third party agreed by both keeps the pledge, and each must consent.
    """

    item_id: str
    to_place: str
    purpose: str
    is_to_third_party: bool = False
    has_adl_keeper: bool = False
    pledgor_consent_id: str | None = None
    creditor_consent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Somebody ends the pledge while `outstanding_minor` is still owed."""

    by: PartySide
    outstanding_minor: int


@dataclass(frozen=True, slots=True)
class LossFact:
    """A thing lost in custody, and what the keeper makes good.

    `has_like`: it can be replaced by its like, as gold by gold of the same fine weight; else its
    value on the day of the loss is owed. What is set off against the debt lowers it.
    """

    fault: LossFault
    fine_weight_mg: int
    liability_mg: int
    value_at_loss_minor: int
    liability_minor: int
    debt_before_minor: int
    debt_after_minor: int
    set_off_minor: int = 0
    has_like: bool = True


@dataclass(frozen=True, slots=True)
class Growth:
    """What the pledge brought in, and whose it was made."""

    amount_minor: int
    credited_to: str
    has_agreement: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """A pledge given back, whole or in part.

    `settled_on`: the day the debt reached zero; `ready_on`, `fee_stops_on`: when the thing could
    be fetched and the fee ended. `agent_proof_id` proves an agent or an heir.
    """

    recipient_id: str | None
    is_owner: bool
    debt_left_minor: int
    settled_on: date | None = None
    ready_on: date | None = None
    fee_stops_on: date | None = None
    is_partial: bool = False
    is_by_creditor_will: bool = False
    ltv_after_bp: int | None = None
    agent_proof_id: str | None = None
    ticket_number: str | None = None
    loss_declaration_id: str | None = None


@dataclass(frozen=True, slots=True)
class HeldForOther:
    """A release refused because of another debt, which arose on a day."""

    debt_id: str
    arisen_on: date


@dataclass(frozen=True, slots=True)
class CreditorRank:
    """One of several creditors on one pledge; equal ranks share pro rata."""

    creditor_id: str
    rank: int
    consent_id: str | None


@dataclass(frozen=True, slots=True)
class Replacement:
    """New things in the place of old ones. Instants None: not yet."""

    is_agreed: bool
    possessed_at: datetime | None
    valued_at: datetime | None
    old_released_at: datetime | None
    ltv_after_bp: int | None


@dataclass(frozen=True, slots=True)
class TakafulFact:
    """Cover of the pledge. `is_proceeds_held`: a claim's money takes the place of the thing."""

    policy_id: str | None
    covered_through_on: date | None
    is_proceeds_held: bool = True


@dataclass(frozen=True, slots=True)
class DeathEvent:
    """A party died, and what was about to be done with the pledge for that reason alone."""

    died: PartySide
    is_release: bool = False
    is_sale: bool = False
