"""SQL of simulations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg import errors, sql
from pydantic import TypeAdapter

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.simulation.errors import SimulationExternalIdTaken
from sanduq.sarf.simulation.kept import KeptSimulation, SimulationHeading
from sanduq.sarf.simulation.model import (
    PriceModel,
    Simulation,
    SimulationParameters,
    SimulationResult,
)

_PARAMETERS = TypeAdapter(SimulationParameters)
_RESULT = TypeAdapter(SimulationResult)

_SELECT = sql.SQL(
    "select simulation_id, external_id, model, paths, months, seed, engine_version, metadata,"
    " created_at, created_by from sarf.simulation where institution_id = %(institution)s"
)
_FILTERS: Mapping[str, sql.SQL] = {
    "model": sql.SQL(" and model = %(model)s"),
    "external_id": sql.SQL(" and external_id = %(external_id)s"),
    "created_from": sql.SQL(" and created_at >= %(created_from)s"),
    "created_before": sql.SQL(" and created_at < %(created_before)s"),
}


def insert(uow: UnitOfWork, kept: KeptSimulation) -> None:
    """Keeps a simulation. Refuses CONFLICT an external_id of another."""
    parameters, result = kept.simulation.parameters, kept.simulation.result
    try:
        with uow.savepoint():
            uow.execute(
                "insert into sarf.simulation (institution_id, simulation_id, external_id, model,"
                " paths, months, seed, engine_version, parameters, results, metadata, created_at,"
                " created_by) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                uow.institution_id, kept.simulation_id, kept.external_id,
                str(parameters.prices.model), result.paths, result.months, result.seed,
                result.engine_version, dumps(asdict(parameters)).decode(),
                dumps(asdict(result)).decode(), dumps(dict(kept.metadata)).decode(),
                kept.created_at, kept.created_by,
            )  # fmt: skip
    except errors.UniqueViolation as error:
        if error.diag.constraint_name != "simulation_external":
            raise
        raise SimulationExternalIdTaken from None


def get(uow: UnitOfWork, simulation_id: str) -> KeptSimulation | None:
    row = uow.one(
        "select simulation_id, external_id, metadata, parameters, results, created_at, created_by"
        " from sarf.simulation where institution_id = %s and simulation_id = %s",
        uow.institution_id, simulation_id,
    )  # fmt: skip
    if row is None:
        return None
    return KeptSimulation(
        simulation_id=row[0],
        external_id=row[1],
        metadata=row[2],
        simulation=Simulation(_PARAMETERS.validate_python(row[3]), _RESULT.validate_python(row[4])),
        created_at=row[5],
        created_by=row[6],
    )


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | datetime | None]
) -> Page[SimulationHeading]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name, wanted in filters.items():
        if wanted is not None:
            parameters[name] = wanted
            query = query + _FILTERS[name]
    rows, total = newest_first(
        uow, query, parameters, request, order=["created_at", "simulation_id"]
    )
    found = [_heading(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.simulation_id), total)


def _heading(row: Row) -> SimulationHeading:
    return SimulationHeading(
        simulation_id=row[0], external_id=row[1], model=PriceModel(row[2]), paths=row[3],
        months=row[4], seed=row[5], engine_version=row[6], metadata=row[7], created_at=row[8],
        created_by=row[9],
    )  # fmt: skip
