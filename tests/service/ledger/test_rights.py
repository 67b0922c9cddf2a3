"""What the application's own role may not do, and the order in which the ledger refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from sanduq.kit.db import Database, UnitOfWork
from sanduq.ledger import service
from sanduq.ledger.model import AccountPlace
from tests.coherent import assert_coherent
from tests.make.ledger import CAPITAL, CASH, USD, post_move

TABLES = ("account", "balance", "journal", "entry", "chain_head", "chain_block", "period")
NOW = datetime(2024, 1, 15, 12, 0, tzinfo=UTC)
DAY = date(2024, 1, 15)
OTHER = AccountPlace("1100", USD, subject="mfl_1")
CAPITAL_OF_WAQF = AccountPlace("3100", USD, fund="waqf:mosque")


def statements() -> list[str]:
    found = []
    for table in TABLES:
        found += [
            f"insert into ledger.{table} select * from ledger.{table}",
            f"update ledger.{table} set institution_id = institution_id",
            f"delete from ledger.{table}",
            f"truncate ledger.{table} cascade",
            f"select * from ledger.{table} for update",
            f"alter table ledger.{table} disable trigger all",
            f"alter table ledger.{table} disable row level security",
            f"drop table ledger.{table}",
        ]
    return [
        *found,
        "drop trigger append_only on ledger.journal",
        "set session_replication_role = 'replica'",
        "create or replace function ledger.refuse_change() returns trigger language plpgsql"
        " as 'begin return new; end'",
        "create table ledger.mine (a integer)",
    ]


def state_of(connection: psycopg.Connection, statement: str) -> str | None:
    """The SQLSTATE a statement is refused with; None when it is not."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement.encode())
    except psycopg.Error as error:
        return error.sqlstate
    return None


def test_the_application_role_cannot_write_around_the_ledger(db: Database) -> None:
    with db.transaction() as connection:
        found = {statement: state_of(connection, statement) for statement in statements()}
    assert found == dict.fromkeys(statements(), psycopg.errors.InsufficientPrivilege.sqlstate)


def test_the_application_role_cannot_grant_itself_more(db: Database) -> None:
    with db.transaction() as connection:
        connection.execute("grant insert, update, delete on ledger.journal to sanduq_app")
        refused = state_of(connection, "delete from ledger.journal")
    assert refused == psycopg.errors.InsufficientPrivilege.sqlstate


def test_even_the_owner_cannot_edit_by_accident(owner_url: str) -> None:
    edits = [
        verb.format(table)
        for table in ("journal", "entry", "chain_block")
        for verb in (
            "update ledger.{} set institution_id = 1",
            "delete from ledger.{}",
            "truncate ledger.{} cascade",
        )
    ]
    with psycopg.connect(owner_url) as connection:
        found = {edit: state_of(connection, edit) for edit in edits}
    assert found == dict.fromkeys(edits, "SQ012")


def test_another_institution_sees_no_line(work: Callable[..., Any]) -> None:
    with work("user_maker") as uow:
        post_move(uow, CAPITAL, CASH, 100)
    with work("user_maker", "inst_other") as uow:
        for table in TABLES:
            query = f"select count(*) from ledger.{table} where institution_id = 1"
            assert uow.connection.execute(query.encode()).fetchone() == (0,)


@dataclass(frozen=True)
class Call:
    """The arguments of `post_journals`; the default is a good journal of 5.00."""

    institution_id: int = 1
    recorded_at: datetime | None = NOW
    ids: Sequence[str | None] = ("jrn_new",)
    kinds: Sequence[str | None] = ("test.moved",)
    days: Sequence[str | None] = ("2024-01-15",)
    actors: Sequence[str | None] = ("user_maker",)
    reverses: Sequence[str | None] = (None,)
    journals: Sequence[int | None] = (1, 1)
    accounts: Sequence[str | None] = (CASH.account_id, CAPITAL.account_id)
    amounts: Sequence[int | None] = (500, -500)

    def run(self, uow: UnitOfWork) -> None:
        uow.all(
            "select ledger.post_journals(%s, %s, %s::text[], %s::text[], %s::text[]::date[],"
            " %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::integer[],"
            " %s::text[], %s::bigint[])",
            self.institution_id, self.recorded_at, list(self.ids), list(self.kinds),
            list(self.days), list(self.actors), ["req"] * len(self.ids), [None] * len(self.ids),
            [None] * len(self.ids), list(self.reverses), list(self.journals), list(self.accounts),
            list(self.amounts),
        )  # fmt: skip


GOOD = Call()
UNKNOWN = "acc_" + "0" * 26
# Each row breaks its own rule and all the rules that come after it, so that only the order decides.
ORDER: list[tuple[str, Call]] = [
    ("SQ001", replace(GOOD, institution_id=2, kinds=(), amounts=(0, 0), accounts=(UNKNOWN,) * 2)),
    ("SQ002", replace(GOOD, kinds=(), amounts=(0, 0), accounts=(UNKNOWN,) * 2)),
    ("SQ003", replace(GOOD, amounts=(0, 7), accounts=(UNKNOWN,) * 2, days=("2023-12-31",))),
    ("SQ004", replace(GOOD, amounts=(7,), accounts=(UNKNOWN,), journals=(1,))),
    ("SQ005", replace(GOOD, amounts=(7,), accounts=(CASH.account_id,), journals=(1,),
                      days=("2023-12-31",))),
    ("SQ006", replace(GOOD, amounts=(7, -8), days=("2023-12-31",), ids=("jrn_used",))),
    ("SQ007", replace(GOOD, days=("2023-12-31",), ids=("jrn_used",), amounts=(-9999, 9999))),
    ("SQ008", replace(GOOD, ids=("jrn_used",), amounts=(-9999, 9999), reverses=("jrn_used",))),
    ("SQ009", replace(GOOD, reverses=("jrn_used",), amounts=(-9999, 9999))),
    ("SQ010", replace(GOOD, amounts=(-9999, 9999))),
]  # fmt: skip
SHAPES: list[tuple[str, Call]] = [
    ("SQ002", replace(GOOD, ids=(), kinds=(), days=(), actors=(), reverses=(), journals=(),
                      accounts=(), amounts=())),
    ("SQ002", replace(GOOD, recorded_at=None)),
    ("SQ002", replace(GOOD, ids=(None,))),
    ("SQ002", replace(GOOD, kinds=(None,))),
    ("SQ002", replace(GOOD, days=(None,))),
    ("SQ002", replace(GOOD, days=("infinity",))),
    ("SQ002", replace(GOOD, actors=(None,))),
    ("SQ002", replace(GOOD, journals=(1, 2))),
    ("SQ002", replace(GOOD, journals=(0, 1))),
    ("SQ002", replace(GOOD, journals=(1, None))),
    ("SQ002", replace(GOOD, accounts=(CASH.account_id, None))),
    ("SQ002", replace(GOOD, amounts=(500,))),
    ("SQ002", replace(GOOD, reverses=("jrn_nowhere",))),
    ("SQ003", replace(GOOD, amounts=(500, None))),
    ("SQ006", replace(GOOD, accounts=(CASH.account_id, CAPITAL_OF_WAQF.account_id))),
    ("22003", replace(GOOD, amounts=(2**63 - 1, -(2**63 - 1)))),
]  # fmt: skip


@pytest.fixture
def books(work: Callable[..., Any], owner_url: str) -> Callable[..., Any]:
    """Books with 10.00 in cash, a journal that is reversed already, and a closed year."""
    with work("user_maker") as uow:
        service.open_accounts(uow, [CASH, CAPITAL, OTHER, CAPITAL_OF_WAQF])
        replace(GOOD, ids=("jrn_used",)).run(uow)
        replace(GOOD, ids=("jrn_back",), reverses=("jrn_used",), amounts=(-500, 500)).run(uow)
        replace(GOOD, ids=("jrn_more",), amounts=(1000, -1000)).run(uow)
    with work("user_finance") as uow:
        service.close_period(uow, date(2023, 1, 1), date(2023, 12, 31))
    return work


@pytest.mark.parametrize("calls", [ORDER, SHAPES], ids=["order", "shapes"])
def test_a_wrong_journal_is_refused_by_the_first_rule_it_breaks(
    books: Callable[..., Any], calls: list[tuple[str, Call]]
) -> None:
    for code, call in calls:
        with pytest.raises(psycopg.DatabaseError) as refused, books("user_maker") as uow:
            call.run(uow)
        assert (refused.value.sqlstate, call) == (code, call)
    with books("user_maker") as uow:
        assert uow.one("select count(*) from ledger.journal where institution_id = 1") == (3,)
        assert_coherent(uow)


def test_the_good_call_is_good(books: Callable[..., Any]) -> None:
    with books("user_maker") as uow:
        GOOD.run(uow)
        assert service.get_balance(uow, CASH.account_id).debit_minor == 1500
        assert_coherent(uow)


def test_a_block_is_posted_whole_or_not_at_all(books: Callable[..., Any]) -> None:
    pair = replace(
        GOOD, ids=("jrn_a", "jrn_b"), kinds=("t", "t"), days=("2024-01-15",) * 2,
        actors=("u", "u"), reverses=(None, None), journals=(1, 1, 2, 2),
        accounts=(CASH.account_id, CAPITAL.account_id) * 2, amounts=(1, -1, -9999, 9999),
    )  # fmt: skip
    with pytest.raises(psycopg.DatabaseError, match="below its floor"), books() as uow:
        pair.run(uow)
    with books() as uow:
        assert uow.one("select max(journal_seq) from ledger.journal") == (3,)
