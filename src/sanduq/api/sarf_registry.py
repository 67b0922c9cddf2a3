"""Which routers, handlers and checks make up the sarf rail."""

from __future__ import annotations

from fastapi import APIRouter

from sanduq.api.sarf_ties import loans_naming
from sanduq.ledger.verify import register_check
from sanduq.obligations.end_of_day import register_step
from sanduq.sarf.comparison import routes as sarf_comparison
from sanduq.sarf.exchanges import routes as sarf_exchanges
from sanduq.sarf.facilities import days as sarf_days
from sanduq.sarf.facilities import routes as sarf_facilities
from sanduq.sarf.facilities import routes_sessions as sarf_sessions
from sanduq.sarf.facilities.quotes import routes as sarf_quotes
from sanduq.sarf.facilities.ties import register_ties
from sanduq.sarf.losses import routes as sarf_losses
from sanduq.sarf.monitors import routes as sarf_monitors
from sanduq.sarf.pieces import routes as sarf_pieces
from sanduq.sarf.position.checks import CHECKS as POSITION_CHECKS
from sanduq.sarf.position.inventory import routes as sarf_position
from sanduq.sarf.position.promises import routes as sarf_promises
from sanduq.sarf.position.revaluations import routes as sarf_revaluations
from sanduq.sarf.position.revaluations import service as sarf_revaluations_service
from sanduq.sarf.resales import routes as sarf_resales
from sanduq.sarf.simulation import routes as sarf_simulation
from sanduq.sarf.simulation.pictures import routes as sarf_pictures
from sanduq.sarf.terms import routes as sarf_terms
from sanduq.sarf.terms.checks import check_terms


def routers() -> list[APIRouter]:
    """Every router of these rooms, in the order the contract lists them."""
    return [
        sarf_terms.router,
        sarf_quotes.router,
        sarf_facilities.router,
        sarf_sessions.router,
        sarf_resales.router,
        sarf_exchanges.router,
        sarf_pieces.router,
        sarf_losses.router,
        sarf_comparison.router,
        sarf_promises.router,
        sarf_position.router,
        sarf_revaluations.router,
        sarf_monitors.router,
        sarf_simulation.router,
        sarf_pictures.router,
    ]


def wire() -> None:
    """Connects these rooms with those below and beside them."""
    register_check("sarf terms", check_terms)
    register_ties(loans_naming)
    register_step(sarf_days.END_OF_DAY, sarf_days.pass_day)
    for name, check in POSITION_CHECKS.items():
        register_check(name, check)
    register_step(sarf_revaluations_service.END_OF_DAY, sarf_revaluations_service.revalue_month_end)
