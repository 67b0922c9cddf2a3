"""Fee policies: drawn up by one, approved by the Shariah reviewer under a ruling and a study."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import date

from sanduq.access import service as access
from sanduq.assets.items.model import Item
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.formula import FormulaError
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.fees import events, store
from sanduq.rahnu.fees.cost_studies import service as cost_studies
from sanduq.rahnu.fees.errors import (
    FeePolicyChanged,
    FeePolicyState,
    FeePolicyWithoutResolution,
    FeePolicyWithoutStudy,
    UnknownFeePolicy,
)
from sanduq.rahnu.fees.examining import examine
from sanduq.rahnu.fees.model import FeeBasis, FeePolicy, FeePolicyStatus, NewFeePolicy
from sanduq.rahnu.fees.quotes import FeeQuote, quote
from sanduq.shariah import service as shariah

APPROVE = "fee_policy.approve"


def create_policy(uow: UnitOfWork, new: NewFeePolicy) -> FeePolicy:
    """Draws up a policy and asks the Shariah reviewer to approve it. Its terms never change.

    Refuses VALIDATION_ERROR an unknown resolution, or an expression without a value;
    SHARIAH_VIOLATION one that reads a loan or speaks of a percentage (RHN-11), gives a borrower
    another fee (RHN-12), pays for a guarantee (WDI-06) or is above the cost of the study in
    force (RHN-10, AAOIFI SS 57 5/4/2); CONFLICT an external_id in use.
    """
    if new.resolution_id is not None:
        _require_resolution(uow, new.resolution_id)
    policy = FeePolicy(
        **{each.name: getattr(new, each.name) for each in fields(NewFeePolicy)},
        fee_policy_id=new_id("fpl"),
        status=FeePolicyStatus.DRAFT,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    study = cost_studies.latest_approved(uow, new.asset, uow.today)
    examine(uow, policy.fee_policy_id, "fee_policy.create", policy, study)
    store.insert(uow, policy)
    access.request_approvals(uow, APPROVE, [(policy.fee_policy_id, None)])
    _tell(uow, events.CREATED, "fee_policy.create", policy, None)
    return policy


def approve_policy(
    uow: UnitOfWork,
    fee_policy_id: str,
    *,
    resolution_id: str | None = None,
    reason: str | None = None,
    if_match: str | None = None,
) -> FeePolicy:
    """Approves a policy: things may be kept and pledged under it.

    Refuses NOT_FOUND; CONFLICT one not in DRAFT or changed since it was read; FORBIDDEN its
    maker and roles without authority; FEE_POLICY_NO_RESOLUTION without a resolution in force
    today; FEE_POLICY_NO_COST_STUDY without a current study agreed to by both offices;
    SHARIAH_VIOLATION what `create_policy` refuses, and a fee above cost anywhere on the grid.
    """
    policy = _locked(uow, fee_policy_id, FeePolicyStatus.ACTIVE, if_match)
    access.decide(uow, APPROVE, fee_policy_id, is_approved=True, reason=reason)
    named = resolution_id or policy.resolution_id
    if named is None or not is_resolution_live(uow, named, uow.today):
        raise FeePolicyWithoutResolution(
            "a fee policy stands under a resolution of the Shariah board in force today;"
            " record one and name it in resolution_id"
        )
    study = cost_studies.latest_approved(uow, policy.asset, uow.today)
    if study is None:
        raise FeePolicyWithoutStudy(
            f"no custody cost study in {policy.asset.code} of the last twelve months is agreed to"
            " by finance and the Shariah board; record one and have both approve it"
        )
    approved = replace(
        policy,
        status=FeePolicyStatus.ACTIVE,
        resolution_id=named,
        custody_cost_study_id=study.custody_cost_study_id,
        approved_at=uow.now,
        approved_by=uow.actor.user_id,
        version=policy.version + 1,
    )
    examine(uow, fee_policy_id, APPROVE, approved, study)
    store.save(uow, approved)
    _tell(uow, events.APPROVED, APPROVE, approved, reason)
    return approved


def retire_policy(
    uow: UnitOfWork, fee_policy_id: str, *, reason: str | None = None, if_match: str | None = None
) -> FeePolicy:
    """Offers a policy no more; what is kept under it keeps its fee. Refuses NOT_FOUND, CONFLICT."""
    policy = _locked(uow, fee_policy_id, FeePolicyStatus.RETIRED, if_match)
    retired = replace(
        policy,
        status=FeePolicyStatus.RETIRED,
        retired_at=uow.now,
        version=policy.version + 1,
    )
    store.save(uow, retired)
    access.withdraw(uow, APPROVE, fee_policy_id, "the policy was retired")
    _tell(uow, events.RETIRED, "fee_policy.retire", retired, reason)
    return retired


def policy(uow: UnitOfWork, fee_policy_id: str) -> FeePolicy:
    """One policy, of whatever state. Refuses NOT_FOUND."""
    found = store.get(uow, fee_policy_id)
    if found is None:
        raise UnknownFeePolicy
    return found


def active_policy(uow: UnitOfWork, fee_policy_id: str, asset: Asset) -> FeePolicy:
    """The policy under which something is about to be kept.

    Refuses NOT_FOUND; CONFLICT one not ACTIVE; VALIDATION_ERROR one in another currency.
    """
    found = policy(uow, fee_policy_id)
    if found.status is not FeePolicyStatus.ACTIVE:
        raise FeePolicyState(
            f"{fee_policy_id} is {found.status}; things are kept under an ACTIVE policy"
        )
    if found.asset != asset:
        raise ValidationFailed.field(
            "fee_policy_id", "other_currency", f"{fee_policy_id} is in {found.asset.code}"
        )
    return found


def load_policies(uow: UnitOfWork, ids: Collection[str]) -> dict[str, FeePolicy]:
    """The policies of these ids; ids nobody knows are left out."""
    return {each.fee_policy_id: each for each in store.load(uow, ids)} if ids else {}


def list_policies(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    status: FeePolicyStatus | None = None,
    asset: Asset | None = None,
    external_id: str | None = None,
) -> Page[FeePolicy]:
    """Policies, newest first."""
    filters = {
        "status": status.value if status is not None else None,
        "asset": str(asset) if asset is not None else None,
        "external_id": external_id,
    }
    return store.select_page(uow, request, filters)


def quote_policy(
    uow: UnitOfWork,
    found: FeePolicy,
    basis: FeeBasis,
    *,
    start_on: date | None = None,
    months: int | None = None,
    days: int | None = None,
) -> FeeQuote:
    """What a policy comes to for some things, and what keeping them costs where that is known.

    Refuses VALIDATION_ERROR things for which the expression has no value.
    """
    study = cost_studies.latest_approved(uow, found.asset, uow.today)
    try:
        return quote(found, basis, start_on or uow.today, months=months, days=days, study=study)
    except FormulaError as error:
        raise ValidationFailed.field("expression", error.code, str(error)) from None


def basis_of(items: Sequence[Item], *, vault_class: int = 1, premium_minor: int = 0) -> FeeBasis:
    """What a fee rests on, of things kept together: the same for a pledge and for a deposit."""
    return FeeBasis(
        weight_mg=sum(item.gross_weight_mg for item in items),
        volume_mm3=sum(item.volume_mm3 or 0 for item in items),
        item_count=len(items),
        vault_class=vault_class,
        takaful_premium_minor=premium_minor,
    )


def is_resolution_live(uow: UnitOfWork, resolution_id: str, on: date) -> bool:
    """Whether a resolution is known here and stands on that day."""
    found = shariah.load_resolutions(uow, [resolution_id]).get(resolution_id)
    return found is not None and found.as_resolution.is_in_force(on)


def _require_resolution(uow: UnitOfWork, resolution_id: str) -> None:
    if not shariah.load_resolutions(uow, [resolution_id]):
        raise ValidationFailed.field(
            "resolution_id", "unknown_resolution", "there is no such resolution"
        )


def _locked(
    uow: UnitOfWork, fee_policy_id: str, wanted: FeePolicyStatus, if_match: str | None
) -> FeePolicy:
    found = store.get(uow, fee_policy_id, is_locked=True)
    if found is None:
        raise UnknownFeePolicy
    if if_match is not None and found.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise FeePolicyChanged
    if not found.may_become(wanted):
        raise FeePolicyState(f"{fee_policy_id} is {found.status} and cannot become {wanted}")
    return found


def _tell(uow: UnitOfWork, event: str, action: str, found: FeePolicy, reason: str | None) -> None:
    audit.record(uow, [audit.Deed(action, found.fee_policy_id, reason)])
    outbox.record(uow, [events.told(event, found)])
