"""What a decision on an approval does: the same act as on the subject's own path."""

from __future__ import annotations

from sanduq.access import service as access
from sanduq.assets.price_boards import service as price_boards
from sanduq.funds.charity import service as charity
from sanduq.funds.endowments import service as endowments
from sanduq.funds.pools import service as pools
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.ledger import capital
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.hardship import write_offs
from sanduq.microfinance.products import service as products
from sanduq.microfinance.programs import service as programs
from sanduq.qard.cost_studies import service as cost_studies
from sanduq.qard.cost_studies.model import Capacity
from sanduq.rahnu.contracts import review as pledge_review
from sanduq.rahnu.contracts.life.losses import service as pledge_losses
from sanduq.rahnu.contracts.liquidation.sales import service as pledge_sales
from sanduq.rahnu.contracts.liquidation.surplus import payouts as surplus_payouts
from sanduq.rahnu.contracts.liquidation.surplus import service as surplus
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.fees.cost_studies import service as custody_costs
from sanduq.rahnu.fees.cost_studies.model import action_of
from sanduq.rahnu.templates import service as pledge_templates
from sanduq.sarf.facilities import buying as sarf_buying
from sanduq.sarf.facilities import sittings as sarf_sittings
from sanduq.sarf.losses import service as sarf_losses
from sanduq.sarf.sessions import undoing as sarf_undoing
from sanduq.sarf.terms import service as sarf_terms


def wire() -> None:
    """Names who carries out each decision."""
    access.on_decision(fees.APPROVE, _fee_policy)
    access.on_decision(action_of(Capacity.FINANCE), _custody_cost_as_finance)
    access.on_decision(action_of(Capacity.SHARIAH), _custody_cost_as_shariah)
    access.on_decision(loans.APPROVE, _loan)
    access.on_decision(write_offs.WRITE_OFF, _write_off)
    access.on_decision(products.APPROVE, _product)
    access.on_decision(programs.APPROVE, _program)
    access.on_decision(capital.ACTION, _capital)
    access.on_decision(endowments.APPROVE, _endowment)
    access.on_decision(pools.APPROVE, _pool)
    access.on_decision(charity.SPEND, _charity)
    access.on_decision(pledge_sales.LIQUIDATE, pledge_sales.decide)
    access.on_decision(surplus.PAY, surplus_payouts.decide)
    access.on_decision(surplus.TRANSFER, surplus_payouts.decide)
    access.on_decision(price_boards.APPROVE, _price_board)
    access.on_decision(Capacity.FINANCE.action, _study_as_finance)
    access.on_decision(Capacity.SHARIAH.action, _study_as_shariah)
    access.on_decision(pledge_review.REVIEW, _pledge)
    access.on_decision(pledge_templates.APPROVE, _pledge_template)
    access.on_decision(pledge_losses.DECIDE, pledge_losses.decide_approval)
    access.on_decision(sarf_terms.APPROVE, _sarf_terms)
    access.on_decision(sarf_buying.LOWER, _lower_price)
    access.on_decision(sarf_undoing.VOID, _void_sitting)
    access.on_decision(sarf_losses.LOSS, _lost_gold)


def _loan(uow: UnitOfWork, loan_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        loans.approve(uow, loan_id, reason=reason)
        return
    if reason is None:
        raise ValidationFailed.field("reason", "missing_field", "reason is missing")
    loans.reject(uow, loan_id, reason=reason)


def _pledge(uow: UnitOfWork, contract_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        pledge_review.approve(uow, contract_id, reason=reason)
        return
    if reason is None:
        raise ValidationFailed.field("reason", "missing_field", "reason is missing")
    pledge_review.reject(uow, contract_id, reason=reason)


def _pledge_template(
    uow: UnitOfWork, template_id: str, is_approved: bool, reason: str | None
) -> None:
    decide = pledge_templates.approve if is_approved else pledge_templates.refuse
    decide(uow, template_id, reason=reason)


def _lower_price(uow: UnitOfWork, buy_back_id: str, is_approved: bool, reason: str | None) -> None:
    sarf_buying.decide_lower(uow, buy_back_id, is_approved=is_approved, reason=reason)


def _void_sitting(uow: UnitOfWork, session_id: str, is_approved: bool, reason: str | None) -> None:
    sarf_sittings.decide_void(uow, session_id, is_approved=is_approved, reason=reason)


def _lost_gold(uow: UnitOfWork, loss_id: str, is_approved: bool, reason: str | None) -> None:
    sarf_losses.decide(uow, loss_id, is_approved=is_approved, reason=reason)


def _sarf_terms(uow: UnitOfWork, terms_id: str, is_approved: bool, reason: str | None) -> None:
    decide = sarf_terms.approve if is_approved else sarf_terms.refuse
    decide(uow, terms_id, reason=reason)


def _write_off(uow: UnitOfWork, write_off_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        write_offs.approve(uow, write_off_id, reason=reason)
    else:
        write_offs.refuse(uow, write_off_id, reason=reason)


def _product(uow: UnitOfWork, product_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        products.approve_product(uow, product_id, reason=reason)
    else:
        access.decide(uow, products.APPROVE, product_id, is_approved=False, reason=reason)


def _charity(uow: UnitOfWork, payment_id: str, is_approved: bool, reason: str | None) -> None:
    decide = charity.approve_payment if is_approved else charity.reject_payment
    decide(uow, payment_id, reason=reason)


def _endowment(uow: UnitOfWork, wqf_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        endowments.approve_endowment(uow, wqf_id, reason=reason)
    else:
        endowments.send_back_endowment(uow, wqf_id, reason=reason)


def _pool(uow: UnitOfWork, pool_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        pools.approve_pool(uow, pool_id, reason=reason)
    else:
        pools.reject_pool(uow, pool_id, reason=reason)


def _program(uow: UnitOfWork, program_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        programs.approve_program(uow, program_id, reason=reason)
    else:
        programs.reject_program(uow, program_id, reason=reason)


def _price_board(uow: UnitOfWork, board_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        price_boards.approve(uow, board_id, reason=reason)
    else:
        price_boards.reject(uow, board_id, reason=reason)


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


def _fee_policy(uow: UnitOfWork, policy_id: str, is_approved: bool, reason: str | None) -> None:
    if is_approved:
        fees.approve_policy(uow, policy_id, reason=reason)
    else:
        access.decide(uow, fees.APPROVE, policy_id, is_approved=False, reason=reason)


def _custody_cost_as_finance(
    uow: UnitOfWork, study_id: str, is_approved: bool, reason: str | None
) -> None:
    _custody_cost(uow, study_id, Capacity.FINANCE, is_approved, reason)


def _custody_cost_as_shariah(
    uow: UnitOfWork, study_id: str, is_approved: bool, reason: str | None
) -> None:
    _custody_cost(uow, study_id, Capacity.SHARIAH, is_approved, reason)


def _custody_cost(
    uow: UnitOfWork, study_id: str, capacity: Capacity, is_approved: bool, reason: str | None
) -> None:
    if is_approved:
        custody_costs.approve_study(uow, study_id, capacity, reason=reason)
    else:
        access.decide(uow, action_of(capacity), study_id, is_approved=False, reason=reason)
