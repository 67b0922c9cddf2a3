"""Shariah checks of the salam (SLM): facts in, findings out.

Here stand the rules of the contract and its price; those of the goods as described are in
`rules_goods`, of delivery and what follows it in `rules_delivery`, of the parallel salam in
`rules_parallel`. `evaluate` runs the rules of a command in the book's order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from sanduq.kit.money import Asset
from sanduq.microfinance.loans.salam import rules_delivery, rules_goods, rules_parallel
from sanduq.microfinance.loans.salam.facts import (
    Action,
    FreightPayer,
    PriceSource,
    SalamFacts,
    SecurityKind,
)
from sanduq.microfinance.loans.salam.model_terms import Clauses
from sanduq.shariah import rules_default, rules_general
from sanduq.shariah.facts import Beneficiary, LateCharge
from sanduq.shariah.model import (
    Evaluation,
    Finding,
    Resolution,
    Severity,
    ShariahProfile,
    settled,
)
from sanduq.shariah.rulebook import found, load_rulebook

PAYMENT_DAYS_MAX = 3
_STIPULATED = re.compile(r"\b(substitut\w*|in lieu of|instead of the goods)\b", re.IGNORECASE)


def rule_slm_01(facts: SalamFacts) -> list[Finding]:
    """The price is paid within the days borne with, and sooner than the goods are due."""
    findings = []
    if not 0 <= facts.payment_days_max <= PAYMENT_DAYS_MAX:
        message = "the price of a salam may not be put off for more than three days"
        findings.append(
            found(
                "SLM-01", "price_window_days", message,
                observed=str(facts.payment_days_max), limit=str(PAYMENT_DAYS_MAX),
            )
        )  # fmt: skip
    price = facts.price
    if price is None:
        return findings
    contracted_on = facts.contracted_on or price.on
    days = (price.on - contracted_on).days
    if days > facts.payment_days_max:
        message = "the price is paid at the contract, or within the days borne with"
        findings.append(
            found(
                "SLM-01", "price.on", message,
                observed=f"{days} days", limit=f"{facts.payment_days_max} days",
            )
        )  # fmt: skip
    if facts.dues and days and price.on >= facts.dues[0][0]:
        message = "the price is paid sooner after the contract than the goods are due"
        findings.append(
            found(
                "SLM-01", "price.on", message,
                observed=str(price.on), limit=str(facts.dues[0][0]),
            )
        )  # fmt: skip
    return findings


def rule_slm_02(facts: SalamFacts) -> list[Finding]:
    """The price is paid and not set off against what the seller owes."""
    if facts.price is None or facts.price.source is not PriceSource.OFFSET_OF_DEBT:
        return []
    message = "a debt of the seller cannot be the price: pay the price in money"
    return [found("SLM-02", "payment_source", message, observed=str(facts.price.source))]


def rule_slm_06(facts: SalamFacts) -> list[Finding]:
    """Days of delivery are fixed, lie ahead, and cover the whole quantity."""
    if not facts.dues:
        return [found("SLM-06", "delivery_date", "the day of delivery must be fixed")]
    findings = []
    days = [day for day, _ in facts.dues]
    if days[0] <= facts.on:
        message = "salam goods are delivered on a later day"
        findings.append(
            found("SLM-06", "delivery_date", message, observed=str(days[0]), limit=str(facts.on))
        )
    if days != sorted(set(days)) or any(quantity <= 0 for _, quantity in facts.dues):
        message = "deliveries follow one another, each of some quantity"
        findings.append(found("SLM-06", "deliveries", message))
    total = sum(quantity for _, quantity in facts.dues)
    if facts.goods is not None and total != facts.goods.quantity_milli:
        message = "the deliveries must add up to the quantity sold"
        findings.append(
            found(
                "SLM-06", "deliveries", message,
                observed=rules_delivery.units(total),
                limit=rules_delivery.units(facts.goods.quantity_milli),
            )
        )  # fmt: skip
    if len(days) > 1 and facts.price is not None and facts.price.left_minor > 0:
        message = "several days of delivery need the whole price in one payment"
        findings.append(
            found(
                "SLM-06", "amount", message,
                observed=facts.printed(facts.price.amount_minor),
                limit=facts.printed(facts.price.amount_minor + facts.price.left_minor),
            )
        )  # fmt: skip
    return findings


def rule_slm_07(facts: SalamFacts) -> list[Finding]:
    """It is said where the goods are delivered."""
    if (facts.place or "").strip():
        return []
    return [found("SLM-07", "delivery_location", "the place of delivery must be stated")]


def rule_slm_18(facts: SalamFacts) -> list[Finding]:
    """What secures delivery is another's pledge or guarantee for this very contract."""
    findings = []
    for place, security in enumerate(facts.securities):
        if facts.contract_id is None or security.secures_id != facts.contract_id:
            message = "the security must name this contract"
            findings.append(
                found(
                    "SLM-18", f"securities.{place}", message,
                    observed=security.secures_id, limit=facts.contract_id,
                )
            )  # fmt: skip
        if security.kind is SecurityKind.GUARANTEE and security.giver_id == facts.seller_id:
            message = "a seller cannot be his own guarantor"
            findings.append(
                found("SLM-18", f"securities.{place}", message, observed=security.giver_id)
            )
    call = facts.security_call
    if call is None:
        return findings
    if not call.has_pledge:
        findings.append(found("SLM-18", "securities", "the contract has no pledge to sell"))
    if call.due_on is None or call.due_on > call.on:
        message = "a pledge is sold only when money on the contract is due and unpaid"
        observed = str(call.due_on) if call.due_on else None
        findings.append(
            found("SLM-18", "security_call.on", message, observed=observed, limit=str(call.on))
        )
    return findings


def rule_slm_19(facts: SalamFacts) -> list[Finding]:
    """The seller brings the goods at his cost, unless the contract says otherwise."""
    message = "bringing the goods is at the seller's cost unless agreed otherwise"
    if facts.freight_payer is FreightPayer.BUYER and not facts.is_freight_agreed:
        return [found("SLM-19", "freight_payer", message, observed="buyer", limit="seller")]
    paid_by = facts.delivery.freight_payer if facts.delivery else None
    if paid_by is FreightPayer.BUYER and facts.freight_payer is FreightPayer.SELLER:
        return [found("SLM-19", "freight_payer", message, observed="buyer", limit="seller")]
    return []


def rule_def_06(facts: SalamFacts) -> list[Finding]:
    """Late delivery carries no penalty; a pledge to charity waits for the scholars."""
    return [
        found(
            "DEF-06",
            "late_charges",
            "a salam carries no penalty for late delivery",
            observed=charge.description,
            severity=Severity.REVIEW if charge.beneficiary is Beneficiary.CHARITY else None,
        )
        for charge in facts.late_charges
    ]


def stipulates_substitute(texts: tuple[str, ...]) -> bool:
    """Whether a text of the contract speaks of other goods in place of those sold."""
    return any(_STIPULATED.search(text) for text in texts)


Check = Callable[[SalamFacts], list[Finding]]

# In the book's order: what binds every contract, the salam, then default.
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "GEN-01": rules_general.rule_gen_01,
        "GEN-03": rules_general.rule_gen_03,
        "GEN-04": rules_general.rule_gen_04,
        "GEN-05": rules_general.rule_gen_05,
        "GEN-08": rules_general.rule_gen_08,
        "GEN-09": rules_general.rule_gen_09,
        "GEN-11": rules_general.rule_gen_11,
        "GEN-14": rules_general.rule_gen_14,
        "GEN-20": rules_general.rule_gen_20,
        "SLM-01": rule_slm_01,
        "SLM-02": rule_slm_02,
        "SLM-03": rules_goods.rule_slm_03,
        "SLM-04": rules_goods.rule_slm_04,
        "SLM-05": rules_goods.rule_slm_05,
        "SLM-06": rule_slm_06,
        "SLM-07": rule_slm_07,
        "SLM-08": rules_goods.rule_slm_08,
        "SLM-09": rules_delivery.rule_slm_09,
        "SLM-10": rules_delivery.rule_slm_10,
        "SLM-11": rules_delivery.rule_slm_11,
        "SLM-12": rules_delivery.rule_slm_12,
        "SLM-13": rules_delivery.rule_slm_13,
        "SLM-14": rules_delivery.rule_slm_14,
        "SLM-15": rules_delivery.rule_slm_15,
        "SLM-16": rules_parallel.rule_slm_16,
        "SLM-17": rules_parallel.rule_slm_17,
        "SLM-18": rule_slm_18,
        "SLM-19": rule_slm_19,
        "DEF-02": rules_default.rule_def_02,
        "DEF-03": rules_default.rule_def_03,
        "DEF-06": rule_def_06,
        "DEF-09": rules_default.rule_def_09,
    }
)


def _ids(general: str, salam: str = "", default: str = "") -> frozenset[str]:
    sections = (("GEN", general), ("SLM", salam), ("DEF", default))
    return frozenset(f"{name}-{number}" for name, text in sections for number in text.split())


_TERMS = _ids("01 03 04 05 09 11 14", "01 03 04 05 06 07 08 10 14 18 19", "03 06")

RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.SAVE_PRODUCT: _ids("", "01 10 14 19", "03 06"),
        Action.CREATE: _TERMS,
        Action.APPROVE: _TERMS,
        Action.PAY_PRICE: _TERMS | _ids("", "02"),
        Action.DELIVER: _ids("", "12 13 19"),
        Action.SUBSTITUTE: _ids("", "10 15"),
        Action.WAIT: _ids("", "06 08 14 15", "02 03 06"),
        Action.CANCEL: _ids("", "11 14 15", "02 03 06"),
        Action.SELL_GOODS: _ids("", "09"),
        Action.SELL_PLEDGE: _ids("", "18"),
        Action.OFFER_REMEDIES: _ids("", "15"),
        Action.OPEN_PARALLEL: _ids("03 04", "01 03 04 05 06 07 08 16 17 19"),
        Action.DELIVER_PARALLEL: _ids("", "09 16"),
        Action.RESCHEDULE: _ids("08 20", "14", "02 09"),
    }
)


def evaluate(facts: SalamFacts, action: Action) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not.

    The order is GEN, SLM, DEF, each by number. Rules that do not bind the institution's profile
    are left out; `review` findings carry the resolution that settles them on that day.
    """
    return _run(facts, RULES_BY_ACTION[action])


def _run(facts: SalamFacts, wanted: frozenset[str]) -> list[Evaluation]:
    rulebook = load_rulebook()
    evaluations = []
    for rule_id, check in CHECKS.items():
        if rule_id not in wanted or facts.profile not in rulebook[rule_id].profiles:
            continue
        findings = (settled(f, facts.resolutions, facts.on) for f in check(facts))
        evaluations.append(Evaluation(rule_id, tuple(findings)))
    return evaluations


def evaluate_clauses(
    profile: ShariahProfile,
    clauses: Mapping[str, Any],
    on: date,
    asset: Asset,
    resolutions: tuple[Resolution, ...],
) -> list[Evaluation]:
    """What the rules find in the settings of a salam product, when it is saved or approved.

    Refuses VALIDATION_ERROR a clause nobody knows or one of the wrong shape.
    """
    read = Clauses.read(clauses)
    facts = SalamFacts(
        on=on,
        asset=asset,
        profile=profile,
        resolutions=resolutions,
        payment_days_max=read.price_window_days,
        is_substitution_stipulated=read.is_substitution_stipulated,
        late_charges=late_charges(read),
        freight_payer=read.freight_payer,
        is_freight_agreed=True,
    )
    return evaluate(facts, Action.SAVE_PRODUCT)


def late_charges(clauses: Clauses) -> tuple[LateCharge, ...]:
    """What a product lays on late delivery: nothing, in a lawful one."""
    charges = []
    if clauses.late_delivery_penalty is not None:
        charges.append(LateCharge(clauses.late_delivery_penalty, Beneficiary.INSTITUTION))
    if clauses.late_delivery_charity is not None:
        charges.append(LateCharge(clauses.late_delivery_charity, Beneficiary.CHARITY))
    return tuple(charges)
