"""Paths the vendor's published client calls, led to the ones the contract documents.

The client sends Bearer only, pages by `page` and `limit`, and reads `code`, `message` and
`details` at the top level of an error: the API answers all of that on its own paths too.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

_ALIASES = (
    ("/api/v1/islamic-microfinance/groups", "/v1/rails/microfinance/groups"),
    ("/api/v1/islamic-microfinance", "/v1/rails/microfinance/loans"),
    ("/api/v1/rahnu", "/v1/rails/rahnu/contracts"),
    ("/api/v1/rails/", "/v1/rails/"),
)


class VendorPaths:
    """Rewrites an aliased path before it is routed; every other path passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = canonical_path(scope["path"])
            if path != scope["path"]:
                scope = {**scope, "path": path, "raw_path": path.encode()}
        await self.app(scope, receive, send)


def canonical_path(path: str) -> str:
    """The documented path that `path` stands for."""
    for alias, target in _ALIASES:
        if path == alias or path.startswith(alias.rstrip("/") + "/"):
            return target.rstrip("/") + path[len(alias.rstrip("/")) :]
    return path
