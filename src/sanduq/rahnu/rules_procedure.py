"""Checks of the procedure of Ar-Rahnu (ARN): terms, notices, the auction, and giving back.

The day counts are the template's, never figures of this module.
"""

from __future__ import annotations

from datetime import date, timedelta

from sanduq.rahnu.facts import RahnFacts
from sanduq.rahnu.facts_sale import NoticeFact, NoticeKind, SaleChannel, SaleFact
from sanduq.rahnu.model import BP
from sanduq.rahnu.templates.model import PledgeTerms
from sanduq.shariah.model import Finding, Severity, ShariahProfile
from sanduq.shariah.rulebook import found


def rule_arn_01(facts: RahnFacts) -> list[Finding]:
    """Term and extensions stay within the template's, and an extension adds nothing."""
    terms = facts.terms
    if terms is None:
        return [found("ARN-01", "template_id", "the term and its extensions must be stated")]
    findings = []
    limits = [("term_months", facts.term_months, terms.term_months_max)]
    extended = facts.extension
    if extended is not None:
        limits.append(("extensions", extended.count, terms.extensions_max))
        limits.append(("extension_months", extended.months, terms.extension_months_max))
    for field, asked, most in limits:
        if asked is not None and asked > most:
            message = f"the template allows no more {field.replace('_', ' ')}"
            findings.append(found("ARN-01", field, message, observed=str(asked), limit=str(most)))
    if extended is not None and extended.added_minor != 0:
        message = "an extension adds nothing to the debt"
        findings.append(
            found("ARN-01", "debt", message, observed=facts.printed(extended.added_minor),
                  limit=facts.printed(0))
        )  # fmt: skip
    return findings


def rule_arn_02(facts: RahnFacts) -> list[Finding]:
    """Reminder, maturity, default and auction notices come in order, in time and with proof."""
    terms, sale = facts.terms, facts.sale
    if terms is None:
        return [found("ARN-02", "template_id", "the days of the notices must be known")]
    findings = []
    if facts.notice is not None:
        findings.extend(_notice_findings(facts, terms, facts.notice))
    if sale is not None and sale.channel is not SaleChannel.TO_CREDITOR:
        findings.extend(_ladder_findings(facts, terms, sale))
    return findings


_BEFORE = {
    NoticeKind.REMINDER: (),
    NoticeKind.MATURITY: (),
    NoticeKind.DEFAULT: (NoticeKind.REMINDER, NoticeKind.MATURITY),
    NoticeKind.AUCTION: (NoticeKind.REMINDER, NoticeKind.MATURITY, NoticeKind.DEFAULT),
}


def _notice_findings(facts: RahnFacts, terms: PledgeTerms, notice: NoticeFact) -> list[Finding]:
    findings = _missing(facts, _BEFORE[notice.kind])
    due_on = facts.obligation.due_on if facts.obligation is not None else None
    earliest = None
    if due_on is not None and notice.kind is NoticeKind.MATURITY:
        earliest = due_on
    if due_on is not None and notice.kind is NoticeKind.DEFAULT:
        earliest = due_on + timedelta(days=terms.default_notice_days)
    if earliest is not None and notice.given_on < earliest:
        message = f"the {notice.kind} notice is not given before its day"
        findings.append(_late("given_on", message, notice.given_on, earliest))
    if notice.kind is NoticeKind.AUCTION:
        findings.extend(_auction_notice_findings(terms, notice))
    return findings


def _auction_notice_findings(terms: PledgeTerms, notice: NoticeFact) -> list[Finding]:
    findings = [
        found("ARN-02", f"notices.auction.{name}", f"the notice of the auction states the {name}")
        for name, stated in (
            ("sale_on", notice.sale_on),
            ("place", notice.place),
            ("reserve", notice.reserve_minor),
            ("payoff", notice.payoff_minor),
        )
        if not stated
    ]
    earliest = notice.given_on + timedelta(days=terms.auction_notice_days)
    if notice.sale_on is not None and notice.sale_on < earliest:
        message = "the sale lies too soon after its notice"
        findings.append(_late("sale_on", message, notice.sale_on, earliest))
    return findings


def _ladder_findings(facts: RahnFacts, terms: PledgeTerms, sale: SaleFact) -> list[Finding]:
    findings = _missing(facts, tuple(NoticeKind))
    at = sale.sold_at or sale.sale_at or facts.at
    sale_on = at.date() if at is not None else facts.on
    # A reminder that came late is made good by waiting as long after it.
    waits = {
        NoticeKind.REMINDER: terms.reminder_days,
        NoticeKind.AUCTION: terms.auction_notice_days,
    }
    due_on = facts.obligation.due_on if facts.obligation is not None else None
    for kind, days in waits.items():
        given = [each.given_on for each in facts.notices if each.kind is kind and each.proof]
        if not given or (
            kind is NoticeKind.REMINDER and due_on is not None and min(given) <= due_on
        ):
            continue
        earliest = min(given) + timedelta(days=days)
        if sale_on < earliest:
            message = f"the sale lies too soon after the {kind} notice"
            findings.append(_late("sale_on", message, sale_on, earliest))
    return findings


def _missing(facts: RahnFacts, kinds: tuple[NoticeKind, ...]) -> list[Finding]:
    proven = {each.kind for each in facts.notices if each.proof}
    return [
        found("ARN-02", f"notices.{kind}",
              f"the {kind} notice must be given first, with proof of its delivery")
        for kind in kinds
        if kind not in proven
    ]  # fmt: skip


def _late(field: str, message: str, day: date, earliest: date) -> Finding:
    return found("ARN-02", field, message, observed=str(day), limit=str(earliest))


def rule_arn_03(facts: RahnFacts) -> list[Finding]:
    """The customer agreed to a sale at signing, and was asked again at default."""
    if facts.sale is None:
        return []
    consent = facts.consent
    wanting = {
        "signing": consent is not None and consent.signed_on is not None,
        "default": consent is not None and consent.confirmed_on is not None,
    }
    # Outside the central bank's reach its council's ruling is told, and binds nobody.
    is_bound = facts.profile is ShariahProfile.MY_BNM
    return [
        found("ARN-03", f"liquidation_consent.{when}",
              f"the customer's consent to the sale is needed at {when}",
              severity=None if is_bound else Severity.DISCLOSE)
        for when, is_given in wanting.items()
        if not is_given
    ]  # fmt: skip


def rule_arn_04(facts: RahnFacts) -> list[Finding]:
    """Until the hammer falls the owner may pay and take the pledge back."""
    sale = facts.sale
    if sale is None:
        return []
    findings = []
    if not sale.is_payoff_open and sale.sold_at is None:
        message = "the owner may pay and take the pledge back until it is sold"
        findings.append(found("ARN-04", "payoff", message, observed="closed", limit="open"))
    if sale.paid_off_at is not None and (sale.sold_at is None or sale.paid_off_at <= sale.sold_at):
        message = "the debt was paid before the hammer fell: the pledge goes back to its owner"
        findings.append(found("ARN-04", "sold_at", message, observed=sale.paid_off_at.isoformat()))
    return findings


def rule_arn_05(facts: RahnFacts) -> list[Finding]:
    """An auction is announced and open, its auctioneer licensed, and its bids bind."""
    findings = [
        found("ARN-05", "bids", "a bid binds its bidder until the session ends",
              observed=bid.withdrawn_at.isoformat(),
              limit=bid.session_ends_at.isoformat() if bid.session_ends_at else None)
        for bid in facts.bids
        if bid.withdrawn_at is not None
        and (bid.session_ends_at is None or bid.withdrawn_at < bid.session_ends_at)
    ]  # fmt: skip
    sale = facts.sale
    if sale is None or sale.channel is not SaleChannel.AUCTION:
        return findings
    begun = sale.sold_at or sale.sale_at
    if sale.announced_at is None or (begun is not None and sale.announced_at >= begun):
        message = "an auction is announced to the public before it is held"
        findings.append(found("ARN-05", "announced_at", message))
    if sale.is_licence_required and not sale.auctioneer_licence:
        message = "the law asks for a licensed auctioneer"
        findings.append(found("ARN-05", "auctioneer_licence", message))
    return findings


def rule_arn_06(facts: RahnFacts) -> list[Finding]:
    """The reserve follows the market of the day, not the debt."""
    sale, terms = facts.sale, facts.terms
    if sale is None or sale.channel is not SaleChannel.AUCTION or sale.attempt >= 3:
        return []
    if sale.market_minor is None or sale.reserve_minor is None or terms is None:
        message = "an auction has a reserve, set from the market value of the day"
        return [found("ARN-06", "reserve", message)]
    least = -(-sale.market_minor * terms.reserve_bp // BP)
    if sale.reserve_minor >= least:
        return []
    message = "the reserve is set from the market value of the day, not from the debt"
    return [
        found("ARN-06", "reserve", message, observed=facts.printed(sale.reserve_minor),
              limit=facts.printed(least))
    ]  # fmt: skip


def rule_arn_07(facts: RahnFacts) -> list[Finding]:
    """Twice at the reserve; a third time at the best price, after notice."""
    sale = facts.sale
    if sale is None or sale.channel is not SaleChannel.AUCTION:
        return []
    if sale.attempt >= 3:
        if sale.best_price_notice_id is not None:
            return []
        message = "a third auction sells at the best price only after notice to owner or board"
        return [found("ARN-07", "best_price_notice", message, observed=str(sale.attempt))]
    if (
        sale.price_minor is not None
        and sale.reserve_minor is not None
        and sale.price_minor < sale.reserve_minor
    ):
        message = "below its reserve the lot is not sold: put it up again"
        return [
            found("ARN-07", "price", message, observed=facts.printed(sale.price_minor),
                  limit=facts.printed(sale.reserve_minor))
        ]  # fmt: skip
    return []


def rule_arn_08(facts: RahnFacts) -> list[Finding]:
    """No item is sold that the debt and the costs do not need."""
    sale = facts.sale
    if sale is None or not sale.lots or sale.needed_minor is None:
        return []
    total = sum(lot.value_minor for lot in sale.lots)
    spare = [lot for lot in sale.lots if total - lot.value_minor >= sale.needed_minor]
    if not spare:
        return []
    message = "the debt and the costs are covered without this item: it goes back to its owner"
    return [
        found("ARN-08", f"lots.{lot.item_id}", message, observed=facts.printed(total),
              limit=facts.printed(sale.needed_minor))
        for lot in spare
    ]  # fmt: skip


def rule_arn_09(facts: RahnFacts) -> list[Finding]:
    """The statement and the surplus reach the owner within the template's days of the sale."""
    left = facts.surplus
    if left is None or left.amount_minor <= 0 or facts.terms is None:
        return []
    limit = left.sold_on + timedelta(days=facts.terms.surplus_days)
    findings = []
    if left.pay_by_on is None or left.pay_by_on > limit:
        message = "the surplus is promised within the template's days of the sale"
        day = str(left.pay_by_on) if left.pay_by_on else None
        findings.append(found("ARN-09", "pay_by_on", message, observed=day, limit=str(limit)))
    # What is late is paid all the same: to refuse it would make it later still.
    findings.extend(
        found("ARN-09", field, "the owner waited longer than the template promises",
              observed=str(day), limit=str(limit), severity=Severity.WARN)
        for field, day in (("statement_on", left.statement_on), ("paid_on", left.paid_on))
        if day is not None and day > limit
    )  # fmt: skip
    return findings


def rule_arn_10(facts: RahnFacts) -> list[Finding]:
    """No custody fee runs after the sale, or after the pledge was ready to be fetched."""
    ended = facts.fee_end
    if ended is None:
        return []
    stops = [day for day in (ended.sold_on, ended.ready_on) if day is not None]
    if not stops or ended.charged_through_on <= min(stops):
        return []
    message = "the custody fee ends when the pledge is sold or ready to be fetched"
    return [
        found("ARN-10", "fee.charged_through_on", message, observed=str(ended.charged_through_on),
              limit=str(min(stops)))
    ]  # fmt: skip


def rule_arn_11(facts: RahnFacts) -> list[Finding]:
    """The operator holds the licence its law asks for, and it has not run out."""
    licence = facts.licence
    if licence is None or not licence.number.strip():
        message = "the operator's licence must be recorded: its kind, number and last day"
        return [found("ARN-11", "licence", message)]
    if licence.expires_on is not None and licence.expires_on < facts.on:
        message = "the operator's licence has run out"
        return [
            found("ARN-11", "licence.expires_on", message, observed=str(licence.expires_on),
                  limit=str(facts.on))
        ]  # fmt: skip
    return []


def rule_arn_12(facts: RahnFacts) -> list[Finding]:
    """The pledge goes to its owner or a proven agent or heir, against ticket or declaration."""
    released = facts.release
    if released is None:
        return []
    findings = []
    if released.recipient_id is None:
        message = "who receives the pledge must be identified"
        findings.append(found("ARN-12", "recipient_id", message))
    elif not released.is_owner and released.agent_proof_id is None:
        message = "another than the owner proves to be the owner's agent or heir"
        findings.append(found("ARN-12", "agent_proof", message, observed=released.recipient_id))
    if not released.ticket_number and released.loss_declaration_id is None:
        message = "the pledge is given back against its ticket, or a declaration that it is lost"
        findings.append(found("ARN-12", "ticket", message))
    return findings
