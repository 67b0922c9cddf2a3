"""The procedure of Ar-Rahnu: terms, notices, auctions, fees at their end, giving back (ARN)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sanduq.rahnu.facts import Licence
from sanduq.rahnu.facts_sale import LiquidationConsent, Lot, NoticeKind, SaleChannel
from sanduq.shariah.model import Severity, ShariahProfile
from sanduq.shariah.rulebook import load_rulebook
from tests.make.rahn_facts import (
    DAY,
    DUE_ON,
    HOUR,
    NOON,
    NOTICES,
    PLEDGE,
    TODAY,
    fields_refused,
    findings_of,
    pledge,
    with_first,
    with_part,
)

LOTS = (Lot("itm_a", 4_000_00), Lot("itm_b", 3_000_00), Lot("itm_c", 1_000_00))


def notices_without(kind, **changes):
    """The four notices with one of them changed, or taken away."""
    kept = [each for each in NOTICES if each.kind is not kind]
    changed = [replace(each, **changes) for each in NOTICES if each.kind is kind and changes]
    return pledge(notice=None, notices=(*kept, *changed))


def giving(kind, **changes):
    """A notice being given, after those before it."""
    place = list(NoticeKind).index(kind)
    return pledge(sale=None, notice=replace(NOTICES[place], **changes), notices=NOTICES[:place])


def third(**changes):
    return with_part("sale", attempt=3, reserve_minor=None, **changes)


REFUSED = [
    ("ARN-01", pledge(terms=None), ["template_id"]),
    ("ARN-01", pledge(term_months=7), ["term_months"]),
    ("ARN-01", with_part("extension", count=2), ["extensions"]),
    ("ARN-01", with_part("extension", months=7), ["extension_months"]),
    ("ARN-01", with_part("extension", added_minor=1), ["debt"]),
    ("ARN-02", pledge(terms=None), ["template_id"]),
    *(("ARN-02", notices_without(kind), [f"notices.{kind}"]) for kind in NoticeKind),
    *(("ARN-02", notices_without(kind, proof=None), [f"notices.{kind}"]) for kind in NoticeKind),
    ("ARN-02", notices_without(NoticeKind.AUCTION, given_on=TODAY - 13 * DAY), ["sale_on"]),
    ("ARN-02", notices_without(NoticeKind.REMINDER, given_on=TODAY - 13 * DAY), ["sale_on"]),
    ("ARN-02", giving(NoticeKind.MATURITY, given_on=DUE_ON - DAY), ["given_on"]),
    ("ARN-02", giving(NoticeKind.DEFAULT, given_on=DUE_ON + 6 * DAY), ["given_on"]),
    ("ARN-02", giving(NoticeKind.AUCTION, sale_on=TODAY - DAY), ["sale_on"]),
    ("ARN-02", giving(NoticeKind.AUCTION, payoff_minor=None), ["notices.auction.payoff"]),
    ("ARN-02", replace(giving(NoticeKind.AUCTION), notices=NOTICES[:2]), ["notices.default"]),
    ("ARN-02", replace(giving(NoticeKind.DEFAULT), notices=()),
     ["notices.reminder", "notices.maturity"]),
    ("ARN-03", pledge(consent=None),
     ["liquidation_consent.signing", "liquidation_consent.default"]),
    ("ARN-03", pledge(consent=LiquidationConsent(signed_on=DUE_ON)),
     ["liquidation_consent.default"]),
    ("ARN-03", pledge(consent=LiquidationConsent(confirmed_on=TODAY)),
     ["liquidation_consent.signing"]),
    ("ARN-04", with_part("sale", is_payoff_open=False, sold_at=None), ["payoff"]),
    ("ARN-04", with_part("sale", paid_off_at=NOON - HOUR), ["sold_at"]),
    ("ARN-04", with_part("sale", paid_off_at=NOON, sold_at=None), ["sold_at"]),
    ("ARN-05", with_part("sale", announced_at=None), ["announced_at"]),
    ("ARN-05", with_part("sale", announced_at=NOON), ["announced_at"]),
    ("ARN-05", with_part("sale", auctioneer_licence=None), ["auctioneer_licence"]),
    ("ARN-05", with_first("bids", withdrawn_at=NOON - HOUR), ["bids"]),
    ("ARN-05", with_first("bids", withdrawn_at=NOON, session_ends_at=None), ["bids"]),
    ("ARN-06", with_part("sale", reserve_minor=6_749_99), ["reserve"]),
    ("ARN-06", with_part("sale", reserve_minor=None), ["reserve"]),
    ("ARN-06", with_part("sale", attempt=2, market_minor=None), ["reserve"]),
    ("ARN-07", with_part("sale", price_minor=6_749_99), ["price"]),
    ("ARN-07", third(), ["best_price_notice"]),
    ("ARN-08", with_part("sale", lots=LOTS, needed_minor=7_000_00), ["lots.itm_c"]),
    ("ARN-08", with_part("sale", lots=LOTS, needed_minor=4_000_00),
     ["lots.itm_a", "lots.itm_b", "lots.itm_c"]),
    ("ARN-09", with_part("surplus", pay_by_on=TODAY + 8 * DAY), ["pay_by_on"]),
    ("ARN-09", with_part("surplus", pay_by_on=None), ["pay_by_on"]),
    ("ARN-10", with_part("fee_end", sold_on=TODAY - DAY), ["fee.charged_through_on"]),
    ("ARN-10", with_part("fee_end", ready_on=TODAY - DAY), ["fee.charged_through_on"]),
    ("ARN-11", pledge(licence=None), ["licence"]),
    ("ARN-11", pledge(licence=Licence("islamic_pawnbroker", " ", None)), ["licence"]),
    ("ARN-11", with_part("licence", expires_on=TODAY - DAY), ["licence.expires_on"]),
    ("ARN-12", with_part("release", recipient_id=None), ["recipient_id"]),
    ("ARN-12", with_part("release", is_owner=False), ["agent_proof"]),
    ("ARN-12", with_part("release", ticket_number=None), ["ticket"]),
]  # fmt: skip
PASSING = [
    ("ARN-01", pledge(extension=None)),
    ("ARN-02", notices_without(NoticeKind.REMINDER, given_on=TODAY - 14 * DAY)),  # late, waited
    ("ARN-02", giving(NoticeKind.REMINDER)),
    ("ARN-02", giving(NoticeKind.MATURITY)),
    ("ARN-02", giving(NoticeKind.DEFAULT)),
    ("ARN-02", giving(NoticeKind.AUCTION)),
    ("ARN-02", replace(with_part("sale", channel=SaleChannel.TO_CREDITOR), notice=None,
                       notices=())),
    ("ARN-03", pledge(sale=None, consent=None)),
    ("ARN-04", with_part("sale", paid_off_at=NOON + HOUR)),
    ("ARN-05", with_part("sale", is_licence_required=False, auctioneer_licence=None)),
    ("ARN-05", with_first("bids", withdrawn_at=NOON)),
    ("ARN-05", with_part("sale", channel=SaleChannel.DEALER, announced_at=None)),
    ("ARN-06", third()),
    ("ARN-07", third(best_price_notice_id="ntc_1", price_minor=7_000_00)),
    ("ARN-08", with_part("sale", lots=LOTS, needed_minor=7_000_01)),
    ("ARN-08", with_part("sale", lots=LOTS[:1], needed_minor=1)),
    ("ARN-09", with_part("surplus", amount_minor=0, pay_by_on=None)),
    ("ARN-10", with_part("fee_end", charged_through_on=TODAY - DAY)),
    ("ARN-11", with_part("licence", expires_on=None)),
    ("ARN-12", with_part("release", is_owner=False, agent_proof_id="doc_5",
                         ticket_number=None, loss_declaration_id="doc_6")),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "facts", "fields"), REFUSED)
def test_a_rule_of_the_procedure_refuses_what_it_must(rule_id, facts, fields):
    assert fields_refused(rule_id, facts) == fields


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_a_rule_of_the_procedure_passes_what_it_must(rule_id, facts):
    assert findings_of(rule_id, facts) == []


def test_arn_02_the_days_are_the_templates():
    patient = replace(PLEDGE.terms, auction_notice_days=30)
    facts = replace(PLEDGE, terms=patient, notice=None)
    (found,) = findings_of("ARN-02", facts)
    assert found.limit == str(NOTICES[3].given_on + timedelta(days=30))


def test_arn_03_binds_under_bnm_is_told_by_others_in_malaysia_and_asked_nowhere_else():
    facts = pledge(consent=None)
    for profile, severity in (
        (ShariahProfile.MY_BNM, Severity.BLOCK),
        (ShariahProfile.MY_NONBANK, Severity.DISCLOSE),
    ):
        found = findings_of("ARN-03", replace(facts, profile=profile))
        assert {each.severity for each in found} == {severity}
    assert ShariahProfile.AAOIFI not in load_rulebook()["ARN-03"].profiles


def test_arn_09_a_surplus_paid_late_is_paid_all_the_same_and_noted():
    facts = with_part("surplus", paid_on=TODAY + 8 * DAY, statement_on=TODAY + 9 * DAY)
    found = findings_of("ARN-09", facts)
    assert [(each.field, each.severity) for each in found] == [
        ("statement_on", Severity.WARN),
        ("paid_on", Severity.WARN),
    ]
