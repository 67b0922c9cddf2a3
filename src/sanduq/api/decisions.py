"""What a decision on an approval does: the same act as on the subject's own path."""

from __future__ import annotations

from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.ledger import capital
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.products import service as products
from sanduq.qard.cost_studies import service as cost_studies
from sanduq.qard.cost_studies.model import Capacity


def wire() -> None:
    """Names who carries out each decision."""
    access.on_decision(loans.APPROVE, _loan)
    access.on_decision(products.APPROVE, _product)
    access.on_decision(capital.ACTION, _capital)
    access.on_decision(Capacity.FINANCE.action, _study_as_finance)
    access.on_decision(Capacity.SHARIAH.action, _study_as_shariah)


def _loan(uow: UnitOfWork, loan_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        loans.approve(uow, loan_id, reason=reason)
        return
    if reason is None:
        raise ValidationFailed.field("reason", "missing_field", "reason is missing")
    loans.reject(uow, loan_id, reason=reason)


def _product(uow: UnitOfWork, product_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        products.approve_product(uow, product_id, reason=reason)
    else:
        access.decide(uow, products.APPROVE, product_id, is_approved=False, reason=reason)


def _capital(uow: UnitOfWork, subject_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        capital.approve_capital(uow, access.pending(uow, capital.ACTION, subject_id).approval_id)
    else:
        access.decide(uow, capital.ACTION, subject_id, is_approved=False, reason=reason)


def _study_as_finance(
    uow: UnitOfWork, study_id: str, is_approved: bool, reason: str | None
) -> None:
    _study(uow, study_id, Capacity.FINANCE, is_approved, reason)


def _study_as_shariah(
    uow: UnitOfWork, study_id: str, is_approved: bool, reason: str | None
) -> None:
    _study(uow, study_id, Capacity.SHARIAH, is_approved, reason)


def _study(
    uow: UnitOfWork, study_id: str, capacity: Capacity, is_approved: bool, reason: str | None
) -> None:
    if is_approved:
        cost_studies.approve_cost_study(uow, study_id, capacity, reason=reason)
    else:
        access.decide(uow, capacity.action, study_id, is_approved=False, reason=reason)
