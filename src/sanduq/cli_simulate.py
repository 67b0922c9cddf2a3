"""`sanduq simulate`: the two structures over paths of the gold price, without a database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from sanduq.sarf.simulation.model import Simulation, SimulationParameters, StructureResult

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def simulate(
    model: Annotated[
        str | None, typer.Option(help="gbm (by default), given, historical or bootstrap.")
    ] = None,
    paths: Annotated[
        int | None, typer.Option(help="How many; all that a history holds, else 10,000.")
    ] = None,
    months: Annotated[int | None, typer.Option(help="How long; 8 by default.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same result; 1 by default.")
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", exists=True, dir_okay=False, help="Prices, the oldest first."),
    ] = None,
    volatility: Annotated[float | None, typer.Option(help="Per year; 0.15 by default.")] = None,
    drift: Annotated[float | None, typer.Option(help="Per year; 0 by default.")] = None,
    parameters: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON as the API takes it; options win."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--out", file_okay=False, help="Where JSON, CSV and pictures are written."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Threads; the result does not depend on them.")
    ] = min(os.cpu_count() or 1, 8),
) -> None:
    """Simulate pledge and sarf side by side over paths of the gold price."""
    top = {"model": model, "paths": paths, "months": months, "seed": seed}
    prices = {"volatility": volatility, "drift": drift}
    with told():
        simulation = _run(_asked(top, prices, csv, parameters), workers)
        _say(simulation)
        if folder is not None:
            _write(simulation, folder)


@contextmanager
def told() -> Iterator[None]:
    """Turns what can go wrong outside our hands into one line and exit code 1."""
    from pydantic import ValidationError

    from sanduq.kit.errors import Refusal

    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        _fail(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except (Refusal, OSError, ValueError) as error:
        _fail(str(error))


def _fail(message: str) -> None:
    err.print(f"error: {' '.join(message.split())}", style="red", markup=False)
    raise typer.Exit(1) from None


def _asked(
    top: dict[str, Any], prices: dict[str, Any], csv: Path | None, file: Path | None
) -> SimulationParameters:
    """What the options and the file ask for together, read as the API reads it."""
    from sanduq.kit.json import loads
    from sanduq.sarf.simulation.history import read_history
    from sanduq.sarf.simulation.model import PriceModel
    from sanduq.sarf.simulation.schemas import SimulationIn

    body = loads(file.read_bytes()) if file is not None else {}
    if not isinstance(body, dict):
        raise ValueError(f"{file}: this is no JSON object")
    body |= {name: value for name, value in top.items() if value is not None}
    moves = body.get("prices", {})
    moves |= {name: value for name, value in prices.items() if value is not None}
    if csv is not None:
        history = list(read_history(csv.read_text(encoding="utf-8-sig")))
        is_given = body.get("model") == PriceModel.GIVEN
        moves |= {"given": [history]} if is_given else {"history": history}
    return SimulationIn.model_validate(body | {"prices": moves}).parameters()


def _run(parameters: SimulationParameters, workers: int) -> Simulation:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    from sanduq.sarf.simulation.engine import simulate as reckon
    from sanduq.sarf.simulation.model import Simulation

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Simulating paths", total=parameters.paths)
        result = reckon(
            parameters, workers=workers, progress=lambda done: bar.update(task, completed=done)
        )
    return Simulation(parameters, result)


def _say(simulation: Simulation) -> None:
    """A short table: what a customer and the institution may expect per facility."""
    result, currency = simulation.result, simulation.parameters.currency
    model = simulation.parameters.prices.model
    table = Table(
        title=f"{result.paths:,} paths of {result.months} months, model {model},"
        f" seed {result.seed}; {currency} per facility"
    )
    for heading, side in (("", "left"), ("pledge", "right"), ("sarf", "right")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    for (name, pledge), (_, sarf) in zip(
        _figures(result.pledge), _figures(result.sarf), strict=True
    ):
        table.add_row(name, pledge, sarf)
    calls = result.avoided
    table.add_row("margin calls, share of paths", f"{calls.called_share:.2%}", "none")
    table.add_row("shortfall after sale, share", f"{calls.shortfall_share:.2%}", "none")
    out.print(table)
    out.print(f"Break-even price of the promise: {result.break_even_price:,.2f} per gram")
    for note in result.notes:
        out.print(note)


def _figures(structure: StructureResult) -> list[tuple[str, str]]:
    profit, book = structure.institution.facility, structure.institution.book
    customer = structure.customer
    back = customer.mean_with_gold_back
    return [
        ("customers with their gold back", f"{customer.got_gold_back_share:.2%}"),
        ("their mean cost", f"{back.money:,.2f}" if back else "-"),
        ("the same, simple per year", f"{back.simple_per_year:.2%}" if back else "-"),
        ("mean profit", f"{profit.mean:,.2f}"),
        ("standard deviation", f"{profit.standard_deviation:,.2f}"),
        ("share of paths with a loss", f"{profit.loss_probability:.2%}"),
        ("value at risk 99%", f"{profit.value_at_risk_99:,.2f}"),
        ("expected shortfall 99%", f"{profit.expected_shortfall_99:,.2f}"),
        ("expected shortfall 99%, book", f"{book.expected_shortfall_99:,.2f}"),
    ]


def _write(simulation: Simulation, folder: Path) -> None:
    """Writes what was found; pictures last, for drawing takes longest."""
    from sanduq.kit.json import dumps
    from sanduq.sarf.simulation.pictures.drawing import NAMES, PictureFormat, draw
    from sanduq.sarf.simulation.sheet import sheet

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_bytes(dumps(simulation) + b"\n")
    (folder / "result.csv").write_text(sheet(simulation.result), encoding="utf-8")
    with err.status("Drawing"):
        for name in NAMES:
            for form in PictureFormat:
                (folder / f"{name}.{form}").write_bytes(draw(simulation, name, form))
    out.print(f"{folder}: result.json, result.csv and {2 * len(NAMES)} pictures written")
