"""Real servers for tests: the application on a port of this machine, in a thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import httpx
import uvicorn
from fastapi.testclient import TestClient

from sanduq.api.app import create_app
from sanduq.kit.db import Database

_T = TypeVar("_T")

START_S = 20.0


@contextmanager
def served(url: str, *, pool_max: int = 8) -> Iterator[str]:
    """The API on `url`'s database behind a port of its own, as one more process would serve it."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(256)
    app = create_app(Database(url, pool_max=pool_max))
    # The framework builds its routes at the first request, with warnings off for the whole
    # process meanwhile; two servers doing so at the same moment would leave them on.
    TestClient(app).get("/healthz")
    config = uvicorn.Config(app, lifespan="on", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + START_S
        while not server.started:
            assert thread.is_alive(), "the server ended before it began"
            assert time.monotonic() < until, "the server did not start in time"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=START_S)
        listener.close()
    assert not thread.is_alive(), "the server did not stop"


@contextmanager
def caller(base_url: str, secret: str) -> Iterator[httpx.Client]:
    """A client that many threads may use at once."""
    with httpx.Client(
        base_url=base_url,
        headers={"Authorization": f"Bearer {secret}"},
        timeout=30,
        limits=httpx.Limits(max_connections=64),
    ) as client:
        yield client


def at_once(works: Sequence[Callable[[], _T]]) -> list[_T]:
    """Runs every piece of work in a thread of its own, all let go at the same moment."""
    gate = threading.Barrier(len(works))

    def held(work: Callable[[], _T]) -> _T:
        gate.wait(timeout=30)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(held, work) for work in works]]
