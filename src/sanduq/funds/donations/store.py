"""SQL of donations and of the changes of their purpose."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from psycopg import errors, sql

from sanduq.funds.donations.errors import DonationExternalIdTaken
from sanduq.funds.donations.model import Donation, DonationStatus, DonationType, Release
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest

_COLUMNS = (
    "donation_id, external_id, donor_id, asset, amount_minor, kind, category, purpose,"
    " recipient_org_id, is_anonymous, dedication, pledge_id, status, received_on, journal_id,"
    " released_minor, metadata, created_at, created_by, version"
)
_SELECT = sql.SQL(f"select {_COLUMNS} from funds.donation where institution_id = %(institution)s")
_PARTY_FIELDS = {"donation_donor": "donor_id", "donation_recipient": "recipient_org_id"}


def insert(uow: UnitOfWork, donations: Sequence[Donation]) -> None:
    try:
        with uow.savepoint():
            _insert(uow, donations)
    except errors.UniqueViolation:
        raise DonationExternalIdTaken from None
    except errors.ForeignKeyViolation as error:
        field = _PARTY_FIELDS.get(error.diag.constraint_name or "")
        if field is None:
            raise
        message = f"{field} names no party; POST /v1/parties enters it first"
        raise ValidationFailed.field(field, "unknown_party", message) from None


def _insert(uow: UnitOfWork, donations: Sequence[Donation]) -> None:
    uow.execute(
        "insert into funds.donation (institution_id, donation_id, external_id, donor_id, asset,"
        " amount_minor, kind, category, purpose, recipient_org_id, is_anonymous, dedication,"
        " pledge_id, status, released_minor, metadata, created_at, created_by, version)"
        " select %s, d.id, d.external_id, d.donor, d.asset, d.minor, d.kind, d.category,"
        " d.purpose, d.recipient, d.is_anonymous, d.dedication, d.pledge, 'PENDING', 0,"
        " d.metadata::json, %s, %s, 1"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],"
        " %s::text[], %s::text[], %s::text[], %s::boolean[], %s::text[], %s::text[], %s::text[])"
        " d(id, external_id, donor, asset, minor, kind, category, purpose, recipient,"
        " is_anonymous, dedication, pledge, metadata)",
        uow.institution_id,
        uow.now,
        uow.actor.user_id,
        [each.donation_id for each in donations],
        [each.external_id for each in donations],
        [each.donor_id for each in donations],
        [str(each.asset) for each in donations],
        [each.amount_minor for each in donations],
        [str(each.type) for each in donations],
        [each.category for each in donations],
        [each.purpose for each in donations],
        [each.recipient_org_id for each in donations],
        [each.is_anonymous for each in donations],
        [each.dedication for each in donations],
        [each.pledge_id for each in donations],
        [dumps(dict(each.metadata)).decode() for each in donations],
    )


def load(uow: UnitOfWork, ids: Collection[str], *, is_locked: bool = False) -> dict[str, Donation]:
    tail = " and donation_id = any(%(ids)s) order by donation_id"
    rows = uow.composed(
        _SELECT + sql.SQL(tail + (" for no key update" if is_locked else "")),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return {row[0]: _donation(row) for row in rows}


def set_received(uow: UnitOfWork, donations: Sequence[Donation]) -> None:
    """Writes the day and the journal by which each came."""
    uow.execute(
        "update funds.donation d set status = 'RECEIVED', received_on = r.on_day,"
        " journal_id = r.journal, version = d.version + 1"
        " from unnest(%s::text[], %s::date[], %s::text[]) r(id, on_day, journal)"
        " where d.institution_id = %s and d.donation_id = r.id",
        [each.donation_id for each in donations],
        [each.received_on for each in donations],
        [each.journal_id for each in donations],
        uow.institution_id,
    )


def set_cancelled(uow: UnitOfWork, donation_id: str) -> None:
    uow.execute(
        "update funds.donation set status = 'CANCELLED', version = version + 1"
        " where institution_id = %s and donation_id = %s",
        uow.institution_id,
        donation_id,
    )


def insert_release(uow: UnitOfWork, release: Release) -> None:
    """Writes a change of purpose and counts it on the donation."""
    uow.execute(
        "insert into funds.restriction_release (institution_id, release_id, donation_id,"
        " from_purpose, to_purpose, asset, amount_minor, donor_statement, resolution_id,"
        " journal_id, created_at, created_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, release.release_id, release.donation_id, release.from_purpose,
        release.to_purpose, str(release.amount.asset), release.amount.amount_minor,
        release.donor_statement, release.resolution_id, release.journal_id, release.created_at,
        release.created_by,
    )  # fmt: skip
    uow.execute(
        "update funds.donation set released_minor = released_minor + %s, version = version + 1"
        " where institution_id = %s and donation_id = %s",
        release.amount.amount_minor,
        uow.institution_id,
        release.donation_id,
    )


def releases_of(uow: UnitOfWork, donation_id: str) -> list[Release]:
    """The changes of one gift's purpose, oldest first."""
    rows = uow.all(
        "select release_id, donation_id, from_purpose, to_purpose, asset, amount_minor,"
        " donor_statement, resolution_id, journal_id, created_at, created_by"
        " from funds.restriction_release where institution_id = %s and donation_id = %s"
        " order by release_id",
        uow.institution_id,
        donation_id,
    )
    return [
        Release(
            row[0], row[1], row[2], row[3], Money(row[5], asset_from_text(row[4])), *row[6:]
        )
        for row in rows
    ]  # fmt: skip


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[Donation]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for column, wanted in filters.items():
        if wanted is not None:
            parameters[column] = wanted
            query += sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
    rows, total = newest_first(uow, query, parameters, request, order=["donation_id"])
    found = [_donation(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.donation_id), total)


def _donation(row: Row) -> Donation:
    return Donation(
        donation_id=row[0],
        external_id=row[1],
        donor_id=row[2],
        asset=asset_from_text(row[3]),
        amount_minor=row[4],
        type=DonationType(row[5]),
        category=row[6],
        purpose=row[7],
        recipient_org_id=row[8],
        is_anonymous=row[9],
        dedication=row[10],
        pledge_id=row[11],
        status=DonationStatus(row[12]),
        received_on=row[13],
        journal_id=row[14],
        released_minor=row[15],
        metadata=row[16],
        created_at=row[17],
        created_by=row[18],
        version=row[19],
    )
