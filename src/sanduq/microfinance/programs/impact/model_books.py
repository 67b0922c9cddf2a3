"""Figures the books know, from sums over the loans of a program. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType

from sanduq.kit.money import Asset
from sanduq.microfinance.programs.impact.model import Figure, ratio

NEW_BUSINESS_PURPOSES = ("business_start_up", "new_business", "start_up")


@dataclass(frozen=True, slots=True)
class Books:
    """Sums over the loans of one part of the people; `*_clients` are distinct borrowers."""

    clients: int
    clients_new: int
    smallholders: int
    new_businesses: int
    active_start: int
    active_end: int
    new_at_end: int
    officers: int
    disbursed_number: int
    disbursed_minor: int
    disbursed_clients: int
    outstanding_number: int
    outstanding_minor: int
    outstanding_clients: int
    repaid_minor: int
    repaid_clients: int
    due_minor: int
    on_time_minor: int
    due_clients: int
    fully_repaid_number: int
    fully_repaid_minor: int
    fully_repaid_clients: int
    ended_clients: int
    risk_30_minor: int
    risk_30_clients: int
    risk_60_minor: int
    risk_60_clients: int
    risk_90_minor: int
    risk_90_clients: int


NOTHING = Books(*[0] * len(fields(Books)))
"""The books of a program no loan of which was paid out yet."""


def _money(amount_minor: int, asset: Asset) -> Decimal:
    return Decimal(amount_minor).scaleb(-asset.digits)


def _average_loan(books: Books, asset: Asset) -> Figure:
    size = ratio(_money(books.disbursed_minor, asset), Decimal(books.disbursed_number))
    step = Decimal(1).scaleb(-asset.digits)
    value = size.quantize(step, rounding=ROUND_HALF_EVEN) if size is not None else None
    return Figure(value, books.disbursed_clients)


def _risk(amount_minor: int, clients: int, books: Books, asset: Asset) -> Figure:
    return Figure(_money(amount_minor, asset), clients, books.outstanding_clients)


Measure = Callable[[Books, Asset], Figure]

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "clients": lambda b, _: Figure(Decimal(b.clients), b.clients),
        "clients_new": lambda b, _: Figure(Decimal(b.clients_new), b.clients_new, b.clients),
        "smallholders": lambda b, _: Figure(Decimal(b.smallholders), b.smallholders, b.clients),
        "new_businesses": lambda b, _: Figure(
            Decimal(b.new_businesses), b.new_businesses, b.disbursed_clients
        ),
        "retention": lambda b, _: Figure(
            ratio(Decimal(b.active_end - b.new_at_end), Decimal(b.active_start)), b.active_start
        ),
        "per_officer": lambda b, _: Figure(
            ratio(Decimal(b.active_end), Decimal(b.officers)), b.active_end
        ),
        "disbursed_number": lambda b, _: Figure(Decimal(b.disbursed_number), b.disbursed_clients),
        "disbursed_value": lambda b, a: Figure(_money(b.disbursed_minor, a), b.disbursed_clients),
        "average_loan": _average_loan,
        "outstanding_number": lambda b, _: Figure(
            Decimal(b.outstanding_number), b.outstanding_clients
        ),
        "outstanding_value": lambda b, a: Figure(
            _money(b.outstanding_minor, a), b.outstanding_clients
        ),
        "repaid": lambda b, a: Figure(_money(b.repaid_minor, a), b.repaid_clients),
        "on_time": lambda b, _: Figure(
            ratio(Decimal(b.on_time_minor), Decimal(b.due_minor)), b.due_clients
        ),
        "fully_repaid_number": lambda b, _: Figure(
            Decimal(b.fully_repaid_number), b.fully_repaid_clients, b.ended_clients
        ),
        "fully_repaid_value": lambda b, a: Figure(
            _money(b.fully_repaid_minor, a), b.fully_repaid_clients, b.ended_clients
        ),
        "risk_30": lambda b, a: _risk(b.risk_30_minor, b.risk_30_clients, b, a),
        "risk_60": lambda b, a: _risk(b.risk_60_minor, b.risk_60_clients, b, a),
        "risk_90": lambda b, a: _risk(b.risk_90_minor, b.risk_90_clients, b, a),
    }
)
