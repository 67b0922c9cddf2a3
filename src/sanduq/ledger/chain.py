"""The chain of blocks: canonical bytes and hash, exactly as `sql/post_journals.sql` makes them.

Every text is preceded by its length in four bytes (-1 for none), every number has a fixed width,
big-endian and signed. So no field can slide into its neighbour and no formatting can differ.
Version 1 of a block:

    01 | institution 4 | block 8 | first journal 8 | journals 4 | recorded at, µs since 1970, 8
       | hash of the block before, 32
    then per journal: id | kind | days since 1970, 4 | actor | request | reference | memo | reverses
       | lines 4, then per line: account | amount 8 | balance after 8 | version after 8
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

VERSION = b"\x01"

_NONE = (-1).to_bytes(4, "big", signed=True)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """What the chain knows of one line."""

    account_id: str
    amount_minor: int
    balance_after_minor: int
    version_after: int


@dataclass(frozen=True, slots=True)
class SealedJournal:
    """What the chain knows of one journal."""

    journal_id: str
    kind: str
    effective_on: date
    actor: str
    request_id: str
    reference: str | None
    memo: str | None
    reverses: str | None
    entries: Sequence[SealedEntry]


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What a block says of itself, before its journals."""

    institution_id: int
    block_seq: int
    first_journal_seq: int
    journal_count: int
    recorded_at: datetime
    previous_hash: bytes


def genesis_hash(institution_id: int) -> bytes:
    """What the first block of an institution names as the block before it."""
    return hashlib.sha256(_int4(institution_id)).digest()


def header_bytes(header: BlockHeader) -> bytes:
    """The canonical bytes of a block's header."""
    return (
        VERSION
        + _int4(header.institution_id)
        + _int8(header.block_seq)
        + _int8(header.first_journal_seq)
        + _int4(header.journal_count)
        + _int8((header.recorded_at - _EPOCH) // _MICROSECOND)
        + header.previous_hash
    )


def journal_bytes(journal: SealedJournal) -> bytes:
    """The canonical bytes of one journal and its lines."""
    parts = [
        _text(journal.journal_id),
        _text(journal.kind),
        _int4((journal.effective_on - _EPOCH_DAY).days),
        _text(journal.actor),
        _text(journal.request_id),
        _text(journal.reference),
        _text(journal.memo),
        _text(journal.reverses),
        _int4(len(journal.entries)),
    ]
    for entry in journal.entries:
        parts.append(_text(entry.account_id))
        parts.append(_int8(entry.amount_minor))
        parts.append(_int8(entry.balance_after_minor))
        parts.append(_int8(entry.version_after))
    return b"".join(parts)


def block_hash(header: BlockHeader, journals: Sequence[SealedJournal]) -> bytes:
    """SHA-256 of a block's canonical bytes."""
    digest = hashlib.sha256(header_bytes(header))
    for journal in journals:
        digest.update(journal_bytes(journal))
    return digest.digest()


def _int4(number: int) -> bytes:
    return number.to_bytes(4, "big", signed=True)


def _int8(number: int) -> bytes:
    return number.to_bytes(8, "big", signed=True)


def _text(text: str | None) -> bytes:
    if text is None:
        return _NONE
    raw = text.encode()
    return _int4(len(raw)) + raw
