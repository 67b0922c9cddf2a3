"""One pledge valued anew: on the day's board, or by valuations made for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sanduq.assets.model import Metal
from sanduq.assets.policies import service as policies
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.model import PriceBoard, value_minor
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Valuation
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contracts_store
from sanduq.rahnu.contracts.errors import CurrencyDiffers, PledgeStepMissing
from sanduq.rahnu.contracts.facts import Gathered, gathered, valuation_fact
from sanduq.rahnu.contracts.life.ruling import keep_rules
from sanduq.rahnu.contracts.margin import events as names
from sanduq.rahnu.contracts.margin import store
from sanduq.rahnu.contracts.margin.errors import (
    NoMetalUnderPledge,
    ValuationOfAnother,
    ValueOfMetalStated,
)
from sanduq.rahnu.contracts.margin.flagging import covers_of, judged, settle
from sanduq.rahnu.contracts.margin.model import MarginCause, Revaluation, RevaluationBasis
from sanduq.rahnu.contracts.model import Contract, ContractItem, ItemStatus, PledgeAction
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.facts_pledge import ValuationFact
from sanduq.rahnu.model import secured_amount_minor


@dataclass(frozen=True, slots=True)
class Revalue:
    """How a pledge is to be valued: with nothing named, on the day's board.

    `stated` is the value of a thing that is no metal; it must be that of its fresh valuation.
    """

    valuation_ids: tuple[str, ...] = ()
    stated: Money | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class _Valued:
    """What things are worth, by item id, and what that rests on."""

    basis: RevaluationBasis
    values: Mapping[str, int]
    valuation_ids: Mapping[str, str]
    facts: tuple[ValuationFact, ...]
    price_board_id: str | None
    source: str | None


def revalue(
    uow: UnitOfWork, contract_id: str, asked: Revalue, *, etag: str | None = None
) -> Contract:
    """Values a pledge anew. What it may secure follows its value; the loan never grows by it.

    Metal counts its confirmed weight and fineness at the board of today; other things are valued
    by a valuation alone. A margin call follows where claims have come near the value: it gives no
    right to sell (RHN-23). Refuses NOT_FOUND, CONFLICT (state; a thing not valued by two officers
    or too long ago, RHN-30), NO_PRICE_BOARD, VALIDATION_ERROR, SHARIAH_VIOLATION; then nothing
    has changed.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.REVALUE, etag)
    pledged = tuple(one for one in contract.items if one.status is ItemStatus.PLEDGED)
    if asked.stated is not None:
        valued = _stated(uow, contract, pledged, asked.stated, asked.source)
    elif asked.valuation_ids:
        valued = _by_valuations(uow, contract, pledged, asked.valuation_ids, asked.source)
    else:
        valued = _on_board(uow, contract, pledged)
    known = gathered(uow, contract)
    after = _after(contract, valued)
    keep_rules(
        uow, known, RahnAction.REVALUE, valuations=valued.facts,
        items=tuple(one for one in known.facts.items if one.item_id in valued.values),
        appraised_minor=after.appraised_minor, secured_minor=after.secured_minor,
    )  # fmt: skip
    return _written(uow, known, after, valued)


def _on_board(uow: UnitOfWork, contract: Contract, pledged: Sequence[ContractItem]) -> _Valued:
    metals = [one for one in pledged if one.item.metal is not Metal.NONE]
    if not metals:
        raise NoMetalUnderPledge.of(contract.contract_id)
    boards = {
        metal: price_boards.current_board(uow, metal, contract.asset)
        for metal in sorted({one.item.metal for one in metals})
    }
    haircut_bp = policies.current_policy(uow).haircut_bp
    ids = [one.valuation_id for one in metals if one.valuation_id is not None]
    weighed = {one.item_id: one for one in valuations.load_valuations(uow, ids).values()}
    values: dict[str, int] = {}
    facts: list[ValuationFact] = []
    for one in metals:
        valuation = weighed.get(one.item_id)
        if valuation is None or valuation.fineness_bp is None:
            raise _valuation_missing(contract, one.item_id, "a confirmed valuation")
        board = boards[one.item.metal]
        values[one.item_id] = value_minor(
            board, valuation.net_weight_mg, valuation.fineness_bp, haircut_bp
        )
        facts.append(_priced(uow, valuation, board, values[one.item_id]))
    first = next(iter(boards.values()))
    sources = "; ".join(board.source for board in boards.values())
    return _Valued(RevaluationBasis.BOARD, values, {}, tuple(facts), first.price_board_id, sources)


def _priced(uow: UnitOfWork, valuation: Valuation, board: PriceBoard, value: int) -> ValuationFact:
    """A confirmed weight at today's price: what is old in it is the weighing, not the value."""
    return replace(
        valuation_fact(valuation), price_source=board.source, priced_at=board.observed_at,
        valued_at=uow.now, value_minor=value,
    )  # fmt: skip


def _by_valuations(
    uow: UnitOfWork,
    contract: Contract,
    pledged: Sequence[ContractItem],
    valuation_ids: Sequence[str],
    source: str | None,
) -> _Valued:
    found = valuations.load_valuations(uow, valuation_ids)
    under = {one.item_id for one in pledged}
    for place, valuation_id in enumerate(valuation_ids):
        valuation = found.get(valuation_id)
        if valuation is None:
            raise NotFound(f"there is no valuation {valuation_id} (valuation_ids.{place})")
        if valuation.item_id not in under:
            raise ValuationOfAnother.field(
                f"valuation_ids.{place}", "not_pledged_here",
                f"{valuation_id} is of {valuation.item_id}, which is not under"
                f" {contract.contract_id}",
            )  # fmt: skip
        _require_fresh(uow, contract, valuation)
    by_item = {one.item_id: one for one in found.values()}
    return _Valued(
        RevaluationBasis.VALUATIONS,
        {item_id: one.value.amount_minor for item_id, one in by_item.items()},
        {item_id: one.valuation_id for item_id, one in by_item.items()},
        tuple(valuation_fact(one) for one in by_item.values()),
        None,
        source or "; ".join(sorted({one.price_source for one in by_item.values()})),
    )


def _stated(
    uow: UnitOfWork,
    contract: Contract,
    pledged: Sequence[ContractItem],
    stated: Money,
    source: str | None,
) -> _Valued:
    """A value named by the caller counts only as far as a fresh valuation says the same."""
    if any(one.item.metal is not Metal.NONE for one in pledged):
        raise ValueOfMetalStated.of()
    if len(pledged) != 1:
        message = "several things are under this pledge: name their valuations in valuation_ids"
        raise ValidationFailed.field("appraised_value", "several_items", message)
    item_id = pledged[0].item_id
    known = valuations.newest_confirmed(uow, [item_id]).get(item_id)
    if known is None or known.value != stated:
        raise _valuation_missing(contract, item_id, f"a confirmed valuation at {stated}")
    return _by_valuations(uow, contract, pledged, [known.valuation_id], source)


def _require_fresh(uow: UnitOfWork, contract: Contract, valuation: Valuation) -> None:
    if not valuation.is_valid_on(uow.now):
        raise _valuation_missing(contract, valuation.item_id, "a confirmed valuation")
    if valuation.value.asset != contract.asset:
        raise CurrencyDiffers(
            f"{valuation.valuation_id} is in {valuation.value.asset.code}, the pledge in"
            f" {contract.asset.code}; have it valued in {contract.asset.code}"
        )


def _valuation_missing(contract: Contract, item_id: str, what: str) -> PledgeStepMissing:
    missing = f"{what} of {item_id}, not more than a day old,"
    return PledgeStepMissing.of(contract.contract_id, "revalue", missing=missing, rule_id="RHN-30")


def _after(contract: Contract, valued: _Valued) -> Contract:
    items = tuple(
        replace(
            one,
            value_minor=valued.values[one.item_id],
            valuation_id=valued.valuation_ids.get(one.item_id, one.valuation_id),
        )
        if one.item_id in valued.values
        else one
        for one in contract.items
    )
    worth = sum(one.value_minor for one in items if one.status is ItemStatus.PLEDGED)
    appraised = max(1, worth)
    secured = secured_amount_minor(appraised, contract.ltv_bp)
    return replace(contract, items=items, appraised_minor=appraised, secured_minor=secured)


def _written(uow: UnitOfWork, known: Gathered, after: Contract, valued: _Valued) -> Contract:
    contract_id = after.contract_id
    debts = {} if known.debt is None else {contract_id: known.debt}
    cover = covers_of(uow, [after], debts=debts)[contract_id]
    change = judged(known.contract, cover, known.template, _cause(valued))
    fact = Revaluation(
        revaluation_id=new_id("rvl"),
        contract_id=contract_id,
        basis=valued.basis,
        price_board_id=valued.price_board_id,
        source=valued.source,
        run_id=None,
        old_value_minor=known.contract.appraised_minor,
        new_value_minor=cover.value_minor,
        claims_minor=cover.claims_minor,
        held_minor=cover.held_minor,
        flag_before=known.contract.margin_flag,
        flag_after=known.contract.margin_flag if change is None else change.after,
        revalued_at=uow.now,
        revalued_by=uow.actor.user_id,
    )
    store.insert_revaluation(uow, fact)
    store.set_item_values(uow, contract_id, valued.values, valued.valuation_ids)
    contracts_store.update(
        uow, contract_id, appraised_minor=after.appraised_minor,
        secured_minor=after.secured_minor, valued_at=uow.now,
    )  # fmt: skip
    details = {
        "revaluation_id": fact.revaluation_id,
        "old_value_minor": fact.old_value_minor,
        "new_value_minor": fact.new_value_minor,
        "ltv_after_bp": fact.ltv_after_bp,
    }
    settle(uow, [] if change is None else [change], uow.today)
    return contracts.changed(uow, contract_id, names.REVALUED, "pledge.revalued", details=details)


def _cause(valued: _Valued) -> MarginCause:
    is_board = valued.basis is RevaluationBasis.BOARD
    return MarginCause.PRICE if is_board else MarginCause.VALUATION
