"""SQL of provisions: the only writer of what is set aside for a facility."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset, asset_from_text


def locked_provisions(uow: UnitOfWork, facility_ids: Sequence[str]) -> list[tuple[str, Asset, int]]:
    """Facilities with something set aside, locked in the order of their ids."""
    rows = uow.all(
        "select facility_id, asset, provision_minor from sarf.facility"
        " where institution_id = %s and facility_id = any(%s) and provision_minor > 0"
        " order by facility_id for update",
        uow.institution_id, sorted(facility_ids),
    )  # fmt: skip
    return [(row[0], asset_from_text(row[1]), row[2]) for row in rows]


def set_provisions(uow: UnitOfWork, provisions: Mapping[str, int]) -> None:
    """Writes what is set aside for each facility, in one statement."""
    uow.execute(
        "update sarf.facility f set provision_minor = p.minor"
        " from unnest(%s::text[], %s::bigint[]) p(facility_id, minor)"
        " where f.institution_id = %s and f.facility_id = p.facility_id",
        list(provisions), list(provisions.values()), uow.institution_id,
    )  # fmt: skip


def add_provision(uow: UnitOfWork, facility_id: str, amount_minor: int) -> None:
    """Raises what is set aside for a facility."""
    uow.execute(
        "update sarf.facility set provision_minor = provision_minor + %s"
        " where institution_id = %s and facility_id = %s",
        amount_minor, uow.institution_id, facility_id,
    )  # fmt: skip
