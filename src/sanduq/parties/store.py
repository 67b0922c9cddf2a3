"""SQL of parties."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties.model import (
    Document,
    Gender,
    Language,
    Party,
    PartyFilters,
    PartyKind,
    Standing,
    Tier,
    Verification,
)

_PARTY = sql.SQL(
    "select party_id, external_id, kind, name, birth_on, gender, phone, address, language,"
    " branch_id, kyc_tier, kyc_tier_through_on, is_interdicted, metadata, created_at, created_by,"
    " version from parties.party"
)
_VERIFICATION = sql.SQL(
    "select verification_id, party_id, documents, tier, verified_by, created_at"
    " from parties.verification"
)
_FILTERS = {
    "kind": sql.SQL("kind = %(kind)s"),
    "kyc_tier": sql.SQL("kyc_tier = %(kyc_tier)s"),
    "external_id": sql.SQL("external_id = %(external_id)s"),
    # Compared byte by byte, so that the index serves it: from the prefix to the last character.
    "name_prefix": sql.SQL(
        "name_lower ~>=~ lower(%(name_prefix)s)"
        " and name_lower ~<~ (lower(%(name_prefix)s) || chr(1114111))"
    ),
    "created_from": sql.SQL("created_at >= %(created_from)s"),
    "created_before": sql.SQL("created_at < %(created_before)s"),
    "party_id": sql.SQL("party_id = %(party_id)s"),
}
_OF_INSTITUTION = sql.SQL("institution_id = %(institution_id)s")


def _party(row: Row) -> Party:
    found = Party(*row)
    return replace(
        found,
        kind=PartyKind(found.kind),
        gender=None if found.gender is None else Gender(found.gender),
        language=Language(found.language),
    )


def _verification(row: Row) -> Verification:
    return Verification(row[0], row[1], _documents(row[2]), *row[3:])


def _documents(stored: Sequence[Mapping[str, Any]]) -> tuple[Document, ...]:
    return tuple(
        Document(item["kind"], item["reference"], _day(item["issued_on"]), _day(item["expires_on"]))
        for item in stored
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def insert_parties(uow: UnitOfWork, parties: Sequence[Party]) -> set[str]:
    """Inserts those whose id and external id are free; the ids that were inserted."""
    rows = uow.all(
        "insert into parties.party (institution_id, party_id, external_id, kind, name, birth_on,"
        " gender, phone, address, language, branch_id, kyc_tier, kyc_tier_through_on,"
        " is_interdicted, metadata, created_at, created_by, version)"
        " select %s, p.* from json_to_recordset(%s::json) as p(party_id text, external_id text,"
        " kind text, name text, birth_on date, gender text, phone text, address text,"
        " language text, branch_id text, kyc_tier text, kyc_tier_through_on date,"
        " is_interdicted boolean, metadata json, created_at timestamptz, created_by text,"
        " version integer) on conflict do nothing returning party_id",
        uow.institution_id,
        dumps([asdict(party) for party in parties]).decode(),
    )
    return {row[0] for row in rows}


def holders_of(uow: UnitOfWork, external_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Which parties have one of those external ids, with the one they have."""
    rows = uow.all(
        "select party_id, external_id from parties.party"
        " where institution_id = %s and external_id = any(%s)",
        uow.institution_id,
        list(external_ids),
    )
    return [(row[0], row[1]) for row in rows]


def load_parties(
    uow: UnitOfWork, party_ids: Collection[str], *, for_update: bool = False
) -> dict[str, Party]:
    """The parties of those ids that exist; locked in the order of their ids if asked."""
    query = sql.SQL("{} where {} and party_id = any(%(party_ids)s){}").format(
        _PARTY,
        _OF_INSTITUTION,
        sql.SQL(" order by party_id for no key update" if for_update else ""),
    )
    parameters = {"institution_id": uow.institution_id, "party_ids": list(party_ids)}
    return {row[0]: _party(row) for row in uow.composed(query, parameters)}


def update_party(uow: UnitOfWork, party: Party) -> None:
    """Writes what may change of a party, and its version."""
    uow.execute(
        "update parties.party set external_id = %(external_id)s, name = %(name)s,"
        " birth_on = %(birth_on)s, gender = %(gender)s, phone = %(phone)s, address = %(address)s,"
        " language = %(language)s, branch_id = %(branch_id)s, is_interdicted = %(is_interdicted)s,"
        " metadata = %(metadata_json)s::json, version = %(version)s"
        " where institution_id = %(institution_id)s and party_id = %(party_id)s",
        asdict(party)
        | {
            "institution_id": uow.institution_id,
            "metadata_json": dumps(dict(party.metadata)).decode(),
        },
    )


def list_parties(uow: UnitOfWork, filters: PartyFilters, request: PageRequest) -> Page[Party]:
    """A page of parties, newest first."""
    rows, total = _filtered(uow, _PARTY, asdict(filters), request, id_column="party_id")
    found = [_party(row) for row in rows]
    return Page.of(found, request, lambda party: (party.created_at, party.party_id), total)


def list_verifications(
    uow: UnitOfWork, party_id: str | None, request: PageRequest
) -> Page[Verification]:
    """A page of verifications, newest first."""
    wanted = {"party_id": party_id}
    rows, total = _filtered(uow, _VERIFICATION, wanted, request, id_column="verification_id")
    found = [_verification(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.verification_id), total)


def _filtered(
    uow: UnitOfWork,
    select: sql.SQL,
    wanted: Mapping[str, Any],
    request: PageRequest,
    *,
    id_column: str,
) -> tuple[list[Row], int | None]:
    conditions = [_OF_INSTITUTION]
    conditions += [_FILTERS[name] for name, value in wanted.items() if value is not None]
    query = sql.SQL("{} where {}").format(select, sql.SQL(" and ").join(conditions))
    parameters = {**wanted, "institution_id": uow.institution_id}
    return newest_first(uow, query, parameters, request, order=("created_at", id_column))


def list_tiers(uow: UnitOfWork) -> list[Tier]:
    """All tiers with their limits, lowest rank first."""
    rows = uow.all(
        "select t.tier, t.rank, t.name, t.required_documents,"
        " coalesce(array_agg(l.asset) filter (where l.asset is not null), '{}'),"
        " coalesce(array_agg(l.exposure_minor) filter (where l.asset is not null), '{}')"
        " from parties.kyc_tier t left join parties.kyc_tier_limit l using (institution_id, tier)"
        " where t.institution_id = %s"
        " group by t.tier, t.rank, t.name, t.required_documents order by t.rank",
        uow.institution_id,
    )
    return [
        Tier(
            row[0], row[1], row[2], tuple(row[3]),
            {
                (asset := asset_from_text(text)): Money(minor, asset)
                for text, minor in zip(row[4], row[5], strict=True)
            },
        )
        for row in rows
    ]  # fmt: skip


def upsert_tiers(uow: UnitOfWork, tiers: Sequence[Tier]) -> None:
    """Writes tiers and limits over those of the same names."""
    uow.execute(
        "insert into parties.kyc_tier (institution_id, tier, rank, name, required_documents)"
        " select %s, t.tier, t.rank, t.name,"
        " array(select json_array_elements_text(t.required_documents))"
        " from json_to_recordset(%s::json)"
        " as t(tier text, rank integer, name text, required_documents json)"
        " on conflict (institution_id, tier) do update set rank = excluded.rank,"
        " name = excluded.name, required_documents = excluded.required_documents",
        uow.institution_id,
        dumps(
            [
                {"tier": t.tier, "rank": t.rank, "name": t.name,
                 "required_documents": t.required_documents}
                for t in tiers
            ]
        ).decode(),
    )  # fmt: skip
    limits = [(tier.tier, limit) for tier in tiers for limit in tier.limits.values()]
    uow.execute(
        "insert into parties.kyc_tier_limit (institution_id, tier, asset, exposure_minor)"
        " select %s, * from unnest(%s::text[], %s::text[], %s::bigint[])"
        " on conflict (institution_id, tier, asset)"
        " do update set exposure_minor = excluded.exposure_minor",
        uow.institution_id,
        [tier for tier, _ in limits],
        [str(limit.asset) for _, limit in limits],
        [limit.amount_minor for _, limit in limits],
    )


def insert_verifications(uow: UnitOfWork, verifications: Sequence[Verification]) -> None:
    uow.execute(
        "insert into parties.verification (institution_id, verification_id, party_id, documents,"
        " tier, verified_by, created_at)"
        " select %s, v.* from json_to_recordset(%s::json) as v(verification_id text,"
        " party_id text, documents json, tier text, verified_by text, created_at timestamptz)",
        uow.institution_id,
        dumps([asdict(verification) for verification in verifications]).decode(),
    )


def documents_of(uow: UnitOfWork, party_ids: Collection[str]) -> dict[str, list[Document]]:
    """Every document ever recorded of each party."""
    rows = uow.all(
        "select party_id, documents from parties.verification"
        " where institution_id = %s and party_id = any(%s)",
        uow.institution_id,
        list(party_ids),
    )
    found: dict[str, list[Document]] = {party_id: [] for party_id in party_ids}
    for party_id, documents in rows:
        found[party_id] += _documents(documents)
    return found


def set_standings(uow: UnitOfWork, standings: Mapping[str, Standing]) -> None:
    """Writes the tier of each party and through which day it holds."""
    uow.execute(
        "update parties.party p set kyc_tier = s.tier, kyc_tier_through_on = s.through_on,"
        " version = p.version + 1"
        " from unnest(%s::text[], %s::text[], %s::date[]) s(party_id, tier, through_on)"
        " where p.institution_id = %s and p.party_id = s.party_id",
        list(standings),
        [standing.tier.tier for standing in standings.values()],
        [standing.through_on for standing in standings.values()],
        uow.institution_id,
    )


def lapsed_party_ids(uow: UnitOfWork, today: date) -> list[str]:
    """Parties whose tier rests on a document that has expired; locked in the order of their ids."""
    rows = uow.all(
        "select party_id from parties.party where institution_id = %s and kyc_tier_through_on < %s"
        " order by party_id for no key update",
        uow.institution_id,
        today,
    )
    return [row[0] for row in rows]


def lock(uow: UnitOfWork, party_id: str) -> None:
    uow.execute(
        "select 1 from parties.party where institution_id = %s and party_id = %s for no key update",
        uow.institution_id,
        party_id,
    )
