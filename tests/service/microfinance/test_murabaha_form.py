"""A murabaha among other dealings: goods that come back, and how they are insured."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq import demo
from sanduq.microfinance.loans.murabaha.facts import CostItem
from sanduq.microfinance.loans.murabaha.model import Stage
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.murabaha import TERMS, Trader

LOOM = replace(TERMS, asset_reference="Loom 7")
WEAVER = "cpty_borrower"


@pytest.fixture
def trader(demo_work):
    yield Trader(demo_work)
    with demo_work() as uow:
        assert_coherent(uow)


def sold_to_the_weaver(trader):
    """A loom sold to the weaver for 1,120.00, whose cost was 1,000.00."""
    loan_id = trader.approved(LOOM, borrower_id=WEAVER)
    trader.purchase(loan_id)
    trader.possess(loan_id)
    trader.sell(loan_id)


def bought_from_the_weaver(trader, minor, goods=LOOM, loan_id=None):
    loan_id = loan_id or trader.approved(goods)
    item = CostItem("price", "loom", minor, WEAVER)
    return trader.purchase(loan_id, item, supplier_id=WEAVER, payee_id=WEAVER)


def test_goods_bought_back_from_whom_they_were_sold_to_wait_for_the_scholars(trader):
    sold_to_the_weaver(trader)
    loan_id = trader.approved(LOOM)
    with pytest.raises(ShariahViolation) as refused:
        bought_from_the_weaver(trader, 900_00, loan_id=loan_id)
    assert [one["rule_id"] for one in refused.value.details] == ["GEN-07"]
    with trader.work(demo.SHARIAH) as uow:
        trader.resolved(uow, "GEN-07")
    assert bought_from_the_weaver(trader, 900_00, loan_id=loan_id).stage is Stage.PURCHASED


def test_other_goods_or_the_same_after_half_a_year_are_bought(trader):
    sold_to_the_weaver(trader)
    other = replace(LOOM, asset_reference="Loom 8")
    assert bought_from_the_weaver(trader, 900_00, other).stage is Stage.PURCHASED
    trader.earned_through(date(2024, 7, 14))  # the 181st day
    assert bought_from_the_weaver(trader, 900_00).stage is Stage.PURCHASED


@pytest.mark.parametrize(("is_takaful", "has_passed"), [(True, True), (False, False)])
def test_conventional_cover_of_the_goods_is_noted_and_refuses_nothing(
    trader, is_takaful, has_passed
):
    loan_id = trader.approved()
    trader.purchase(loan_id)
    assert trader.possess(loan_id, is_takaful=is_takaful).stage is Stage.POSSESSED
    with trader.work() as uow:
        (row,) = uow.all(
            "select has_passed from shariah.evaluation where institution_id = %s"
            " and subject_id = %s and rule_id = 'GEN-18'",
            uow.institution_id,
            loan_id,
        )
    assert row[0] is has_passed
