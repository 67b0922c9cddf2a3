"""Valuations: recorded by a valuer, confirmed or disputed by another officer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sanduq.access import service as access
from sanduq.assets.items import service as items
from sanduq.assets.items.model import Item
from sanduq.assets.model import Metal
from sanduq.assets.policies import service as policies
from sanduq.assets.policies.model import ValuationPolicy
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.model import PriceBoard, value_minor
from sanduq.assets.valuations import events, store
from sanduq.assets.valuations.deciding import disagreements, second_required
from sanduq.assets.valuations.errors import (
    NotAwaitingSecond,
    SecondValuerRequired,
    UnknownValuation,
    ValuationLapsed,
    ValuerConfirmsOwn,
)
from sanduq.assets.valuations.findings import checked
from sanduq.assets.valuations.model import (
    Findings,
    NewValuation,
    Second,
    SecondOfficer,
    Valuation,
    ValuationMethod,
    ValuationStatus,
)
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import MINOR_MAX, Money
from sanduq.kit.pages import Page, PageRequest

RECORD = "valuation.record"
CONFIRM = "valuation.confirm"


def record_valuation(uow: UnitOfWork, new: NewValuation) -> Valuation:
    """Records what a valuer found, and its value on the board of this moment.

    Nothing may rest on it until a second officer has confirmed it. Refuses NOT_FOUND an item or
    an instrument, FORBIDDEN and LIMIT_EXCEEDED without authority for the value, VALIDATION_ERROR
    findings that cannot be (metal without a test, weight below the stones, heavier in water),
    FINENESS_UNKNOWN, INSTRUMENT_OUT_OF_CALIBRATION, NO_PRICE_BOARD, CONFLICT an external_id.
    """
    item = items.get_item(uow, new.item_id)
    policy = policies.current_policy(uow)
    findings = checked(uow, item, new.findings, policy)
    board = None
    if item.metal is not Metal.NONE:
        board = price_boards.current_board(uow, item.metal, new.asset)
    value = Money(_value_minor(board, findings, policy), new.asset)
    if value.amount_minor > MINOR_MAX:
        raise ValidationFailed.field(
            "gross_weight_grams", "too_large", "its value is larger than any the ledger holds"
        )
    access.require_authority(uow, RECORD, value)
    officer, reasons = second_required(item, findings, value, policy)
    valuation = Valuation(
        valuation_id=new_id("val"),
        item_id=item.item_id,
        metal=item.metal,
        status=ValuationStatus.AWAITING_SECOND,
        valuer_id=uow.actor.user_id,
        second_officer_id=None,
        findings=findings,
        method=ValuationMethod(board.method.value) if board else ValuationMethod.STATED,
        price_board_id=board.price_board_id if board else None,
        price_source=board.source if board else findings.source or "",
        priced_at=board.observed_at if board else uow.now,
        haircut_bp=policy.haircut_bp if board else 0,
        policy_version=policy.version,
        value=value,
        second_required=officer,
        second_reasons=reasons,
        second=None,
        is_customer_present=new.is_customer_present,
        notes=new.notes,
        valued_at=uow.now,
        valid_until=uow.now + policy.valuation_age_max,
        confirmed_at=None,
        decided_at=None,
        external_id=new.external_id,
        metadata=new.metadata,
    )
    store.insert(uow, valuation)
    audit.record(uow, [audit.Deed(RECORD, valuation.valuation_id, new.notes)])
    outbox.record(uow, [events.recorded(valuation)])
    return valuation


def confirm(uow: UnitOfWork, valuation_id: str, second: Second) -> Valuation:
    """Ends a valuation by its second officer: CONFIRMED when he agrees, DISPUTED when not.

    Where a valuer is required, his own findings decide: a fineness, weight or value that differs
    disputes the valuation for ever. Refuses NOT_FOUND, VALUER_CONFIRMS_OWN, FORBIDDEN and
    LIMIT_EXCEEDED, CONFLICT one that is decided or lapsed, SECOND_VALUER_REQUIRED agreement
    without tests of his own, VALIDATION_ERROR disagreement without a word why, and what
    `record_valuation` refuses of findings.
    """
    valuation = get_valuation(uow, valuation_id)
    if valuation.status is not ValuationStatus.AWAITING_SECOND:
        raise NotAwaitingSecond.of(valuation.status)
    if valuation.valuer_id == uow.actor.user_id:
        raise ValuerConfirmsOwn
    access.require_authority(uow, CONFIRM, valuation.value)
    if uow.now > valuation.valid_until:
        raise ValuationLapsed
    item = items.get_item(uow, valuation.item_id)
    policy = policies.current_policy(uow)
    found = second.findings
    if found is not None:
        found = checked(uow, item, found, policy)
    if second.is_agreed and valuation.second_required is SecondOfficer.VALUER:
        access.require_authority(uow, RECORD, valuation.value)
        if not _stands_alone(item, found):
            raise SecondValuerRequired.of(valuation.second_reasons)
    if not second.is_agreed and second.notes is None:
        raise ValidationFailed.field("notes", "missing_field", "say why you do not agree")
    apart = disagreements(valuation, found, policy) if found is not None else ()
    is_confirmed = second.is_agreed and not apart
    status = ValuationStatus.CONFIRMED if is_confirmed else ValuationStatus.DISPUTED
    store.decide(
        uow, valuation_id, status, Second(is_agreed=second.is_agreed, findings=found,
                                          notes=second.notes),
    )  # fmt: skip
    decided = get_valuation(uow, valuation_id)
    action = CONFIRM if is_confirmed else "valuation.dispute"
    details = {"differs": list(apart)}
    audit.record(uow, [audit.Deed(action, valuation_id, second.notes, details)])
    outbox.record(uow, [(events.confirmed if is_confirmed else events.disputed)(decided)])
    return decided


def get_valuation(uow: UnitOfWork, valuation_id: str) -> Valuation:
    """One valuation. Refuses NOT_FOUND."""
    found = store.load(uow, [valuation_id])
    if not found:
        raise UnknownValuation
    return found[0]


def load_valuations(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Valuation]:
    """The valuations of these ids in one query; ids nobody knows are left out."""
    return {one.valuation_id: one for one in store.load(uow, ids)} if ids else {}


def newest_confirmed(uow: UnitOfWork, item_ids: Collection[str]) -> dict[str, Valuation]:
    """The newest confirmed valuation of each item, in one query, however old it is.

    An item whose later valuation ended in dispute is left out: doubt stands until a still later
    one is confirmed. Ask `is_valid_on` before anything rests on one.
    """
    return {one.item_id: one for one in store.newest_confirmed(uow, item_ids)} if item_ids else {}


def list_valuations(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    item_id: str | None = None,
    status: ValuationStatus | None = None,
    valuer_id: str | None = None,
    external_id: str | None = None,
    created_from: datetime | None = None,
    created_before: datetime | None = None,
) -> Page[Valuation]:
    """Valuations, newest first."""
    equal = {
        "item_id": item_id,
        "status": status.value if status is not None else None,
        "valuer_id": valuer_id,
        "external_id": external_id,
    }
    return store.select_page(uow, request, equal, created_from, created_before)


def _value_minor(board: PriceBoard | None, findings: Findings, policy: ValuationPolicy) -> int:
    if board is None:
        assert findings.stated_minor is not None
        return findings.stated_minor
    assert findings.fineness_bp is not None
    return value_minor(board, findings.net_weight_mg, findings.fineness_bp, policy.haircut_bp)


def _stands_alone(item: Item, found: Findings | None) -> bool:
    """Whether a second officer's findings are a valuation of their own."""
    if found is None:
        return False
    return found.stated_minor is not None if item.metal is Metal.NONE else bool(found.tests)
