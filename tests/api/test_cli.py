"""The command line: each command does its work or says in one line why not."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from sanduq import contract
from sanduq.cli import app
from sanduq.kit.db import Database
from tests.conftest import client_with

Run = Callable[..., Result]


@pytest.fixture
def run(owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the fresh database."""
    monkeypatch.setenv("SANDUQ_DATABASE_URL", owner_url)
    monkeypatch.setenv("SANDUQ_DATA", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, list(words))


def failed(result: Result) -> str:
    """The one line a refused command says."""
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    lines = result.output.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    return lines[0]


def test_an_institution_is_founded_and_its_first_key_opens_it(run: Run, db: Database) -> None:
    words = ("institution", "create", "inst_alnoor", "--name", "Al Noor", "--currency", "TND")
    founded = run(*words, "--time-zone", "Africa/Tunis")
    assert founded.exit_code == 0, founded.output
    made = run("key", "create", "--institution", "inst_alnoor", "--user", "user_admin")
    secret = made.stdout.strip().splitlines()[-1]
    own = client_with(db, secret).get("/v1/institutions").json()["data"][0]
    assert (own["id"], own["currency"], own["time_zone"]) == ("inst_alnoor", "TND", "Africa/Tunis")
    assert "exists already" in failed(run(*words))


def test_a_key_has_the_scopes_that_were_named(run: Run, db: Database) -> None:
    words = ("key", "create", "--institution", "inst_test", "--user", "user_maker", "--scopes")
    secret = run(*words, "events:read").stdout.strip().splitlines()[-1]
    client = client_with(db, secret)
    assert client.get("/v1/events").status_code == 200
    assert client.get("/v1/users").status_code == 403
    assert "vault:open is no scope" in failed(run(*words, "vault:open"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("institution", "create", "alnoor", "--name", "N", "--currency", "USD"), "inst_"),
        (("institution", "create", "inst_a", "--name", "N", "--currency", "ZZZ"), "ZZZ"),
        (
            ("institution", "create", "inst_a", "--name", "N", "--currency", "USD",
             "--time-zone", "Mars/Base"),
            "Mars/Base",
        ),
        (("key", "create", "--institution", "inst_test", "--user", "user_none"), "user_none"),
        (("end-of-day", "--institution", "inst_none"), "inst_none"),
        (("verify", "--institution", "inst_none"), "inst_none"),
        (("openapi",), "--check or --write"),
    ],
)  # fmt: skip
def test_a_wrong_command_is_refused_in_one_line(
    run: Run, words: tuple[str, ...], says: str
) -> None:
    assert says in failed(run(*words))


def test_migrating_again_changes_nothing(run: Run) -> None:
    assert run("migrate").exit_code == 0
    assert run("migrate").exit_code == 0


def test_verify_says_coherent_books_are_coherent(run: Run) -> None:
    result = run("verify")
    assert result.exit_code == 0, result.output
    assert "inst_test: coherent" in result.output
    assert "inst_other: coherent" in result.output


@pytest.mark.parametrize("form", ["hledger", "beancount", "csv"])
def test_the_books_are_exported_whole_or_not_at_all(run: Run, tmp_path: Path, form: str) -> None:
    target = tmp_path / "books.txt"
    words = ("export", form, "-o", str(target), "--institution")
    assert "inst_none" in failed(run(*words, "inst_none"))
    assert not target.exists()
    assert run(*words, "inst_test").exit_code == 0
    assert target.exists()
    assert [path.name for path in tmp_path.glob("books*")] == ["books.txt"]


def test_end_of_day_closes_what_is_over_and_then_nothing(run: Run, owner_url: str) -> None:
    with psycopg.connect(owner_url) as owner:
        owner.execute("update access.institution set clock_frozen_at = '2024-01-18T09:00:00Z'")
    first = run("end-of-day", "--institution", "inst_test", "--through", "2024-01-16")
    assert [line[:10] for line in first.stdout.splitlines()] == ["2024-01-15", "2024-01-16"]
    second = run("end-of-day", "--institution", "inst_test")
    assert [line[:10] for line in second.stdout.splitlines()] == ["2024-01-17"]
    assert "Nothing to close" in run("end-of-day", "--institution", "inst_test").output


def test_a_taken_port_is_said_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SANDUQ_DATA", str(tmp_path / "unused"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in failed(CliRunner().invoke(app, ["serve", "--port", port]))
    assert not (tmp_path / "unused").exists()


def test_a_database_that_is_not_there_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SANDUQ_DATABASE_URL", f"postgresql://nobody@/none?host={tmp_path}")
    assert "connection" in failed(CliRunner().invoke(app, ["verify"]))


def test_the_contract_written_is_the_contract_checked(tmp_path: Path) -> None:
    words = ["openapi", "--directory", str(tmp_path / "openapi")]
    assert CliRunner().invoke(app, [*words, "--write"]).exit_code == 0
    assert CliRunner().invoke(app, [*words, "--check"]).exit_code == 0
    path = tmp_path / "openapi" / "events.json"
    path.write_text(path.read_text().replace('"1.0"', '"2.0"', 1))
    assert "openapi --write" in failed(CliRunner().invoke(app, [*words, "--check"]))
    assert contract.first_difference(tmp_path / "nothing.json", "") == "there is no such file"


SHEET = "metal,fineness,price_per_gram,currency,observed_at\ngold,999.9,75.00,USD,{}\n"


def test_prices_of_a_sheet_are_proposed_and_none_is_published(
    run: Run, db: Database, tmp_path: Path
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(SHEET.format("2024-01-15T09:00:00Z"), encoding="utf-8")
    words = ("import", "prices", str(file), "--institution", "inst_test", "--user", "user_maker")
    proposed = run(*words)
    assert proposed.exit_code == 0, proposed.output
    assert "gold in USD, waits for another user's approval" in proposed.stdout
    client = client_with(db, "sk_test_checker")
    (board,) = client.get("/v1/gold/price-boards").json()["data"]
    assert (board["status"], board["created_by"]) == ("PROPOSED", "user_maker")


def test_prices_that_cannot_be_read_are_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(SHEET.format("yesterday"), encoding="utf-8")
    words = ("--institution", "inst_test", "--user", "user_maker")
    assert "observed_at" in failed(run("import", "prices", str(file), *words))
    assert "no answer" in failed(run("import", "prices", "http://127.0.0.1:9/", *words))
