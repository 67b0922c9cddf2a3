"""Every refusal becomes one body: RFC 9457, with the vendor's documented shape beside it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from sanduq.kit.errors import Refusal, ValidationFailed
from sanduq.kit.json import dumps

PROBLEM = "application/problem+json"
TYPE_BASE = "/docs/errors#"


class InvalidJson(Refusal):
    """The body is not JSON this API reads; send Content-Type: application/json and valid JSON."""

    code = "INVALID_JSON"
    status = 400


class RateLimited(Refusal):
    """Too many requests with this key; wait as long as Retry-After says."""

    code = "RATE_LIMITED"
    status = 429


class MethodNotAllowed(Refusal):
    """This path does not take that method."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class BodyTooLarge(Refusal):
    """The body is larger than this API takes; send fewer rows per call."""

    code = "BODY_TOO_LARGE"
    status = 413


class InternalError(Refusal):
    """Something failed on our side; sent again with its Idempotency-Key it takes effect once."""

    code = "INTERNAL_ERROR"
    status = 500


class Busy(Refusal):
    """Another request holds what this one needs. Nothing was changed; send it again."""

    code = "CONFLICT"
    status = 409


def render(refusal: Refusal, request_id: str) -> bytes:
    """The body of a refusal."""
    details = [dict(detail) for detail in refusal.details]
    body: dict[str, Any] = {
        "type": TYPE_BASE + refusal.code.lower(),
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": refusal.message,
        "code": refusal.code,
        "message": refusal.message,
        "request_id": request_id,
        "errors": details,
        "details": details,
        "error": {"code": refusal.code, "message": refusal.message, "details": details},
        "meta": {"requestId": request_id},
    }
    body.update({key: value for key, value in refusal.facts.items() if key not in body})
    return dumps(body)


@dataclass(frozen=True, slots=True)
class KnownFields:
    """What a route takes: fields of its body and query; where the body comes in kinds told apart
    by a field, the fields of each kind by its name."""

    body: Sequence[str]
    query: Sequence[str]
    kinds: Mapping[str, Sequence[str]]


def validation_refusal(errors: Sequence[Mapping[str, Any]], known: KnownFields) -> ValidationFailed:
    """What the schema found wrong, field by field, with the nearest name for an unknown field."""
    details = [_detail(error, known) for error in errors]
    first = details[0]["message"] if details else "the request has the wrong shape"
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return ValidationFailed(f"{first}{more}", details=details)


def _detail(error: Mapping[str, Any], known: KnownFields) -> dict[str, Any]:
    location = [str(part) for part in error["loc"] if part not in ("body", "query", "path")]
    names = known.query if error["loc"][0] == "query" else known.body
    if location and location[0] in known.kinds:
        # The kind is no field of what was sent: the caller wrote it as a value.
        names = known.kinds[location.pop(0)]
    field = ".".join(location) or "body"
    kind = str(error["type"])
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(location[-1], list(names), n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]}?" if near else ""
        return {"field": field, "code": "unknown_field", "message": f"{field} is not known{hint}"}
    if kind.startswith("union_tag"):
        context = error.get("ctx", {})
        field = str(context.get("discriminator", field)).strip("'")
        if kind == "union_tag_invalid":
            message = f"{field} is one of {', '.join(known.kinds)}"
            return {"field": field, "code": "not_offered", "message": message}
        kind = "missing"
    if kind == "missing":
        return {"field": field, "code": "missing_field", "message": f"{field} is missing"}
    return {"field": field, "code": kind, "message": f"{field}: {error['msg']}"}
