"""Shariah checks of zakat (ZKT): facts in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.funds.zakat.facts import Action, ZakatFacts
from sanduq.funds.zakat.model import FUND, WHOLE_BP, Asnaf, Payee
from sanduq.shariah.model import Evaluation, Finding, settled
from sanduq.shariah.rulebook import found, load_rulebook

ZAKAT_ACCOUNT = "3300"
RECEIVABLES = frozenset({"1100", "1110", "1120", "1300", "1420", "1600"})


def rule_zkt_01(facts: ZakatFacts) -> list[Finding]:
    """One of the eight classes, as a resolution in force defines it."""
    grant, findings = facts.grant, []
    if grant is None:
        return []
    if grant.asnaf_code not in frozenset(Asnaf):
        message = "zakat goes to the eight classes alone"
        limit = ", ".join(Asnaf)
        findings.append(
            found("ZKT-01", "asnaf_code", message, observed=grant.asnaf_code, limit=limit)
        )
    definition = grant.definition
    if definition is None:
        message = "name the resolution by which the board defines the class"
        findings.append(found("ZKT-01", "ssb_definition", message))
    elif "ZKT-01" not in definition.rule_ids or not definition.is_in_force(facts.on):
        message = "the resolution named is not in force, or does not speak to the eight classes"
        observed = definition.resolution_id
        findings.append(found("ZKT-01", "ssb_definition", message, observed=observed))
    return findings


def rule_zkt_02(facts: ZakatFacts) -> list[Finding]:
    """The money stays in the zakat fund from receipt to payment."""
    strangers = sorted({e.place.fund for e in facts.entries if e.place.fund != FUND})
    message = "zakat stands in its own fund and in no other"
    return [found("ZKT-02", "fund", message, observed=each, limit=FUND) for each in strangers]


def rule_zkt_03(facts: ZakatFacts) -> list[Finding]:
    """No zakat lies undistributed for more than a lunar year."""
    if facts.overdue_minor <= 0:
        return []
    message = (
        "zakat has lain for more than 354 days"
        f" (the oldest since {facts.oldest_undistributed_on}); pay it out"
    )
    observed = facts.printed(facts.overdue_minor)
    return [found("ZKT-03", "overdue", message, observed=observed, limit=facts.printed(0))]


def rule_zkt_04(facts: ZakatFacts) -> list[Finding]:
    """No journal meets a receivable out of the zakat fund."""
    is_zakat_spent = any(
        e.place.code == ZAKAT_ACCOUNT and e.amount_minor > 0 for e in facts.entries
    )
    if not is_zakat_spent:
        return []
    message = "giving up what one is owed is not payment of zakat"
    return [
        found("ZKT-04", "entries", message, observed=f"Dr {ZAKAT_ACCOUNT} Cr {e.place.code}")
        for e in facts.entries
        if e.place.code in RECEIVABLES and e.amount_minor < 0
    ]


def rule_zkt_05(facts: ZakatFacts) -> list[Finding]:
    """No condition goes with zakat, and a debt is paid from it freely and not at once."""
    findings = []
    if facts.grant is not None and (facts.grant.condition or "").strip():
        message = "zakat is given without a condition, above all not that a debt be paid from it"
        findings.append(found("ZKT-05", "condition", message, observed=facts.grant.condition))
    repaid = facts.repaid
    if repaid is None or repaid.repaid_on < repaid.received_on:
        return findings
    if repaid.repaid_on < repaid.earliest_on:
        message = "a debtor given zakat pays a debt one business day later at the earliest"
        findings.append(
            found(
                "ZKT-05", "received_on", message,
                observed=str(repaid.repaid_on), limit=str(repaid.earliest_on),
            )
        )  # fmt: skip
    if not repaid.is_debtor_initiated:
        message = "only the debtor himself may turn zakat to his debt"
        findings.append(found("ZKT-05", "is_debtor_initiated", message, observed="false"))
    return findings


def rule_zkt_06(facts: ZakatFacts) -> list[Finding]:
    """A debtor's need is shown, and his creditor is not paid in his stead without a ruling."""
    grant = facts.grant
    if grant is None:
        return []
    findings = []
    if grant.asnaf_code == Asnaf.GHARIMIN and (
        grant.evidence is None or not grant.evidence.is_complete
    ):
        message = "show by documents that the debt is lawful and that the debtor cannot pay it"
        findings.append(found("ZKT-06", "evidence", message))
    if grant.payee is Payee.CREDITOR:
        message = "paying the creditor directly waits for a ruling of the board"
        findings.append(
            found(
                "ZKT-06", "payee", message,
                observed=grant.payee.value, limit=Payee.RECIPIENT.value,
            )
        )  # fmt: skip
    return findings


def rule_zkt_07(facts: ZakatFacts) -> list[Finding]:
    """Zakat is not lent."""
    if not facts.is_lent:
        return []
    message = "zakat is given, not lent, unless the board rules that urgent needs are met"
    return [found("ZKT-07", "source", message, observed=FUND)]


def rule_zkt_08(facts: ZakatFacts) -> list[Finding]:
    """Administrators receive at most the share the board set."""
    share = facts.administrators
    if share is None:
        return []
    limit = share.received_minor * (share.share_bp or 0) // WHOLE_BP
    if share.paid_minor <= limit:
        return []
    message = (
        "administrators would receive more than the board's share of zakat received"
        if share.share_bp is not None
        else "the board has set no share for the administrators"
    )
    return [
        found(
            "ZKT-08", "amount", message,
            observed=facts.printed(share.paid_minor), limit=facts.printed(limit),
        )
    ]  # fmt: skip


Check = Callable[[ZakatFacts], list[Finding]]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "ZKT-01": rule_zkt_01,
        "ZKT-02": rule_zkt_02,
        "ZKT-03": rule_zkt_03,
        "ZKT-04": rule_zkt_04,
        "ZKT-05": rule_zkt_05,
        "ZKT-06": rule_zkt_06,
        "ZKT-07": rule_zkt_07,
        "ZKT-08": rule_zkt_08,
    }
)

RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.RECEIVE: frozenset({"ZKT-02"}),
        Action.PAY: frozenset({"ZKT-01", "ZKT-02", "ZKT-04", "ZKT-05", "ZKT-06", "ZKT-08"}),
        Action.PAY_CREDITOR: frozenset({"ZKT-02", "ZKT-04", "ZKT-06"}),
        Action.LEND: frozenset({"ZKT-07"}),
        Action.REPAY_DEBT: frozenset({"ZKT-05"}),
        Action.POST: frozenset({"ZKT-04"}),
        Action.CLOSE_PERIOD: frozenset({"ZKT-03"}),
    }
)


def evaluate(facts: ZakatFacts, action: Action) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not.

    `review` findings carry the resolution that settles them on that day.
    """
    rulebook = load_rulebook()
    wanted = RULES_BY_ACTION[action]
    return [
        Evaluation(rule_id, tuple(settled(f, facts.resolutions, facts.on) for f in check(facts)))
        for rule_id, check in CHECKS.items()
        if rule_id in wanted and facts.profile in rulebook[rule_id].profiles
    ]
