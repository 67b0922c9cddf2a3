"""Reports on pledges: a read of the facts each. Nothing is written.

The book is told as it stands today. What a thing was worth, weighed and owed on a past day is
kept for each pledge in its own history, not for each thing, so that no past day is made up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sanduq.access import service as access
from sanduq.assets.policies import service as policies
from sanduq.custody.takaful import service as takaful
from sanduq.kit.days import add_months
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.qard.true_ups.model import Standing
from sanduq.rahnu.contracts.liquidation.surplus.model import AgeBucket
from sanduq.rahnu.fees.cost_studies import service as cost_studies
from sanduq.rahnu.fees.true_ups import service as true_ups
from sanduq.reporting.pledges import store, store_custody, store_sales, store_watch
from sanduq.reporting.pledges.model import (
    LTV_BUCKETS,
    BookReport,
    By,
    LtvBucket,
    Maturing,
    Watched,
)
from sanduq.reporting.pledges.model_custody import FeeCover, Kept, VaultBranch, study_cost_minor
from sanduq.reporting.pledges.model_sales import Aged, Lots, Moved, SalesReport
from sanduq.reporting.portfolio.model import Span

AHEAD_MONTHS = 12
AHEAD_YEARS_MAX = 10


def book(
    uow: UnitOfWork,
    as_of: date | None = None,
    *,
    asset: Asset | None = None,
    branch_id: str | None = None,
    by: By = By.NONE,
) -> BookReport:
    """The pledges in force, and what waits to be. Two statements.

    Split by metal or kind a pledge counts once, whole; one with several stands under `mixed`.
    Refuses VALIDATION_ERROR any day but today, an unknown branch.
    """
    day = as_of or uow.today
    if day > uow.today:
        message = f"as_of must not lie after today, {uow.today}"
        raise ValidationFailed.field("as_of", "in_the_future", message)
    if day < uow.today:
        message = f"the pledge book is told as it stands today, {uow.today}; leave as_of out"
        raise ValidationFailed.field("as_of", "not_on_record", message)
    _require_branch(uow, branch_id)
    totals, parts = store.positions(uow, asset, branch_id, by)
    return BookReport(day, by, totals, parts, store.waiting(uow, asset, branch_id))


def maturities(
    uow: UnitOfWork,
    from_on: date | None = None,
    to_on: date | None = None,
    *,
    asset: Asset | None = None,
    branch_id: str | None = None,
) -> tuple[Span, list[Maturing]]:
    """Pledges by the month their term ends, from today a year ahead unless asked otherwise.

    What ended before today is `overdue` whatever days are asked for. Refuses VALIDATION_ERROR
    days in the wrong order, more than ten years, an unknown branch.
    """
    begin = from_on or uow.today
    end = to_on or _ahead(max(begin, uow.today))
    if begin > end:
        raise ValidationFailed.field("from", "after_end", f"from must not lie after {end}")
    if end.year - begin.year > AHEAD_YEARS_MAX:
        message = f"a report covers at most {AHEAD_YEARS_MAX} years"
        raise ValidationFailed.field("to", "too_long", message)
    _require_branch(uow, branch_id)
    return Span(begin, end), store.maturing(uow, begin, end, asset, branch_id)


def _ahead(day: date) -> date:
    """The last day of the months ahead of `day`, as far as the calendar goes."""
    if day.year == date.max.year:
        return date.max
    return add_months(day, AHEAD_MONTHS) - timedelta(days=1)


def ltv(
    uow: UnitOfWork, *, asset: Asset | None = None, branch_id: str | None = None
) -> list[LtvBucket]:
    """How loan-to-value ratios lie, in every bucket of each currency; its total comes first.

    The ratio is the one margins are called by. Refuses VALIDATION_ERROR an unknown branch.
    """
    _require_branch(uow, branch_id)
    held = {(one.asset, one.number): one for one in store.ltv_buckets(uow, asset, branch_id)}
    return [
        held.get((each, number)) or _empty_bucket(each, number)
        for each in dict.fromkeys(key for key, _ in held)
        for number in (None, *range(1, LTV_BUCKETS + 1))
    ]


def _empty_bucket(asset: Asset, number: int | None) -> LtvBucket:
    return LtvBucket(
        asset=asset, number=number, pledges=0, value_minor=0, held_minor=0, debt_minor=0,
        fee_due_minor=0,
    )  # fmt: skip


def watch_list(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    asset: Asset | None = None,
    branch_id: str | None = None,
) -> Page[Watched]:
    """Pledges that are flagged or called, highest loan-to-value ratio first.

    It tells whom to speak to; no line of it gives a right to sell (RHN-23). Refuses
    VALIDATION_ERROR an unknown branch.
    """
    _require_branch(uow, branch_id)
    haircut_bp = policies.current_policy(uow).haircut_bp
    return store_watch.watched(uow, haircut_bp, asset, branch_id, request)


def custody_fees(uow: UnitOfWork, span: Span, asset: Asset | None = None) -> list[FeeCover]:
    """Custody fees of a span against what keeping cost, by its receipts and by the study.

    The cost by the study is that of the things and grams really kept, by the register. One
    statement for the books, one for the register, one for the study of each currency.
    """
    standings = {str(one.asset): one for one in _standings(uow, span, asset)}
    kept = store_custody.kept_between(uow, span.from_on, span.to_on, asset)
    found = []
    for each in _assets(asset, standings, kept):
        study = cost_studies.latest_approved(uow, each, span.to_on)
        held = kept.get(str(each), Kept())
        found.append(
            FeeCover(
                standings.get(str(each), Standing(each, span.from_on, span.to_on, 0, 0, 0, 0)),
                held,
                None if study is None else study.custody_cost_study_id,
                None if study is None else study_cost_minor(study, held),
            )
        )
    return found


def _standings(uow: UnitOfWork, span: Span, asset: Asset | None) -> list[Standing]:
    return true_ups.standings(uow, span.from_on, span.to_on, asset)


def vault(
    uow: UnitOfWork, *, asset: Asset | None = None, branch_id: str | None = None
) -> list[VaultBranch]:
    """What lies in each branch by the register, what was counted last, and what is covered.

    The value is that of the board in force; left open where there is none. Refuses
    VALIDATION_ERROR an unknown branch.
    """
    _require_branch(uow, branch_id)
    registered = store_custody.registered(uow, branch_id)
    counts = store_custody.latest_counts(uow, branch_id)
    covers = takaful.position(uow, branch_id)
    branches = sorted(registered.keys() | counts.keys() | {one.branch_id for one in covers})
    names = store_custody.branch_names(uow, branches)
    found = []
    for branch in branches:
        bags, things, gross_mg, fine_mg = registered.get(branch, (0, 0, 0, 0))
        found.append(
            VaultBranch(
                branch_id=branch,
                name=names[branch],
                bags=bags,
                things=things,
                gross_mg=gross_mg,
                fine_mg=fine_mg,
                count=counts.get(branch),
                covers=[
                    one
                    for one in covers
                    if one.branch_id == branch and (asset is None or one.asset == asset)
                ],
            )
        )
    return found


def sales(
    uow: UnitOfWork, span: Span, *, asset: Asset | None = None, branch_id: str | None = None
) -> list[SalesReport]:
    """Auctions, sales and surpluses of a span, one for each currency. Three statements.

    What is unclaimed is told as of the span's last day. Refuses VALIDATION_ERROR an unknown
    branch.
    """
    _require_branch(uow, branch_id)
    lots = store_sales.lots(uow, span, asset, branch_id)
    made = store_sales.sales(uow, span, asset, branch_id)
    moved = store_sales.surpluses(uow, span, asset, branch_id)
    return [
        SalesReport(
            asset=each,
            lots=lots.get(str(each), Lots()),
            sales=made.get(str(each), []),
            recorded=moved.get((str(each), "recorded"), Moved()),
            paid=moved.get((str(each), "payment"), Moved()),
            transferred=moved.get((str(each), "transferred"), Moved()),
            unclaimed=[
                Aged(bucket, moved.get((str(each), str(number)), Moved()))
                for number, bucket in enumerate(AgeBucket)
            ],
        )
        for each in _assets(asset, lots, made, [key for key, _ in moved])
    ]


def _assets(asset: Asset | None, *found: Iterable[str]) -> list[Asset]:
    """The currency asked for, or every one there is something to say about."""
    if asset is not None:
        return [asset]
    return [asset_from_text(text) for text in sorted({text for each in found for text in each})]


def _require_branch(uow: UnitOfWork, branch_id: str | None) -> None:
    if branch_id is not None and not access.known_branches(uow, [branch_id]):
        message = f"there is no branch {branch_id!r}"
        raise ValidationFailed.field("branch_id", "unknown_branch", message)
