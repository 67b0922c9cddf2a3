"""Shariah checks of the waqf (WQF): facts in, findings out.

Each function keeps one rule of the rulebook and is named after it; nothing here raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from sanduq.funds.endowments.facts import Action, Purse, WaqfFacts
from sanduq.funds.endowments.model import (
    ABSORB_DEFAULT,
    NAZIR_PAY,
    QARD,
    WHOLE_BP,
    ChangeKind,
    PayKind,
)
from sanduq.shariah.model import Evaluation, Finding, settled
from sanduq.shariah.rulebook import found, load_rulebook

# Rules of their own speak of these when they are taken from the corpus.
_NOT_SPENDING = frozenset({ABSORB_DEFAULT, NAZIR_PAY, QARD})


def rule_wqf_01(facts: WaqfFacts) -> list[Finding]:
    """The corpus falls by a proven loss or by the deed's own end, and is not spent."""
    findings = [
        found(
            "WQF-01",
            "purpose",
            "the corpus is kept; only the income is spent",
            observed=use.purpose,
            limit=Purse.INCOME.value,
        )
        for use in facts.uses
        if use.purse is Purse.CORPUS and use.purpose not in _NOT_SPENDING
    ]
    fall = facts.fall
    if fall is not None and fall.kind is not ChangeKind.RETURNED:
        for name, text in (("reason", fall.reason), ("evidence", fall.evidence)):
            if not (text or "").strip():
                message = f"a loss of the corpus is recorded with its {name}"
                observed = facts.printed(fall.amount_minor)
                findings.append(found("WQF-01", name, message, observed=observed))
    return findings


def rule_wqf_02(facts: WaqfFacts) -> list[Finding]:
    """Nobody takes a waqf back; one made for a time ends on the day its deed names."""
    if not facts.is_ending:
        return []
    if facts.deed.ends_on is None:
        return [found("WQF-02", "ends_on", "a perpetual waqf does not end", observed=str(facts.on))]
    if facts.on >= facts.deed.ends_on:
        return []
    message = "a waqf made for a time ends only when that time is over"
    limit = str(facts.deed.ends_on)
    return [found("WQF-02", "ends_on", message, observed=str(facts.on), limit=limit)]


def rule_wqf_03(facts: WaqfFacts) -> list[Finding]:
    """Money is used for what the deed says."""
    allowed = facts.deed.allowed_purposes
    return [
        found(
            "WQF-03",
            "purpose",
            "the founder did not name this purpose in the deed",
            observed=use.purpose,
            limit=", ".join(sorted(allowed)) or None,
        )
        for use in facts.uses
        if use.purpose not in allowed and use.purpose not in (NAZIR_PAY, QARD)
    ]


def rule_wqf_04(facts: WaqfFacts) -> list[Finding]:
    """Waqf money is lent where the founder or the authority allows it, and secured."""
    if all(use.purpose != QARD for use in facts.uses):
        return []
    findings = []
    if QARD not in facts.deed.allowed_purposes and not facts.is_settled("WQF-04"):
        message = "neither the deed nor a resolution allows this waqf's money to be lent"
        findings.append(found("WQF-04", "qard_allowed", message, observed="false", limit="true"))
    if not (facts.security or "").strip():
        message = "say how loans of waqf money are secured"
        findings.append(found("WQF-04", "security_policy", message))
    return findings


def rule_wqf_05(facts: WaqfFacts) -> list[Finding]:
    """A default is borne by the income, never by the corpus."""
    return [
        found(
            "WQF-05",
            "purse",
            "a default is absorbed from the income of a waqf, not from its corpus",
            observed=use.purse.value,
            limit=Purse.INCOME.value,
        )
        for use in facts.uses
        if use.purpose == ABSORB_DEFAULT and use.purse is Purse.CORPUS
    ]


def rule_wqf_06(facts: WaqfFacts) -> list[Finding]:
    """Each waqf keeps to its own fund; several serve together one purpose all of them name."""
    findings = [
        found(
            "WQF-06",
            "fund",
            "money of a waqf stays within its own accounts",
            observed=fund,
            limit=facts.fund,
        )
        for fund in sorted(facts.funds_touched - {facts.fund})
    ]
    joined = facts.joined
    if joined is not None and len(joined.deeds) > 1:
        findings.extend(
            found(
                "WQF-06",
                "purpose",
                "endowments serve together only a purpose that each of their deeds names",
                observed=f"{joined.purpose} is not a purpose of {fund}",
            )
            for fund, purposes in joined.deeds
            if joined.purpose not in purposes
        )
    return findings


def rule_wqf_07(facts: WaqfFacts) -> list[Finding]:
    """First the corpus, then what the waqf owes its nazir, then the purposes."""
    findings = []
    spending = [use for use in facts.uses if use.purse is Purse.INCOME and use.amount_minor != 0]
    gap_left = facts.gap_minor - facts.restored_minor
    if spending and gap_left > 0:
        message = "restore the corpus before income is spent"
        observed = facts.printed(gap_left)
        limit = facts.printed(0)
        findings.append(found("WQF-07", "corpus.gap", message, observed=observed, limit=limit))
    to_purposes = [use for use in spending if use.purpose != NAZIR_PAY]
    paid = sum(use.amount_minor or 0 for use in spending if use.purpose == NAZIR_PAY)
    owed_left = facts.owed_to_nazir_minor - paid
    if to_purposes and owed_left > 0:
        message = "pay what the waqf owes its nazir before its purposes"
        observed = facts.printed(owed_left)
        limit = facts.printed(0)
        findings.append(found("WQF-07", "nazir.owed", message, observed=observed, limit=limit))
    return findings


def rule_wqf_08(facts: WaqfFacts) -> list[Finding]:
    """The nazir is paid from income, and no more than he has earned."""
    findings = []
    for use in facts.uses:
        if use.purpose != NAZIR_PAY:
            continue
        if use.purse is Purse.CORPUS:
            message = "the nazir is paid from income; what income does not cover stays owed"
            limit = Purse.INCOME.value
            findings.append(
                found("WQF-08", "purse", message, observed=use.purse.value, limit=limit)
            )
        if use.amount_minor is not None and use.amount_minor > facts.owed_to_nazir_minor:
            findings.append(
                found(
                    "WQF-08",
                    "amount",
                    "the nazir is paid what the deed lets him earn and no more",
                    observed=facts.printed(use.amount_minor),
                    limit=facts.printed(facts.owed_to_nazir_minor),
                )
            )
    return findings


def rule_wqf_09(facts: WaqfFacts) -> list[Finding]:
    """The nazir and his close kin are on no other side of a dealing with the waqf."""
    related = {facts.deed.nazir_id, *facts.deed.nazir_kin_ids}
    return [
        found(
            "WQF-09",
            "counterparty_id",
            "the nazir deals neither with himself nor with his close kin",
            observed=party_id,
        )
        for party_id in facts.counterparty_ids
        if party_id in related
    ]


def rule_wqf_10(facts: WaqfFacts) -> list[Finding]:
    """An asset is exchanged with benefit, at an expert's value, at once, and with approval."""
    exchange = facts.exchange
    if exchange is None:
        return []
    findings = []
    if not (exchange.benefit or "").strip():
        findings.append(found("WQF-10", "benefit", "say what the waqf gains by the exchange"))
    if not (exchange.valuation_document or "").strip():
        message = "both assets are valued by an expert"
        findings.append(found("WQF-10", "valuation_document", message))
    for name, new, old in (
        ("new_value", exchange.new_value, exchange.old_value),
        ("new_income", exchange.new_income, exchange.old_income),
    ):
        if new.amount_minor < old.amount_minor:
            message = "the replacement is not less in value nor in income"
            observed, limit = (facts.printed(m.amount_minor) for m in (new, old))
            findings.append(found("WQF-10", name, message, observed=observed, limit=limit))
    if not exchange.is_replaced_at_once:
        message = "the replacement is there on the day the asset goes"
        findings.append(found("WQF-10", "replaced_on", message, limit=str(facts.on)))
    if facts.deed.is_specific and not facts.is_settled("WQF-10"):
        message = "a specific asset is exchanged only with a resolution in force"
        findings.append(found("WQF-10", "resolution_id", message))
    return findings


def rule_wqf_12(facts: WaqfFacts) -> list[Finding]:
    """A giver says what he gives: waqf, or property of the waqf."""
    if not facts.is_gift or facts.intent is not None:
        return []
    message = "ask the giver whether the gift is meant as waqf, hibah or sadaqah"
    return [found("WQF-12", "intent", message)]


def rule_wqf_13(facts: WaqfFacts) -> list[Finding]:
    """A gap of the corpus is shown whenever money of the endowment is used."""
    if facts.gap_minor <= 0:
        return []
    message = "the corpus has a gap: it is restored before anything else is spent"
    observed, limit = facts.printed(facts.gap_minor), facts.printed(0)
    return [found("WQF-13", "corpus.gap", message, observed=observed, limit=limit)]


def rule_wqf_14(facts: WaqfFacts) -> list[Finding]:
    """The deed says everything a deed says."""
    deed = facts.deed
    required = {
        "waqif_id": deed.founder_id,
        "founder_capacity": deed.founder_capacity.strip(),
        "asset_description": deed.asset_description.strip(),
        "asset_value": deed.asset_value_minor > 0,
        "purposes": deed.purposes or deed.beneficiaries,
        "nazir_id": deed.nazir_id,
        "nazir_pay": deed.nazir_pay,
        "deed_date": deed.deed_on,
    }
    findings = [
        found("WQF-14", name, f"the deed does not say its {name}")
        for name, said in required.items()
        if not said
    ]
    pay = deed.nazir_pay
    if pay is not None and (
        (pay.kind is PayKind.SUM) != (pay.amount_minor > 0)
        or (pay.kind is PayKind.SHARE) != (pay.share_bp > 0)
    ):
        message = "the nazir's pay is a stated sum, a share of income, or none"
        findings.append(found("WQF-14", "nazir_pay", message, observed=pay.kind.value))
    total = sum(each.share_bp for each in deed.beneficiaries)
    if deed.beneficiaries and total != WHOLE_BP:
        message = "the shares of the beneficiaries add up to the whole"
        observed = f"{Decimal(total).scaleb(-4):f}"
        findings.append(
            found("WQF-14", "beneficiaries", message, observed=observed, limit="1.0000")
        )
    return findings


def rule_wqf_15(facts: WaqfFacts) -> list[Finding]:
    """Income joins the corpus only where the deed or the authority allows."""
    if facts.retained_minor <= 0 or facts.deed.is_income_retention_allowed:
        return []
    if facts.is_settled("WQF-15"):
        return []
    return [
        found(
            "WQF-15",
            "amount",
            "neither the deed nor a resolution lets income be added to the corpus",
            observed=facts.printed(facts.retained_minor),
            limit=facts.printed(0),
        )
    ]


Check = Callable[[WaqfFacts], list[Finding]]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "WQF-01": rule_wqf_01,
        "WQF-02": rule_wqf_02,
        "WQF-03": rule_wqf_03,
        "WQF-04": rule_wqf_04,
        "WQF-05": rule_wqf_05,
        "WQF-06": rule_wqf_06,
        "WQF-07": rule_wqf_07,
        "WQF-08": rule_wqf_08,
        "WQF-09": rule_wqf_09,
        "WQF-10": rule_wqf_10,
        "WQF-12": rule_wqf_12,
        "WQF-13": rule_wqf_13,
        "WQF-14": rule_wqf_14,
        "WQF-15": rule_wqf_15,
    }
)


def _ids(numbers: str) -> frozenset[str]:
    return frozenset(f"WQF-{number}" for number in numbers.split())


RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.CREATE: _ids("14"),
        Action.APPROVE: _ids("06 14"),
        Action.RECEIVE: _ids("06"),
        Action.CONTRIBUTE: _ids("06 12"),
        Action.USE: _ids("01 03 04 05 07 08 13"),
        Action.DISTRIBUTE: _ids("01 03 06 07 08 09 13"),
        Action.LEND: _ids("01 03 04 06 07 13"),
        Action.LOSE: _ids("01 06"),
        Action.RESTORE: _ids("06 15"),
        Action.EXCHANGE: _ids("09 10"),
        Action.CLOSE: _ids("01 02 06"),
    }
)


def evaluate(facts: WaqfFacts, action: Action) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not.

    Rules that do not bind the institution's profile are left out; `review` findings carry the
    resolution that settles them on that day.
    """
    rulebook = load_rulebook()
    wanted = RULES_BY_ACTION[action]
    return [
        Evaluation(rule_id, tuple(settled(f, facts.resolutions, facts.on) for f in check(facts)))
        for rule_id, check in CHECKS.items()
        if rule_id in wanted and facts.profile in rulebook[rule_id].profiles
    ]
