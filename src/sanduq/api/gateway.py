"""The way in: key, scope, quota, idempotency, one unit of work, commit, answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from starlette.requests import Request
from starlette.responses import Response

from sanduq.access import service as access
from sanduq.api import idempotency
from sanduq.api.errors import PROBLEM, Busy, RateLimited, render
from sanduq.api.gathering import Gatherer, Waiting, share_work
from sanduq.api.limits import Quota, RateLimits
from sanduq.kit.db import Database, UnitOfWork, retrying
from sanduq.kit.errors import Forbidden, Refusal, Unauthorized
from sanduq.kit.json import dumps
from sanduq.kit.web import Tagged, Work, WorkMany

JSON = "application/json"


class HttpGateway:
    """Serves `kit.web.Gateway` for the HTTP application."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.limits = RateLimits()
        self._gatherer = Gatherer(self._share, self._serve)

    def read(self, request: Request, work: Work) -> Response:
        """Runs `work` in a unit of work and answers 200, or 304 when the ETag matches."""
        with self._enter(request) as (uow, quota):
            value = work(uow)
        if isinstance(value, Response):
            value.headers.update(quota.headers())
            return value
        body = dumps(value.body if isinstance(value, Tagged) else value)
        tag = (
            value.etag
            if isinstance(value, Tagged)
            else f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        )
        headers = {**quota.headers(), "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, 200, headers, JSON)

    async def gathered(
        self, request: Request, work: WorkMany, item: Any, *, status: int = 200
    ) -> Response:
        """Queues one item; requests that wait at the same moment share a unit of work."""
        loop = asyncio.get_running_loop()
        return await self._gatherer.answer(
            Waiting(
                request=request,
                secret=secret_of(request),
                key=_key_of(request),
                fingerprint=_fingerprint(request),
                item=item,
                work=work,
                status=status,
                loop=loop,
                answer=loop.create_future(),
            )
        )

    def close(self) -> None:
        """Answers what is queued and stops."""
        self._gatherer.stop()

    def _share(self, group: Sequence[Waiting]) -> list[Response]:
        return retrying(lambda: self._share_once(group))

    def _share_once(self, group: Sequence[Waiting]) -> list[Response]:
        with self._enter(group[0].request) as (uow, quota):
            # The first request was counted on entering; the others are counted and checked here.
            quotas = [quota, *(self._checked(uow, waiting.request) for waiting in group[1:])]
            answers = share_work(uow, group)
        return [
            self._answer(
                answer,
                {**quota.headers(), **({"Idempotency-Replayed": "true"} if is_replay else {})},
            )
            for (answer, is_replay), quota in zip(answers, quotas, strict=True)
        ]

    def _serve(self, waiting: Waiting) -> Response:
        def work(uow: UnitOfWork) -> Any:
            (result,) = waiting.work(uow, [waiting.item])
            if isinstance(result, Refusal):
                raise result
            return result

        return self.write(waiting.request, work, status=waiting.status)

    def write(self, request: Request, work: Work, *, status: int = 200) -> Response:
        """Runs `work` once per idempotency key; the answer is sent after the commit."""
        return retrying(lambda: self._write(request, work, status))

    def _write(self, request: Request, work: Work, status: int) -> Response:
        with self._enter(request) as (uow, quota):
            key = _key_of(request)
            if key is None:
                answer = idempotency.StoredAnswer(status, dumps(work(uow)))
                return self._answer(answer, quota.headers())
            stored = idempotency.claim(uow, key, _fingerprint(request))
            if stored is not None:
                return self._answer(stored, {**quota.headers(), "Idempotency-Replayed": "true"})
            try:
                with uow.savepoint():
                    value = work(uow)
                answer = idempotency.StoredAnswer(status, dumps(value))
            except Refusal as refusal:
                answer = idempotency.StoredAnswer(refusal.status, render(refusal, uow.request_id))
            idempotency.keep(uow, key, answer)
        return self._answer(answer, quota.headers())

    def authenticate(self, request: Request) -> None:
        """Refuses what `read` and `write` would refuse before looking at the body."""
        with self._enter(request):
            pass

    def _checked(self, uow: UnitOfWork, request: Request) -> Quota:
        quota = self.limits.take(uow.actor.credential_id, uow.actor.rate_limit_per_minute)
        if quota.is_exhausted:
            raise RateLimited(headers=quota.headers())
        tenant = request.headers.get("x-tenant-id")
        if tenant is not None and tenant != uow.actor.institution:
            raise Forbidden("X-Tenant-ID names another institution than this key's")
        extra = getattr(request.scope.get("route"), "openapi_extra", None) or {}
        access.require_scope(uow.actor, str(extra.get("x-scope", "*")))
        request.state.is_admitted = True
        return quota

    def _enter(self, request: Request) -> _Entered:
        return _Entered(self, request)

    @staticmethod
    def _answer(answer: idempotency.StoredAnswer, headers: Mapping[str, str]) -> Response:
        media = JSON if answer.status < 400 else PROBLEM
        return Response(answer.body, answer.status, dict(headers), media)


class _Entered:
    """The unit of work of one request, after key, tenant, scope and quota were checked."""

    def __init__(self, gateway: HttpGateway, request: Request) -> None:
        self.gateway = gateway
        self.request = request
        self._work = access.work_with_key(gateway.db, secret_of(request), request.state.request_id)

    def __enter__(self) -> tuple[UnitOfWork, Quota]:
        uow = self._work.__enter__()
        try:
            return uow, self.gateway._checked(uow, self.request)
        except BaseException as error:
            self._work.__exit__(type(error), error, error.__traceback__)
            raise

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool | None:
        try:
            return self._work.__exit__(kind, error, trace)
        except psycopg.errors.LockNotAvailable as busy:
            raise Busy from busy


def _key_of(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    return idempotency.checked_key(request.headers.get("x-idempotency-key") if key is None else key)


def _fingerprint(request: Request) -> bytes:
    return idempotency.fingerprint(
        request.method, request.url.path, getattr(request.state, "parsed_body", None)
    )


def secret_of(request: Request) -> str:
    """The API key of a request: Bearer or X-API-Key. Refuses UNAUTHORIZED when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    key = request.headers.get("x-api-key", "").strip()
    if not key:
        raise Unauthorized
    return key
