"""Canonical bytes: golden vectors, made once by another encoder, never by the code under test."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sanduq.ledger.chain import (
    BlockHeader,
    SealedEntry,
    SealedJournal,
    block_hash,
    genesis_hash,
    header_bytes,
    journal_bytes,
)

GOLDEN = json.loads(Path(__file__).with_name("golden_blocks.json").read_text("utf-8"))
BLOCKS = GOLDEN["blocks"]


def header_of(block: dict[str, Any]) -> BlockHeader:
    return BlockHeader(
        GOLDEN["institution_id"],
        block["block_seq"],
        block["first_journal_seq"],
        len(block["journals"]),
        datetime.fromisoformat(block["recorded_at"]),
        bytes.fromhex(block["previous_hash"]),
    )


def journals_of(block: dict[str, Any]) -> list[SealedJournal]:
    return [
        SealedJournal(
            **{
                **row,
                "effective_on": date.fromisoformat(row["effective_on"]),
                "entries": [SealedEntry(*entry) for entry in row["entries"]],
            }
        )
        for row in block["journals"]
    ]


def test_the_first_block_starts_from_the_institution_number() -> None:
    # printf '\x00\x00\x00\x07' | sha256sum
    expected = "1561ade0621c5acf44b780521f95a1e0b19b4e5032945b860c4032fc28a3a23b"
    assert genesis_hash(7).hex() == BLOCKS[0]["previous_hash"] == expected


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"block {block['block_seq']}")
def test_a_block_has_exactly_the_golden_bytes_and_hash(block: dict[str, Any]) -> None:
    body = b"".join(journal_bytes(journal) for journal in journals_of(block))
    assert (header_bytes(header_of(block)) + body).hex() == block["bytes"]
    assert block_hash(header_of(block), journals_of(block)).hex() == block["hash"]


def test_each_block_names_the_one_before() -> None:
    assert BLOCKS[1]["previous_hash"] == BLOCKS[0]["hash"]


texts = st.none() | st.text(max_size=12)
entries = st.builds(
    SealedEntry,
    st.text(max_size=8),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**63 - 1),
)
journals = st.builds(
    SealedJournal,
    st.text(max_size=8),
    st.text(max_size=8),
    st.dates(),
    st.text(max_size=8),
    st.text(max_size=8),
    texts,
    texts,
    texts,
    st.lists(entries, max_size=4).map(tuple),
)


@given(journals, journals)
def test_different_journals_never_have_the_same_bytes(
    one: SealedJournal, other: SealedJournal
) -> None:
    assume(one != other)
    assert journal_bytes(one) != journal_bytes(other)


@given(journals, st.text(min_size=1, max_size=5))
def test_text_that_moves_to_the_next_field_changes_the_bytes(
    journal: SealedJournal, text: str
) -> None:
    before = replace(journal, reference="a" + text, memo="b")
    after = replace(journal, reference="a", memo=text + "b")
    assert journal_bytes(before) != journal_bytes(after)


def test_no_text_and_empty_text_are_sealed_differently() -> None:
    journal = journals_of(BLOCKS[0])[0]
    assert journal_bytes(replace(journal, memo="")) != journal_bytes(replace(journal, memo=None))
