"""Shariah checks of the fee of a qard (QRD-03 to QRD-11): facts in, findings out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from sanduq.kit.formula import FormulaError
from sanduq.qard.facts import QardFacts
from sanduq.qard.fee_formula import read_fee_formula
from sanduq.qard.model import (
    AllocationMethod,
    direct_cost_minor_total,
    fee_limit_minor,
    is_study_current,
)
from sanduq.shariah.model import Finding, Severity
from sanduq.shariah.rulebook import found

RECENT_LOANS_MIN = 20


def rule_qrd_03(facts: QardFacts) -> list[Finding]:
    """The fee is at most the direct cost per loan, net of subsidies; without a study, zero."""
    limit = fee_limit_minor(facts.cost_study) if facts.cost_study is not None else 0
    if facts.fee_minor <= limit:
        return []
    return [
        found(
            "QRD-03",
            "service_fee",
            "the service fee exceeds the actual direct cost of serving the loan",
            observed=facts.printed(facts.fee_minor),
            limit=facts.printed(limit),
        )
    ]


def rule_qrd_04(facts: QardFacts) -> list[Finding]:
    """The cost study holds direct costs only."""
    if facts.cost_study is None:
        return []
    return [
        found(
            "QRD-04",
            "cost_study.lines",
            f"{line.description or line.category} is not a direct cost of a loan",
            observed=line.category,
        )
        for line in facts.cost_study.lines
        if not line.is_direct
    ]


def rule_qrd_05(facts: QardFacts) -> list[Finding]:
    """The fee formula reads no principal and no time; one that cannot be read is refused."""
    if facts.fee_formula is None:
        return []
    try:
        formula = read_fee_formula(facts.fee_formula)
    except FormulaError as error:
        message = f"the fee formula cannot be shown to be free of a rate: {error}"
        return [found("QRD-05", "fee_formula", message, observed=facts.fee_formula)]
    if not formula.refused_names:
        return []
    message = f"the fee may not depend on {', '.join(formula.refused_names)}"
    return [found("QRD-05", "fee_formula", message, observed=facts.fee_formula)]


def rule_qrd_06(facts: QardFacts) -> list[Finding]:
    """A pool's cost is spread only by a method under resolution, and never beyond that cost."""
    study = facts.cost_study
    if study is None or study.allocation_method is not AllocationMethod.POOL_PRO_RATA:
        return []
    message = "spreading a pool's cost needs a resolution of the Shariah board on the method"
    findings = [found("QRD-06", "cost_study.allocation_method", message, observed="pool_pro_rata")]
    limit = max(0, direct_cost_minor_total(study) - study.subsidy_minor_total)
    if facts.pool_fee_minor_total is None or facts.pool_fee_minor_total > limit:
        findings.append(
            found(
                "QRD-06",
                "pool_fee_total",
                "the fees of the pool exceed its direct costs",
                observed=facts.printed(facts.pool_fee_minor_total),
                limit=facts.printed(limit),
                severity=Severity.BLOCK,  # no method makes an excess lawful
            )
        )
    return findings


def rule_qrd_07(facts: QardFacts) -> list[Finding]:
    """The fee is not above the one approved."""
    approved = facts.fee_approved_minor
    if approved is not None and facts.fee_minor <= approved:
        return []
    return [
        found(
            "QRD-07",
            "service_fee",
            "the fee is fixed at signing and may only go down",
            observed=facts.printed(facts.fee_minor),
            limit=facts.printed(approved),
        )
    ]


def rule_qrd_08(facts: QardFacts) -> list[Finding]:
    """No fee is added or repeated, save a new direct cost with its evidence."""
    findings = []
    if facts.added_fee_minor > facts.added_fee_evidence_minor:
        findings.append(
            found(
                "QRD-08",
                "added_fee",
                "a fee added later must be a new direct cost, with evidence",
                observed=facts.printed(facts.added_fee_minor),
                limit=facts.printed(facts.added_fee_evidence_minor),
            )
        )
    if facts.tranches_with_fee_count > 1:
        count = str(facts.tranches_with_fee_count)
        message = "a loan paid out in tranches carries its fee once"
        findings.append(found("QRD-08", "tranches", message, observed=count, limit="1"))
    return findings


def rule_qrd_09(facts: QardFacts) -> list[Finding]:
    """A loan with a fee rests on a current study of its product, approved by both sides."""
    if facts.fee_minor == 0:
        return []
    study = facts.cost_study
    if study is None:
        return [found("QRD-09", "cost_study_id", "the fee rests on no cost study")]
    wanting = {
        "cost_study.finance_approved": study.finance_approved,
        "cost_study.shariah_approved": study.shariah_approved,
        "cost_study.study_on": is_study_current(study, facts.on),
        "cost_study.product_id": study.product_id == facts.product_id,
        "cost_study.asset": study.asset == facts.asset,
    }
    messages = {
        "cost_study.finance_approved": "the accountants have not approved the cost study",
        "cost_study.shariah_approved": "the Shariah board has not approved the cost study",
        "cost_study.study_on": "the cost study is not of the last twelve months",
        "cost_study.product_id": "the cost study is of another product",
        "cost_study.asset": "the cost study is in another currency",
    }
    return [
        found("QRD-09", field, messages[field], observed=study.cost_study_id)
        for field, is_met in wanting.items()
        if not is_met
    ]


def rule_qrd_10(facts: QardFacts) -> list[Finding]:
    """A period closes only when its surplus of fees was refunded or given to charity."""
    period = facts.fee_period
    if period is None:
        return [found("QRD-10", "fee_period", "the fees and costs of the period must be known")]
    surplus = max(0, period.fees_minor - period.direct_cost_minor)
    resolved = period.refunded_minor + period.to_charity_minor
    if resolved >= surplus:
        return []
    return [
        found(
            "QRD-10",
            "fee_period",
            "fees beyond the direct cost must be refunded or given to charity",
            observed=facts.printed(surplus - resolved),
            limit=facts.printed(0),
        )
    ]


def rule_qrd_11(facts: QardFacts) -> list[Finding]:
    """The fees of recent loans do not follow their principals."""
    loans = [loan for loan in facts.recent_loans if loan.principal_minor > 0]
    if len(loans) < RECENT_LOANS_MIN:
        return []
    ratios = [Fraction(loan.fee_minor, loan.principal_minor) for loan in loans]
    ratio_spread = _relative_variance(ratios)
    principal_spread = _relative_variance([Fraction(loan.principal_minor) for loan in loans])
    if ratio_spread is None or principal_spread is None:
        return []
    # 2% and 20%, squared, since the root of a variance is not exact
    if ratio_spread >= Fraction(2, 100) ** 2 or principal_spread <= Fraction(20, 100) ** 2:
        return []
    share_bp = int(sum(ratios, Fraction(0)) / len(ratios) * 10_000)
    message = f"the fee is about the same share of each of the last {len(loans)} loans"
    return [found("QRD-11", "service_fee", message, observed=f"{share_bp} basis points")]


def _relative_variance(values: Sequence[Fraction]) -> Fraction | None:
    """The square of the coefficient of variation; None where the mean is zero."""
    mean = sum(values, Fraction(0)) / len(values)
    if mean == 0:
        return None
    variance = sum(((value - mean) ** 2 for value in values), Fraction(0)) / len(values)
    return variance / mean**2
