"""The contract behind a loan, whatever its kind."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.loans import service
from sanduq.microfinance.loans.ijarah.schemas_out import IjarahOut
from sanduq.microfinance.loans.kinds import KINDS
from sanduq.microfinance.loans.murabaha.schemas import MurabahaObject
from sanduq.microfinance.loans.qard_hasan.contract import QardContractOut
from sanduq.microfinance.loans.salam.schemas import SalamObject
from sanduq.microfinance.loans.schemas_application import Identifier

router = APIRouter(prefix="/v1/rails/microfinance", tags=["Microfinance loans"])


@router.get(
    "/loans/{loan_id}/contract",
    response_model=QardContractOut | MurabahaObject | SalamObject | IjarahOut,
    openapi_extra=scope("microfinance:read"),
)
def get_contract(request: Request, loan_id: Identifier) -> Any:
    """The contract behind a loan: its terms, its steps so far and, in a trade, where it stands."""

    def work(uow: UnitOfWork) -> Any:
        loan = service.get(uow, checked_id(loan_id, "mfl", "loan_id"))
        return Tagged(KINDS[loan.type].contract_of(uow, loan), loan.etag)

    return gateway(request).read(request, work)
