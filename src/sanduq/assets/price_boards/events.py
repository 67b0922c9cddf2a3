"""What price boards tell the outside."""

from __future__ import annotations

from sanduq.assets.price_boards.model import PriceBoard
from sanduq.assets.price_boards.schemas import board_out
from sanduq.events.service import Event, EventType, declare

PROPOSED = "gold.price.proposed"
PUBLISHED = "gold.price.published"
REJECTED = "gold.price.rejected"

declare(
    EventType(PROPOSED, "A price board was proposed and waits for another.", "PriceBoardOut"),
    EventType(PUBLISHED, "A price board was published: the prices of its day.", "PriceBoardOut"),
    EventType(REJECTED, "A proposed price board was refused.", "PriceBoardOut"),
)


def proposed(board: PriceBoard) -> Event:
    """A board was put forward."""
    return Event(PROPOSED, board.price_board_id, board_out(board))


def published(board: PriceBoard) -> Event:
    """A board was approved."""
    return Event(PUBLISHED, board.price_board_id, board_out(board))


def rejected(board: PriceBoard) -> Event:
    """A board was refused."""
    return Event(REJECTED, board.price_board_id, board_out(board))
