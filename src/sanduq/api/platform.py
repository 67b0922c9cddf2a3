"""The platform's part of the application: everything that belongs to no single rail."""

from __future__ import annotations

from fastapi import APIRouter

from sanduq.access import routes as access_routes
from sanduq.access import service as access
from sanduq.api import test_clock
from sanduq.audit import routes as audit_routes
from sanduq.audit import service as audit
from sanduq.events import routes as events
from sanduq.kit.db import UnitOfWork
from sanduq.ledger import routes as ledger
from sanduq.parties import routes as parties
from sanduq.qard.cost_studies import routes as cost_studies
from sanduq.shariah import routes as shariah


def routers() -> list[APIRouter]:
    """The platform's routers, in the order the contract lists them."""
    return [
        cost_studies.router,
        parties.router,
        parties.kyc_router,
        shariah.router,
        ledger.router,
        events.router,
        audit_routes.router,
        access_routes.router,
        test_clock.router,
    ]


def wire() -> None:
    """Tells access where its own deeds are written down."""
    access.on_deed(_write_down)


def _write_down(uow: UnitOfWork, action: str, subject_id: str, reason: str | None) -> None:
    audit.record(uow, [audit.Deed(action, subject_id, reason)])
