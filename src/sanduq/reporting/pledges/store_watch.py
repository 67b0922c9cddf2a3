"""SQL of the watch-list: pledges flagged or called, highest loan-to-value ratio first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from psycopg import sql

from sanduq.kit.db import UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.margin.model import Cover, Metalled, triggers
from sanduq.rahnu.contracts.model import MarginFlag
from sanduq.rahnu.templates.model import PledgeTerms
from sanduq.reporting.pledges.model import Watched
from sanduq.reporting.pledges.store import bound, pledges

_NO_COVER = 1 << 40
_COLUMNS = (
    "contract_id", "ticket_number", "pledgor_id", "branch_id", "asset", "status", "margin_flag",
    "value_minor", "held_minor", "debt_minor", "fee_due_minor", "claims_minor", "cover_minor",
    "metals", "tenths", "other_minor", "margin_call_id", "called_on", "cure_by_on", "watch_bp",
    "call_bp", "critical_bp", "ranked_at",
)  # fmt: skip

_HEAD = pledges(
    "c.margin_flag <> 'none' or exists (select from rahnu.margin_call m"
    " where m.institution_id = c.institution_id and m.contract_id = c.contract_id"
    " and m.ended_on is null)"
)
# A page is marked by an instant and an id: the ratio takes the place of the instant, in basis
# points counted as microseconds, so that the list goes by ratio and a cursor stays opaque.
_WATCHED = sql.SQL(
    f"{_HEAD} select {', '.join(_COLUMNS)} from (select p.*, m.margin_call_id, m.called_on,"
    " m.cure_by_on, (t.terms ->> 'watch_bp')::integer as watch_bp,"
    " (t.terms ->> 'margin_call_bp')::integer as call_bp,"
    " (t.terms ->> 'critical_bp')::integer as critical_bp,"
    " 'epoch'::timestamptz + interval '1 microsecond' * (case when p.claims_minor <= 0 then 0"
    f"  when p.cover_minor <= 0 then {_NO_COVER}"
    "  else (p.claims_minor * 10000 + p.cover_minor - 1) / p.cover_minor end) as ranked_at"
    " from pledge p"
    " join rahnu.template t on t.institution_id = %(institution)s and t.template_id = p.template_id"
    " left join rahnu.margin_call m on m.institution_id = %(institution)s"
    "  and m.contract_id = p.contract_id and m.ended_on is null) w where true"
)


def watched(
    uow: UnitOfWork,
    haircut_bp: int,
    asset: Asset | None,
    branch_id: str | None,
    request: PageRequest,
) -> Page[Watched]:
    """A page of the watch-list. `haircut_bp` is what is taken off a value by the board."""
    rows, total = newest_first(
        uow, _WATCHED, bound(uow, asset, branch_id), request, order=["ranked_at", "contract_id"]
    )
    named = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    page = Page.of(named, request, lambda one: (one["ranked_at"], one["contract_id"]), total)
    return page.map(lambda one: _watched(uow, one, haircut_bp))


def _watched(uow: UnitOfWork, one: Mapping[str, Any], haircut_bp: int) -> Watched:
    cover = Cover(one["claims_minor"], one["value_minor"], one["held_minor"])
    terms = PledgeTerms(
        watch_bp=one["watch_bp"], margin_call_bp=one["call_bp"], critical_bp=one["critical_bp"]
    )
    # With two metals no price alone tells.
    is_priced = one["metals"] == 1
    metal = Metalled(one["tenths"] if is_priced else 0, one["other_minor"], haircut_bp)
    price = {each.flag: each.price_minor for each in triggers(cover, metal, terms)}
    until = one["cure_by_on"]
    return Watched(
        contract_id=one["contract_id"],
        ticket_number=one["ticket_number"],
        pledgor_id=one["pledgor_id"],
        branch_id=one["branch_id"],
        asset=asset_from_text(one["asset"]),
        status=one["status"],
        flag=one["margin_flag"],
        pledges=1,
        value_minor=one["value_minor"],
        held_minor=one["held_minor"],
        debt_minor=one["debt_minor"],
        fee_due_minor=one["fee_due_minor"],
        ltv_bp=cover.ltv_bp,
        call_price_minor=price[MarginFlag.CALL],
        critical_price_minor=price[MarginFlag.CRITICAL],
        margin_call_id=one["margin_call_id"],
        called_on=one["called_on"],
        cure_by_on=until,
        days_left=None if until is None else (until - uow.today) // timedelta(days=1),
    )
