"""What the fee of a qard may be reckoned from: costs and counts, never the loan or its time."""

from __future__ import annotations

from sanduq.kit.formula import Formula, FormulaNames, read_formula

COST_NAMES = frozenset({"direct_cost", "document_count", "page_count", "visit_count"})
RATE_NAMES = frozenset({"amount", "days", "months", "outstanding", "principal", "term"})
QARD_NAMES = FormulaNames(COST_NAMES, RATE_NAMES)


def read_fee_formula(text: str) -> Formula:
    """Reads the formula of a qard's fee. Refuses (`FormulaError`) as `read_formula` does."""
    return read_formula(text, QARD_NAMES)
