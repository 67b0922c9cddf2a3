"""Recomputing the chain from the journals as they lie there now, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sanduq.kit.db import Row, UnitOfWork
from sanduq.ledger import store
from sanduq.ledger.chain import (
    BlockHeader,
    SealedEntry,
    SealedJournal,
    block_hash,
    genesis_hash,
)

_PROGRESS_EVERY = 10_000


@dataclass(frozen=True, slots=True)
class _Found:
    """A journal as it lies there, with what its block must agree to."""

    journal_seq: int
    recorded_at: datetime
    sealed: SealedJournal


def chain_faults(uow: UnitOfWork, tell: Callable[[int], None]) -> Iterator[tuple[str, str]]:
    """Every block that does not follow from the one before it and from its journals, in order."""
    # Blocks are asked for first: journals only grow, so each block found has its journals below.
    blocks = store.stream(
        uow,
        "verify_blocks",
        "select block_seq, first_journal_seq, last_journal_seq, recorded_at, previous_hash, hash"
        " from ledger.chain_block where institution_id = %(institution)s order by block_seq",
        {"institution": uow.institution_id},
    )
    first = next(blocks, None)
    if first is None:
        return
    journals = _journals(uow)
    waiting: _Found | None = next(journals, None)
    due_block, due_journal, due_hash = 1, 1, genesis_hash(uow.institution_id)
    last_recorded_at = first[3]
    for row in _chained(first, blocks):
        block_seq, first_seq, last_seq, recorded_at, previous_hash, stored_hash = row
        subject = f"block {block_seq} (journals {first_seq} to {last_seq})"
        found: list[_Found] = []
        while waiting is not None and waiting.journal_seq <= last_seq:
            found.append(waiting)
            waiting = next(journals, None)
        header = BlockHeader(
            uow.institution_id, block_seq, first_seq, last_seq - first_seq + 1, recorded_at,
            bytes(previous_hash),
        )  # fmt: skip
        if block_seq != due_block:
            yield f"block {due_block}", f"is missing: block {block_seq} stands in its place"
        if bytes(previous_hash) != due_hash:
            yield subject, "does not follow from the block before it"
        if first_seq != due_journal or last_seq < first_seq:
            yield subject, f"does not begin with journal {due_journal}"
        if recorded_at < last_recorded_at:
            yield subject, "claims to be older than the block before it"
        yield from _journal_faults(header, found, recorded_at)
        if block_hash(header, [journal.sealed for journal in found]) != bytes(stored_hash):
            yield subject, "its journals do not give its hash: something in them was changed"
        due_block, due_journal, due_hash = block_seq + 1, last_seq + 1, bytes(stored_hash)
        last_recorded_at = recorded_at
        if block_seq % _PROGRESS_EVERY == 0:
            tell(last_seq)
    tell(due_journal - 1)


def _journal_faults(
    header: BlockHeader, found: list[_Found], recorded_at: datetime
) -> Iterator[tuple[str, str]]:
    if len(found) != header.journal_count:
        yield (
            f"block {header.block_seq}",
            f"sealed {header.journal_count} journals; {len(found)} are there",
        )
    for number, journal in enumerate(found):
        subject = f"journal {journal.journal_seq}"
        if journal.journal_seq != header.first_journal_seq + number:
            yield subject, f"stands in the place of {header.first_journal_seq + number}"
        if journal.recorded_at != recorded_at:
            yield subject, "has another recorded time than its block"


def _chained(first: Row, rest: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rest


def _journals(uow: UnitOfWork) -> Iterator[_Found]:
    """Every journal with its entries, in the order of the books."""
    rows = store.stream(
        uow,
        "verify_journals",
        "select j.journal_seq, j.recorded_at, j.journal_id, j.kind, j.effective_on, j.actor,"
        " j.request_id, j.reference, j.memo, j.reverses,"
        " e.account_id, e.amount_minor, e.balance_after_minor, e.version_after"
        " from ledger.journal j left join ledger.entry e using (institution_id, journal_seq)"
        " where j.institution_id = %(institution)s order by j.journal_seq, e.line",
        {"institution": uow.institution_id},
    )
    for _, group in groupby(rows, key=lambda row: row[0]):
        lines = list(group)
        head = lines[0]
        entries = [SealedEntry(*row[10:14]) for row in lines if row[10] is not None]
        yield _Found(head[0], head[1], SealedJournal(*(*head[2:10], entries)))
