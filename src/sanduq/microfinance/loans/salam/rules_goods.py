"""Shariah checks of salam goods as they are described (SLM-03 to SLM-05, SLM-08)."""

from __future__ import annotations

import re

from sanduq.kit.money import currency_codes
from sanduq.microfinance.loans.salam.facts import (
    CommodityFacts,
    CommodityKind,
    Goods,
    SalamFacts,
)
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

MONEY_KINDS = frozenset({CommodityKind.CURRENCY, CommodityKind.GOLD, CommodityKind.SILVER})
PARTICULAR_KINDS = frozenset(
    {
        CommodityKind.ANTIQUE,
        CommodityKind.BUILDING,
        CommodityKind.JEWELLERY,
        CommodityKind.LAND,
        CommodityKind.TREE,
    }
)
MONEY_NAMES = frozenset(
    {"banknote", "banknotes", "cash", "currency", "gold", "money", "silver", "xag", "xau"}
)
PARTICULAR_SPECIFICATIONS = frozenset(
    {
        "chassis_number", "farm", "farm_id", "field", "field_id", "garden", "orchard", "plot",
        "plot_id", "serial_number", "source_plot_id", "tree",
    }
)  # fmt: skip


def rule_slm_03(facts: SalamFacts) -> list[Finding]:
    """The goods are owed by description, not this very thing nor what this field grows."""
    return particular_goods(facts.goods, "SLM-03")


def particular_goods(goods: Goods | None, rule_id: str) -> list[Finding]:
    """Why goods are a particular thing; the findings stand under the rule that asks."""
    if goods is None:
        return []
    commodity = goods.commodity
    findings = []
    if commodity.kind in PARTICULAR_KINDS or (
        commodity.kind is not None and not commodity.is_fungible
    ):
        message = "salam takes only goods of which one is as good as another"
        findings.append(found(rule_id, "commodity", message, observed=commodity.code))
    findings.extend(
        found(rule_id, f"quality_specifications.{name}",
              "salam goods come from no named field and are no numbered thing", observed=name)
        for name in sorted(goods.specifications)
        if name.strip().casefold() in PARTICULAR_SPECIFICATIONS
    )  # fmt: skip
    return findings


def rule_slm_04(facts: SalamFacts) -> list[Finding]:
    """Neither gold, silver nor money is sold by salam for money."""
    return money_goods(facts.goods, "SLM-04")


def money_goods(goods: Goods | None, rule_id: str) -> list[Finding]:
    """A finding when goods are money by kind or by name."""
    if goods is None or not is_money(goods.commodity):
        return []
    message = "gold, silver and currencies cannot be sold by salam for money"
    return [found(rule_id, "commodity", message, observed=goods.commodity.code)]


def is_money(commodity: CommodityFacts) -> bool:
    """Whether a commodity is gold, silver or a currency, by kind or by any word of its name."""
    words = set(re.split(r"[^a-z]+", commodity.code.casefold()))
    is_currency = commodity.code.strip().upper() in set(currency_codes())
    return commodity.kind in MONEY_KINDS or bool(words & MONEY_NAMES) or is_currency


def rule_slm_05(facts: SalamFacts) -> list[Finding]:
    """What the goods are is said in full."""
    return incomplete_goods(facts.goods, "SLM-05")


def incomplete_goods(goods: Goods | None, rule_id: str) -> list[Finding]:
    """What is missing in the description of goods."""
    if goods is None:
        return [found(rule_id, "commodity", "the goods must be described")]
    findings = []
    if goods.quantity_milli <= 0:
        message = "the quantity of the goods must be above zero"
        findings.append(
            found(rule_id, "quantity", message, observed=str(goods.quantity_milli), limit="0")
        )
    unit = goods.commodity.unit
    if unit is not None and goods.unit != unit:
        message = f"{goods.commodity.code} is counted in {unit}"
        findings.append(found(rule_id, "quantity_unit", message, observed=goods.unit, limit=unit))
    findings.extend(
        found(rule_id, f"quality_specifications.{name}",
              f"{goods.commodity.code} is described by its {name} among other things")
        for name in goods.commodity.required_specifications
        if not goods.specifications.get(name, "").strip()
    )  # fmt: skip
    return findings


def rule_slm_08(facts: SalamFacts) -> list[Finding]:
    """The goods can be had in the months they are due."""
    months = facts.goods.commodity.harvest_months if facts.goods else frozenset()
    if not months:
        return []
    season = ", ".join(str(month) for month in sorted(months))
    message = "these goods are not normally to be had in that month"
    return [
        found("SLM-08", "delivery_date", message, observed=str(day), limit=f"months {season}")
        for day, _ in facts.dues
        if day.month not in months
    ]
