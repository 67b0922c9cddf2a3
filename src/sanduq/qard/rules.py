"""Shariah checks of the qard (QRD): facts in, findings out.

Each function keeps one rule of the rulebook and is named after it; nothing here raises. Those
of the fee are in `rules_fee`. `evaluate` runs the rules of a command in the book's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.qard import rules_fee
from sanduq.qard.facts import Action, PrerequisiteKind, QardFacts
from sanduq.shariah import rules_default, rules_general
from sanduq.shariah.facts import ChargeKind, ContractKind
from sanduq.shariah.model import Evaluation, Finding, Severity, settled
from sanduq.shariah.rulebook import found, load_rulebook
from sanduq.shariah.rules_general import unproven_charges

METALS = frozenset({"XAG", "XAU"})
CHARGES_ALLOWED = frozenset(
    {
        ChargeKind.COLLECTION_ACTUAL,
        ChargeKind.CUSTODY_ACTUAL,
        ChargeKind.DOCUMENTATION_ACTUAL,
        ChargeKind.REMITTANCE_ACTUAL,
        ChargeKind.SERVICE_FEE_ACTUAL,
    }
)
TERMS_FORBIDDEN = frozenset(
    {"interest", "interest_rate", "markup", "markup_rate", "profit", "profit_rate"}
)
COUNTED_AT_COST = frozenset({PrerequisiteKind.MEMBERSHIP, PrerequisiteKind.TRAINING})


def rule_qrd_01(facts: QardFacts) -> list[Finding]:
    """The principal is a known amount of something that is owed by its like."""
    principal = facts.principal_minor
    if principal is None or principal <= 0:
        message = "a qard is of a known amount above zero"
        return [
            found(
                "QRD-01",
                "principal",
                message,
                observed=facts.printed(principal),
                limit=facts.printed(1),
            )
        ]
    fineness = facts.fineness_bp
    if facts.asset.code in METALS and (fineness is None or not 0 < fineness <= 10_000):
        message = "metal is lent by weight and fineness, and the fineness is missing or impossible"
        observed = str(fineness) if fineness is not None else None
        return [found("QRD-01", "fineness_bp", message, observed=observed, limit="10000")]
    return []


def rule_qrd_02(facts: QardFacts) -> list[Finding]:
    """Nothing comes to the lender beyond the principal, save what a service actually cost."""
    findings = [
        found("QRD-02", name, "a qard holds no such term", observed=name)
        for name in sorted(facts.term_names & TERMS_FORBIDDEN)
    ]
    findings.extend(
        found(
            "QRD-02",
            "charges",
            f"a qard carries no charge of the kind {charge.kind}",
            observed=facts.printed(charge.amount_minor),
            limit=facts.printed(0),
        )
        for charge in facts.charges
        if charge.kind not in CHARGES_ALLOWED
    )
    message = "custody may be charged only at what it costs"
    findings.extend(unproven_charges(facts, "QRD-02", ChargeKind.CUSTODY_ACTUAL, message))
    fees = sum(c.amount_minor for c in facts.charges if c.kind is ChargeKind.SERVICE_FEE_ACTUAL)
    if fees > facts.fee_minor:
        findings.append(
            found(
                "QRD-02",
                "charges",
                "the service fees charged may not exceed the one fee agreed",
                observed=facts.printed(fees),
                limit=facts.printed(facts.fee_minor),
            )
        )
    if facts.principal_scheduled_minor != facts.principal_minor:
        findings.append(
            found(
                "QRD-02",
                "instalments",
                "the principal to repay must be the principal lent",
                observed=facts.printed(facts.principal_scheduled_minor),
                limit=facts.printed(facts.principal_minor),
            )
        )
    return findings


def rule_qrd_12(facts: QardFacts) -> list[Finding]:
    """The lender takes no benefit from the borrower that was not their custom before."""
    message = "the borrower gives the lender nothing on account of the loan during its term"
    return [
        found("QRD-12", "benefits", message, observed=benefit.description)
        for benefit in facts.benefits
        if not benefit.has_prior_custom
    ]


def rule_qrd_13(facts: QardFacts) -> list[Finding]:
    """No prerequisite of the loan profits the lender."""
    findings = []
    for wanted in facts.prerequisites:
        limit = wanted.cost_minor if wanted.kind in COUNTED_AT_COST else 0
        if wanted.is_usable_by_lender or (wanted.is_paid_to_lender and wanted.amount_minor > limit):
            findings.append(
                found(
                    "QRD-13",
                    "prerequisites",
                    f"a {wanted.kind} that profits the lender may not be a condition of a loan",
                    observed=facts.printed(wanted.amount_minor),
                    limit=facts.printed(0 if wanted.is_usable_by_lender else limit),
                )
            )
    return findings


def rule_qrd_14(facts: QardFacts) -> list[Finding]:
    """An excess is the borrower's stated gift, and gifts have not become a custom."""
    excess = facts.excess
    if excess is None or excess.amount_minor <= 0:
        return []
    findings = []
    if not excess.has_statement:
        message = "ask the borrower to state that the excess is a gift freely given"
        observed = facts.printed(excess.amount_minor)
        findings.append(found("QRD-14", "excess.has_statement", message, observed=observed))
    if excess.closed_with_excess_count * 20 > excess.closed_loan_count:  # above 5%
        findings.append(
            found(
                "QRD-14",
                "excess",
                "giving in excess is becoming a custom here",
                observed=f"{excess.closed_with_excess_count} of {excess.closed_loan_count} loans",
                limit="5% of closed loans",
                severity=Severity.REVIEW,
            )
        )
    return findings


def rule_qrd_15(facts: QardFacts) -> list[Finding]:
    """The lender waits for the due date, unless all instalments were called in (DEF-08)."""
    if facts.due_on is None or facts.acceleration is not None or facts.on >= facts.due_on:
        return []
    message = "the agreed term binds the lender, who may not demand before it ends"
    return [found("QRD-15", "due_on", message, observed=str(facts.on), limit=str(facts.due_on))]


def rule_qrd_16(facts: QardFacts) -> list[Finding]:
    """The borrower may always repay early and pays nothing for it."""
    findings = [
        found(
            "QRD-16",
            "charges",
            "repaying early is free",
            observed=facts.printed(charge.amount_minor),
            limit=facts.printed(0),
        )
        for charge in facts.charges
        if charge.kind is ChargeKind.PREPAYMENT
    ]
    if not facts.may_prepay:
        findings.append(found("QRD-16", "may_prepay", "repaying early is always allowed"))
    return findings


def rule_qrd_17(facts: QardFacts) -> list[Finding]:
    """Nothing is due before the borrower has the money."""
    findings = []
    is_possessed = facts.disbursed_on is not None and facts.is_disbursement_confirmed
    if facts.is_schedule_active and not is_possessed:
        message = "the debt begins when the borrower has the money in hand"
        findings.append(found("QRD-17", "disbursed_on", message))
    if (
        facts.disbursed_on is not None
        and facts.first_due_on is not None
        and facts.first_due_on < facts.disbursed_on
    ):
        message = "the first instalment may not fall due before the disbursement"
        findings.append(
            found(
                "QRD-17",
                "instalments",
                message,
                observed=str(facts.first_due_on),
                limit=str(facts.disbursed_on),
            )
        )
    return findings


def rule_qrd_18(facts: QardFacts) -> list[Finding]:
    """The borrower receives the whole principal, unless the board has permitted otherwise."""
    net, principal = facts.net_disbursed_minor, facts.principal_minor
    if net is not None and principal is not None and net >= principal:
        return []
    return [
        found(
            "QRD-18",
            "net_disbursed",
            "the borrower would owe more than was received",
            observed=facts.printed(net),
            limit=facts.printed(principal),
        )
    ]


def rule_qrd_19(facts: QardFacts) -> list[Finding]:
    """The total repayable is the principal and the fee."""
    limit = (facts.principal_minor or 0) + facts.fee_minor
    if facts.total_repayable_minor == limit:
        return []
    return [
        found(
            "QRD-19",
            "total_repayable",
            "the borrower repays the principal and the fixed fee, and nothing else",
            observed=facts.printed(facts.total_repayable_minor),
            limit=facts.printed(limit),
        )
    ]


def rule_qrd_20(facts: QardFacts) -> list[Finding]:
    """Sending the money is charged at what it cost."""
    message = "a remittance may be charged only up to its receipts"
    return unproven_charges(facts, "QRD-20", ChargeKind.REMITTANCE_ACTUAL, message)


def rule_qrd_21(facts: QardFacts) -> list[Finding]:
    """The loan hangs on no loan back to the lender, a forced deposit included."""
    findings = []
    for condition in facts.conditions:
        ends = (condition.source, condition.target)
        is_loan_for_loan = ends == (ContractKind.QARD, ContractKind.QARD)
        is_deposit = ContractKind.QARD in ends and ContractKind.DEPOSIT_FOR_LENDER_USE in ends
        if is_loan_for_loan or is_deposit:
            message = "a loan may not be a condition of a loan in return"
            edge = f"{condition.source} on {condition.target}"
            findings.append(found("QRD-21", "conditions", message, observed=edge))
    return findings


def rule_qrd_22(facts: QardFacts) -> list[Finding]:
    """The owners of the pool allow it to be lent."""
    if ContractKind.QARD in facts.pool_uses:
        return []
    uses = ", ".join(sorted(facts.pool_uses)) or None
    message = "the funding pool may not be used for loans"
    return [found("QRD-22", "funding_pool", message, observed=uses, limit="qard")]


def rule_qrd_23(facts: QardFacts) -> list[Finding]:
    """The borrower has acknowledged this version of the disclosure."""
    version = facts.disclosure_version
    if version is not None and ("QRD-23", version) in facts.disclosures_acknowledged:
        return []
    message = "the borrower must acknowledge the disclosure of principal, fee and rights"
    return [found("QRD-23", "disclosure_ack", message, limit=version)]


Check = Callable[[QardFacts], list[Finding]]

# In the book's order: what binds every contract, the qard, then default.
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "GEN-01": rules_general.rule_gen_01,
        "GEN-03": rules_general.rule_gen_03,
        "GEN-04": rules_general.rule_gen_04,
        "GEN-05": rules_general.rule_gen_05,
        "GEN-08": rules_general.rule_gen_08,
        "GEN-09": rules_general.rule_gen_09,
        "GEN-10": rules_general.rule_gen_10,
        "GEN-11": rules_general.rule_gen_11,
        "GEN-12": rules_general.rule_gen_12,
        "GEN-14": rules_general.rule_gen_14,
        "GEN-20": rules_general.rule_gen_20,
        "QRD-01": rule_qrd_01,
        "QRD-02": rule_qrd_02,
        "QRD-03": rules_fee.rule_qrd_03,
        "QRD-04": rules_fee.rule_qrd_04,
        "QRD-05": rules_fee.rule_qrd_05,
        "QRD-06": rules_fee.rule_qrd_06,
        "QRD-07": rules_fee.rule_qrd_07,
        "QRD-08": rules_fee.rule_qrd_08,
        "QRD-09": rules_fee.rule_qrd_09,
        "QRD-10": rules_fee.rule_qrd_10,
        "QRD-11": rules_fee.rule_qrd_11,
        "QRD-12": rule_qrd_12,
        "QRD-13": rule_qrd_13,
        "QRD-14": rule_qrd_14,
        "QRD-15": rule_qrd_15,
        "QRD-16": rule_qrd_16,
        "QRD-17": rule_qrd_17,
        "QRD-18": rule_qrd_18,
        "QRD-19": rule_qrd_19,
        "QRD-20": rule_qrd_20,
        "QRD-21": rule_qrd_21,
        "QRD-22": rule_qrd_22,
        "QRD-23": rule_qrd_23,
        "DEF-02": rules_default.rule_def_02,
        "DEF-03": rules_default.rule_def_03,
        "DEF-05": rules_default.rule_def_05,
        "DEF-07": rules_default.rule_def_07,
        "DEF-08": rules_default.rule_def_08,
        "DEF-09": rules_default.rule_def_09,
    }
)


def _ids(general: str, qard: str = "", default: str = "") -> frozenset[str]:
    sections = (("GEN", general), ("QRD", qard), ("DEF", default))
    return frozenset(f"{name}-{number}" for name, text in sections for number in text.split())


_TERMS = _ids("03 04 05 09 11 12 14 20", "01 02 03 04 05 06 08 09 13 16 19 20 21", "03 05")

RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.SAVE_PRODUCT: _ids("05 09 11", "02 04 05 13 16 21", "03 05"),
        Action.CREATE: _TERMS | _ids("01", "11"),
        Action.APPROVE: _TERMS | _ids("01", "22"),
        Action.DISBURSE: _TERMS | _ids("01", "07 17 18 22 23"),
        Action.REPAY: _ids("10", "12 14 20"),
        Action.RESCHEDULE: _ids("05 08 09 11 12 20", "02 07 08 16 17", "02 03 05 09"),
        Action.CHANGE_FEE: _ids("", "03 04 05 06 07 09 19"),
        Action.CHARGE: _ids("08 11 12", "02 16 20", "02 03 07"),
        Action.DEMAND: _ids("", "15 17", "02 08"),
        Action.CLOSE_PERIOD: _ids("", "10"),
    }
)


def evaluate(facts: QardFacts, action: Action) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not.

    The order is GEN, QRD, DEF, each by number. Rules that do not bind the institution's profile
    are left out; `review` findings carry the resolution that settles them on that day. What to
    do with the findings is for `shariah.model.blocking` and `worst` to say.
    """
    rulebook = load_rulebook()
    wanted = RULES_BY_ACTION[action]
    evaluations = []
    for rule_id, check in CHECKS.items():
        if rule_id not in wanted or facts.profile not in rulebook[rule_id].profiles:
            continue
        findings = (settled(f, facts.resolutions, facts.on) for f in check(facts))
        evaluations.append(Evaluation(rule_id, tuple(findings)))
    return evaluations
