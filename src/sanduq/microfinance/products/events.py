"""What products tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.products.model import Product
from sanduq.microfinance.products.schemas import product_out

CREATED = "microfinance.product.created"
CHANGED = "microfinance.product.changed"
APPROVED = "microfinance.product.approved"
RETIRED = "microfinance.product.retired"

declare(
    EventType(CREATED, "A product was drawn up.", "ProductOut"),
    EventType(CHANGED, "A product was changed before its approval, or is no longer the default.",
              "ProductOut"),
    EventType(APPROVED, "A product was approved: loans may be made under it.", "ProductOut"),
    EventType(RETIRED, "A product is no longer offered; its loans run on.", "ProductOut"),
)  # fmt: skip


def told(type_name: str, product: Product) -> Event:
    """That something happened to a product, with the product as it now is."""
    return Event(type_name, product.product_id, product_out(product))
