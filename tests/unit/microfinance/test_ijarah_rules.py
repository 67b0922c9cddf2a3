"""Each rule of a lease passes what it must and refuses what it must."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.kit.errors import ValidationFailed
from sanduq.microfinance.loans.ijarah.facts import (
    Action,
    Compensation,
    DepositRelease,
    IjarahFacts,
    Let,
    MarketRefund,
    Purchase,
    RentChange,
    Transfer,
    TrueUp,
    Upkeep,
    Use,
)
from sanduq.microfinance.loans.ijarah.model import (
    Clauses,
    Fault,
    FloatingRent,
    MaintenanceKind,
    OwnershipTransfer,
    Side,
    TransferKind,
)
from sanduq.microfinance.loans.ijarah.rules import evaluate_clauses
from sanduq.shariah.model import Severity, ShariahProfile
from sanduq.shariah.rulebook import load_rulebook
from tests.make.ijarah import (
    LAWFUL,
    OPERATING,
    TERMS,
    USD,
    clause,
    findings_at,
    findings_of,
    lease_facts,
)

DAY = date(2024, 6, 1)
FLOATING = FloatingRent("120 less the index above 3", 1, 100_00, 140_00)
GIFT = Transfer(TransferKind.GIFT, "doc_gift", "doc_lease", DAY, True, False, 0)
BOUGHT_BACK = Purchase(is_from_lessee=True)


def floating(**changes: object) -> IjarahFacts:
    return lease_facts(terms=replace(TERMS, floating=replace(FLOATING, **changes)))


def gift(**changes: object) -> IjarahFacts:
    return lease_facts(transfer=replace(GIFT, **changes))


def used(charged: int, days_unusable: int, fault: Fault = Fault.NONE) -> IjarahFacts:
    return lease_facts(uses=(Use(charged, 120_00, 30, days_unusable, fault),))


def upkeep(kind: MaintenanceKind, payer: Side) -> IjarahFacts:
    return lease_facts(upkeep=Upkeep(kind, payer))


def claim(amount: int, fault: Fault, proven: int, past: int = 0) -> IjarahFacts:
    return lease_facts(compensation=Compensation(amount, fault, proven, past))


def let(*others: Let) -> IjarahFacts:
    return lease_facts(planned=Let("ijr_1", DAY, date(2025, 5, 31)), other_lets=others)


def ending(reason: str, overdue: int = 0, **clauses: object) -> IjarahFacts:
    return lease_facts(
        end_reason=reason, overdue_minor=overdue, clauses=replace(Clauses(), **clauses)
    )


PASSING = [
    ("IJR-01", lease_facts(acquired_on=DAY, leased_on=DAY)),
    ("IJR-01", lease_facts(terms=replace(TERMS, is_described=True), leased_on=DAY)),
    ("IJR-02", lease_facts(purchase=Purchase(False), transfer=GIFT)),
    ("IJR-02", lease_facts(purchase=BOUGHT_BACK)),
    ("IJR-02", lease_facts(purchase=BOUGHT_BACK, transfer=GIFT, acquired_on=date(2023, 6, 2))),
    ("IJR-03", LAWFUL),
    ("IJR-03", floating()),
    ("IJR-03", replace(floating(), rent_change=RentChange(140_00, date(2024, 7, 1), False))),
    ("IJR-04", lease_facts(delivered_on=DAY, rent_starts_on=DAY)),
    ("IJR-05", LAWFUL),
    ("IJR-05", upkeep(MaintenanceKind.MAJOR, Side.LESSOR)),
    ("IJR-05", upkeep(MaintenanceKind.TAKAFUL, Side.LESSOR)),
    ("IJR-05", upkeep(MaintenanceKind.ORDINARY, Side.LESSEE)),
    ("IJR-06", used(80_00, 10)),
    ("IJR-06", used(120_00, 10, Fault.LESSEE)),
    ("IJR-07", lease_facts(true_up=TrueUp(80_00, 80_00, 0))),
    ("IJR-08", claim(50_00, Fault.LESSEE, 50_00)),
    ("IJR-09", lease_facts(rent_change=RentChange(130_00, date(2024, 6, 2), False))),
    ("IJR-10", lease_facts(true_up=TrueUp(80_00, 80_00, 0))),
    ("IJR-11", claim(170_00, Fault.LESSEE, 50_00, 120_00)),
    ("IJR-12", gift()),
    ("IJR-12", lease_facts(terms=OPERATING)),
    ("IJR-13", gift()),
    ("IJR-13", gift(has_new_contract=False, is_conditional_gift=True)),
    ("IJR-13", gift(kind=TransferKind.SALE, unpaid_minor=1)),
    ("IJR-14", lease_facts(market_refund=MarketRefund(10_00, 10_00))),
    ("IJR-14", LAWFUL),
    ("IJR-15", lease_facts(deposit=DepositRelease(30_00, 30_00))),
    ("IJR-16", let(Let("ijr_2", date(2023, 6, 1), date(2024, 5, 31)))),
    ("IJR-16", let(Let("ijr_2", date(2025, 6, 1), None))),
    ("IJR-17", lease_facts(purchase=Purchase(False))),
    ("IJR-18", ending("agreement")),
    ("IJR-18", ending("non_payment", 120_00)),
]

REFUSED = [
    ("IJR-01", lease_facts(leased_on=DAY)),
    ("IJR-01", lease_facts(acquired_on=date(2024, 6, 2), leased_on=DAY)),
    ("IJR-02", lease_facts(purchase=replace(BOUGHT_BACK, is_conditional_on_lease=True))),
    ("IJR-02", lease_facts(purchase=BOUGHT_BACK, transfer=GIFT, acquired_on=date(2023, 6, 3))),
    ("IJR-03", lease_facts(terms=None)),
    ("IJR-03", lease_facts(terms=replace(TERMS, rental_minor=0))),
    ("IJR-03", floating(formula=" ")),
    ("IJR-03", floating(fixed_periods=0)),
    ("IJR-03", floating(cap_minor=110_00)),
    ("IJR-03", floating(floor_minor=0)),
    ("IJR-03", replace(floating(), rent_change=RentChange(140_01, date(2024, 7, 1), False))),
    ("IJR-03", lease_facts(rent_change=RentChange(0, date(2024, 7, 1), False))),
    ("IJR-04", lease_facts(delivered_on=DAY, rent_starts_on=date(2024, 5, 31))),
    ("IJR-04", lease_facts(rent_starts_on=DAY)),
    ("IJR-05", clause(major_maintenance_by="lessee")),
    ("IJR-05", clause(takaful_by="lessee")),
    ("IJR-05", clause(ownership_risk_by="lessee")),
    ("IJR-05", upkeep(MaintenanceKind.TAKAFUL, Side.LESSEE)),
    ("IJR-06", used(80_01, 10)),
    ("IJR-06", clause(rent_while_unusable="runs_on")),
    ("IJR-07", lease_facts(true_up=TrueUp(80_00, 80_00, 1))),
    ("IJR-08", claim(50_00, Fault.NONE, 50_00)),
    ("IJR-08", claim(50_01, Fault.LESSEE, 50_00)),
    ("IJR-08", clause(lessee_liability="always")),
    ("IJR-09", lease_facts(rent_change=RentChange(130_00, DAY, False))),
    ("IJR-09", lease_facts(rent_change=RentChange(130_00, date(2024, 7, 1), True))),
    ("IJR-09", clause(is_arrears_increased=True)),
    ("IJR-10", lease_facts(true_up=TrueUp(80_00, 80_01, 0))),
    ("IJR-10", clause(accelerated_rent="final")),
    ("IJR-11", claim(170_01, Fault.LESSEE, 50_00, 120_00)),
    ("IJR-11", clause(enforcement_takes="all_rent")),
    ("IJR-12", gift(document="doc_lease")),
    ("IJR-12", gift(document=None)),
    ("IJR-12", gift(effective_on=date(2024, 6, 2))),
    ("IJR-12", clause(transfer_document="in_lease")),
    ("IJR-12", clause(transfer_binds="both")),
    ("IJR-12", lease_facts(terms=replace(TERMS, ownership_transfer=None))),
    (
        "IJR-12",
        lease_facts(terms=replace(TERMS, ownership_transfer=OwnershipTransfer.GRADUAL_SALE)),
    ),
    ("IJR-13", gift(has_new_contract=False)),
    ("IJR-13", gift(unpaid_minor=1)),
    ("IJR-13", gift(has_new_contract=False, is_conditional_gift=True, unpaid_minor=1)),
    ("IJR-14", lease_facts(market_refund=MarketRefund(None))),
    ("IJR-14", lease_facts(market_refund=MarketRefund(10_00, 9_99))),
    ("IJR-15", lease_facts(deposit=DepositRelease(30_01, 30_00))),
    ("IJR-15", clause(deposit_keeps="all")),
    ("IJR-16", let(Let("ijr_2", date(2023, 6, 1), DAY))),
    ("IJR-16", let(Let("ijr_2", date(2025, 5, 31), None))),
    ("IJR-16", let(Let("ijr_2", date(2023, 1, 1), None))),
    ("IJR-17", lease_facts(purchase=Purchase(False, is_by_lessee_as_agent=True))),
    ("IJR-18", ending("whim")),
    ("IJR-18", ending("non_payment")),
    ("IJR-18", ending("option", ends_early_for=("agreement",))),
    ("IJR-18", clause(ends_early_for=("agreement", "whim"))),
]


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_what_a_rule_allows_passes(rule_id: str, facts: IjarahFacts) -> None:
    assert findings_of(rule_id, facts) == []


@pytest.mark.parametrize(("rule_id", "facts"), REFUSED)
def test_what_a_rule_forbids_is_found(rule_id: str, facts: IjarahFacts) -> None:
    findings = findings_of(rule_id, facts)
    assert findings
    assert {finding.rule_id for finding in findings} == {rule_id}


def test_t26_a_lessee_who_pays_a_major_repair_is_refused() -> None:
    (finding,) = findings_at(Action.MAINTAIN, upkeep(MaintenanceKind.MAJOR, Side.LESSEE))
    assert (finding.rule_id, finding.code) == ("IJR-05", "IJARAH_RISK_SHIFTED")
    assert finding.severity is Severity.BLOCK


def test_t27_rent_for_ten_days_of_breakdown_is_refused() -> None:
    (finding,) = findings_at(Action.RESUME, used(120_00, 10))
    assert (finding.rule_id, finding.code) == ("IJR-06", "IJARAH_RENT_WHILE_UNUSABLE")
    assert (finding.observed, finding.limit) == ("120.00", "80.00")


def test_a_customer_as_agent_is_only_warned_of() -> None:
    (finding,) = findings_of(
        "IJR-17", lease_facts(purchase=Purchase(False, is_by_lessee_as_agent=True))
    )
    assert finding.severity is Severity.WARN


def test_every_rule_of_the_book_is_kept_by_code_and_binds_every_profile() -> None:
    rules = [rule for rule in load_rulebook().values() if rule.section == "ijarah"]
    assert [rule.id for rule in rules] == [f"IJR-{number:02}" for number in range(1, 19)]
    assert all(rule.function is not None for rule in rules)
    assert all(rule.profiles == frozenset(ShariahProfile) for rule in rules)
    assert [rule.id for rule in rules if rule.unweakenable] == ["IJR-05"]


def test_clauses_of_a_product_are_read_from_texts_and_switches() -> None:
    clauses = Clauses.read(
        {"rent_due": "start", "leaseback_days_min": "90", "ends_early_for": "agreement, defect"}
    )
    assert clauses.rent_due == "start"
    assert clauses.leaseback_days_min == 90
    assert clauses.ends_early_for == ("agreement", "defect")
    assert Clauses.read(clauses.as_mapping()) == clauses


@pytest.mark.parametrize(
    "settings",
    [
        {"markup": "4"},
        {"rent_due": "never"},
        {"rent_due": True},
        {"transfer_by": "custom"},
        {"leaseback_days_min": "soon"},
        {"leaseback_days_min": True},
        {"is_arrears_increased": "no"},
    ],
)
def test_clauses_nobody_knows_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationFailed):
        Clauses.read(settings)


def test_clauses_that_shift_the_risk_are_found_when_the_product_is_saved() -> None:
    found = evaluate_clauses(
        ShariahProfile.AAOIFI, {"major_maintenance_by": "lessee"}, DAY, USD, ()
    )
    assert [each.rule_id for each in found if each.findings] == ["IJR-05"]
