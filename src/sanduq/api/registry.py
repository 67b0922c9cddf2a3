"""Which routers, event handlers, decisions and checks make up the application."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter

from sanduq.api import decisions, platform
from sanduq.ledger.verify import register_check
from sanduq.microfinance.loans import routes as loans
from sanduq.microfinance.loans.checks import check_loans
from sanduq.microfinance.products import routes as products
from sanduq.obligations.checks import check_debts
from sanduq.qard.checks import check_receivables, check_repayments


def routers() -> list[APIRouter]:
    """Every router, in the order the contract lists them."""
    return [loans.router, products.router, *platform.routers()]


@cache
def wire() -> None:
    """Connects upper rooms to lower ones; once per process, whatever kind of process it is."""
    platform.wire()
    decisions.wire()
    register_check("debts", check_debts)
    register_check("receivables", check_receivables)
    register_check("repayments", check_repayments)
    register_check("loans", check_loans)
