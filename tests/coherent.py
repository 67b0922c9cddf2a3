"""One assertion at the end of every test that moves money: the books recompute to themselves, and
what was told to the outside is what the register of events says."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from sanduq.access import service as access
from sanduq.api.registry import wire
from sanduq.kit.db import Database, UnitOfWork
from sanduq.ledger.checkpoint import Checkpoints
from sanduq.ledger.verify import VerifyReport, verify


def assert_coherent(
    place: Database | UnitOfWork,
    *,
    institutions: tuple[str, ...] = ("inst_test", "inst_other"),
    checkpoints: Checkpoints | None = None,
) -> None:
    """Recomputes the books of a unit of work or of a database's institutions: no fault found."""
    wire()  # the checks of the whole house, whether or not an application was made
    if isinstance(place, UnitOfWork):
        _assert_report(verify(place, checkpoints))
        _assert_told_as_registered(place)
        return
    for institution in institutions:
        with access.work_as(place, institution, "user_maker", "req_coherent") as uow:
            _assert_report(verify(uow, checkpoints))
            _assert_told_as_registered(uow)


def _assert_report(report: VerifyReport) -> None:
    assert report.is_coherent, "\n".join(str(finding) for finding in report.findings)


@cache
def _register() -> dict[str, Any]:
    path = Path(__file__).parents[1] / "openapi" / "events.json"
    register: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return register


@cache
def _validator(type_name: str) -> Any:
    """Checks the data of one type of event against its schema in the register."""
    data = _register()["events"][type_name]["schema"]["properties"]["data"]
    return jsonschema_rs.validator_for({**data, "components": _register()["components"]})


def _assert_told_as_registered(uow: UnitOfWork) -> None:
    """The newest event of each type fits the register."""
    rows = uow.all(
        "select distinct on (type) type, data::text from events.event where institution_id = %s"
        " order by type, event_id desc",
        uow.institution_id,
    )
    for type_name, data in rows:
        faults = [error.message for error in _validator(type_name).iter_errors(json.loads(data))]
        assert not faults, f"{type_name}: {faults} in {data}"
