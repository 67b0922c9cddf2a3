"""Shariah checks of the pledge itself (RHN): the debt, the things, their title and their value."""

from __future__ import annotations

from datetime import timedelta

from sanduq.rahnu.clause_words import Sin, faulty_words
from sanduq.rahnu.facts import RahnFacts
from sanduq.rahnu.facts_pledge import (
    TRUSTS,
    ObligationKind,
    PartySide,
    PledgedItem,
    ValuationFact,
)
from sanduq.rahnu.model import BP, secured_amount_minor
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

VALUATION_AGE_MAX = timedelta(days=1)
THIRD_PARTY_PURPOSES = frozenset({"assay", "release", "return", "safekeeping", "sale", "transit"})
"""Why a pledge may pass through other hands: for the owner, or to be tested, kept or sold."""


def rule_rhn_01(facts: RahnFacts) -> list[Finding]:
    """The pledge secures a lawful debt."""
    debt = facts.obligation
    if debt is None:
        message = "a pledge needs a debt to secure: name the qard or the debt first"
        return [found("RHN-01", "secured_obligation_id", message)]
    findings = []
    if debt.has_riba or debt.kind is ObligationKind.RIBA_LOAN:
        message = "a loan with interest is not secured by a pledge"
        findings.append(found("RHN-01", "secured_obligation_id", message, observed=debt.kind.value))
    return findings


def rule_rhn_02(facts: RahnFacts) -> list[Finding]:
    """Under a contract of trust the pledge answers for fault alone."""
    debt = facts.obligation
    if debt is None or not (debt.is_trust or debt.kind in TRUSTS) or debt.limited_to_fault:
        return []
    message = "a pledge under a contract of trust is limited to misconduct, negligence or breach"
    return [found("RHN-02", "limited_to_fault", message, observed=debt.kind.value, limit="true")]


def rule_rhn_03(facts: RahnFacts) -> list[Finding]:
    """Every thing pledged is lawful, described, marked, weighed and photographed."""
    if not facts.items:
        return [found("RHN-03", "items", "a pledge needs at least one thing of value")]
    return [
        found("RHN-03", f"items.{item.item_id}.{field}", message, observed=observed)
        for item in facts.items
        for field, message, observed in _identity_faults(item)
    ]


def _identity_faults(item: PledgedItem) -> list[tuple[str, str, str | None]]:
    faults: list[tuple[str, str, str | None]] = []
    if not item.is_lawful:
        faults.append(("type", "what is unlawful to own is not pledged", item.description))
    if not item.description.strip():
        faults.append(("description", "the thing pledged must be described", None))
    if item.net_weight_mg is not None and item.net_weight_mg <= 0:
        message = "the thing must have a weight above zero"
        faults.append(("weight", message, str(item.net_weight_mg)))
    if item.fineness_bp is not None and not 0 < item.fineness_bp <= 10_000:
        faults.append(("fineness", "no metal has this fineness", str(item.fineness_bp)))
    if (item.net_weight_mg is None) != (item.fineness_bp is None):
        faults.append(("fineness", "metal is pledged by weight and fineness", None))
    if not item.has_photo:
        faults.append(("photos", "the thing must be photographed", None))
    if not item.marks.strip():
        faults.append(("marks", "hallmarks, a serial number or their absence are stated", None))
    return faults


def rule_rhn_04(facts: RahnFacts) -> list[Finding]:
    """The pledgor declared to own each thing, or its owner permitted the pledge."""
    findings = []
    for item in facts.items:
        field = f"items.{item.item_id}.owner"
        if item.owner_id == facts.pledgor_id:
            if not item.has_owner_declaration:
                message = "the pledgor declares to own the thing before it is pledged"
                findings.append(found("RHN-04", f"{field}_declaration", message))
            continue
        if item.owner_consent_id is None:
            message = "the thing is another's: its owner's permission to pledge it is needed"
            findings.append(found("RHN-04", f"{field}_consent", message, observed=item.owner_id))
        elif not item.has_owner_recourse:
            message = "the owner's recourse against the pledgor is written down with the consent"
            findings.append(found("RHN-04", f"{field}_recourse", message, observed=item.owner_id))
    return findings


def rule_rhn_05(facts: RahnFacts) -> list[Finding]:
    """The pledge stays the owner's: it enters no asset account, and no title of the creditor."""
    findings = [
        found(
            "RHN-05",
            "journal",
            "the pledge is the owner's and stands in the custody register, never in our assets",
            observed=f"{entry.code}: {facts.printed(entry.amount_minor)}",
            limit=facts.printed(0),
        )
        for entry in facts.book_entries
        if entry.is_for_item and entry.is_asset and entry.amount_minor > 0
    ]
    findings.extend(
        found("RHN-05", f"items.{item.item_id}.owner", "the creditor does not own a pledge")
        for item in facts.items
        if facts.creditor_id is not None and item.owner_id == facts.creditor_id
    )
    return findings


def rule_rhn_06(facts: RahnFacts) -> list[Finding]:
    """The pledge was taken in by two officers, or registered out of the pledgor's disposal."""
    held = facts.possession
    if held is None:
        message = "the pledge is not in custody: receive and seal it, two officers, first"
        return [found("RHN-06", "custody_receipt", message)]
    if held.registry_reference:
        return []
    wanting = {
        "at": held.at is not None,
        "place": bool(held.place),
        "seal_number": bool(held.seal_numbers),
        "weight": held.weight_mg is not None and held.weight_mg > 0,
        "officers": len(set(held.officers)) >= 2,
    }
    return [
        found("RHN-06", f"custody_receipt.{name}", f"the custody receipt lacks the {name}",
              observed=str(len(set(held.officers))) if name == "officers" else None,
              limit="2" if name == "officers" else None)
        for name, is_there in wanting.items()
        if not is_there
    ]  # fmt: skip


def rule_rhn_07(facts: RahnFacts) -> list[Finding]:
    """The pledgor does not end the pledge while the debt lives; the creditor may."""
    ended = facts.cancellation
    if ended is None or ended.by is PartySide.CREDITOR or ended.outstanding_minor <= 0:
        return []
    return [
        found(
            "RHN-07",
            "outstanding",
            "the pledge binds the pledgor until the debt is paid: repay it, or ask the creditor",
            observed=facts.printed(ended.outstanding_minor),
            limit=facts.printed(0),
        )
    ]


def rule_rhn_15(facts: RahnFacts) -> list[Finding]:
    """The creditor does not use the pledge; never under a qard, never for nothing."""
    is_qard = facts.obligation is not None and facts.obligation.kind is ObligationKind.QARD
    is_permitted = facts.terms is not None and facts.terms.has_use_permission
    wanted = {Sin.USE_FOR_NOTHING} if is_permitted else {Sin.USE, Sin.USE_FOR_NOTHING}
    message = "the creditor may not use the pledge"
    findings = _in_clauses(facts, "RHN-15", frozenset(wanted), message)
    if is_qard and (is_permitted or facts.use is not None):
        message = "what secures a qard is not used by the lender, with or without permission"
        findings.append(found("RHN-15", "use_permission", message, observed="true", limit="false"))
    elif facts.use is not None and not facts.use.has_permission:
        message = "the pledge is used only with the owner's permission"
        findings.append(found("RHN-15", "use_permission", message, observed="false"))
    elif facts.use is not None and (
        facts.use.market_rent_minor is None
        or facts.use.market_rent_minor <= 0
        or facts.use.rent_minor < facts.use.market_rent_minor
    ):
        message = "the pledge is used at a fair rent, no lower than the market's"
        findings.append(
            found("RHN-15", "rent", message, observed=facts.printed(facts.use.rent_minor),
                  limit=facts.printed(facts.use.market_rent_minor))
        )  # fmt: skip
    return findings


def rule_rhn_16(facts: RahnFacts) -> list[Finding]:
    """No clause and no move of the vault hands the pledge on to others."""
    message = (
        "the creditor may not sell before the debt is due, re-pledge, lend or lease the pledge"
    )
    sins = frozenset({Sin.REHYPOTHECATION, Sin.SALE_BEFORE_DUE})
    findings = _in_clauses(facts, "RHN-16", sins, message)
    findings.extend(
        found("RHN-16", f"movements.{move.item_id}", "the pledge does not leave for a third party",
              observed=f"{move.purpose}: {move.to_place}")
        for move in facts.movements
        if move.is_to_third_party and not move.has_adl_keeper
        and move.purpose not in THIRD_PARTY_PURPOSES
    )  # fmt: skip
    return findings


def rule_rhn_21(facts: RahnFacts) -> list[Finding]:
    """No clause gives the pledge to the creditor; he may only buy it afresh, at its price."""
    message = "the pledge never becomes the creditor's for the debt"
    findings = _in_clauses(facts, "RHN-21", frozenset({Sin.FORFEITURE}), message)
    sale = facts.sale
    if sale is None or facts.creditor_id is None or sale.buyer_id != facts.creditor_id:
        return findings
    own = sale.owner_sale
    if own is None or own.contract_id is None:
        message = "the creditor buys the pledge by a fresh sale of its owner, and in no other way"
        return [*findings, found("RHN-21", "owner_sale_contract", message)]
    quote, price = own.independent_quote_minor, sale.price_minor
    if quote is None or price is None or price < quote:
        findings.append(
            found("RHN-21", "price", "the creditor pays at least an independent quote",
                  observed=facts.printed(price), limit=facts.printed(quote))
        )  # fmt: skip
    if own.balance_paid_minor < own.balance_due_minor:
        findings.append(
            found("RHN-21", "balance", "what the price exceeds the debt by is paid out at once",
                  observed=facts.printed(own.balance_paid_minor),
                  limit=facts.printed(own.balance_due_minor))
        )  # fmt: skip
    return findings


def _in_clauses(
    facts: RahnFacts, rule_id: str, sins: frozenset[Sin], message: str
) -> list[Finding]:
    return [
        found(rule_id, f"clauses.{place}.text", f"{message} ({clause.language})",
              observed=faulty.words)
        for place, clause in enumerate(facts.clauses)
        for faulty in faulty_words(clause.text)
        if faulty.sin in sins
    ]  # fmt: skip


def rule_rhn_27(facts: RahnFacts) -> list[Finding]:
    """All creditors of equal rank agree; among ranked ones those of later rank do."""
    if len(facts.creditors) < 2:
        return []
    first = min(each.rank for each in facts.creditors)
    is_equal = all(each.rank == first for each in facts.creditors)
    return [
        found("RHN-27", "creditors", "a creditor on this pledge has not agreed",
              observed=each.creditor_id)
        for each in facts.creditors
        if each.consent_id is None and (is_equal or each.rank > first)
    ]  # fmt: skip


def rule_rhn_30(facts: RahnFacts) -> list[Finding]:
    """Each thing has a valuation of two officers, whole, and at most a day old."""
    if not facts.valuations:
        return [found("RHN-30", "valuation", "the pledge must be valued first")]
    valued = {each.item_id for each in facts.valuations}
    findings = [
        found("RHN-30", f"items.{item.item_id}.valuation", "the thing has not been valued")
        for item in facts.items
        if item.item_id not in valued
    ]
    for each in facts.valuations:
        findings.extend(
            found("RHN-30", f"valuations.{each.item_id}.{field}", message, observed=observed)
            for field, message, observed in _valuation_faults(each, facts)
        )
    return findings


def _valuation_faults(
    valuation: ValuationFact, facts: RahnFacts
) -> list[tuple[str, str, str | None]]:
    faults: list[tuple[str, str, str | None]] = []
    net = valuation.gross_weight_mg - valuation.stone_weight_mg - valuation.other_weight_mg
    if valuation.net_weight_mg != net or net <= 0:
        message = "the net weight is the whole without stones and other parts, above zero"
        faults.append(("net_weight", message, str(valuation.net_weight_mg)))
    if valuation.fineness_bp is not None and not valuation.method:
        faults.append(("method", "how the fineness was tested is stated", None))
    if not valuation.price_source or valuation.priced_at is None:
        faults.append(("price_source", "the price has a source and a date", None))
    if valuation.second_officer_id in (None, valuation.valuer_id):
        faults.append(("second_officer", "a second officer confirms it", valuation.valuer_id))
    at = facts.at
    if valuation.valued_at is None:
        faults.append(("valued_at", "when it was valued is stated", None))
    elif at is not None and not timedelta(0) <= at - valuation.valued_at <= VALUATION_AGE_MAX:
        message = "the valuation is more than a day old: value the pledge again"
        faults.append(("valued_at", message, valuation.valued_at.isoformat()))
    return faults


def rule_rhn_31(facts: RahnFacts) -> list[Finding]:
    """The pledge secures its value times the ratio, rounded down; the loan stays within it."""
    value, ratio = facts.appraised_minor, facts.ltv_bp
    if value is None or ratio is None:
        message = "the value and the loan-to-value ratio must be known"
        return [found("RHN-31", "appraised_value", message)]
    findings = []
    top = facts.terms.ltv_max_bp if facts.terms is not None else None
    if ratio <= 0 or (top is not None and ratio > top):
        findings.append(
            found("RHN-31", "loan_to_value_ratio", "the ratio is beyond the template's",
                  observed=_fraction(ratio), limit=_fraction(top))
        )  # fmt: skip
    limit = secured_amount_minor(value, max(ratio, 0))
    if facts.secured_minor is not None and facts.secured_minor != limit:
        findings.append(
            found("RHN-31", "secured_amount", "the amount secured is the value times the ratio",
                  observed=facts.printed(facts.secured_minor), limit=facts.printed(limit))
        )  # fmt: skip
    if facts.loan_minor is not None and facts.loan_minor > limit:
        message = "the loan is more than the pledge secures: lend less, or take more in pledge"
        findings.append(
            found("RHN-31", "loan", message, observed=facts.printed(facts.loan_minor),
                  limit=facts.printed(limit))
        )  # fmt: skip
    return findings


def _fraction(ratio: int | None) -> str | None:
    if ratio is None:
        return None
    whole, rest = divmod(ratio, BP)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")


def rule_rhn_33(facts: RahnFacts) -> list[Finding]:
    """A renewal lends no more than was still owed, and swallows no fees."""
    renewed = facts.renewal
    if renewed is None:
        return []
    findings = []
    if renewed.new_principal_minor > renewed.old_principal_minor:
        message = "a renewal lends no more than the principal still outstanding"
        findings.append(
            found("RHN-33", "principal", message,
                  observed=facts.printed(renewed.new_principal_minor),
                  limit=facts.printed(renewed.old_principal_minor))
        )  # fmt: skip
    if renewed.fee_arrears_minor > 0 and not renewed.is_fee_settled:
        message = "custody fees in arrears are paid or stay a claim apart; they are not lent anew"
        findings.append(
            found("RHN-33", "fee_arrears", message,
                  observed=facts.printed(renewed.fee_arrears_minor), limit=facts.printed(0))
        )  # fmt: skip
    return findings
