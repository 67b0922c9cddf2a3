"""Signed checkpoints outside the database."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sanduq.kit.json import dumps, loads
from sanduq.ledger.checkpoint import (
    checkpoints_of,
    read_checkpoints,
    signing_key,
    write_checkpoint,
)
from sanduq.ledger.errors import CheckpointContradicted
from sanduq.ledger.verify import verify
from tests.make.ledger import CAPITAL, CASH, post_move

Work = Callable[..., Any]
FILE = "checkpoints/inst_test/2024-01-15.json"


@pytest.fixture
def data(work: Work, tmp_path: Path) -> Path:
    """An installation's directory, beside books with one journal."""
    with work() as uow:
        post_move(uow, CAPITAL, CASH, 1000)
    return tmp_path


def written(work: Work, data: Path, business_on: date | None = None) -> Any:
    with work() as uow:
        return write_checkpoint(uow, data / "checkpoints", signing_key(data), business_on)


def test_only_the_owner_reads_the_private_key(data: Path) -> None:
    signing_key(data)
    assert stat.S_IMODE((data / "keys/checkpoint.pem").stat().st_mode) == 0o600
    assert b"PRIVATE" not in (data / "keys/checkpoint.pub").read_bytes()


def test_the_key_is_made_once(data: Path) -> None:
    assert signing_key(data).private_bytes_raw() == signing_key(data).private_bytes_raw()


def test_a_checkpoint_says_where_the_chain_stood(work: Work, data: Path) -> None:
    checkpoint = written(work, data)
    found = loads((data / FILE).read_bytes())
    assert (found["institution"], found["business_on"]) == ("inst_test", "2024-01-15")
    assert (found["block_seq"], found["journal_seq"]) == (1, 1)
    assert found["made_at"] == "2024-01-15T10:30:00Z"
    assert list(read_checkpoints(data / "checkpoints", "inst_test")) == [checkpoint]
    with work() as uow:
        assert verify(uow, checkpoints_of(data)).is_coherent


def test_the_first_checkpoint_of_a_day_stays(work: Work, data: Path) -> None:
    first = written(work, data)
    before = (data / FILE).read_bytes()
    with work() as uow:
        post_move(uow, CAPITAL, CASH, 5)
    assert written(work, data) == first
    assert (data / FILE).read_bytes() == before


def test_a_checkpoint_the_chain_contradicts_is_never_overwritten(work: Work, data: Path) -> None:
    written(work, data)
    found = loads((data / FILE).read_bytes())
    (data / FILE).write_bytes(dumps({**found, "hash": "00" * 32}))
    before = (data / FILE).read_bytes()
    with pytest.raises(CheckpointContradicted):
        written(work, data)
    assert (data / FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("block_seq", 0), ("hash", "00" * 32), ("business_on", "2024-01-14"),
     ("made_at", "2024-01-15T10:30:01Z"), ("signature", "00" * 64), ("signature", "no")],
)  # fmt: skip
def test_a_changed_checkpoint_is_not_signed(
    work: Work, data: Path, field: str, value: object
) -> None:
    written(work, data)
    found = loads((data / FILE).read_bytes())
    (data / FILE).write_bytes(dumps({**found, field: value}))
    with work() as uow:
        (finding,) = verify(uow, checkpoints_of(data)).findings
    assert (finding.check, finding.message[:13]) == ("checkpoints", "is not signed")


def test_a_checkpoint_of_another_key_is_not_signed(work: Work, data: Path, tmp_path: Path) -> None:
    signing_key(data)
    with work() as uow:
        write_checkpoint(uow, data / "checkpoints", signing_key(tmp_path / "elsewhere"))
        (finding,) = verify(uow, checkpoints_of(data)).findings
    assert finding.message.startswith("is not signed")


def test_a_lost_public_key_and_a_broken_file_are_found(work: Work, data: Path) -> None:
    written(work, data)
    (data / "keys/checkpoint.pub").unlink()
    with work() as uow:
        (finding,) = verify(uow, checkpoints_of(data)).findings
    assert "public key is gone" in finding.message
    (data / FILE).write_bytes(b"{}")
    with work() as uow:
        (finding,) = verify(uow, checkpoints_of(data)).findings
    assert "2024-01-15.json is not a checkpoint" in finding.message


def test_days_are_read_in_order(work: Work, data: Path) -> None:
    days = [date(2024, 1, 15) - timedelta(days=number) for number in range(3)]
    for day in days:
        written(work, data, day)
    found = [point.business_on for point in read_checkpoints(data / "checkpoints", "inst_test")]
    assert found == sorted(days)


def test_books_without_accounts_have_no_checkpoint(work: Work, tmp_path: Path) -> None:
    with work("user_maker", "inst_other") as uow:
        assert write_checkpoint(uow, tmp_path / "checkpoints", signing_key(tmp_path)) is None
    assert not (tmp_path / "checkpoints").exists()
