"""The contract as files: what is committed under `openapi/` is what the code says."""

from __future__ import annotations

import json
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sanduq.api.openapi import event_document
from sanduq.assembly import build


def documents(directory: Path) -> dict[Path, str]:
    """The text of each contract file: the same code gives the same bytes."""
    application = build(None)
    return {
        directory / "v1.json": _text(application.openapi()),
        directory / "events.json": _text(event_document(application)),
    }


def first_difference(path: Path, text: str) -> str | None:
    """Where the file departs from `text`, for a person to look at; nothing when they agree."""
    try:
        lying = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return "there is no such file"
    pairs = zip_longest(lying.splitlines(), text.splitlines(), fillvalue="")
    for number, (left, right) in enumerate(pairs, start=1):
        if left != right:
            return f"line {number} is {left.strip()!r}, should be {right.strip()!r}"
    return None if lying == text else "the last line ends differently"


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
