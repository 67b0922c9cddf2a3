"""The application killed in the middle of its work: what it acknowledged is there, once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.db import Database
from tests.coherent import assert_coherent
from tests.conftest import Work
from tests.make.institution import a_borrower
from tests.make.loans import LOANS, REPAYMENTS, Desk, done
from tests.make.rows import counted

CLIENTS = 6
SECONDS = 2.0
BORROWERS = 6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(environment: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`sanduq serve` as a person starts it; killed at the end if it still runs."""
    port = free_port()
    command = [sys.executable, "-c", "from sanduq.cli import app; app()", "serve"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--no-worker"],
        env={**os.environ, "SANDUQ_LOG": "CRITICAL", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 40
        while not _is_ready(url):
            assert process.poll() is None, process.stderr and process.stderr.read().decode()
            assert time.monotonic() < until, "the application did not start in time"
            time.sleep(0.1)
        yield process, url
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@dataclass
class Notebook:
    """What a careful client keeps: what it is about to send, and what was acknowledged to it."""

    file: Path
    sent: dict[str, tuple[str, dict[str, object]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledged(self, key: str, repayment_id: str) -> None:
        with self.lock, self.file.open("a") as file:
            file.write(f"{key} {repayment_id}\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> dict[str, str]:
        lines = self.file.read_text().splitlines()
        return {key: own_id for key, _, own_id in (line.partition(" ") for line in lines)}


def keep_paying(url: str, number: int, loan_id: str, notebook: Notebook) -> None:
    """Pays a dollar at a time until the server is gone; every third time in a file of two."""
    headers = {"Authorization": f"Bearer {demo.MAKER_KEY}"}
    payment = {"amount": "1.00", "currency": "USD"}
    with httpx.Client(base_url=url, headers=headers, timeout=10) as client:
        for turn in range(10_000):
            key = f"client-{number}-{turn}"
            path, body = f"{LOANS}/{loan_id}/repayments", dict[str, object](payment)
            if turn % 3 == 2:
                path, body = REPAYMENTS, {"repayments": [{"loan_id": loan_id, **payment}] * 2}
            notebook.sent[key] = (path, body)
            try:
                answer = client.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                return
            for repayment_id in ids_of(answer):
                notebook.acknowledged(key, repayment_id)


def ids_of(answer: httpx.Response) -> list[str]:
    found = done(answer, 201) if answer.status_code == 201 else done(answer)
    rows = found.get("results")
    return [found["id"]] if rows is None else [row["repayment"]["id"] for row in rows]


def stored_ids(owner_url: str) -> set[str]:
    with psycopg.connect(owner_url) as connection:
        return {
            row[0] for row in connection.execute("select repayment_id from obligations.repayment")
        }


@pytest.mark.slow
def test_what_a_killed_application_acknowledged_is_stored_and_the_rest_is_safe_to_send_again(
    demo_db: Database,
    demo_work: Work,
    demo_client: TestClient,
    demo_checker: TestClient,
    tmp_path: Path,
) -> None:
    borrowers = [f"cpty_crash_{number}" for number in range(BORROWERS)]
    with demo_work() as uow:
        for borrower_id in borrowers:
            a_borrower(uow, borrower_id)
    desk = Desk(demo_client, demo_checker)
    loans = [desk.disbursed(borrower_id=name, amount=10_000, group_id=...) for name in borrowers]
    notebook = Notebook(tmp_path / "acknowledged")
    environment = {"SANDUQ_DATABASE_URL": demo_db.url, "SANDUQ_DATA": str(tmp_path)}

    with serving(environment) as (process, url), ThreadPoolExecutor(CLIENTS) as pool:
        work = [
            pool.submit(keep_paying, url, number, loans[number % BORROWERS], notebook)
            for number in range(CLIENTS)
        ]
        time.sleep(SECONDS)
        os.kill(process.pid, signal.SIGKILL)
        for each in work:
            each.result()

    acknowledged = notebook.read()
    assert len(acknowledged) > 20, "the clients hardly worked"
    # The server notices that its clients died a moment later, and undoes what was not committed.
    until = time.monotonic() + 10
    busy = (
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and application_name = 'sanduq' and state <> 'idle'"
    )
    while counted(demo_db.url, busy) and time.monotonic() < until:
        time.sleep(0.05)
    stored = stored_ids(demo_db.url)
    assert set(notebook.file.read_text().split()[1::2]) <= stored
    with access.work_as_system(demo_db, demo.INSTITUTION, "req_coherent") as uow:
        assert_coherent(uow)

    unheard = sorted(set(notebook.sent) - set(acknowledged))
    assert unheard, "every request was answered before the kill"
    with serving(environment) as (_, url), httpx.Client(base_url=url, timeout=10) as client:
        client.headers["Authorization"] = f"Bearer {demo.MAKER_KEY}"
        for key, (path, body) in notebook.sent.items():
            answer = client.post(path, json=body, headers={"Idempotency-Key": key})
            for repayment_id in ids_of(answer):
                notebook.acknowledged(key, repayment_id)
    ids = notebook.file.read_text().split()[1::2]
    assert set(ids) == stored_ids(demo_db.url)
    payments = sum(2 if path == REPAYMENTS else 1 for path, _ in notebook.sent.values())
    assert len(set(ids)) == payments
    with access.work_as_system(demo_db, demo.INSTITUTION, "req_coherent") as uow:
        assert_coherent(uow)
