"""What a report tells and what it hides, from sums alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sanduq.kit.money import currency
from sanduq.microfinance.programs.impact.facts import Action, ImpactFacts
from sanduq.microfinance.programs.impact.model import Basis, Gap, Period, Tally
from sanduq.microfinance.programs.impact.model_books import NOTHING, Books
from sanduq.microfinance.programs.impact.model_report import (
    ALL,
    Base,
    Recorded,
    Sums,
    report,
    told_cells,
)
from sanduq.microfinance.programs.impact.rules import evaluate
from sanduq.microfinance.programs.indicators.catalogue import load_catalogue
from sanduq.microfinance.programs.model import Program, ProgramStatus, Target

PERIOD = Period(date(2023, 6, 1), date(2024, 1, 15))
EVERY = list(load_catalogue().values())


def a_program(*targets: Target) -> Program:
    return Program(
        program_id="prg_1", external_id=None, name="Women of the river", description=None,
        starts_on=date(2023, 6, 1), ends_on=None, asset=currency("USD"), branch_ids=(),
        product_ids=(), group_ids=(), pool_id=None, subsidy=None, absorption_order=(),
        targets=targets, metadata={}, status=ProgramStatus.ACTIVE, reason=None,
        created_at=datetime(2023, 6, 1, tzinfo=UTC), created_by="user_1", approved_at=None,
        approved_by=None, closed_at=None, closed_by=None, version=1,
    )  # fmt: skip


def some(clients: int, **changes: int) -> Books:
    """So many clients with a loan of 1,200.00 each."""
    given = {
        "clients": clients, "clients_new": clients, "active_end": clients,
        "new_at_end": clients, "officers": 1, "disbursed_number": clients,
        "disbursed_minor": clients * 120_000, "disbursed_clients": clients,
        "outstanding_number": clients, "outstanding_minor": clients * 120_000,
        "outstanding_clients": clients, **changes,
    }  # fmt: skip
    return replace(NOTHING, **given)


def by_gender(female: int, male: int, **changes: int) -> dict:
    parts = {ALL: some(female + male, **changes)}
    if female:
        parts["gender", "female"] = some(female)
    if male:
        parts["gender", "male"] = some(male)
    return parts


def found(books=None, *targets: Target, tallies=None, records=None, base=None):
    base = base or Base(clients=20, paired=0, scored=0, likelihood_sum_bp=0)
    sums = Sums(base, books or {}, tallies or {}, records or {})
    return report(a_program(*targets), PERIOD, EVERY, sums)


def a_target(indicator: str, baseline: str, target: str) -> Target:
    return Target(indicator, Decimal(baseline), Decimal(target), None)


def test_seventy_six_women_are_three_fifths_of_the_way_from_forty_to_a_hundred():
    women = found(by_gender(76, 0), a_target("female_borrowers", "40", "100")).find(
        "female_borrowers"
    )
    assert (women.actual, women.progress, women.respondents) == (76, Decimal("0.6"), 76)
    assert women.basis is Basis.COMPUTED


def test_women_are_not_told_where_the_few_men_would_be():
    """Of 20 clients 18 are women: whoever is told both is told of two men."""
    told = found(by_gender(18, 2), a_target("female_borrowers", "0", "20"))
    women = told.find("female_borrowers")
    assert (women.actual, women.gap, women.respondents) == (None, Gap.SUPPRESSED, None)
    assert (women.progress, women.progress_gap) == (None, Gap.SUPPRESSED)
    for code in ("clients_total", "loans_disbursed_value"):
        (gender,) = told.find(code).breakdowns
        assert all(cell.is_suppressed and cell.value is None for cell in gender.cells)
    assert told.find("clients_total").actual == 20


def test_a_program_of_a_few_people_tells_nothing_about_them():
    told = found(by_gender(4, 0), base=Base(4, 4, 4, 20_000))
    assert (told.clients, told.paired, told.coverage, told.poverty.rate) == (None,) * 4
    assert told.find("clients_total").gap is Gap.SUPPRESSED
    assert told.find("loans_disbursed_value").actual is None


@pytest.mark.parametrize(
    ("late", "is_told"), [(0, True), (4, False), (5, True), (15, True), (16, False), (20, True)]
)
def test_money_at_risk_is_not_told_where_few_are_late_or_few_are_not(late, is_told):
    books = by_gender(20, 0, risk_30_minor=late * 120_000, risk_30_clients=late)
    risk = found(books).find("portfolio_at_risk_30")
    assert risk.actual == (late * 1200 if is_told else None)


def test_a_program_without_loans_counts_nobody_and_divides_by_nobody():
    told = found({})
    assert told.find("clients_total").actual == 0
    assert told.find("loans_disbursed_value").actual == 0
    for code in ("average_loan_size", "client_retention", "on_time_repayment_rate"):
        assert (told.find(code).actual, told.find(code).gap) == (None, Gap.NO_BASE)


def test_retention_is_who_stayed_over_who_was_there():
    """90 at the start, 40 new, 110 at the end: 70 of 90 stayed."""
    books = {ALL: some(150, active_start=90, active_end=110, new_at_end=40, officers=2)}
    told = found(books)
    assert told.find("client_retention").actual == Decimal("0.777778")
    assert told.find("borrowers_per_officer").actual == 55


def a_tally(people: int, **changes) -> Tally:
    given = {
        "after_weight": Decimal(people), "after_sum": Decimal(people * 10),
        "pair_weight": Decimal(people), "pair_before_sum": Decimal(people * 4),
        "pair_after_sum": Decimal(people * 10), "median": Decimal(6),
        "bands": {"doubled_or_more": people, "up": 0, "same": 0, "down": 0}, **changes,
    }  # fmt: skip
    return Tally(**given)


def test_what_people_answered_goes_before_what_somebody_reported():
    records = {"income_change": {ALL: Recorded(Decimal(99), 50, PERIOD)}}
    told = found(tallies={"income_change": {ALL: a_tally(20)}}, records=records)
    income = told.find("income_change")
    assert (income.basis, income.actual, income.respondents) == (Basis.SURVEYED, 6, 20)
    told = found(records=records)
    income = told.find("income_change")
    assert (income.basis, income.actual, income.respondents) == (Basis.RECORDED, 99, 50)


def test_before_and_after_are_told_with_their_coverage():
    change = found(tallies={"income_change": {ALL: a_tally(15)}}).find("income_change").change
    assert (change.before_mean, change.after_mean, change.mean, change.median) == (4, 10, 6, 6)
    assert change.coverage == Decimal("0.75")  # 15 of 20 clients


def test_the_mean_of_those_asked_twice_is_not_told_beside_that_of_a_few_more():
    """Of 20 asked 18 were asked before: the two others would be the difference."""
    tally = a_tally(20, pair_weight=Decimal(18))
    told = found(tallies={"health_spending": {ALL: tally}, "income_change": {ALL: tally}})
    assert told.find("health_spending").actual == 10
    assert told.find("health_spending").change is None
    assert told.find("income_change").change is not None  # only the pairs are told at all


def test_answers_of_a_few_are_hidden():
    told = found(tallies={"income_change": {ALL: a_tally(4)}}).find("income_change")
    assert (told.actual, told.gap, told.change) == (None, Gap.SUPPRESSED, None)


def test_reported_parts_are_hidden_with_the_rest_they_leave():
    """30 trained, 27 of them women and nothing said of the rest: three men."""
    records = {
        "individuals_trained": {
            ALL: Recorded(Decimal(30), 30, PERIOD),
            ("gender", "female"): Recorded(Decimal(27), 27, PERIOD),
        }
    }
    trained = found(records=records).find("individuals_trained")
    (gender,) = trained.breakdowns
    assert trained.actual == 30
    assert [(cell.cell, cell.is_suppressed) for cell in gender.cells] == [
        ("female", True),
        ("not_stated", True),
    ]


def test_a_reported_figure_of_a_few_is_hidden_and_one_of_nobody_says_is_told():
    records = {
        "individuals_trained": {ALL: Recorded(Decimal(4), 4, PERIOD)},
        "complaints_registered": {ALL: Recorded(Decimal(2), None, PERIOD)},
    }
    told = found(records=records)
    assert told.find("individuals_trained").gap is Gap.SUPPRESSED
    assert told.find("complaints_registered").actual == 2


def test_poverty_is_a_mean_likelihood_and_an_expected_number():
    told = found(base=Base(1000, 0, 1000, 6_400_000))
    assert (told.poverty.rate, told.poverty.expected) == (Decimal("0.64"), 640)
    assert told.find("poverty_rate").actual == Decimal("0.64")
    assert told.find("clients_poor").actual == 640
    assert told.find("clients_poor").indicator.iris_code == "PI3193"


@pytest.mark.parametrize("women", range(0, 12))
@pytest.mark.parametrize("men", [0, 1, 4, 5, 11])
def test_a_report_keeps_dis_06_whatever_the_numbers(women, men):
    books = by_gender(women, men, risk_30_minor=women * 100, risk_30_clients=women)
    tallies = {"jobs_created": {ALL: a_tally(women + men)}} if women + men else {}
    if women:
        tallies.setdefault("jobs_created", {})["gender", "female"] = a_tally(women)
    if men:
        tallies.setdefault("jobs_created", {})["gender", "male"] = a_tally(men)
    base = Base(women + men, women, men, men * 5000)
    told = found(books, tallies=tallies, base=base)
    facts = ImpactFacts(on=PERIOD.ends_on, cells=told_cells(told))
    assert [e.findings for e in evaluate(facts, Action.PUBLISH)] == [()]
