"""The words of the papers: what may be filled in where, and the words the house comes with."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from string import Template
from typing import Any

from sanduq.sarf.terms.model import Paper, Wording, detail

_PARTIES = frozenset({"customer", "institution", "date", "place"})
_SALE = _PARTIES | {"weight_grams", "pieces", "price", "market_price"}
_WINDOW = frozenset({"promised_weight_grams", "window_opens", "window_closes", "cap"})

# The first contract knows nothing of a promise (SCF-03), and the promise knows no price but
# that of the day of its sale (SCF-06).
PLACEHOLDERS: Mapping[Paper, frozenset[str]] = {
    Paper.CONTRACT_1: _SALE,
    Paper.PROMISE: _PARTIES | _WINDOW,
    Paper.CONTRACT_2: _SALE,
    Paper.WINDOW_NOTICE: _WINDOW,
}
# What a paper cannot do without: a sale its weight and its price, a promise its bounds.
REQUIRED: Mapping[Paper, frozenset[str]] = {
    Paper.CONTRACT_1: frozenset({"weight_grams", "price"}),
    Paper.PROMISE: _WINDOW,
    Paper.CONTRACT_2: frozenset({"weight_grams", "price"}),
    Paper.WINDOW_NOTICE: frozenset({"window_opens", "window_closes"}),
}


def render(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in; a value that is missing is a KeyError."""
    return Template(text).substitute(values)


@lru_cache(maxsize=1)
def standard_wordings() -> tuple[Wording, ...]:
    """The words the house comes with, in every language it speaks."""
    path = resources.files("sanduq.sarf.terms") / "wordings.toml"
    languages: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Wording(language, **{paper: text.strip() for paper, text in papers.items()})
        for language, papers in languages.items()
    )


def wording_faults(wordings: tuple[Wording, ...]) -> Iterator[dict[str, Any]]:
    """A language written twice, and placeholders a paper may not or must use."""
    if not wordings:
        yield detail("wordings", "missing_field", "write the papers in one language at least")
    languages = [each.language for each in wordings]
    for place, wording in enumerate(wordings):
        if wording.language in languages[:place]:
            message = f"the papers in {wording.language} stand twice"
            yield detail(f"wordings.{place}.language", "repeated", message)
        for paper in Paper:
            yield from _paper_faults(f"wordings.{place}.{paper}", wording.of(paper), paper)


def _paper_faults(field: str, text: str, paper: Paper) -> Iterator[dict[str, Any]]:
    template, may_use = Template(text), PLACEHOLDERS[paper]
    if not template.is_valid():
        yield detail(field, "unreadable", "a $ begins a placeholder: write $$ for the sign itself")
        return
    used = set(template.get_identifiers())
    for name in sorted(used - may_use):
        near = difflib.get_close_matches(name, sorted(may_use), n=1, cutoff=0.0)[0]
        message = f"{paper} has no placeholder ${name}: the nearest is ${near}"
        yield detail(field, "unknown_placeholder", message)
    for name in sorted(REQUIRED[paper] - used):
        yield detail(field, "missing_placeholder", f"{paper} needs the placeholder ${name}")
