"""Shariah checks of a pledge's sale and of its price (RHN-20, RHN-22 to RHN-25)."""

from __future__ import annotations

from datetime import timedelta

from sanduq.rahnu.facts import RahnFacts
from sanduq.rahnu.facts_sale import NoticeKind, SaleChannel
from sanduq.rahnu.model import BP, waterfall
from sanduq.shariah.model import Finding, Severity
from sanduq.shariah.rulebook import found

REFERENCE_AGE_MAX = timedelta(hours=24)


def rule_rhn_20(facts: RahnFacts) -> list[Finding]:
    """The price pays the debt, the rest is the owner's that day, and what lacks does not grow."""
    shared = facts.waterfall
    if shared is None:
        return []
    due = waterfall(
        shared.price_minor,
        shared.costs_minor,
        shared.principal_due_minor,
        shared.fee_due_minor,
        shared.collection_costs_minor,
        has_owner_sale_costs=facts.terms is not None and facts.terms.has_owner_sale_costs,
    )
    findings = []
    for field in ("costs", "to_principal", "to_fee", "to_collection", "surplus", "shortfall"):
        given, right = getattr(shared, f"{field}_minor"), getattr(due, f"{field}_minor")
        if given != right:
            message = "the price pays the debt in its order, and what is left is the owner's"
            findings.append(
                found("RHN-20", field, message, observed=facts.printed(given),
                      limit=facts.printed(right))
            )  # fmt: skip
    left = facts.surplus
    if due.surplus_minor > 0 and (
        left is None or left.amount_minor != due.surplus_minor or left.recorded_on != left.sold_on
    ):
        message = "the surplus is owed to the owner in full from the day of the sale"
        observed = facts.printed(left.amount_minor) if left is not None else None
        findings.append(
            found("RHN-20", "surplus", message, observed=observed,
                  limit=facts.printed(due.surplus_minor))
        )  # fmt: skip
    lacking = facts.shortfall
    if lacking is not None and (
        lacking.added_minor != 0 or lacking.recorded_minor != due.shortfall_minor
    ):
        message = "what the price did not cover stays an ordinary debt, without any increase"
        findings.append(
            found("RHN-20", "shortfall", message,
                  observed=facts.printed(lacking.recorded_minor + lacking.added_minor),
                  limit=facts.printed(due.shortfall_minor))
        )  # fmt: skip
    return findings


def rule_rhn_22(facts: RahnFacts) -> list[Finding]:
    """The sale rests on an agency in the contract, on fresh consent, or on a court."""
    sale, consent = facts.sale, facts.consent
    if sale is None or (
        sale.channel is SaleChannel.TO_CREDITOR
        and sale.owner_sale is not None
        and sale.owner_sale.contract_id is not None
    ):
        return []
    if facts.terms is not None and facts.terms.has_sale_agency:
        return []
    if consent is not None and (consent.fresh_consent_id or consent.order_reference):
        return []
    message = (
        "the contract gives no agency to sell: the owner's fresh consent or a court's order is"
        " needed"
    )
    return [found("RHN-22", "sale_agency_clause", message, observed="false")]


def rule_rhn_23(facts: RahnFacts) -> list[Finding]:
    """Only a debt that is due and unpaid opens the way to a sale; a fallen value never does."""
    findings = []
    if facts.terms is not None and facts.terms.has_top_up_clause:
        message = "a clause that asks for more in pledge when its value falls is for the board"
        findings.append(
            found("RHN-23", "top_up_clause", message, observed="true", severity=Severity.REVIEW)
        )
    is_selling = facts.sale is not None or (
        facts.notice is not None and facts.notice.kind in (NoticeKind.DEFAULT, NoticeKind.AUCTION)
    )
    if not is_selling or _is_owners_own_sale(facts):
        return findings
    debt = facts.obligation
    if debt is not None and debt.is_past_due and debt.outstanding_minor > 0:
        return findings
    why = "a margin call alone gives no right to sell" if facts.is_margin_call else "nothing is due"
    message = f"the pledge is sold only once the debt is due and unpaid; {why}"
    due_on = debt.due_on if debt is not None else None
    findings.append(
        found("RHN-23", "obligation.is_past_due", message,
              observed="MARGIN_CALL" if facts.is_margin_call else "false",
              limit=f"due on {due_on}" if due_on is not None else None)
    )  # fmt: skip
    return findings


def _is_owners_own_sale(facts: RahnFacts) -> bool:
    # A fresh sale by the owner rests on the owner's will, not on the debt.
    sale = facts.sale
    return (
        sale is not None
        and sale.channel is SaleChannel.TO_CREDITOR
        and sale.owner_sale is not None
        and sale.owner_sale.contract_id is not None
    )


def rule_rhn_24(facts: RahnFacts) -> list[Finding]:
    """The price is the market's on the day of the sale, by a reference of that day."""
    sale = facts.sale
    if sale is None or sale.price_minor is None or sale.price_consent_id is not None:
        return []
    if sale.market_minor is None or sale.reference_at is None:
        message = "the market's price at the time of the sale must be known"
        return [found("RHN-24", "market_reference", message)]
    findings = []
    at = sale.sold_at or facts.at
    if at is not None and not timedelta(0) <= at - sale.reference_at <= REFERENCE_AGE_MAX:
        message = "the reference price is older than a day: publish today's"
        findings.append(
            found("RHN-24", "market_reference", message, observed=sale.reference_at.isoformat(),
                  limit=(at - REFERENCE_AGE_MAX).isoformat())
        )  # fmt: skip
    tolerance = facts.terms.sale_tolerance_bp if facts.terms is not None else 0
    least = -(-sale.market_minor * (BP - tolerance) // BP)
    if sale.price_minor < least:
        message = (
            "the price is under the market's: put the pledge up again, or bring the consent of"
            " the owner or the board"
        )
        findings.append(
            found("RHN-24", "price", message, observed=facts.printed(sale.price_minor),
                  limit=facts.printed(least))
        )  # fmt: skip
    return findings


def rule_rhn_25(facts: RahnFacts) -> list[Finding]:
    """Nobody buys for the creditor: no staff, no valuer, no related party, nobody unnamed."""
    message = (
        "the creditor, its staff and its valuers do not buy what they sell, nor through others"
    )
    findings = [
        found("RHN-25", "bidder_id", message, observed=bid.bidder_id)
        for bid in facts.bids
        if bid.is_related
    ]
    findings.extend(
        found("RHN-25", "bidder_id", "who bids must be identified", observed=bid.bidder_id)
        for bid in facts.bids
        if not bid.is_identified
    )
    sale = facts.sale
    if sale is not None and sale.is_related and not _is_owners_own_sale(facts):
        findings.append(found("RHN-25", "buyer_id", message, observed=sale.buyer_id))
    return findings
