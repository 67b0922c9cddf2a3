"""A parallel salam stands alone: its own price, its own goods, and nobody's failure to excuse it.

Figures of FAS 7: goods that cost 500.00 are sold by salam for 560.00, a profit of 60.00.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sanduq import demo
from sanduq.access.errors import NoAuthority
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.ledger.model import AccountPlace
from sanduq.microfinance.loans.salam import service_delivery, service_parallel
from sanduq.microfinance.loans.salam.errors import (
    GoodsNotInHand,
    MoreThanUndelivered,
    ParallelExternalIdTaken,
    ParallelNotFound,
    SalamChangedMeanwhile,
)
from sanduq.microfinance.loans.salam.facts import Quality
from sanduq.microfinance.loans.salam.service_parallel import NewParallel
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor
from tests.make.salam import (
    GRADE_A,
    HARVEST,
    MILL,
    SELLER,
    USD,
    a_ruling,
    brought,
    delivered,
    on_day,
    paid,
    prepared,
    usd,
)

SALE = NewParallel(
    buyer_id=MILL,
    commodity="wheat",
    quantity_milli=1_000_000,
    quantity_unit="kg",
    price_per_unit=usd(56),
    price=None,
    specifications=GRADE_A,
    delivery_on=date(2024, 6, 30),
)


@pytest.fixture
def farm(demo_work):
    prepared(demo_work)
    return demo_work


def sold(work, **changes):
    with work() as uow:
        return service_parallel.create(uow, replace(SALE, **changes))


def handed_over(work, parallel, quantity_milli=1_000_000, on=HARVEST, **changes):
    with work() as uow:
        return service_parallel.deliver(
            on_day(uow, HARVEST), parallel.parallel_id, quantity_milli=quantity_milli, on=on,
            document="Waybill 3", **changes,
        )  # fmt: skip


def held(url, code, subject=None):
    return balance_minor(url, AccountPlace(code, USD, subject=subject))


def codes_of(refused):
    return {detail["code"] for detail in refused.value.details}


def verified(work):
    with work(demo.MAKER) as uow:
        assert_coherent(uow)


def test_the_price_is_received_at_the_contract_and_owed_in_goods(farm, demo_url) -> None:
    cash = held(demo_url, "1000", "brn_main")
    parallel = sold(farm)
    assert parallel.price_minor == 56_000
    assert held(demo_url, "2400", parallel.parallel_id) == -56_000
    assert held(demo_url, "1000", "brn_main") == cash + 56_000
    assert parallel.delivery_place == "Main branch"
    verified(farm)


def test_goods_delivered_earn_the_price_and_bear_their_cost(farm, demo_url) -> None:
    delivered(farm)
    parallel = sold(farm)
    done = handed_over(farm, parallel)
    assert (done.status, done.earned_minor) == ("COMPLETED", 56_000)
    assert held(demo_url, "2400", parallel.parallel_id) == 0
    assert held(demo_url, "4400") == -56_000
    assert held(demo_url, "5300") == 50_000
    verified(farm)


def test_parts_earn_their_share_and_the_last_the_rest(farm, demo_url) -> None:
    delivered(farm)
    parallel = sold(farm)
    first = handed_over(farm, parallel, 333_333)
    assert first.earned_minor == 18_666  # 56,000 x 333,333 / 1,000,000, cut
    assert held(demo_url, "2400", parallel.parallel_id) == -37_334
    last = handed_over(farm, parallel, 666_667)
    assert (last.status, last.earned_minor) == ("COMPLETED", 56_000)
    verified(farm)


def test_what_another_owes_us_is_no_excuse(farm) -> None:
    paid(farm)  # a farmer owes us the same wheat, and has not brought it
    parallel = sold(farm)
    with pytest.raises(GoodsNotInHand) as refused:
        handed_over(farm, parallel)
    assert "SLM-16" in refused.value.message
    assert refused.value.code == "FUNDS_INSUFFICIENT"
    verified(farm)


def test_goods_of_another_description_are_not_delivered(farm) -> None:
    loan_id = paid(farm)
    worse = brought(quality=Quality.WORSE, market_value=usd(45_000))
    with farm() as uow:
        service_delivery.deliver(on_day(uow, HARVEST), loan_id, worse)
    with pytest.raises(GoodsNotInHand):
        handed_over(farm, sold(farm))
    delivered(farm)
    other = sold(farm, specifications={**GRADE_A, "grade": "B"})
    with pytest.raises(GoodsNotInHand):
        handed_over(farm, other)


def test_goods_of_several_contracts_serve_one_buyer(farm, demo_url) -> None:
    delivered(farm)
    delivered(farm)
    handed_over(farm, sold(farm, quantity_milli=1_500_000), 1_500_000)
    assert held(demo_url, "5300") == 75_000
    verified(farm)


@pytest.mark.parametrize(
    "changes",
    [
        {"notes": "subject to delivery by the farmer"},
        {"notes": "parallel to slm_01h455vb4pex5vsknk084sn02q"},
        {"metadata": {"first_contract": "mfl_01h455vb4pex5vsknk084sn02q"}},
        {"external_id": "slm_01h455vb4pex5vsknk084sn02q"},
    ],
)
def test_a_parallel_salam_names_no_other_contract(farm, changes) -> None:
    with pytest.raises(ShariahViolation) as refused:
        sold(farm, **changes)
    assert codes_of(refused) == {"PARALLEL_SALAM_LINKED"}


def test_the_first_seller_does_not_buy_unless_the_board_permits(farm) -> None:
    paid(farm)
    with pytest.raises(ShariahViolation) as refused:
        sold(farm, buyer_id=SELLER)
    assert codes_of(refused) == {"PARALLEL_SALAM_INAH"}
    a_ruling(farm, "SLM-17")
    assert sold(farm, buyer_id=SELLER).buyer_id == SELLER
    verified(farm)


def test_nor_does_one_who_shares_his_telephone(farm) -> None:
    paid(farm)
    with farm() as uow:
        firm = NewParty(PartyKind.ORGANISATION, "Osman trading", "cpty_osman", phone="+15550100001")
        parties.create_parties(uow, [firm])
    with pytest.raises(ShariahViolation) as refused:
        sold(farm, buyer_id="cpty_osman")
    assert codes_of(refused) == {"PARALLEL_SALAM_INAH"}


def test_once_his_goods_are_gone_the_seller_may_buy_others(farm) -> None:
    delivered(farm)
    handed_over(farm, sold(farm))
    assert sold(farm, buyer_id=SELLER).buyer_id == SELLER


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"commodity": "gold"}, "SALAM_RIBAWI_PAIR"),
        ({"specifications": {}}, "SALAM_SPEC_INCOMPLETE"),
        ({"delivery_on": date(2024, 1, 15)}, "SALAM_DATE_UNKNOWN"),
        ({"delivery_on": date(2024, 12, 1)}, "SALAM_OFF_SEASON"),
    ],
)
def test_goods_salam_cannot_take_are_not_sold_by_it(farm, changes, code) -> None:
    with pytest.raises(ShariahViolation) as refused:
        sold(farm, **changes)
    assert code in codes_of(refused)


def test_what_does_not_fit_is_refused(farm) -> None:
    with pytest.raises(ValidationFailed):
        sold(farm, price=usd(55_999))
    with pytest.raises(ValidationFailed):
        sold(farm, quantity_milli=333, price_per_unit=usd(1))
    with pytest.raises(NotFound):
        sold(farm, buyer_id="cpty_nobody")
    with pytest.raises(NotFound):
        sold(farm, branch_id="brn_nowhere")
    sold(farm, external_id="order-1")
    with pytest.raises(ParallelExternalIdTaken):
        sold(farm, external_id="order-1")
    with pytest.raises(NoAuthority), farm(demo.FINANCE) as uow:
        service_parallel.create(uow, SALE)


def test_no_more_is_delivered_than_owed_nor_on_an_impossible_day(farm) -> None:
    delivered(farm)
    parallel = sold(farm)
    with pytest.raises(MoreThanUndelivered):
        handed_over(farm, parallel, 1_000_001)
    with pytest.raises(ValidationFailed):
        handed_over(farm, parallel, on=HARVEST - timedelta(days=1))
    with pytest.raises(SalamChangedMeanwhile):
        handed_over(farm, parallel, etag='"p9"')
    with pytest.raises(ParallelNotFound):
        handed_over(farm, replace(parallel, parallel_id="psl_unknown"))


def test_parallel_salams_are_listed_by_state_and_buyer(farm) -> None:
    delivered(farm)
    done, open_one = sold(farm), sold(farm)
    handed_over(farm, done)
    with farm() as uow:
        found = service_parallel.search(uow, PageRequest(), status="ACTIVE", buyer_id=MILL)
        assert [one.parallel_id for one in found.items] == [open_one.parallel_id]
        assert len(service_parallel.search(uow, PageRequest()).items) == 2
        assert service_parallel.get(uow, done.parallel_id).status == "COMPLETED"
