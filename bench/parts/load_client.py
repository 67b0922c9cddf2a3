"""A load client in a process of its own: HTTP/1.1 keep-alive on plain asyncio streams.

Reads its task as JSON from standard input and prints what it saw as JSON. With a rate, requests
are due at fixed moments and latency counts from the moment a request was due, so that a slow
answer cannot hide the ones that waited behind it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import uvloop


@dataclass(frozen=True, slots=True)
class Task:
    port: int
    key: str
    connections: int
    seconds: float
    rows: int
    loan_ids: list[str]
    amount: str
    name: str
    rate: float | None = None


@dataclass(slots=True)
class Seen:
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)
    recorded: int = 0
    first_refusal: str | None = None


def main() -> None:
    """Runs the task of standard input."""
    task = Task(**json.load(sys.stdin))
    seen, elapsed = uvloop.run(_run(task))
    answers = {"statuses": {str(k): v for k, v in seen.statuses.items()}, "seconds": elapsed}
    rest = {k: v for k, v in asdict(seen).items() if k != "statuses"}
    json.dump({**answers, **rest}, sys.stdout)


async def _run(task: Task) -> tuple[Seen, float]:
    seen = Seen()
    started = time.perf_counter()
    lanes = [_lane(task, number, started, seen) for number in range(task.connections)]
    await asyncio.gather(*lanes)
    return seen, time.perf_counter() - started


async def _lane(task: Task, lane: int, started: float, seen: Seen) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", task.port)
    number = lane
    ends = started + task.seconds
    try:
        while True:
            due = time.perf_counter()
            if task.rate is not None:
                due = started + number / task.rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if due >= ends:
                return
            writer.write(_request(task, number))
            status, body = await _answer(reader)
            seen.latencies_ms.append((time.perf_counter() - due) * 1000)
            _note(task, seen, status, body)
            number += task.connections
    finally:
        writer.close()


def _request(task: Task, number: int) -> bytes:
    ids = task.loan_ids
    if task.rows == 1:
        path = f"/v1/rails/microfinance/loans/{ids[number * 7919 % len(ids)]}/repayments"
        body = f'{{"amount":"{task.amount}","currency":"USD"}}'
    else:
        path = "/v1/rails/microfinance/repayments"
        rows: list[dict[str, Any]] = [
            {
                "loan_id": ids[(number * task.rows + n) * 7919 % len(ids)],
                "amount": task.amount,
                "currency": "USD",
            }
            for n in range(task.rows)
        ]
        body = json.dumps({"repayments": rows})
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {task.key}\r\n"
        f"Idempotency-Key: {task.name}-{number}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        if line[:15].lower() == b"content-length:":
            length = int(line[15:])
    return int(head[9:12]), await reader.readexactly(length)


def _note(task: Task, seen: Seen, status: int, body: bytes) -> None:
    seen.statuses[status] += 1
    if status < 300:
        recorded = 1 if task.rows == 1 else int(json.loads(body)["recorded"])
        seen.recorded += recorded
        if recorded == task.rows:
            return
    if seen.first_refusal is None:
        seen.first_refusal = body[:400].decode()


if __name__ == "__main__":
    main()
