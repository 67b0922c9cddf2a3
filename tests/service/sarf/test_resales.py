"""Free gold sold to anybody at the market of the day: what it brings is the institution's alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sanduq.assets.price_boards.errors import NoPriceBoard
from sanduq.kit.errors import Forbidden, NotFound, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.sarf.pieces.errors import PieceNotFree
from sanduq.sarf.postings import GOLD
from sanduq.sarf.resales import service
from sanduq.sarf.resales.model import NewResale, bounds
from sanduq.sarf.sessions.model import SessionStatus
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.schemas import ResolutionIn
from tests.coherent import assert_coherent
from tests.make.offers import a_resolution
from tests.make.sarf import (
    BUYER,
    CHECKER,
    CUSTOMER,
    HOUSE,
    MAKER,
    PRICE,
    USD,
    WORTH,
    accepted,
    bought,
    closed,
    gold_received,
    handed_over,
    hang_gold_board,
    open_house,
    paid,
    valued,
)

NOW = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def house(work):
    return open_house(work)


@pytest.fixture
def item_id(house):
    return bought(house).pieces[0].item_id


def offered(house, item_ids, *, user_id=CHECKER, at=None, **changes):
    new = NewResale(buyer_id=BUYER, item_ids=tuple(item_ids))
    with house.at(at, user_id) as uow:
        return service.open_resale(uow, replace(new, **changes))


def carried_through(house, session, *, at=None):
    accepted(house, session, at=at)
    paid(house, session, at=at, received_by_id=MAKER, handed_over_by=session.customer_id)
    handed_over(house, session, at=at)
    gold_received(house, session, at=at, received_by_id=BUYER, handed_over_by=MAKER)
    return closed(house, session, at=at)


def balances(house) -> dict[tuple[str, str], int]:
    with house.at() as uow:
        lines = ledger.trial_balance(uow, TOMORROW.date())
        return {
            (line.code, str(line.asset)): line.debit_minor - line.credit_minor for line in lines
        }


def test_free_gold_is_sold_at_the_market_and_its_profit_is_the_institutions(
    house, item_id, db
) -> None:
    session = carried_through(house, offered(house, [item_id]))
    assert (session.status, session.price_minor) == (SessionStatus.CLOSED, WORTH)
    # Bought at 7,000.00, sold at 10,000.00; nobody else has an account (SCF-12).
    assert balances(house) == {
        ("1000", "USD/2"): 10_000_000 - PRICE + WORTH, ("3000", "USD/2"): -10_000_000,
        ("1210", "USD/2"): 0, ("4600", "USD/2"): -WORTH, ("5300", "USD/2"): PRICE,
        ("1210", "XAU/3"): 0, ("1290", "XAU/3"): 0,
    }  # fmt: skip
    assert_coherent(db)


def test_a_loss_on_gold_sold_is_the_institutions_too(house, item_id, db) -> None:
    # At 130.00 a gram 50 g bring 6,500.00: 500.00 less than they cost.
    hang_gold_board(house.work, 13_000_000, at=TOMORROW, explanation="the market fell")
    session = offered(house, [item_id], at=TOMORROW)
    assert carried_through(house, session, at=TOMORROW).price_minor == 650_000
    assert balances(house)["5300", "USD/2"] == PRICE
    assert_coherent(db)


def test_whoever_sold_the_gold_may_buy_it_like_anybody(house, item_id, db) -> None:
    session = offered(house, [item_id], buyer_id=CUSTOMER)
    assert session.price_minor == WORTH
    carried_through(house, session)
    assert_coherent(db)


def test_the_market_value_is_rounded_down_once(house) -> None:
    # 333 mg of 999 at 200.00 a gram of 999: 66.60; 7 mg more: 68.00; together, not apart.
    bars = [valued(house, 3_337), valued(house, 3_331)]
    bought(house, bars, price_minor=120_000)
    session = offered(house, [one.item_id for one in bars])
    assert session.price_minor == 133_360


@pytest.mark.parametrize("price_minor", [700_000, 1_300_000])
def test_a_price_within_the_limits_of_the_terms_asks_nobody(house, item_id, price_minor) -> None:
    assert offered(house, [item_id], price_minor=price_minor).price_minor == price_minor


@pytest.mark.parametrize(("price_minor", "limit"), [(699_999, "7000"), (1_300_001, "13000")])
def test_a_price_far_from_the_market_waits_for_the_board(
    house, item_id, price_minor, limit
) -> None:
    # SRF-19: 30% on either side of 10,000.00.
    with pytest.raises(ShariahViolation) as refused:
        offered(house, [item_id], price_minor=price_minor)
    (found,) = refused.value.details
    assert (found["code"], found["severity"]) == ("GHABN_FAHISH", "review")
    assert found["limit"].startswith(limit)
    with house.at(user_id="user_shariah") as uow:
        ruling = ResolutionIn(**a_resolution("SRF-19")).command()
        shariah.create_resolution(uow, ruling)
    assert offered(house, [item_id], price_minor=price_minor).price_minor == price_minor


def test_only_who_has_the_authority_sells_free_gold(house, item_id) -> None:
    with pytest.raises(Forbidden):
        offered(house, [item_id], user_id=MAKER)
    assert offered(house, [item_id], user_id="user_finance").status is SessionStatus.OPEN


def test_gold_that_is_not_free_is_not_sold(house, item_id) -> None:
    offered(house, [item_id])
    with pytest.raises(PieceNotFree):
        offered(house, [item_id])
    with pytest.raises(PieceNotFree):
        offered(house, [valued(house).item_id])
    with pytest.raises(ValidationFailed):
        offered(house, [item_id, item_id])


def test_the_institution_does_not_sell_to_itself_nor_to_nobody(house, item_id) -> None:
    with pytest.raises(ValidationFailed, match="of itself"):
        offered(house, [item_id], buyer_id=HOUSE)
    with pytest.raises(NotFound):
        offered(house, [item_id], buyer_id="cpty_nobody")


def test_nothing_is_sold_on_the_price_of_another_day(house, item_id) -> None:
    with pytest.raises(NoPriceBoard):
        offered(house, [item_id], at=TOMORROW)


def test_every_sale_keeps_what_the_rules_found(house, item_id) -> None:
    session = offered(house, [item_id])
    with house.at() as uow:
        kept = shariah.list_evaluations(
            uow, PageRequest(limit=100), subject_id=session.session_id
        ).items
    assert {"SRF-01", "SRF-03", "SRF-19", "SCF-12", "SCF-15"} <= {one.rule_id for one in kept}


def test_bounds_never_shrink_by_rounding() -> None:
    fair = bounds(999, 3_000)  # 699.3 and 1,298.7 minor units
    assert (fair.least_minor, fair.most_minor) == (699, 1_299)
    held = [minor for minor in (698, 699, 1_299, 1_300) if fair.holds(minor)]
    assert held == [699, 1_299]


def test_gold_in_milligrams_is_an_asset_of_its_own() -> None:
    assert (str(GOLD), str(USD)) == ("XAU/3", "USD/2")
