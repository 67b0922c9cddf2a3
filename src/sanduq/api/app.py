"""The application: routers, handlers and the gateway put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from sanduq.api import docs, registry
from sanduq.api.compat import VendorPaths
from sanduq.api.errors import PROBLEM, Busy, MethodNotAllowed, render
from sanduq.api.gateway import HttpGateway
from sanduq.api.middleware import RequestFrame
from sanduq.api.openapi import describe
from sanduq.api.routing import ApiRoute
from sanduq.kit.db import Database
from sanduq.kit.errors import NotFound, Refusal, ValidationFailed

_log = structlog.get_logger("sanduq.api")


def create_app(db: Database | None = None) -> FastAPI:
    """The HTTP application on `db`; without one it can only describe itself."""
    registry.wire()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if db is not None:
            db.open()
        yield
        if db is not None:
            app.state.gateway.close()
            db.close()

    app = FastAPI(
        title="Sanduq", version="1.0.0", docs_url=None, redoc_url=None, openapi_url=None,
        lifespan=lifespan,
    )  # fmt: skip
    app.router.route_class = ApiRoute
    for router in registry.routers():
        for route in router.routes:
            # Rooms below know nothing of this class; their routes take it on here.
            route.__class__ = ApiRoute
        app.include_router(router)
    if db is not None:
        app.state.gateway = HttpGateway(db)
    _add_operations(app)
    docs.mount(app)
    _add_handlers(app)
    app.add_middleware(VendorPaths)
    app.add_middleware(RequestFrame)
    describe(app)
    return app


def _add_operations(app: FastAPI) -> None:
    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> Response:
        try:
            with app.state.gateway.db.transaction() as connection:
                connection.execute("select 1 from ledger.chain_head limit 1")
        except (psycopg.Error, PoolTimeout):
            return Response(b'{"status":"unavailable"}', 503, media_type="application/json")
        return Response(b'{"status":"ready"}', 200, media_type="application/json")

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _add_handlers(app: FastAPI) -> None:
    def answer(request: Request, refusal: Refusal) -> Response:
        headers = dict(refusal.facts.pop("headers", {}))
        if refusal.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        body = render(refusal, getattr(request.state, "request_id", ""))
        return Response(body, refusal.status, headers, PROBLEM)

    async def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return answer(request, error)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            return answer(request, NotFound("there is nothing at this path"))
        if error.status_code == 405:
            refusal: Refusal = MethodNotAllowed(headers=dict(error.headers or {}))
            return answer(request, refusal)
        return answer(request, ValidationFailed(str(error.detail)))

    async def on_busy(request: Request, error: Exception) -> Response:
        _log.warning("busy", error=str(error).splitlines()[0])
        return answer(request, Busy())

    handlers: dict[Any, Any] = {
        Refusal: on_refusal,
        HTTPException: on_http,
        psycopg.errors.LockNotAvailable: on_busy,
        psycopg.errors.DeadlockDetected: on_busy,
        psycopg.errors.SerializationFailure: on_busy,
        PoolTimeout: on_busy,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
