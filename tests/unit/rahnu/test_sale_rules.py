"""When a pledge may be sold, at what price, to whom, and who is paid (RHN-20, 22 to 25)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sanduq.rahnu.facts_pledge import ObligationKind, SecuredObligation
from sanduq.rahnu.facts_sale import LiquidationConsent, OwnerSale, SaleChannel
from sanduq.rahnu.model import waterfall
from sanduq.shariah.model import Severity
from tests.make.rahn_facts import (
    CREDITOR,
    DAY,
    DUE_ON,
    HOUR,
    NOON,
    PLEDGE,
    TERMS,
    TODAY,
    fields_refused,
    findings_of,
    pledge,
    with_first,
    with_part,
)

NOT_DUE = SecuredObligation(ObligationKind.QARD, 5_250_00, TODAY + DAY)
SHORT = waterfall(5_000_00, 0, 5_250_00, 0, has_owner_sale_costs=False)
NO_AGENCY = replace(TERMS, has_sale_agency=False)
OWN_SALE = {
    "channel": SaleChannel.TO_CREDITOR,
    "buyer_id": CREDITOR,
    "owner_sale": OwnerSale("doc_9", 7_500_00, 2_050_00, 2_050_00),
    "is_related": True,
}
REFUSED = [
    ("RHN-20", pledge(surplus=None), ["surplus"]),
    ("RHN-20", with_part("surplus", recorded_on=TODAY + DAY), ["surplus"]),
    ("RHN-20", with_part("surplus", amount_minor=2_049_99), ["surplus"]),
    ("RHN-20", with_part("waterfall", to_fee_minor=100_01), ["to_fee"]),
    ("RHN-20", with_part("waterfall", surplus_minor=0), ["surplus"]),
    (
        "RHN-20",  # the costs of the sale are the creditor's without a clause
        pledge(terms=replace(TERMS, has_owner_sale_costs=False)),
        ["costs", "surplus", "surplus"],
    ),
    ("RHN-20", with_part("shortfall", added_minor=1), ["shortfall"]),
    ("RHN-20", pledge(waterfall=SHORT, surplus=None), ["shortfall"]),
    ("RHN-22", pledge(terms=NO_AGENCY), ["sale_agency_clause"]),
    ("RHN-22", pledge(terms=NO_AGENCY, consent=None), ["sale_agency_clause"]),
    ("RHN-23", pledge(obligation=NOT_DUE), ["obligation.is_past_due"]),
    ("RHN-23", pledge(obligation=None), ["obligation.is_past_due"]),
    ("RHN-23", pledge(obligation=NOT_DUE, sale=None), ["obligation.is_past_due"]),  # the notice
    ("RHN-23", with_part("obligation", outstanding_minor=0), ["obligation.is_past_due"]),
    ("RHN-24", with_part("sale", market_minor=None), ["market_reference"]),
    ("RHN-24", with_part("sale", reference_at=None), ["market_reference"]),
    ("RHN-24", with_part("sale", reference_at=NOON - 25 * HOUR), ["market_reference"]),
    ("RHN-24", with_part("sale", reference_at=NOON + HOUR), ["market_reference"]),
    ("RHN-24", with_part("sale", price_minor=7_349_99), ["price"]),
    ("RHN-25", with_first("bids", is_related=True), ["bidder_id"]),
    ("RHN-25", with_first("bids", is_identified=False), ["bidder_id"]),
    ("RHN-25", with_part("sale", is_related=True), ["buyer_id"]),
]
PASSING = [
    ("RHN-20", pledge(waterfall=None, surplus=None)),
    ("RHN-20", replace(PLEDGE, waterfall=SHORT, surplus=None,
                       shortfall=replace(PLEDGE.shortfall, recorded_minor=250_00))),
    ("RHN-22", pledge(terms=NO_AGENCY, consent=LiquidationConsent(fresh_consent_id="doc_3"))),
    ("RHN-22", pledge(terms=NO_AGENCY, consent=LiquidationConsent(order_reference="Court 9/2"))),
    ("RHN-22", replace(with_part("sale", **OWN_SALE), terms=NO_AGENCY)),
    ("RHN-23", replace(with_part("sale", **OWN_SALE), obligation=NOT_DUE, notice=None)),
    ("RHN-23", pledge(obligation=NOT_DUE, sale=None, notice=None, is_margin_call=True)),
    ("RHN-24", with_part("sale", price_minor=7_350_00)),  # 7,500 less two in a hundred
    ("RHN-24", with_part("sale", price_minor=7_000_00, price_consent_id="doc_4")),
    ("RHN-24", with_part("sale", price_minor=None, sold_at=None, reference_at=None)),
    ("RHN-25", with_part("sale", **OWN_SALE)),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "facts", "fields"), REFUSED)
def test_a_rule_of_the_sale_refuses_what_it_must(rule_id, facts, fields):
    assert fields_refused(rule_id, facts) == fields
    assert {each.severity for each in findings_of(rule_id, facts)} == {Severity.BLOCK}


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_a_rule_of_the_sale_passes_what_it_must(rule_id, facts):
    assert findings_of(rule_id, facts) == []


def test_rhn_23_the_message_names_the_margin_call_and_the_due_date():
    facts = pledge(obligation=replace(NOT_DUE, due_on=DUE_ON), is_margin_call=True)
    (found,) = findings_of("RHN-23", facts)
    assert (found.code, found.observed) == ("PLEDGE_SALE_BEFORE_DUE", "MARGIN_CALL")
    assert found.limit == "due on 2026-02-01"
    assert "margin call alone" in found.message
