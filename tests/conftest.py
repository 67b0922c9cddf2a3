"""Real PostgreSQL for every test: one server, a template database per worker, a copy per test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from starlette.datastructures import State
from starlette.types import Receive, Scope, Send

from sanduq import demo
from sanduq.access import founding
from sanduq.access import service as access
from sanduq.access.model import SCOPES
from sanduq.api.app import create_app
from sanduq.api.gateway import HttpGateway
from sanduq.demo import load_demo
from sanduq.demo_world.loading import load_world
from sanduq.kit.db import Database, UnitOfWork
from sanduq.kit.embedded import start_embedded
from sanduq.kit.ids import new_id
from sanduq.migrations import migrate

NOW = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
INSTITUTION = "inst_test"
OTHER_INSTITUTION = "inst_other"
USERS = {
    "user_maker": (
        "field_officer", "pawn_clerk", "valuer", "vault_keeper", "auction_officer", "gold_dealer",
        "administrator",
    ),
    "user_checker": ("branch_manager", "valuer", "vault_keeper", "administrator"),
    "user_finance": ("finance_officer",),
    "user_shariah": ("shariah_reviewer",),
}  # fmt: skip
MEMORY_NEEDED_BYTES = 4 * 1024**3
MARKED_ROOMS = ("crash", "race")

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        room = Path(item.fspath).relative_to(Path(__file__).parent).parts[0]
        if room in MARKED_ROOMS:
            item.add_marker(getattr(pytest.mark, room))


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The owner's URL of the server the tests run on."""
    given = os.environ.get("SANDUQ_TEST_DATABASE_URL")
    if given:
        yield given
        return
    server = start_embedded(Path(os.environ.get("SANDUQ_TEST_DATA", _data())))
    _forgo_durability(server.owner_url)
    try:
        yield server.owner_url
    finally:
        server.stop()


def _data() -> Path:
    """Where the test server keeps its data: in memory where there is room, for there a database
    is copied in a thirtieth of the time; else on disk."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_NEEDED_BYTES:
        return memory / f"sanduq-test-{os.geteuid()}"
    return Path("/var/lib/sanduq-test") if os.geteuid() == 0 else Path.home() / ".cache/sanduq-test"


def _forgo_durability(owner_url: str) -> None:
    """Test databases live for seconds: copying them need not wait for the disk."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"alter system set {setting} = off")
        connection.execute("select pg_reload_conf()")


def database_url(server_url: str, name: str) -> str:
    """The URL of another database on the same server."""
    parts = conninfo_to_dict(server_url)
    host, user, password = parts.get("host", ""), parts.get("user", ""), parts.get("password", "")
    if str(host).startswith("/"):
        return f"postgresql://{user}:{password}@/{name}?host={host}"
    return f"postgresql://{user}:{password}@{host}:{parts.get('port', 5432)}/{name}"


@contextmanager
def _maintenance(server_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(
        make_conninfo(server_url, dbname="postgres"), autocommit=True
    ) as connection:
        yield connection


def found(owner_url: str, number: int, institution: str, suffix: str = "") -> None:
    """An institution with its users, tiers and keys, as most tests need it."""
    with psycopg.connect(owner_url) as connection:
        founding.found_institution(
            connection,
            founding.NewInstitution(number, institution, institution, "USD", clock_frozen_at=NOW),
        )
        for user_id, roles in USERS.items():
            founding.add_user(connection, number, user_id, user_id, roles)
            founding.add_key(
                connection, number, user_id, f"sk_test_{user_id[5:]}{suffix}", sorted(SCOPES)
            )


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """A migrated database with two institutions, copied for each test."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = new_id(f"template_{worker}")
    with _maintenance(server_url) as connection:
        connection.execute(f'create database "{name}"')
    url = database_url(server_url, name)
    migrate(url)
    found(url, 1, INSTITUTION)
    found(url, 2, OTHER_INSTITUTION, suffix="_other")
    yield name
    with _maintenance(server_url) as connection:
        connection.execute(f'drop database "{name}" with (force)')


@contextmanager
def copied(server_url: str, template: str) -> Iterator[str]:
    """A copy of a template for as long as the block runs: the URL of its owner."""
    name = new_id("test")
    with _maintenance(server_url) as connection:
        connection.execute(f'create database "{name}" template "{template}" strategy file_copy')
    try:
        yield database_url(server_url, name)
    finally:
        with _maintenance(server_url) as connection:
            connection.execute(f'drop database "{name}" with (force)')


@contextmanager
def a_world(server_url: str) -> Iterator[str]:
    """A database with the whole demonstration world, for as long as the block runs."""
    name = new_id("world")
    with _maintenance(server_url) as connection:
        connection.execute(f'create database "{name}"')
    try:
        url = database_url(server_url, name)
        migrate(url)
        with Database(url) as database:
            assert load_world(url, database)
        yield url
    finally:
        with _maintenance(server_url) as connection:
            connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def owner_url(server_url: str, template: str) -> Iterator[str]:
    """A fresh database: the URL of its owner."""
    with copied(server_url, template) as url:
        yield url


@pytest.fixture(scope="session")
def demo_template(server_url: str) -> Iterator[str]:
    """A migrated database with the demonstration world and another institution beside it."""
    name = new_id("template_demo")
    with _maintenance(server_url) as connection:
        connection.execute(f'create database "{name}"')
    url = database_url(server_url, name)
    migrate(url)
    with Database(url) as database:
        load_demo(url, database)
    found(url, 2, OTHER_INSTITUTION, suffix="_other")
    yield name
    with _maintenance(server_url) as connection:
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def demo_url(server_url: str, demo_template: str) -> Iterator[str]:
    """A fresh demonstration world: the URL of its owner."""
    with copied(server_url, demo_template) as url:
        yield url


@pytest.fixture
def demo_db(demo_url: str) -> Iterator[Database]:
    """A fresh demonstration world through the application's role."""
    with Database(demo_url, pool_max=20) as database:
        yield database


@pytest.fixture
def demo_work(demo_db: Database) -> Work:
    """As `work`, in the demonstration institution; by default its field officer acts."""

    def opened(user_id: str = demo.MAKER) -> AbstractContextManager[UnitOfWork]:
        return access.work_as(demo_db, demo.INSTITUTION, user_id, "req_test")

    return opened


@pytest.fixture
def db(owner_url: str) -> Iterator[Database]:
    """The fresh database through the application's role."""
    with Database(owner_url, pool_max=20) as database:
        yield database


@pytest.fixture
def work(db: Database) -> Work:
    """`with work("user_maker") as uow:` opens a unit of work and commits it at the end."""

    def opened(
        user_id: str = "user_maker", institution: str = INSTITUTION
    ) -> AbstractContextManager[UnitOfWork]:
        return access.work_as(db, institution, user_id, "req_test")

    return opened


@cache
def application() -> FastAPI:
    """The application, put together once: its routes take half a second, its database none."""
    return create_app()


class OnDatabase:
    """The application on one database, beside others that are on theirs."""

    def __init__(self, db: Database) -> None:
        self.state = State({"gateway": HttpGateway(db)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        application().state = self.state
        await application()(scope, receive, send)


def client_with(db: Database, secret: str) -> TestClient:
    """A client of the API that holds one key."""
    return TestClient(
        OnDatabase(db),
        headers={"Authorization": f"Bearer {secret}"},
        raise_server_exceptions=False,
    )


def sharing(client: TestClient, secret: str) -> TestClient:
    """Another client of the same application, with another key."""
    return TestClient(
        client.app,
        headers={"Authorization": f"Bearer {secret}"},
        raise_server_exceptions=False,
    )


@pytest.fixture
def client(db: Database) -> TestClient:
    """The API with the maker's key."""
    return client_with(db, "sk_test_maker")


@pytest.fixture
def checker_client(db: Database) -> TestClient:
    """The API with the checker's key."""
    return client_with(db, "sk_test_checker")


@pytest.fixture
def demo_client(demo_db: Database) -> TestClient:
    """The API of the demonstration world with the key of its field officer, who makes loans."""
    return client_with(demo_db, demo.MAKER_KEY)


@pytest.fixture
def demo_checker(demo_client: TestClient) -> TestClient:
    """The same application with the key of the branch manager, who approves them."""
    return sharing(demo_client, demo.CHECKER_KEY)


@pytest.fixture
def other_client(db: Database) -> TestClient:
    """The API with the key of another institution."""
    return client_with(db, "sk_test_maker_other")
