"""Drawing a pledge up, and changing it while nobody else relies on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sanduq.assets.items.model import Item
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.qard import service as qard
from sanduq.qard.facts import Action
from sanduq.rahnu.contracts import events as names
from sanduq.rahnu.contracts import store
from sanduq.rahnu.contracts.charges import policy_fee_minor
from sanduq.rahnu.contracts.debts import find
from sanduq.rahnu.contracts.facts import gathered
from sanduq.rahnu.contracts.intake import Basis, admit, things
from sanduq.rahnu.contracts.lending import (
    Borrowing,
    agree,
    due_days,
    pool_uses,
    rules_of_loan,
    schedule,
)
from sanduq.rahnu.contracts.model import (
    Contract,
    DebtKind,
    NewContract,
    OutsideDebt,
    OwnLoan,
    PledgeAction,
    PledgeStatus,
)
from sanduq.rahnu.contracts.service import changed, locked
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.model import secured_amount_minor
from sanduq.rahnu.rules import evaluate
from sanduq.shariah import service as shariah


def create(uow: UnitOfWork, new: NewContract) -> Contract:
    """Draws a pledge up: things registered, values and ratio fixed, the debt named or agreed.

    Refuses what `intake.admit` and `intake.things` refuse; SHARIAH_VIOLATION (every finding): a
    loan above value times ratio or a ratio above the template's (RHN-31), a fee that is not the
    one every depositor pays (RHN-12) or above the cost of custody (RHN-10), the joined structure
    where it is barred (RHN-13); LIMIT_EXCEEDED, CONFLICT an external id that is taken.
    """
    basis = admit(uow, new)
    contract_id = new_id("rhn")
    held = things(uow, contract_id, new.pledgor_id, new.stated, new.asset)
    appraised = sum(one.value_minor for one in held)
    ratio = new.ltv_bp or basis.template.terms.ltv_max_bp
    fee = policy_fee_minor(uow, basis.policy, [one.item for one in held], basis.branch_id)
    contract = Contract(
        contract_id=contract_id,
        external_id=new.external_id,
        status=PledgeStatus.DRAFT,
        pledgor_id=new.pledgor_id,
        pledgee_id=new.pledgee_id,
        borrower_id=basis.borrower_id,
        branch_id=basis.branch_id,
        template_id=basis.template.template_id,
        fee_policy_id=basis.policy.fee_policy_id,
        asset=new.asset,
        description=new.description or described([one.item for one in held]),
        ltv_bp=ratio,
        appraised_minor=appraised,
        secured_minor=secured_amount_minor(appraised, ratio),
        fee_monthly_minor=fee if new.fee_monthly_minor is None else new.fee_monthly_minor,
        has_owner_declared=new.has_owner_declared,
        owner_consent_id=new.owner_consent_id,
        debt_kind=_kind(new, basis),
        debt_id=None,
        is_own_loan=new.loan is not None,
        outside_debt=new.outside_debt,
        loan_minor=None if new.loan is None else new.loan.amount.amount_minor,
        pool_id=None if new.loan is None else new.loan.pool_id,
        term_months=basis.term_months,
        instalments=1 if new.loan is None else new.loan.instalments,
        metadata=dict(new.metadata or {}),
        created_at=uow.now,
        created_by=uow.actor.user_id,
        items=held,
    )
    contract = replace(contract, debt_id=_debt_id(uow, contract, new))
    store.insert(uow, contract)
    _check(uow, contract, basis)
    return changed(uow, contract_id, names.CREATED, "pledge.created")


class _Undone(Exception):
    """Carries what a trial made out of the savepoint that undoes it."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(contract.contract_id)
        self.contract = contract


def validate(uow: UnitOfWork, new: NewContract) -> Contract:
    """What a new pledge would come to; nothing is kept. Refuses what `create` refuses."""
    try:
        with uow.savepoint():
            raise _Undone(create(uow, new))
    except _Undone as undone:
        return undone.contract


def described(items: list[Item]) -> str:
    """The words a contract has when nobody gave it any: those of its things."""
    return "; ".join(item.description for item in items)[:500]


def _kind(new: NewContract, basis: Basis) -> DebtKind | None:
    if new.outside_debt is not None:
        return DebtKind.OUTSIDE
    if new.loan is not None:
        return DebtKind.QARD
    return None if basis.debt is None else basis.debt.kind


def _debt_id(uow: UnitOfWork, contract: Contract, new: NewContract) -> str | None:
    if new.outside_debt is not None:
        return new.outside_debt.reference
    if new.loan is None:
        return new.debt_id
    return agree(
        uow,
        Borrowing(
            contract.contract_id, contract.borrower_id, contract.branch_id, new.loan,
            contract.term_months,
        ),
    )  # fmt: skip


def _check(uow: UnitOfWork, contract: Contract, basis: Basis) -> None:
    """The rules of a new pledge, and those of the loan that is agreed with it."""
    facts = gathered(uow, contract, debt=basis.debt, template=basis.template).facts
    evaluations = evaluate(facts, RahnAction.CREATE)
    if contract.is_own_loan:
        assert contract.loan_minor is not None
        days = due_days(uow.today, contract.term_months, contract.instalments)
        plan = schedule(contract.loan_minor, 0, days)
        evaluations += rules_of_loan(
            facts, Action.CREATE, plan, pool_uses=pool_uses(uow, contract.pool_id)
        )
    shariah.enforce([found for each in evaluations for found in each.findings])
    summary = {
        "appraised_minor": contract.appraised_minor,
        "ltv_bp": contract.ltv_bp,
        "fee_monthly_minor": contract.fee_monthly_minor,
        "debt_id": contract.debt_id,
    }
    shariah.store_evaluations(uow, contract.contract_id, "create", evaluations, summary)


@dataclass(frozen=True, slots=True)
class DraftChange:
    """What may change in a draft; None leaves it as it is."""

    description: str | None = None
    ltv_bp: int | None = None
    debt_id: str | None = None
    outside_debt: OutsideDebt | None = None
    loan: OwnLoan | None = None
    has_owner_declared: bool | None = None
    owner_consent_id: str | None = None


def change(
    uow: UnitOfWork, contract_id: str, wanted: DraftChange, *, etag: str | None = None
) -> Contract:
    """Changes a draft, as long as nobody reviews it. Refuses what `create` refuses, CONFLICT."""
    before = locked(uow, contract_id, PledgeAction.CHANGE, etag)
    ratio = wanted.ltv_bp or before.ltv_bp
    new = NewContract(
        before.pledgor_id, before.pledgee_id, before.asset, (), ltv_bp=ratio,
        debt_id=wanted.debt_id, outside_debt=wanted.outside_debt, loan=wanted.loan,
        template_id=before.template_id, term_months=before.term_months,
        branch_id=before.branch_id,
    )  # fmt: skip
    basis = admit(uow, new)
    after = replace(
        before,
        description=wanted.description or before.description,
        ltv_bp=ratio,
        secured_minor=secured_amount_minor(before.appraised_minor, ratio),
        has_owner_declared=before.has_owner_declared
        if wanted.has_owner_declared is None
        else wanted.has_owner_declared,
        owner_consent_id=wanted.owner_consent_id or before.owner_consent_id,
    )
    if _kind(new, basis) is not None:
        after = _with_debt(uow, after, new, basis)
    elif after.debt_id is not None and after.outside_debt is None:
        basis = replace(basis, debt=find(uow, after.debt_id))
    names_changed = (
        "description", "ltv_bp", "secured_minor", "has_owner_declared", "owner_consent_id",
        "debt_kind", "debt_id", "is_own_loan", "outside_debt", "loan_minor", "instalments",
        "borrower_id", "pool_id",
    )  # fmt: skip
    store.update(uow, contract_id, **{name: getattr(after, name) for name in names_changed})
    _check(uow, after, basis)
    return changed(uow, contract_id, names.CHANGED, "pledge.changed")


def _with_debt(uow: UnitOfWork, before: Contract, new: NewContract, basis: Basis) -> Contract:
    """The draft with another debt; a qard that was agreed with it and not paid out is ended."""
    if before.is_own_loan and before.debt_id is not None:
        qard.cancel(uow, before.debt_id)
    after = replace(
        before,
        debt_kind=_kind(new, basis),
        borrower_id=basis.borrower_id,
        is_own_loan=new.loan is not None,
        outside_debt=new.outside_debt,
        loan_minor=None if new.loan is None else new.loan.amount.amount_minor,
        pool_id=None if new.loan is None else new.loan.pool_id,
        instalments=1 if new.loan is None else new.loan.instalments,
    )
    return replace(after, debt_id=_debt_id(uow, after, new))
