"""Formulas of amounts: a small arithmetic language, read and never executed.

Numbers are plain decimals, kept exact; operators `+ - * /`, functions `min` and `max`, and
names from a fixed list, each kind of formula its own. Names a rule forbids can be written, so
that the rule can say which one was read; every other name is refused at once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from threading import Lock
from typing import TypeAlias

LENGTH_MAX = 200

# CPython 3.11 counts how deep a tree is in one place for all threads: two that build trees at once
# can fail with a SystemError (AST constructor recursion depth mismatch).
_READING = Lock()

Amount: TypeAlias = Fraction | Decimal | int

_TEXT = re.compile(r"\A[0-9A-Za-z_+\-*/()., ]+\Z", re.ASCII)
_NUMBER = re.compile(r"\A[0-9]+(\.[0-9]+)?\Z", re.ASCII)
# A digit run into a letter would be read by Python as something else (`0x1`, `1e5`, `1or 2`).
_GLUED = re.compile(r"(?<![A-Za-z_0-9])[0-9.]+[A-Za-z_]", re.ASCII)


@dataclass(frozen=True, slots=True)
class FormulaNames:
    """The names one kind of formula may read, and those that can be written only to be refused."""

    allowed: frozenset[str]
    refused: frozenset[str]


class FormulaError(ValueError):
    """A formula that cannot be read or has no value; `code` says which way it failed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that has been read: its text, its tree, the names it uses and those it might."""

    text: str
    tree: ast.expr
    names: frozenset[str]
    language: FormulaNames

    @property
    def refused_names(self) -> tuple[str, ...]:
        """The names in it that its kind may not read, sorted."""
        return tuple(sorted(self.names & self.language.refused))


def read_formula(text: str, language: FormulaNames) -> Formula:
    """Reads a formula written in the names of one kind.

    Refuses (`FormulaError`) with code `too_long`, `unreadable` (anything but the language
    above) or `unknown_name`.
    """
    if len(text) > LENGTH_MAX:
        raise FormulaError("too_long", f"a formula has at most {LENGTH_MAX} characters")
    if not _TEXT.match(text) or _GLUED.search(text):
        raise FormulaError("unreadable", "a formula holds numbers, names, + - * / min and max")
    try:
        with _READING:
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, MemoryError, RecursionError, ValueError):
        raise FormulaError("unreadable", "the formula is not well formed") from None
    names: set[str] = set()
    _check(tree, text.strip(), names, language.allowed | language.refused)
    return Formula(text.strip(), tree, frozenset(names), language)


def exact(formula: Formula, values: Mapping[str, Amount]) -> Fraction:
    """What the formula comes to, unrounded. `values` are counts, and amounts in major units.

    Refuses (`FormulaError`) with code `missing_value` or `division_by_zero`.
    """
    missing = sorted(formula.names - values.keys())
    if missing:
        raise FormulaError("missing_value", f"the formula needs {', '.join(missing)}")
    return _value(formula.tree, formula.text, values)


def minor_by_formula(formula: Formula, values: Mapping[str, Amount], digits: int) -> int:
    """The amount in minor units of an asset with `digits` decimals, rounded down.

    `values` are counts, and amounts in major units. Refuses (`FormulaError`) with code
    `missing_value`, `division_by_zero` or `negative`.
    """
    amount = exact(formula, values)
    if amount < 0:
        raise FormulaError("negative", "the formula gives a negative amount")
    return int(amount * 10**digits)


def _check(node: ast.expr, text: str, names: set[str], known: frozenset[str]) -> None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
        _check(node.left, text, names, known)
        _check(node.right, text, names, known)
    elif isinstance(node, ast.Call):
        if not _is_min_or_max(node) or node.keywords or len(node.args) < 2:
            raise FormulaError("unreadable", "the functions are min and max, of two or more")
        for argument in node.args:
            _check(argument, text, names, known)
    elif isinstance(node, ast.Name):
        if node.id not in known:
            raise FormulaError("unknown_name", f"{node.id} is not a name a formula may use")
        names.add(node.id)
    elif not isinstance(node, ast.Constant) or not _NUMBER.match(_written(node, text)):
        raise FormulaError("unreadable", "a formula holds numbers, names, + - * / min and max")


def _value(node: ast.expr, text: str, values: Mapping[str, Amount]) -> Fraction:
    if isinstance(node, ast.Name):
        return Fraction(values[node.id])
    if isinstance(node, ast.Call):
        arguments = [_value(argument, text, values) for argument in node.args]
        return min(arguments) if _is_min(node) else max(arguments)
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, text, values), _value(node.right, text, values)
        return _combined(node.op, left, right)
    return Fraction(_written(node, text))


def _combined(operator: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    if isinstance(operator, ast.Add):
        return left + right
    if isinstance(operator, ast.Sub):
        return left - right
    if isinstance(operator, ast.Mult):
        return left * right
    if right == 0:
        raise FormulaError("division_by_zero", "the formula divides by zero")
    return left / right


def _is_min_or_max(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in ("min", "max")


def _is_min(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == "min"


def _written(node: ast.expr, text: str) -> str:
    # The number as typed: ast would already have made 0.1 a float.
    return ast.get_source_segment(text, node) or ""
