"""What the rules of salam look at, beyond what every contract has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sanduq.shariah.facts import ContractFacts


class Action(StrEnum):
    """What is being done when the rules are asked."""

    SAVE_PRODUCT = "save_product"
    CREATE = "create"
    APPROVE = "approve"
    PAY_PRICE = "pay_price"
    DELIVER = "deliver"
    SUBSTITUTE = "substitute"
    WAIT = "wait"
    CANCEL = "cancel"
    SELL_GOODS = "sell_goods"
    SELL_PLEDGE = "sell_pledge"
    OFFER_REMEDIES = "offer_remedies"
    OPEN_PARALLEL = "open_parallel"
    DELIVER_PARALLEL = "deliver_parallel"
    RESCHEDULE = "reschedule"


class CommodityKind(StrEnum):
    """What sort of thing a commodity is. Kinds salam cannot take are named to be refused."""

    ANTIQUE = "antique"
    BUILDING = "building"
    CROP = "crop"
    CURRENCY = "currency"
    GOLD = "gold"
    JEWELLERY = "jewellery"
    LAND = "land"
    LIVESTOCK = "livestock"
    MANUFACTURED = "manufactured"
    PROCESSED = "processed"
    RAW_MATERIAL = "raw_material"
    SILVER = "silver"
    TREE = "tree"


class PriceSource(StrEnum):
    """How the price reaches the seller. A set-off is named so that it can be refused."""

    CASH = "cash"
    BANK_TRANSFER = "bank_transfer"
    OFFSET_OF_DEBT = "offset_of_debt"


class Quality(StrEnum):
    """The goods as delivered, against the goods as described."""

    AS_AGREED = "as_agreed"
    BETTER = "better"
    WORSE = "worse"


class Settlement(StrEnum):
    """What the buyer does with goods brought to him."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ACCEPT_AT_DISCOUNT = "accept_at_discount"


class Remedy(StrEnum):
    """What the buyer may choose when goods are not delivered; there is no fourth way."""

    WAIT = "wait"
    CANCEL = "cancel"
    SUBSTITUTE = "substitute"


class FreightPayer(StrEnum):
    SELLER = "seller"
    BUYER = "buyer"


class SecurityKind(StrEnum):
    """What secures delivery."""

    GUARANTEE = "guarantee"
    PLEDGE = "pledge"


@dataclass(frozen=True, slots=True)
class CommodityFacts:
    """A commodity by name, kind and what must be said of it. Quantities count its `unit`."""

    code: str
    kind: CommodityKind | None = None
    is_fungible: bool = False
    unit: str | None = None
    required_specifications: tuple[str, ...] = ()
    harvest_months: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods as described: what, how much of it (thousandths of the unit), of what quality."""

    commodity: CommodityFacts
    quantity_milli: int
    unit: str
    specifications: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of the price, and what it leaves unpaid."""

    on: date
    amount_minor: int
    left_minor: int
    source: PriceSource = PriceSource.CASH


@dataclass(frozen=True, slots=True)
class Delivery:
    """Goods brought: how they compare, what is done with them, and what that costs anyone."""

    on: date
    due_on: date
    quality: Quality
    settlement: Settlement
    capital_minor: int
    discount_minor: int = 0
    extra_price_minor: int = 0
    reason: str | None = None
    freight_payer: FreightPayer | None = None


@dataclass(frozen=True, slots=True)
class Substitution:
    """Other goods in place of those sold, and what both are worth that day."""

    on: date
    due_on: date
    goods: Goods
    value_minor: int
    original_value_minor: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A quantity given up and the money to come back; `sold_*` is what the price was paid for."""

    quantity_milli: int
    refund_minor: int
    sold_milli: int
    sold_minor: int


@dataclass(frozen=True, slots=True)
class Extension:
    """Waiting for the goods; what it would add to them or to any money."""

    quantity_added_milli: int = 0
    amount_added_minor: int = 0


@dataclass(frozen=True, slots=True)
class Sale:
    """Goods sold on, and what is in hand."""

    quantity_milli: int
    in_hand_milli: int


@dataclass(frozen=True, slots=True)
class Security:
    """A pledge or guarantee; `giver_id` gives it, `secures_id` is the contract it names."""

    kind: SecurityKind
    giver_id: str
    secures_id: str


@dataclass(frozen=True, slots=True)
class SecurityCall:
    """A pledge being sold: whether the contract has one, and since when money is due on it."""

    on: date
    has_pledge: bool
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Parallel:
    """A sale of like goods by salam to another: its texts, its buyer, and who has sold to us."""

    texts: tuple[str, ...]
    buyer_id: str
    seller_ids: frozenset[str]
    alike_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SalamFacts(ContractFacts):
    """Facts on which the rules of salam are decided. Quantities are thousandths of the unit."""

    contract_id: str | None = None
    seller_id: str | None = None
    goods: Goods | None = None
    dues: tuple[tuple[date, int], ...] = ()
    place: str | None = None
    freight_payer: FreightPayer = FreightPayer.SELLER
    is_freight_agreed: bool = False
    contracted_on: date | None = None
    payment_days_max: int = 3
    price: Payment | None = None
    texts: tuple[str, ...] = ()
    is_substitution_stipulated: bool = False
    delivery: Delivery | None = None
    substitution: Substitution | None = None
    cancellation: Cancellation | None = None
    extension: Extension | None = None
    sale: Sale | None = None
    securities: tuple[Security, ...] = ()
    security_call: SecurityCall | None = None
    remedies_offered: frozenset[Remedy] = frozenset()
    parallel: Parallel | None = None
