"""A fee policy put before the rules: tried on the grid, read for names, beside its cost."""

from __future__ import annotations

from dataclasses import replace

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.formula import FormulaError
from sanduq.rahnu import rules
from sanduq.rahnu.facts import RahnAction, RahnFacts
from sanduq.rahnu.facts_pledge import FeeFact, FeeSample
from sanduq.rahnu.fees.cost_studies.model import CustodyCostStudy
from sanduq.rahnu.fees.model import (
    DAYS_NAME,
    FeePeriod,
    NewFeePolicy,
    fee_for_days_minor,
    read_custody_formula,
)
from sanduq.rahnu.fees.rules import percentages
from sanduq.rahnu.fees.trial import FeeTrial, grid, trials, worst
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation, ShariahProfile

LINKED, COST = "RHN-11", "RHN-10"
DAYS_TRIED = 400

# The premium a fee may read is the actual one; the rules say so in the name.
_AS_THE_RULES_SAY = {"takaful_premium": "takaful_premium_actual"}


def examine(
    uow: UnitOfWork, subject_id: str, action: str, policy: NewFeePolicy,
    study: CustodyCostStudy | None,
) -> None:  # fmt: skip
    """Runs the rules of a custody fee, writes down what they found, refuses what they stop.

    Refuses VALIDATION_ERROR an expression without a value for some of the grid, or a total that
    falls as days pass; SHARIAH_VIOLATION one that reads a loan (RHN-11), gives a borrower another
    fee than a depositor (RHN-12), pays for a guarantee (WDI-06), or is above cost (RHN-10, which
    waits for the approval where there is no study yet).
    """
    facts = RahnFacts(
        on=uow.today,
        asset=policy.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        fee=fee_fact(policy, study),
    )
    evaluations = [
        _with_wording(policy, each)
        for each in rules.evaluate(facts, RahnAction.SAVE_FEE_POLICY)
        if study is not None or each.rule_id != COST
    ]
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(uow, subject_id, action, evaluations, facts)


def fee_fact(policy: NewFeePolicy, study: CustodyCostStudy | None) -> FeeFact:
    """A policy as the rules look at it: of the grid, the point where each rule fares worst."""
    components = frozenset(each.value for each in policy.components)
    try:
        names = read_custody_formula(policy.expression).names
    except FormulaError:
        return FeeFact(None, 0, 0, expression=policy.expression, components=components)
    tried = _tried(policy, study)
    if names >= {DAYS_NAME}:
        _require_growing(policy)
    highest = worst(tried)
    return FeeFact(
        names=names_read(policy),
        monthly_minor=max(highest.without_loan_minor, highest.with_loan_minor),
        cost_monthly_minor=highest.cost_minor,
        samples=_samples(tried),
        expression=policy.expression,
        components=components,
    )


def names_read(policy: NewFeePolicy) -> frozenset[str]:
    """What a policy reads, in the words of the rules. Refuses (`FormulaError`) the unreadable."""
    names = read_custody_formula(policy.expression).names
    return frozenset(_AS_THE_RULES_SAY.get(name, name) for name in names)


def _tried(policy: NewFeePolicy, study: CustodyCostStudy | None) -> tuple[FeeTrial, ...]:
    try:
        return trials(policy, study)
    except FormulaError as error:
        raise _no_value(policy, error) from None


def _no_value(policy: NewFeePolicy, error: FormulaError) -> ValidationFailed:
    message = str(error)
    if error.code == "missing_value" and policy.period is FeePeriod.MONTH:
        message = "the fee of a month is the same each month; for a fee by days send period total"
    return ValidationFailed.field("expression", error.code, message)


def _require_growing(policy: NewFeePolicy) -> None:
    for basis in (grid()[0][0], grid()[-1][0]):
        fees = [fee_for_days_minor(policy, basis, days) for days in _days_tried(policy)]
        if fees != sorted(fees):
            message = "a fee for all days never falls as days pass"
            raise ValidationFailed.field("expression", "falls_with_days", message)


def _days_tried(policy: NewFeePolicy) -> range:
    # What names a loan is refused by its rule, not here.
    return range(0) if read_custody_formula(policy.expression).refused_names else range(DAYS_TRIED)


def _samples(tried: tuple[FeeTrial, ...]) -> tuple[FeeSample, ...]:
    """The widest difference there is; where there is none, all that was tried."""
    differing = [one for one in tried if one.without_loan_minor != one.with_loan_minor]
    widest = max(
        differing, key=lambda one: abs(one.with_loan_minor - one.without_loan_minor), default=None
    )
    return tuple(
        FeeSample(one.label, one.without_loan_minor, one.with_loan_minor)
        for one in (tried if widest is None else (widest,))
    )


def _with_wording(policy: NewFeePolicy, evaluation: Evaluation) -> Evaluation:
    if evaluation.rule_id != LINKED:
        return evaluation
    return replace(evaluation, findings=evaluation.findings + tuple(percentages(policy)))
