"""Shariah review of a pledge: by the board's live resolutions, or by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts import events as names
from sanduq.rahnu.contracts import store
from sanduq.rahnu.contracts.charges import is_policy_live
from sanduq.rahnu.contracts.errors import PledgeStepMissing
from sanduq.rahnu.contracts.facts import Gathered, gathered
from sanduq.rahnu.contracts.model import Contract, PledgeAction, PledgeStatus
from sanduq.rahnu.contracts.service import changed, locked
from sanduq.rahnu.contracts.valuing import revalued
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.rules import evaluate
from sanduq.rahnu.templates import service as templates
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation, Finding, Severity

REVIEW = "pledge.review"


def submit(
    uow: UnitOfWork,
    contract_id: str,
    *,
    has_owner_declared: bool | None = None,
    owner_consent_id: str | None = None,
    is_by_person: bool = False,
    etag: str | None = None,
) -> Contract:
    """Puts a draft before Shariah review, with its things as they are valued now.

    A template and a fee policy that stand under resolutions in force pass it by those, which are
    recorded; anything else, and whatever the rules leave to scholars, waits for a person.
    Refuses CONFLICT (state, a thing without a confirmed valuation), SHARIAH_VIOLATION.
    """
    contract = locked(uow, contract_id, PledgeAction.SUBMIT, etag)
    if contract.debt_kind is None:
        raise PledgeStepMissing.of(
            contract_id, "submit", missing="the debt it secures", rule_id="RHN-01"
        )
    declared = contract.has_owner_declared if has_owner_declared is None else has_owner_declared
    contract = replace(
        revalued(uow, contract, "submit"),
        has_owner_declared=declared,
        owner_consent_id=owner_consent_id or contract.owner_consent_id,
    )
    known = gathered(uow, contract)
    evaluations = _evaluated(uow, known, RahnAction.SUBMIT)
    resolutions = [] if is_by_person else _resolutions(uow, known, evaluations)
    is_passed = bool(resolutions)
    store.update(
        uow, contract_id,
        status=PledgeStatus.SHARIAH_APPROVED if is_passed else PledgeStatus.PENDING_SHARIAH_REVIEW,
        has_owner_declared=declared, owner_consent_id=contract.owner_consent_id, reason=None,
        review_resolutions=resolutions, reviewed_at=uow.now if is_passed else None,
        reviewed_by=None,
    )  # fmt: skip
    if not is_passed:
        access.request_approvals(
            uow, REVIEW, [(contract_id, contract.money(contract.secured_minor))]
        )
    after = changed(uow, contract_id, names.SUBMITTED, "pledge.submitted")
    if is_passed:
        details = {"resolution_ids": resolutions}
        after = changed(uow, contract_id, names.APPROVED, "pledge.approved", details=details)
    return after


def _resolutions(uow: UnitOfWork, known: Gathered, evaluations: Sequence[Evaluation]) -> list[str]:
    """The resolutions by which a pledge passes review without a person; none: it does not."""
    if any(not each.passed and _is_open(each.findings) for each in evaluations):
        return []
    policy = fees.policy(uow, known.contract.fee_policy_id)
    if not templates.is_live(uow, known.template) or not is_policy_live(uow, policy):
        return []
    named = (known.template.resolution_id, policy.resolution_id)
    return list(dict.fromkeys(one for one in named if one is not None))


def _is_open(findings: Sequence[Finding]) -> bool:
    return any(
        found.severity is Severity.REVIEW and found.resolution_id is None for found in findings
    )


def _evaluated(uow: UnitOfWork, known: Gathered, action: RahnAction) -> list[Evaluation]:
    """Runs and stores the rules; what they leave to scholars stops only the approval itself."""
    evaluations = evaluate(known.facts, action)
    findings = [found for each in evaluations for found in each.findings]
    if action is RahnAction.SUBMIT:
        findings = [found for found in findings if found.severity is Severity.BLOCK]
    shariah.enforce(findings)
    summary = {"appraised_minor": known.contract.appraised_minor, "ltv_bp": known.contract.ltv_bp}
    shariah.store_evaluations(uow, known.contract.contract_id, str(action), evaluations, summary)
    return evaluations


def approve(
    uow: UnitOfWork, contract_id: str, *, reason: str | None = None, etag: str | None = None
) -> Contract:
    """Passes a pledge through review. Refuses its maker, roles without authority, a broken rule,
    and what the rules leave to scholars unless a resolution in force settles it."""
    contract = locked(uow, contract_id, PledgeAction.APPROVE, etag)
    access.decide(uow, REVIEW, contract_id, is_approved=True, reason=reason)
    known = gathered(uow, contract)
    evaluations = _evaluated(uow, known, RahnAction.REVIEW)
    settled = {
        found.resolution_id
        for each in evaluations
        for found in each.findings
        if found.resolution_id is not None
    }
    store.update(
        uow, contract_id, status=PledgeStatus.SHARIAH_APPROVED, reviewed_at=uow.now,
        reviewed_by=uow.actor.user_id, review_resolutions=sorted(settled), reason=reason,
    )  # fmt: skip
    return changed(uow, contract_id, names.APPROVED, "pledge.approved", reason=reason)


def reject(uow: UnitOfWork, contract_id: str, *, reason: str, etag: str | None = None) -> Contract:
    """Sends a pledge back to its maker, with the reason; it is a draft again."""
    locked(uow, contract_id, PledgeAction.REJECT, etag)
    access.decide(uow, REVIEW, contract_id, is_approved=False, reason=reason)
    store.update(uow, contract_id, status=PledgeStatus.DRAFT, reason=reason)
    return changed(uow, contract_id, names.REJECTED, "pledge.rejected", reason=reason)
