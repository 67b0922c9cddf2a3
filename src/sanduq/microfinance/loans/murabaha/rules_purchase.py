"""Shariah checks of how the goods are bought and what they cost: facts in, findings out."""

from __future__ import annotations

from sanduq.microfinance.loans.murabaha.facts import INSTITUTION, Agent, MurabahaFacts, Relation
from sanduq.shariah.model import Finding, Severity
from sanduq.shariah.rulebook import found

HALF_BP = 5_000
DIRECT_COSTS = frozenset(
    {
        "customs", "inspection", "installation", "insurance", "price", "registration", "storage",
        "tax", "transport",
    }
)  # fmt: skip
"""Kinds of cost that come with the goods and are paid to others (AAOIFI SS 8 4/3)."""

PRICE = "price"
PARTY_PREFIX = "cpty_"


def rule_mur_02(facts: MurabahaFacts) -> list[Finding]:
    """The customer has no contract of his own for the goods."""
    purchase = facts.purchase
    if purchase is None:
        return []
    findings = []
    if not purchase.is_addressed_to_institution:
        message = "the supplier's papers must be made out to the institution"
        findings.append(found("MUR-02", "invoice.addressed_to", message, limit=INSTITUTION))
    if purchase.customer_deposit_minor > 0:
        message = "the customer has paid the supplier, so the purchase is already his"
        findings.append(
            found(
                "MUR-02", "customer_deposit", message,
                observed=facts.printed(purchase.customer_deposit_minor), limit=facts.printed(0),
            )
        )  # fmt: skip
    if purchase.is_quote_accepted_by_customer:
        message = "the customer accepted the supplier's quotation, which is a contract of his own"
        findings.append(found("MUR-02", "quote_accepted_by_customer", message, observed="true"))
    return findings


def rule_mur_03(facts: MurabahaFacts) -> list[Finding]:
    """The supplier is nobody through whom the customer sells to himself."""
    supplier = facts.supplier
    if supplier is None:
        return []
    findings = []
    if supplier.is_customer:
        message = "goods bought from the customer and sold back to him on credit are 'inah"
        findings.append(found("MUR-03", "supplier_id", message, observed="customer"))
    if supplier.is_customer_agent:
        message = "the supplier is the customer's own agent"
        findings.append(found("MUR-03", "supplier.is_customer_agent", message, observed="true"))
    share = supplier.customer_share_bp
    if share is None or share > HALF_BP:
        message = "how much of the supplier the customer owns must be known, and at most one half"
        observed = f"{share / 100:g}%" if share is not None else None
        findings.append(
            found("MUR-03", "supplier.customer_share", message, observed=observed, limit="50%")
        )
    return findings


def rule_mur_04(facts: MurabahaFacts) -> list[Finding]:
    """A related supplier waits for the scholars."""
    if facts.supplier is None or facts.supplier.relation is Relation.NONE:
        return []
    message = "the supplier is related to the customer: the sale must be verified to be real"
    observed = str(facts.supplier.relation)
    return [found("MUR-04", "supplier.relation", message, observed=observed)]


def rule_mur_08(facts: MurabahaFacts) -> list[Finding]:
    """The customer as buying agent needs a reason and the scholars' leave."""
    findings = []
    message = "the customer buys for the institution only in pressing need, by leave of the board"
    if facts.clauses is not None and facts.clauses.buying_agent == "customer":
        findings.append(found("MUR-08", "clauses.buying_agent", message, observed="customer"))
    purchase = facts.purchase
    if purchase is not None and purchase.agent is Agent.CUSTOMER:
        observed = f"customer: {purchase.agency_reason or 'no reason given'}"
        severity = None if purchase.agency_reason else Severity.BLOCK
        findings.append(found("MUR-08", "agent", message, observed=observed, severity=severity))
    return findings


def rule_mur_09(facts: MurabahaFacts) -> list[Finding]:
    """The institution pays the supplier itself, has the papers, and the agency has ended."""
    purchase = facts.purchase
    if purchase is None:
        return []
    findings: list[Finding] = []
    payees = {purchase.payee_id} | {i.payee_id for i in purchase.cost_items if i.kind == PRICE}
    message = "the price goes from the institution to the supplier himself"
    findings.extend(
        found("MUR-09", "payee_id", message, observed=payee, limit=purchase.supplier_id)
        for payee in sorted(payees - {purchase.supplier_id})
    )
    if not purchase.has_sale_documents:
        message = "the documents of the purchase must be in hand"
        findings.append(found("MUR-09", "invoice.document", message))
    sale = facts.sale
    if sale is not None and purchase.agent is not Agent.INSTITUTION:
        notice = sale.agent_notice_at
        if notice is None or notice >= sale.accepted_at:
            message = "the agent gives notice that he has bought, and only then is the sale made"
            findings.append(
                found(
                    "MUR-09", "agent_notice_at", message,
                    observed=str(notice) if notice else None, limit=str(sale.accepted_at),
                )
            )  # fmt: skip
    return findings


def rule_mur_11(facts: MurabahaFacts) -> list[Finding]:
    """The cost is what others were paid for the goods, and the customer knows it and the profit."""
    findings: list[Finding] = []
    for place, item in enumerate(facts.purchase.cost_items if facts.purchase else ()):
        if item.kind not in DIRECT_COSTS:
            message = "the cost holds the price and direct expenses of the goods, nothing else"
            observed = f"{item.kind} {facts.printed(item.amount_minor)}"
            findings.append(found("MUR-11", f"cost_items.{place}.kind", message, observed=observed))
        is_third_party = item.payee_id.startswith(PARTY_PREFIX)
        if not is_third_party or item.payee_id in _own_side(facts):
            message = "a cost is paid to a third party, not to the institution's staff or customer"
            findings.append(
                found("MUR-11", f"cost_items.{place}.payee_id", message, observed=item.payee_id)
            )
    sale = facts.sale
    if sale is None:
        return findings
    for field, disclosed, true in (
        ("disclosed.cost", sale.disclosed_cost_minor, facts.cost_minor),
        ("disclosed.profit", sale.disclosed_profit_minor, facts.profit_minor),
    ):
        if disclosed is None or disclosed != true:
            message = "the customer is told cost and profit apart, as they are"
            findings.append(
                found("MUR-11", field, message, observed=facts.printed(disclosed),
                      limit=facts.printed(true))
            )  # fmt: skip
    if not sale.is_acknowledged:
        message = "the customer must acknowledge the disclosed cost and profit"
        findings.append(found("MUR-11", "disclosure_acknowledged", message, observed="false"))
    return findings


def _own_side(facts: MurabahaFacts) -> frozenset[str]:
    return frozenset({facts.borrower_id} if facts.borrower_id else ())
