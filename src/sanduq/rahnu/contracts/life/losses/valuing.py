"""What lost things were worth on the day they were lost, and how much fine metal they held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as boards
from sanduq.assets.price_boards.model import PriceBoard, value_minor
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Valuation
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts.life.losses.errors import LossImpossible
from sanduq.rahnu.contracts.life.losses.model import Judgement, Loss
from sanduq.rahnu.contracts.model import Contract, ContractItem


@dataclass(frozen=True, slots=True)
class Worth:
    """What things were worth that day in the market, and the fine metal in them."""

    value_minor: int
    fine_weight_mg: int
    board_ids: tuple[str, ...]


def worth_of(
    uow: UnitOfWork,
    contract: Contract,
    loss: Loss,
    things: Sequence[ContractItem],
    judged: Judgement,
) -> Worth:
    """The market value of the day of the loss, with no deduction, and the fine weight.

    A loss of today is priced by the board in force; an earlier one by the boards of its day, that
    the judgement names. What no board prices counts as it was last valued. Refuses
    NO_PRICE_BOARD, VALIDATION_ERROR an earlier loss without a board of its day.
    """
    known = valuations.newest_confirmed(uow, [one.item_id for one in things])
    priced = _boards(uow, contract, loss, things, known, judged)
    total = fine = 0
    for one in things:
        valued = known.get(one.item_id)
        fineness = _fineness(one, valued)
        fine += one.item.fine_weight_mg or 0
        if one.item.metal is Metal.NONE or fineness is None:
            total += one.value_minor
            continue
        net = one.item.net_weight_mg if valued is None else valued.net_weight_mg
        total += value_minor(priced[one.item.metal], net, fineness)
    return Worth(total, fine, tuple(sorted(board.price_board_id for board in priced.values())))


def _fineness(one: ContractItem, valued: Valuation | None) -> int | None:
    return one.item.fineness_bp if valued is None else valued.fineness_bp


def _boards(
    uow: UnitOfWork,
    contract: Contract,
    loss: Loss,
    things: Sequence[ContractItem],
    known: Mapping[str, Valuation],
    judged: Judgement,
) -> dict[Metal, PriceBoard]:
    metals = {
        one.item.metal
        for one in things
        if one.item.metal is not Metal.NONE and _fineness(one, known.get(one.item_id)) is not None
    }
    found: dict[Metal, PriceBoard] = {}
    for board_id in judged.price_board_ids:
        board = boards.board_by_id(uow, board_id)
        since = board.in_force_from
        if since is None or local_date(since, uow.time_zone) > loss.happened_on:
            raise LossImpossible.field(
                "price_board_ids", "not_of_the_day",
                f"{board_id} was not in force on {loss.happened_on}",
            )  # fmt: skip
        if board.asset == contract.asset:
            found[board.metal] = board
    for metal in metals - found.keys():
        if loss.happened_on != uow.today:
            raise LossImpossible.field(
                "price_board_ids", "missing_field",
                f"the loss was on {loss.happened_on}: name the board of {metal} of that day"
                " (rule RHN-09 values on the day of the loss)",
            )  # fmt: skip
        found[metal] = boards.current_board(uow, metal, contract.asset)
    return found
