"""What things of a pledge are worth today, and how far what is claimed fills that value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sanduq.assets.model import Metal
from sanduq.assets.policies import service as policies
from sanduq.assets.price_boards import service as boards
from sanduq.assets.price_boards.model import value_minor
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Valuation
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import LimitExceeded
from sanduq.rahnu.contracts.errors import CurrencyDiffers, PledgeStepMissing
from sanduq.rahnu.contracts.model import Contract, ContractItem
from sanduq.rahnu.model import ltv_bp, secured_amount_minor


class RatioAfterTooHigh(LimitExceeded):
    """What would stay in pledge no longer secures what is owed."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Claims beside the value of what secures them, in minor units."""

    debt_minor: int
    fee_due_minor: int
    value_minor: int

    @property
    def claims_minor(self) -> int:
        return self.debt_minor + self.fee_due_minor

    @property
    def ratio_bp(self) -> int | None:
        """Claims as a share of the value, rounded up; None where nothing secures them."""
        return ltv_bp(self.claims_minor, self.value_minor)


def value_now(uow: UnitOfWork, contract: Contract, things: Sequence[ContractItem]) -> int:
    """What things are worth now, as a pledge counts them: by a confirmed valuation not more than
    a day old, or by their weight and fineness on the board of today.

    Refuses CONFLICT (RHN-30) a thing that neither tells, NO_PRICE_BOARD.
    """
    known = valuations.newest_confirmed(uow, [one.item_id for one in things])
    return sum(_worth(uow, contract, one, known.get(one.item_id)) for one in things)


def _worth(uow: UnitOfWork, contract: Contract, one: ContractItem, valued: Valuation | None) -> int:
    if valued is not None and valued.is_valid_on(uow.now):
        if valued.value.asset != contract.asset:
            raise CurrencyDiffers(
                f"{one.item_id} is valued in {valued.value.asset.code}, the pledge is in"
                f" {contract.asset.code}; have it valued in {contract.asset.code}"
            )
        return valued.value.amount_minor
    if valued is None or valued.fineness_bp is None or one.item.metal is Metal.NONE:
        missing = f"a confirmed valuation of {one.item_id}, not more than a day old,"
        raise PledgeStepMissing.of(
            contract.contract_id, "change", missing=missing, rule_id="RHN-30"
        )
    board = boards.current_board(uow, one.item.metal, contract.asset)
    haircut_bp = policies.current_policy(uow).haircut_bp
    return value_minor(board, valued.net_weight_mg, valued.fineness_bp, haircut_bp)


def require_cover(contract: Contract, cover: Cover, rule_id: str) -> int:
    """The ratio after a change, in basis points.

    Refuses LIMIT_EXCEEDED one above the contract's, and says what would have to be paid first.
    """
    ratio = cover.ratio_bp
    if ratio is not None and ratio <= contract.ltv_bp:
        return ratio
    bearable = secured_amount_minor(cover.value_minor, contract.ltv_bp)
    short = contract.money(cover.claims_minor - bearable)
    message = (
        f"what stays is worth {contract.money(cover.value_minor)} and secures"
        f" {contract.money(bearable)}, while {contract.money(cover.claims_minor)} is owed (rule"
        f" {rule_id}): pay {short} first, or leave more in pledge"
    )
    raise RatioAfterTooHigh(
        message,
        details=[
            {"field": "item_ids", "code": "ratio_exceeded", "message": message, "rule_id": rule_id}
        ],
        rule_id=rule_id,
    )
