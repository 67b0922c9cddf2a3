"""The murabaha among other dealings: what came before it with the same goods (GEN-07), and how
the goods are insured (GEN-18)."""

from __future__ import annotations

from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.microfinance.loans.murabaha import store
from sanduq.microfinance.loans.murabaha.facts import INSTITUTION
from sanduq.microfinance.loans.murabaha.model import Murabaha
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import ContractKind
from sanduq.shariah.facts_contracts import (
    ContractAction,
    ContractFormFacts,
    Insurance,
    Move,
)
from sanduq.shariah.rules_contracts import INAH_WINDOW, evaluate


def weigh_purchase(uow: UnitOfWork, contract: Murabaha) -> None:
    """Refuses SHARIAH_VIOLATION goods bought back from whom we sold them to at another price
    (GEN-07), unless the board has settled it. Goods are known by their reference."""
    thing = contract.terms.asset_reference
    if thing is None or contract.supplier_id is None:
        return
    since = uow.today - INAH_WINDOW
    moves = [
        Move(thing, INSTITUTION, contract.supplier_id, local_date(at, uow.time_zone), minor)
        for at, minor in store.sold_to(uow, contract.supplier_id, thing)
        if local_date(at, uow.time_zone) >= since
    ]
    moves.append(Move(thing, contract.supplier_id, INSTITUTION, uow.today, contract.cost_minor))
    facts = ContractFormFacts(
        on=uow.today,
        asset=contract.asset,
        kind=ContractKind.MURABAHA,
        resolutions=shariah.live_resolutions(uow, uow.today),
        moves=tuple(moves),
    )
    _weigh(uow, contract, facts, ContractAction.BUY)


def weigh_insurance(uow: UnitOfWork, contract: Murabaha, is_takaful: bool | None) -> None:
    """Writes down a warning where the goods are insured conventionally; None: nothing was said."""
    if is_takaful is None:
        return
    facts = ContractFormFacts(
        on=uow.today,
        asset=contract.asset,
        kind=ContractKind.MURABAHA,
        insurances=(Insurance("asset", is_takaful),),
    )
    _weigh(uow, contract, facts, ContractAction.INSURE)


def _weigh(
    uow: UnitOfWork, contract: Murabaha, facts: ContractFormFacts, action: ContractAction
) -> None:
    evaluations = evaluate(facts, action)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    shariah.store_evaluations(uow, contract.loan_id, str(action), evaluations, facts)
