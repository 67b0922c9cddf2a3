"""Loans and pledges of a customer that name a deal in gold: no sale hangs on a loan (SCF-20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import LIMIT_MAX, PageRequest
from sanduq.microfinance.loans import service as loans
from sanduq.rahnu.contracts import service as pledges

_NEWEST = PageRequest(limit=LIMIT_MAX)


def loans_naming(uow: UnitOfWork, customer_id: str, names: Sequence[str]) -> list[str]:
    """The customer's newest loans and pledges that hold one of these ids in their own data."""
    lent = loans.search(uow, {"borrower_id": customer_id}, _NEWEST).items
    pledged = pledges.search(uow, {"pledgor_id": customer_id}, _NEWEST).items
    return [
        *(one.loan_id for one in lent if _names(one.metadata, one.external_id, names)),
        *(one.contract_id for one in pledged if _names(one.metadata, one.external_id, names)),
    ]


def _names(metadata: Mapping[str, str], external_id: str | None, names: Sequence[str]) -> bool:
    return bool({*metadata.values(), external_id or ""} & set(names))
