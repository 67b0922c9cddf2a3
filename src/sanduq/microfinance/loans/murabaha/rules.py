"""Shariah checks of the murabaha (MUR): facts in, findings out.

Each function keeps one rule of the rulebook and is named after it; nothing here raises. Those of
the purchase are in `rules_purchase`, of the price and what follows it in `rules_sale`. `evaluate`
runs the rules of a command in the book's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from sanduq.kit.money import Asset
from sanduq.microfinance.loans.murabaha import rules_purchase, rules_sale
from sanduq.microfinance.loans.murabaha.facts import (
    INSTITUTION,
    Action,
    MurabahaFacts,
)
from sanduq.microfinance.loans.murabaha.model import Clauses
from sanduq.shariah import rules_default, rules_general
from sanduq.shariah.facts import Beneficiary, LateCharge
from sanduq.shariah.model import Evaluation, Finding, Resolution, Severity, ShariahProfile, settled
from sanduq.shariah.rulebook import found, load_rulebook

MONEY_LIKE = frozenset({"currency", "gold", "silver"})
NO_GOODS = frozenset({"debt", "rent", "service", "wages"})


def rule_mur_01(facts: MurabahaFacts) -> list[Finding]:
    """Request, invoice, possession, offer and acceptance come in that order."""
    findings = []
    invoice_on = facts.purchase.invoice_on if facts.purchase is not None else None
    requested_on = facts.requested_on
    if invoice_on is not None and requested_on is not None and invoice_on < requested_on:
        message = "the institution buys after the customer asked; this invoice is older"
        findings.append(_order("invoice.date", message, invoice_on, requested_on))
    possessed_on = facts.possession_day
    if possessed_on is not None and invoice_on is not None and possessed_on < invoice_on:
        message = "goods are not possessed before they are bought"
        findings.append(_order("possessed_at", message, possessed_on, invoice_on))
    if facts.sale is None:
        return findings
    if invoice_on is None:
        message = "the institution must buy the goods before it sells them: purchase comes first"
        findings.append(found("MUR-01", "purchase", message))
    possession, sale = facts.possession, facts.sale
    if possession is None:
        message = "the institution must possess the goods before it sells them: possess comes first"
        findings.append(found("MUR-01", "possession", message))
    elif sale.offered_at <= possession.at:
        message = "the sale is offered only after the goods are in possession"
        findings.append(_order("offered_at", message, sale.offered_at, possession.at))
    if sale.accepted_at <= sale.offered_at:
        message = "a sale is accepted after it was offered"
        findings.append(_order("accepted_at", message, sale.accepted_at, sale.offered_at))
    return findings


def _order(field: str, message: str, observed: object, limit: object) -> Finding:
    return found("MUR-01", field, message, observed=str(observed), limit=str(limit))


def rule_mur_05(facts: MurabahaFacts) -> list[Finding]:
    """Neither gold nor silver nor currency is sold on credit."""
    return _category("MUR-05", facts, MONEY_LIKE, "is exchanged hand to hand, never on credit")


def rule_mur_20(facts: MurabahaFacts) -> list[Finding]:
    """There are goods to sell."""
    return _category("MUR-20", facts, NO_GOODS, "is no object of a murabaha, which sells goods")


def _category(
    rule_id: str, facts: MurabahaFacts, refused: frozenset[str], why: str
) -> list[Finding]:
    category = (facts.asset_category or "").strip().casefold()
    if category and category not in refused:
        return []
    if not category:
        return [found(rule_id, "asset_category", "the category of the goods must be stated")]
    return [found(rule_id, "asset_category", f"{category} {why}", observed=category)]


def rule_mur_06(facts: MurabahaFacts) -> list[Finding]:
    """A promise that binds both is a sale before its time."""
    message = "a promise may bind one side, not both, unless one of them keeps an option"
    findings = []
    if facts.clauses is not None and facts.clauses.promise_binds == "both":
        findings.append(found("MUR-06", "clauses.promise_binds", message, observed="both"))
    promise = facts.promise
    if promise is not None and promise.binds == "both" and not promise.has_option:
        findings.append(found("MUR-06", "binds", message, observed="both"))
    return findings


def rule_mur_07(facts: MurabahaFacts) -> list[Finding]:
    """Of a security margin no more is kept than was lost."""
    findings = []
    if facts.clauses is not None and facts.clauses.margin_keeps != "actual_loss":
        message = "of a security margin only the actual loss may be kept"
        observed = facts.clauses.margin_keeps
        findings.append(
            found("MUR-07", "clauses.margin_keeps", message, observed=observed, limit="actual_loss")
        )
    use = facts.margin_use
    if use is None:
        return findings
    limit = use.loss_minor if use.is_promised else 0
    if use.kept_minor > limit:
        message = "no more of the security margin may be kept than the actual loss of a promise"
        findings.append(
            found(
                "MUR-07", "security_margin", message,
                observed=facts.printed(use.kept_minor), limit=facts.printed(limit),
            )
        )  # fmt: skip
    return findings


def rule_mur_10(facts: MurabahaFacts) -> list[Finding]:
    """What happens to the goods before the sale happens to the institution."""
    findings = []
    message = "until the sale the goods are at the institution's risk and insured at its expense"
    if facts.clauses is not None and facts.clauses.risk_before_sale != INSTITUTION:
        observed = facts.clauses.risk_before_sale
        findings.append(
            found("MUR-10", "clauses.risk_before_sale", message, observed=observed,
                  limit=INSTITUTION)
        )  # fmt: skip
    possession = facts.possession
    if possession is None:
        return findings
    if not possession.evidence:
        findings.append(found("MUR-10", "evidence", "possession must be evidenced by a document"))
    for field, by in (
        ("insurance.paid_by", possession.insured_by),
        ("hazards_borne_by", possession.hazards_by),
    ):
        if by != INSTITUTION:
            findings.append(found("MUR-10", field, message, observed=by, limit=INSTITUTION))
    return findings


def rule_def_10(facts: MurabahaFacts) -> list[Finding]:
    """The same goods are not financed twice for one customer."""
    message = "these goods were financed for this customer before: a debt may not be rolled over"
    return [
        found("DEF-10", "asset_reference", message, observed=contract_id)
        for contract_id in facts.earlier_financings
    ]


def rule_def_11(facts: MurabahaFacts) -> list[Finding]:
    """A murabaha that may settle an old debt keeps its conditions, and waits for the scholars."""
    asked = facts.refinancing
    if asked is None:
        return []
    wanted = {
        "asked_by_customer": asked.is_asked_by_customer,
        "unconditional": asked.is_unconditional,
        "goods_kept_by_customer": asked.are_goods_kept,
        "profit_is_usual": asked.is_profit_usual,
        "customer_is_solvent": asked.is_customer_solvent,
        "settles_on": facts.business_days_free >= 1,
    }
    findings = [
        found(
            "DEF-11",
            f"refinances.{name}",
            "a condition of settling an old debt is not met",
            severity=Severity.BLOCK,
        )
        for name, holds in wanted.items()
        if not holds
    ]
    return findings or [
        found(
            "DEF-11", "refinances", "a murabaha that may settle an old debt needs a resolution",
            observed=asked.loan_id,
        )
    ]  # fmt: skip


Check = Callable[[MurabahaFacts], list[Finding]]

# In the book's order: what binds every contract, the murabaha, then default.
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "GEN-01": rules_general.rule_gen_01,
        "GEN-03": rules_general.rule_gen_03,
        "GEN-04": rules_general.rule_gen_04,
        "GEN-05": rules_general.rule_gen_05,
        "GEN-08": rules_general.rule_gen_08,
        "GEN-09": rules_general.rule_gen_09,
        "GEN-11": rules_general.rule_gen_11,
        "GEN-12": rules_general.rule_gen_12,
        "GEN-14": rules_general.rule_gen_14,
        "GEN-20": rules_general.rule_gen_20,
        "MUR-01": rule_mur_01,
        "MUR-02": rules_purchase.rule_mur_02,
        "MUR-03": rules_purchase.rule_mur_03,
        "MUR-04": rules_purchase.rule_mur_04,
        "MUR-05": rule_mur_05,
        "MUR-06": rule_mur_06,
        "MUR-07": rule_mur_07,
        "MUR-08": rules_purchase.rule_mur_08,
        "MUR-09": rules_purchase.rule_mur_09,
        "MUR-10": rule_mur_10,
        "MUR-11": rules_purchase.rule_mur_11,
        "MUR-12": rules_sale.rule_mur_12,
        "MUR-13": rules_sale.rule_mur_13,
        "MUR-14": rules_sale.rule_mur_14,
        "MUR-15": rules_sale.rule_mur_15,
        "MUR-16": rules_sale.rule_mur_16,
        "MUR-17": rules_sale.rule_mur_17,
        "MUR-18": rules_sale.rule_mur_18,
        "MUR-19": rules_sale.rule_mur_19,
        "MUR-20": rule_mur_20,
        "MUR-21": rules_sale.rule_mur_21,
        "MUR-22": rules_sale.rule_mur_22,
        "DEF-03": rules_default.rule_def_03,
        "DEF-09": rules_default.rule_def_09,
        "DEF-10": rule_def_10,
        "DEF-11": rule_def_11,
    }
)


def _ids(general: str, murabaha: str = "", default: str = "") -> frozenset[str]:
    sections = (("GEN", general), ("MUR", murabaha), ("DEF", default))
    return frozenset(f"{name}-{number}" for name, text in sections for number in text.split())


_CLAUSES = "06 07 08 10 12 13 14 15 16 17 19"
_TERMS = _ids("01 03 04 05 09 11 12 14 20", f"05 20 {_CLAUSES}", "03 10 11")

RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.SAVE_PRODUCT: _ids("05 09 11", _CLAUSES, "03"),
        Action.CREATE: _TERMS,
        Action.APPROVE: _TERMS,
        Action.PROMISE: _ids("", "06 07"),
        Action.PURCHASE: _ids("01 03", "01 02 03 04 05 08 09 11 20", "10"),
        Action.POSSESS: _ids("", "01 10"),
        Action.SELL: _ids("01 03 04 20", "01 05 07 09 10 11 13 16 17 20 21", "03"),
        Action.DECLINE: _ids("", "07 15"),
        Action.RESELL: _ids("", "07 15"),
        Action.DISCOUNT: _ids("08", "12 14"),
        Action.REBATE: _ids("08", "14 17 18"),
        Action.DEFECT: _ids("", "19"),
        Action.RESCHEDULE: _ids("08", "14", "09"),
        Action.RECLAIM: _ids("", "22"),
    }
)


def evaluate(facts: MurabahaFacts, action: Action) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not.

    The order is GEN, MUR, DEF, each by number. Rules that do not bind the institution's profile
    are left out; `review` findings carry the resolution that settles them on that day.
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


def evaluate_clauses(
    profile: ShariahProfile,
    clauses: Mapping[str, Any],
    on: date,
    asset: Asset,
    resolutions: tuple[Resolution, ...] = (),
) -> list[Evaluation]:
    """What the rules find in the clauses of a product of murabahas, when it is saved or approved.

    Refuses VALIDATION_ERROR clauses that `Clauses` does not know.
    """
    read = Clauses.read(clauses)
    facts = MurabahaFacts(
        on=on, asset=asset, profile=profile, resolutions=resolutions, clauses=read,
        late_charges=late_charges_of(read),
    )  # fmt: skip
    return evaluate(facts, Action.SAVE_PRODUCT)


def late_charges_of(clauses: Clauses) -> tuple[LateCharge, ...]:
    """What the clauses ask of a customer who is late, and for whom (DEF-03, DEF-04)."""
    charges = []
    if clauses.late_fee:
        charges.append(LateCharge(clauses.late_fee, Beneficiary.INSTITUTION))
    if clauses.charity_pledge:
        charges.append(LateCharge(clauses.charity_pledge, Beneficiary.CHARITY))
    return tuple(charges)
