"""A book of pledges written straight into the tables, whatever their figures: for what is computed
over all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sanduq.assets.items import service as items
from sanduq.assets.items.model import ItemKind, NewItem
from sanduq.assets.model import Metal
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import currency
from sanduq.obligations import service as obligations
from sanduq.obligations.model import Debt
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import NewDebt
from sanduq.rahnu.contracts import store
from sanduq.rahnu.contracts.margin.model import status_of
from sanduq.rahnu.contracts.model import (
    Contract,
    ContractItem,
    DebtKind,
    ItemStatus,
    MarginFlag,
    OutsideDebt,
)
from sanduq.rahnu.fees.accrual import FeeSegment
from tests.make.pledges import PLEDGEE, PLEDGOR, Shop

USD = currency("USD")


@dataclass(frozen=True, slots=True)
class ThingSpec:
    """A thing under a pledge; without a fineness it is no metal and is worth `value_minor`."""

    gross_mg: int
    stone_mg: int
    fineness_bp: int | None
    value_minor: int


@dataclass(frozen=True, slots=True)
class PledgeSpec:
    """A pledge's figures. Segments are (day, fee of a month); top-ups are signed."""

    things: tuple[ThingSpec, ...]
    debt: str  # qard | outside
    principal_minor: int
    paid_minor: int
    segments: tuple[tuple[date, int], ...]
    fee_paid_minor: int
    fee_until_on: date | None
    top_ups: tuple[int, ...]
    flag: MarginFlag


def enter(uow: UnitOfWork, shop: Shop, specs: list[PledgeSpec]) -> list[str]:
    """Writes pledges of these figures, in force; their ids."""
    return [_enter_one(uow, shop, spec) for spec in specs]


def _enter_one(uow: UnitOfWork, shop: Shop, spec: PledgeSpec) -> str:
    contract_id = new_id("rhn")
    registered = items.register_items(uow, [_item(one) for one in spec.things])
    held = []
    for number, (thing, item) in enumerate(zip(spec.things, registered, strict=True), start=1):
        valuation_id = _valued(uow, item.item_id, thing)
        held.append(
            ContractItem(
                item, number, ItemStatus.PLEDGED, "gold", thing.value_minor, valuation_id,
                thing.value_minor, uow.now, None,
            )
        )  # fmt: skip
    template = _contract(uow, shop, contract_id, spec)
    store.insert(uow, replace(template, items=tuple(held)))
    for segment in spec.segments:
        store.add_segments(uow, [(contract_id, FeeSegment(*segment))])
    for moved in spec.top_ups:
        _top_up(uow, contract_id, moved)
    return contract_id


def _item(spec: ThingSpec) -> NewItem:
    return NewItem(
        owner_id=PLEDGOR,
        kind=ItemKind.OTHER,
        metal=Metal.NONE if spec.fineness_bp is None else Metal.GOLD,
        description="thing",
        gross_weight_mg=spec.gross_mg,
        stone_weight_mg=spec.stone_mg,
        fineness_bp=spec.fineness_bp,
    )


def _valued(uow: UnitOfWork, item_id: str, spec: ThingSpec) -> str | None:
    if spec.fineness_bp is None:
        return None
    row = uow.one("select price_board_id from assets.price_board limit 1")
    assert row is not None
    valuation_id = new_id("val")
    uow.execute(
        "insert into assets.valuation (institution_id, valuation_id, item_id, metal,"
        " gross_weight_mg, stone_weight_mg, other_weight_mg, fineness_bp, tests, method,"
        " price_board_id, price_source, priced_at, haircut_bp, policy_version, value_minor, asset,"
        " second_required, second_reasons, is_customer_present, metadata, valid_until, created_at,"
        " created_by) values (%s,%s,%s,'gold',%s,%s,0,%s,'[]','fine_price',%s,'market',%s,0,0,%s,"
        " 'USD/2','witness','{}',true,'{}',%s + interval '1 day',%s,%s)",
        uow.institution_id, valuation_id, item_id, spec.gross_mg, spec.stone_mg, spec.fineness_bp,
        row[0], uow.now, spec.value_minor, uow.now, uow.now, uow.actor.user_id,
    )  # fmt: skip
    return valuation_id


def _contract(uow: UnitOfWork, shop: Shop, contract_id: str, spec: PledgeSpec) -> Contract:
    appraised = max(1, sum(one.value_minor for one in spec.things))
    debt_id, outside = None, None
    if spec.debt == "outside":
        left = spec.principal_minor - spec.paid_minor
        outside = OutsideDebt("murabaha", "REF", "A bank", left, date(2024, 6, 1), False, False)
    else:
        debt_id = new_id("qrd")
        schedule = Schedule(1, (date(2024, 6, 1),), (spec.principal_minor,), (0,))
        debt = Debt(debt_id, USD, schedule, spec.paid_minor)
        new = NewDebt(debt, PLEDGOR, shop.branch_id, date(2024, 1, 1))
        obligations.open_debts(uow, [new], reason="test")
    values: dict[str, Any] = dict.fromkeys(Contract.__dataclass_fields__)
    values.update(
        contract_id=contract_id, status=status_of(spec.flag), pledgor_id=PLEDGOR,
        pledgee_id=PLEDGEE, borrower_id=PLEDGOR, branch_id=shop.branch_id,
        template_id=shop.template_id, fee_policy_id=shop.fee_policy_id, asset=USD,
        description="pledge", ltv_bp=7_000, appraised_minor=appraised,
        secured_minor=appraised * 7_000 // 10_000, fee_monthly_minor=0, has_owner_declared=True,
        debt_kind=DebtKind.OUTSIDE if outside else DebtKind.QARD, debt_id=debt_id,
        is_own_loan=outside is None, outside_debt=outside, term_months=6, instalments=1,
        matures_on=date(2024, 6, 1), extension_count=0, renewal_count=0, review_resolutions=(),
        fee_until_on=spec.fee_until_on, fee_accrued_minor=spec.fee_paid_minor,
        fee_paid_minor=spec.fee_paid_minor, margin_flag=spec.flag, metadata={},
        created_at=uow.now, created_by=uow.actor.user_id, version=1, items=(),
    )  # fmt: skip
    return Contract(**values)


def _top_up(uow: UnitOfWork, contract_id: str, moved: int) -> None:
    uow.execute(
        "insert into rahnu.top_up (institution_id, contract_id, top_up_id, kind, asset,"
        " amount_minor, held_after_minor, journal_id, moved_on, created_at, created_by)"
        " values (%s,%s,%s,%s,'USD/2',%s,0,'jrn_none',%s,%s,%s)",
        uow.institution_id, contract_id, new_id("tup"), "received" if moved > 0 else "returned",
        abs(moved), uow.today, uow.now, uow.actor.user_id,
    )  # fmt: skip
