"""The pledge book summed in one statement against the same pledges taken one by one."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import PageRequest
from sanduq.rahnu.contracts import meter
from sanduq.rahnu.contracts import store as contracts_store
from sanduq.rahnu.contracts.margin.flagging import covers_of
from sanduq.rahnu.contracts.margin.model import Cover
from sanduq.rahnu.contracts.model import MarginFlag
from sanduq.reporting.pledges import service, store
from sanduq.reporting.pledges.model import LTV_BUCKETS, By
from tests.conftest import NOW, Work
from tests.make.pledge_book import PledgeSpec, enter
from tests.make.pledges import MAKER, Shop, open_shop
from tests.property.test_margin_properties import pledges


@pytest.fixture
def shop(work: Work) -> Shop:
    return open_shop(work)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(specs=st.lists(pledges(), min_size=1, max_size=6), days=st.integers(0, 250))
def test_the_book_is_the_sum_of_its_pledges(shop: Shop, specs: list[PledgeSpec], days: int) -> None:
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(NOW + timedelta(days=days))
        with uow.connection.transaction():
            ids = enter(uow, shop, specs)
            _assert_summed(uow, ids)
            raise psycopg.Rollback


def _assert_summed(uow: UnitOfWork, ids: list[str]) -> None:
    contracts = list(contracts_store.load(uow, ids).values())
    covers = covers_of(uow, contracts)
    fees = meter.fees_due(uow, contracts, uow.today)
    for by in By:
        report = service.book(uow, by=by)
        (total,) = report.totals
        assert total.pledges == len(ids)
        assert total.things == sum(len(one.items) for one in contracts)
        assert total.claims_minor == sum(one.claims_minor for one in covers.values())
        assert total.fee_due_minor == sum(fees.values())
        assert total.value_minor == sum(one.value_minor for one in covers.values())
        assert total.held_minor == sum(one.held_minor for one in covers.values())
        assert by is By.NONE or sum(one.claims_minor for one in report.parts) == total.claims_minor
    found = {one.number: one for one in store.ltv_buckets(uow, None, None) if one.number}
    for number in range(1, LTV_BUCKETS + 1):
        lying = [one for one in covers.values() if _bucket(one) == number]
        line = found.get(number)
        assert (0 if line is None else line.pledges) == len(lying)
        assert (0 if line is None else line.claims_minor) == sum(x.claims_minor for x in lying)
    page = service.watch_list(uow, PageRequest(100, None, None))
    watched = [one.contract_id for one in page.items]
    flagged = {one.contract_id for one in contracts if one.margin_flag is not MarginFlag.NONE}
    assert set(watched) == flagged
    ratios = [covers[one].ltv_bp for one in watched]
    assert ratios == sorted(ratios, key=lambda one: -one if one is not None else -(1 << 40))


def _bucket(cover: Cover) -> int:
    if cover.claims_minor <= 0:
        return 1
    return next(
        (
            number
            for number in range(1, LTV_BUCKETS)
            if cover.claims_minor * 10 <= number * cover.cover_minor
        ),
        LTV_BUCKETS,
    )
