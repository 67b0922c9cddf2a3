"""Wire shapes of gold sold freely."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from sanduq.kit.money import Asset
from sanduq.kit.wire import AmountIn, ExternalId, Input, Metadata, amount
from sanduq.sarf.resales.model import NewResale
from sanduq.sarf.schemas_sessions import Identifier, ItemId


class GoldResaleIn(Input):
    """`price`: in the currency the gold was bought in; without it, its worth on today's board."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"buyer_id": "cpty_jeweller", "item_ids": ["itm_bar"], "price": 10000}]
        }
    )

    buyer_id: Identifier
    item_ids: Annotated[list[ItemId], Field(min_length=1, max_length=50)]
    price: AmountIn | None = None
    branch_id: Identifier | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self, asset: Asset) -> NewResale:
        """The sale to open. Refuses VALIDATION_ERROR a price that is not above zero."""
        price = None if self.price is None else amount(self.price, asset, "price", is_positive=True)
        return NewResale(
            buyer_id=self.buyer_id,
            item_ids=tuple(self.item_ids),
            branch_id=self.branch_id,
            price_minor=None if price is None else price.amount_minor,
            external_id=self.external_id,
            metadata=self.metadata,
        )
