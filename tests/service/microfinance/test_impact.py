"""The report of a program from real loans, repayments and answers; numbers worked by hand.

Fourteen people borrow 1,200.00 each on 5 December 2023, to repay 100.00 on the first of each
month: eight women (on time) and six men (three late, three not at all by 15 January 2024).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.events import service as outbox
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.json import dumps
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.loans import repayments
from sanduq.microfinance.programs import service as programs
from sanduq.microfinance.programs.errors import ProgramStateRefuses
from sanduq.microfinance.programs.impact import service
from sanduq.microfinance.programs.impact.model import Gap
from sanduq.microfinance.programs.impact.schemas import ImpactIn, impact_report_out
from sanduq.microfinance.programs.indicators import service as indicators
from sanduq.microfinance.programs.indicators.schemas import IndicatorIn
from sanduq.microfinance.programs.schemas import ProgramIn
from sanduq.microfinance.programs.surveys import service as surveys
from sanduq.microfinance.programs.surveys.schemas import ScorecardIn
from sanduq.parties.model import Gender
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.conftest import copied
from tests.make.counting import CountedDatabase, statements
from tests.make.loans import payment
from tests.make.programs import (
    a_program,
    a_scorecard,
    active_program,
    answered,
    as_sent,
    clients,
    held,
    people,
)

PAID_OUT = date(2023, 12, 5)
TODAY = date(2024, 1, 15)
POOR = {"roof": "straw", "beds": "none"}  # 0 points: 0.62
LESS_POOR = {"roof": "straw", "beds": "two"}  # 40 points: 0.4
AFTER = (200, 200, 200, 130, 130, 100, 90)  # of seven women; all had 100 before


@pytest.fixture(scope="module")
def world(server_url, demo_template):
    """The fourteen and what they answered; each test reads the same, those that add stand last."""
    with copied(server_url, demo_template) as url, CountedDatabase(url) as database:

        def work(user_id=demo.MAKER):
            return access.work_as(database, demo.INSTITUTION, user_id, "req_test")

        targets = [
            {"indicator": "female_borrowers", "baseline": 4, "target": 10, "by": "2024-12-31"},
            {"indicator": "income_change", "baseline": 0, "target": 100},
            {"indicator": "school_enrollment", "baseline": 10, "target": 20},
        ]
        program = active_program(work, id="prg_river", targets=targets)
        women = people(work, 8, Gender.FEMALE, "w")
        men = people(work, 6, Gender.MALE, "m")
        people(work, 1, Gender.MALE, "stranger")
        loans = clients(work, program.program_id, [*women, *men], on=PAID_OUT)
        early, late = date(2023, 12, 28), date(2024, 1, 5)
        with work() as uow:
            for loan_id, on in [(each, early) for each in loans[:8]] + [
                (each, late) for each in loans[8:11]
            ]:
                repayments.record_repayment(uow, payment(loan_id, 10_000, received_on=on))
        _ask(work, program, women, men)
        yield work, program, loans


def _ask(work, program, women, men):
    """Before: all at 100, but the last man was not asked. After: all but the last woman."""
    with work() as uow:
        card = surveys.create_scorecard(uow, ScorecardIn(**as_sent(a_scorecard())).command())
    before = held(work, program.program_id, scorecard_id=card.scorecard_id)
    said = {"income": 100, "assets": False}
    on = "2023-12-01"
    answered(work, before, dict.fromkeys(women, said), on=on, location="rural",
             poverty_answers=POOR)  # fmt: skip
    answered(work, before, dict.fromkeys(men[:5], said), on=on, location="urban",
             poverty_answers=LESS_POOR)  # fmt: skip
    after = held(work, program.program_id, name="After", kind="follow_up")
    later = {
        who: {"income": income, "assets": place < 5, "jobs": 1}
        for place, (who, income) in enumerate(zip(women, AFTER, strict=False))
    }
    later |= {who: {"income": 160, "assets": True} for who in men}
    later["cpty_stranger_1"] = {"income": 9999, "assets": True, "jobs": 99}  # has no loan here
    answered(work, after, later, on="2024-01-10")


def reported(world, *, from_on=None, to_on=None, on=TODAY):
    work, program, _ = world
    with work() as uow:
        uow.clock = FixedClock(demo.NOW + timedelta(days=(on - TODAY).days))
        return service.impact_report(uow, program.program_id, from_on, to_on)


def test_the_books_say_what_was_lent_and_repaid(world):
    found = reported(world)
    expected = {
        "clients_total": 14,
        "clients_new": 14,
        "female_borrowers": 8,
        "loans_disbursed_number": 14,
        "loans_disbursed_value": 16_800,
        "average_loan_size": 1_200,
        "repaid_amount": 1_100,  # eleven times 100
        "loans_outstanding_value": 15_700,  # 16,800 less 1,100
        "loans_outstanding_number": 14,
        "on_time_repayment_rate": Decimal("0.571429"),  # 800 of the 1,400 due on 1 January
        "borrowers_per_officer": 14,
        "portfolio_at_risk_30": 0,
        "loans_repaid_on_time_number": 0,
        "new_businesses": 0,
        "clients_rural": 8,
    }
    assert {code: found.find(code).actual for code in expected} == expected
    assert found.find("client_retention").gap is Gap.NO_BASE  # nobody was there before


def test_targets_are_met_as_far_as_the_figures_have_come(world):
    found = reported(world)
    women, income = found.find("female_borrowers"), found.find("income_change")
    assert women.progress == Decimal("0.666667")  # (8 - 4) / (10 - 4)
    assert income.progress == Decimal("0.541667")  # 54.1667 of 100
    children = found.find("school_enrollment")
    assert (children.actual, children.gap) == (None, Gap.NOT_MEASURED)
    assert (children.progress, children.progress_gap) == (None, Gap.NOT_MEASURED)
    assert [each.indicator.code for each in found.measured][:3] == [
        "female_borrowers", "income_change", "school_enrollment",
    ]  # fmt: skip


def test_change_is_of_those_asked_twice(world):
    """Seven women rose by 350 in all and five men by 300: 650 over twelve."""
    change = reported(world).find("income_change").change
    assert (change.respondents, change.coverage) == (12, Decimal("0.857143"))  # of 14
    assert (change.before_mean, change.mean) == (100, Decimal("54.166667"))
    assert change.median == 60  # -10, 0, 30, 30, five times 60, three times 100
    told = {each.cell: each for each in change.bands}
    assert told["up"].respondents == 7
    assert not told["up"].is_suppressed
    # 3 doubled, 1 stayed, 1 fell: each alone would be told on, together they are five.
    assert {cell for cell, each in told.items() if each.is_suppressed} == {
        "doubled_or_more", "same", "down",
    }  # fmt: skip


def cells(found, code, dimension):
    (one,) = [b for b in found.find(code).breakdowns if b.dimension == dimension]
    return {cell.cell: (cell.value, cell.respondents) for cell in one.cells}


def test_figures_are_told_by_gender_place_and_likelihood_of_poverty(world):
    found = reported(world)
    assert cells(found, "income_change", "gender") == {"female": (50, 7), "male": (60, 5)}
    assert cells(found, "income_change", "location") == {"rural": (50, 7), "urban": (60, 5)}
    # A woman counts for the poor with 0.62, a man with 0.4:
    # (0.62 x 350 + 0.4 x 300) / (0.62 x 7 + 0.4 x 5) = 337 / 6.34, the rest likewise 313 / 5.66.
    assert cells(found, "income_change", "poverty") == {
        "poor": (Decimal("53.154574"), 6),
        "not_poor": (Decimal("55.300353"), 5),
    }
    assert cells(found, "loans_disbursed_value", "gender") == {
        "female": (9_600, 8), "male": (7_200, 6),
    }  # fmt: skip


def test_a_share_is_of_all_who_were_asked(world):
    owners = reported(world).find("asset_ownership")
    assert (owners.actual, owners.respondents) == (Decimal("0.846154"), 13)  # 11 of 13
    assert owners.change is None  # one of the thirteen was not asked before: told on by the rest
    assert reported(world).find("jobs_created").actual == 7


def test_who_has_no_loan_in_the_program_is_not_counted(world):
    found = reported(world)
    assert found.clients == 14
    assert found.find("jobs_created").respondents == 7


def test_poverty_is_the_mean_of_the_likelihoods_told(world):
    """Eight at 0.62 and five at 0.4: 6.96 of 13."""
    poverty = reported(world).poverty
    assert (poverty.respondents, poverty.expected) == (13, Decimal("6.96"))
    assert poverty.rate == Decimal("0.535385")


@pytest.mark.parametrize(
    ("on", "days", "value", "gap"),
    [
        # Three men have not paid since 1 January; the others not since 1 February.
        (date(2024, 1, 31), 30, 0, None),  # 30 days late is not over 30
        (date(2024, 2, 1), 30, None, Gap.SUPPRESSED),  # three men: too few to tell
        (date(2024, 3, 3), 30, 15_700, None),  # 1 February is 31 days ago
        (date(2024, 3, 3), 60, None, Gap.SUPPRESSED),
        (date(2024, 5, 1), 90, None, Gap.SUPPRESSED),  # 90 days: not over 90 for the others
        (date(2024, 5, 2), 90, 15_700, None),
    ],
)
def test_a_loan_is_at_risk_whole_once_it_is_late_by_more_days(world, on, days, value, gap):
    risk = reported(world, on=on).find(f"portfolio_at_risk_{days}")
    assert (risk.actual, risk.gap) == (value, gap)


def test_a_report_looks_at_its_days_and_no_others(world):
    found = reported(world, from_on=date(2023, 12, 20), to_on=date(2023, 12, 31))
    assert found.find("clients_total").actual == 14
    assert found.find("loans_disbursed_number").actual == 0
    assert found.find("repaid_amount").actual == 800  # the eight women's, on 28 December
    assert found.find("loans_outstanding_value").actual == 16_000
    assert found.find("client_retention").actual == 1
    assert found.find("income_change").gap is Gap.NOT_MEASURED
    before = reported(world, to_on=date(2023, 12, 4))
    assert before.find("clients_total").actual == 0


def test_a_period_is_one_and_has_come(world):
    for days in (
        {"from_on": date(2024, 1, 2), "to_on": date(2024, 1, 1)},
        {"to_on": date(2024, 1, 16)},
    ):
        with pytest.raises(ValidationFailed) as refused:
            reported(world, **days)
        assert refused.value.details[0]["field"] == "to"


def test_a_report_names_nobody(world):
    _, _, loans = world
    text = dumps(impact_report_out(reported(world), demo.NOW)).decode()
    assert "cpty_" not in text
    assert "mfl_" not in text
    assert not any(loan in text for loan in loans)


def test_a_report_takes_as_many_statements_for_few_loans_as_for_many(world):
    work, program, _ = world
    empty = active_program(work, name="Empty").program_id

    def sent(program_id):
        with work() as uow:
            return statements(lambda: service.impact_report(uow, program_id))

    many, none = sent(program.program_id), sent(empty)
    assert none <= many <= 6


# From here on figures and answers are added: these tests stand last.


def record(world, *metrics, period=None):
    work, program, _ = world
    period = period or {"from": "2024-01-01", "to": "2024-01-15"}
    body = ImpactIn(**as_sent({"period": period, "metrics": list(metrics)}))
    with work() as uow:
        return service.record_impact(uow, program.program_id, body.period.period(), body.given())


def test_what_the_books_know_is_never_posted(world):
    for code in ("female_borrowers", "loans_disbursed_value", "repaid_amount", "clients_poor"):
        with pytest.raises(ValidationFailed) as refused:
            record(world, {"indicator": code, "value": 5})
        details = refused.value.details[0]
        assert (details["field"], details["code"]) == ("metrics.0.indicator", "computed")
        assert "computed" in details["message"]


def test_a_figure_by_parts_says_how_many_people_each_is_about(world):
    part = {"dimension": "gender", "cell": "female", "value": 20}
    metric = {"indicator": "individuals_trained", "value": 30, "n": 30}
    for bad in (
        {**metric, "disaggregation": [part]},
        {"indicator": "individuals_trained", "value": 30, "disaggregation": [{**part, "n": 20}]},
    ):
        with pytest.raises(ShariahViolation) as refused:
            record(world, bad)
        assert refused.value.details[0]["code"] == "IMPACT_PRIVACY"
    record(world, {**metric, "disaggregation": [{**part, "n": 20}]})
    found = reported(world)
    assert cells(found, "individuals_trained", "gender") == {
        "female": (20, 20), "not_stated": (None, 10),
    }  # fmt: skip


def test_a_later_record_corrects_an_earlier_one(world):
    work, program, _ = world
    first = record(world, {"indicator": "complaints_registered", "value": 9})
    record(world, {"indicator": "complaints_registered", "value": 3})
    record(
        world,
        {"indicator": "complaints_registered", "value": 50},
        period={"from": "2023-06-01", "to": "2023-12-31"},
    )
    assert reported(world).find("complaints_registered").actual == 3
    last_year = reported(world, to_on=date(2023, 12, 31))
    assert last_year.find("complaints_registered").actual == 50
    with work() as uow:
        page = outbox.list_events(
            uow, type_name="microfinance.impact.reported", subject_id=program.program_id,
            request=PageRequest(limit=100),
        )  # fmt: skip
    assert first.record_id in "".join(event.data for event in page.items)


def test_figures_of_days_to_come_are_not_reported(world):
    with pytest.raises(ValidationFailed) as refused:
        record(
            world,
            {"indicator": "complaints_registered", "value": 1},
            period={"from": "2024-01-01", "to": "2024-01-16"},
        )
    assert refused.value.details[0]["field"] == "period.to"


def test_an_indicator_of_the_institutions_own_is_asked_and_reported(world):
    work, program, _ = world
    with work() as uow:
        indicators.create_indicator(
            uow,
            IndicatorIn(
                code="savings_months", name="Months of savings", category="health",
                unit="number", aggregate="mean", disaggregations=["gender"],
            ).command(),
        )  # fmt: skip
    question = {"code": "s", "text": "For how long would you last?", "indicator": "savings_months"}
    survey = held(work, program.program_id, kind="follow_up", questions=[question])
    answered(work, survey, {f"cpty_w_{n}": {"s": n} for n in range(1, 7)}, on="2024-01-12")
    savings = reported(world).find("savings_months")
    assert (savings.actual, savings.respondents) == (Decimal("3.5"), 6)  # 1 to 6
    assert savings.indicator.is_own


def test_an_answer_whose_consent_is_taken_back_is_counted_no_more(world):
    work, program, _ = world
    with work() as uow:
        (after,) = [
            each
            for each in surveys.list_surveys(uow, PageRequest(), program.program_id).items
            if each.name == "After"
        ]
        response = next(
            each
            for each in surveys.list_responses(uow, PageRequest(limit=100), after.survey_id).items
            if each.party_id == "cpty_w_1"
        )
        surveys.withdraw_consent(uow, after.survey_id, response.response_id)
    found = reported(world)
    # Without her 100: 550 over eleven.
    assert found.find("income_change").actual == 50
    assert found.find("income_change").change.respondents == 11


def test_the_books_stay_coherent_and_strangers_see_nothing(world):
    work, _, _ = world
    with work() as uow:
        assert_coherent(uow)
    with work() as uow, pytest.raises(NotFound):
        service.impact_report(uow, "prg_none")


def test_a_program_that_waits_for_approval_reports_nothing_by_hand(demo_work):
    with demo_work() as uow:
        waiting = programs.create_program(uow, ProgramIn(**as_sent(a_program())).command())
        body = ImpactIn(
            **as_sent(
                {
                    "period": {"from": "2024-01-01", "to": "2024-01-15"},
                    "metrics": [{"indicator": "complaints_registered", "value": 1}],
                }
            )
        )
        with pytest.raises(ProgramStateRefuses):
            service.record_impact(uow, waiting.program_id, body.period.period(), body.given())
