"""Wire shapes of valuations."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from sanduq.assets.model import Metal
from sanduq.assets.schemas import Identifier, fine_grams
from sanduq.assets.valuations.model import (
    Assay,
    AssayKind,
    Findings,
    NewValuation,
    Second,
    SecondOfficer,
    SecondReason,
    Valuation,
    ValuationMethod,
    ValuationStatus,
)
from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    number,
)
from sanduq.kit.wire_weight import (
    FinenessIn,
    NumberOut,
    WeightIn,
    fineness_bp,
    fraction,
    grams,
    per_mille,
    weight_mg,
)


class AcidTestIn(Input):
    """The fineness the acid reaction shows."""

    kind: Literal["acid"]
    instrument_id: Identifier
    fineness: FinenessIn

    def test(self, field: str) -> Assay:
        """The test as it was read."""
        read = fineness_bp(self.fineness, f"{field}.fineness")
        return Assay(kind=AssayKind(self.kind), instrument_id=self.instrument_id, fineness_bp=read)


class XrfTestIn(AcidTestIn):
    """The fineness the spectrometer reads at the surface."""

    kind: Literal["xrf"]  # type: ignore[assignment]


class DensityTestIn(Input):
    """The same piece weighed in air and in water at 20 °C."""

    kind: Literal["density"]
    instrument_id: Identifier
    weight_in_air_grams: WeightIn
    weight_in_water_grams: WeightIn

    def test(self, field: str) -> Assay:
        """The test as it was read; the density follows from it."""
        air = weight_mg(self.weight_in_air_grams, f"{field}.weight_in_air_grams", is_positive=True)
        water = weight_mg(self.weight_in_water_grams, f"{field}.weight_in_water_grams")
        return Assay(
            kind=AssayKind.DENSITY,
            instrument_id=self.instrument_id,
            weight_in_air_mg=air,
            weight_in_water_mg=water,
        )


class HallmarkTestIn(Input):
    """What is stamped; `fineness` where the stamp does not tell it by itself."""

    kind: Literal["hallmark"]
    stamp: Text
    fineness: FinenessIn | None = None

    def test(self, field: str) -> Assay:
        """The stamp as it was read."""
        read = None if self.fineness is None else fineness_bp(self.fineness, f"{field}.fineness")
        return Assay(kind=AssayKind.HALLMARK, stamp=self.stamp, fineness_bp=read)


class PassFailTestIn(Input):
    """Sound through the metal, or its answer to a magnet: as metal of that kind, or not."""

    kind: Literal["ultrasonic", "magnet"]
    instrument_id: Identifier
    has_passed: bool

    def test(self, field: str) -> Assay:  # noqa: ARG002 - each test is read the same way
        """The test as it was read."""
        return Assay(
            kind=AssayKind(self.kind),
            instrument_id=self.instrument_id,
            has_passed=self.has_passed,
        )


AnyTestIn = Annotated[
    AcidTestIn | XrfTestIn | DensityTestIn | HallmarkTestIn | PassFailTestIn,
    Field(discriminator="kind"),
]


class FindingsIn(Input):
    """Weights, tests and fineness of metal; of what is no metal `value`, `basis`, `source`."""

    gross_weight_grams: WeightIn
    stone_weight_grams: WeightIn = 0
    other_weight_grams: WeightIn = 0
    fineness: FinenessIn | None = None
    tests: Annotated[list[AnyTestIn], Field(max_length=20)] = Field(default_factory=list)
    value: AmountIn | None = None
    basis: LongText | None = None
    source: Text | None = None
    balance_id: Identifier | None = None

    def findings(self, asset: Asset, prefix: str = "") -> Findings:
        """What was found. Refuses VALIDATION_ERROR weights and sums that cannot be read."""
        stated = None
        if self.value is not None:
            stated = amount(self.value, asset, f"{prefix}value", is_positive=True).amount_minor
        gross = f"{prefix}gross_weight_grams"
        return Findings(
            gross_weight_mg=weight_mg(self.gross_weight_grams, gross, is_positive=True),
            stone_weight_mg=weight_mg(self.stone_weight_grams, f"{prefix}stone_weight_grams"),
            other_weight_mg=weight_mg(self.other_weight_grams, f"{prefix}other_weight_grams"),
            fineness_bp=None
            if self.fineness is None
            else fineness_bp(self.fineness, f"{prefix}fineness"),
            tests=tuple(
                test.test(f"{prefix}tests.{place}") for place, test in enumerate(self.tests)
            ),
            stated_minor=stated,
            basis=self.basis,
            source=self.source,
            balance_id=self.balance_id,
        )


class ValuationIn(FindingsIn):
    item_id: Identifier
    currency: Currency
    customer_present: bool
    notes: LongText | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewValuation:
        """The valuation to record. Refuses VALIDATION_ERROR by field."""
        asset = asset_of(self.currency)
        return NewValuation(
            item_id=self.item_id,
            asset=asset,
            findings=self.findings(asset),
            is_customer_present=self.customer_present,
            notes=self.notes,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class ConfirmationIn(Input):
    """`findings` are the second officer's own; needed where a valuer must be second."""

    is_agreed: bool
    findings: FindingsIn | None = None
    notes: LongText | None = None

    def command(self, asset: Asset) -> Second:
        """What the second officer says. Refuses VALIDATION_ERROR by field."""
        found = None if self.findings is None else self.findings.findings(asset, "findings.")
        return Second(is_agreed=self.is_agreed, findings=found, notes=self.notes)


class ValuationFilters(PageQuery):
    item_id: Identifier | None = None
    status: ValuationStatus | None = None
    valuer_id: Identifier | None = None
    external_id: ExternalId | None = None
    created_from: Annotated[AwareDatetime | None, Field(alias="created_at.gte")] = None
    created_before: Annotated[AwareDatetime | None, Field(alias="created_at.lt")] = None


class BandOut(Output):
    low: NumberOut
    high: NumberOut


class AssayOut(Output):
    """A test and what it showed; densities in g/cm³."""

    kind: AssayKind
    instrument_id: str | None
    fineness: NumberOut | None
    stamp: str | None
    weight_in_air_grams: NumberOut | None
    weight_in_water_grams: NumberOut | None
    density: NumberOut | None
    band: BandOut | None
    is_in_band: bool | None
    has_passed: bool | None


class FindingsOut(Output):
    gross_weight_grams: NumberOut
    stone_weight_grams: NumberOut
    other_weight_grams: NumberOut
    net_weight_grams: NumberOut
    fineness: NumberOut | None
    tests: list[AssayOut]
    value: AmountOut | None
    basis: str | None
    source: str | None
    balance_id: str | None


class SecondOut(Output):
    user_id: str
    is_agreed: bool
    findings: FindingsOut | None
    notes: str | None
    at: datetime


class ValuationOut(Output):
    """`value` holds until `valid_until` once the status is CONFIRMED."""

    id: str
    type: Literal["valuation"]
    item_id: str
    metal: Metal
    status: ValuationStatus
    valuer_id: str
    second_required: SecondOfficer
    second_reasons: list[SecondReason]
    second: SecondOut | None
    findings: FindingsOut
    fine_weight_grams: NumberOut | None
    method: ValuationMethod
    price_board_id: str | None
    price_source: str
    priced_at: datetime
    haircut: NumberOut
    policy_version: int
    value: AmountOut
    currency: str
    customer_present: bool
    notes: str | None
    valid_until: datetime
    confirmed_at: datetime | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime


class ValuationList(ListOutput):
    data: list[ValuationOut]


def valuation_out(one: Valuation) -> dict[str, Any]:
    """A valuation as the API writes it."""
    tenths = one.fine_weight_tenths
    return ValuationOut(
        id=one.valuation_id,
        type="valuation",
        item_id=one.item_id,
        metal=one.metal,
        status=one.status,
        valuer_id=one.valuer_id,
        second_required=one.second_required,
        second_reasons=list(one.second_reasons),
        second=_second_out(one),
        findings=_findings_out(one.findings, one.value.asset),
        fine_weight_grams=None if tenths is None else fine_grams(tenths),
        method=one.method,
        price_board_id=one.price_board_id,
        price_source=one.price_source,
        priced_at=one.priced_at,
        haircut=fraction(one.haircut_bp),
        policy_version=one.policy_version,
        value=number(one.value),
        currency=one.value.asset.code,
        customer_present=one.is_customer_present,
        notes=one.notes,
        valid_until=one.valid_until,
        confirmed_at=one.confirmed_at,
        external_id=one.external_id,
        metadata=dict(one.metadata),
        created_at=one.valued_at,
    ).model_dump()


def _second_out(one: Valuation) -> SecondOut | None:
    if one.second is None or one.second_officer_id is None or one.decided_at is None:
        return None
    found = one.second.findings
    return SecondOut(
        user_id=one.second_officer_id,
        is_agreed=one.second.is_agreed,
        findings=None if found is None else _findings_out(found, one.value.asset),
        notes=one.second.notes,
        at=one.decided_at,
    )


def _findings_out(found: Findings, asset: Asset) -> FindingsOut:
    stated = found.stated_minor
    return FindingsOut(
        gross_weight_grams=grams(found.gross_weight_mg),
        stone_weight_grams=grams(found.stone_weight_mg),
        other_weight_grams=grams(found.other_weight_mg),
        net_weight_grams=grams(found.net_weight_mg),
        fineness=_per_mille(found.fineness_bp),
        tests=[_assay_out(test) for test in found.tests],
        value=None if stated is None else number(Money(stated, asset)),
        basis=found.basis,
        source=found.source,
        balance_id=found.balance_id,
    )


def _assay_out(test: Assay) -> AssayOut:
    band = test.band
    return AssayOut(
        kind=test.kind,
        instrument_id=test.instrument_id,
        fineness=_per_mille(test.fineness_bp),
        stamp=test.stamp,
        weight_in_air_grams=_grams(test.weight_in_air_mg),
        weight_in_water_grams=_grams(test.weight_in_water_mg),
        density=_density(test.density),
        band=None if band is None else BandOut(low=_milli(band.low), high=_milli(band.high)),
        is_in_band=test.is_in_band,
        has_passed=test.has_passed,
    )


def _per_mille(fineness: int | None) -> Decimal | None:
    return None if fineness is None else per_mille(fineness)


def _grams(weight: int | None) -> Decimal | None:
    return None if weight is None else grams(weight)


def _density(density: int | None) -> Decimal | None:
    return None if density is None else _milli(density)


def _milli(number_milli: int) -> Decimal:
    return plain_number(Decimal(number_milli).scaleb(-3))
