"""Wire shape of the disclosure put before a pledgor."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.money import Asset, Money, json_number
from sanduq.kit.wire import AmountOut, Output
from sanduq.kit.wire_weight import NumberOut, fraction, grams
from sanduq.rahnu.contracts.disclosure import DisclosurePack

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class DisclosedMonthOut(Output):
    """What frees the pledge after so many months when nothing was paid before."""

    month: int
    on: Day
    loan: AmountOut
    safekeeping_fee: AmountOut
    total: AmountOut


class NoticeDayOut(Output):
    kind: str
    on: Day


class ClauseOut(Output):
    language: str
    text: str


class PledgeDisclosureOut(Output):
    """Value, ratio, custody per month in money, the ladder of notices and the right to a surplus.

    `zakat_due_by` is the owner: gold in pledge stays his. `late_charge` is nothing, always.
    """

    type: Literal["pledge_disclosure"]
    contract_id: str
    version: str
    currency: str
    appraised_value: AmountOut
    secured_amount: AmountOut
    loan_to_value_ratio: NumberOut
    debt_secured: AmountOut
    effective_annual_rate: NumberOut | None
    safekeeping_fee_monthly: AmountOut
    late_charge: AmountOut
    months: list[DisclosedMonthOut]
    notices: list[NoticeDayOut]
    surplus_belongs_to: Literal["pledgor"]
    sale_only_when: str
    zakat_due_by: Literal["pledgor"]
    fine_weight_grams: NumberOut
    has_sale_agency: bool
    clauses: list[ClauseOut]


def disclosure_out(pack: DisclosurePack) -> dict[str, Any]:
    """The disclosure as the API writes it."""
    contract, asset = pack.contract, pack.contract.asset
    return PledgeDisclosureOut(
        type="pledge_disclosure",
        contract_id=contract.contract_id,
        version=pack.version,
        currency=asset.code,
        appraised_value=_number(contract.appraised_minor, asset),
        secured_amount=_number(contract.secured_minor, asset),
        loan_to_value_ratio=fraction(contract.ltv_bp),
        debt_secured=_number(pack.owed_minor, asset),
        effective_annual_rate=pack.effective_annual_rate,
        safekeeping_fee_monthly=_number(contract.fee_monthly_minor, asset),
        late_charge=_number(0, asset),
        months=[
            DisclosedMonthOut(
                month=one.month,
                on=one.on.isoformat(),
                loan=_number(one.loan_minor, asset),
                safekeeping_fee=_number(one.fee_minor, asset),
                total=_number(one.loan_minor + one.fee_minor, asset),
            )
            for one in pack.months
        ],
        notices=[NoticeDayOut(kind=one.kind, on=one.on.isoformat()) for one in pack.notices],
        surplus_belongs_to="pledgor",
        sale_only_when="the debt has fallen due and is unpaid; a fall in value alone is no reason",
        zakat_due_by="pledgor",
        fine_weight_grams=grams(pack.fine_weight_mg),
        has_sale_agency=pack.template.terms.has_sale_agency,
        clauses=[ClauseOut(language=c.language, text=c.text) for c in pack.template.clauses],
    ).model_dump()


def _number(minor: int, asset: Asset) -> Decimal:
    return json_number(Money(minor, asset))
