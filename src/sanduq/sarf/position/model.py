"""What open promises and owned gold stand at: cost, or less where less can be had. No I/O.

Gold bought for resale is carried at cost, then at the lower of cost and what selling it brings.
Where a promise may be used, what selling brings is the promised price. Nothing here books a gain:
a price that rises above cost only takes back what an earlier fall had booked.
"""

from __future__ import annotations

from dataclasses import dataclass

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class OwnGold:
    """Gold still owned that came in with one facility: its pure weight, and what it cost."""

    fine_weight_mg: int
    cost_minor: int


NONE_LEFT = OwnGold(0, 0)


def missing_mg(remaining_mg: int, own: OwnGold) -> int:
    """Pure gold that would have to be bought to keep a promise."""
    return max(0, remaining_mg - own.fine_weight_mg)


def cost_to_fulfil_minor(remaining_mg: int, own: OwnGold, missing_market_minor: int) -> int:
    """What keeping a promise costs: its own gold at cost, and the rest at today's market.

    Own gold beyond what is left of the promise counts by its share of the weight, rounded up.
    """
    if own.fine_weight_mg <= remaining_mg:
        return own.cost_minor + missing_market_minor
    return -(-own.cost_minor * remaining_mg // own.fine_weight_mg)


def provision_target_minor(cost_to_fulfil: int, receivable_minor: int) -> int:
    """The loss a promise brings if it is used in full; never below zero."""
    return max(0, cost_to_fulfil - receivable_minor)


def write_down_target_minor(
    cost_minor: int, market_minor: int, sale_cost_bp: int, *, free_mg: int, own_mg: int
) -> int:
    """By how much a piece stands above what the market would leave of it; never below zero.

    `free_mg` of the `own_mg` that came in with it are under no open promise of their facility:
    only that share of the piece is held against the market, the rest against the promise.
    """
    net_minor = market_minor * (WHOLE_BP - sale_cost_bp) // WHOLE_BP
    return max(0, cost_minor * free_mg // own_mg - net_minor * free_mg // own_mg)


def share_used_minor(
    provision_minor: int, bought_mg: int, remaining_mg: int, cost_minor: int
) -> int:
    """How much of a provision a purchase under the promise uses up.

    All of it when everything that was left is bought, else its share by pure weight, rounded
    down; never more than what the gold handed over had cost.
    """
    if bought_mg >= remaining_mg:
        return min(provision_minor, cost_minor)
    return min(provision_minor * bought_mg // remaining_mg, cost_minor)
