"""Registers agree: events, routes and Shariah rules stand in the code and in their lists alike."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.tidy_code import Finding, Module, Place, constants

OPENAPI = "openapi/v1.json"
EVENTS = "openapi/events.json"
RULEBOOK = "src/sanduq/shariah/rulebook.py"

_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "trace"})
_EVENT_TYPE = re.compile(r"\A[a-z][a-z_]*(\.[a-z][a-z_]*){1,3}\Z")
_RULE_ID = re.compile(r"\b[A-Z]{3}-\d{2}\b")
_RULE_MENTION = re.compile(r"(?<![A-Za-z])([A-Za-z]{3})[-_](\d{2})(?!\d)")  # QRD-03, test_qrd_03


def check_registers(root: Path, modules: Sequence[Module]) -> Iterator[Finding]:
    """Compares the code with the committed registers; a register that is missing is a finding."""
    yield from _check_committed_events(root, modules)
    yield from _check_committed_routes(root)
    yield from _check_rulebook(modules)


def _read(root: Path, path: str) -> Any:
    file = root / path
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


def _missing(path: str) -> Finding:
    return Finding(path, 1, "register", "is missing: write it with `sanduq openapi`")


def _broken(path: str, error: Exception) -> Finding:
    return Finding(path, 1, "register", f"cannot be compared: {type(error).__name__}: {error}")


# Events


def _check_committed_events(root: Path, modules: Sequence[Module]) -> Iterator[Finding]:
    document = _read(root, EVENTS)
    if document is None:
        yield _missing(EVENTS)
        return
    yield from compare_events(used_events(modules), listed_events(document))


def used_events(modules: Sequence[Module]) -> dict[str, tuple[str, int]]:
    """Event types the code declares in a domain's `events` file or records, with their places."""
    used: dict[str, tuple[str, int]] = {}
    for module in modules:
        if not module.name:
            continue
        if Place.of(module.name).word == "events":
            spoken = list(constants(module.tree))
        else:
            spoken = list(_recorded(module.tree))
        for line, text in spoken:
            if _EVENT_TYPE.match(text) and not text.startswith("sanduq."):
                used.setdefault(text, (module.path, line))
    return used


def _recorded(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr == "record" and "events" in ast.unparse(node.func.value):
            for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.lineno, value.value


def listed_events(document: Any) -> set[str]:
    """The event types a register lists: as keys, or as the value of `type`, `const`, `name`."""
    if isinstance(document, list):
        return {name for item in document for name in listed_events(item) | _event_name(item)}
    if not isinstance(document, dict):
        return set()
    found = {key for key in document if _event_name(key)}
    for key, value in document.items():
        found |= listed_events(value)
        if key in {"type", "const", "name"}:
            found |= _event_name(value)
    return found


def _event_name(value: object) -> set[str]:
    return {value} if isinstance(value, str) and _EVENT_TYPE.match(value) else set()


def compare_events(used: Mapping[str, tuple[str, int]], listed: set[str]) -> Iterator[Finding]:
    """Each event the code knows is listed, and each listed one is known to the code."""
    for name, (path, line) in used.items():
        if name not in listed:
            yield Finding(path, line, "register", f"event {name} is not in {EVENTS}")
    for name in sorted(listed - set(used)):
        yield Finding(EVENTS, 1, "register", f"event {name} is declared nowhere in the code")


# Routes


def _check_committed_routes(root: Path) -> Iterator[Finding]:
    document = _read(root, OPENAPI)
    if document is None:
        yield _missing(OPENAPI)
        return
    try:
        app = importlib.import_module("sanduq.api.app").create_app()
        generated = app.openapi()
    except Exception as error:  # whatever keeps the app from assembling is itself the finding
        yield _broken(OPENAPI, error)
        return
    yield from compare_routes(generated, document)


def operations(document: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The operations of an OpenAPI document by (method, path)."""
    return {
        (method.upper(), path): operation
        for path, item in document.get("paths", {}).items()
        for method, operation in item.items()
        if method in _METHODS
    }


def compare_routes(generated: Mapping[str, Any], committed: Mapping[str, Any]) -> Iterator[Finding]:
    """The same operations on both sides, each saying the scope it asks for."""
    ours, theirs = operations(generated), operations(committed)
    for method, path in sorted(ours.keys() - theirs.keys()):
        yield Finding(OPENAPI, 1, "register", f"{method} {path} is served but not listed")
    for method, path in sorted(theirs.keys() - ours.keys()):
        yield Finding(OPENAPI, 1, "register", f"{method} {path} is listed but not served")
    for (method, path), operation in sorted(ours.items(), key=lambda pair: pair[0]):
        if "x-scope" not in operation:
            yield Finding(OPENAPI, 1, "register", f"{method} {path} carries no x-scope")


# Shariah rules


def _check_rulebook(modules: Sequence[Module]) -> Iterator[Finding]:
    try:
        rulebook = importlib.import_module("sanduq.shariah.rulebook").load_rulebook()
    except Exception as error:  # an unreadable rulebook is itself the finding
        yield _broken(RULEBOOK, error)
        return
    yield from compare_rules(rule_checks(rulebook), modules)


def rule_checks(rulebook: Mapping[str, Any]) -> dict[str, str | None]:
    """Rule id → dotted name of its function, or None where no code keeps the rule."""
    return {rule_id: rule.function for rule_id, rule in rulebook.items()}


def compare_rules(checks: Mapping[str, str | None], modules: Sequence[Module]) -> Iterator[Finding]:
    """Ids in the rules files exist; an implemented rule has its function and a test naming it."""
    yield from _unknown_rules(checks, modules)
    defined = {
        f"{module.name}.{node.name}": module
        for module in modules
        if module.name
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef)
    }
    tested = {
        f"{section.upper()}-{number}"
        for module in modules
        if module.path.startswith("tests/") and not module.path.startswith("tests/tidy/")
        for section, number in _RULE_MENTION.findall(module.text)
    }
    for rule_id, check in sorted(checks.items()):
        if check is None:
            continue
        if check.replace(":", ".") not in defined:
            yield Finding(RULEBOOK, 1, "register", f"{rule_id} names {check}, which does not exist")
        if rule_id not in tested:
            yield Finding(RULEBOOK, 1, "register", f"{rule_id} is checked but no test names it")


def _unknown_rules(
    checks: Mapping[str, str | None], modules: Sequence[Module]
) -> Iterator[Finding]:
    for module in modules:
        if not module.name or Place.of(module.name).word != "rules":
            continue
        for number, line in enumerate(module.text.splitlines(), start=1):
            for rule_id in _RULE_ID.findall(line):
                if rule_id not in checks:
                    message = f"{rule_id} is not in the rulebook"
                    yield Finding(module.path, number, "register", message)
