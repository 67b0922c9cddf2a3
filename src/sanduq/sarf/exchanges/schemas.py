"""Wire shapes of gold exchanged for gold."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from sanduq.kit.money import Asset
from sanduq.kit.wire import AmountIn, ExternalId, Input, Metadata, amount
from sanduq.sarf.exchanges.model import NewExchange
from sanduq.sarf.schemas_sessions import Identifier, ItemId

ItemIds = Annotated[list[ItemId], Field(min_length=1, max_length=50)]


class GoldExchangeIn(Input):
    """`item_ids` are the customer's, `own_item_ids` the institution's. `service_cost`: what the
    service costs the institution, which `service_fee` may not exceed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"customer_id": "cpty_aminah", "item_ids": ["itm_bangle"],
                 "own_item_ids": ["itm_bar"], "service_fee": 5, "service_cost": 5}
            ]
        }
    )  # fmt: skip

    customer_id: Identifier
    item_ids: ItemIds
    own_item_ids: ItemIds
    service_fee: AmountIn = 0
    service_cost: AmountIn = 0
    branch_id: Identifier | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self, asset: Asset) -> NewExchange:
        """The exchange to open; amounts in the currency the institution's pieces stand in."""
        return NewExchange(
            customer_id=self.customer_id,
            item_ids=tuple(self.item_ids),
            own_item_ids=tuple(self.own_item_ids),
            service_fee_minor=amount(self.service_fee, asset, "service_fee").amount_minor,
            service_cost_minor=amount(self.service_cost, asset, "service_cost").amount_minor,
            branch_id=self.branch_id,
            external_id=self.external_id,
            metadata=self.metadata,
        )
