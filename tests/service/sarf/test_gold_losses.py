"""Gold of ours that is gone: written off by two, at what it stood at; nobody is asked for it."""

from __future__ import annotations

from typing import Any

import pytest

from sanduq.access.errors import MakerMayNotApprove
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace
from sanduq.sarf.facilities import service as facilities
from sanduq.sarf.losses import service as losses
from sanduq.sarf.losses.errors import LossDecided, LossReported
from sanduq.sarf.losses.model import (
    GoldLoss,
    GoldLossFilters,
    LossCause,
    LossStatus,
    NewGoldLoss,
)
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.pieces.errors import PieceNotFree
from sanduq.sarf.postings import GOLD
from tests.coherent import assert_coherent
from tests.make.sarf import CHECKER, USD, House, a_gold_bar, open_house
from tests.make.sarf_facilities import IN_WINDOW, NOW, bought, hang_gold_board, promised, sold


@pytest.fixture
def house(work: Any) -> House:
    return open_house(work)


def gone(house: House, item_id: str) -> GoldLoss:
    with house.at(NOW) as uow:
        return losses.report(
            uow, NewGoldLoss(item_id=item_id, cause=LossCause.STOLEN, reason="the vault was broken"
                             " into", evidence="police report 7"),
        )  # fmt: skip


def decided(house: House, loss: GoldLoss, *, is_approved: bool = True) -> GoldLoss:
    with house.at(NOW, CHECKER) as uow:
        return losses.decide(uow, loss.loss_id, is_approved=is_approved)


def balance(house: House, code: str, asset: Any = USD) -> int:
    """Debits less credits of an account without subject."""
    place = AccountPlace(code, asset)
    with house.at(NOW) as uow:
        return ledger.get_balance(uow, place.account_id).debit_minor


def test_lost_gold_leaves_vault_inventory_and_books_at_its_cost(house: House) -> None:
    """50 g of 999 bought for 7,000.00: the loss is 7,000.00 and 49,950 mg."""
    bar = a_gold_bar(house)
    facility = promised(house, sold(house, [bar]))
    loss = decided(house, gone(house, bar.item_id))
    assert loss.status is LossStatus.WRITTEN_OFF
    assert (loss.amount_minor, loss.fine_weight_mg) == (700_000, 49_950)
    assert balance(house, "5700") == 700_000
    assert balance(house, "1210") == balance(house, "1210", GOLD) == 0
    with house.at(NOW) as uow:
        assert not pieces.owned(uow, [bar.item_id])
        # The promise stands: its loss is the institution's alone (SCF-10).
        after = facilities.get(uow, facility.facility_id)
        assert after.status == facility.status
        assert after.promise == facility.promise
        assert_coherent(uow)


def test_whoever_reports_a_loss_does_not_decide_on_it(house: House) -> None:
    bar = a_gold_bar(house)
    sold(house, [bar])
    loss = gone(house, bar.item_id)
    with house.at(NOW, CHECKER) as uow, pytest.raises(LossReported):
        losses.report(
            uow,
            NewGoldLoss(item_id=bar.item_id, cause=LossCause.LOST, reason="again", evidence="none"),
        )
    with house.at(NOW) as uow, pytest.raises(MakerMayNotApprove):
        losses.decide(uow, loss.loss_id, is_approved=True)
    assert decided(house, loss, is_approved=False).status is LossStatus.REFUSED
    with house.at(NOW) as uow:
        assert pieces.owned(uow, [bar.item_id])
        assert_coherent(uow)
    with house.at(NOW, CHECKER) as uow, pytest.raises(LossDecided):
        losses.decide(uow, loss.loss_id, is_approved=True)


def test_gold_that_was_sold_meanwhile_is_not_lost(house: House) -> None:
    bar = a_gold_bar(house)
    facility = promised(house, sold(house, [bar]))
    loss = gone(house, bar.item_id)
    hang_gold_board(house.work, at=IN_WINDOW)
    bought(house, facility, [bar.item_id])
    with house.at(IN_WINDOW, CHECKER) as uow, pytest.raises(PieceNotFree):
        losses.decide(uow, loss.loss_id, is_approved=True)
    with house.at(IN_WINDOW) as uow, pytest.raises(PieceNotFree):
        losses.report(
            uow,
            NewGoldLoss(item_id=bar.item_id, cause=LossCause.LOST, reason="gone", evidence="none"),
        )
    with house.at(IN_WINDOW) as uow:
        assert_coherent(uow)


def test_losses_are_listed_by_state_and_thing(house: House) -> None:
    bars = [a_gold_bar(house), a_gold_bar(house, 20_000)]
    sold(house, bars)
    first, second = (gone(house, bar.item_id) for bar in bars)
    decided(house, first)
    with house.at(NOW) as uow:
        waiting = GoldLossFilters(status=LossStatus.AWAITING_APPROVAL)
        page = losses.list_losses(uow, waiting, PageRequest())
        assert [one.loss_id for one in page.items] == [second.loss_id]
        of_first = GoldLossFilters(item_id=first.item_id)
        page = losses.list_losses(uow, of_first, PageRequest())
        assert [one.loss_id for one in page.items] == [first.loss_id]
        assert_coherent(uow)
