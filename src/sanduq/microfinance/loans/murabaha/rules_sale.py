"""Shariah checks of a murabaha's price, and of what follows its sale: facts in, findings out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sanduq.microfinance.loans.murabaha.facts import MurabahaFacts
from sanduq.microfinance.loans.murabaha.model import price_reduction_minor
from sanduq.shariah.facts import DebtRaiseKind
from sanduq.shariah.model import Finding, ShariahProfile
from sanduq.shariah.rulebook import found

YEAR_DAYS = 365
IBRA_CLAUSE_MISSING = "IBRA_CLAUSE_MISSING"


def rule_mur_12(facts: MurabahaFacts) -> list[Finding]:
    """What the supplier takes off later comes off the customer's price in the same share."""
    findings = []
    if facts.clauses is not None and facts.clauses.supplier_discount != "passed_on":
        message = "a supplier's later discount is passed on to the customer"
        observed = facts.clauses.supplier_discount
        findings.append(
            found("MUR-12", "clauses.supplier_discount", message, observed=observed,
                  limit="passed_on")
        )  # fmt: skip
    given = facts.discount
    if given is None:
        return findings
    due = price_reduction_minor(
        given.discount_minor, cost_minor=given.cost_minor, price_minor=given.price_minor
    )
    if given.passed_on_minor < due:
        message = "the customer's price falls by the same share as the cost"
        findings.append(
            found("MUR-12", "passed_on", message, observed=facts.printed(given.passed_on_minor),
                  limit=facts.printed(due))
        )  # fmt: skip
    return findings


def rule_mur_13(facts: MurabahaFacts) -> list[Finding]:
    """The price is one number, known when the sale is made."""
    findings = []
    message = "price and profit are final at the sale and follow no benchmark"
    if facts.clauses is not None and facts.clauses.price != "fixed":
        observed = facts.clauses.price
        findings.append(found("MUR-13", "clauses.price", message, observed=observed, limit="fixed"))
    sale = facts.sale
    if sale is None:
        return findings
    if sale.benchmark:
        findings.append(found("MUR-13", "benchmark", message, observed=sale.benchmark))
    price = (facts.cost_minor or 0) + (facts.profit_minor or 0)
    if sale.disclosed_price_minor != price:
        message = "the price the customer accepts is cost plus profit"
        findings.append(
            found("MUR-13", "disclosed.price", message,
                  observed=facts.printed(sale.disclosed_price_minor), limit=facts.printed(price))
        )  # fmt: skip
    return findings


def rule_mur_14(facts: MurabahaFacts) -> list[Finding]:
    """Time adds nothing to what is owed."""
    findings = []
    if facts.clauses is not None and facts.clauses.reschedule != "without_increase":
        message = "a debt is rescheduled without increase"
        observed = facts.clauses.reschedule
        findings.append(
            found("MUR-14", "clauses.reschedule", message, observed=observed,
                  limit="without_increase")
        )  # fmt: skip
    findings.extend(
        found("MUR-14", "debt_raises", "nothing is added for time or delay",
              observed=facts.printed(each.amount_minor), limit=facts.printed(0))
        for each in facts.debt_raises
        if each.kind in (DebtRaiseKind.DEFERRAL, DebtRaiseKind.LATENESS)
    )  # fmt: skip
    total, owed = facts.instalment_total_minor, facts.outstanding_minor
    if total is not None and owed is not None and total > owed:
        message = "the instalments may not add up to more than is owed"
        findings.append(
            found("MUR-14", "instalments", message, observed=facts.printed(total),
                  limit=facts.printed(owed))
        )  # fmt: skip
    return findings


def rule_mur_15(facts: MurabahaFacts) -> list[Finding]:
    """Nobody is made to buy, and who broke a binding promise pays the actual loss only."""
    findings = []
    message = "the customer may refuse until he accepts the sale"
    if facts.clauses is not None and not facts.clauses.may_customer_decline:
        findings.append(
            found("MUR-15", "clauses.may_customer_decline", message, observed="false", limit="true")
        )
    if facts.is_decline_refused:
        findings.append(found("MUR-15", "decline", message))
    use = facts.margin_use
    if use is not None and use.kept_minor > (limit := use.loss_minor if use.is_promised else 0):
        message = "of a broken promise only the actual loss is made good"
        findings.append(
            found("MUR-15", "security_margin", message, observed=facts.printed(use.kept_minor),
                  limit=facts.printed(limit))
        )  # fmt: skip
    return findings


def rule_mur_16(facts: MurabahaFacts) -> list[Finding]:
    """From the sale on the goods are the customer's."""
    message = "title passes with the sale and is not held back until payment"
    findings = []
    if facts.clauses is not None and facts.clauses.title_passes != "at_sale":
        observed = facts.clauses.title_passes
        findings.append(
            found("MUR-16", "clauses.title_passes", message, observed=observed, limit="at_sale")
        )
    if facts.sale is not None and facts.sale.title_holder != "customer":
        findings.append(
            found("MUR-16", "title_holder", message, observed=facts.sale.title_holder,
                  limit="customer")
        )  # fmt: skip
    return findings


def rule_mur_17(facts: MurabahaFacts) -> list[Finding]:
    """A rebate is never agreed; under MY_BNM it always is."""
    if facts.clauses is None:
        return []
    is_agreed = facts.clauses.has_rebate_clause
    if facts.profile is ShariahProfile.MY_BNM:
        if is_agreed:
            return []
        message = "the contract must state the rebate for early settlement"
        finding = found("MUR-17", "clauses.has_rebate_clause", message, observed="false")
        return [replace(finding, code=IBRA_CLAUSE_MISSING, limit="true")]
    if not is_agreed:
        return []
    message = "a rebate for early settlement may be given but not agreed in the contract"
    return [found("MUR-17", "clauses.has_rebate_clause", message, observed="true", limit="false")]


def rule_mur_18(facts: MurabahaFacts) -> list[Finding]:
    """Only profit that is not earned yet is given back, and not for a new debt."""
    rebate = facts.rebate
    if rebate is None:
        return []
    findings = []
    if rebate.amount_minor > rebate.unearned_minor:
        message = "a rebate is at most the profit not yet earned"
        findings.append(
            found("MUR-18", "amount", message, observed=facts.printed(rebate.amount_minor),
                  limit=facts.printed(rebate.unearned_minor))
        )  # fmt: skip
    if rebate.is_for_new_debt:
        message = "a rebate may not change an old debt into a new one"
        findings.append(found("MUR-18", "for_new_debt", message, observed="true"))
    return findings


def rule_mur_19(facts: MurabahaFacts) -> list[Finding]:
    """The seller bears hidden defects he did not disclaim, and all that is lost before delivery."""
    clauses, defect = facts.clauses, facts.defect
    findings = []
    if clauses is not None and clauses.defects == "delivery_disclaimed":
        message = "no disclaimer covers what is lost or spoilt before delivery"
        findings.append(found("MUR-19", "clauses.defects", message, observed=clauses.defects))
    if defect is None or not defect.is_rejected or not defect.is_from_before_sale:
        return findings
    is_disclaimed = clauses is not None and clauses.defects == "disclaimed"
    if is_disclaimed and not defect.is_from_before_delivery:
        return findings
    message = "a hidden defect from before the sale is the seller's: the claim may not be rejected"
    return [*findings, found("MUR-19", "decision", message, observed="rejected")]


def rule_mur_21(facts: MurabahaFacts) -> list[Finding]:
    """The price stands beside the local cash price, brought to a year."""
    sale, clauses = facts.sale, facts.clauses
    if sale is None or clauses is None or not sale.cash_price_minor or sale.last_due_on is None:
        return []
    price = (facts.cost_minor or 0) + (facts.profit_minor or 0)
    days = max(1, (sale.last_due_on - facts.on).days)
    premium = Decimal(price - sale.cash_price_minor) / sale.cash_price_minor * YEAR_DAYS / days
    limit = Decimal(clauses.cash_price_premium_max)
    if premium <= limit:
        return []
    message = "the price is far above the local cash price: record what explains it"
    return [
        found("MUR-21", "cash_price", message, observed=f"{premium:.2%} a year",
              limit=f"{limit:.2%} a year")
    ]  # fmt: skip


def rule_mur_22(facts: MurabahaFacts) -> list[Finding]:
    """Where goods may be taken back from a bankrupt buyer, the seller is told so."""
    case = facts.reclaim
    if case is None or not case.are_goods_unchanged or case.price_received_minor > 0:
        return []
    if case.is_option_shown:
        return []
    message = "unchanged goods of which nothing was paid may be taken back: show the option"
    return [found("MUR-22", "reclaim_option", message, observed="hidden")]
