"""Fee policies and custody cost studies, as the API takes them, and carried through approval."""

from __future__ import annotations

from typing import Any

from sanduq.qard.cost_studies.model import Capacity
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.fees.cost_studies import service as cost_studies
from sanduq.rahnu.fees.cost_studies.schemas import CustodyCostStudyIn
from sanduq.rahnu.fees.schemas import FeePolicyIn
from sanduq.shariah import service as shariah
from sanduq.shariah.schemas import ResolutionIn
from tests.make.offers import a_resolution

OFFICES = {"user_finance": Capacity.FINANCE, "user_shariah": Capacity.SHARIAH}


def a_cost(kind: str, driver: str, amount: Any, **changes: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "description": kind,
        "driver": f"per_{driver}_month",
        "amount": amount,
        **changes,
    }


def a_custody_study(**changes: Any) -> dict[str, Any]:
    """24,000.00 over 60,000 gram-months, 0.40 a gram; 1,200.00 over 1,200 thing-months, 1.00
    each: 50 g of one thing cost 21.00 a month."""
    return {
        "currency": "USD",
        "study_date": "2024-01-10",
        "period_from": "2023-01-01",
        "period_to": "2023-12-31",
        "item_months": 1_200,
        "gram_months": 60_000,
        "lines": [
            a_cost("vault_rent", "gram", 20_000, evidence="lease of the vault"),
            a_cost("takaful_premium", "gram", "4000.00"),
            a_cost("seals", "item", 1_200),
        ],
        **changes,
    }


def a_fee_policy(**changes: Any) -> dict[str, Any]:
    """0.40 a gram each month: 20.00 for 50 g, whoever owns them."""
    return {
        "name": "Keeping by weight",
        "currency": "USD",
        "period": "month",
        "expression": "0.40 * weight",
        **changes,
    }


def a_custody_ruling(work: Any, **changes: Any) -> str:
    """A ruling on custody fees in force through 2024: its id."""
    with work("user_shariah") as uow:
        return shariah.create_resolution(
            uow, ResolutionIn(**a_resolution("RHN-11", **changes)).command()
        ).resolution_id


def approved_study(work: Any, **changes: Any) -> Any:
    """A custody cost study both offices agreed to."""
    with work("user_maker") as uow:
        record = cost_studies.create_study(
            uow, CustodyCostStudyIn(**a_custody_study(**changes)).command()
        )
    for user, capacity in OFFICES.items():
        with work(user) as uow:
            record = cost_studies.approve_study(uow, record.custody_cost_study_id, capacity)
    return record


def drawn_up(work: Any, **changes: Any) -> Any:
    """A fee policy that waits for the Shariah reviewer."""
    with work("user_maker") as uow:
        return fees.create_policy(uow, FeePolicyIn(**a_fee_policy(**changes)).command())


def active_fee_policy(work: Any, **changes: Any) -> Any:
    """A fee policy in force, with the study and the ruling it stands on."""
    approved_study(work)
    ruling = a_custody_ruling(work)
    policy = drawn_up(work, resolution_id=ruling, **changes)
    with work("user_shariah") as uow:
        return fees.approve_policy(uow, policy.fee_policy_id)
