"""Pledge templates as the API takes them."""

from __future__ import annotations

from typing import Any

CLAUSE = (
    "The pledgor keeps the ownership of the pledge. If the debt falls due and stays unpaid, the"
    " pledgee sells it at the market price as the pledgor's agent and pays the surplus to the"
    " pledgor."
)


def a_template(**changes: Any) -> dict[str, Any]:
    """Seven tenths of the value, for six months and once six more; sold by agency."""
    return {
        "name": "Pledge for a benevolent loan",
        "currency": "USD",
        "terms": {"has_sale_agency": True, "has_owner_custody_costs": True},
        "clauses": [{"language": "en", "text": CLAUSE}],
        **changes,
    }


def a_clause(text: str, language: str = "en") -> dict[str, Any]:
    return {"language": language, "text": text}
