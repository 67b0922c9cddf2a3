"""The valuation policy: read by everyone, set by whoever has that authority."""

from __future__ import annotations

from dataclasses import fields

from sanduq.access import service as access
from sanduq.assets.model import require_grade
from sanduq.assets.policies import events, store
from sanduq.assets.policies.model import NewPolicy, ValuationPolicy
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed

SET = "valuation_policy.set"


def current_policy(uow: UnitOfWork) -> ValuationPolicy:
    """The settings in force; the house's own (version 0) where the institution made none."""
    return store.newest(uow)


def set_policy(uow: UnitOfWork, new: NewPolicy) -> ValuationPolicy:
    """Puts a new version in force at once; what was recorded before keeps the version it had.

    Refuses FORBIDDEN without authority, FINENESS_UNKNOWN a band for a fineness that is no grade,
    VALIDATION_ERROR a band that ends before it begins, CONFLICT two settings in one moment.
    """
    access.require_authority(uow, SET, None)
    for (metal, grade), band in new.bands.items():
        require_grade(metal, grade)
        if not 0 < band.low < band.high:
            raise ValidationFailed.field("bands", "empty_band", "a band begins below its end")
    policy = ValuationPolicy(
        **{each.name: getattr(new, each.name) for each in fields(NewPolicy)},
        version=store.newest(uow).version + 1,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, policy)
    subject = f"valuation_policy:{policy.version}"
    audit.record(uow, [audit.Deed(SET, subject, policy.reason)])
    outbox.record(uow, [events.policy_set(subject, policy)])
    return policy
