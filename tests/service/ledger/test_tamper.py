"""Whoever owns the database can change it; `verify` names what was changed first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from sanduq.ledger import service
from sanduq.ledger.chain import BlockHeader, SealedEntry, SealedJournal, block_hash
from sanduq.ledger.checkpoint import Checkpoints, checkpoints_of, signing_key, write_checkpoint
from sanduq.ledger.model import AccountPlace
from sanduq.ledger.verify import VerifyReport, verify
from tests.make.ledger import CAPITAL, CASH, USD, a_journal

Work = Callable[..., Any]
JOURNALS = 6
EXPENSE = AccountPlace("5100", USD)


@pytest.fixture
def checkpoints(work: Work, tmp_path: Path) -> Checkpoints:
    """Six journals, one block each, and a checkpoint after the last."""
    with work() as uow:
        service.open_accounts(uow, [CASH, CAPITAL, EXPENSE])
    for number in range(1, JOURNALS + 1):
        source, target = (CAPITAL, CASH) if number % 2 else (CASH, EXPENSE)
        with work() as uow:
            memo = f"memo {number}"
            service.post(uow, [a_journal(source, target, 1000 - number, memo=memo)])
    with work() as uow:
        write_checkpoint(uow, tmp_path / "checkpoints", signing_key(tmp_path))
        found = checkpoints_of(tmp_path)
        assert verify(uow, found).is_coherent
        return found


def tamper(owner_url: str, *statements: str) -> None:
    """As the owner with every trigger and foreign key asleep."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("set session_replication_role = 'replica'")
        for statement in statements:
            assert connection.execute(statement.encode()).rowcount > 0, statement


def report_of(work: Work, checkpoints: Checkpoints | None) -> VerifyReport:
    with work() as uow:
        return verify(uow, checkpoints)


def subjects(report: VerifyReport) -> dict[str, str]:
    return {finding.check: finding.subject for finding in report.findings}


BLOCK_4 = "block 4 (journals 4 to 4)"
CHANGES = {
    "amount": (
        "update ledger.entry set amount_minor = amount_minor + 1"
        " where journal_seq = 4 and line = 1",
        {"sums": "journal 4", "versions": "journal 4", "chain": BLOCK_4},
    ),
    "balanced amounts": (
        "update ledger.entry set amount_minor = amount_minor * 2 where journal_seq = 4",
        {"versions": "journal 4", "chain": BLOCK_4},
    ),
    "balance after": (
        "update ledger.entry set balance_after_minor = 7 where journal_seq = 4 and line = 2",
        {"versions": "journal 4", "chain": BLOCK_4},
    ),
    "memo": ("update ledger.journal set memo = 'x' where journal_seq = 4", {"chain": BLOCK_4}),
    "no memo": ("update ledger.journal set memo = null where journal_seq = 4", {"chain": BLOCK_4}),
    "actor": ("update ledger.journal set actor = 'x' where journal_seq = 4", {"chain": BLOCK_4}),
    "day": (
        "update ledger.journal set effective_on = effective_on - 1 where journal_seq = 4",
        {"chain": BLOCK_4},
    ),
    "time of a journal": (
        "update ledger.journal set recorded_at = recorded_at - interval '1 microsecond'"
        " where journal_seq = 4",
        {"chain": "journal 4"},
    ),
    "time of a block": (
        "update ledger.chain_block set recorded_at = recorded_at + interval '1 microsecond'"
        " where block_seq = 4",
        {"chain": "journal 4"},
    ),
    "account of a line": (
        f"update ledger.entry set account_id = '{CASH.account_id}', version_after = 99"
        " where journal_seq = 4 and line = 1",
        {"chain": BLOCK_4, "versions": "journal 4"},
    ),
    "a deleted line": (
        "delete from ledger.entry where journal_seq = 4 and line = 2",
        {"sums": "journal 4", "chain": BLOCK_4},
    ),
    "a deleted journal": (
        "delete from ledger.journal where journal_seq = 4",
        {"sequence": "journal 4", "chain": "block 4"},
    ),
    "a deleted block": ("delete from ledger.chain_block where block_seq = 4", {"chain": "block 4"}),
    "a changed hash": (
        "update ledger.chain_block set hash = sha256('x') where block_seq = 4",
        {"chain": BLOCK_4},
    ),
    "a balance": (
        f"update ledger.balance set balance_minor = 5 where account_id = '{CASH.account_id}'",
        {"balances": f"account {CASH.account_id}"},
    ),
    "a lost balance": (
        f"delete from ledger.balance where account_id = '{CASH.account_id}'",
        {"balances": f"account {CASH.account_id}"},
    ),
    "an account's fund": (
        f"update ledger.account set fund = 'zakat' where account_id = '{CASH.account_id}'",
        {"accounts": f"account {CASH.account_id}", "sums": "journal 1"},
    ),
    "an account's floor": (
        f"update ledger.account set floor_minor = null where account_id = '{CASH.account_id}'",
        {"accounts": f"account {CASH.account_id}"},
    ),
    "the head": (
        "update ledger.chain_head set hash = sha256('x')",
        {"head": f"block {JOURNALS}"},
    ),
    "a lost head": ("delete from ledger.chain_head", {"head": "head"}),
    "a false reversal": (
        "update ledger.journal set reverses = (select journal_id from ledger.journal"
        " where journal_seq = 3) where journal_seq = 5",
        {"reversals": "journal 5", "chain": "block 5 (journals 5 to 5)"},
    ),
}


def test_each_change_of_a_row_is_named(
    work: Work, owner_url: str, checkpoints: Checkpoints
) -> None:
    # Each change is looked at in the transaction that made it, then undone.
    with psycopg.connect(owner_url) as connection, work() as uow:
        connection.execute("set session_replication_role = 'replica'")
        connection.execute("select set_config('sanduq.institution_id', '1', false)")
        connection.commit()
        inside = replace(uow, connection=connection)
        for change, (statement, expected) in CHANGES.items():
            assert connection.execute(statement.encode()).rowcount > 0, change
            found = subjects(verify(inside, checkpoints))
            named = {check: found.get(check) for check in expected}
            assert (change, named) == (change, expected)
            connection.rollback()
        assert verify(inside, checkpoints).is_coherent


def test_two_swapped_journals_are_named(
    work: Work, owner_url: str, checkpoints: Checkpoints
) -> None:
    tamper(
        owner_url,
        "update ledger.journal set journal_seq = -3 where journal_seq = 3",
        "update ledger.journal set journal_seq = 3 where journal_seq = 5",
        "update ledger.journal set journal_seq = 5 where journal_seq = -3",
    )
    found = subjects(report_of(work, checkpoints))
    assert found["chain"] == "block 3 (journals 3 to 3)"


CUT_TAIL = (
    "delete from ledger.entry where journal_seq > 4",
    "delete from ledger.journal where journal_seq > 4",
    "delete from ledger.chain_block where block_seq > 4",
)
# The books as they stood after the fourth journal, head and balances included.
MEND = (
    "update ledger.chain_head h set block_seq = 4, journal_seq = 4, hash = b.hash,"
    " recorded_at = b.recorded_at from ledger.chain_block b where b.block_seq = 4",
    "update ledger.balance b set balance_minor = coalesce((select e.balance_after_minor"
    " from ledger.entry e where e.account_id = b.account_id order by version_after desc limit 1),"
    " 0), version = (select count(*) from ledger.entry e where e.account_id = b.account_id)",
)


def test_a_cut_tail_is_seen_by_the_head(
    work: Work, owner_url: str, checkpoints: Checkpoints
) -> None:
    tamper(owner_url, *CUT_TAIL)
    found = subjects(report_of(work, None))
    assert found["head"] == f"block {JOURNALS}"


def test_a_tail_cut_with_head_and_balances_is_seen_by_the_checkpoint_alone(
    work: Work, owner_url: str, checkpoints: Checkpoints
) -> None:
    tamper(owner_url, *CUT_TAIL, *MEND)
    assert report_of(work, None).is_coherent
    found = subjects(report_of(work, checkpoints))
    assert found == {"checkpoints": "checkpoint of 2024-01-15"}


def test_cutting_everything_is_seen(work: Work, owner_url: str, checkpoints: Checkpoints) -> None:
    tamper(
        owner_url,
        "delete from ledger.entry",
        "delete from ledger.journal",
        "delete from ledger.chain_block",
    )
    found = subjects(report_of(work, checkpoints))
    assert found["head"] == f"block {JOURNALS}"
    assert found["checkpoints"] == "checkpoint of 2024-01-15"
    tamper(
        owner_url,
        "update ledger.chain_head set block_seq = 0, journal_seq = 0, hash = sha256(int4send(1))",
        "update ledger.balance set balance_minor = 0, version = 0",
    )
    assert subjects(report_of(work, checkpoints)) == {"checkpoints": "checkpoint of 2024-01-15"}
    assert report_of(work, None).is_coherent


def rebuild_from(owner_url: str, first_block: int) -> None:
    """Seals the blocks from `first_block` on again, as a clever owner would."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("set session_replication_role = 'replica'")
        row = connection.execute(
            "select hash from ledger.chain_block where block_seq = %s", (first_block - 1,)
        ).fetchone()
        assert row is not None
        previous = bytes(row[0])
        for block_seq in range(first_block, JOURNALS + 1):
            head = connection.execute(
                "select recorded_at, journal_id, kind, effective_on, actor, request_id, reference,"
                " memo, reverses from ledger.journal where journal_seq = %s", (block_seq,)
            ).fetchone()  # fmt: skip
            assert head is not None
            entries = connection.execute(
                "select account_id, amount_minor, balance_after_minor, version_after"
                " from ledger.entry where journal_seq = %s order by line", (block_seq,)
            ).fetchall()  # fmt: skip
            header = BlockHeader(1, block_seq, block_seq, 1, head[0], previous)
            journal = SealedJournal(*(*head[1:], [SealedEntry(*entry) for entry in entries]))
            digest = block_hash(header, [journal])
            connection.execute(
                "update ledger.chain_block set previous_hash = %s, hash = %s where block_seq = %s",
                (previous, digest, block_seq),
            )
            previous = digest
        connection.execute("update ledger.chain_head set hash = %s", (previous,))


def test_a_chain_rebuilt_from_a_changed_row_is_seen_by_the_checkpoint_alone(
    work: Work, owner_url: str, checkpoints: Checkpoints
) -> None:
    tamper(owner_url, "update ledger.journal set memo = 'other' where journal_seq = 4")
    rebuild_from(owner_url, 4)
    assert report_of(work, None).is_coherent
    found = report_of(work, checkpoints).findings
    assert [str(finding) for finding in found] == [
        "checkpoints: checkpoint of 2024-01-15: block 6 was rebuilt: it had another hash that day"
    ]


def test_the_next_posting_does_not_hide_a_changed_row(
    work: Work, owner_url: str, checkpoints: Checkpoints
) -> None:
    tamper(owner_url, "update ledger.journal set memo = 'other' where journal_seq = 4")
    with work() as uow:
        service.post(uow, [a_journal(CAPITAL, CASH, 5)])
    assert subjects(report_of(work, checkpoints)) == {"chain": BLOCK_4}


def test_every_ledger_table_is_looked_at(owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection:
        rows = connection.execute(
            sql.SQL(
                "select table_name from information_schema.tables where table_schema = {}"
            ).format("ledger")
        ).fetchall()
    known = {"account", "balance", "journal", "entry", "chain_head", "chain_block", "period"}
    assert {row[0] for row in rows} == known
