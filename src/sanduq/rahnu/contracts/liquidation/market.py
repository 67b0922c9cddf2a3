"""What pledged things are worth in the market today, thing by thing, and on whose word.

Metal is priced by the board in force (rules RHN-24 and ARN-06: the market on the day, never the
debt). What no board prices counts at its newest confirmed valuation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as boards
from sanduq.assets.price_boards.model import PriceBoard, value_minor
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Valuation
from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts.liquidation.errors import NoMarketValue
from sanduq.rahnu.contracts.model import Contract, ContractItem


@dataclass(frozen=True, slots=True)
class Market:
    """Market values by item id in minor units, as of the oldest price among them."""

    values: Mapping[str, int]
    priced_at: datetime
    board_ids: tuple[str, ...]

    @property
    def total_minor(self) -> int:
        return sum(self.values.values())


def market_of(uow: UnitOfWork, contract: Contract, items: Sequence[ContractItem]) -> Market:
    """What things of a pledge are worth today.

    Refuses NO_PRICE_BOARD when no board of today prices their metal; CONFLICT a thing that no
    board prices and nobody has valued.
    """
    known = valuations.newest_confirmed(uow, [one.item_id for one in items])
    in_force: dict[Metal, PriceBoard] = {}
    values: dict[str, int] = {}
    instants: list[datetime] = []
    for one in items:
        valued = known.get(one.item_id)
        fineness = one.item.fineness_bp if valued is None else valued.fineness_bp
        if one.item.metal is Metal.NONE or fineness is None:
            values[one.item_id] = _valued(one, valued)
            instants.append(_valued_at(one, valued))
            continue
        if one.item.metal not in in_force:
            in_force[one.item.metal] = boards.current_board(uow, one.item.metal, contract.asset)
        board = in_force[one.item.metal]
        net = one.item.net_weight_mg if valued is None else valued.net_weight_mg
        values[one.item_id] = value_minor(board, net, fineness)
        instants.append(board.observed_at)
    board_ids = tuple(sorted(board.price_board_id for board in in_force.values()))
    return Market(values, min(instants), board_ids)


def _valued(one: ContractItem, valued: Valuation | None) -> int:
    if valued is None:
        raise NoMarketValue.of(one.item_id)
    return valued.value.amount_minor


def _valued_at(one: ContractItem, valued: Valuation | None) -> datetime:
    if valued is None:
        raise NoMarketValue.of(one.item_id)
    return valued.valued_at
