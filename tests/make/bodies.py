"""The smallest body an operation takes, made from the contract: required fields and no others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXTS = (
    "note", "own", "USD", "GEN-01", "1000", "TN", "10:00", "AB1234", "kind:id", "+216123456",
    "itm_1",
)  # fmt: skip
FORMATS = {"date": "2024-01-15", "date-time": "2024-01-15T10:30:00Z"}


def smallest_body(document: Schema, method: str, path: str, ids: Mapping[str, Any]) -> Any:
    """A body for one operation; fields named like one of `ids` hold what it says."""
    operation = document["paths"][path][method.lower()]
    if "requestBody" not in operation:
        return None
    (content,) = operation["requestBody"]["content"].values()
    return _smallest(content["schema"], document["components"]["schemas"], ids)


def _smallest(schema: Schema, named: Mapping[str, Schema], ids: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _smallest(named[schema["$ref"].rpartition("/")[2]], named, ids)
    for choice in ("oneOf", "anyOf", "allOf"):
        if choice in schema:
            return _smallest(schema[choice][0], named, ids)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        properties = schema.get("properties", {})
        return {
            name: ids[name] if name in ids else _smallest(properties[name], named, ids)
            for name in schema.get("required", ())
        }
    if kind == "array":
        return [_smallest(schema["items"], named, ids)] * max(1, schema.get("minItems", 1))
    if kind == "string":
        return _text(schema)
    if kind == "boolean":
        return True
    return max(1, schema.get("minimum", 1), schema.get("exclusiveMinimum", 0))


def _text(schema: Schema) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    pattern = schema.get("pattern", "")
    fitting = [text for text in TEXTS if re.search(pattern, text)]
    return fitting[0].ljust(schema.get("minLength", 0), "x")
