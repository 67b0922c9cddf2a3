"""The command line: run it, look after it, take things out of it. One line per error."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress

from sanduq.cli_import import import_app
from sanduq.cli_simulate import simulate
from sanduq.settings import Settings

if TYPE_CHECKING:
    from sanduq.running import RunningDatabase

app = typer.Typer(
    name="sanduq", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)  # fmt: skip
institution_app = typer.Typer(no_args_is_help=True, help="Found institutions.")
key_app = typer.Typer(no_args_is_help=True, help="Make API keys.")
app.add_typer(institution_app, name="institution")
app.add_typer(key_app, name="key")
app.add_typer(import_app, name="import")
app.command()(simulate)

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

DEMO_LOAN = (
    '{"type":"qard_hasan","borrower_id":"cpty_borrower_001","amount":2000,"currency":"USD",'
    '"purpose":"small_business","purpose_description":"Sewing equipment","service_fee":40,'
    '"repayment_terms":{"installments":12,"frequency":"monthly","grace_period_months":1},'
    '"group_id":"grp_village_003"}'
)

THREAD_SWITCH_S = 0.0002

InstitutionOption = Annotated[str, typer.Option("--institution", help="The institution's id.")]
HostOption = Annotated[str, typer.Option(help="The address to listen on.")]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")]
WorkerOption = Annotated[
    bool, typer.Option("--with-worker/--no-worker", help="Run the jobs in this process too.")
]


@app.callback()
def begin() -> None:
    """Islamic microfinance on one double-entry ledger."""
    # Without a login session there is no runtime directory; the embedded server copes.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")


@contextmanager
def told() -> Iterator[None]:
    """Turns what can go wrong outside our hands into one line and exit code 1."""
    import psycopg
    from psycopg_pool import PoolTimeout

    from sanduq.kit.embedded import EmbeddedServerError
    from sanduq.kit.errors import Refusal
    from sanduq.kit.money import AmountError
    from sanduq.ledger.checkpoint import UnreadableCheckpoint

    try:
        yield
    except (
        EmbeddedServerError, Refusal, AmountError, UnreadableCheckpoint, PoolTimeout,
        psycopg.Error, OSError,
    ) as error:  # fmt: skip
        fail(str(error).strip() or type(error).__name__)


def fail(message: str) -> NoReturn:
    """Says what is wrong in one line and ends with exit code 1."""
    err.print("error: " + " ".join(message.split()), style="red", markup=False)
    raise typer.Exit(1)


@contextmanager
def database(*, migrate: bool = False) -> Iterator[RunningDatabase]:
    """The database of the settings, connected, for the length of one command."""
    from sanduq.running import open_database

    with told(), open_database(Settings.from_environment(), migrate=migrate) as running:
        running.db.open()
        yield running


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve on, taken before anything is started; exit 1 when it is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        fail(f"cannot listen on {host}:{port} ({error.strerror}): choose another with --port")
    listener.set_inheritable(True)
    return listener


def serve_on(running: RunningDatabase, listener: socket.socket, *, with_worker: bool) -> None:
    """Serves until interrupted."""
    import uvicorn

    from sanduq.assembly import build
    from sanduq.kit import log

    settings = Settings.from_environment()
    log.configure(settings.log_level)
    application = build(running.db, worker_data=settings.data if with_worker else None)
    config = uvicorn.Config(
        application, loop="uvloop", http="httptools", lifespan="on", access_log=False,
        log_config=None, server_header=False, timeout_graceful_shutdown=10,
    )  # fmt: skip
    # A thread back from the database waits this long for the one that parses requests, at each
    # statement: the usual 5 ms would be most of an answer's time.
    sys.setswitchinterval(THREAD_SWITCH_S)
    # The server hands the signal back once it has stopped; ours lets the database stop as well.
    signal.signal(signal.SIGTERM, _leave)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def url_of(host: str, port: int) -> str:
    """The address as a browser takes it."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - a comparison
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


@app.command()
def serve(
    host: HostOption = "127.0.0.1", port: PortOption = 8000, with_worker: WorkerOption = True
) -> None:
    """Serve the API and the console, and run the jobs beside them."""
    listener = listen(host, port)
    with database(migrate=True) as running:
        out.print(f"Sanduq listens on {url_of(host, port)} (Ctrl+C stops it)")
        serve_on(running, listener, with_worker=with_worker)


@app.command()
def demo(
    host: HostOption = "127.0.0.1", port: PortOption = 8000, with_worker: WorkerOption = True
) -> None:
    """Start with a demo institution in it, two years of its life told, and say what to try."""
    from sanduq import demo as demonstration
    from sanduq.demo_world.loading import load_world, untold

    listener = listen(host, port)
    out.print("Starting the database ...")
    with database(migrate=True) as running:
        with Progress(console=out, transient=True) as bar:
            task = bar.add_task("Loading the demo institution", total=None)
            load_world(running.owner_url, running.db, partial(bar.update, task))
        if (word := untold(running.db)) is not None:
            out.print(word)
        url = url_of(host, port)
        bearer = f'-H "Authorization: Bearer {demonstration.MAKER_KEY}"'
        out.print(f"Sanduq listens on {url} (Ctrl+C stops it); the API is described at {url}/docs")
        out.print(f"The maker's key is {demonstration.MAKER_KEY}, the checker's", end=" ")
        out.print(f"{demonstration.CHECKER_KEY}: what one makes, the other approves. Try")
        out.print(f"  curl {url}/v1/rails/rahnu/contracts {bearer}", markup=False)
        out.print(f"  curl {url}/v1/rails/microfinance/loans {bearer} --json '{DEMO_LOAN}'")
        out.print(f"  curl {url}/v1/approvals?status=PENDING {bearer}", markup=False)
        serve_on(running, listener, with_worker=with_worker)


@app.command()
def migrate() -> None:
    """Bring the database to this version; safe to run again."""
    with database(migrate=True):
        out.print("The database is up to date.")


@app.command()
def worker() -> None:
    """Run the jobs alone in this process: end of day, checkpoints, sweeping."""
    from sanduq.api import registry
    from sanduq.kit import log
    from sanduq.worker.app import run_worker

    settings = Settings.from_environment()
    log.configure(settings.log_level)
    registry.wire()
    with database() as running:
        out.print("The worker runs (Ctrl+C stops it)")
        asyncio.run(run_worker(running.db, settings.data, is_alone=True))


@app.command()
def verify(
    institution: Annotated[
        str | None, typer.Option("--institution", help="One institution; all by default.")
    ] = None,
) -> None:
    """Recompute the books and compare them with what is stored; exit 1 on any finding."""
    from sanduq.access import service as access
    from sanduq.api import registry
    from sanduq.kit.ids import new_id
    from sanduq.ledger.checkpoint import checkpoints_of
    from sanduq.ledger.verify import verify as recompute

    registry.wire()
    is_coherent = True
    with database() as running:
        checkpoints = checkpoints_of(Settings.from_environment().data)
        every = [state.id for state in access.institutions(running.db)]
        for name in [institution] if institution is not None else every:
            with (
                err.status(f"{name}") as status,
                access.work_as_system(running.db, name, new_id("req")) as uow,
            ):
                report = recompute(
                    uow, checkpoints,
                    progress=lambda check, count: status.update(f"{check} {count or ''}"),
                )  # fmt: skip
            is_coherent = is_coherent and report.is_coherent
            verdict = "coherent" if report.is_coherent else "NOT coherent"
            out.print(
                f"{name}: {verdict}; {len(report.checks)} checks, {report.journal_seq} journals,"
                f" {report.block_seq} blocks"
            )
            for finding in report.findings:
                out.print(f"  {finding}", markup=False)
    if not is_coherent:
        raise typer.Exit(1)


class Format(StrEnum):
    """The programs of other authors that read the books."""

    HLEDGER = "hledger"
    BEANCOUNT = "beancount"
    CSV = "csv"


@app.command()
def export(
    form: Annotated[Format, typer.Argument(metavar="hledger|beancount|csv")],
    institution: InstitutionOption,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
) -> None:
    """Write the books as plain text; the file appears whole or not at all."""
    from sanduq.access import service as access
    from sanduq.kit.ids import new_id
    from sanduq.ledger.export import export_beancount, export_csv, export_hledger

    exports = {
        Format.HLEDGER: export_hledger,
        Format.BEANCOUNT: export_beancount,
        Format.CSV: export_csv,
    }
    draft = output.with_name(output.name + ".part")
    with (
        database() as running,
        access.work_as_system(running.db, institution, new_id("req")) as uow,
    ):
        lines = 0
        try:
            with draft.open("w", encoding="utf-8") as file:
                for line in exports[form](uow):
                    file.write(line + "\n")
                    lines += 1
            draft.replace(output)
        finally:
            draft.unlink(missing_ok=True)
    out.print(f"{output} written: {lines} lines")


@app.command("end-of-day")
def end_of_day(
    institution: InstitutionOption,
    through: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day to close; yesterday by default."),
    ] = None,
) -> None:
    """Close the business dates that are over; goes on where an interrupted run stopped."""
    from sanduq.worker.jobs import close_days_of, pending_days

    last = through.date() if through is not None else None
    with database() as running:
        pending = pending_days(running.db, institution, last)
        with Progress(console=err, transient=True) as bar:
            task = bar.add_task(f"Closing {len(pending)} days", total=len(pending))

            def step(day: date, name: str) -> None:
                bar.update(task, completed=pending.index(day), description=f"{day} {name}")

            reports = close_days_of(running.db, institution, last, step)
        if not reports:
            out.print("Nothing to close: every day that is over is closed.")
        for report in reports:
            steps = ", ".join(f"{name} {count}" for name, count in report.steps.items())
            out.print(f"{report.business_on} closed: {steps}")


@app.command()
def openapi(
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when the files differ.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the files.")] = False,
    directory: Annotated[Path, typer.Option(help="Where the files lie.")] = Path("openapi"),
) -> None:
    """Check or write openapi/v1.json and openapi/events.json."""
    from sanduq import contract

    if check == write:
        fail("say either --check or --write")
    for path, text in contract.documents(directory).items():
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            out.print(f"{path} written")
            continue
        different = contract.first_difference(path, text)
        if different is not None:
            fail(f"{path} is not what the code says ({different}): run `sanduq openapi --write`")
    if check:
        out.print("The contract is as committed.")


@institution_app.command("create")
def create_institution(
    institution: Annotated[str, typer.Argument(metavar="ID", help="Such as inst_alnoor.")],
    name: Annotated[str, typer.Option(help="Its full name.")],
    currency: Annotated[str, typer.Option(help="The currency of its books, such as USD.")],
    time_zone: Annotated[str, typer.Option(help="Such as Asia/Kuala_Lumpur.")] = "UTC",
    is_live: Annotated[bool, typer.Option("--live", help="Real money; no test clock.")] = False,
) -> None:
    """Found an institution with its roles, its main branch and its first administrator."""
    from zoneinfo import available_timezones

    from sanduq.access import founding
    from sanduq.kit.ids import own_id
    from sanduq.running import found

    with told(), database(migrate=True) as running:
        own_id(institution, "inst")
        if time_zone not in available_timezones():
            fail(f"{time_zone} is no time zone; use a name such as Asia/Kuala_Lumpur")
        new = founding.NewInstitution(0, institution, name, currency, time_zone)
        found(running, replace(new, is_live=is_live))
    out.print(f"{institution} is founded. Its first user is user_admin; make a key with")
    out.print(f"  sanduq key create --institution {institution} --user user_admin")


@key_app.command("create")
def create_key(
    institution: InstitutionOption,
    user: Annotated[str, typer.Option(help="The staff user the key acts for.")],
    scopes: Annotated[str, typer.Option(help="Comma-separated; all by default.")] = "",
) -> None:
    """Make a key that works at once: the power of whoever runs this machine. Shown once."""
    import psycopg

    from sanduq.access import founding
    from sanduq.access.model import SCOPES, new_secret

    wanted = sorted({part.strip() for part in scopes.split(",") if part.strip()}) or sorted(SCOPES)
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        fail(f"{unknown[0]} is no scope; there are {', '.join(sorted(SCOPES))}")
    with database() as running, psycopg.connect(running.owner_url) as owner:
        row = owner.execute(
            "select i.institution_id, i.is_live from access.institution i"
            " join access.staff_user u on u.institution_id = i.institution_id"
            " where i.id = %s and u.user_id = %s and u.is_active",
            (institution, user),
        ).fetchone()
        if row is None:
            fail(f"there is no institution {institution} with an active user {user}")
        secret = new_secret(is_live=row[1])
        founding.add_key(owner, row[0], user, secret, wanted)
    err.print("This is the only time the key is shown:")
    print(secret)
