"""Shariah checks of the facility, its first contract and its promise (SCF-01 to 05, 09 to 20)."""

from __future__ import annotations

from math import floor

from sanduq.kit.days import add_months
from sanduq.sarf.clause_words import TextKind, faulty
from sanduq.sarf.facts import SarfFacts
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

QUESTIONS = ("wafa", "inah", "gharar")
"""What the board must have answered before anyone is served: sale with a right to the thing back,
sale and resale as a device, and uncertainty of the terms.
"""


def rule_scf_01(facts: SarfFacts) -> list[Finding]:
    """The board answered the three questions for exactly these words, and stands by it."""
    board = facts.board
    if board is None or board.resolution is None:
        message = "the facility needs a resolution of the Shariah board, and has none"
        return [found("SCF-01", "resolution", message)]
    findings = []
    if not board.resolution.is_in_force(facts.on):
        message = f"resolution {board.resolution.resolution_id} is not in force on this day"
        findings.append(found("SCF-01", "resolution", message, observed=str(facts.on)))
    if "SCF-01" not in board.resolution.rule_ids:
        message = f"resolution {board.resolution.resolution_id} does not speak to the facility"
        findings.append(found("SCF-01", "resolution.scope", message, limit="SCF-01"))
    message = "the board's resolution leaves a question open that it must answer"
    findings += [
        found("SCF-01", "resolution.answers", message, limit=question)
        for question in QUESTIONS
        if question not in board.answers
    ]
    if board.approved is None or board.approved != board.current:
        message = "these words are not those the board approved"
        findings.append(
            found("SCF-01", "terms", message, observed=board.current, limit=board.approved)
        )
    return findings


def rule_scf_02(facts: SarfFacts) -> list[Finding]:
    """A true sale: the institution owns the gold, and nothing makes the customer a debtor."""
    sale = facts.purchase
    if sale is None:
        return []
    message = "the sale leaves the customer owing nothing: this refers to it as to a debt"
    findings = [
        found("SCF-02", "debt_references", message, observed=reference)
        for reference in sale.debt_references
    ]
    findings += [
        found("SCF-02", "contract_1", "these words speak of a debt", observed=fault.words)
        for text in sale.texts
        for fault in faulty(text, TextKind.MESSAGE)
    ]
    if not sale.is_owned:
        message = "the gold bought enters the institution's own stock, with its risk and gain"
        findings.append(found("SCF-02", "inventory", message, observed="not owned"))
    return findings


def rule_scf_03(facts: SarfFacts) -> list[Finding]:
    """The first contract neither states nor conditions a second one."""
    sale = facts.purchase
    if sale is None:
        return []
    message = "the first contract does not speak of a second one at all, not even to deny it"
    findings = [
        found("SCF-03", "contract_1", message, observed=fault.words)
        for text in sale.texts
        for fault in faulty(text, TextKind.CONTRACT_1)
    ]
    message = "the first contract's data name a promise or a second contract"
    findings += [found("SCF-03", "links", message, observed=link) for link in sale.links]
    return findings


def rule_scf_04(facts: SarfFacts) -> list[Finding]:
    """The promise is a paper of its own, issued after the sale was complete."""
    promise = facts.promise
    if promise is None:
        return []
    findings = []
    if not promise.is_own_document:
        message = "the promise is a document of its own"
        findings.append(found("SCF-04", "promise.document", message, observed="not separate"))
    closed_at, issued_at = promise.purchase_closed_at, promise.issued_at
    if not promise.is_purchase_closed or closed_at is None:
        message = "the sale is complete before anything is promised"
        findings.append(found("SCF-04", "purchase", message, observed="not closed"))
    elif issued_at is None or issued_at < closed_at:
        # A clock that stands still gives both acts one instant: that the sale is closed tells
        # their order then, so the same instant passes and an earlier one does not.
        message = "the promise is issued after the sale is complete"
        findings.append(
            found(
                "SCF-04", "promise.issued_at", message,
                observed=issued_at.isoformat() if issued_at is not None else None,
                limit=closed_at.isoformat(),
            )
        )  # fmt: skip
    return findings


def rule_scf_05(facts: SarfFacts) -> list[Finding]:
    """The time the board set lies before the window, and a purchase lies in the window."""
    promise = facts.promise
    if promise is None:
        return []
    opens_on, closes_on, sold_on = promise.opens_on, promise.closes_on, promise.purchase_on
    if opens_on is None or closes_on is None or sold_on is None:
        message = "the days of the sale and of the window must be known"
        return [found("SCF-05", "window", message)]
    findings = []
    earliest_on = add_months(sold_on, promise.gap_months_min)
    if opens_on < earliest_on:
        message = "the window opens too soon for the gold's value to have been able to change"
        findings.append(
            found("SCF-05", "opens_on", message, observed=str(opens_on), limit=str(earliest_on))
        )
    if closes_on < opens_on:
        message = "the window closes before it opens"
        findings.append(
            found("SCF-05", "closes_on", message, observed=str(closes_on), limit=str(opens_on))
        )
    second = facts.second
    if second is not None and not opens_on <= second.on <= closes_on:
        message = "the promise is called upon in its window, both days included"
        findings.append(
            found("SCF-05", "contract_2.on", message, observed=str(second.on),
                  limit=f"{opens_on} to {closes_on}")
        )  # fmt: skip
    return findings


def rule_scf_09(facts: SarfFacts) -> list[Finding]:
    """The customer is never bound to buy, nor loses anything by not buying, nor is pressed."""
    message = "who does not buy loses nothing for it"
    findings = [found("SCF-09", "burdens", message, observed=each) for each in facts.burdens]
    findings += [
        found("SCF-09", "message", "these words press the customer", observed=fault.words)
        for text in facts.messages
        for kind in (TextKind.MESSAGE, TextKind.PROMISE)
        for fault in faulty(text, kind)
    ]
    promise = facts.promise
    if promise is None:
        return findings
    message = "the customer may buy or not: nothing binds him"
    bound = [each.promisor_id for each in promise.counter_promises if each.is_binding]
    words = [fault.words for fault in faulty(promise.text, TextKind.PROMISE)]
    if promise.promisee_id is not None and promise.promisee_id in promise.promisors:
        bound.append(promise.promisee_id)
    findings += [
        found("SCF-09", "promise", message, observed=each)
        for each in (*promise.promisee_duties, *bound, *words)
    ]
    return findings


def rule_scf_10(facts: SarfFacts) -> list[Finding]:
    """When gold falls the loss is the institution's: nothing is called for, nothing claimed."""
    message = "the institution bears the fall of gold it owns: nothing is asked of the customer"
    return [found("SCF-10", "recourse", message, observed=each) for each in facts.recourse]


def rule_scf_11(facts: SarfFacts) -> list[Finding]:
    """Nobody pays the institution for keeping its own gold."""
    fees = facts.purchase.fees if facts.purchase is not None else ()
    message = "the gold is the institution's own: no custody or service fee is taken for it"
    return [
        found("SCF-11", f"fees.{fee.kind}", message, observed=facts.printed(fee.amount_minor),
              limit=facts.printed(0))
        for fee in fees
        if fee.amount_minor != 0
    ]  # fmt: skip


def rule_scf_16(facts: SarfFacts) -> list[Finding]:
    """The customer acknowledged, line by line, what the sale is and what a purchase would cost."""
    paper = facts.disclosure
    if paper is None or not paper.lines:
        message = "the customer is told first what the sale takes and what he may do later"
        return [found("SCF-16", "disclosure_ack", message)]
    message = "the customer must acknowledge this line of the disclosure"
    return [
        found("SCF-16", "disclosure_ack", message, observed=line, limit=paper.version)
        for line in paper.lines
        if line not in paper.acknowledged
    ]


def rule_scf_17(facts: SarfFacts) -> list[Finding]:
    """The time to think lies before the offer; nothing undoes the contract after it."""
    sale = facts.purchase
    if sale is None:
        return []
    findings = []
    if sale.waited_hours is None or sale.waited_hours < sale.wait_hours_min:
        message = "the customer has had no time to think since the quote"
        observed = f"{floor(sale.waited_hours)} h" if sale.waited_hours is not None else None
        findings.append(
            found("SCF-17", "waited_hours", message, observed=observed,
                  limit=f"{sale.wait_hours_min} h")
        )  # fmt: skip
    if sale.wait_hours_min < 1:
        message = "some time to think is given before the offer"
        findings.append(
            found("SCF-17", "wait_hours_min", message, observed=str(sale.wait_hours_min), limit="1")
        )
    if sale.rescission_days != 0:
        message = "a right to undo the sale afterwards would be an option inside it"
        findings.append(
            found("SCF-17", "rescission_days", message, observed=str(sale.rescission_days),
                  limit="0")
        )  # fmt: skip
    return findings


def rule_scf_18(facts: SarfFacts) -> list[Finding]:
    """Who sells declares to own the gold, and it was looked for among stolen goods."""
    sale = facts.purchase
    if sale is None:
        return []
    findings = []
    if not (sale.owner_declaration or "").strip():
        message = "who sells gold declares to own it"
        findings.append(found("SCF-18", "owner_declaration", message))
    if not (sale.stolen_goods_check or "").strip():
        message = "gold is looked for among stolen goods before it is bought"
        findings.append(found("SCF-18", "stolen_goods_check", message))
    return findings


def rule_scf_20(facts: SarfFacts) -> list[Finding]:
    """No loan to the same customer hangs on the deal."""
    linked = facts.promise.linked_loan_ids if facts.promise is not None else ()
    message = "no loan to the same customer is tied to the deal"
    return [
        found("SCF-20", "ties", message, observed=each)
        for each in dict.fromkeys((*facts.ties, *linked))
    ]
