"""Each rule of charity money passes what it must and refuses what it must; T32 among them."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.funds.charity import postings
from sanduq.funds.charity.facts import Action, CharityFacts, CharityGift
from sanduq.funds.charity.model import (
    PUBLIC_USES,
    CharitySource,
    CharityUse,
    NewCharityReceipt,
)
from sanduq.funds.charity.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.funds.spending.rules import RecoveryFacts, rule_def_17
from sanduq.kit.money import Money, currency
from sanduq.ledger.model import AccountPlace, credit, debit
from sanduq.shariah.model import Severity, blocking
from sanduq.shariah.rulebook import load_rulebook

ON = date(2024, 1, 15)
USD = currency("USD")
CASH, CHARITY, INCOME = (AccountPlace(code, USD) for code in ("1000", "2100", "4900"))


def facts(**changes):
    return CharityFacts(**{"on": ON, "asset": USD, **changes})


def booked(source, **changes):
    new = NewCharityReceipt(
        source=source, came_from="mfl_1", amount=Money(5_00, USD), metadata={}, **changes
    )
    return facts(entries=postings.receipt_entries(new, "brn_main"), amount_minor=5_00)


def gift(use=CharityUse.EDUCATION, **changes):
    told = {"is_institution": False, "is_staff": False, "is_signed_off": True, **changes}
    return facts(gift=CharityGift(use, **told))


PASSING = [
    ("CHR-01", booked(CharitySource.LATE_PLEDGE)),
    ("CHR-01", booked(CharitySource.TAINTED_INCOME, income_code="4900")),
    ("CHR-02", facts()),
    *[("CHR-02", gift(use)) for use in sorted(PUBLIC_USES)],
    ("CHR-02", gift(is_signed_off=None)),  # not asked yet
    ("CHR-03", gift()),
    ("CHR-03", gift(creditor="cpty_landlord")),
    ("CHR-04", facts()),
]
REFUSED = [
    ("CHR-02", gift(CharityUse.OWN_ZAKAT), "own_zakat"),
    ("CHR-02", gift(CharityUse.OWN_TAX), "own_tax"),
    ("CHR-02", gift(CharityUse.STAFF), "staff"),
    ("CHR-02", gift(CharityUse.MARKETING), "marketing"),
    ("CHR-02", gift(is_institution=True), "institution"),
    ("CHR-02", gift(is_staff=True), "staff"),
    ("CHR-02", gift(is_signed_off=False), None),
    ("CHR-03", gift(creditor="institution"), "institution"),
    ("CHR-03", gift(CharityUse.DEBT_TO_INSTITUTION), "institution"),
    ("CHR-04", facts(unexplained_minor=-1), "-0.01"),
]


@pytest.mark.parametrize(("rule_id", "given"), PASSING)
def test_a_rule_passes_what_it_permits(rule_id, given):
    assert CHECKS[rule_id](given) == []


@pytest.mark.parametrize(("rule_id", "given", "observed"), REFUSED)
def test_a_rule_names_what_it_refuses(rule_id, given, observed):
    (finding,) = CHECKS[rule_id](given)
    assert (finding.rule_id, finding.observed) == (rule_id, observed)


def test_a_late_pledge_taken_to_income_is_refused_whatever_the_profile():
    taken = facts(entries=(debit(CASH, 5_00), credit(INCOME, 5_00)), amount_minor=5_00)
    found = CHECKS["CHR-01"](taken)
    assert {each.code for each in found} == {"CHARITY_TAKEN_TO_INCOME"}
    assert [each.observed for each in found] == ["Cr 4900", "0.00"]
    assert load_rulebook()["CHR-01"].unweakenable


def test_a_part_kept_back_is_refused():
    kept = facts(
        entries=(debit(CASH, 5_00), credit(CHARITY, 4_00), credit(INCOME, 1_00)), amount_minor=5_00
    )
    assert len(CHECKS["CHR-01"](kept)) == 2


def test_charity_never_pays_a_borrowers_debt_to_the_institution():
    """T32: the charity fund would pay our own borrower's arrears."""
    arrears = gift(CharityUse.DEBT_TO_INSTITUTION, creditor="institution")
    found = [f for each in evaluate(arrears, Action.PAY_DEBT) for f in each.findings]
    assert [f.code for f in blocking(found)] == ["CHARITY_SELF_COLLECTION"]


def test_what_the_report_does_not_explain_is_to_be_disclosed():
    (finding,) = CHECKS["CHR-04"](facts(unexplained_minor=1))
    assert finding.severity is Severity.DISCLOSE


def test_every_rule_is_run_by_some_action():
    assert set().union(*RULES_BY_ACTION.values()) == set(CHECKS)


@pytest.mark.parametrize(
    ("fund", "place", "is_misrouted"),
    [
        ("sadaqah:debt_relief", AccountPlace("3200", USD, "sadaqah:debt_relief"), False),
        ("sadaqah:debt_relief", AccountPlace("3200", USD, "sadaqah:general"), True),
        ("sadaqah:debt_relief", AccountPlace("4700", USD), True),
        ("waqf:wqf_1", AccountPlace("3110", USD, "waqf:wqf_1"), False),
        ("own", AccountPlace("4700", USD), False),
    ],
)
def test_a_recovery_goes_back_to_the_fund_that_bore_the_loss(fund, place, is_misrouted):
    """DEF-17, with the amount of the worked example: 30.00."""
    entries = (debit(AccountPlace("1000", USD, place.fund), 30_00), credit(place, 30_00))
    found = rule_def_17(RecoveryFacts(fund, Money(30_00, USD), entries))
    assert [each.code for each in found] == (["RECOVERY_MISROUTED"] if is_misrouted else [])
