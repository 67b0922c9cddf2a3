"""A murabaha as the API writes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sanduq.kit.annual_rate import effective_annual_rate
from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Money, json_number
from sanduq.microfinance.loans.murabaha.model import (
    NEXT,
    Murabaha,
    StepFact,
    may_reclaim,
    ratio,
    steps_of,
)
from sanduq.microfinance.loans.murabaha.schemas import (
    MurabahaDisclosureOut,
    MurabahaMarginOut,
    MurabahaNextStep,
    MurabahaObject,
    MurabahaPaymentTerms,
    MurabahaProfitOut,
    MurabahaPromiseOut,
    MurabahaReclaimOut,
    MurabahaStepOut,
)
from sanduq.obligations.model import Debt
from sanduq.obligations.schedule import Schedule

_RECLAIM = (
    "If the buyer is bankrupt, the goods stand unchanged and nothing of the price was received,"
    " they may be taken back instead of proving with the other creditors."
)


def murabaha_out(
    contract: Murabaha,
    steps: Sequence[StepFact],
    schedule: Schedule | None = None,
    debt: Debt | None = None,
    sold_on: date | None = None,
) -> dict[str, Any]:
    """The contract with its steps; `schedule` is the first of the debt, `debt` as it stands now,
    `sold_on` the institution's day of the sale: all None before it."""

    def money(minor: int) -> Decimal:
        return json_number(contract.money(minor))

    terms, upcoming = contract.terms, NEXT.get(contract.stage)
    return MurabahaObject(
        id=contract.murabaha_id,
        type="murabaha_micro",
        loan_id=contract.loan_id,
        status=str(contract.stage),
        borrower_id=contract.borrower_id,
        currency=contract.asset.code,
        asset_description=terms.asset_description,
        asset_category=terms.asset_category,
        asset_reference=terms.asset_reference,
        cost_price=money(contract.cost_minor),
        profit_margin=ratio(terms.margin_bp),
        profit_amount=money(contract.profit_minor),
        sale_price=money(contract.price_minor),
        payment_terms=MurabahaPaymentTerms(
            installments=terms.instalments, frequency=str(terms.frequency)
        ),
        promise=_promise(contract),
        security_margin=MurabahaMarginOut(
            taken=money(contract.margin_minor), held=money(contract.margin_held_minor)
        ),
        supplier_id=contract.supplier_id,
        invoice_date=contract.invoice_on.isoformat() if contract.invoice_on else None,
        possessed_at=_moment(contract.possessed_at),
        offered_at=_moment(contract.offered_at),
        sold_at=_moment(contract.sold_at),
        profit=_profit(contract, debt),
        disclosure=_disclosure(contract, schedule, sold_on),
        next_step=upcoming and MurabahaNextStep(step=str(upcoming[0]), rule_id=upcoming[1]),
        possible_steps=steps_of(contract.stage),
        reclaim_option=MurabahaReclaimOut(
            is_open=may_reclaim(contract, debt.paid_minor if debt else 0),
            rule_id="MUR-22",
            explanation=_RECLAIM,
        ),
        clauses=contract.clauses.as_mapping(),
        steps=[_step(contract, fact) for fact in steps],
        created_at=rfc3339(contract.created_at),
        created_by=contract.created_by,
    ).model_dump()


def _promise(contract: Murabaha) -> MurabahaPromiseOut | None:
    if contract.promised_at is None or contract.promise_binds is None:
        return None
    return MurabahaPromiseOut(binds=contract.promise_binds, signed_at=rfc3339(contract.promised_at))


def _profit(contract: Murabaha, debt: Debt | None) -> MurabahaProfitOut:
    deferred = contract.booked_minor(debt.outstanding_minor) if debt else 0
    told = contract.profit_minor - contract.released_minor - deferred if debt else 0
    return MurabahaProfitOut(
        recognised=json_number(contract.money(told)),
        given_back=json_number(contract.money(contract.released_minor)),
        deferred=json_number(contract.money(deferred)),
    )


def _disclosure(
    contract: Murabaha, schedule: Schedule | None, sold_on: date | None
) -> MurabahaDisclosureOut:
    share = Decimal(contract.profit_minor) / contract.cost_minor
    return MurabahaDisclosureOut(
        cost_price=json_number(contract.money(contract.cost_minor)),
        profit_amount=json_number(contract.money(contract.profit_minor)),
        sale_price=json_number(contract.money(contract.price_minor)),
        profit_share_of_cost=share.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN),
        effective_annual_rate=_weight(contract, schedule, sold_on),
    )


def _weight(contract: Murabaha, schedule: Schedule | None, sold_on: date | None) -> Decimal | None:
    if schedule is None or sold_on is None:
        return None
    return weight_a_year(contract.money(contract.cost_minor), schedule, sold_on)


def weight_a_year(cost: Money, schedule: Schedule, sold_on: date) -> Decimal | None:
    """What the profit weighs in a year, of all the customer pays for goods of this cost."""
    flows = [(line.due_on, line.total_minor) for line in schedule.lines]
    return effective_annual_rate(cost.amount_minor, sold_on, flows)


def _step(contract: Murabaha, fact: StepFact) -> MurabahaStepOut:
    minor = fact.amount_minor
    return MurabahaStepOut(
        id=fact.step_id,
        step=str(fact.kind),
        taken_at=rfc3339(fact.taken_at),
        document=fact.document,
        amount=None if minor is None else json_number(contract.money(minor)),
        journal_ids=list(fact.journal_ids),
        details=dict(fact.details),
        recorded_at=rfc3339(fact.recorded_at),
        recorded_by=fact.recorded_by,
    )


def _moment(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
