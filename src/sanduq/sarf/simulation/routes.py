"""HTTP of simulations."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.sarf.simulation import service
from sanduq.sarf.simulation.schemas import (
    SimulationFilters,
    SimulationIn,
    SimulationList,
    SimulationOut,
    heading_out,
    simulation_out,
)
from sanduq.sarf.simulation.sheet import sheet

router = APIRouter(prefix="/v1/rails/sarf/simulations", tags=["Sarf"])

READ, WRITE = scope("sarf:read"), scope("sarf:write")


@router.post("", response_model=SimulationOut, status_code=201, openapi_extra=WRITE)
def run_simulation(request: Request, body: SimulationIn) -> Any:
    """Simulate the pledge and the sarf structure side by side over paths of the gold price."""
    # Reckoned between the two units of work: who may not call is told so before the work, and
    # nothing is held while it lasts. It depends on the body alone, so a repeated key may reckon
    # in vain but is answered with what was kept.
    entrance = gateway(request)
    entrance.authenticate(request)
    simulation = service.run(body.parameters())
    return entrance.write(
        request,
        lambda uow: simulation_out(
            service.keep(
                uow, simulation, external_id=body.external_id, metadata=body.metadata
            )
        ),
        status=201,
    )  # fmt: skip


@router.get("", response_model=SimulationList, openapi_extra=READ)
def list_simulations(request: Request, filters: Annotated[SimulationFilters, Query()]) -> Any:
    """List simulations without their results, newest first."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        return service.list_simulations(
            uow,
            filters.page_request(),
            model=filters.model,
            external_id=filters.external_id,
            created_from=filters.created_from,
            created_before=filters.created_before,
        ).render(heading_out)

    return gateway(request).read(request, found)


@router.get("/{simulation_id}", response_model=SimulationOut, openapi_extra=READ)
def get_simulation(request: Request, simulation_id: str) -> Any:
    """One simulation with its parameters and results."""
    return gateway(request).read(
        request, lambda uow: simulation_out(service.get(uow, _checked(simulation_id)))
    )


@router.get(
    "/{simulation_id}/results.csv",
    response_class=Response,
    responses={
        200: {
            "content": {"text/csv": {"schema": {"type": "string"}}},
            "description": "One figure a line.",
        }
    },
    openapi_extra=READ,
)
def get_simulation_sheet(request: Request, simulation_id: str) -> Any:
    """The results as CSV, one figure a line: section, at, figure, value."""

    def written(uow: UnitOfWork) -> Response:
        kept = service.get(uow, _checked(simulation_id))
        name = f'attachment; filename="{kept.simulation_id}.csv"'
        return Response(
            sheet(kept.simulation.result),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": name},
        )

    return gateway(request).read(request, written)


def _checked(simulation_id: str) -> str:
    return checked_id(simulation_id, "sim", "simulation_id")
