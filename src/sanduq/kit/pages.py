"""Pages of a list: by cursor (stable while rows are added) or by page number with a total."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sanduq.kit.errors import ValidationFailed

LIMIT_DEFAULT = 20
LIMIT_MAX = 100

T = TypeVar("T")
U = TypeVar("U")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the caller asked for: `limit` rows after `cursor`, or the `page`-th of `limit` rows."""

    limit: int = LIMIT_DEFAULT
    cursor: tuple[datetime, str] | None = None
    page: int | None = None

    @property
    def offset(self) -> int:
        return 0 if self.page is None else (self.page - 1) * self.limit


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, whether more follow, and the total when pages are numbered."""

    items: Sequence[T]
    has_more: bool
    request: PageRequest
    next_cursor: str | None
    total: int | None

    @classmethod
    def of(
        cls,
        found: Sequence[T],
        request: PageRequest,
        key: Callable[[T], tuple[datetime, str]],
        total: int | None = None,
    ) -> Page[T]:
        """A page of `found`, which holds one row more than asked when there are more."""
        items = found[: request.limit]
        has_more = len(found) > request.limit
        cursor = write_cursor(*key(items[-1])) if has_more and request.page is None else None
        return cls(items, has_more, request, cursor, total)

    def map(self, change: Callable[[T], U]) -> Page[U]:
        """The same page of other things."""
        items = [change(item) for item in self.items]
        return Page(items, self.has_more, self.request, self.next_cursor, self.total)

    def render(self, row: Callable[[T], Any]) -> dict[str, Any]:
        """The list as the API writes it, for both kinds of client."""
        pages = None if self.total is None else -(-self.total // self.request.limit)
        return {
            "data": [row(item) for item in self.items],
            "next_cursor": self.next_cursor,
            "pagination": {
                "page": self.request.page,
                "perPage": self.request.limit,
                "limit": self.request.limit,
                "total": self.total,
                "totalPages": pages,
                "pages": pages,
                "hasMore": self.has_more,
            },
        }


def write_cursor(instant: datetime, row_id: str) -> str:
    """An opaque mark for the place after one row."""
    micros = (instant - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{micros}:{row_id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, str]:
    """The place a mark stands for. Refuses VALIDATION_ERROR a text that is no mark of ours."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        micros, _, row_id = raw.partition(":")
        if not row_id or "\x00" in row_id:
            raise ValueError("no row")
        return _EPOCH + timedelta(microseconds=int(micros)), row_id
    except (ValueError, OverflowError, binascii.Error):
        raise ValidationFailed.field(
            "cursor", "unknown_cursor", "use a next_cursor as it was returned"
        ) from None
