"""Shariah checks of charity money (CHR): facts in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.funds.charity.facts import INSTITUTION, Action, CharityFacts
from sanduq.funds.charity.model import PUBLIC_USES, CharityUse
from sanduq.ledger.model import CHART, AccountClass
from sanduq.shariah.model import Evaluation, Finding, settled
from sanduq.shariah.rulebook import found, load_rulebook

CHARITY_PAYABLE = "2100"


def rule_chr_01(facts: CharityFacts) -> list[Finding]:
    """The whole of it is owed to charity at once, and no income account is credited."""
    findings = [
        found("CHR-01", "entries", "this is never income", observed=f"Cr {e.place.code}")
        for e in facts.entries
        if e.amount_minor < 0 and CHART[e.place.code].account_class is AccountClass.INCOME
    ]
    owed = -sum(e.amount_minor for e in facts.entries if e.place.code == CHARITY_PAYABLE)
    if owed < facts.amount_minor:
        message = "all of it is credited to charity payable when it is received"
        findings.append(
            found(
                "CHR-01", "entries", message,
                observed=facts.printed(owed), limit=facts.printed(facts.amount_minor),
            )
        )  # fmt: skip
    return findings


def rule_chr_02(facts: CharityFacts) -> list[Finding]:
    """It serves the public good, not the institution or its people, and is signed off."""
    gift = facts.gift
    if gift is None:
        return []
    findings = []
    if gift.use not in PUBLIC_USES and gift.use is not CharityUse.DEBT_TO_INSTITUTION:
        message = "charity money does not serve the institution"
        limit = ", ".join(sorted(PUBLIC_USES))
        findings.append(found("CHR-02", "use", message, observed=gift.use.value, limit=limit))
    if gift.is_institution:
        message = "the institution itself may not receive charity money"
        findings.append(found("CHR-02", "beneficiary_id", message, observed=INSTITUTION))
    if gift.is_staff:
        message = "neither the staff nor their kin receive charity money"
        findings.append(found("CHR-02", "beneficiary_id", message, observed="staff"))
    if gift.is_signed_off is False:
        message = "the Shariah reviewer signs every payment of charity off"
        findings.append(found("CHR-02", "approval", message))
    return findings


def rule_chr_03(facts: CharityFacts) -> list[Finding]:
    """It settles no debt owed to the institution."""
    gift = facts.gift
    if gift is None:
        return []
    if gift.creditor != INSTITUTION and gift.use is not CharityUse.DEBT_TO_INSTITUTION:
        return []
    message = "charity money does not pay debts owed to the institution"
    return [found("CHR-03", "settles_debt_of", message, observed=INSTITUTION)]


def rule_chr_04(facts: CharityFacts) -> list[Finding]:
    """Every movement of the year is reported as a source or a use."""
    if facts.unexplained_minor == 0:
        return []
    message = "charity payable moved without a source or a use on record"
    observed = facts.printed(facts.unexplained_minor)
    return [found("CHR-04", "unexplained", message, observed=observed, limit=facts.printed(0))]


Check = Callable[[CharityFacts], list[Finding]]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "CHR-01": rule_chr_01,
        "CHR-02": rule_chr_02,
        "CHR-03": rule_chr_03,
        "CHR-04": rule_chr_04,
    }
)

RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.RECEIVE: frozenset({"CHR-01"}),
        Action.REQUEST: frozenset({"CHR-02", "CHR-03"}),
        Action.PAY: frozenset({"CHR-02", "CHR-03"}),
        Action.PAY_DEBT: frozenset({"CHR-02", "CHR-03"}),
        Action.REPORT: frozenset({"CHR-04"}),
    }
)


def evaluate(facts: CharityFacts, action: Action) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not."""
    rulebook = load_rulebook()
    wanted = RULES_BY_ACTION[action]
    return [
        Evaluation(rule_id, tuple(settled(f, facts.resolutions, facts.on) for f in check(facts)))
        for rule_id, check in CHECKS.items()
        if rule_id in wanted and facts.profile in rulebook[rule_id].profiles
    ]
