"""Wire shapes of funds at one look."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sanduq.funds.overview.model import FundBalance, FundGroup
from sanduq.kit.money import Money
from sanduq.kit.wire import AmountOut, Currency, ListOutput, Output, PageQuery, number


class FundFilters(PageQuery):
    kind: FundGroup | None = None
    currency: Currency | None = None


class FundOut(Output):
    fund: str
    kind: FundGroup
    ref: str | None
    currency: str
    cash: AmountOut
    corpus: AmountOut
    available: AmountOut
    lent: AmountOut
    created_at: datetime


class FundList(ListOutput):
    data: list[FundOut]


def fund_out(balance: FundBalance) -> dict[str, Any]:
    """A fund in one currency as the API writes it."""

    def money(minor: int) -> Decimal:
        return number(Money(minor, balance.asset))

    return FundOut(
        fund=balance.fund,
        kind=balance.kind,
        ref=balance.ref,
        currency=balance.asset.code,
        cash=money(balance.cash_minor),
        corpus=money(balance.corpus_minor),
        available=money(balance.available_minor),
        lent=money(balance.lent_minor),
        created_at=balance.opened_at,
    ).model_dump()
