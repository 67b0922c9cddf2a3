"""Pure ASGI middleware: request ids, security headers, metrics, one log line per request."""

from __future__ import annotations

import re
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sanduq.api.errors import PROBLEM, InternalError, render
from sanduq.kit.ids import new_id
from sanduq.kit.log import told

_REQUEST_ID = re.compile(r"\A[0-9A-Za-z_.:-]{1,100}\Z", re.ASCII)

REQUESTS = Counter("sanduq_http_requests_total", "Requests answered", ["method", "route", "status"])
DURATION = Histogram("sanduq_http_request_seconds", "Time to answer", ["method", "route"])

_log = structlog.get_logger("sanduq.http")

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
]


class RequestFrame:
    """Gives each request an id, measures it and never lets either fail the request.

    What nobody else answers is answered here, so that a failure carries the same headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _given_id(scope) or new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 500
        is_begun = False

        async def framed(message: Message) -> None:
            nonlocal status, is_begun
            if message["type"] == "http.response.start":
                is_begun = True
                status = message["status"]
                headers = list(message.get("headers", []))
                present = {name for name, _ in headers}
                headers += [pair for pair in _HEADERS if pair[0] not in present]
                headers.append((b"x-request-id", request_id.encode()))
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, framed)
        except Exception as error:
            _log.error("failure", **told(error))
            if is_begun:
                raise
            body = render(InternalError(), request_id)
            await Response(body, 500, media_type=PROBLEM)(scope, receive, framed)
        finally:
            _measure(scope, status, time.perf_counter() - started)
            structlog.contextvars.unbind_contextvars("request_id")


def _given_id(scope: MutableMapping[str, Any]) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            return text if _REQUEST_ID.match(text) else None
    return None


def _measure(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    REQUESTS.labels(scope["method"], route, str(status)).inc()
    DURATION.labels(scope["method"], route).observe(seconds)
    _log.info(
        "request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1)
    )
