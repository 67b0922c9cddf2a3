"""What a count leaves on an officer's till is settled by somebody else, and never beyond it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sanduq import demo
from sanduq.access.errors import NoAuthority
from sanduq.kit.errors import Conflict, NotFound
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.collection import service as collections
from sanduq.microfinance.collection.checks import check_collections
from sanduq.microfinance.collection.tills import service
from sanduq.microfinance.collection.tills.errors import MoreThanTheTill, OwnTill
from sanduq.microfinance.collection.tills.model import Direction, SettleTill
from tests.coherent import assert_coherent
from tests.make.collection import a_circle, a_sheet, full_rows
from tests.make.groups import USD
from tests.make.rows import run_as_owner

IN, OUT = Direction.PAID_IN, Direction.PAID_OUT


@pytest.fixture
def counted(demo_work):
    """Four contributions of 50 and two payments of 100 make 400: so much was counted instead."""

    def collect(units):
        circle = a_circle(demo_work)
        with demo_work() as uow:
            collections.collect(uow, [a_sheet(circle, full_rows(circle), units)])

    yield collect
    with demo_work() as uow:
        assert list(check_collections(uow)) == []
        assert_coherent(uow)


def settled(work, direction, units, user=demo.CHECKER, **changes):
    with work(user) as uow:
        amount = Money(units * 100, USD)
        return service.settle(uow, SettleTill(demo.MAKER, direction, amount, "counted", **changes))


def standing(work):
    with work() as uow:
        return [
            (till.officer_id, till.owed_by_officer_minor, till.kept_minor)
            for till in service.list_tills(uow)
        ]


def test_a_shortage_is_owed_until_the_officer_brings_it(demo_work, counted):
    counted(390)
    assert standing(demo_work) == [(demo.MAKER, 1000, 0)]
    settled(demo_work, IN, 6)
    assert standing(demo_work) == [(demo.MAKER, 400, 0)]
    settled(demo_work, IN, 4, reference="TR-1")
    assert standing(demo_work) == []
    with demo_work() as uow:
        page = service.list_settlements(uow, demo.MAKER, PageRequest())
        assert [(one.amount.amount_minor, one.reference) for one in page.items] == [
            (400, "TR-1"),
            (600, None),
        ]
        assert service.list_settlements(uow, demo.CHECKER, PageRequest()).items == []


def test_an_overage_is_kept_for_others_until_it_leaves_the_till(demo_work, counted):
    counted(425)
    assert standing(demo_work) == [(demo.MAKER, 0, 2500)]
    settled(demo_work, OUT, 25)
    assert standing(demo_work) == []


@pytest.mark.parametrize(
    ("units", "direction", "asked"), [(390, IN, 11), (390, OUT, 1), (425, OUT, 26), (400, IN, 1)]
)
def test_no_more_is_settled_than_the_till_holds_or_lacks(
    demo_work, counted, units, direction, asked
):
    counted(units)
    before = standing(demo_work)
    with pytest.raises(MoreThanTheTill):
        settled(demo_work, direction, asked)
    assert standing(demo_work) == before


def test_nobody_settles_his_own_till_or_without_authority(demo_work, counted):
    counted(390)
    with pytest.raises(OwnTill):
        settled(demo_work, IN, 1, user=demo.MAKER)
    with pytest.raises(NoAuthority):
        settled(demo_work, IN, 1, user=demo.SHARIAH)
    with pytest.raises(NotFound):
        settled(demo_work, IN, 1, branch_id="brn_nowhere")
    assert standing(demo_work) == [(demo.MAKER, 1000, 0)]


def test_two_who_settle_at_once_do_not_settle_it_twice(demo_work, counted):
    counted(390)

    def one(_):
        try:
            settled(demo_work, IN, 10)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [False, False, False, True]
    assert standing(demo_work) == []


def test_verify_sees_a_settlement_that_the_till_does_not_know(demo_work, demo_url, counted):
    counted(390)
    settled(demo_work, IN, 10)
    change = (
        "set session_replication_role = replica;"
        " update microfinance.till_settlement set amount_minor = amount_minor {} 100;"
        " set session_replication_role = origin"
    )
    run_as_owner(demo_url, change.format("+"))
    with demo_work() as uow:
        (fault,) = check_collections(uow)
        assert "till" in fault
    run_as_owner(demo_url, change.format("-"))


def test_a_till_is_settled_over_http_by_the_one_who_checks(
    demo_client, demo_checker, demo_work, counted
):
    counted(390)
    path = "/v1/rails/microfinance/tills"
    assert demo_client.get(path).json() == {
        "type": "tills",
        "data": [
            {"type": "till", "officer_id": demo.MAKER, "currency": "USD", "owed_by_officer": 10,
             "kept": 0}
        ],
    }  # fmt: skip
    body = {"direction": "paid_in", "amount": 10, "currency": "USD", "reason": "brought"}
    own = demo_client.post(f"{path}/{demo.MAKER}/settlements", json=body)
    assert (own.status_code, own.json()["code"]) == (403, "FORBIDDEN")
    made = demo_checker.post(f"{path}/{demo.MAKER}/settlements", json=body)
    assert made.status_code == 201
    assert made.json()["id"].startswith("tls_")
    more = demo_checker.post(f"{path}/{demo.MAKER}/settlements", json=body)
    assert (more.status_code, more.json()["errors"][0]["code"]) == (409, "above_till")
    listed = demo_client.get(f"{path}/{demo.MAKER}/settlements").json()["data"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
