"""Every fund of the institution with its balances, each read from the ledger."""

from __future__ import annotations

from sanduq.funds.overview import store
from sanduq.funds.overview.model import FundBalance, FundGroup
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest


def list_funds(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    kind: FundGroup | None = None,
    asset: Asset | None = None,
) -> Page[FundBalance]:
    """Funds of waqf, sadaqah, zakat, charity and members, in one query, newest first."""
    return store.select_page(
        uow,
        request,
        kind=str(kind) if kind is not None else None,
        asset=str(asset) if asset is not None else None,
    )
