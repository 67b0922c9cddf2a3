"""A valuation: what two officers found a thing to be, and what that is worth for a day. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sanduq.assets.instruments.model import InstrumentKind
from sanduq.assets.model import Metal, fine_weight_tenths
from sanduq.assets.policies.model import DensityBand
from sanduq.kit.money import Asset, Money

WATER_DENSITY_TENTHS = 9_982  # tenths of a mg/cm³, at 20 °C


class ValuationStatus(StrEnum):
    """Whoever is second ends it one way or the other; nothing leads back."""

    AWAITING_SECOND = "AWAITING_SECOND"
    CONFIRMED = "CONFIRMED"
    DISPUTED = "DISPUTED"


class ValuationMethod(StrEnum):
    """How the value came about: on a board in one of its two ways, or stated with its basis."""

    FINE_PRICE = "fine_price"
    PER_GRADE = "per_grade"
    STATED = "stated"


class SecondOfficer(StrEnum):
    """`witness` saw the weighing and testing; `valuer` tests again and concludes by himself."""

    WITNESS = "witness"
    VALUER = "valuer"


class SecondReason(StrEnum):
    """Why a witness is not enough."""

    VALUE_ABOVE_LIMIT = "value_above_limit"
    DENSITY_OUT_OF_BAND = "density_out_of_band"
    XRF_DISAGREES_WITH_STAMP = "xrf_disagrees_with_stamp"
    XRF_DISAGREES_WITH_CONCLUSION = "xrf_disagrees_with_conclusion"
    ACID_BELOW_CONCLUSION = "acid_below_conclusion"
    TEST_FAILED = "test_failed"
    BAR_WITHOUT_ULTRASONIC_OR_SERIAL = "bar_without_ultrasonic_or_serial"


class AssayKind(StrEnum):
    ACID = "acid"
    DENSITY = "density"
    XRF = "xrf"
    HALLMARK = "hallmark"
    ULTRASONIC = "ultrasonic"
    MAGNET = "magnet"


INSTRUMENTS: Mapping[AssayKind, frozenset[InstrumentKind]] = {
    AssayKind.ACID: frozenset({InstrumentKind.ACID_SET}),
    AssayKind.DENSITY: frozenset({InstrumentKind.DENSITY_KIT, InstrumentKind.BALANCE}),
    AssayKind.XRF: frozenset({InstrumentKind.XRF}),
    AssayKind.HALLMARK: frozenset(),
    AssayKind.ULTRASONIC: frozenset({InstrumentKind.ULTRASONIC}),
    AssayKind.MAGNET: frozenset({InstrumentKind.MAGNET}),
}
"""What each test is made with; a stamp is read with the eye."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assay:
    """One test and what it showed.

    Acid and XRF read a fineness, a hallmark may; density weighs in air and in water; ultrasonic
    and magnet pass or fail. `density` is in mg/cm³, with the band it was held against.
    """

    kind: AssayKind
    instrument_id: str | None = None
    fineness_bp: int | None = None
    stamp: str | None = None
    weight_in_air_mg: int | None = None
    weight_in_water_mg: int | None = None
    density: int | None = None
    band: DensityBand | None = None
    has_passed: bool | None = None

    @property
    def is_in_band(self) -> bool | None:
        """Whether the density is one the concluded fineness can have; None for other tests."""
        if self.density is None or self.band is None:
            return None
        return self.band.holds(self.density)


def density_of(weight_in_air_mg: int, weight_in_water_mg: int) -> int:
    """By Archimedes, in mg/cm³ to the nearest: weight ÷ weight of the water it displaces.

    Water is taken at 20 °C (0.9982 g/cm³). The caller sees to it that the thing is heavier in air.
    """
    displaced = weight_in_air_mg - weight_in_water_mg
    return (weight_in_air_mg * WATER_DENSITY_TENTHS * 2 + displaced * 10) // (displaced * 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one officer found: weights in milligrams, his tests, the fineness he concludes.

    For what is no metal: a value he states, with its written basis and its source.
    """

    gross_weight_mg: int
    stone_weight_mg: int = 0
    other_weight_mg: int = 0
    fineness_bp: int | None = None
    tests: tuple[Assay, ...] = ()
    stated_minor: int | None = None
    basis: str | None = None
    source: str | None = None
    balance_id: str | None = None

    @property
    def net_weight_mg(self) -> int:
        return self.gross_weight_mg - self.stone_weight_mg - self.other_weight_mg


@dataclass(frozen=True, slots=True, kw_only=True)
class NewValuation:
    """A valuation about to be recorded."""

    item_id: str
    asset: Asset
    findings: Findings
    is_customer_present: bool
    notes: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What the second officer says: that he agrees or not, and, as a valuer, what he found."""

    is_agreed: bool
    findings: Findings | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """A valuation on record; `findings` are the first officer's, `second` the second's.

    `value` was computed on the board of the moment and is rounded down; it holds from `valued_at`
    through `valid_until`.
    """

    valuation_id: str
    item_id: str
    metal: Metal
    status: ValuationStatus
    valuer_id: str
    second_officer_id: str | None
    findings: Findings
    method: ValuationMethod
    price_board_id: str | None
    price_source: str
    priced_at: datetime
    haircut_bp: int
    policy_version: int
    value: Money
    second_required: SecondOfficer
    second_reasons: tuple[SecondReason, ...]
    second: Second | None
    is_customer_present: bool
    notes: str | None
    valued_at: datetime
    valid_until: datetime
    confirmed_at: datetime | None
    decided_at: datetime | None
    external_id: str | None
    metadata: Mapping[str, str]

    @property
    def gross_weight_mg(self) -> int:
        return self.findings.gross_weight_mg

    @property
    def stone_weight_mg(self) -> int:
        return self.findings.stone_weight_mg

    @property
    def other_weight_mg(self) -> int:
        return self.findings.other_weight_mg

    @property
    def net_weight_mg(self) -> int:
        return self.findings.net_weight_mg

    @property
    def fineness_bp(self) -> int | None:
        return self.findings.fineness_bp

    @property
    def tests(self) -> tuple[Assay, ...]:
        return self.findings.tests

    @property
    def fine_weight_tenths(self) -> int | None:
        """Pure metal found, in tenths of a milligram; None for what is no metal."""
        if self.fineness_bp is None:
            return None
        return fine_weight_tenths(self.net_weight_mg, self.fineness_bp)

    @property
    def fine_weight_mg(self) -> int | None:
        """Pure metal found, in whole milligrams, rounded down; None for what is no metal."""
        tenths = self.fine_weight_tenths
        return None if tenths is None else tenths // 10

    def is_valid_on(self, instant: datetime) -> bool:
        """Whether something may rest on it at an instant: confirmed, and at most a day old."""
        return (
            self.status is ValuationStatus.CONFIRMED
            and self.valued_at <= instant <= self.valid_until
        )
