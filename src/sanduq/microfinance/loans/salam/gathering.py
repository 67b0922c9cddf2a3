"""The facts of a contract as the rules look at them: gathered once per command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sanduq.kit.db import UnitOfWork
from sanduq.microfinance.loans.intake import Basis, admit, common_facts
from sanduq.microfinance.loans.model import Application, Loan
from sanduq.microfinance.loans.salam import service_commodities as commodities
from sanduq.microfinance.loans.salam.facts import FreightPayer, Goods, SalamFacts, Security
from sanduq.microfinance.loans.salam.model import Clauses, Salam
from sanduq.microfinance.loans.salam.rules import late_charges, stipulates_substitute


def as_application(loan: Loan) -> Application:
    """The loan as it was asked for, to be admitted again."""
    return Application(
        type=loan.type,
        borrower_id=loan.borrower_id,
        amount=loan.amount,
        purpose=loan.purpose,
        terms=loan.terms,
        purpose_description=loan.purpose_description,
        group_id=loan.group_id,
        product_id=loan.product_id,
        branch_id=loan.branch_id,
        metadata=loan.metadata,
    )


def basis_of(uow: UnitOfWork, loan: Loan) -> Basis:
    """What an existing loan stands on today."""
    return admit(uow, as_application(loan), is_renewed=True)


def facts_of(uow: UnitOfWork, application: Application, basis: Basis, salam: Salam) -> SalamFacts:
    """The contract's facts as of today; what a command adds is put in by the command."""
    clauses = Clauses.read(basis.product.clauses)
    common: dict[str, Any] = common_facts(uow, application, basis)
    texts = tuple(
        text
        for text in (application.purpose_description, *_texts(application.metadata))
        if text is not None
    )
    return SalamFacts(
        **common,
        commodity_code=salam.commodity,
        contract_id=salam.contract_id,
        seller_id=salam.seller_id,
        goods=Goods(
            commodities.facts_of(uow, salam.commodity),
            salam.quantity_milli,
            salam.quantity_unit,
            salam.specifications,
        ),
        dues=salam.dues,
        place=salam.delivery_place,
        freight_payer=salam.freight_payer,
        is_freight_agreed=salam.freight_payer is FreightPayer.BUYER,
        contracted_on=salam.contracted_on,
        payment_days_max=salam.price_window_days,
        is_substitution_stipulated=clauses.is_substitution_stipulated
        or stipulates_substitute(texts),
        late_charges=late_charges(clauses),
        securities=tuple(
            Security(each.kind, each.giver_id, salam.contract_id) for each in salam.securities
        ),
    )


def _texts(metadata: Mapping[str, str] | None) -> list[str]:
    return [f"{name} {value}" for name, value in (metadata or {}).items()]


def loan_facts(uow: UnitOfWork, loan: Loan, salam: Salam, **changes: Any) -> SalamFacts:
    """The facts of an existing loan, with what a step adds."""
    application = as_application(loan)
    basis = basis_of(uow, loan)
    return replace(facts_of(uow, application, basis, salam), **changes)


def summary(salam: Salam, **more: Any) -> dict[str, Any]:
    """The inputs of an evaluation, as they are hashed and stored with it."""
    return {
        "contract_id": salam.contract_id,
        "commodity": salam.commodity,
        "quantity_milli": salam.quantity_milli,
        "capital_minor": salam.capital_minor,
        "paid_minor": salam.paid_minor,
        "settled_milli": salam.settled_milli,
        **more,
    }
