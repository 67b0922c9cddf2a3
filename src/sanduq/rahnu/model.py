"""The arithmetic of a pledge: what it may secure, and who is paid from its price in what order."""

from __future__ import annotations

from dataclasses import dataclass

BP = 10_000


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The price of a pledge sold, shared out. All amounts in minor units.

    `costs_minor` is what the price bears of the sale's cost: nothing unless it was stipulated.
    `recovered_minor + costs_minor + surplus_minor` is the price; `recovered_minor +
    shortfall_minor` is what was owed.
    """

    price_minor: int
    costs_minor: int
    principal_due_minor: int
    fee_due_minor: int
    collection_costs_minor: int
    to_principal_minor: int
    to_fee_minor: int
    to_collection_minor: int
    surplus_minor: int
    shortfall_minor: int

    @property
    def owed_minor(self) -> int:
        """All that the pledge answers for."""
        return self.principal_due_minor + self.fee_due_minor + self.collection_costs_minor

    @property
    def recovered_minor(self) -> int:
        """What of it the price paid."""
        return self.to_principal_minor + self.to_fee_minor + self.to_collection_minor


def secured_amount_minor(appraised_minor: int, ltv_bp: int) -> int:
    """What a pledge secures, rounded down to the minor unit (RHN-31).

    7,500.00 at 0.70 secures 5,250.00. Refuses (`ValueError`) a negative value or ratio.
    """
    if appraised_minor < 0 or ltv_bp < 0:
        raise ValueError("a value and a ratio are not negative")
    return appraised_minor * ltv_bp // BP


def ltv_bp(debt_minor: int, appraised_minor: int) -> int | None:
    """The debt as a share of the value, rounded up; None where there is a debt and no value."""
    if debt_minor <= 0:
        return 0
    return -(-debt_minor * BP // appraised_minor) if appraised_minor > 0 else None


def waterfall(
    price_minor: int,
    sale_costs_minor: int,
    principal_due_minor: int,
    fee_due_minor: int,
    collection_costs_minor: int = 0,
    *,
    has_owner_sale_costs: bool,
) -> Waterfall:
    """Shares out the price of a pledge (RHN-20, AAOIFI SS 39 3/4/1).

    First the actual cost of the sale, if the contract puts it on the owner (`RHN-14`); then the
    principal, the custody fee due, and the collection costs proven. What is left is the owner's;
    what is lacking stays an ordinary debt and does not grow. A cost the price cannot bear stays
    with the creditor. Refuses (`ValueError`) negative amounts.
    """
    amounts = (price_minor, sale_costs_minor, principal_due_minor, fee_due_minor)
    if min(*amounts, collection_costs_minor) < 0:
        raise ValueError("prices, costs and claims are not negative")
    costs = min(sale_costs_minor, price_minor) if has_owner_sale_costs else 0
    left = price_minor - costs
    paid = []
    for claim in (principal_due_minor, fee_due_minor, collection_costs_minor):
        paid.append(min(claim, left))
        left -= paid[-1]
    owed = principal_due_minor + fee_due_minor + collection_costs_minor
    return Waterfall(
        price_minor=price_minor,
        costs_minor=costs,
        principal_due_minor=principal_due_minor,
        fee_due_minor=fee_due_minor,
        collection_costs_minor=collection_costs_minor,
        to_principal_minor=paid[0],
        to_fee_minor=paid[1],
        to_collection_minor=paid[2],
        surplus_minor=left,
        shortfall_minor=owed - sum(paid),
    )
