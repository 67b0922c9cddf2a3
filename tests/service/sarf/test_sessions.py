"""One exchange in one sitting: both sides or neither, and one journal that holds gold and money."""

from __future__ import annotations

import pytest

from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace
from sanduq.sarf.postings import GOLD
from sanduq.sarf.sessions.model import SessionStatus
from tests.coherent import assert_coherent
from tests.make.sarf import (
    FINE_MG,
    PRICE,
    USD,
    bought,
    open_house,
)


@pytest.fixture
def house(work):
    return open_house(work)


def balance(house, place: AccountPlace) -> int:
    with house.at() as uow:
        return ledger.get_balance(uow, place.account_id).debit_minor


def test_gold_bought_is_inventory_at_its_price_and_by_its_pure_weight(house, db) -> None:
    session = bought(house)
    assert session.status is SessionStatus.CLOSED
    assert balance(house, AccountPlace("1210", USD)) == PRICE
    assert balance(house, AccountPlace("1210", GOLD)) == FINE_MG
    assert balance(house, AccountPlace("1290", GOLD)) == -FINE_MG
    assert_coherent(db)
