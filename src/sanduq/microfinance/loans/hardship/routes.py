"""HTTP of default, hardship and write-off."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from sanduq.funds.spending.model import FundSource
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Money
from sanduq.kit.web import gateway, if_match, scope
from sanduq.kit.wire import amount, checked_id
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.hardship import costs, forgiving, schemas, service, write_offs
from sanduq.microfinance.loans.hardship.schemas import (
    AssessmentObject,
    CharityPledgeObject,
    CollectionCostObject,
    CollectionCosts,
    DemandObject,
    ForgivenessObject,
    HardshipRecord,
    WriteOffObject,
)
from sanduq.microfinance.loans.schemas import (
    Identifier,
    LoanObject,
    RepaymentObject,
    loan_out,
    repayment_out,
)
from sanduq.shariah.facts import DebtorState

router = APIRouter(prefix="/v1/rails/microfinance/loans/{loan_id}", tags=["Hardship and default"])

READ, WRITE = scope("microfinance:read"), scope("microfinance:write")


def _loan_id(value: str) -> str:
    return checked_id(value, "mfl", "loan_id")


def _money(uow: UnitOfWork, loan_id: str, value: object) -> Money:
    asset = loans.get(uow, _loan_id(loan_id)).asset
    return amount(value, asset, "amount", is_positive=True)


@router.post("/demands", status_code=201, response_model=DemandObject, openapi_extra=WRITE)
def demand_overdue(request: Request, loan_id: Identifier, body: schemas.DemandIn) -> Any:
    """Asks the borrower for what is overdue."""

    def work(uow: UnitOfWork) -> Any:
        made = service.demand(
            uow, _loan_id(loan_id), channel=body.channel, respond_by_on=body.respond_by,
            note=body.note,
        )  # fmt: skip
        return schemas.demand_out(made)

    return gateway(request).write(request, work, status=201)


@router.post(
    "/solvency-assessments", status_code=201, response_model=AssessmentObject, openapi_extra=WRITE
)
def assess_solvency(request: Request, loan_id: Identifier, body: schemas.AssessmentIn) -> Any:
    """Classes a debtor, on findings that are written down."""

    def work(uow: UnitOfWork) -> Any:
        new = service.NewAssessment(
            DebtorState(body.state), body.findings, body.document, body.party_id
        )
        return schemas.assessment_out(service.assess(uow, _loan_id(loan_id), new))

    return gateway(request).write(request, work, status=201)


@router.get("/hardship", response_model=HardshipRecord, openapi_extra=READ)
def get_hardship(request: Request, loan_id: Identifier) -> Any:
    """Demands and assessments of a loan, latest first."""
    return gateway(request).read(
        request,
        lambda uow: schemas.record_out(loan_id, *service.record_of(uow, _loan_id(loan_id))),
    )


@router.post("/default", response_model=LoanObject, openapi_extra=WRITE)
def mark_defaulted(request: Request, loan_id: Identifier, body: schemas.DefaultIn) -> Any:
    """Marks a loan as defaulted, after its borrower was classed."""
    return gateway(request).write(
        request,
        lambda uow: loan_out(
            service.default(uow, _loan_id(loan_id), reason=body.reason, etag=if_match(request))
        ),
    )


@router.post(
    "/collection-costs", status_code=201, response_model=CollectionCostObject, openapi_extra=WRITE
)
def charge_cost(request: Request, loan_id: Identifier, body: schemas.CostIn) -> Any:
    """Charges what a third party was paid to collect, by receipt."""

    def work(uow: UnitOfWork) -> Any:
        new = costs.NewCost(
            _money(uow, loan_id, body.amount), body.payee, body.receipt, body.incurred_on
        )
        return schemas.cost_out(costs.charge(uow, _loan_id(loan_id), new))

    return gateway(request).write(request, work, status=201)


@router.get("/collection-costs", response_model=CollectionCosts, openapi_extra=READ)
def list_costs(request: Request, loan_id: Identifier) -> Any:
    """Collection costs of a loan with what of each is unpaid."""
    return gateway(request).read(
        request,
        lambda uow: {
            "data": [schemas.cost_out(each) for each in costs.costs_of(uow, _loan_id(loan_id))]
        },
    )


@router.post(
    "/collection-costs/{cost_id}/payments",
    status_code=201,
    response_model=RepaymentObject,
    openapi_extra=WRITE,
)
def pay_cost(
    request: Request, loan_id: Identifier, cost_id: Identifier, body: schemas.PaymentIn
) -> Any:
    """Records what a borrower paid on a collection cost."""

    def work(uow: UnitOfWork) -> Any:
        paid = costs.pay_cost(
            uow, _loan_id(loan_id), checked_id(cost_id, "col", "cost_id"),
            _money(uow, loan_id, body.amount), body.received_on or uow.today,
        )  # fmt: skip
        return repayment_out(paid)

    return gateway(request).write(request, work, status=201)


@router.post(
    "/charity-pledges", status_code=201, response_model=CharityPledgeObject, openapi_extra=WRITE
)
def receive_pledge(request: Request, loan_id: Identifier, body: schemas.PledgeIn) -> Any:
    """Receives what a delaying borrower pledged to charity; it is never income."""
    return gateway(request).write(
        request,
        lambda uow: schemas.pledge_out(
            costs.pledge(uow, _loan_id(loan_id), _money(uow, loan_id, body.amount), note=body.note)
        ),
        status=201,
    )


@router.post("/write-off", status_code=201, response_model=WriteOffObject, openapi_extra=WRITE)
def ask_write_off(request: Request, loan_id: Identifier, body: schemas.WriteOffIn) -> Any:
    """Asks for a defaulted loan to be written off; another user approves it."""

    def work(uow: UnitOfWork) -> Any:
        asked = write_offs.ask(
            uow, _loan_id(loan_id), fund=body.fund, reason=body.reason,
            resolution_id=body.resolution_id, etag=if_match(request),
        )  # fmt: skip
        return schemas.write_off_out(asked)

    return gateway(request).write(request, work, status=201)


@router.get("/write-off", response_model=WriteOffObject, openapi_extra=READ)
def get_write_off(request: Request, loan_id: Identifier) -> Any:
    """The write-off of a loan: waiting, or posted."""
    return gateway(request).read(
        request, lambda uow: schemas.write_off_out(write_offs.get(uow, _loan_id(loan_id)))
    )


@router.post("/write-off/approve", response_model=WriteOffObject, openapi_extra=WRITE)
def approve_write_off(request: Request, loan_id: Identifier) -> Any:
    """Approves a write-off and posts it; its maker cannot."""

    def work(uow: UnitOfWork) -> Any:
        asked = write_offs.get(uow, _loan_id(loan_id))
        return schemas.write_off_out(write_offs.approve(uow, asked.write_off_id))

    return gateway(request).write(request, work)


@router.post("/recover", status_code=201, response_model=RepaymentObject, openapi_extra=WRITE)
def record_recovery(request: Request, loan_id: Identifier, body: schemas.PaymentIn) -> Any:
    """Money received after write-off; it goes to the fund that bore the loss."""
    return gateway(request).write(
        request,
        lambda uow: repayment_out(
            forgiving.recover(
                uow, _loan_id(loan_id), _money(uow, loan_id, body.amount), body.received_on
            )
        ),
        status=201,
    )


@router.post("/forgive", status_code=201, response_model=ForgivenessObject, openapi_extra=WRITE)
def forgive_loan(request: Request, loan_id: Identifier, body: schemas.ForgivenessIn) -> Any:
    """Gives up the claim, in whole or in part, by the word of whose money it is."""

    def work(uow: UnitOfWork) -> Any:
        given = None if body.amount is None else _money(uow, loan_id, body.amount)
        asked = forgiving.Forgiving(body.authority, body.reason, given)
        made = forgiving.forgive(uow, _loan_id(loan_id), asked, etag=if_match(request))
        return schemas.forgiveness_out(made)

    return gateway(request).write(request, work, status=201)


@router.post(
    "/third-party-payment", status_code=201, response_model=RepaymentObject, openapi_extra=WRITE
)
def pay_by_fund(request: Request, loan_id: Identifier, body: schemas.ThirdPartyPaymentIn) -> Any:
    """A donor fund pays the debt, in whole or in part, and is named as the payer."""

    def work(uow: UnitOfWork) -> Any:
        paid = None if body.amount is None else _money(uow, loan_id, body.amount)
        asked = forgiving.ThirdPartyPayment(FundSource.read(body.fund), body.note, paid)
        result = forgiving.settle_by_fund(uow, _loan_id(loan_id), asked)
        assert result.repayment is not None
        return repayment_out(result.repayment)

    return gateway(request).write(request, work, status=201)
