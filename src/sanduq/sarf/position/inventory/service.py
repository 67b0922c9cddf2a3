"""What gold the institution owns, as the pieces, the books and custody tell it."""

from __future__ import annotations

from sanduq.kit.db import UnitOfWork
from sanduq.sarf.position.inventory import store
from sanduq.sarf.position.inventory.model import Position, by_currency, currency_position
from sanduq.sarf.position.prices import price_on
from sanduq.sarf.position.promises.service import boards_in_force
from sanduq.sarf.postings import GOLD


def position(uow: UnitOfWork) -> Position:
    """The position now, valued on the board in force of each currency that has one."""
    ledger = store.ledger_balances(uow)
    ledger_fine = ledger.pop(GOLD, 0)
    found = by_currency(store.lots(uow), ledger)
    boards = boards_in_force(uow, [asset for asset, lots in found.items() if lots])
    currencies = []
    for asset, lots in found.items():
        board = boards.get(asset)
        price = None if board is None else price_on(board)
        board_id = None if board is None else board.price_board_id
        currencies.append(currency_position(asset, lots, ledger.get(asset, 0), price, board_id))
    return Position(
        currencies=tuple(currencies),
        fine_weight_mg=sum(one.fine_weight_mg for one in currencies),
        ledger_fine_mg=ledger_fine,
        kept=store.kept(uow),
    )
