"""Each rule of zakat passes what it must and refuses what it must; vector T30 among them."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.funds.zakat import postings
from sanduq.funds.zakat.facts import (
    Action,
    AdministratorsShare,
    DebtRepaid,
    ZakatFacts,
    ZakatGrant,
)
from sanduq.funds.zakat.model import (
    Asnaf,
    DebtEvidence,
    Payee,
    earliest_repayment_on,
    undistributed,
)
from sanduq.funds.zakat.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.kit.money import Money, currency
from sanduq.ledger.model import AccountPlace, credit, debit
from sanduq.shariah.model import Resolution, blocking
from sanduq.shariah.rulebook import load_rulebook

ON = date(2024, 1, 15)
USD = currency("USD")
DEFINITION = Resolution("res_1", frozenset({"ZKT-01"}), date(2024, 1, 1), date(2025, 1, 1))
LAPSED = Resolution("res_2", frozenset({"ZKT-01"}), date(2023, 1, 1), ON)
ELSEWHERE = Resolution("res_3", frozenset({"ZKT-06"}), date(2024, 1, 1))
EVIDENCE = DebtEvidence("mfl_1", is_debt_lawful=True, is_unable_to_pay=True, documents=("doc 1",))
PAID = postings.paid(Money(200_00, USD), ON, "zkp_1").entries


def facts(**changes):
    return ZakatFacts(**{"on": ON, "asset": USD, **changes})


def grant(asnaf="FUQARA", **changes):
    given = {"definition": DEFINITION, "payee": Payee.RECIPIENT, **changes}
    return facts(grant=ZakatGrant(asnaf, **given))


def repaid(on, **changes):
    return facts(repaid=DebtRepaid(ON, on, date(2024, 1, 16), **changes))


def waiver(code):
    """T30: zakat payable debited, a receivable credited."""
    return facts(
        entries=(
            debit(AccountPlace("3300", USD, "zakat"), 1),
            credit(AccountPlace(code, USD, "zakat", "mfl_1"), 1),
        )
    )


def evidence(**changes):
    told = {"debt": "mfl_1", "is_debt_lawful": True, "is_unable_to_pay": True, "documents": ("d",)}
    return grant("GHARIMIN", evidence=DebtEvidence(**{**told, **changes}))


PASSING = [
    *[("ZKT-01", grant(str(each))) for each in Asnaf],
    ("ZKT-02", facts(entries=PAID)),
    ("ZKT-03", facts()),
    ("ZKT-04", facts(entries=PAID)),
    ("ZKT-04", facts(entries=(credit(AccountPlace("1100", USD), 1),
                              debit(AccountPlace("1000", USD), 1)))),
    ("ZKT-05", grant()),
    ("ZKT-05", grant(condition="  ")),
    ("ZKT-05", repaid(date(2024, 1, 16))),
    ("ZKT-05", repaid(date(2024, 1, 14))),  # paid before any zakat came
    ("ZKT-06", grant()),
    ("ZKT-06", grant("GHARIMIN", evidence=EVIDENCE)),
    ("ZKT-07", facts()),
    ("ZKT-08", facts()),
    ("ZKT-08", facts(administrators=AdministratorsShare(125_00, 1000_00, 1250))),
]  # fmt: skip
REFUSED = [
    ("ZKT-01", grant("NEIGHBOURS"), "NEIGHBOURS"),
    ("ZKT-01", grant(definition=None), None),
    ("ZKT-01", grant(definition=LAPSED), "res_2"),
    ("ZKT-01", grant(definition=ELSEWHERE), "res_3"),
    ("ZKT-02", facts(entries=(*PAID, debit(AccountPlace("1000", USD), 1))), "own"),
    ("ZKT-03", facts(overdue_minor=1, oldest_undistributed_on=date(2023, 1, 1)), "0.01"),
    ("ZKT-04", waiver("1100"), "Dr 3300 Cr 1100"),
    ("ZKT-04", waiver("1300"), "Dr 3300 Cr 1300"),
    ("ZKT-04", waiver("1600"), "Dr 3300 Cr 1600"),
    ("ZKT-05", grant(condition="pays his loan from it"), "pays his loan from it"),
    ("ZKT-05", repaid(ON), "2024-01-15"),
    ("ZKT-05", repaid(date(2024, 1, 17), is_debtor_initiated=False), "false"),
    ("ZKT-06", grant("GHARIMIN"), None),
    ("ZKT-06", evidence(is_debt_lawful=False), None),
    ("ZKT-06", evidence(is_unable_to_pay=False), None),
    ("ZKT-06", evidence(documents=()), None),
    ("ZKT-06", grant(payee=Payee.CREDITOR), "creditor"),
    ("ZKT-07", facts(is_lent=True), "zakat"),
    ("ZKT-08", facts(administrators=AdministratorsShare(125_01, 1000_00, 1250)), "125.01"),
    ("ZKT-08", facts(administrators=AdministratorsShare(1, 1000_00, None)), "0.01"),
]


@pytest.mark.parametrize(("rule_id", "given"), PASSING)
def test_a_rule_passes_what_it_permits(rule_id, given):
    assert CHECKS[rule_id](given) == []


@pytest.mark.parametrize(("rule_id", "given", "observed"), REFUSED)
def test_a_rule_names_what_it_refuses(rule_id, given, observed):
    (finding,) = CHECKS[rule_id](given)
    assert (finding.rule_id, finding.observed) == (rule_id, observed)


def test_no_profile_may_permit_zakat_by_waiver():
    assert load_rulebook()["ZKT-04"].unweakenable
    found = [f for each in evaluate(waiver("1100"), Action.POST) for f in each.findings]
    assert [f.code for f in blocking(found)] == ["ZAKAT_BY_WAIVER"]


def test_only_a_resolution_that_names_the_rule_lets_a_creditor_be_paid():
    creditor = ZakatGrant("GHARIMIN", DEFINITION, Payee.CREDITOR, evidence=EVIDENCE)
    for resolutions, is_stopped in (((DEFINITION,), True), ((ELSEWHERE,), False)):
        given = facts(grant=creditor, resolutions=resolutions)
        found = [f for each in evaluate(given, Action.PAY) for f in each.findings]
        assert bool(blocking(found)) == is_stopped


def test_every_rule_is_run_by_some_action():
    assert set().union(*RULES_BY_ACTION.values()) == set(CHECKS)


@pytest.mark.parametrize(
    ("paid", "oldest", "overdue"),
    [
        # received: 100 on 1 January 2023 (379 days old), 100 on 26 January 2023 (354 days old)
        (0, date(2023, 1, 1), 100),
        (60, date(2023, 1, 1), 40),
        (100, date(2023, 1, 26), 0),  # a lunar year to the day is not more than one
        (150, date(2023, 1, 26), 0),
        (200, None, 0),
    ],
)
def test_the_oldest_zakat_counts_as_paid_out_first(paid, oldest, overdue):
    receipts = [(date(2023, 1, 1), 100), (date(2023, 1, 26), 100)]
    assert undistributed(receipts, paid, ON) == (oldest, overdue)


def test_a_debt_is_paid_from_zakat_one_business_day_later():
    friday = date(2024, 1, 12)
    assert earliest_repayment_on(friday, (), ()) == date(2024, 1, 13)
    assert earliest_repayment_on(friday, (5, 6), [date(2024, 1, 15)]) == date(2024, 1, 16)
