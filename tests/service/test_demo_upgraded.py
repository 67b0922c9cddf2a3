"""A demonstration made by an earlier version catches up, and keeps what was done in it."""

from __future__ import annotations

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.demo_world.loading import load_world, untold
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import currency
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.loans import service as loans
from sanduq.sarf.terms import service as terms
from sanduq.shariah import service as shariah
from tests.coherent import assert_coherent
from tests.make.loans import LOANS, an_application, asked, done
from tests.make.rows import run_as_owner

ALL = PageRequest(limit=100)

# As it was: nobody managed funds, and the group was a name without members, open for lending;
# nobody bought gold.
NO_GOLD = "delete from sarf.terms; delete from shariah.resolution where cardinality(answers) > 0;"
EARLIER = (
    f"set session_replication_role = replica; {NO_GOLD}"
    " update access.staff_user set roles = array['field_officer', 'administrator'];"
    " delete from microfinance.group_role; delete from microfinance.group_member;"
    " update microfinance.lending_group set status = '{status}', facilitator_id = null;"
    " set session_replication_role = origin"
)


@pytest.mark.parametrize("status", ["ACTIVE", "FORMING"])
def test_one_that_was_worked_in_gets_roles_and_members_and_no_history(
    demo_work, demo_db, demo_url, demo_client, status
):
    with demo_work() as uow:
        own = loans.create(uow, asked()).loan_id
    run_as_owner(demo_url, EARLIER.format(status=status))
    assert not load_world(demo_url, demo_db)
    assert "SANDUQ_DATA" in (untold(demo_db) or "")
    with demo_work(demo.CHECKER) as uow:
        users = {one.user_id: tuple(one.roles) for one in access.list_users(uow, ALL).items}
        assert users == {user_id: roles for user_id, (_, roles) in demo.USERS.items()}
        assert len(members.members_on(uow, demo.VILLAGE, uow.today)) == 2
        assert loans.get(uow, own).loan_id == own
        assert _may_buy_gold(uow)
        assert_coherent(uow)
    done(demo_client.post(LOANS, json=an_application()), 201)
    # A second start finds nothing left to do.
    assert not load_world(demo_url, demo_db)
    with demo_work() as uow:
        assert len(members.members_on(uow, demo.VILLAGE, uow.today)) == 2


def test_one_whose_clock_was_moved_is_not_told_a_past(demo_work, demo_db, demo_url):
    run_as_owner(demo_url, f"set session_replication_role = replica; {NO_GOLD}")
    with demo_work() as uow:
        access.move_clock(uow, demo.NOW.replace(day=16))
    assert not load_world(demo_url, demo_db)
    assert untold(demo_db)
    with demo_work() as uow:
        assert _may_buy_gold(uow)
        (made_at,) = {one.created_at for one in terms.list_terms(uow, ALL).items}
        assert made_at == demo.NOW.replace(day=16)
        assert_coherent(uow)


def test_gold_is_bought_under_a_ruling_that_says_it_is_a_demonstration(demo_work):
    with demo_work() as uow:
        offered = terms.list_terms(uow, ALL).items
        assert {one.asset.code for one in offered} == set(demo.CURRENCIES)
        assert _may_buy_gold(uow)
        (ruling_id,) = {one.resolution_id for one in offered}
        ruling = shariah.get_resolution(uow, ruling_id or "")
    assert ruling.is_demonstration
    assert "no ruling of any board" in ruling.ruling


def _may_buy_gold(uow: UnitOfWork) -> bool:
    """Whether every currency has default terms that gold may be bought under today."""
    found = [terms.terms_for(uow, None, currency(code)) for code in demo.CURRENCIES]
    return all(terms.is_live(uow, one) for one in found)
