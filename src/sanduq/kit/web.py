"""How a domain's routes reach the unit of work: through a gateway the application puts in place.

Routes stand below `api`, which holds keys, idempotency and error rendering; so they name only
this protocol and find the gateway on the running application.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from sanduq.kit.db import UnitOfWork

Work = Callable[[UnitOfWork], Any]
WorkMany = Callable[[UnitOfWork, Sequence[Any]], Sequence[Any]]


class Gateway(Protocol):
    """Opens a unit of work for the caller of `request` and renders what `work` returns."""

    def read(self, request: Any, work: Work) -> Any:
        """Runs `work`, answers 200 with an ETag (304 when the caller has that already)."""
        ...

    async def gathered(self, request: Any, work: WorkMany, item: Any, *, status: int = 200) -> Any:
        """As `write`, for a small write that may share a unit of work with others like it.

        `work` takes many items and returns, for each, what to render or the refusal.
        """
        ...

    def write(self, request: Any, work: Work, *, status: int = 200) -> Any:
        """Runs `work` under the request's idempotency key and commits before answering."""
        ...

    def authenticate(self, request: Any) -> None:
        """Refuses who may not call, before work that is done outside any unit of work."""
        ...


def gateway(request: Any) -> Gateway:
    """The gateway of the application that serves `request`."""
    return cast(Gateway, request.app.state.gateway)


def scope(name: str, *, is_extension: bool = True) -> dict[str, Any]:
    """What a route declares in OpenAPI: the scope it needs, and whether it is our extension."""
    return {"x-scope": name, **({"x-extension": True} if is_extension else {})}


def if_match(request: Any) -> str | None:
    """The entity tag the caller's change is based on, if it sent one."""
    value = request.headers.get("if-match")
    return None if value in (None, "*") else str(value)


@dataclass(frozen=True, slots=True)
class Tagged:
    """An answer with its own entity tag, for objects that know when they changed."""

    body: Any
    etag: str
