"""Answers that take more than one object to render, and commands read from bodies."""

from __future__ import annotations

from datetime import date
from typing import Any

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset, Money, json_number
from sanduq.kit.pages import Page, PageRequest
from sanduq.kit.wire import amount
from sanduq.microfinance.loans import repayments
from sanduq.microfinance.loans.agreed import Agreed
from sanduq.microfinance.loans.intake import Basis
from sanduq.microfinance.loans.model import Application, Loan
from sanduq.microfinance.loans.owing import RebateOffer
from sanduq.microfinance.loans.qard_hasan.application import Offer
from sanduq.microfinance.loans.rescheduling import Request
from sanduq.microfinance.loans.schemas import (
    RepaymentScheduleSummary,
    repayment_out,
)
from sanduq.microfinance.loans.schemas_repayment import Rescheduling
from sanduq.microfinance.loans.schemas_terms import (
    PreviewOut,
    SettlementQuoteOut,
    SettlementRebateOut,
    StatementLineOut,
    StatementOut,
    TradePreviewOut,
    disclosure_out,
    schedule_out,
)
from sanduq.microfinance.loans.terms import Statement, Version
from sanduq.obligations.model import Debt, SettlementQuote, settled_by_schedule


def preview_out(offer: Offer, today: date) -> dict[str, Any]:
    """An offer with its schedule, its disclosure and what the rules warn of."""
    asset = offer.application.amount.asset
    states = settled_by_schedule(Debt("preview", asset, offer.schedule), today)
    warnings = [finding.as_details() for item in offer.evaluations for finding in item.findings]
    return PreviewOut(
        amount=json_number(offer.application.amount),
        currency=asset.code,
        service_fee=json_number(offer.fee),
        total_repayable=json_number(offer.application.amount + offer.fee),
        product_id=offer.product.product_id,
        repayment_schedule=RepaymentScheduleSummary(
            installments=offer.application.terms.instalments,
            installment_amount=json_number(Money(offer.schedule.lines[0].total_minor, asset)),
            frequency=offer.application.terms.frequency,
            first_due_date=offer.schedule.due_on[0].isoformat(),
        ),
        schedule=schedule_out(offer.schedule, asset, loan_id=None, states=states, reason="preview"),
        disclosure=disclosure_out(offer.disclosure),
        warnings=warnings,
    ).model_dump()


def trade_preview_out(
    application: Application, agreed: Agreed, basis: Basis, today: date
) -> dict[str, Any]:
    """A trade as it would be agreed, with its instalments and what the rules warn of."""
    asset, schedule = application.amount.asset, agreed.schedule
    warnings = [finding.as_details() for item in agreed.evaluations for finding in item.findings]
    planned = None
    if schedule is not None:
        states = settled_by_schedule(Debt("preview", asset, schedule), today)
        planned = schedule_out(schedule, asset, loan_id=None, states=states, reason="preview")
    return TradePreviewOut(
        type=application.type,
        amount=json_number(application.amount),
        currency=asset.code,
        total_repayable=json_number(Money(agreed.repayable_minor, asset)),
        product_id=basis.product.product_id,
        first_due_date=agreed.first_due_on.isoformat(),
        particulars=dict(agreed.particulars or {}),
        schedule=planned,
        warnings=warnings,
    ).model_dump()


def version_out(version: Version) -> dict[str, Any]:
    """The schedule in force."""
    return schedule_out(
        version.schedule,
        version.loan.asset,
        loan_id=version.loan.loan_id,
        states=version.states,
        reason=version.reason,
    ).model_dump()


def quote_out(loan: Loan, quote: SettlementQuote, rebate: RebateOffer | None) -> dict[str, Any]:
    """What settles a loan, and what may come off it."""

    def number(minor: int) -> Any:
        return json_number(Money(minor, loan.asset))

    return SettlementQuoteOut(
        loan_id=loan.loan_id,
        on=quote.quoted_on.isoformat(),
        currency=loan.asset.code,
        principal=number(quote.principal_minor),
        service_fee=number(quote.fee_minor),
        charge=number(quote.charge_minor),
        total=number(quote.total_minor),
        rebate=None
        if rebate is None
        else SettlementRebateOut(
            amount=number(rebate.amount_minor),
            basis="agreed" if rebate.is_agreed else "at_discretion",
            rule_id=rebate.rule_id,
            total_with_rebate=number(max(0, quote.total_minor - rebate.amount_minor)),
        ),
    ).model_dump()


def statement_out(found: Statement) -> dict[str, Any]:
    """A loan's statement."""
    asset = found.loan.asset

    def number(minor: int) -> Any:
        return json_number(Money(minor, asset))

    return StatementOut(
        loan_id=found.loan.loan_id,
        currency=asset.code,
        opening_balance=number(found.opening_minor),
        closing_balance=number(found.closing_minor),
        lines=[
            StatementLineOut(
                date=line.on.isoformat(),
                kind=line.kind,
                reference=line.reference,
                owed=number(line.owed_minor),
                paid=number(line.paid_minor),
                balance=number(line.balance_minor),
            )
            for line in found.lines
        ],
    ).model_dump()


def repayment_page(uow: UnitOfWork, loan_id: str, page: PageRequest) -> dict[str, Any]:
    """A page of a loan's repayments, in the order recorded."""
    found = repayments.list_repayments(
        uow,
        loan_id,
        limit=page.limit + 1,
        after=page.cursor[1] if page.cursor else None,
        offset=page.offset,
    )
    total = repayments.count(uow, loan_id) if page.page is not None else None
    return Page.of(found, page, lambda item: (item.recorded_at, item.repayment_id), total).render(
        repayment_out
    )


def reschedule_request(body: Rescheduling, asset: Asset) -> Request:
    """The reschedule asked for, amounts read in the loan's currency."""
    lines = tuple(
        (
            line.due_date,
            amount(line.principal, asset, f"lines.{index}.principal"),
            amount(line.service_fee, asset, f"lines.{index}.service_fee"),
        )
        for index, line in enumerate(body.lines or ())
    )
    return Request(
        kind=body.kind,
        reason=body.reason,
        from_due_on=body.from_due_date,
        to_due_on=body.to_due_date,
        periods=body.periods,
        instalments=body.installments,
        frequency=body.frequency,
        first_due_on=body.first_due_date,
        lines=lines,
    )
