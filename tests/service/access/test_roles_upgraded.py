"""An institution founded before the rail was whole gets the roles a new one begins with."""

from __future__ import annotations

from importlib import resources

import psycopg

from sanduq.access.founding import ROLES
from sanduq.kit.money import MINOR_MAX

UPGRADES = [
    resources.files("sanduq.migrations").joinpath("sql", version, "01_access.sql")
    for version in ("0002", "0003", "0004")
]
NEW_ROLES = (
    "fund_manager", "impact_officer", "pawn_clerk", "valuer", "vault_keeper", "auction_officer",
    "gold_dealer",
)  # fmt: skip


def roles_of(connection: psycopg.Connection, number: int) -> dict[str, tuple[list[str], object]]:
    scopes = connection.execute(
        "select role, scopes from access.role where institution_id = %s", (number,)
    ).fetchall()
    limits = connection.execute(
        "select role, action, limit_minor from access.role_limit"
        " where institution_id = %s and asset = '*'",
        (number,),
    ).fetchall()
    return {
        role: (sorted(granted), {action: minor for named, action, minor in limits if named == role})
        for role, granted in scopes
    }


def test_an_upgrade_gives_old_institutions_what_new_ones_begin_with_and_keeps_their_own_limits(
    owner_url: str,
) -> None:
    expected = {
        role: (
            sorted(scopes),
            {action: MINOR_MAX if limit is None else limit for action, limit in decisions.items()},
        )
        for role, (_, scopes, decisions) in ROLES.items()
    }
    with psycopg.connect(owner_url) as connection:
        for table in ("role_limit", "role"):
            connection.execute(
                f"delete from access.{table} where institution_id = 1 and role = any(%s)",
                (list(NEW_ROLES),),
            )
        connection.execute(
            "delete from access.role_limit where institution_id = 1 and role = 'branch_manager'"
            " and action in ('loan.default', 'trade.step')"
        )
        connection.execute(
            "update access.role set scopes = array_remove(scopes, 'funds:write')"
            " where institution_id = 1 and role = 'finance_officer'"
        )
        connection.execute(
            "update access.role_limit set limit_minor = 7 where institution_id = 1"
            " and role = 'branch_manager' and action = 'loan.forgive'"
        )
        for upgrade in UPGRADES:
            text = upgrade.read_text(encoding="utf-8")
            connection.execute(text.encode())
        expected["branch_manager"][1]["loan.forgive"] = 7
        assert roles_of(connection, 1) == expected
        connection.rollback()
