"""The way in: key, scope, quota, idempotency, one unit of work, commit, answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import psycopg
from starlette.requests import Request
from starlette.responses import Response

from sanduq.access import service as access
from sanduq.api import idempotency
from sanduq.api.errors import PROBLEM, Busy, RateLimited, render
from sanduq.api.limits import Quota, RateLimits
from sanduq.kit.db import Database, UnitOfWork, retrying
from sanduq.kit.errors import Forbidden, Refusal, Unauthorized
from sanduq.kit.json import dumps
from sanduq.kit.web import Tagged, Work

JSON = "application/json"


class HttpGateway:
    """Serves `kit.web.Gateway` for the HTTP application."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.limits = RateLimits()

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

    def write(self, request: Request, work: Work, *, status: int = 200) -> Response:
        """Runs `work` once per idempotency key; the answer is sent after the commit."""
        return retrying(lambda: self._write(request, work, status))

    def _write(self, request: Request, work: Work, status: int) -> Response:
        with self._enter(request) as (uow, quota):
            key = idempotency.checked_key(
                request.headers.get("idempotency-key") or request.headers.get("x-idempotency-key")
            )
            if key is None:
                answer = idempotency.StoredAnswer(status, dumps(work(uow)))
                return self._answer(answer, quota.headers())
            print_ = idempotency.fingerprint(
                request.method, request.url.path, getattr(request.state, "parsed_body", None)
            )
            stored = idempotency.claim(uow, key, print_)
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
            return uow, self._checked(uow)
        except BaseException as error:
            self._work.__exit__(type(error), error, error.__traceback__)
            raise

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool | None:
        try:
            return self._work.__exit__(kind, error, trace)
        except psycopg.errors.LockNotAvailable as busy:
            raise Busy from busy

    def _checked(self, uow: UnitOfWork) -> Quota:
        quota = self.gateway.limits.take(uow.actor.credential_id, uow.actor.rate_limit_per_minute)
        if quota.is_exhausted:
            raise RateLimited(headers=quota.headers())
        tenant = self.request.headers.get("x-tenant-id")
        if tenant is not None and tenant != uow.actor.institution:
            raise Forbidden("X-Tenant-ID names another institution than this key's")
        extra = getattr(self.request.scope.get("route"), "openapi_extra", None) or {}
        access.require_scope(uow.actor, str(extra.get("x-scope", "*")))
        return quota


def secret_of(request: Request) -> str:
    """The API key of a request: Bearer or X-API-Key. Refuses UNAUTHORIZED when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    key = request.headers.get("x-api-key", "").strip()
    if not key:
        raise Unauthorized
    return key
