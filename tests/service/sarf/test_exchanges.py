"""Gold for gold: equal in pure weight, at once, and nothing paid on top but a service at cost."""

from __future__ import annotations

import pytest

from sanduq.custody.register import service as register
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace
from sanduq.sarf.exchanges import service
from sanduq.sarf.exchanges.model import NewExchange
from sanduq.sarf.model import Leg
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.pieces.errors import PieceNotFree
from sanduq.sarf.pieces.model import PieceStatus
from sanduq.sarf.postings import GOLD
from sanduq.sarf.sessions import undoing
from sanduq.sarf.sessions.errors import LegMissing, NotOfThisSession, NotValuedToday
from sanduq.sarf.sessions.model import SessionStatus, VoidGround
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.sarf import (
    BUYER,
    CHECKER,
    HOUSE,
    MAKER,
    PRICE,
    USD,
    a_gold_bar,
    accepted,
    bagged,
    bought,
    closed,
    gold_received,
    hand_back,
    handed_over,
    open_house,
    paid,
    valued,
)


@pytest.fixture
def house(work):
    return open_house(work)


def offered(house, brought, own_item_ids, **changes):
    with house.at() as uow:
        return service.open_exchange(
            uow,
            NewExchange(
                customer_id=BUYER, item_ids=tuple(one.item_id for one in brought),
                own_item_ids=tuple(own_item_ids), **changes,
            ),
        )  # fmt: skip


def own_bar(house, weight_mg=50_000) -> str:
    return bought(house, [valued(house, weight_mg)]).pieces[0].item_id


def balance(house, code: str, asset=USD) -> int:
    with house.at() as uow:
        return ledger.get_balance(uow, AccountPlace(code, asset).account_id).debit_minor


def codes(refused) -> set[str]:
    return {each["code"] for each in refused.value.details}


def carried_through(house, session, brought):
    accepted(house, session)
    bagged(house, session, brought)
    gold_received(house, session, leg=Leg.GOLD_IN)
    if session.money_minor:
        paid(house, session, received_by_id=MAKER, handed_over_by=BUYER)
    handed_over(house, session)
    gold_received(house, session, leg=Leg.GOLD_OUT, received_by_id=BUYER)
    return closed(house, session)


def test_twenty_grams_of_916_are_not_exchanged_for_twenty_of_999(house) -> None:
    # T14: 18.32 g of pure gold against 19.98 g.
    brought = valued(house, 20_000, BUYER, fineness_bp=9_160)
    with pytest.raises(ShariahViolation) as refused:
        offered(house, [brought], [own_bar(house, 20_000)])
    assert codes(refused) == {"GOLD_INEQUALITY"}
    (found,) = refused.value.details
    assert (found["observed"], found["limit"]) == ("18.3200 g", "19.9800 g")


def test_equal_pure_weights_are_exchanged_whatever_their_fineness(house, db) -> None:
    # 49.95 g of 916 and 45.80 g of 999 both hold 45.7542 g.
    own = own_bar(house, 45_800)
    cost = balance(house, "1210")
    brought = valued(house, 49_950, BUYER, fineness_bp=9_160)
    session = carried_through(house, offered(house, [brought], [own]), [brought])
    assert session.status is SessionStatus.CLOSED
    with house.at() as uow:
        owned = pieces.owned(uow, [own, brought.item_id])
        (lying,) = register.load_holdings(uow, [brought.item_id]).values()
        (gone,) = pieces.reserved_for(uow, session.session_id)
    assert owned.keys() == {brought.item_id}
    assert owned[brought.item_id].cost_minor == cost == balance(house, "1210")
    assert gone.status is PieceStatus.EXCHANGED
    assert lying.owner_id == HOUSE
    assert balance(house, "1210", GOLD) == 45_754
    assert_coherent(db)


def test_gold_leaves_only_once_all_the_other_brings_was_received(house) -> None:
    brought = valued(house, owner_id=BUYER)
    session = offered(house, [brought], [own_bar(house)])
    accepted(house, session)
    with pytest.raises(NotOfThisSession):
        gold_received(house, session)
    bagged(house, session, [brought])
    after = gold_received(house, session, leg=Leg.GOLD_IN)
    assert after.release_id is not None
    with pytest.raises(LegMissing, match="GOLD_OUT"):
        closed(house, session)


def test_a_service_inside_it_costs_what_it_costs(house, db) -> None:
    brought, own = valued(house, owner_id=BUYER), own_bar(house)
    with pytest.raises(ShariahViolation) as refused:
        offered(house, [brought], [own], service_fee_minor=501, service_cost_minor=500)
    assert codes(refused) == {"GOLD_SERVICE_FEE"}
    session = offered(house, [brought], [own], service_fee_minor=500, service_cost_minor=500)
    assert session.legs == (Leg.GOLD_IN, Leg.GOLD_OUT, Leg.MONEY)
    carried_through(house, session, [brought])
    assert balance(house, "4900") == -500
    assert balance(house, "1210") == PRICE
    assert_coherent(db)


def test_what_is_brought_is_valued_and_what_goes_is_owned(house) -> None:
    own = own_bar(house)
    with pytest.raises(NotValuedToday):
        offered(house, [a_gold_bar(house, owner_id=BUYER)], [own])
    brought = valued(house, owner_id=BUYER)
    with pytest.raises(PieceNotFree):
        offered(house, [brought], [valued(house).item_id])


def test_a_void_exchange_gives_each_his_own_again(house, db) -> None:
    brought, bar = valued(house, owner_id=BUYER), valued(house)
    bought(house, [bar])
    session = carried_through(house, offered(house, [brought], [bar.item_id]), [brought])
    with house.at() as uow:
        undoing.ask_void(uow, session.session_id, VoidGround.HIDDEN_DEFECT, "plated", None)
    bagged(house, session, [bar])
    with house.at(user_id=CHECKER) as uow:
        voided = undoing.decide_void(
            uow, session.session_id, is_approved=True, reason=None, owner_id=HOUSE
        )
    with house.at() as uow:
        owned = pieces.owned(uow, [bar.item_id, brought.item_id])
    assert {key: one.status for key, one in owned.items()} == {bar.item_id: PieceStatus.HELD}
    assert_coherent(db)
    hand_back(house, voided)
    assert_coherent(db)
