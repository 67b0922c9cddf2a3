"""The rules that the clauses of a trade product must keep, by its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sanduq.kit.money import Asset
from sanduq.microfinance.loans.ijarah.rules import (
    evaluate_clauses as evaluate_ijarah_clauses,
)
from sanduq.microfinance.loans.murabaha.rules import (
    evaluate_clauses as evaluate_murabaha_clauses,
)
from sanduq.microfinance.loans.salam.rules import evaluate_clauses as evaluate_salam_clauses
from sanduq.shariah.model import Evaluation, Resolution, ShariahProfile

ClauseRules = Callable[
    [ShariahProfile, Mapping[str, Any], date, Asset, tuple[Resolution, ...]], list[Evaluation]
]

CLAUSE_RULES: Mapping[str, ClauseRules] = {
    "murabaha_micro": evaluate_murabaha_clauses,
    "salam_micro": evaluate_salam_clauses,
    "service_ijarah": evaluate_ijarah_clauses,
}
