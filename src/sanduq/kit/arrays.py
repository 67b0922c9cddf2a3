"""Lists on their way to the database: written as array literals in few passes over the text.

psycopg writes them element by element with a regular expression per element, which costs more
than all else a batch does in Python. Here a list of plain texts, whole numbers or days is written
at once; anything else is left to psycopg.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.abc import DumperKey
from psycopg.adapt import PyFormat
from psycopg.types.array import ListDumper

_DAY = {date}
_NUMBER = {int}
_NONE = type(None)


class BatchListDumper(ListDumper):
    """Promises the bytes psycopg would send, or others that mean the same array.

    The type is left to the statement, which casts (`%s::bigint[]`) or compares (`= any(%s)`).
    psycopg would name one by the size of the numbers, and so prepare the same statement anew for
    every mix of sizes.
    """

    def get_key(self, obj: list[Any], format: PyFormat) -> DumperKey:  # noqa: ARG002
        """One dumper for every list."""
        return self.cls

    def upgrade(self, obj: list[Any], format: PyFormat) -> BatchListDumper:  # noqa: ARG002
        """The same dumper, whatever the list holds."""
        return self

    def dump(self, obj: list[Any]) -> Any:
        kinds = set(map(type, obj))
        has_null = _NONE in kinds
        if has_null:
            kinds.discard(_NONE)
            if not kinds:
                return b"{" + b",".join([b"NULL"] * len(obj)) + b"}"
        if kinds == _NUMBER:
            texts = map(str, obj)
        elif kinds == _DAY:
            texts = map(date.isoformat, obj)
        elif all(issubclass(kind, str) for kind in kinds) and kinds:
            return _texts(obj, has_null=has_null) or super().dump(obj)
        else:
            return super().dump(obj)
        if has_null:
            return super().dump(obj)
        return ("{" + ",".join(texts) + "}").encode()


def _texts(items: list[str | None], *, has_null: bool) -> bytes | None:
    """The literal of texts; nothing for a text that holds NUL, which no column takes."""
    if has_null:
        joined = "\0".join(["\1" if item is None else item for item in items])
        if "\1" in "".join([item for item in items if item is not None]):
            return None
    else:
        joined = "\0".join(items)  # type: ignore[arg-type]
    if joined.count("\0") != len(items) - 1:
        return None
    if "\\" in joined:
        joined = joined.replace("\\", "\\\\")
    if '"' in joined:
        joined = joined.replace('"', '\\"')
    literal = '{"' + joined.replace("\0", '","') + '"}'
    if has_null:
        literal = literal.replace('"\1"', "NULL")
    return literal.encode()


def install(connection: Connection[Any]) -> None:
    """Makes `connection` write lists this way (for the pool's `configure`)."""
    connection.adapters.register_dumper(list, BatchListDumper)
