"""One key, one effect: the key and the answer are stored in the transaction of the effect."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Conflict, Refusal, ValidationFailed
from sanduq.kit.json import canonical

KEY_LENGTH_MAX = 255


class IdempotencyInFlight(Conflict):
    """A request with this idempotency key is still running; send it again in a moment."""

    code = "IDEMPOTENCY_IN_FLIGHT"


class IdempotencyMismatch(Refusal):
    """This idempotency key was used for another request; use a fresh key for this one."""

    code = "IDEMPOTENCY_MISMATCH"
    status = 422


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    status: int
    body: bytes


def checked_key(key: str | None) -> str | None:
    """The caller's key. Refuses VALIDATION_ERROR one that is empty, too long or not plain text."""
    if key is None:
        return None
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isascii() or not key.isprintable():
        raise ValidationFailed.field(
            "Idempotency-Key", "malformed", "an idempotency key has 1 to 255 printable characters"
        )
    return key


def fingerprint(method: str, path: str, body: Any) -> bytes:
    """What makes two requests the same: method, path and body, whatever the body's spacing."""
    digest = hashlib.sha256()
    for part in (method.encode(), path.encode(), canonical(body)):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def claim(uow: UnitOfWork, key: str, print_: bytes) -> StoredAnswer | None:
    """Takes the key for this unit of work, or returns the answer it got before.

    A key in use by an unfinished request is waited for, then refused IDEMPOTENCY_IN_FLIGHT;
    a key used for another request is refused IDEMPOTENCY_MISMATCH.
    """
    try:
        taken = uow.execute(
            "insert into api.idempotency_key (institution_id, key, fingerprint, created_at)"
            " values (%s, %s, %s, %s) on conflict do nothing",
            uow.institution_id,
            key,
            print_,
            uow.now,
        )
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as error:
        raise IdempotencyInFlight from error
    if taken:
        return None
    row = uow.one(
        "select fingerprint, status, body from api.idempotency_key"
        " where institution_id = %s and key = %s",
        uow.institution_id,
        key,
    )
    assert row is not None
    if bytes(row[0]) != print_:
        raise IdempotencyMismatch
    return StoredAnswer(row[1], bytes(row[2]))


def keep(uow: UnitOfWork, key: str, answer: StoredAnswer) -> None:
    """Stores the answer with its effect, for ever."""
    uow.execute(
        "update api.idempotency_key set status = %s, body = %s"
        " where institution_id = %s and key = %s",
        answer.status,
        answer.body,
        uow.institution_id,
        key,
    )


def known(uow: UnitOfWork, keys: Sequence[str]) -> dict[str, tuple[bytes, StoredAnswer]]:
    """Fingerprint and answer of each key that was used before."""
    rows = uow.all(
        "select key, fingerprint, status, body from api.idempotency_key"
        " where institution_id = %s and key = any(%s)",
        uow.institution_id,
        list(keys),
    )
    return {row[0]: (bytes(row[1]), StoredAnswer(row[2], bytes(row[3]))) for row in rows}


def keep_new(uow: UnitOfWork, answers: Sequence[tuple[str, bytes, StoredAnswer]]) -> None:
    """Stores keys with their answers at once, in key order.

    Refuses IDEMPOTENCY_IN_FLIGHT when another process used one of them meanwhile: the caller's
    unit of work is then undone, and the answer of the other one is the answer.
    """
    if not answers:
        return
    ordered = sorted(answers, key=lambda answer: answer[0])
    try:
        written = uow.execute(
            "insert into api.idempotency_key"
            " (institution_id, key, fingerprint, status, body, created_at)"
            " select %s, a.key, a.fingerprint, a.status, a.body, %s"
            " from unnest(%s::text[], %s::bytea[], %s::integer[], %s::bytea[])"
            " a(key, fingerprint, status, body) on conflict do nothing",
            uow.institution_id,
            uow.now,
            [key for key, _, _ in ordered],
            [print_ for _, print_, _ in ordered],
            [answer.status for _, _, answer in ordered],
            [answer.body for _, _, answer in ordered],
        )
    except psycopg.errors.LockNotAvailable as error:
        raise IdempotencyInFlight from error
    if written != len(ordered):
        raise IdempotencyInFlight
