"""What a simulation may not be asked, and what a history may not hold."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from sanduq.kit.errors import Refusal, ValidationFailed
from sanduq.sarf.simulation import bounds
from sanduq.sarf.simulation.errors import SimulationTooLarge
from sanduq.sarf.simulation.history import read_history
from sanduq.sarf.simulation.model import (
    Behaviour,
    CustomerGroup,
    PledgeStructure,
    PriceModel,
    PricePaths,
    SarfStructure,
    SimulationParameters,
)

STANDARD = SimulationParameters()
GIVEN = PricePaths(PriceModel.GIVEN, given=((200.0, 201.0),))


def refused(parameters: SimulationParameters) -> tuple[str, str]:
    """The field and the reason."""
    with pytest.raises(ValidationFailed) as found:
        bounds.check(parameters)
    (detail,) = found.value.details
    return detail["field"], detail["code"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"paths": 0}, "paths"),
        ({"paths": -1}, "paths"),
        ({"months": 0}, "months"),
        ({"months": 121}, "months"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"weight_grams": 0.0}, "weight_grams"),
        ({"weight_grams": math.inf}, "weight_grams"),
        ({"trade_fraction": 1.2}, "trade_fraction"),
        ({"finds_cash_later": math.nan}, "finds_cash_later"),
        ({"opportunity_per_year": -0.1}, "opportunity_per_year"),
        ({"prices": PricePaths(start_price=-200.0)}, "prices.start_price"),
        ({"prices": PricePaths(start_price=math.nan)}, "prices.start_price"),
        ({"prices": PricePaths(volatility=-0.1)}, "prices.volatility"),
        ({"prices": PricePaths(drift=math.inf)}, "prices.drift"),
        ({"prices": PricePaths(steps_per_month=0)}, "prices.steps_per_month"),
        ({"sarf": SarfStructure(buy_fraction=0.0)}, "sarf.buy_fraction"),
        ({"sarf": SarfStructure(cap_fraction=1.01)}, "sarf.cap_fraction"),
        ({"sarf": SarfStructure(opens_months=9)}, "sarf.closes_months"),
        ({"pledge": PledgeStructure(loan_margin=1.5)}, "pledge.loan_margin"),
        ({"pledge": PledgeStructure(fee_per_100_per_month=-1)}, "pledge.fee_per_100_per_month"),
        ({"grid_buy_fractions": (0.7, math.nan)}, "grid_buy_fractions[1]"),
        ({"customers": ()}, "customers"),
        ({"customers": (CustomerGroup(Behaviour.NEVER, 0.9),)}, "customers"),
        ({"customers": (CustomerGroup(Behaviour.NEVER, 1.0, part=0),)}, "customers[0].part"),
        ({"customers": (CustomerGroup(Behaviour.NEVER, math.nan),)}, "customers[0].share"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_with_its_field(
    changed: dict[str, object], field: str
) -> None:
    assert refused(replace(STANDARD, **changed))[0] == field  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        (PricePaths(PriceModel.GIVEN), ("prices.given", "missing")),
        (replace(GIVEN, given=((200.0,),)), ("prices.given[0]", "path_length")),
        (replace(GIVEN, given=((200.0, -1.0),)), ("prices.given[0][1]", "out_of_range")),
        (replace(GIVEN, given=((200.0, math.nan),)), ("prices.given[0][1]", "out_of_range")),
        (PricePaths(PriceModel.HISTORICAL, history=(200.0,)), ("prices.history", "too_short")),
        (PricePaths(PriceModel.BOOTSTRAP, history=(200.0, 1, 2)), ("prices.history", "too_short")),
        (
            PricePaths(PriceModel.BOOTSTRAP, history=(200.0, 0.0)),
            ("prices.history[1]", "out_of_range"),
        ),
        (PricePaths(history=(1.0,) * 50_001), ("prices.history", "too_many")),
    ],
)
def test_paths_that_cannot_be_walked_are_refused(
    prices: PricePaths, expected: tuple[str, str]
) -> None:
    assert refused(replace(STANDARD, months=1, prices=prices)) == expected


@pytest.mark.parametrize("changed", [{"paths": 10_000_001}, {"paths": 10_000_000, "months": 101}])
def test_too_many_paths_are_refused(changed: dict[str, int]) -> None:
    with pytest.raises(SimulationTooLarge) as found:
        bounds.check(replace(STANDARD, **changed))  # type: ignore[arg-type]
    assert "10,000,000" in found.value.message


def test_a_request_takes_less_than_the_command_line_and_names_it() -> None:
    million = replace(STANDARD, paths=1_000_000)
    bounds.check_request(million)
    with pytest.raises(SimulationTooLarge, match="sanduq simulate"):
        bounds.check_request(replace(million, months=11))


@pytest.mark.parametrize(
    "text",
    [
        "200\n201.5\n199\n",
        "2024-01-31,200\n2024-02-29,201.5\n2024-03-31,199\n",
        "date,price\n2024-01-31,200\n\n2024-02-29,201.5\n2024-03-31,199",
        "Price , Note\n200,a\n201.5,b\n199,\n",
    ],
)
def test_a_history_is_read_with_or_without_dates_and_names(text: str) -> None:
    assert read_history(text) == (200, 201.5, 199)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("200\nmany\n", "price"),
        ("2024-02-29,200\n2024-01-31,201\n", "order"),
        ("2024-02-29,200\n2024-02-29,201\n", "order"),
        ("29.02.2024,200\n", "date"),
        ("2024-01-31,200,7\n", "columns"),
        ("date,price\n2024-01-31\n", "price"),
        ('"200', "csv"),
    ],
)
def test_a_history_that_cannot_be_read_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as found:
        read_history(text)
    assert found.value.details[0]["code"] == code


def test_an_empty_history_has_no_prices() -> None:
    assert read_history("\n\n") == ()
