"""The catalogue of indicators everyone has, read once from the file beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from sanduq.microfinance.programs.indicators.model import (
    Aggregate,
    Category,
    Dimension,
    Direction,
    Indicator,
    Source,
    Unit,
)


@lru_cache(maxsize=1)
def load_catalogue() -> Mapping[str, Indicator]:
    """Indicators by code, in the order of the file; read-only, the same object every time.

    Refuses (`ValueError`) two of one code, a figure of the books without a measure, and one
    that is neither computed nor put together from answers.
    """
    path = resources.files("sanduq.microfinance.programs.indicators") / "catalogue.toml"
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    found: dict[str, Indicator] = {}
    for row in document["indicator"]:
        indicator = _indicator(row, document["iris_version"])
        if indicator.code in found:
            raise ValueError(f"the catalogue holds {indicator.code} twice")
        found[indicator.code] = indicator
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def iris_version() -> str:
    """The edition of the IRIS+ catalogue whose codes are used."""
    path = resources.files("sanduq.microfinance.programs.indicators") / "catalogue.toml"
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["iris_version"])


def _indicator(row: Mapping[str, Any], version: str) -> Indicator:
    aggregate, dimension = row.get("aggregate"), row.get("dimension")
    indicator = Indicator(
        code=row["code"],
        name=row["name"],
        description=row["description"],
        category=Category(row["category"]),
        unit=Unit(row["unit"]),
        direction=Direction(row["direction"]),
        source=Source(row["source"]),
        aggregate=Aggregate(aggregate) if aggregate is not None else None,
        disaggregations=tuple(Dimension(each) for each in row.get("disaggregations", [])),
        measure=row.get("measure"),
        dimension=Dimension(dimension) if dimension is not None else None,
        cell=row.get("cell"),
        iris_code=row.get("iris_code"),
        iris_version=version if "iris_code" in row else None,
    )
    if (indicator.measure is None) == (indicator.aggregate is None):
        raise ValueError(f"{indicator.code}: a measure or an aggregate, and not both")
    if indicator.is_of_books and indicator.measure is None:
        raise ValueError(f"{indicator.code}: what the books know has a measure")
    return indicator
