"""Buying under the promise: the paper's figures through the books, lower prices, one at a time.

50 g of 999, bought for 7,000.00 and promised at no more than 75% of the market of the day of the
purchase: at 200.00 a gram 7,500.00, at 210.00 7,875.00, at 180.00 6,750.00.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from sanduq.access import service as access
from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from sanduq.ledger.model import AccountPlace
from sanduq.sarf.facilities import buying, days, service, sittings
from sanduq.sarf.facilities.model import BuyBackStatus, FacilityStatus, NewBuyBack
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.position.revaluations import service as revaluations
from sanduq.sarf.postings import GOLD
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor
from tests.make.sarf import CHECKER, MAKER, USD, a_gold_bar, open_house
from tests.make.sarf import sold as resold
from tests.make.sarf_facilities import (
    CLOSES_ON,
    IN_WINDOW,
    asked,
    bought,
    day_ended,
    priced,
    promised,
    sold,
)


@pytest.fixture
def house(work):
    return open_house(work)


@pytest.fixture
def facility(house):
    return promised(house, sold(house))


def books(owner_url) -> dict[str, int]:
    """Sales, cost of sales, loss on promises, inventory at cost and in pure gold."""
    named = {"sales": "4600", "cost": "5300", "loss": "5500", "stock": "1210"}
    found = {
        name: balance_minor(owner_url, AccountPlace(code, USD)) for name, code in named.items()
    }
    return found | {"gold": balance_minor(owner_url, AccountPlace("1210", GOLD))}


def gain(owner_url) -> int:
    """What the whole came to: credits less debits of the accounts of income and cost."""
    seen = books(owner_url)
    return -(seen["sales"] + seen["cost"] + seen["loss"])


def reread(house, facility):
    with house.at() as uow:
        return service.get(uow, facility.facility_id)


def revalued(house, when=IN_WINDOW) -> None:
    with house.at(when, "user_finance") as uow:
        revaluations.revalue(uow, USD)


@pytest.mark.parametrize(
    ("per_gram_minor", "price_minor", "gain_minor"),
    [(20_000, 750_000, 50_000), (21_000, 787_500, 87_500), (20_500, 768_750, 68_750)],
)
def test_the_papers_figures_when_the_price_stands_or_rises(
    house, facility, owner_url, db, per_gram_minor, price_minor, gain_minor
) -> None:
    priced(house, IN_WINDOW, per_gram_minor)
    done = bought(house, facility, facility.item_ids)
    assert done.buy_backs[0].price_minor == price_minor
    assert books(owner_url) == {
        "sales": -price_minor, "cost": 700_000, "loss": 0, "stock": 0, "gold": 0,
    }  # fmt: skip
    assert gain(owner_url) == gain_minor
    assert_coherent(db)


def test_the_papers_loss_when_the_price_falls_is_provided_for_and_used(
    house, facility, owner_url, db
) -> None:
    priced(house, IN_WINDOW, 18_000)
    revalued(house)
    assert reread(house, facility).provision_minor == 25_000
    assert gain(owner_url) == -25_000
    done = bought(house, facility, facility.item_ids)
    assert (done.buy_backs[0].price_minor, done.provision_minor) == (675_000, 0)
    assert done.buy_backs[0].provision_used_minor == 25_000
    assert books(owner_url) == {
        "sales": -675_000, "cost": 675_000, "loss": 25_000, "stock": 0, "gold": 0,
    }  # fmt: skip
    assert gain(owner_url) == -25_000
    left = AccountPlace("2500", USD, subject=facility.facility_id)
    assert balance_minor(owner_url, left) == 0
    assert_coherent(db)


def test_a_part_uses_its_part_of_the_provision(house, owner_url, db) -> None:
    bars = [a_gold_bar(house, 30_000), a_gold_bar(house, 20_000)]
    facility = promised(house, sold(house, bars))
    priced(house, IN_WINDOW, 18_000)
    revalued(house)
    part = bought(house, facility, [bars[1].item_id])
    # 20 of 50 g: 100.00 of the 250.00 set aside.
    assert (part.buy_backs[0].provision_used_minor, part.provision_minor) == (10_000, 15_000)
    assert_coherent(db)
    done = bought(house, facility, [bars[0].item_id])
    assert (done.provision_minor, gain(owner_url)) == (0, -25_000)
    assert_coherent(db)


def test_a_promise_that_lapses_gives_its_provision_back_and_the_gold_brings_what_it_brings(
    house, facility, owner_url, db
) -> None:
    priced(house, IN_WINDOW, 18_000)
    revalued(house)
    day_ended(house, CLOSES_ON)
    assert (reread(house, facility).provision_minor, gain(owner_url)) == (0, 0)
    later = IN_WINDOW.replace(month=9, day=20)
    priced(house, later, 18_000)
    resold(house, facility.item_ids, at=later)
    assert (books(owner_url)["sales"], gain(owner_url)) == (-900_000, 200_000)
    assert_coherent(db)


def test_t16_a_cent_above_the_cap_is_refused_scf_06(house, facility, db) -> None:
    priced(house, IN_WINDOW, 21_000)
    with pytest.raises(Refusal) as refused:
        asked(house, facility, facility.item_ids, price=Money(787_501, USD))
    (found,) = refused.value.details
    assert (found["rule_id"], found["code"]) == ("SCF-06", "SCF_PRICE_CAP")
    assert (found["observed"], found["limit"]) == ("7875.01", "7875.00")
    assert reread(house, facility) == facility
    done = bought(house, facility, facility.item_ids, price=Money(787_500, USD))
    assert done.status is FacilityStatus.BOUGHT_BACK
    assert_coherent(db)


def test_a_lower_price_waits_for_another_user_and_is_then_used(
    house, facility, owner_url, db
) -> None:
    priced(house, IN_WINDOW)
    lower = Money(720_000, USD)
    with pytest.raises(Refusal):
        asked(house, facility, facility.item_ids, price=lower)  # without saying why
    waiting = asked(
        house, facility, facility.item_ids, price=lower, reason="he is of old"
    ).buy_backs
    (one,) = waiting
    assert one.status is BuyBackStatus.AWAITING_APPROVAL
    with pytest.raises(Refusal), house.at(IN_WINDOW) as uow:
        sittings.open_session(uow, facility.facility_id)
    with pytest.raises(Refusal) as own, house.at(IN_WINDOW, MAKER) as uow:
        buying.decide_lower(uow, one.buy_back_id, is_approved=True, reason=None)
    assert own.value.code == "FORBIDDEN"
    with house.at(IN_WINDOW, CHECKER) as uow:
        decided = buying.decide_lower(uow, one.buy_back_id, is_approved=True, reason=None)
    assert decided.buy_backs[0].approved_by == CHECKER
    with pytest.raises(Refusal), house.at(IN_WINDOW, CHECKER) as uow:
        buying.decide_lower(uow, one.buy_back_id, is_approved=True, reason=None)
    with house.at(IN_WINDOW) as uow:
        session = sittings.open_session(uow, facility.facility_id)
    assert session.price_minor == 720_000
    assert_coherent(db)


def test_a_lower_price_refused_leaves_the_promise_as_it_was(house, facility, db) -> None:
    priced(house, IN_WINDOW)
    asking = asked(house, facility, facility.item_ids, price=Money(1, USD), reason="a gift")
    with house.at(IN_WINDOW, CHECKER) as uow:
        buying.decide_lower(
            uow, asking.buy_backs[0].buy_back_id, is_approved=False, reason="too low"
        )
    assert reread(house, facility).buy_backs[0].status is BuyBackStatus.REFUSED
    done = bought(house, facility, facility.item_ids)
    assert done.buy_backs[1].price_minor == 750_000
    assert_coherent(db)


def test_a_purchase_withdrawn_takes_its_question_along(house, facility, db) -> None:
    priced(house, IN_WINDOW)
    asking = asked(house, facility, facility.item_ids, price=Money(1, USD), reason="a gift")
    one = asking.buy_backs[0].buy_back_id
    with house.at(IN_WINDOW) as uow:
        assert buying.withdraw(uow, facility.facility_id).open_buy_back is None
    with pytest.raises(Refusal), house.at(IN_WINDOW) as uow:
        buying.withdraw(uow, facility.facility_id)
    with pytest.raises(Refusal), house.at(IN_WINDOW, CHECKER) as uow:
        access.pending(uow, buying.LOWER, one)
    with pytest.raises(Refusal), house.at(IN_WINDOW, CHECKER) as uow:
        buying.decide_lower(uow, one, is_approved=True, reason=None)
    assert_coherent(db)


def test_one_purchase_at_a_time(house, facility, db) -> None:
    priced(house, IN_WINDOW)
    asked(house, facility, facility.item_ids)
    with pytest.raises(Refusal) as refused:
        asked(house, facility, facility.item_ids)
    assert refused.value.status == 409
    with house.at(IN_WINDOW) as uow:
        sittings.open_session(uow, facility.facility_id)
    with pytest.raises(Refusal):
        asked(house, facility, facility.item_ids)
    assert_coherent(db)


def test_a_price_of_another_day_is_not_sold_at(house, facility, db) -> None:
    priced(house, IN_WINDOW)
    asked(house, facility, facility.item_ids)
    tomorrow = IN_WINDOW + timedelta(days=1)
    priced(house, tomorrow, 20_100)
    with pytest.raises(Refusal) as refused, house.at(tomorrow) as uow:
        sittings.open_session(uow, facility.facility_id)
    assert refused.value.code == "BUY_BACK_OTHER_DAY"
    assert day_ended(house, IN_WINDOW.date()) > 0
    assert day_ended(house, IN_WINDOW.date()) == 0
    ended = reread(house, facility)
    assert (ended.open_buy_back, ended.status) == (None, FacilityStatus.WINDOW_OPEN)
    done = bought(house, facility, facility.item_ids, at=tomorrow)
    assert done.buy_backs[1].price_minor == 753_750
    assert_coherent(db)


def test_what_waits_for_approval_ends_with_its_day(house, facility, db) -> None:
    priced(house, IN_WINDOW)
    asking = asked(house, facility, facility.item_ids, price=Money(1, USD), reason="a gift")
    day_ended(house, IN_WINDOW.date())
    with pytest.raises(Refusal), house.at(IN_WINDOW, CHECKER) as uow:
        access.pending(uow, buying.LOWER, asking.buy_backs[0].buy_back_id)
    assert reread(house, facility).buy_backs[0].status is BuyBackStatus.ENDED
    assert_coherent(db)


def test_gold_that_is_not_free_is_not_bought(house, facility, db) -> None:
    priced(house, IN_WINDOW)
    mine = a_gold_bar(house)
    for ids in ([], [facility.item_ids[0]] * 2, [mine.item_id], ["itm_none"]):
        with pytest.raises(Refusal):
            asked(house, facility, ids)
    other = promised(house, sold(house))
    asked(house, other, facility.item_ids)
    with house.at(IN_WINDOW) as uow:
        sittings.open_session(uow, other.facility_id)
    with pytest.raises(Refusal) as refused:
        asked(house, facility, facility.item_ids)
    assert refused.value.code == "PIECE_NOT_FREE"
    with house.at() as uow:
        assert len(pieces.owned(uow, [*facility.item_ids, *other.item_ids])) == 2
    assert_coherent(db)


@pytest.mark.parametrize(
    ("stated", "rules"),
    [
        ({"price_formula": "contract_1_price * (1 + 0.01 * elapsed_months)"}, {"SCF-06"}),
        ({"payment_terms": "in three months"}, {"SCF-08"}),
        ({"set_off_ids": ("lon_1",)}, {"SCF-08"}),
    ],
)
def test_t17_what_a_purchase_may_not_hold_is_refused_by_its_rule(
    house, facility, db, stated, rules
) -> None:
    priced(house, IN_WINDOW)
    with pytest.raises(Refusal) as refused:
        asked(house, facility, facility.item_ids, price=Money(742_000, USD), reason="x", **stated)
    assert {one["rule_id"] for one in refused.value.details} == rules
    assert reread(house, facility) == facility
    assert_coherent(db)


def test_a_facility_that_waits_is_not_ended_before_its_window_is_over(house, facility) -> None:
    priced(house, IN_WINDOW)
    with house.at(IN_WINDOW) as uow:
        buying.ask(uow, facility.facility_id, NewBuyBack(item_ids=facility.item_ids))
    with pytest.raises(Refusal), house.at(IN_WINDOW) as uow:
        days.lapse(uow, facility.facility_id)
    assert reread(house, facility).open_buy_back is not None
