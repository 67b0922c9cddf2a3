"""`sanduq import`: brings in what another system kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console

from sanduq.settings import Settings

if TYPE_CHECKING:
    from sanduq.kit.db import UnitOfWork
    from sanduq.microfinance.loans.import_cells import RowFault
    from sanduq.microfinance.loans.import_rows import ImportedLoan
    from sanduq.microfinance.loans.importing import ImportResult, Work

Kind = TypeVar("Kind", bound=Enum)
import_app = typer.Typer(no_args_is_help=True, help="Bring in what another system kept.")
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@import_app.callback()
def begin() -> None:
    """Bring in what another system kept."""


@import_app.command()
def loans(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A .csv or .xlsx.")
    ],
    institution: Annotated[str, typer.Option("--institution", help="The institution's id.")],
    user: Annotated[str, typer.Option("--user", help="The staff user who imports.")],
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option("--errors", help="Write what was refused to this CSV file.")
    ] = None,
) -> None:
    """Bring in loans with their borrowers, schedules and repayments; safe to run again.

    The columns are described in docs/guide/import.md. Loans that are here already, by
    external_id, are left as they are. A row with a fault is left out whole; exit code 1 then.
    """
    from sanduq.microfinance.loans.import_files import write_faults

    with told(), opened(institution, user) as work:
        row_count, faults, result = _import(work, file, is_dry_run=is_dry_run)
        faults = sorted([*faults, *result.faults], key=lambda fault: fault.row)
        if errors is not None:
            write_faults(errors, faults)
    refused_count = _say_faults(faults)
    imported = f"{result.imported_count} imported with {result.repayment_count} repayments"
    if is_dry_run:
        imported = f"dry run, nothing was changed: {imported}"
    out.print(f"{row_count} rows: {imported}, {result.known_count} known, {refused_count} refused")
    if refused_count:
        raise typer.Exit(1)


@import_app.command()
def prices(
    source: Annotated[str, typer.Argument(help="A .csv file, or an http(s) address.")],
    institution: Annotated[str, typer.Option("--institution", help="The institution's id.")],
    user: Annotated[str, typer.Option("--user", help="The staff user who proposes.")],
    price: Annotated[
        str | None, typer.Option("--price", help="Where the price stands in JSON: data.0.ask")
    ] = None,
    observed_at: Annotated[
        str | None, typer.Option("--observed-at", help="Where its instant stands in JSON.")
    ] = None,
    metal: Annotated[str, typer.Option("--metal", help="Of a JSON price: gold, silver.")] = "gold",
    currency: Annotated[str | None, typer.Option("--currency", help="Of a JSON price.")] = None,
    unit: Annotated[
        str, typer.Option("--unit", help="Of a JSON price: gram, troy_ounce.")
    ] = "troy_ounce",
) -> None:
    """Propose the price boards of a CSV sheet, or of an address that answers CSV or JSON.

    Nothing is published: another user approves each board. An address is fetched before anything
    is opened; a JSON answer needs --price, --observed-at and --currency.
    """
    from sanduq.assets.model import Metal
    from sanduq.assets.price_boards import service as price_boards
    from sanduq.assets.price_boards.feed import FeedFormat, FeedMapping, PriceFeed
    from sanduq.assets.price_boards.model import QuotedUnit
    from sanduq.kit.wire import asset_of

    with told():
        is_address = source.startswith(("http://", "https://"))
        payload = PriceFeed(source).fetch() if is_address else Path(source).read_bytes()
        mapping = FeedMapping(
            source=source,
            format=FeedFormat.CSV if price is None else FeedFormat.JSON,
            metal=_one_of(Metal, metal),
            asset=None if currency is None else asset_of(currency),
            unit=_one_of(QuotedUnit, unit),
            price_path=tuple(price.split(".")) if price else (),
            observed_at_path=tuple(observed_at.split(".")) if observed_at else (),
        )
        with opened(institution, user) as work, work() as uow:
            proposed = price_boards.propose_fetched(uow, payload, mapping)
    for board in proposed:
        name = f"{board.metal} in {board.asset.code}"
        out.print(f"{board.price_board_id}: {name}, waits for another user's approval")


def _one_of(kind: type[Kind], word: str) -> Kind:
    try:
        return kind(word)
    except ValueError:
        allowed = ", ".join(str(one.value) for one in kind)
        raise typer.BadParameter(f"{word!r} is none of {allowed}") from None


@contextmanager
def told() -> Iterator[None]:
    """Turns what can go wrong outside our hands into one line and exit code 1."""
    import psycopg
    from psycopg_pool import PoolTimeout

    from sanduq.kit.embedded import EmbeddedServerError
    from sanduq.kit.errors import Refusal
    from sanduq.microfinance.loans.import_files import UnreadableFile

    try:
        yield
    except (
        EmbeddedServerError, Refusal, UnreadableFile, PoolTimeout, psycopg.Error, OSError,
    ) as error:  # fmt: skip
        message = " ".join(str(error).split()) or type(error).__name__
        err.print(f"error: {message}", style="red", markup=False)
        raise typer.Exit(1) from None


@contextmanager
def opened(institution: str, user: str) -> Iterator[Work]:
    """Units of work of one user, for the length of one command."""
    from sanduq.access import service as access
    from sanduq.api import registry
    from sanduq.kit.ids import new_id
    from sanduq.running import open_database

    registry.wire()
    request_id = new_id("req")
    with open_database(Settings.from_environment()) as running:
        running.db.open()

        def work() -> AbstractContextManager[UnitOfWork]:
            return access.work_as(running.db, institution, user, request_id)

        yield work


def _import(
    work: Work, file: Path, *, is_dry_run: bool
) -> tuple[int, list[RowFault], ImportResult]:
    """How many rows there are, what is wrong with them as such, what became of the others."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from sanduq.microfinance.loans import importing
    from sanduq.microfinance.loans.import_files import read_rows
    from sanduq.microfinance.loans.import_rows import check_file, parse_row

    with work() as uow:
        today = importing.begin(uow)
    found: list[ImportedLoan] = []
    faults: list[RowFault] = []
    row_count = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        reading = bar.add_task("Reading rows", total=None)
        for row in read_rows(file):
            row_count += 1
            parsed = parse_row(row, today)
            if isinstance(parsed, list):
                faults += parsed
            else:
                found.append(parsed)
            bar.update(reading, completed=row_count)
        bar.update(reading, total=row_count)
        agreeing, disagreeing = check_file(found, faults)
        importing_task = bar.add_task("Importing loans", total=len(agreeing))
        result = importing.import_portfolio(
            work,
            agreeing,
            is_dry_run=is_dry_run,
            progress=lambda count: bar.advance(importing_task, count),
        )
    return row_count, faults + disagreeing, result


def _say_faults(faults: Iterable[RowFault]) -> int:
    """One line for each row refused; how many they are."""
    count = 0
    for number, of_row in groupby(faults, key=lambda fault: fault.row):
        found = list(of_row)
        name = f" ({found[0].external_id})" if found[0].external_id else ""
        problems = ". ".join(str(fault) for fault in found)
        err.print(f"row {number}{name}: {problems}", style="red", markup=False)
        count += 1
    return count
