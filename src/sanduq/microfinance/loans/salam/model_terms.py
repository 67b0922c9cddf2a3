"""The terms of a salam as agreed, and the settings a salam product may have. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money, json_number
from sanduq.microfinance.loans.salam.facts import FreightPayer, SecurityKind

QUANTITY = Asset("quantity", 3)
"""Quantities are counted in thousandths of their unit, read and written like amounts."""

PRICE_WINDOW_DAYS = 3
TEXT_MAX = 500


def quantity_number(quantity_milli: int) -> Decimal:
    """A quantity as written on the wire: 1500 thousandths are 1.5."""
    return json_number(Money(quantity_milli, QUANTITY))


def total_price_minor(quantity_milli: int, price_per_unit_minor: int) -> int | None:
    """Quantity times price in minor units; nothing when that is no whole number of them."""
    total, rest = divmod(quantity_milli * price_per_unit_minor, 1000)
    return None if rest else total


@dataclass(frozen=True, slots=True)
class NamedSecurity:
    """A pledge or guarantee for the delivery, as the parties name it."""

    kind: SecurityKind
    giver_id: str
    description: str
    document: str | None = None

    def rendered(self) -> dict[str, Any]:
        """As the API writes it."""
        return {
            "kind": str(self.kind),
            "giver_id": self.giver_id,
            "description": self.description,
            "document": self.document,
        }


@dataclass(frozen=True, slots=True)
class SalamTerms:
    """Goods sold by description against a price paid now, with the days they are due.

    `delivery_place` None: the place of the contract, the branch (rule SLM-07). `freight_payer`
    None: as the product says, the seller by default (rule SLM-19).
    """

    commodity: str
    quantity_milli: int
    quantity_unit: str
    price_per_unit: Money
    dues: tuple[tuple[date, int], ...]
    specifications: Mapping[str, str]
    delivery_place: str | None = None
    freight_payer: FreightPayer | None = None
    counterparty_id: str | None = None
    securities: tuple[NamedSecurity, ...] = field(default_factory=tuple)

    def particulars(self) -> Mapping[str, Any]:
        """The terms as the API writes them."""
        total = total_price_minor(self.quantity_milli, self.price_per_unit.amount_minor)
        return {
            "commodity": self.commodity,
            "quantity": quantity_number(self.quantity_milli),
            "quantity_unit": self.quantity_unit,
            "price_per_unit": json_number(self.price_per_unit),
            "total_price": None
            if total is None
            else json_number(Money(total, self.price_per_unit.asset)),
            "currency": self.price_per_unit.asset.code,
            "delivery_date": self.dues[-1][0].isoformat() if self.dues else None,
            "deliveries": [
                {"date": day.isoformat(), "quantity": quantity_number(quantity)}
                for day, quantity in self.dues
            ],
            "delivery_location": self.delivery_place,
            "counterparty_id": self.counterparty_id,
            "quality_specifications": dict(self.specifications),
            "freight_payer": None if self.freight_payer is None else str(self.freight_payer),
            "securities": [security.rendered() for security in self.securities],
        }


@dataclass(frozen=True, slots=True)
class Clauses:
    """The settings of a salam product, part of what the board approves.

    `price_window_days`: days after the contract in which the price may be completed, 0 to 3
    (3). `freight_payer`: who bears the cost of delivery where a contract does not say (`seller`).
    `late_delivery_penalty`, `late_delivery_charity` and `substitution`: what a contract may not
    or hardly hold; they can be written down so that the rules answer (DEF-06, SLM-10).
    """

    price_window_days: int = PRICE_WINDOW_DAYS
    freight_payer: FreightPayer = FreightPayer.SELLER
    late_delivery_penalty: str | None = None
    late_delivery_charity: str | None = None
    is_substitution_stipulated: bool = False

    @classmethod
    def read(cls, clauses: Mapping[str, Any]) -> Clauses:
        """The settings in a product's `clauses`. Refuses VALIDATION_ERROR names it does not know
        and values of another kind; what the rules forbid is left to the rules."""
        unknown = sorted(set(clauses) - _CLAUSES)
        if unknown:
            message = f"a salam product knows the clauses {', '.join(sorted(_CLAUSES))}"
            raise ValidationFailed.field(f"clauses.{unknown[0]}", "unknown_field", message)
        return cls(
            price_window_days=_days(clauses.get("price_window_days", PRICE_WINDOW_DAYS)),
            freight_payer=_payer(clauses.get("freight_payer", "seller")),
            late_delivery_penalty=_text(clauses, "late_delivery_penalty"),
            late_delivery_charity=_text(clauses, "late_delivery_charity"),
            is_substitution_stipulated=_flag(clauses, "substitution"),
        )


_CLAUSES = frozenset(
    {
        "freight_payer", "late_delivery_charity", "late_delivery_penalty", "price_window_days",
        "substitution",
    }
)  # fmt: skip


def _wrong(name: str, message: str) -> ValidationFailed:
    return ValidationFailed.field(f"clauses.{name}", "wrong_value", message)


def _days(value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or len(text) > 3:
        raise _wrong("price_window_days", "price_window_days is a whole number of days, as text")
    return int(text)


def _payer(value: Any) -> FreightPayer:
    if value not in ("seller", "buyer"):
        raise _wrong("freight_payer", "freight_payer is seller or buyer")
    return FreightPayer(value)


def _text(clauses: Mapping[str, Any], name: str) -> str | None:
    value = clauses.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value.strip()) <= TEXT_MAX:
        raise _wrong(name, f"{name} is a text of at most {TEXT_MAX} characters, or absent")
    return value


def _flag(clauses: Mapping[str, Any], name: str) -> bool:
    value = clauses.get(name, False)
    if not isinstance(value, bool):
        raise _wrong(name, f"{name} is true or false")
    return value
