"""Shariah checks of salam goods once they are due (SLM-09 to SLM-15): facts in, findings out."""

from __future__ import annotations

from sanduq.microfinance.loans.salam.facts import Quality, Remedy, SalamFacts, Settlement
from sanduq.microfinance.loans.salam.rules_goods import (
    incomplete_goods,
    money_goods,
    particular_goods,
)
from sanduq.shariah.facts import DebtorState
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found
from sanduq.shariah.rules_default import MEASURES_IN_INSOLVENCY


def rule_slm_09(facts: SalamFacts) -> list[Finding]:
    """Only goods received are sold."""
    sale = facts.sale
    if sale is None or sale.quantity_milli <= sale.in_hand_milli:
        return []
    return [
        found(
            "SLM-09",
            "quantity",
            "goods are sold only once they are in our hands; receive them first",
            observed=units(sale.quantity_milli),
            limit=units(sale.in_hand_milli),
        )
    ]


def units(quantity_milli: int) -> str:
    """A quantity as printed in a finding: `12.500`."""
    whole, rest = divmod(quantity_milli, 1000)
    return f"{whole}.{rest:03d}"


def rule_slm_10(facts: SalamFacts) -> list[Finding]:
    """Other goods come after the day, unstipulated, fit for salam, and worth no more."""
    findings = []
    if facts.is_substitution_stipulated:
        message = "that other goods may be given is agreed when the goods are due, not before"
        findings.append(found("SLM-10", "contract", message))
    asked = facts.substitution
    if asked is None:
        return findings
    if asked.on < asked.due_on:
        message = "other goods may be agreed on only once the goods sold are due"
        findings.append(
            found("SLM-10", "on", message, observed=str(asked.on), limit=str(asked.due_on))
        )
    for judged in (money_goods, particular_goods, incomplete_goods):
        findings.extend(judged(asked.goods, "SLM-10"))
    if asked.value_minor > asked.original_value_minor:
        message = "the goods given may not be worth more than the goods sold are that day"
        findings.append(
            found(
                "SLM-10",
                "market_value",
                message,
                observed=facts.printed(asked.value_minor),
                limit=facts.printed(asked.original_value_minor),
            )
        )
    return findings


def rule_slm_11(facts: SalamFacts) -> list[Finding]:
    """What comes back is the price paid for what is given up, to the minor unit."""
    given_up = facts.cancellation
    if given_up is None:
        return []
    exact = given_up.sold_minor * given_up.quantity_milli
    difference = abs(given_up.refund_minor * given_up.sold_milli - exact)
    # Two cuts to whole minor units, before and after, may differ from one by less than one.
    if difference < given_up.sold_milli:
        return []
    return [
        found(
            "SLM-11",
            "refund",
            "cancelling gives back the capital of what is cancelled, no more and no less",
            observed=facts.printed(given_up.refund_minor),
            limit=facts.printed(exact // given_up.sold_milli),
        )
    ]


def rule_slm_12(facts: SalamFacts) -> list[Finding]:
    """Better goods cost nothing more; only worse ones are refused or discounted."""
    brought = facts.delivery
    if brought is None:
        return []
    findings = []
    if brought.extra_price_minor > 0:
        message = "nothing more is paid for better goods"
        findings.append(
            found(
                "SLM-12", "extra_price", message,
                observed=facts.printed(brought.extra_price_minor), limit=facts.printed(0),
            )
        )  # fmt: skip
    is_conforming = brought.quality is not Quality.WORSE
    is_refused = brought.settlement is Settlement.REFUSE
    if is_conforming and is_refused and brought.on >= brought.due_on:
        message = "goods as agreed or better are taken when they are due"
        findings.append(found("SLM-12", "settle", message, observed=str(brought.quality)))
    if is_conforming and brought.discount_minor:
        message = "a discount is settled for worse goods only"
        findings.append(
            found(
                "SLM-12", "discount", message,
                observed=facts.printed(brought.discount_minor), limit=facts.printed(0),
            )
        )  # fmt: skip
    if brought.discount_minor and brought.discount_minor >= brought.capital_minor:
        message = "a discount leaves a price for the goods taken; else refuse or cancel them"
        findings.append(
            found(
                "SLM-12", "discount", message,
                observed=facts.printed(brought.discount_minor),
                limit=facts.printed(brought.capital_minor),
            )
        )  # fmt: skip
    return findings


def rule_slm_13(facts: SalamFacts) -> list[Finding]:
    """Conforming goods that come early are taken, or the reason is said."""
    brought = facts.delivery
    if brought is None or brought.on >= brought.due_on:
        return []
    is_refused = brought.settlement is Settlement.REFUSE
    if brought.quality is Quality.WORSE or not is_refused or (brought.reason or "").strip():
        return []
    message = "goods as agreed that come early are taken, unless a valid reason is given"
    return [found("SLM-13", "reason", message, observed=str(brought.on), limit=str(brought.due_on))]


def rule_slm_14(facts: SalamFacts) -> list[Finding]:
    """Time is given for nothing, and an insolvent seller is not pressed."""
    findings = []
    asked = facts.extension
    if asked is not None and asked.quantity_added_milli:
        message = "waiting adds nothing to the goods owed"
        findings.append(
            found(
                "SLM-14", "quantity", message,
                observed=units(asked.quantity_added_milli), limit=units(0),
            )
        )  # fmt: skip
    if asked is not None and asked.amount_added_minor:
        message = "waiting adds no money to what is owed"
        findings.append(
            found(
                "SLM-14", "amount", message,
                observed=facts.printed(asked.amount_added_minor), limit=facts.printed(0),
            )
        )  # fmt: skip
    if facts.debtor_state is DebtorState.INSOLVENT:
        findings.extend(
            found("SLM-14", "measures", "an insolvent seller is given time",
                  observed=measure.value)
            for measure in facts.measures
            if measure not in MEASURES_IN_INSOLVENCY
        )  # fmt: skip
    return findings


def rule_slm_15(facts: SalamFacts) -> list[Finding]:
    """Three ways are open for goods not delivered: no fewer and no other."""
    if facts.remedies_offered == frozenset(Remedy):
        return []
    return [
        found(
            "SLM-15",
            "remedies",
            "for goods not delivered one waits, cancels, or agrees on other goods",
            observed=", ".join(sorted(facts.remedies_offered)) or None,
            limit=", ".join(sorted(Remedy)),
        )
    ]
