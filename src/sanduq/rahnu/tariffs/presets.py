"""The tariffs kept for comparison, read once from the data beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from sanduq.rahnu.tariffs.model import Tariff, Tier, TierBy


@lru_cache(maxsize=1)
def load_presets() -> Mapping[str, Tariff]:
    """Every tariff by its id, in the order of the data; read-only."""
    path = resources.files("sanduq.rahnu") / "tariffs" / "presets.toml"
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["tariff"]
    return MappingProxyType({row["id"]: _tariff(row) for row in rows})


def _tariff(row: dict[str, Any]) -> Tariff:
    return Tariff(
        tariff_id=row["id"],
        name=row["name"],
        tier_by=TierBy(row["tier_by"]),
        is_daily=row["accrual"] == "day",
        tiers=tuple(_tier(each) for each in row["tiers"]),
        notes=tuple(row["notes"]),
    )


def _tier(row: dict[str, Any]) -> Tier:
    upper = row.get("upper")
    return Tier(
        label=row["label"],
        lower=Fraction(row["lower"]),
        has_lower=row["has_lower"],
        upper=Fraction(upper) if upper is not None else None,
        has_upper=row.get("has_upper", False),
        rate_min=Decimal(row["rate_min"]),
        rate_max=Decimal(row["rate_max"]),
    )
