"""Products: drawn up by one, approved by another under a resolution of the Shariah board."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields, replace

from sanduq.access import service as access
from sanduq.access.errors import MakerMayNotApprove
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.products import events, store
from sanduq.microfinance.products.clauses import CLAUSE_RULES
from sanduq.microfinance.products.errors import (
    AmountAboveProduct,
    ProductChanged,
    ProductStateRefuses,
    UnknownProduct,
)
from sanduq.microfinance.products.model import (
    ABOVE_MAXIMUM,
    QARD_HASAN,
    TERM_NAMES,
    TYPES_OFFERED,
    AskedTerms,
    NewProduct,
    Product,
    ProductAction,
    ProductStatus,
    ProductTerms,
    actions_of,
    is_allowed,
    range_faults,
    term_faults,
)
from sanduq.parties import service as parties
from sanduq.qard.facts import Action, PrerequisiteKind, QardFacts
from sanduq.qard.rules import CHECKS, evaluate
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import Condition, ContractKind, TemplateApproval
from sanduq.shariah.facts_contracts import ContractAction, ContractFormFacts
from sanduq.shariah.model import Evaluation, ShariahProfile
from sanduq.shariah.rules_contracts import evaluate as evaluate_form

APPROVE = "product.approve"
TEMPLATE_RULE = "GEN-01"
CONTRACT_OF_TYPE = {
    "qard_hasan": ContractKind.QARD,
    "murabaha_micro": ContractKind.MURABAHA,
    "salam_micro": ContractKind.SALAM,
    "service_ijarah": ContractKind.IJARAH,
}


def create_product(uow: UnitOfWork, new: NewProduct) -> Product:
    """Draws up a product; with a resolution named it waits for another user's approval.

    Refuses VALIDATION_ERROR a type that is not offered, empty ranges, an unknown identification
    tier or resolution; SHARIAH_VIOLATION terms that no loan could lawfully have, such as a fee
    formula that reads the principal (QRD-05) or a prerequisite that profits the lender (QRD-13,
    AAOIFI SS 19 4/1); CONFLICT an external_id already used.
    """
    product = Product(
        **{each.name: getattr(new.terms, each.name) for each in fields(ProductTerms)},
        product_id=new_id("prd"),
        external_id=new.external_id,
        name=new.name,
        status=_waiting(new.resolution_id),
        resolution_id=new.resolution_id,
        approved_hash=None,
        is_default=new.is_default,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        approved_at=None,
        approved_by=None,
        version=1,
    )
    _check(uow, product, "product.create")
    store.save(uow, product)
    _ask_for_approval(uow, product)
    _tell(uow, events.CREATED, "product.create", product)
    return product


def change_product(
    uow: UnitOfWork,
    product_id: str,
    revise: Callable[[Product], Product],
    *,
    if_match: str | None = None,
) -> Product:
    """Changes a product nobody has approved yet; whoever changes it may not approve it.

    Refuses NOT_FOUND; CONFLICT once it was approved or retired, and when it changed since it was
    read; and what `create_product` refuses.
    """
    before = _locked(uow, product_id, ProductAction.CHANGE, if_match)
    revised = revise(before)
    if revised == before:
        return before
    after = replace(revised, status=_waiting(revised.resolution_id), version=before.version + 1)
    _check(uow, after, "product.change")
    store.save(uow, after)
    access.withdraw(uow, APPROVE, product_id, "the product was changed")
    _ask_for_approval(uow, after)
    _tell(uow, events.CHANGED, "product.change", after)
    return after


def approve_product(
    uow: UnitOfWork, product_id: str, *, reason: str | None = None, if_match: str | None = None
) -> Product:
    """Approves the template as it stands: loans may be made under it, until it is retired.

    An approved default takes the place of the default before it. Refuses NOT_FOUND; CONFLICT a
    product that does not wait for approval or changed since it was read; FORBIDDEN its maker
    and roles without authority; SHARIAH_VIOLATION without a resolution in force that speaks to
    GEN-01 (AAOIFI SS 19 9/1, SS 25 5/1), or when another rule no longer holds.
    """
    product = _locked(uow, product_id, ProductAction.APPROVE, if_match)
    if uow.actor.user_id == product.created_by:
        raise MakerMayNotApprove
    access.decide(uow, APPROVE, product_id, is_approved=True, reason=reason)
    product = replace(
        product,
        status=ProductStatus.ACTIVE,
        approved_hash=product.template_hash,
        approved_at=uow.now,
        approved_by=uow.actor.user_id,
        version=product.version + 1,
    )
    _check(uow, product, APPROVE)
    if product.is_default:
        _step_down(uow, product)
    store.save(uow, product)
    _tell(uow, events.APPROVED, APPROVE, product, reason)
    return product


def retire_product(
    uow: UnitOfWork, product_id: str, *, reason: str | None = None, if_match: str | None = None
) -> Product:
    """Offers the product no more; its loans run on. Refuses NOT_FOUND, CONFLICT once retired."""
    before = _locked(uow, product_id, ProductAction.RETIRE, if_match)
    after = replace(before, status=ProductStatus.RETIRED, version=before.version + 1)
    store.save(uow, after)
    access.withdraw(uow, APPROVE, product_id, "the product was retired")
    _tell(uow, events.RETIRED, "product.retire", after, reason)
    return after


def get_product(uow: UnitOfWork, product_id: str) -> Product:
    """One product, of whatever state. Refuses NOT_FOUND."""
    product = store.get(uow, product_id)
    if product is None:
        raise UnknownProduct
    return product


def load_products(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Product]:
    """The products of these ids; ids nobody knows are left out."""
    return {product.product_id: product for product in store.load(uow, ids)} if ids else {}


def default_product(uow: UnitOfWork, type_name: str, asset: Asset) -> Product | None:
    """The active product that takes a loan which names none, or nothing."""
    return store.get_default(uow, type_name, asset)


def list_products(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    type_name: str | None = None,
    status: ProductStatus | None = None,
    asset: Asset | None = None,
    external_id: str | None = None,
) -> Page[Product]:
    """Products, newest first."""
    filters = {
        "type": type_name,
        "status": status.value if status is not None else None,
        "asset": str(asset) if asset is not None else None,
        "external_id": external_id,
    }
    return store.select_page(uow, request, filters)


def template_approval(uow: UnitOfWork, product: Product) -> TemplateApproval | None:
    """What rule GEN-01 looks at: the resolution, the terms as approved and as they stand.

    Nothing for a product never approved, or under a resolution that does not speak to GEN-01.
    """
    if product.approved_hash is None or product.resolution_id is None:
        return None
    resolution = shariah.get_resolution(uow, product.resolution_id)
    if TEMPLATE_RULE not in resolution.scope:
        return None
    return TemplateApproval(resolution.as_resolution, product.approved_hash, product.template_hash)


def require_offered(product: Product, type_name: str, asset: Asset) -> None:
    """Refuses CONFLICT a product that does not lend, VALIDATION_ERROR another type or currency."""
    _require_state(product, ProductAction.LEND)
    if product.type != type_name:
        raise ValidationFailed.field(
            "type", "not_offered", f"{product.product_id} is a product of {product.type}"
        )
    if product.asset != asset:
        raise ValidationFailed.field(
            "currency", "not_offered", f"{product.product_id} lends {product.asset.code}"
        )


def check_terms(product: Product, amount: Money, terms: AskedTerms) -> None:
    """Refuses what the product does not offer: VALIDATION_ERROR with every wrong field, or
    LIMIT_EXCEEDED when nothing is wrong but an amount above the product's maximum.
    """
    found = term_faults(product, amount, terms)
    wrong = [detail for detail in found if detail["code"] != ABOVE_MAXIMUM]
    if wrong:
        raise ValidationFailed(str(wrong[0]["message"]), details=wrong)
    if found:
        raise AmountAboveProduct(str(found[0]["message"]), details=found)


def _waiting(resolution_id: str | None) -> ProductStatus:
    """A product waits for approval once it names the resolution it is to stand under."""
    return ProductStatus.DRAFT if resolution_id is None else ProductStatus.PENDING_APPROVAL


def _ask_for_approval(uow: UnitOfWork, product: Product) -> None:
    if product.status is ProductStatus.PENDING_APPROVAL:
        access.request_approvals(uow, APPROVE, [(product.product_id, None)])


def _tell(
    uow: UnitOfWork, event: str, deed: str, product: Product, reason: str | None = None
) -> None:
    details = {"version": product.version, "template_hash": product.template_hash}
    audit.record(uow, [audit.Deed(deed, product.product_id, reason, details)])
    outbox.record(uow, [events.told(event, product)])


def _step_down(uow: UnitOfWork, successor: Product) -> None:
    former = store.get_default(uow, successor.type, successor.asset, is_locked=True)
    if former is not None:
        former = replace(former, is_default=False, version=former.version + 1)
        store.save(uow, former)
        reason = f"{successor.product_id} is the default now"
        _tell(uow, events.CHANGED, "product.step_down", former, reason)


def _locked(
    uow: UnitOfWork, product_id: str, action: ProductAction, if_match: str | None
) -> Product:
    product = store.get(uow, product_id, is_locked=True)
    if product is None:
        raise UnknownProduct
    if if_match is not None and product.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise ProductChanged
    _require_state(product, action)
    return product


def _require_state(product: Product, action: ProductAction) -> None:
    if is_allowed(action, product.status):
        return
    allowed = ", ".join(actions_of(product.status)) or "nothing"
    hint = "; name its resolution first" if product.status is ProductStatus.DRAFT else ""
    raise ProductStateRefuses(
        f"a product that is {product.status} allows {allowed}, not {action}{hint}",
        state=product.status.value,
        allowed=actions_of(product.status),
    )


def _check(uow: UnitOfWork, product: Product, action: str) -> None:
    """Shape, then the rules of a product; what the rules found is written down."""
    if product.type not in TYPES_OFFERED:
        offered = ", ".join(TYPES_OFFERED)
        message = f"{product.type} is not offered; products may be of {offered}"
        raise ValidationFailed.field("type", "not_offered", message)
    if faults := range_faults(product):
        raise ValidationFailed(str(faults[0]["message"]), details=faults)
    tiers = [tier.tier for tier in parties.list_tiers(uow)]
    if product.kyc_tier_min not in tiers:
        message = f"the tiers of this institution are {', '.join(tiers)}"
        raise ValidationFailed.field("kyc_tier_min", "unknown_tier", message)
    named = [product.resolution_id] if product.resolution_id is not None else []
    if len(shariah.load_resolutions(uow, named)) < len(named):
        message = "there is no such resolution"
        raise ValidationFailed.field("resolution_id", "unknown_resolution", message)
    facts = product_facts(uow, product)
    evaluations = [*_evaluated(uow, product, facts), *_named(uow, product)]
    if product.approved_hash is not None:
        template = Evaluation(TEMPLATE_RULE, tuple(CHECKS[TEMPLATE_RULE](facts)))
        evaluations = [template, *evaluations]
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(uow, product.product_id, action, evaluations, facts)


def _evaluated(uow: UnitOfWork, product: Product, facts: QardFacts) -> list[Evaluation]:
    if product.type == QARD_HASAN:
        if product.clauses:
            message = "a qard hasan has no clauses of trade"
            raise ValidationFailed.field("clauses", "not_offered", message)
        return evaluate(facts, Action.SAVE_PRODUCT)
    if product.fee_formula is not None:
        message = "a trade contract has its price, no fee for the service"
        raise ValidationFailed.field("fee_formula", "not_offered", message)
    resolutions = shariah.live_resolutions(uow, uow.today)
    return CLAUSE_RULES[product.type](
        facts.profile, product.clauses, uow.today, product.asset, resolutions
    )


def _named(uow: UnitOfWork, product: Product) -> list[Evaluation]:
    """What the rules say of the words customers know the product by; they warn, never refuse."""
    facts = ContractFormFacts(
        on=uow.today,
        asset=product.asset,
        kind=CONTRACT_OF_TYPE[product.type],
        wording=(product.name,),
    )
    return evaluate_form(facts, ContractAction.NAME)


def product_facts(uow: UnitOfWork, product: Product) -> QardFacts:
    """What the rules look at in a product: its terms, and what it asks of the borrower."""
    conditions = [
        Condition(ContractKind.QARD, ContractKind.SALE)
        for each in product.prerequisites
        if each.kind is PrerequisiteKind.PURCHASE and each.is_paid_to_lender
    ] + [
        Condition(ContractKind.QARD, ContractKind.DEPOSIT_FOR_LENDER_USE)
        for each in product.prerequisites
        if each.is_usable_by_lender
    ]
    return QardFacts(
        on=uow.today,
        asset=product.asset,
        profile=ShariahProfile(uow.shariah_profile),
        approval=template_approval(uow, product),
        product_id=product.product_id,
        term_names=TERM_NAMES,
        fee_formula=product.fee_formula,
        prerequisites=product.prerequisites,
        conditions=tuple(conditions),
    )
