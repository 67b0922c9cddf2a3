"""`sanduq simulate`: reckons without a database, writes what it found, refuses in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sanduq.cli import app
from sanduq.sarf.simulation.pictures.drawing import NAMES

HISTORY = "date,price\n" + "".join(
    f"2023-{month:02d}-28,{price}\n"
    for month, price in enumerate((200, 204, 199, 207, 210, 205, 208, 214, 211, 216, 212), start=1)
)


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever would open one fails."""
    monkeypatch.setenv("SANDUQ_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *words])


def test_everything_is_written_and_a_second_run_writes_the_same(tmp_path: Path) -> None:
    words = ("--model", "gbm", "--paths", "400", "--months", "8", "--seed", "7")
    first = run(*words, "--out", str(tmp_path / "one"))
    assert first.exit_code == 0, first.output
    assert "400 paths of 8 months" in first.output
    assert "186.67" in first.output
    second = run(*words, "--workers", "1", "--out", str(tmp_path / "two"))
    assert second.exit_code == 0, second.output
    names = {"result.json", "result.csv"} | {f"{n}.{f}" for n in NAMES for f in ("svg", "png")}
    assert {path.name for path in (tmp_path / "one").iterdir()} == names
    for name in names:
        one, two = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
        assert one == two, name
    found = json.loads((tmp_path / "one" / "result.json").read_text())
    assert (found["result"]["paths"], found["result"]["seed"]) == (400, 7)
    assert found["parameters"]["prices"]["model"] == "gbm"


def test_a_history_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(HISTORY)
    windows = run("--model", "historical", "--csv", str(file))
    assert windows.exit_code == 0, windows.output
    assert "3 paths of 8 months" in windows.output
    blocks = run("--model", "bootstrap", "--csv", str(file), "--paths", "100")
    assert blocks.exit_code == 0, blocks.output
    given = run("--model", "given", "--csv", str(file), "--months", "10")
    assert given.exit_code == 0, given.output
    assert "1 paths of 10 months" in given.output


def test_options_go_before_the_file_of_parameters(tmp_path: Path) -> None:
    file = tmp_path / "asked.json"
    body = {"paths": 7, "seed": 3, "customers": [{"behaviour": "never", "share": 1}]}
    file.write_text(json.dumps(body))
    found = run("--parameters", str(file), "--paths", "9")
    assert found.exit_code == 0, found.output
    assert "9 paths" in found.output
    assert "seed 3" in found.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--paths", "0"), "paths"),
        (("--paths", "10000001"), "10,000,000"),
        (("--months", "0"), "months"),
        (("--model", "tarot"), "model"),
        (("--volatility", "nan"), "volatility"),
        (("--model", "bootstrap"), "history"),
        (("--seed", "-1"), "seed"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_one_line(
    words: tuple[str, ...], says: str
) -> None:  # fmt: skip
    result = run(*words)
    assert result.exit_code == 1, result.output
    lines = result.output.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert says in lines[0]


def test_a_file_that_is_no_history_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text("200\nmany\n")
    result = run("--model", "historical", "--csv", str(file))
    assert result.exit_code == 1
    assert "line 2" in result.output


def test_parameters_that_are_no_object_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "asked.json"
    file.write_text("[1]")
    assert "no JSON object" in run("--parameters", str(file)).output
    file.write_text('{"prices": NaN}')
    assert run("--parameters", str(file)).exit_code == 1
