"""Which routers and event handlers make up the application."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter

from sanduq.api import platform
from sanduq.microfinance.loans import routes as loans
from sanduq.microfinance.products import routes as products


def routers() -> list[APIRouter]:
    """Every router, in the order the contract lists them."""
    return [loans.router, products.router, *platform.routers()]


@cache
def wire() -> None:
    """Subscribes upper rooms to the events of lower ones; once per process."""
    platform.wire()
