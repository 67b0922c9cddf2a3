"""The catalogue of indicators holds what the rail promises, under the codes of IRIS+."""

from __future__ import annotations

import re

import pytest

from sanduq.kit.errors import ValidationFailed
from sanduq.microfinance.programs.impact.model_books import MEASURES
from sanduq.microfinance.programs.indicators.catalogue import iris_version, load_catalogue
from sanduq.microfinance.programs.indicators.model import (
    IMPACT_CATEGORIES,
    IRIS_PATTERN,
    Aggregate,
    Category,
    Direction,
    Indicator,
    Source,
    Unit,
    check_new,
)

PROMISED = {
    "poverty_alleviation": {"income_change", "asset_ownership"},
    "women_empowerment": {"female_borrowers", "business_ownership"},
    "education": {"school_enrollment", "training_completion"},
    "health": {"healthcare_access", "insurance_coverage"},
    "small_business": {"jobs_created", "revenue_growth"},
}
IRIS = {
    "clients_total": "PI4060", "clients_new": "PI8732", "clients_new_access": "PI2822",
    "female_borrowers": "PI8330", "income_change": "PI9409", "clients_poor": "PI3193",
    "clients_low_income": "PI7098", "clients_very_poor": "PI9835", "food_insecurity": "PI2771",
    "individuals_trained": "PI7997", "health_spending": "PI7395", "jobs_created": "PI3687",
    "jobs_at_enterprises": "PI4874", "jobs_maintained": "PI5691", "new_businesses": "PI4583",
    "loans_disbursed_value": "PI5476", "loans_disbursed_number": "PI8381",
    "average_loan_size": "PI5160", "loans_outstanding_value": "PI7569",
    "loans_outstanding_number": "PI1478", "portfolio_at_risk_30": "FP2635",
    "portfolio_at_risk_60": "FP6354", "portfolio_at_risk_90": "FP6373",
    "loans_repaid_on_time_value": "FP9954", "loans_repaid_on_time_number": "FP5979",
    "borrowers_per_officer": "PI9250", "client_retention": "PI9319",
    "clients_smallholder": "PI6372", "clients_urban": "PI6751", "clients_peri_urban": "PI3960",
}  # fmt: skip


def test_each_of_the_five_categories_has_the_metrics_the_rail_names():
    assert {each.value for each in IMPACT_CATEGORIES} == PROMISED.keys()
    for category, codes in PROMISED.items():
        for code in codes:
            assert load_catalogue()[code].category == category


@pytest.mark.parametrize(("code", "iris"), IRIS.items())
def test_an_indicator_bears_its_own_iris_code_and_edition(code, iris):
    indicator = load_catalogue()[code]
    assert (indicator.iris_code, indicator.iris_version) == (iris, "5.3")
    assert iris_version() == "5.3"


def test_no_iris_code_stands_twice():
    codes = [each.iris_code for each in load_catalogue().values() if each.iris_code is not None]
    assert len(set(codes)) == len(codes)
    assert all(re.match(IRIS_PATTERN, code) for code in codes)


def test_what_the_books_know_has_a_measure_that_computes_it():
    for each in load_catalogue().values():
        if each.is_of_books:
            assert each.measure in MEASURES or (each.measure == "cell" and each.cell), each.code


def own(**changes) -> Indicator:
    given = {
        "code": "school_meals",
        "name": "School meals",
        "description": None,
        "category": Category.EDUCATION,
        "unit": Unit.COUNT,
        "aggregate": Aggregate.SUM,
        "direction": Direction.UP,
        "source": Source.SURVEY,
        **changes,
    }
    return Indicator(**given)


def test_an_institution_defines_what_people_answer():
    check_new(own(), load_catalogue())
    check_new(own(unit=Unit.YES_NO, aggregate=Aggregate.SHARE), load_catalogue())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "female_borrowers"}, "code_taken"),
        ({"code": "School meals"}, "wrong_code"),
        ({"source": Source.LEDGER}, "computed_from_books"),
        ({"source": Source.REPAYMENT_DATA}, "computed_from_books"),
        ({"unit": Unit.YES_NO}, None),
        ({"unit": Unit.YES_NO, "aggregate": Aggregate.GROWTH}, "does_not_fit_unit"),
        ({"unit": Unit.SHARE}, "does_not_fit_unit"),
    ],
)
def test_an_institution_never_redefines_what_the_books_know(changes, code):
    if code is None:
        check_new(own(**changes), load_catalogue())
        return
    with pytest.raises(ValidationFailed) as refused:
        check_new(own(**changes), load_catalogue())
    assert refused.value.details[0]["code"] == code
