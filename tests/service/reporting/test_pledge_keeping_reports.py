"""Keeping and selling pledges reported: fees against cost, the vault, auctions and surpluses.

Keeping: a bar of 50 g and one of 100 g taken on 15 January pay 20.00 and 40.00 a month; to the
end of January, 16 of 31 days, 10.32 and 20.64. The study says 1.00 for each thing and 0.40 for
each gram a month.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from sanduq.custody.bags import service as bags
from sanduq.custody.stocktakes import service as stocktakes
from sanduq.custody.stocktakes.model import NewScan, NewStocktake
from sanduq.custody.takaful import service as takaful
from sanduq.custody.takaful.model import NewCover
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money
from sanduq.rahnu.contracts.liquidation.surplus import service as surpluses
from sanduq.rahnu.contracts.terms import end_of_day
from sanduq.rahnu.fees.cost_studies.model import CustodyCostKind
from sanduq.rahnu.fees.costs import service as costs
from sanduq.rahnu.fees.costs.model import NewCustodyCost
from sanduq.rahnu.fees.true_ups import service as true_ups
from sanduq.rahnu.fees.true_ups.model import NewTrueUp, SurplusUse
from sanduq.reporting.pledges import service
from sanduq.reporting.pledges.model_custody import Kept
from sanduq.reporting.pledges.model_sales import Lots, Moved
from sanduq.reporting.portfolio.model import Span
from tests.coherent import assert_coherent
from tests.conftest import OTHER_INSTITUTION
from tests.make.liquidation import CLOSE_AT, SALE_ON, at, overdue, sold_at_auction
from tests.make.pledges import MAKER, USD, a_bar, active_pledge, open_shop

FINANCE = "user_finance"
JANUARY = Span(date(2024, 1, 1), date(2024, 1, 31))
FEBRUARY = datetime(2024, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def shop(work):
    return open_shop(work)


@pytest.fixture
def kept(shop):
    """Two pledges through January, their fee charged at its end."""
    made = [
        active_pledge(shop, [a_bar(shop)], loan_minor=500_000),
        active_pledge(shop, [a_bar(shop, 100_000)], loan_minor=400_000),
    ]
    with at(shop.work, MAKER, FEBRUARY) as uow:
        end_of_day.charge_month(uow, JANUARY.to_on)
    return made


def fees_of_january(work):
    with at(work, MAKER, FEBRUARY) as uow:
        (found,) = service.custody_fees(uow, JANUARY)
    return found


def a_receipt(minor):
    return NewCustodyCost(
        kind=CustodyCostKind.VAULT_RENT, amount=Money(minor, USD), incurred_on=date(2024, 1, 15),
        branch_id=None, receipt_reference="R-1", external_id=None, metadata={},
    )  # fmt: skip


def test_fees_are_set_against_what_keeping_cost_and_what_the_study_says(db, work, kept):
    with work(FINANCE) as uow:
        costs.record_cost(uow, a_receipt(2_000))
    found = fees_of_january(work)
    assert (found.standing.fees_minor, found.standing.direct_cost_minor) == (3_096, 2_000)
    assert (found.standing.surplus_minor, found.is_surplus) == (1_096, True)
    assert found.fee_over_cost.value == Decimal("1.548")
    # In the bag from the 15th: 17 of 31 days, two things, 150 g.
    assert found.kept == Kept(Fraction(34, 31), Fraction(150_000 * 17, 31))
    assert found.study_minor == 3_400  # (34 x 1.00 + 150 x 17 x 0.40) / 31 = 1,054 / 31
    with at(work, FINANCE, FEBRUARY) as uow:
        new = NewTrueUp(USD, JANUARY.from_on, JANUARY.to_on, SurplusUse.CHARITY)
        true_ups.true_up(uow, new)
    after = fees_of_january(work)
    assert (after.standing.to_charity_minor, after.is_surplus) == (1_096, False)
    assert_coherent(db)


def test_a_day_of_keeping_counts_once_it_is_over(work, kept):
    with at(work, MAKER, datetime(2024, 1, 20, 9, tzinfo=UTC)) as uow:
        (found,) = service.custody_fees(uow, Span(date(2024, 1, 16), date(2024, 1, 20)))
    assert found.kept.item_months == Fraction(2 * 4, 31)  # the 16th to the 19th


def test_without_a_study_there_is_no_cost_by_study(work, kept):
    with at(work, MAKER, datetime(2025, 3, 1, 9, tzinfo=UTC)) as uow:
        (found,) = service.custody_fees(uow, Span(date(2025, 2, 1), date(2025, 2, 28)))
    assert (found.study_id, found.study_minor) == (None, None)
    assert found.kept.item_months == 2  # a whole month, two things


def counted(work, contracts, *, is_short):
    """A stock-take signed by two; `is_short` leaves the first bag out."""
    with work() as uow:
        held = bags.bags_of(uow, [one.contract_id for one in contracts])
        scans = [
            NewScan(bag.place_id, bag.bag_number, bag.seal_number, bag.sealed_weight_mg)
            for found in held.values()
            for bag in found
        ][is_short:]
        one = stocktakes.start(uow, NewStocktake("brn_main", None, 0))
        stocktakes.scan(uow, one.stocktake_id, scans)
        stocktakes.close(uow, one.stocktake_id)
    if is_short:
        with work() as uow:
            stocktakes.scan(uow, one.stocktake_id, scans)
            stocktakes.close(uow, one.stocktake_id)
    for user in ("user_maker", "user_checker"):
        with work(user) as uow:
            stocktakes.sign(uow, one.stocktake_id)
    return one.stocktake_id


@pytest.mark.parametrize("is_short", [False, True])
def test_the_vault_sets_the_register_against_the_last_count_and_the_cover(work, kept, is_short):
    stocktake_id = counted(work, kept, is_short=is_short)
    with work("user_checker") as uow:
        takaful.record_cover(
            uow,
            NewCover(
                branch_id="brn_main", provider="Takaful", policy_number="P-1", is_takaful=True,
                covered=Money(2_000_000, USD), premium=Money(1_000, USD),
                valid_from_on=date(2024, 1, 1), valid_to_on=date(2024, 12, 31),
            ),
        )  # fmt: skip
    with work() as uow:
        (branch,) = service.vault(uow, branch_id="brn_main")
        latest = stocktakes.latest_result(uow, "brn_main")
        held = takaful.position(uow, "brn_main")
    assert (branch.bags, branch.things, branch.gross_mg) == (2, 2, 150_000)
    assert branch.fine_mg == 49_995 + 99_990
    assert branch.covers == held
    (cover,) = branch.covers
    assert (cover.held_minor, cover.uncovered_minor) == (2_999_700, 999_700)  # at 200.00 a gram
    count = branch.count
    assert (count.stocktake_id, count.age_days) == (stocktake_id, 0)
    assert (count.expected_bags, count.found_bags) == (2, latest.found_count)
    assert (count.missing_bags, count.differences) == (int(is_short), len(latest.discrepancies))


def test_without_a_board_the_vault_has_no_value(work, kept):
    with at(work, MAKER, datetime(2024, 2, 10, 9, tzinfo=UTC)) as uow:
        (branch,) = service.vault(uow)
    assert [one.held_minor for one in branch.covers] == [None]
    assert (branch.count, branch.things) == (None, 2)


@pytest.fixture
def sold(shop):
    """150 g sold at auction for 8,200.00 on 15 August: 680.00 is the owner's."""
    return sold_at_auction(shop, overdue(shop), 820_000)


def sales_of(work, from_on, to_on, instant):
    with at(work, MAKER, instant) as uow:
        return service.sales(uow, Span(from_on, to_on))


def test_an_auction_is_told_with_its_price_costs_and_surplus(work, sold):
    (found,) = sales_of(work, date(2024, 8, 1), SALE_ON, CLOSE_AT)
    # 150 g of 999.9 at 55.00 a gram: 8,249.17, rounded down; nine tenths of it: 7,424.26
    assert replace(found.lots, reserve_minor=0) == Lots(
        auctions=1, offered=1, sold=1, price_minor=820_000, market_minor=sold.market_minor
    )
    assert sold.market_minor == 824_917
    assert found.lots.reserve_minor == 742_426
    assert found.lots.price_to_market.value == Decimal("0.994039")
    (line,) = found.sales
    assert (line.method, line.count, line.price_minor) == ("auction", 1, 820_000)
    assert (line.costs_minor, line.owner_costs_minor) == (10_000, 10_000)
    assert (line.recovered_minor, line.surplus_minor, line.shortfall_minor) == (742_000, 68_000, 0)
    assert found.recorded == Moved(1, 68_000)
    assert (found.paid, found.transferred) == (Moved(), Moved())
    assert found.unclaimed_minor == 68_000
    assert [one.left.count for one in found.unclaimed] == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("to_on", "bucket"),
    [
        (date(2024, 8, 22), 0),  # 7 days
        (date(2024, 9, 14), 1),  # 30 days
        (date(2024, 9, 15), 2),
        (date(2025, 8, 15), 3),  # 365 days
        (date(2025, 8, 16), 4),
    ],
)
def test_an_unclaimed_surplus_ages_and_stays_the_owners(work, sold, to_on, bucket):
    (found,) = sales_of(work, date(2024, 8, 16), to_on, datetime(2026, 1, 1, 9, tzinfo=UTC))
    assert [one.left for one in found.unclaimed][bucket] == Moved(1, 68_000)
    assert found.unclaimed_minor == 68_000
    with at(work, MAKER, datetime(to_on.year, to_on.month, to_on.day, 9, tzinfo=UTC)) as uow:
        listed = surpluses.ageing(uow, USD)  # as those who look for the owner see it
    assert {one.bucket: (one.left.count, one.left.amount_minor) for one in found.unclaimed} == (
        listed
    )
    assert (found.sales, found.lots, found.recorded) == ([], Lots(), Moved())


def test_reports_of_another_institution_are_empty(work, sold):
    with work(MAKER, OTHER_INSTITUTION) as uow:
        assert service.sales(uow, Span(date(2023, 1, 1), date(2024, 12, 31))) == []
        assert service.custody_fees(uow, JANUARY) == []
        assert service.vault(uow) == []


def test_an_unknown_branch_is_refused(work, shop):
    with work() as uow:
        for report in (service.vault, lambda uow, **b: service.sales(uow, JANUARY, **b)):
            with pytest.raises(ValidationFailed):
                report(uow, branch_id="brn_none")
