"""Wire shapes of the facility's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.wire import (
    Currency,
    ExternalId,
    Input,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    asset_of,
    checked_id,
)
from sanduq.kit.wire_weight import FractionIn, NumberOut, fraction, fraction_bp
from sanduq.parties.model import Language
from sanduq.sarf.model import PossessionKind
from sanduq.sarf.terms import disclosure
from sanduq.sarf.terms.model import (
    RATIOS,
    STANDARD_FORMULA,
    FacilityTerms,
    NewTerms,
    Paper,
    Terms,
    TermsStatus,
    Wording,
)
from sanduq.sarf.terms.wording import PLACEHOLDERS, REQUIRED, standard_wordings

Whole = Annotated[int, Field(ge=0, le=10_000)]


class SarfSettingsIn(Input):
    """The settings to be approved; ratios are fractions, and what is left out is the default."""

    institution_party_id: Text
    buy_fraction: FractionIn = Decimal("0.70")
    cap_fraction: FractionIn = Decimal("0.75")
    opens_months: Whole = 6
    closes_months: Whole = 8
    gap_months_min: Whole = 6
    pre_offer_wait_hours: Whole = 24
    quote_valid_hours: Whole = 72
    session_minutes_max: Whole = 240
    price_formula: Annotated[Text, Field(max_length=200)] = STANDARD_FORMULA
    independent_quote_above: FractionIn = Decimal("0.15")
    review_discount_above: FractionIn = Decimal("0.30")
    cover_ratio: FractionIn = Decimal(1)
    same_piece_limit: FractionIn = Decimal("0.50")
    take_up_limit: FractionIn = Decimal("0.90")
    at_cap_limit: FractionIn = Decimal("0.90")
    monitor_sample_min: Whole = 10
    is_jewellery_gold: bool = True
    possession_kinds: Annotated[list[PossessionKind], Field(max_length=len(PossessionKind))] = (
        Field(default_factory=lambda: list(PossessionKind))
    )
    sale_cost: FractionIn = Decimal(0)
    defect_days: Whole = 7

    def settings(self) -> FacilityTerms:
        """The settings in basis points. Refuses VALIDATION_ERROR a ratio that is none."""
        given: dict[str, Any] = self.model_dump()
        for field, name in RATIOS.items():
            given[name] = fraction_bp(given.pop(field), f"settings.{field}")
        checked_id(self.institution_party_id, "cpty", "settings.institution_party_id")
        return FacilityTerms(**given | {"possession_kinds": tuple(self.possession_kinds)})


class SarfWording(Input):
    """The words of every paper in one language, with their placeholders."""

    language: Language
    contract_1: LongText
    promise: LongText
    contract_2: LongText
    window_notice: LongText


Wordings = Annotated[list[SarfWording], Field(min_length=1, max_length=len(Language))]


class SarfTermsIn(Input):
    name: Text
    currency: Currency
    settings: SarfSettingsIn
    wordings: Wordings | None = Field(default=None, description="Left out: the house's own words.")
    resolution_id: Text | None = None
    is_default: bool = False
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewTerms:
        """The terms to draw up. Refuses VALIDATION_ERROR what cannot be read."""
        return NewTerms(
            name=self.name,
            asset=asset_of(self.currency),
            settings=self.settings.settings(),
            wordings=_wordings(self.wordings) if self.wordings else standard_wordings(),
            resolution_id=_resolution(self.resolution_id),
            is_default=self.is_default,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class SarfTermsPatch(Input):
    """Only what is sent is changed; settings and wordings are sent whole."""

    name: Text | None = None
    settings: SarfSettingsIn | None = None
    wordings: Wordings | None = None
    resolution_id: Text | None = None
    is_default: bool | None = None
    metadata: Metadata | None = None

    def revise(self, terms: Terms) -> Terms:
        """The terms with what was sent. Refuses VALIDATION_ERROR what cannot be read."""
        changes: dict[str, Any] = {}
        for name in sorted(self.model_fields_set):
            value = getattr(self, name)
            if value is None and name != "resolution_id":
                raise ValidationFailed.field(name, "null", f"{name} may not be null")
            changes[name] = value
        if self.settings is not None:
            changes["settings"] = self.settings.settings()
        if self.wordings is not None:
            changes["wordings"] = _wordings(self.wordings)
        _resolution(self.resolution_id)
        return replace(terms, **changes)


class SarfTermsActIn(Input):
    reason: Text | None = None


class SarfTermsFilters(PageQuery):
    status: TermsStatus | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None


class SarfSettingsOut(Output):
    institution_party_id: str
    buy_fraction: NumberOut
    cap_fraction: NumberOut
    opens_months: int
    closes_months: int
    gap_months_min: int
    pre_offer_wait_hours: int
    quote_valid_hours: int
    session_minutes_max: int
    price_formula: str
    independent_quote_above: NumberOut
    review_discount_above: NumberOut
    cover_ratio: NumberOut
    same_piece_limit: NumberOut
    take_up_limit: NumberOut
    at_cap_limit: NumberOut
    monitor_sample_min: int
    is_jewellery_gold: bool
    possession_kinds: list[PossessionKind]
    sale_cost: NumberOut
    defect_days: int


class SarfWordingOut(Output):
    language: str
    contract_1: str
    promise: str
    contract_2: str
    window_notice: str


class SarfTermsOut(Output):
    id: str
    name: str
    status: TermsStatus
    currency: str
    settings: SarfSettingsOut
    wordings: list[SarfWordingOut]
    resolution_id: str | None
    is_default: bool
    terms_hash: str
    approved_hash: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    etag: str


class SarfTermsList(ListOutput):
    data: list[SarfTermsOut]


class SarfPaperOut(Output):
    """What may be filled in on a paper, and what it cannot do without."""

    paper: Paper
    placeholders: list[str]
    required: list[str]


class SarfStandardWordingsOut(Output):
    wordings: list[SarfWordingOut]
    papers: list[SarfPaperOut]
    disclosure_version: str
    disclosure_lines: list[str]


def terms_out(terms: Terms) -> dict[str, Any]:
    """Terms as the API writes them."""
    return SarfTermsOut(
        id=terms.terms_id,
        name=terms.name,
        status=terms.status,
        currency=terms.asset.code,
        settings=_settings_out(terms.settings),
        wordings=[_wording_out(each) for each in terms.wordings],
        resolution_id=terms.resolution_id,
        is_default=terms.is_default,
        terms_hash=terms.terms_hash,
        approved_hash=terms.approved_hash,
        external_id=terms.external_id,
        metadata=dict(terms.metadata),
        created_at=terms.created_at,
        created_by=terms.created_by,
        approved_at=terms.approved_at,
        approved_by=terms.approved_by,
        etag=terms.etag,
    ).model_dump()


def standard_wordings_out() -> dict[str, Any]:
    """The words the house comes with, and what its papers and its disclosure hold."""
    return SarfStandardWordingsOut(
        wordings=[_wording_out(each) for each in standard_wordings()],
        papers=[
            SarfPaperOut(
                paper=paper,
                placeholders=sorted(PLACEHOLDERS[paper]),
                required=sorted(REQUIRED[paper]),
            )
            for paper in Paper
        ],
        disclosure_version=disclosure.VERSION,
        disclosure_lines=list(disclosure.LINE_CODES),
    ).model_dump()


def _settings_out(settings: FacilityTerms) -> SarfSettingsOut:
    given: Mapping[str, Any] = asdict(settings)
    ratios = {field: fraction(given[name]) for field, name in RATIOS.items()}
    rest = {field: given[field] for field in SarfSettingsOut.model_fields if field not in ratios}
    return SarfSettingsOut(**ratios | rest | {"possession_kinds": list(settings.possession_kinds)})


def _wording_out(wording: Wording) -> SarfWordingOut:
    return SarfWordingOut(**asdict(wording))


def _wordings(wanted: list[SarfWording]) -> tuple[Wording, ...]:
    return tuple(Wording(**each.model_dump(mode="json")) for each in wanted)


def _resolution(value: str | None) -> str | None:
    return None if value is None else checked_id(value, "res", "resolution_id")
