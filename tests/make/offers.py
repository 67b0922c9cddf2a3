"""Resolutions, cost studies and products, as the API takes them."""

from __future__ import annotations

from typing import Any


def a_resolution(*scope: str, **changes: Any) -> dict[str, Any]:
    """A ruling in force through the year 2024."""
    return {
        "title": "Benevolent loans",
        "question": "May the product be offered on these terms?",
        "ruling": "It may.",
        "scope": list(scope) or ["GEN-01"],
        "signers": ["Chair of the board", "Member of the board"],
        "valid_from": "2024-01-01",
        "valid_to": "2025-01-01",
        **changes,
    }


def a_line(category: str, amount: Any, **changes: Any) -> dict[str, Any]:
    return {"category": category, "description": category, "amount": amount, **changes}


def a_study(**changes: Any) -> dict[str, Any]:
    """4,120.00 of direct cost over a hundred loans: 41.20 for one."""
    return {
        "currency": "USD",
        "study_date": "2024-01-10",
        "loan_count": 100,
        "lines": [
            a_line("field_visit_third_party", 3000, evidence="invoices 1 to 40"),
            a_line("bureau_query", "1120.00"),
        ],
        **changes,
    }


def a_product(**changes: Any) -> dict[str, Any]:
    """Qard of 100 to 5,000 in up to 24 monthly or weekly instalments."""
    return {
        "name": "Qard for small traders",
        "currency": "USD",
        "amount": {"min": 100, "max": 5000},
        "installments": {"min": 1, "max": 24},
        "frequencies": ["monthly", "weekly"],
        "grace_months_max": 3,
        "fee_formula": "direct_cost",
        "kyc_tier_min": "basic",
        **changes,
    }
