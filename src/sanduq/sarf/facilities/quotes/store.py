"""SQL of quotes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.facilities.quotes.errors import QuoteExternalIdTaken
from sanduq.sarf.facilities.quotes.model import Quote, QuotedThing, QuoteFilters
from sanduq.sarf.terms.disclosure import DisclosureLine

_SELECT = sql.SQL(
    "select quote_id, external_id, customer_id, branch_id, asset, terms_id, price_board_id,"
    " language, lines, fine_weight_mg, market_minor, price_minor, disclosure_version, disclosure,"
    " offer_from, expires_at, created_at, created_by, metadata from sarf.quote"
    " where institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, made: Quote) -> None:
    lines = [[one.item_id, one.net_weight_mg, one.fineness_bp] for one in made.lines]
    told = [[one.code, one.text] for one in made.disclosure]
    try:
        with uow.savepoint():
            uow.execute(
                "insert into sarf.quote (institution_id, quote_id, external_id, customer_id,"
                " branch_id, asset, terms_id, price_board_id, language, lines, fine_weight_mg,"
                " market_minor, price_minor, disclosure_version, disclosure, offer_from,"
                " expires_at, created_at, created_by, metadata) values (%s,%s,%s,%s,%s,%s,%s,%s,"
                "%s,%s::json,%s,%s,%s,%s,%s::json,%s,%s,%s,%s,%s::json)",
                uow.institution_id, made.quote_id, made.external_id, made.customer_id,
                made.branch_id, str(made.asset), made.terms_id, made.price_board_id,
                made.language, dumps(lines).decode(), made.fine_weight_mg, made.market_minor,
                made.price_minor, made.disclosure_version, dumps(told).decode(),
                made.offer_from, made.expires_at, made.created_at, made.created_by,
                dumps(dict(made.metadata)).decode(),
            )  # fmt: skip
    except errors.UniqueViolation:
        raise QuoteExternalIdTaken from None


def load(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Quote]:
    """The quotes of these ids, in one query."""
    rows = uow.composed(
        _SELECT + sql.SQL(" and quote_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return {row[0]: _quote(row) for row in rows}


def select_page(uow: UnitOfWork, filters: QuoteFilters, request: PageRequest) -> Page[Quote]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("customer_id", "external_id"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = wanted
            query = query + sql.SQL(" and {} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "quote_id"])
    found = [_quote(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.quote_id), total)


def _quote(row: Row) -> Quote:
    return Quote(
        quote_id=row[0], external_id=row[1], customer_id=row[2], branch_id=row[3],
        asset=asset_from_text(row[4]), terms_id=row[5], price_board_id=row[6], language=row[7],
        lines=tuple(
            QuotedThing(item_id=one[0], net_weight_mg=one[1], fineness_bp=one[2])
            for one in row[8]
        ),
        fine_weight_mg=row[9], market_minor=row[10], price_minor=row[11],
        disclosure_version=row[12],
        disclosure=tuple(DisclosureLine(code, text) for code, text in row[13]),
        offer_from=row[14], expires_at=row[15], created_at=row[16], created_by=row[17],
        metadata=row[18],
    )  # fmt: skip
