"""What keeping a pledge is charged: the policy's fee for these things, beside what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.assets.items.model import Item
from sanduq.custody.takaful import service as takaful
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.rahnu.facts_pledge import FeeFact, FeeSample
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.fees.accrual import custody_cost_minor
from sanduq.rahnu.fees.cost_studies import service as cost_studies
from sanduq.rahnu.fees.examining import names_read
from sanduq.rahnu.fees.model import FeeBasis, FeePolicy, FeePolicyStatus, monthly_fee_minor

THIS_PLEDGE = "this pledge"
PREMIUM = "takaful_premium_actual"


def basis_at(uow: UnitOfWork, policy: FeePolicy, items: Sequence[Item], branch_id: str) -> FeeBasis:
    """What the fee of these things rests on at a branch: with the premium that takaful of each
    actually costs there, where the policy reads it."""
    premium_minor = 0
    if PREMIUM in names_read(policy):
        each = takaful.premium_per_item_month_minor(uow, branch_id, policy.asset, uow.today)
        premium_minor = each * len(items)
    return fees.basis_of(items, premium_minor=premium_minor)


def policy_fee_minor(
    uow: UnitOfWork, policy: FeePolicy, items: Sequence[Item], branch_id: str
) -> int:
    """What the policy asks for a month of these things, in minor units; nothing for nothing."""
    return monthly_fee_minor(policy, basis_at(uow, policy, items, branch_id)) if items else 0


def fee_fact(
    uow: UnitOfWork, policy: FeePolicy, items: Sequence[Item], monthly_minor: int, branch_id: str
) -> FeeFact:
    """The fee of a pledge as the rules look at it: beside its cost (RHN-10), and beside what one
    who only leaves the same things for safe keeping pays (RHN-12)."""
    basis = basis_at(uow, policy, items, branch_id)
    study = cost_studies.latest_approved(uow, policy.asset, uow.today)
    asked = monthly_fee_minor(policy, basis) if items else 0
    return FeeFact(
        names=names_read(policy),
        monthly_minor=monthly_minor,
        cost_monthly_minor=None if study is None else custody_cost_minor(study, basis, 1),
        samples=(FeeSample(THIS_PLEDGE, asked, monthly_minor),),
        expression=policy.expression,
        components=frozenset(each.value for each in policy.components),
    )


def require_policy(uow: UnitOfWork, fee_policy_id: str, asset: Asset) -> FeePolicy:
    """The active policy of a template. Refuses NOT_FOUND, CONFLICT, VALIDATION_ERROR."""
    return fees.active_policy(uow, fee_policy_id, asset)


def is_policy_live(uow: UnitOfWork, policy: FeePolicy) -> bool:
    """Whether the policy is active under a ruling in force today."""
    return (
        policy.status is FeePolicyStatus.ACTIVE
        and policy.resolution_id is not None
        and fees.is_resolution_live(uow, policy.resolution_id, uow.today)
    )
