"""The contract: committed, complete, and strict about what it promises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sanduq import contract
from sanduq.access.model import SCOPES
from sanduq.assembly import build
from sanduq.events.service import declared_types
from sanduq.kit.wire import Output

DIRECTORY = Path(__file__).parents[2] / "openapi"
PLAIN = ("image/", "text/csv")
WRITING = ("post", "patch", "put", "delete")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The contract as the code says it."""
    return build(None).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def references(node: Any) -> Iterator[str]:
    """The components a part of the document uses itself."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rsplit("/", 1)[-1]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def reachable(document: dict[str, Any], roots: Iterator[str]) -> set[str]:
    """Components used by `roots`, themselves or through others."""
    components = document["components"]["schemas"]
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(components[name])
    return found


def answered(document: dict[str, Any]) -> set[str]:
    """Every component that some answer is made of."""
    return reachable(
        document,
        (
            name
            for _, _, operation in operations(document)
            for status, answer in operation["responses"].items()
            if status.startswith("2")
            for name in references(answer)
        ),
    )


@pytest.mark.parametrize("name", ["v1.json", "events.json"])
def test_the_committed_contract_is_what_the_code_says(name: str) -> None:
    text = contract.documents(DIRECTORY)[DIRECTORY / name]
    different = contract.first_difference(DIRECTORY / name, text)
    assert different is None, f"run `sanduq openapi --write`: {different}"


def test_the_same_code_gives_the_same_bytes() -> None:
    assert contract.documents(DIRECTORY) == contract.documents(DIRECTORY)


def test_every_writing_operation_documents_the_idempotency_key(document: dict[str, Any]) -> None:
    seen = 0
    for method, path, operation in operations(document):
        names = [(p["in"], p["name"]) for p in operation.get("parameters", [])]
        assert len(names) == len(set(names)), path
        is_keyed = ("header", "Idempotency-Key") in names
        assert is_keyed == (method in WRITING), f"{method} {path}"
        seen += is_keyed
    assert seen > 10


def test_every_operation_has_a_name_a_text_a_scope_and_its_refusals(
    document: dict[str, Any],
) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["x-scope"] in SCOPES, where
        assert operation["tags"], where
        assert operation.get("description"), where
        expected = {"401", "403", "404", "422", "429"}
        if method in WRITING:
            expected |= {"400", "409", "413"}
        assert expected <= operation["responses"].keys(), where
        good = [status for status in operation["responses"] if status.startswith("2")]
        assert len(good) == 1, where
        for status, answer in operation["responses"].items():
            media = "application/json" if status in good else "application/problem+json"
            found = list(answer["content"])
            if status in good and method == "get":
                # A picture or a sheet may be an answer in its own right, or beside the figures.
                found = [each for each in found if not each.startswith(PLAIN)] or [media]
            assert found == [media], f"{where} {status}"
            assert all(each["schema"] for each in answer["content"].values()), f"{where} {status}"


def test_an_answers_fields_are_all_there_each_time(document: dict[str, Any]) -> None:
    """No output field has a default or may be left out: what an SDK reads is always sent."""
    components = document["components"]["schemas"]
    for name in sorted(answered(document)):
        schema = components[name]
        for field, description in schema.get("properties", {}).items():
            assert "default" not in description, f"{name}.{field}"
        if "properties" in schema:
            assert set(schema.get("required", [])) == set(schema["properties"]), name
            assert schema.get("additionalProperties") is False, name


def test_every_body_refuses_fields_it_does_not_know(document: dict[str, Any]) -> None:
    roots = (
        name
        for _, _, operation in operations(document)
        for name in references(operation.get("requestBody", {}))
    )
    components = document["components"]["schemas"]
    for name in sorted(reachable(document, roots)):
        if components[name].get("type") == "object":
            assert components[name].get("additionalProperties") is False, name


def test_no_amount_is_described_as_a_binary_fraction(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert '"format": "float"' not in text
    assert '"format": "double"' not in text


def every_output() -> Iterator[type[Output]]:
    """Every shape of an answer that some module of the application describes."""
    waiting = Output.__subclasses__()
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        yield model


def test_a_decimal_is_described_as_the_number_it_is_sent_as() -> None:
    """Left to itself the schema says text, while the answer holds an exact number."""
    build(None)
    seen = 0
    for model in every_output():
        properties = model.model_json_schema(mode="serialization")["properties"]
        for field, info in model.model_fields.items():
            if "Decimal" in str(info.annotation):
                seen += 1
                assert '"string"' not in json.dumps(properties[field]), f"{model.__name__}.{field}"
    assert seen > 20


def test_every_component_is_used_and_none_is_missing(document: dict[str, Any]) -> None:
    components = set(document["components"]["schemas"])
    used = reachable(document, references(document["paths"]))
    events = {declared.payload for declared in declared_types()}
    assert used | reachable(document, iter(events)) == components


def test_every_event_has_a_name_a_text_and_a_payload_that_can_be_checked() -> None:
    documents = contract.documents(DIRECTORY)
    events = json.loads(documents[DIRECTORY / "events.json"])
    assert set(events["events"]) == {declared.name for declared in declared_types()}
    for name, event in events["events"].items():
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+){1,3}", name), name
        assert event["description"], name
        payload = event["schema"]["properties"]["data"]["$ref"].rsplit("/", 1)[-1]
        assert payload in events["components"]["schemas"], name
    assert set(references(events)) == set(events["components"]["schemas"])
