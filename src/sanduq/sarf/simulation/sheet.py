"""A result as a sheet: one figure a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from sanduq.sarf.simulation.model import Quantile, SimulationResult

HEADING = ("section", "at", "figure", "value")
_KEYS = ("month", "buy_fraction", "cap_fraction", "loan_margin")


def sheet(result: SimulationResult) -> str:
    """CSV with the columns section, at, figure, value.

    `at` says where in its section a figure stands: a month, the two fractions of a cell, a bin.
    Quantiles are figures such as `quantile 0.05`.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADING)
    writer.writerows(_lines(result))
    return text.getvalue()


def _lines(result: SimulationResult) -> Iterator[tuple[str, str, str, Any]]:
    for field in fields(result):
        value = getattr(result, field.name)
        if field.name == "histogram":
            for number, edge in enumerate(value.edges[:-1]):
                yield (
                    "histogram",
                    f"{edge:g} to {value.edges[number + 1]:g}",
                    "sarf",
                    value.sarf[number],
                )
                yield (
                    "histogram",
                    f"{edge:g} to {value.edges[number + 1]:g}",
                    "pledge",
                    value.pledge[number],
                )
            for name in ("sarf_below", "sarf_above", "pledge_below", "pledge_above"):
                yield "histogram", "", name, getattr(value, name)
        elif is_dataclass(value):
            yield from _figures(field.name, "", "", value)
        elif isinstance(value, tuple):
            for number, part in enumerate(value):
                if is_dataclass(part):
                    at = " / ".join(
                        f"{getattr(part, key):g}" for key in _KEYS if hasattr(part, key)
                    )
                    yield from _figures(field.name, at, "", part)
                else:
                    yield field.name, str(number + 1), "text", part
        else:
            yield "run", "", field.name, value


def _figures(section: str, at: str, prefix: str, part: Any) -> Iterator[tuple[str, str, str, Any]]:
    for field in fields(part):
        value, name = getattr(part, field.name), prefix + field.name
        if field.name in _KEYS or value is None:
            continue
        if is_dataclass(value):
            yield from _figures(section, at, f"{name}.", value)
        elif isinstance(value, tuple):
            for each in value:
                if isinstance(each, Quantile):
                    yield section, at, f"{prefix}quantile {each.at:g}", each.value
        else:
            yield section, at, name, value
