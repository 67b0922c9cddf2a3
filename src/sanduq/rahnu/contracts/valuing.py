"""What a pledge is worth now: its things as they were last valued by two officers."""

from __future__ import annotations

from dataclasses import replace

from sanduq.assets.valuations import service as valuations
from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts import store
from sanduq.rahnu.contracts.errors import CurrencyDiffers, PledgeStepMissing
from sanduq.rahnu.contracts.model import Contract
from sanduq.rahnu.model import secured_amount_minor


def revalued(uow: UnitOfWork, contract: Contract, step: str) -> Contract:
    """The contract with the newest confirmed valuation of each thing, written.

    Refuses CONFLICT (RHN-30) a thing without a confirmed valuation not more than a day old,
    VALIDATION_ERROR one valued in another currency.
    """
    known = valuations.newest_confirmed(uow, contract.item_ids)
    for one in contract.held:
        valuation = known.get(one.item_id)
        if valuation is None or not valuation.is_valid_on(uow.now):
            missing = f"a confirmed valuation of {one.item_id}, not more than a day old,"
            raise PledgeStepMissing.of(
                contract.contract_id, step, missing=missing, rule_id="RHN-30"
            )
        if valuation.value.asset != contract.asset:
            raise CurrencyDiffers(
                f"{one.item_id} is valued in {valuation.value.asset.code}, the pledge is in"
                f" {contract.asset.code}; have it valued in {contract.asset.code}"
            )
    valued = {
        one.item_id: (known[one.item_id].valuation_id, known[one.item_id].value.amount_minor)
        for one in contract.held
    }
    store.set_values(uow, contract.contract_id, valued)
    appraised = sum(value for _, value in valued.values())
    secured = secured_amount_minor(appraised, contract.ltv_bp)
    store.update(
        uow, contract.contract_id, appraised_minor=appraised, secured_minor=secured,
        valued_at=min(known[item_id].valued_at for item_id in valued),
    )  # fmt: skip
    items = tuple(
        replace(one, valuation_id=valued[one.item_id][0], value_minor=valued[one.item_id][1])
        if one.item_id in valued
        else one
        for one in contract.items
    )
    return replace(contract, appraised_minor=appraised, secured_minor=secured, items=items)
