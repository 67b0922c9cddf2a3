"""Products: the terms under which loans are offered, and what of them the board approved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sanduq.kit.json import canonical
from sanduq.kit.money import Asset, Money
from sanduq.obligations.calendar import WorkingDays
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.schedule import Anchor, Frequency
from sanduq.qard.facts import Prerequisite

QARD_HASAN = "qard_hasan"
TYPES_OFFERED = (QARD_HASAN, "murabaha_micro", "salam_micro", "service_ijarah")
"""The contracts a product may be of."""

ABOVE_MAXIMUM = "above_product_maximum"


class ProductStatus(StrEnum):
    """A draft still lacks the board's resolution; only an active product lends."""

    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


class ProductAction(StrEnum):
    CHANGE = "change"
    APPROVE = "approve"
    RETIRE = "retire"
    LEND = "lend"


_S = ProductStatus

ALLOWED: Mapping[ProductAction, frozenset[ProductStatus]] = {
    ProductAction.CHANGE: frozenset({_S.DRAFT, _S.PENDING_APPROVAL}),
    ProductAction.APPROVE: frozenset({_S.PENDING_APPROVAL}),
    ProductAction.RETIRE: frozenset({_S.DRAFT, _S.PENDING_APPROVAL, _S.ACTIVE}),
    ProductAction.LEND: frozenset({_S.ACTIVE}),
}


def is_allowed(action: ProductAction, status: ProductStatus) -> bool:
    """Whether the state table lets `action` happen to a product in `status`."""
    return status in ALLOWED[action]


def actions_of(status: ProductStatus) -> list[str]:
    """What can be done with a product in `status`, by name."""
    return sorted(str(action) for action, states in ALLOWED.items() if status in states)


class Disclosure(StrEnum):
    """Whether the borrower acknowledges the disclosure here, or staff attest that one did."""

    REQUIRED = "required"
    ATTESTED = "attested"


class AskedTerms(Protocol):
    """How a borrower asks to repay."""

    @property
    def instalments(self) -> int: ...
    @property
    def frequency(self) -> str: ...
    @property
    def grace_months(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductTerms:
    """What the board approves: everything a loan of this product may or may not be.

    `fee_formula` None: the fee is given with each loan, within its cost study. `clauses` are the
    settings of a trade contract, by the names its own kind knows; a qard has none.
    """

    type: str
    asset: Asset
    amount_min_minor: int
    amount_max_minor: int
    instalments_min: int
    instalments_max: int
    frequencies: tuple[Frequency, ...]
    grace_months_max: int
    fee_formula: str | None
    component_order: ComponentOrder
    schedule_anchor: Anchor
    working_days: WorkingDays
    multiple_of_minor: int
    kyc_tier_min: str
    disclosure: Disclosure
    prerequisites: tuple[Prerequisite, ...]
    clauses: Mapping[str, Any] = field(default_factory=dict)

    @property
    def template_hash(self) -> str:
        """The fingerprint of these terms as they stand, in hexadecimal (rule GEN-01)."""
        terms = {name: value for name, value in asdict(self).items() if name in TERM_NAMES}
        # Products approved before there were clauses keep their fingerprint.
        if not terms["clauses"]:
            del terms["clauses"]
        return hashlib.sha256(canonical(terms)).hexdigest()


TERM_NAMES = frozenset(each.name for each in fields(ProductTerms))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProduct:
    """A product about to be drawn up. Without a resolution it stays a draft."""

    terms: ProductTerms
    name: str
    resolution_id: str | None
    is_default: bool
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(ProductTerms):
    """A product on record. `approved_hash` is the fingerprint of the terms as approved."""

    product_id: str
    external_id: str | None
    name: str
    status: ProductStatus
    resolution_id: str | None
    approved_hash: str | None
    is_default: bool
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    version: int

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    @property
    def is_as_approved(self) -> bool:
        """Whether the terms are still those that were approved."""
        return self.approved_hash is not None and self.approved_hash == self.template_hash


def range_faults(terms: ProductTerms) -> list[dict[str, Any]]:
    """Ranges of a product that hold nothing, as details of a refusal; empty when all are well."""
    faults = []
    if terms.amount_max_minor < terms.amount_min_minor:
        faults.append(_detail("amount.max", "below_min", "amount.max is below amount.min"))
    if terms.instalments_max < terms.instalments_min:
        message = "installments.max is below installments.min"
        faults.append(_detail("installments.max", "below_min", message))
    if not terms.frequencies:
        faults.append(_detail("frequencies", "empty", "a product offers at least one frequency"))
    return faults


def term_faults(product: ProductTerms, amount: Money, terms: AskedTerms) -> list[dict[str, Any]]:
    """What of a loan asked for the product does not offer, as details of a refusal.

    Fields are named as in a loan's request. The code `above_product_maximum` is a limit, every
    other one a wrong value.
    """
    found: list[dict[str, Any]] = []
    if amount.asset != product.asset:
        message = f"this product lends {product.asset.code}"
        found.append(_detail("currency", "not_offered", message))
    elif amount.amount_minor < product.amount_min_minor:
        least = Money(product.amount_min_minor, product.asset)
        message = f"this product lends no less than {least}"
        found.append(_detail("amount", "below_product_minimum", message, limit=least))
    elif amount.amount_minor > product.amount_max_minor:
        most = Money(product.amount_max_minor, product.asset)
        message = f"this product lends no more than {most}"
        found.append(_detail("amount", ABOVE_MAXIMUM, message, limit=most))
    if not product.instalments_min <= terms.instalments <= product.instalments_max:
        message = (
            f"this product is repaid in {product.instalments_min} to"
            f" {product.instalments_max} instalments"
        )
        found.append(_detail("repayment_terms.installments", "not_offered", message))
    if terms.frequency not in product.frequencies:
        message = f"this product is repaid {_or(product.frequencies)}"
        found.append(_detail("repayment_terms.frequency", "not_offered", message))
    if not 0 <= terms.grace_months <= product.grace_months_max:
        message = f"this product gives up to {product.grace_months_max} months of grace"
        found.append(_detail("repayment_terms.grace_period_months", "not_offered", message))
    return found


def _or(names: Sequence[str]) -> str:
    return " or ".join(str(name) for name in names)


def _detail(field: str, code: str, message: str, *, limit: Money | None = None) -> dict[str, Any]:
    bound = {"limit": f"{limit.decimal:f}"} if limit is not None else {}
    return {"field": field, "code": code, "message": message, **bound}
