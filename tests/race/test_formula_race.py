"""Formulas are read by many threads at once, whatever the collector does in between."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sanduq.kit.formula import FormulaNames, read_formula

NAMES = FormulaNames(frozenset({"price", "weight"}), frozenset())


class Slow:
    """Garbage in a ring, whose end lets another thread run."""

    def __init__(self) -> None:
        self.ring = self

    def __del__(self) -> None:
        time.sleep(0)


@pytest.fixture(autouse=True)
def eager_collector() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.set_threshold(3, 2, 2)
    yield
    gc.set_threshold(*usual)


def test_formulas_read_at_the_same_time_are_all_read() -> None:
    def read(number: int) -> int:
        for _ in range(200):
            Slow()
            formula = read_formula(f"min(price * weight, {number} * (price + weight) / 2)", NAMES)
            assert formula.names == {"price", "weight"}
        return number

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(16))) == list(range(16))
