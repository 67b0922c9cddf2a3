"""Loans that hang on a facility, looked for in rooms this one does not know (SCF-20, SRF-17)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sanduq.kit.db import UnitOfWork

TieSource = Callable[[UnitOfWork, str, Sequence[str]], Sequence[str]]
_sources: list[TieSource] = []


def register_ties(source: TieSource) -> None:
    """Adds who can tell loans of a customer that name a deal; wired at assembly.

    `source` takes the customer and the ids the deal goes by, and returns the loans found.
    """
    if source not in _sources:
        _sources.append(source)


def tied_to(uow: UnitOfWork, customer_id: str, names: Sequence[str]) -> tuple[str, ...]:
    """Ids of the customer's loans that name the deal by any of these ids."""
    return tuple(found for source in _sources for found in source(uow, customer_id, names))
