"""The contract: OpenAPI 3.1 of the application, and the register of events."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sanduq.events.service import declared_types

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details, with the vendor's documented shape beside it.",
    "required": ["type", "title", "status", "detail", "code", "message", "request_id", "errors",
                 "details", "error", "meta"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "message": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
        "details": {"type": "array", "items": {"type": "object"}},
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "details": {"type": "array", "items": {"type": "object"}},
            },
        },
        "meta": {
            "type": "object",
            "required": ["requestId"],
            "properties": {"requestId": {"type": "string"}},
        },
    },
}  # fmt: skip

_STATUSES = {
    "400": "The body is not JSON.",
    "401": "The key is missing, unknown or revoked.",
    "403": "The key or the user may not do this.",
    "404": "There is no such object in this institution.",
    "409": "The object's state, or a request in flight, does not allow this.",
    "413": "The body is too large.",
    "422": "The request is wrong, or a rule or limit refuses it.",
    "429": "Too many requests.",
}


def describe(app: FastAPI) -> None:
    """Makes `app.openapi()` the document that is committed as `openapi/v1.json`."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title="Sanduq",
        version="1.0.0",
        openapi_version="3.1.0",
        description="Islamic microfinance on one double-entry ledger. Amounts are exact.",
        routes=app.routes,
    )
    components = found.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["schemas"].pop("HTTPValidationError", None)
    components["schemas"].pop("ValidationError", None)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "`sk_test_…` or `sk_live_…`"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    found["security"] = [{"bearer": []}, {"apiKey": []}]
    for path, item in found["paths"].items():
        for method, operation in item.items():
            _describe_operation(method, operation, has_object="{" in path)
    return found


def _describe_operation(method: str, operation: dict[str, Any], *, has_object: bool) -> None:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, text in _STATUSES.items():
        if method == "get" and (status in ("400", "413") or (status == "409" and not has_object)):
            continue
        operation["responses"][status] = {"description": text, "content": problem}
    if method in ("post", "patch"):
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Same key and body: the same answer, and one effect.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255,
                           "pattern": "^[ -~]+$"},
            }
        )  # fmt: skip


def event_document(app: FastAPI) -> dict[str, Any]:
    """The register of events: each type with the JSON schema of its envelope and data."""
    components = app.openapi()["components"]["schemas"]
    return {
        "title": "Sanduq events",
        "version": "1.0",
        "events": {
            declared.name: {
                "description": declared.description,
                "schema": {
                    "type": "object",
                    "required": ["id", "type", "version", "timestamp", "livemode", "data",
                                 "metadata"],
                    "properties": {
                        "id": {"type": "string", "pattern": "^evt_"},
                        "type": {"const": declared.name},
                        "version": {"const": "1.0"},
                        "timestamp": {"type": "string", "format": "date-time"},
                        "livemode": {"type": "boolean"},
                        "data": {"$ref": f"#/components/schemas/{declared.payload}"},
                        "metadata": {
                            "type": "object",
                            "required": ["tenantId"],
                            "properties": {"tenantId": {"type": "string"}},
                        },
                    },
                    "additionalProperties": False,
                },
            }
            for declared in declared_types()
        },
        "components": {"schemas": _reachable(components)},
    }  # fmt: skip


def _reachable(components: dict[str, Any]) -> dict[str, Any]:
    """The components that event payloads use, themselves or through others."""
    found: dict[str, Any] = {}
    waiting = [declared.payload for declared in declared_types()]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = components[name]
            waiting += _references(components[name])
    return dict(sorted(found.items()))


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"].rsplit("/", 1)[-1]] if isinstance(node.get("$ref"), str) else []
        return own + [name for value in node.values() for name in _references(value)]
    if isinstance(node, list):
        return [name for value in node for name in _references(value)]
    return []
