"""What a customer is told before any offer, line by line, with its numbers (rule SCF-16).

The cost is shown as what a purchase would cost beyond the money received, at today's price. It
is a disclosure and never a price: nothing is computed from it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from importlib import resources

from sanduq.kit.annual_rate import effective_rate_by_month
from sanduq.kit.money import Asset, Money, plain_number
from sanduq.sarf.model import BP, share_minor
from sanduq.sarf.terms.model import FacilityTerms
from sanduq.sarf.terms.wording import render

VERSION = "2026.1"
LINE_CODES = (
    "is_sale", "ownership_passes", "price_received", "may_buy", "difference_borne", "cost_today",
)  # fmt: skip


SCOPE_CODE = "policy_scope"
"""Told beside these where the central bank's papers bind: its one on currencies leaves gold out."""


@dataclass(frozen=True, slots=True)
class DisclosureLine:
    """One thing to be told and acknowledged."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseCost:
    """What buying the weight again would cost at an unchanged price.

    `cost_minor` is what `cap_minor` exceeds the money received by, below zero where it does not.
    `flat` is a part of the money received, `simple` the same for a year, both exact, and
    `compound` that year compounded, to six decimals, at the opening and at the closing of the
    window; None where it lies above 10 or below -0.99.
    """

    cap_minor: int
    cost_minor: int
    flat: Fraction
    simple_at_opening: Fraction
    simple_at_closing: Fraction
    compound_at_opening: Decimal | None
    compound_at_closing: Decimal | None


def purchase_cost(settings: FacilityTerms, market_minor: int, price_minor: int) -> PurchaseCost:
    """The cost at today's price of buying under the promise, for gold of that market value.

    The cap is rounded down (SCF-06). Refuses (`ValueError`) a price of nothing.
    """
    if price_minor <= 0:
        raise ValueError("the price must be more than zero")
    cap_minor = share_minor(market_minor, settings.cap_bp)
    flat = Fraction(cap_minor - price_minor, price_minor)
    opens, closes = settings.opens_months, settings.closes_months
    return PurchaseCost(
        cap_minor=cap_minor,
        cost_minor=cap_minor - price_minor,
        flat=flat,
        simple_at_opening=flat * 12 / opens,
        simple_at_closing=flat * 12 / closes,
        compound_at_opening=effective_rate_by_month(price_minor, [(opens, cap_minor)]),
        compound_at_closing=effective_rate_by_month(price_minor, [(closes, cap_minor)]),
    )


def lines(
    settings: FacilityTerms, market_minor: int, price_minor: int, asset: Asset, language: str
) -> tuple[DisclosureLine, ...]:
    """Every line of the disclosure in the customer's language, in the order of `LINE_CODES`."""
    texts = _texts()[language]
    cost = purchase_cost(settings, market_minor, price_minor)
    difference = market_minor - price_minor
    values = {
        "buy": _percent_of_setting(settings.buy_bp),
        "cap": _percent_of_setting(settings.cap_bp),
        "opens": str(settings.opens_months),
        "closes": str(settings.closes_months),
        "market": str(Money(market_minor, asset)),
        "price": str(Money(price_minor, asset)),
        "difference": str(Money(difference, asset)),
        "difference_share": _percent(Fraction(difference, market_minor)),
        "cap_amount": str(Money(cost.cap_minor, asset)),
        "cost": str(Money(cost.cost_minor, asset)),
        "flat": _percent(cost.flat),
        "simple_opens": _percent(cost.simple_at_opening),
        "simple_closes": _percent(cost.simple_at_closing),
        "yearly_opens": _percent(cost.compound_at_opening),
        "yearly_closes": _percent(cost.compound_at_closing),
    }
    worded = texts if cost.cost_minor > 0 else texts | {"cost_today": texts["no_cost_today"]}
    return tuple(DisclosureLine(code, render(worded[code], values)) for code in LINE_CODES)


def scope_line(language: str) -> DisclosureLine:
    """That the policy document on bai' al-sarf does not speak of gold and silver (SRF-20)."""
    return DisclosureLine(SCOPE_CODE, _texts()[language][SCOPE_CODE])


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, dict[str, str]]:
    path = resources.files("sanduq.sarf.terms") / "disclosure.toml"
    texts: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return texts


def _percent(ratio: Fraction | Decimal | None) -> str:
    # No yearly figure is found where the cost is out of all proportion.
    if ratio is None:
        return "> 1000%"
    hundredths = round(Fraction(ratio) * BP)  # half to even
    return f"{Decimal(hundredths).scaleb(-2):f}%"


def _percent_of_setting(basis_points: int) -> str:
    return f"{plain_number(Decimal(basis_points).scaleb(-2)):f}%"
