"""What the institution offers beside the qard hasan: sales, salam and leases in US dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sanduq import demo
from sanduq.demo_world.world import USD, World
from sanduq.microfinance.loans.model import LoanType
from sanduq.microfinance.products import service as products
from sanduq.microfinance.products.model import Disclosure, NewProduct, ProductTerms
from sanduq.obligations.calendar import WorkingDays
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.schedule import Anchor, Frequency
from sanduq.shariah import service as shariah
from sanduq.shariah.board import NewResolution

SIGNERS = ("Demonstration board",)
NO_RULING = " This text is a demonstration and no ruling of any board."


@dataclass(frozen=True, slots=True)
class Offer:
    """A product of one kind of loan, with the settings the board approves."""

    type: LoanType
    name: str
    instalments_max: int
    clauses: Mapping[str, Any]


OFFERS = (
    Offer(
        LoanType.MURABAHA_MICRO, "Tools and machines by murabaha", 36,
        {"charity_pledge": "true"},
    ),
    Offer(LoanType.SALAM_MICRO, "Salam for farmers", 1, {}),
    Offer(LoanType.SERVICE_IJARAH, "Leases that end in ownership", 60, {}),
)  # fmt: skip


def rule(world: World, title: str, *scope: str) -> str:
    """The id of a resolution of the demonstration board on these rules."""
    with world.teller.acting(demo.SHARIAH) as uow:
        made = shariah.create_resolution(
            uow,
            NewResolution(
                title=title,
                question=f"{title}: may the institution do so?",
                ruling=f"It may, within {', '.join(scope)}.{NO_RULING}",
                scope=scope,
                signers=SIGNERS,
                valid_from_on=date(2022, 1, 1),
                valid_until_on=date(2034, 1, 1),
                is_demonstration=True,
            ),
        )
    return made.resolution_id


def offer_products(world: World) -> None:
    """Draws the products up, and has them approved under a resolution."""
    resolution_id = rule(world, "Demonstration resolution on trade and leases", "GEN-01")
    with world.teller.acting() as uow:
        made = [products.create_product(uow, _product(one, resolution_id)) for one in OFFERS]
    with world.teller.acting(demo.SHARIAH) as uow:
        for product in made:
            products.approve_product(uow, product.product_id)


def _product(offer: Offer, resolution_id: str) -> NewProduct:
    is_salam = offer.type is LoanType.SALAM_MICRO
    return NewProduct(
        terms=ProductTerms(
            type=str(offer.type),
            asset=USD,
            amount_min_minor=10_00,
            amount_max_minor=50_000_00,
            instalments_min=1,
            instalments_max=offer.instalments_max,
            frequencies=(Frequency.MONTHLY,) if is_salam else tuple(Frequency),
            grace_months_max=0 if is_salam else 6,
            fee_formula=None,
            component_order=ComponentOrder.PRO_RATA,
            schedule_anchor=Anchor(),
            working_days=WorkingDays.SAME_DAY,
            multiple_of_minor=1,
            kyc_tier_min="simplified",
            disclosure=Disclosure.ATTESTED,
            prerequisites=(),
            clauses=offer.clauses,
        ),
        name=offer.name,
        resolution_id=resolution_id,
        is_default=True,
        external_id=f"demo-{offer.type}",
        metadata={},
    )
