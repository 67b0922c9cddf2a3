"""What a pledge secures, of what it consists, whose it is and what it is worth (RHN)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sanduq.rahnu.facts_pledge import (
    BookEntry,
    Cancellation,
    CreditorRank,
    ObligationKind,
    PartySide,
    Possession,
    SecuredObligation,
    UseFact,
)
from sanduq.rahnu.facts_sale import OwnerSale, SaleChannel
from sanduq.shariah.model import Severity
from tests.make.rahn_facts import (
    CREDITOR,
    DUE_ON,
    NOON,
    PLEDGE,
    PLEDGOR,
    TERMS,
    VALUED,
    fields_refused,
    findings_of,
    pledge,
    with_first,
    with_part,
)

DAMAGES = SecuredObligation(ObligationKind.DAMAGES, 1_000_00, DUE_ON)
BARE_TERMS = replace(TERMS, has_use_permission=True)
REFUSED = [
    ("RHN-01", pledge(obligation=None), ["secured_obligation_id"]),
    ("RHN-01", with_part("obligation", has_riba=True), ["secured_obligation_id"]),
    (
        "RHN-01",
        with_part("obligation", kind=ObligationKind.RIBA_LOAN),
        ["secured_obligation_id"],
    ),
    ("RHN-02", with_part("obligation", kind=ObligationKind.MUDARABAH), ["limited_to_fault"]),
    ("RHN-02", with_part("obligation", is_trust=True), ["limited_to_fault"]),
    ("RHN-03", pledge(items=()), ["items"]),
    ("RHN-03", with_first("items", is_lawful=False), ["items.itm_bar.type"]),
    ("RHN-03", with_first("items", description=" "), ["items.itm_bar.description"]),
    ("RHN-03", with_first("items", net_weight_mg=0), ["items.itm_bar.weight"]),
    ("RHN-03", with_first("items", fineness_bp=10_001), ["items.itm_bar.fineness"]),
    ("RHN-03", with_first("items", fineness_bp=None), ["items.itm_bar.fineness"]),
    ("RHN-03", with_first("items", has_photo=False), ["items.itm_bar.photos"]),
    ("RHN-03", with_first("items", marks=""), ["items.itm_bar.marks"]),
    (
        "RHN-04",
        with_first("items", has_owner_declaration=False),
        ["items.itm_bar.owner_declaration"],
    ),
    ("RHN-04", with_first("items", owner_id="cpty_aunt"), ["items.itm_bar.owner_consent"]),
    (
        "RHN-04",
        with_first("items", owner_id="cpty_aunt", owner_consent_id="doc_2"),
        ["items.itm_bar.owner_recourse"],
    ),
    (
        "RHN-05",
        pledge(book_entries=(BookEntry("1300", 7_500_00, is_asset=True, is_for_item=True),)),
        ["journal"],
    ),
    ("RHN-05", with_first("items", owner_id=CREDITOR), ["items.itm_bar.owner"]),
    ("RHN-06", pledge(possession=None), ["custody_receipt"]),
    (
        "RHN-06",
        pledge(possession=Possession()),
        [f"custody_receipt.{n}" for n in ("at", "place", "seal_number", "weight", "officers")],
    ),
    (
        "RHN-06",
        with_part("possession", officers=("user_a", "user_a")),
        ["custody_receipt.officers"],
    ),
    ("RHN-07", pledge(cancellation=Cancellation(PartySide.PLEDGOR, 1)), ["outstanding"]),
    ("RHN-15", pledge(use=UseFact(True, 10_00, 10_00)), ["use_permission"]),
    ("RHN-15", pledge(terms=BARE_TERMS), ["use_permission"]),
    ("RHN-15", pledge(obligation=DAMAGES, use=UseFact(False)), ["use_permission"]),
    ("RHN-15", pledge(obligation=DAMAGES, use=UseFact(True, 9_99, 10_00)), ["rent"]),
    ("RHN-15", pledge(obligation=DAMAGES, use=UseFact(True, 10_00)), ["rent"]),
    (
        "RHN-15",
        with_first("clauses", text="The institution may wear the jewellery."),
        ["clauses.0.text"],
    ),
    (
        "RHN-16",
        with_first("clauses", text="We may lend the gold, with a duty to return it."),
        ["clauses.0.text"],
    ),
    (
        "RHN-16",
        with_first("clauses", text="The creditor may sell the pledge before the due date."),
        ["clauses.0.text"],
    ),
    (
        "RHN-16",
        with_first("movements", purpose="lease", is_to_third_party=True),
        ["movements.itm_bar"],
    ),
    ("RHN-27", pledge(creditors=(CreditorRank("a", 1, "d"), CreditorRank("b", 1, None))),
     ["creditors"]),
    ("RHN-27", pledge(creditors=(CreditorRank("a", 1, None), CreditorRank("b", 2, None))),
     ["creditors"]),
    ("RHN-30", pledge(valuations=()), ["valuation"]),
    ("RHN-30", with_first("items", item_id="itm_2"), ["items.itm_2.valuation"]),
    ("RHN-30", with_first("valuations", stone_weight_mg=500), ["valuations.itm_bar.net_weight"]),
    ("RHN-30", with_first("valuations", method=None), ["valuations.itm_bar.method"]),
    ("RHN-30", with_first("valuations", price_source=None), ["valuations.itm_bar.price_source"]),
    (
        "RHN-30",
        with_first("valuations", second_officer_id="user_valuer"),
        ["valuations.itm_bar.second_officer"],
    ),
    ("RHN-30", with_first("valuations", second_officer_id=None),
     ["valuations.itm_bar.second_officer"]),
    (
        "RHN-30",
        with_first("valuations", valued_at=NOON - timedelta(days=1, seconds=1)),
        ["valuations.itm_bar.valued_at"],
    ),
    ("RHN-31", pledge(appraised_minor=None), ["appraised_value"]),
    ("RHN-31", pledge(secured_minor=5_250_01), ["secured_amount"]),
    ("RHN-31", pledge(loan_minor=5_250_01), ["loan"]),
    ("RHN-31", pledge(ltv_bp=7_001, secured_minor=5_250_75), ["loan_to_value_ratio"]),
    ("RHN-33", with_part("renewal", new_principal_minor=5_250_01), ["principal"]),
    ("RHN-33", with_part("renewal", is_fee_settled=False), ["fee_arrears"]),
]  # fmt: skip
PASSING = [
    ("RHN-01", with_part("obligation", kind=ObligationKind.MURABAHA)),
    ("RHN-02", with_part("obligation", kind=ObligationKind.WADIAH, limited_to_fault=True)),
    ("RHN-03", with_first("items", net_weight_mg=None, fineness_bp=None)),  # no metal
    ("RHN-04", with_first("items", owner_id="cpty_aunt", owner_consent_id="doc_2",
                          has_owner_recourse=True)),
    ("RHN-05", pledge(book_entries=(BookEntry("1300", -1, is_asset=True, is_for_item=True),))),
    ("RHN-06", pledge(possession=Possession(registry_reference="LAND-7"))),
    ("RHN-07", pledge(cancellation=Cancellation(PartySide.PLEDGOR, 0))),
    ("RHN-15", pledge(obligation=DAMAGES, terms=BARE_TERMS, use=UseFact(True, 10_00, 10_00))),
    ("RHN-16", with_first("movements", purpose="assay", is_to_third_party=True)),
    ("RHN-27", pledge(creditors=(CreditorRank(CREDITOR, 1, None),))),
    ("RHN-30", with_first("valuations", valued_at=NOON - timedelta(days=1))),
    ("RHN-31", pledge(loan_minor=1)),
    ("RHN-33", with_part("renewal", new_principal_minor=5_000_00, fee_arrears_minor=0)),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "facts", "fields"), REFUSED)
def test_a_rule_of_the_pledge_refuses_what_it_must(rule_id, facts, fields):
    assert fields_refused(rule_id, facts) == fields
    assert {each.severity for each in findings_of(rule_id, facts)} == {Severity.BLOCK}


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_a_rule_of_the_pledge_passes_what_it_must(rule_id, facts):
    assert findings_of(rule_id, facts) == []


def bought(**changes):
    """The creditor buys the pledge of its owner for 7,500.00, of which 2,050.00 is paid out."""
    own = OwnerSale("doc_9", 7_500_00, 2_050_00, 2_050_00)
    return with_part(
        "sale", channel=SaleChannel.TO_CREDITOR, buyer_id=CREDITOR, owner_sale=own, **changes
    )


def test_rhn_21_the_creditor_buys_only_by_a_fresh_sale_at_an_independent_price():
    assert findings_of("RHN-21", bought()) == []
    assert fields_refused("RHN-21", bought(price_minor=7_499_99)) == ["price"]
    unpaid = replace(bought().sale.owner_sale, balance_paid_minor=0)
    facts = pledge(sale=replace(bought().sale, owner_sale=unpaid))
    assert fields_refused("RHN-21", facts) == ["balance"]
    facts = pledge(sale=replace(bought().sale, owner_sale=None))
    (found,) = findings_of("RHN-21", facts)
    assert (found.code, found.field) == ("PLEDGE_FORFEITURE", "owner_sale_contract")


def test_rhn_30_a_valuation_of_tomorrow_is_none():
    later = replace(VALUED, valued_at=datetime(2026, 3, 2, tzinfo=UTC))
    assert fields_refused("RHN-30", pledge(valuations=(later,))) == ["valuations.itm_bar.valued_at"]


def test_rhn_05_the_owner_of_every_item_stays_who_pledged_it():
    assert {item.owner_id for item in PLEDGE.items} == {PLEDGOR}
    assert findings_of("RHN-05", PLEDGE) == []
