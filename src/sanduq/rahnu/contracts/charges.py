"""What keeping a pledge is charged: the policy's fee for these things, beside what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sanduq.assets.items.model import Item
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.rahnu.facts_pledge import FeeFact, FeeSample
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.fees.accrual import custody_cost_minor
from sanduq.rahnu.fees.cost_studies import service as cost_studies
from sanduq.rahnu.fees.examining import names_read
from sanduq.rahnu.fees.model import FeePolicy, FeePolicyStatus, monthly_fee_minor

THIS_PLEDGE = "this pledge"


def policy_fee_minor(policy: FeePolicy, items: Sequence[Item]) -> int:
    """What the policy asks for a month of these things, in minor units; nothing for nothing."""
    return monthly_fee_minor(policy, fees.basis_of(items)) if items else 0


def fee_fact(
    uow: UnitOfWork, policy: FeePolicy, items: Sequence[Item], monthly_minor: int, on: date
) -> FeeFact:
    """The fee of a pledge as the rules look at it: beside its cost (RHN-10), and beside what one
    who only leaves the same things for safe keeping pays (RHN-12)."""
    basis = fees.basis_of(items)
    study = cost_studies.latest_approved(uow, policy.asset, on)
    return FeeFact(
        names=names_read(policy),
        monthly_minor=monthly_minor,
        cost_monthly_minor=None if study is None else custody_cost_minor(study, basis, 1),
        samples=(FeeSample(THIS_PLEDGE, policy_fee_minor(policy, items), monthly_minor),),
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
