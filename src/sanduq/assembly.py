"""The whole house put together: the API, the console and, if asked for, the worker beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from sanduq.api.app import create_app
from sanduq.console import routes as console
from sanduq.kit.db import Database
from sanduq.worker.app import keep_working


def build(db: Database | None, *, worker_data: Path | None = None) -> FastAPI:
    """The application on `db`; with `worker_data` the jobs run in the same process.

    A worker that fails is started again by itself and never takes the API down.
    """
    app = create_app(db)
    console.mount(app)
    if db is not None and worker_data is not None:
        _add_worker(app, db, worker_data)
    return app


def _add_worker(app: FastAPI, db: Database, data: Path) -> None:
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: FastAPI) -> AsyncIterator[None]:
        # The worker ends before the application closes the connections it works on.
        async with inner(running):
            work = asyncio.create_task(keep_working(db, data), name="worker")
            try:
                yield
            finally:
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work

    app.router.lifespan_context = lifespan
