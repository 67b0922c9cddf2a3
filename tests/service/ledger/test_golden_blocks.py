"""The database seals exactly the golden bytes that the Python code knows."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "unit/ledger/golden_blocks.json").read_text("utf-8")
)
INSTITUTION = GOLDEN["institution_id"]
ACCOUNTS = {"acc_cash": "asset", "acc_receivable": "asset", "acc_capital": "equity"}


def post(connection: psycopg.Connection, block: dict[str, Any]) -> None:
    journals = block["journals"]
    lines = [
        (number, entry[0], entry[1])
        for number, journal in enumerate(journals, start=1)
        for entry in journal["entries"]
    ]
    connection.execute(
        "select ledger.post_journals(%s, %s, %s, %s, %s::date[], %s, %s, %s::text[], %s::text[],"
        " %s::text[], %s, %s, %s)",
        (
            INSTITUTION,
            datetime.fromisoformat(block["recorded_at"]),
            *(
                [journal[field] for journal in journals]
                for field in ("journal_id", "kind", "effective_on", "actor", "request_id",
                              "reference", "memo", "reverses")
            ),
            *([line[field] for line in lines] for field in range(3)),
        ),
    )  # fmt: skip


def test_the_database_seals_the_golden_blocks(owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection:
        connection.execute(
            "insert into access.institution select 7, 'inst_golden', name, is_live, time_zone,"
            " currency, shariah_profile, weekend, holidays, prohibited_purposes,"
            " majority_age_years, rate_limit_per_minute, clock_frozen_at, closed_through_on,"
            " created_at from access.institution where institution_id = 1"
        )
        connection.execute("select set_config('sanduq.institution_id', '7', true)")
        connection.execute(
            "select ledger.open_accounts(7, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s::bigint[])",
            (
                datetime.fromisoformat("2024-01-01T00:00:00+00:00"),
                list(ACCOUNTS),
                *(["x"] * 3 for _ in range(2)),
                ["USD/2"] * 3,
                ["own"] * 3,
                list(ACCOUNTS.values()),
                list(ACCOUNTS),
                [None] * 3,
            ),
        )
        for block in GOLDEN["blocks"]:
            post(connection, block)
        stored = connection.execute(
            "select encode(previous_hash, 'hex'), encode(hash, 'hex') from ledger.chain_block"
            " where institution_id = 7 order by block_seq"
        ).fetchall()
    assert stored == [(block["previous_hash"], block["hash"]) for block in GOLDEN["blocks"]]
