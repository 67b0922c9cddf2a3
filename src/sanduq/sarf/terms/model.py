"""Terms of the facility: under what settings and words gold is bought, and what was approved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sanduq.kit.formula import FormulaError
from sanduq.kit.json import canonical
from sanduq.kit.money import Asset, plain_number
from sanduq.sarf.model import BP, GOLD_POSSESSIONS, MONEY_POSSESSIONS, PossessionKind
from sanduq.sarf.price_formula import read_price_formula

MONTHS_MAX = 36
STANDARD_FORMULA = "promised_fraction * market_price * weight * fineness"

# What a board must have answered before any gold is bought under terms (rule SCF-01).
BOARD_QUESTIONS = frozenset({"wafa", "inah", "gharar"})


class TermsStatus(StrEnum):
    """A draft waits for approval once it names its resolution; active terms open facilities."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


class TermsAction(StrEnum):
    CHANGE = "change"
    APPROVE = "approve"
    RETIRE = "retire"
    OPEN = "open"


_S = TermsStatus

ALLOWED: Mapping[TermsAction, frozenset[TermsStatus]] = {
    TermsAction.CHANGE: frozenset({_S.DRAFT}),
    TermsAction.APPROVE: frozenset({_S.DRAFT}),
    TermsAction.RETIRE: frozenset({_S.DRAFT, _S.ACTIVE}),
    TermsAction.OPEN: frozenset({_S.ACTIVE}),
}


def is_allowed(action: TermsAction, status: TermsStatus) -> bool:
    """Whether the state table lets `action` happen to terms in `status`."""
    return status in ALLOWED[action]


def actions_of(status: TermsStatus) -> list[str]:
    """What can be done with terms in `status`, by name."""
    return sorted(str(action) for action, states in ALLOWED.items() if status in states)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityTerms:
    """The settings of a facility. Ratios in basis points.

    The institution buys at `buy_bp` of the market value and promises to sell at no more than
    `cap_bp` of that day's, from `opens_months` to `closes_months` after the purchase and never
    sooner than `gap_months_min` (SCF-05). A quote is no offer before `pre_offer_wait_hours`
    (SCF-17). Gold bought further below the market than `independent_quote_above_bp` needs
    another's quote, than `review_discount_above_bp` the board's word (SRF-19). Promises are
    covered by gold to `cover_ratio_bp` (SCF-15). The last limits are where the signs of a
    disguised loan begin (SCF-13), over at least `monitor_sample_min` sales.
    """

    institution_party_id: str
    buy_bp: int = 7_000
    cap_bp: int = 7_500
    opens_months: int = 6
    closes_months: int = 8
    gap_months_min: int = 6
    pre_offer_wait_hours: int = 24
    quote_valid_hours: int = 72
    session_minutes_max: int = 240
    price_formula: str = STANDARD_FORMULA
    independent_quote_above_bp: int = 1_500
    review_discount_above_bp: int = 3_000
    cover_ratio_bp: int = BP
    same_piece_limit_bp: int = 5_000
    take_up_limit_bp: int = 9_000
    at_cap_limit_bp: int = 9_000
    monitor_sample_min: int = 10
    is_jewellery_gold: bool = True
    possession_kinds: tuple[PossessionKind, ...] = tuple(PossessionKind)
    sale_cost_bp: int = 0
    defect_days: int = 7


class Paper(StrEnum):
    """The papers a customer reads, each with its own words."""

    CONTRACT_1 = "contract_1"
    PROMISE = "promise"
    CONTRACT_2 = "contract_2"
    WINDOW_NOTICE = "window_notice"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of all papers in one language; `$name` stands for what is filled in."""

    language: str
    contract_1: str
    promise: str
    contract_2: str
    window_notice: str

    def of(self, paper: Paper) -> str:
        """The words of one paper."""
        return str(getattr(self, paper.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerms:
    """Terms about to be drawn up. Without a resolution nobody can approve them."""

    name: str
    asset: Asset
    settings: FacilityTerms
    wordings: tuple[Wording, ...]
    resolution_id: str | None
    is_default: bool
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Terms on record. `approved_hash` is the fingerprint of what was approved.

    Name, currency, settings, every word and the resolution make the fingerprint; the notes
    beside them do not.
    """

    terms_id: str
    external_id: str | None
    name: str
    asset: Asset
    status: TermsStatus
    settings: FacilityTerms
    wordings: tuple[Wording, ...]
    resolution_id: str | None
    approved_hash: str | None
    is_default: bool
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    version: int

    @property
    def terms_hash(self) -> str:
        """The fingerprint of the terms as they stand, in hexadecimal (rule GEN-01)."""
        approved = {
            "name": self.name,
            "asset": str(self.asset),
            "settings": asdict(self.settings),
            "wordings": [asdict(each) for each in self.wordings],
            "resolution_id": self.resolution_id,
        }
        return hashlib.sha256(canonical(approved)).hexdigest()

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    @property
    def is_as_approved(self) -> bool:
        """Whether the terms are still word for word what was approved."""
        return self.approved_hash is not None and self.approved_hash == self.terms_hash

    def wording(self, language: str) -> Wording:
        """The words in that language; where it has none, the first written."""
        return next((w for w in self.wordings if w.language == language), self.wordings[0])


# Name in the terms, name for a reader, least and most.
_BOUNDS: tuple[tuple[str, str, int, int], ...] = (
    ("buy_bp", "buy_fraction", 5_000, BP),
    ("cap_bp", "cap_fraction", 1, BP),
    ("gap_months_min", "gap_months_min", 1, MONTHS_MAX),
    ("closes_months", "closes_months", 1, MONTHS_MAX),
    ("pre_offer_wait_hours", "pre_offer_wait_hours", 1, 720),
    ("quote_valid_hours", "quote_valid_hours", 1, 1_440),
    ("session_minutes_max", "session_minutes_max", 1, 1_440),
    ("independent_quote_above_bp", "independent_quote_above", 0, BP),
    ("review_discount_above_bp", "review_discount_above", 0, BP),
    ("cover_ratio_bp", "cover_ratio", 0, BP),
    ("same_piece_limit_bp", "same_piece_limit", 0, BP),
    ("take_up_limit_bp", "take_up_limit", 0, BP),
    ("at_cap_limit_bp", "at_cap_limit", 0, BP),
    ("monitor_sample_min", "monitor_sample_min", 1, 10_000),
    ("sale_cost_bp", "sale_cost", 0, BP),
    ("defect_days", "defect_days", 1, 365),
)
RATIOS = {field: name for name, field, _, _ in _BOUNDS if name.endswith("_bp")}


def settings_faults(settings: FacilityTerms) -> Iterator[dict[str, Any]]:
    """Settings out of bounds, or against each other, as details of a refusal."""
    for name, field, least, most in _BOUNDS:
        if not least <= getattr(settings, name) <= most:
            shift = -4 if name.endswith("_bp") else 0
            low, high = (plain_number(Decimal(bound).scaleb(shift)) for bound in (least, most))
            message = f"{field} lies between {low:f} and {high:f}"
            yield detail(f"settings.{field}", "out_of_range", message)
    if settings.opens_months < settings.gap_months_min:
        message = "the window opens no sooner than gap_months_min (SCF-05)"
        yield detail("settings.opens_months", "out_of_order", message)
    if settings.closes_months < settings.opens_months:
        message = "the window closes no sooner than it opens"
        yield detail("settings.closes_months", "out_of_order", message)
    if settings.quote_valid_hours <= settings.pre_offer_wait_hours:
        message = "a quote outlives the hours to wait before an offer"
        yield detail("settings.quote_valid_hours", "out_of_order", message)
    if settings.review_discount_above_bp < settings.independent_quote_above_bp:
        message = "review_discount_above is not below independent_quote_above"
        yield detail("settings.review_discount_above", "out_of_order", message)
    try:
        read_price_formula(settings.price_formula)
    except FormulaError as error:
        yield detail("settings.price_formula", error.code, f"price_formula: {error}")
    kinds = settings.possession_kinds
    if len(set(kinds)) < len(kinds) or not (
        GOLD_POSSESSIONS.intersection(kinds) and MONEY_POSSESSIONS.intersection(kinds)
    ):
        message = "name at least one way to receive gold and one to receive money, each once"
        yield detail("settings.possession_kinds", "out_of_range", message)


def detail(field: str, code: str, message: str) -> dict[str, Any]:
    """One wrong field, as an entry of a refusal."""
    return {"field": field, "code": code, "message": message}
