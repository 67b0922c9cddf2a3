"""Gold for gold, weight for weight of the pure metal. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExchange:
    """Things a customer brings for pieces of the institution.

    Nothing is paid beside them but a service, at what it costs the institution at most.
    """

    customer_id: str
    item_ids: tuple[str, ...]
    own_item_ids: tuple[str, ...]
    service_fee_minor: int = 0
    service_cost_minor: int = 0
    branch_id: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
