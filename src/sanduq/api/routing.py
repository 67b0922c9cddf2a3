"""The route class of the API: reads JSON exactly, and checks the key before the shape."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, get_args

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from sanduq.api.errors import BodyTooLarge, InvalidJson, KnownFields, validation_refusal
from sanduq.kit.errors import Refusal, ValidationFailed
from sanduq.kit.json import JsonError, loads

BODY_BYTES_MAX = 8 * 1024 * 1024

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(APIRoute):
    """Parses the body without floats; a wrong body is only told to who may call."""

    def get_route_handler(self) -> Handler:
        original = super().get_route_handler()
        known = KnownFields(
            body=_names(self.body_field),
            query=[name for parameter in self.dependant.query_params for name in _names(parameter)],
            kinds=_kinds(self.body_field),
        )

        async def handle(request: Request) -> Response:
            try:
                await _read_json(request)
                return await original(request)
            except RequestValidationError as error:
                await _admit(request)
                raise validation_refusal(error.errors(), known) from None
            except (InvalidJson, BodyTooLarge, ValidationFailed):
                await _admit(request)
                raise

        return handle


async def _admit(request: Request) -> None:
    """Checks key, tenant, scope and quota, unless the gateway has done so for this request."""
    if not getattr(request.state, "is_admitted", False):
        await run_in_threadpool(request.app.state.gateway.authenticate, request)


async def _read_json(request: Request) -> None:
    if request.method not in ("POST", "PATCH", "PUT"):
        return
    if int(request.headers.get("content-length") or 0) > BODY_BYTES_MAX:
        raise BodyTooLarge
    body = await request.body()
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLarge
    if not body:
        return
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise InvalidJson
    try:
        parsed = loads(body)
    except JsonError as error:
        raise InvalidJson(f"the body is not valid JSON: {error}") from None
    request._json = parsed  # what FastAPI would parse itself, with floats
    request.state.parsed_body = parsed


def _names(field: Any) -> list[str]:
    """The field names of a body or query model; a plain parameter's own name."""
    if field is None:
        return []
    annotation = getattr(field.field_info, "annotation", None)
    fields = getattr(annotation, "model_fields", None)
    if fields is None:
        return [field.alias]
    return [info.alias or name for name, info in fields.items()]


def _kinds(field: Any) -> dict[str, list[str]]:
    """The fields of each model a body may be, by the value that tells them apart."""
    told_by = getattr(getattr(field, "field_info", None), "discriminator", None)
    if told_by is None:
        return {}
    kinds: dict[str, list[str]] = {}
    for model in get_args(field.field_info.annotation):
        names = [info.alias or name for name, info in model.model_fields.items()]
        for tag in get_args(model.model_fields[told_by].annotation):
            kinds[str(getattr(tag, "value", tag))] = names
    return kinds


__all__ = ["ApiRoute", "Refusal"]
