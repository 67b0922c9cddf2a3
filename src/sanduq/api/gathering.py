"""Gathering: single small writes that wait at the same moment share one unit of work.

Each request keeps its own idempotency key, request id, answer and refusal; they share the round
trips, the block of the chain and the commit. One thread serves the queue: while it works, the
next requests gather. If a shared unit of work is undone, its requests are served one by one; if
nobody can tell whether it was, only those with a key are.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from starlette.requests import Request
from starlette.responses import Response

from sanduq.api import idempotency
from sanduq.api.errors import render
from sanduq.api.idempotency import StoredAnswer
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.kit.json import dumps
from sanduq.kit.log import told

SHARE_MAX = 256

WorkMany = Callable[[UnitOfWork, Sequence[Any]], Sequence[Any]]
Serve = Callable[["Waiting"], Response]
Share = Callable[[Sequence["Waiting"]], list[Response]]

_log = structlog.get_logger("sanduq.api")


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """One request that waits for its answer."""

    request: Request
    secret: str
    key: str | None
    fingerprint: bytes
    item: Any
    work: WorkMany
    status: int
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Response]


class Gatherer:
    """The queue and its thread. `share` serves many at once, `serve` one alone."""

    def __init__(self, share: Share, serve: Serve) -> None:
        self._share = share
        self._serve = serve
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._start = threading.Lock()

    async def answer(self, waiting: Waiting) -> Response:
        """Queues a request and waits for its answer, which comes after the commit."""
        if self._thread is None:
            with self._start:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, name="sanduq-gatherer", daemon=True
                    )
                    self._thread.start()
        self._queue.put(waiting)
        return await waiting.answer

    def stop(self) -> None:
        """Lets the thread finish what is queued and end."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join(timeout=10)

    def _run(self) -> None:
        held: list[Waiting] = []
        while True:
            taken, is_over = self._take(held)
            if not taken and is_over:
                return
            held = []
            for group in _groups(taken):
                now, later = _without_doubles(group)
                held += later
                self._answer_group(now)
            if is_over and not held:
                return

    def _take(self, held: list[Waiting]) -> tuple[list[Waiting], bool]:
        taken = list(held)
        if not taken:
            first = self._queue.get()
            if first is None:
                return [], True
            taken.append(first)
        while len(taken) < SHARE_MAX:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return taken, True
            taken.append(waiting)
        return taken, False

    def _answer_group(self, group: list[Waiting]) -> None:
        try:
            results = self._share(group)
        except Refusal as refusal:
            if len(group) == 1 or refusal.status == 401:
                _deliver(group, [refusal] * len(group))
                return
        except Exception as error:
            _log.warning("shared unit of work undone", size=len(group), **told(error))
            if _may_have_committed(error):
                # Only a key can tell whether it happened; without one a second try could pay twice.
                unknown = [waiting for waiting in group if waiting.key is None]
                _deliver(unknown, [error] * len(unknown))
                group = [waiting for waiting in group if waiting.key is not None]
        else:
            _deliver(group, results)
            return
        for waiting in group:
            try:
                result: Response | BaseException = self._serve(waiting)
            except Exception as error:
                result = error
            _deliver([waiting], [result])


def _may_have_committed(error: Exception) -> bool:
    """Whether the connection was lost, so that nobody heard what became of the commit."""
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


def _groups(taken: Iterable[Waiting]) -> list[list[Waiting]]:
    """What may share a unit of work: the same caller asking for the same kind of thing."""
    found: dict[tuple[str, WorkMany], list[Waiting]] = {}
    for waiting in taken:
        found.setdefault((waiting.secret, waiting.work), []).append(waiting)
    return list(found.values())


def _without_doubles(group: list[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """The first of each idempotency key; repeats wait for the next round and are replayed."""
    seen: set[str] = set()
    now: list[Waiting] = []
    later: list[Waiting] = []
    for waiting in group:
        if waiting.key is not None and waiting.key in seen:
            later.append(waiting)
            continue
        if waiting.key is not None:
            seen.add(waiting.key)
        now.append(waiting)
    return now, later


def _deliver(group: Sequence[Waiting], results: Sequence[Response | BaseException]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Waiting, Response | BaseException]]] = {}
    for waiting, result in zip(group, results, strict=True):
        by_loop.setdefault(waiting.loop, []).append((waiting, result))
    for loop, pairs in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_resolve, pairs)


def _resolve(pairs: Sequence[tuple[Waiting, Response | BaseException]]) -> None:
    for waiting, result in pairs:
        if waiting.answer.done():  # the caller hung up; what was committed stays
            continue
        if isinstance(result, BaseException):
            waiting.answer.set_exception(result)
        else:
            waiting.answer.set_result(result)


def share_work(uow: UnitOfWork, group: Sequence[Waiting]) -> list[tuple[StoredAnswer, bool]]:
    """Serves the group in one unit of work: each answer, and whether it is a replay."""
    keys = [waiting.key for waiting in group if waiting.key is not None]
    known = idempotency.known(uow, keys) if keys else {}
    answers: dict[int, tuple[StoredAnswer, bool]] = {}
    fresh: list[int] = []
    for index, waiting in enumerate(group):
        stored = known.get(waiting.key) if waiting.key is not None else None
        if stored is None:
            fresh.append(index)
        elif stored[0] == waiting.fingerprint:
            answers[index] = (stored[1], True)
        else:
            answers[index] = (_refused(idempotency.IdempotencyMismatch(), waiting), False)
    if fresh:
        results = group[0].work(uow, [group[index].item for index in fresh])
        for index, result in zip(fresh, results, strict=True):
            waiting = group[index]
            answer = (
                _refused(result, waiting)
                if isinstance(result, Refusal)
                else StoredAnswer(waiting.status, dumps(result))
            )
            answers[index] = (answer, False)
        idempotency.keep_new(
            uow,
            [
                (waiting.key, waiting.fingerprint, answers[index][0])
                for index, waiting in ((index, group[index]) for index in fresh)
                if waiting.key is not None
            ],
        )
    return [answers[index] for index in range(len(group))]


def _refused(refusal: Refusal, waiting: Waiting) -> StoredAnswer:
    return StoredAnswer(refusal.status, render(refusal, waiting.request.state.request_id))
