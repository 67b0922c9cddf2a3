"""Wire shapes of pledge templates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.wire import (
    AmountIn,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    asset_of,
    checked_id,
)
from sanduq.kit.wire_weight import NumberOut, fraction, fraction_bp
from sanduq.parties.model import Language
from sanduq.rahnu.templates.model import (
    Clause,
    NewTemplate,
    OperatorLicence,
    PledgeTerms,
    Template,
    TemplateStatus,
)

_RATIOS = {
    "ltv_max": "ltv_max_bp",
    "watch_at": "watch_bp",
    "margin_call_at": "margin_call_bp",
    "critical_at": "critical_bp",
    "hysteresis": "hysteresis_bp",
    "reserve": "reserve_bp",
    "sale_tolerance": "sale_tolerance_bp",
}

RatioIn = AmountIn
Days = Annotated[int, Field(ge=1, le=365)]
Months = Annotated[int, Field(ge=1, le=60)]


class PledgeTermsIn(Input):
    """The terms to be approved; ratios are fractions, and what is left out is the default."""

    ltv_max: RatioIn = Decimal("0.70")
    watch_at: RatioIn = Decimal("0.80")
    margin_call_at: RatioIn = Decimal("0.85")
    critical_at: RatioIn = Decimal("0.90")
    hysteresis: RatioIn = Decimal("0.02")
    cure_days: Days = 7
    term_months_max: Months = 6
    extensions_max: Annotated[int, Field(ge=0, le=10)] = 1
    extension_months_max: Months = 6
    reminder_days: Days = 14
    default_notice_days: Days = 7
    auction_notice_days: Days = 14
    surplus_days: Days = 7
    reserve: RatioIn = Decimal("0.90")
    sale_tolerance: RatioIn = Decimal("0.02")
    has_sale_agency: bool = False
    has_owner_sale_costs: bool = False
    has_owner_custody_costs: bool = False
    has_top_up_clause: bool = False
    cross_pledge_months: Months | None = None
    has_use_permission: bool = False
    fee_policy_id: Annotated[Text, Field(max_length=70)] | None = None

    def terms(self) -> PledgeTerms:
        """The terms in basis points. Refuses VALIDATION_ERROR a ratio that is none."""
        given: dict[str, Any] = self.model_dump()
        for field, name in _RATIOS.items():
            given[name] = fraction_bp(given.pop(field), f"terms.{field}")
        if self.fee_policy_id is not None:
            checked_id(self.fee_policy_id, "fpl", "terms.fee_policy_id")
        return PledgeTerms(**given)


class PledgeClause(Input):
    """The words of the contract in one language, as the pledgor reads them."""

    language: Language
    text: LongText


class LicenceIn(Input):
    """The licence under which pledges are taken; without a last day it does not expire."""

    kind: Text
    number: Text
    expires_on: IsoDate | None = None

    def licence(self) -> OperatorLicence:
        return OperatorLicence(self.kind, self.number, self.expires_on)


Clauses = Annotated[list[PledgeClause], Field(max_length=len(Language))]


class PledgeTemplateIn(Input):
    name: Text
    currency: Currency
    terms: PledgeTermsIn = Field(default_factory=PledgeTermsIn)
    clauses: Clauses = Field(default_factory=list)
    licence: LicenceIn | None = None
    resolution_id: Text | None = None
    is_default: bool = False
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewTemplate:
        """The template to draw up. Refuses VALIDATION_ERROR what cannot be read."""
        return NewTemplate(
            name=self.name,
            asset=asset_of(self.currency),
            terms=self.terms.terms(),
            clauses=_clauses(self.clauses),
            licence=self.licence.licence() if self.licence is not None else None,
            resolution_id=_resolution(self.resolution_id),
            is_default=self.is_default,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class PledgeTemplatePatch(Input):
    """Only what is sent is changed; terms and clauses are sent whole."""

    name: Text | None = None
    terms: PledgeTermsIn | None = None
    clauses: Clauses | None = None
    resolution_id: Text | None = None
    is_default: bool | None = None
    metadata: Metadata | None = None

    def revise(self, template: Template) -> Template:
        """The template with what was sent. Refuses VALIDATION_ERROR what cannot be read."""
        changes: dict[str, Any] = {}
        for name in sorted(self.model_fields_set):
            value = getattr(self, name)
            if value is None and name != "resolution_id":
                raise ValidationFailed.field(name, "null", f"{name} may not be null")
            changes[name] = value
        if self.terms is not None:
            changes["terms"] = self.terms.terms()
        if self.clauses is not None:
            changes["clauses"] = _clauses(self.clauses)
        _resolution(self.resolution_id)
        return replace(template, **changes)


class PledgeTemplateActIn(Input):
    reason: Text | None = None


class PledgeTemplateFilters(PageQuery):
    status: TemplateStatus | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None


class PledgeTermsOut(Output):
    ltv_max: NumberOut
    watch_at: NumberOut
    margin_call_at: NumberOut
    critical_at: NumberOut
    hysteresis: NumberOut
    cure_days: int
    term_months_max: int
    extensions_max: int
    extension_months_max: int
    reminder_days: int
    default_notice_days: int
    auction_notice_days: int
    surplus_days: int
    reserve: NumberOut
    sale_tolerance: NumberOut
    has_sale_agency: bool
    has_owner_sale_costs: bool
    has_owner_custody_costs: bool
    has_top_up_clause: bool
    cross_pledge_months: int | None
    has_use_permission: bool
    fee_policy_id: str | None


class PledgeClauseOut(Output):
    language: str
    text: str


class LicenceOut(Output):
    kind: str
    number: str
    expires_on: date | None


class PledgeTemplateOut(Output):
    id: str
    name: str
    status: TemplateStatus
    currency: str
    terms: PledgeTermsOut
    clauses: list[PledgeClauseOut]
    licence: LicenceOut | None
    resolution_id: str | None
    is_default: bool
    template_hash: str
    approved_hash: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    etag: str


class PledgeTemplateList(ListOutput):
    data: list[PledgeTemplateOut]


def template_out(template: Template) -> dict[str, Any]:
    """A template as the API writes it."""
    licence = template.licence
    return PledgeTemplateOut(
        id=template.template_id,
        name=template.name,
        status=template.status,
        currency=template.asset.code,
        terms=_terms_out(template.terms),
        clauses=[PledgeClauseOut(language=c.language, text=c.text) for c in template.clauses],
        licence=LicenceOut(kind=licence.kind, number=licence.number, expires_on=licence.expires_on)
        if licence is not None
        else None,
        resolution_id=template.resolution_id,
        is_default=template.is_default,
        template_hash=template.template_hash,
        approved_hash=template.approved_hash,
        external_id=template.external_id,
        metadata=dict(template.metadata),
        created_at=template.created_at,
        created_by=template.created_by,
        approved_at=template.approved_at,
        approved_by=template.approved_by,
        etag=template.etag,
    ).model_dump()


def _terms_out(terms: PledgeTerms) -> PledgeTermsOut:
    ratios = {field: fraction(getattr(terms, name)) for field, name in _RATIOS.items()}
    rest = {
        field: getattr(terms, field) for field in PledgeTermsOut.model_fields if field not in ratios
    }
    return PledgeTermsOut.model_validate(ratios | rest)


def _clauses(wanted: list[PledgeClause]) -> tuple[Clause, ...]:
    return tuple(Clause(each.language.value, each.text) for each in wanted)


def _resolution(value: str | None) -> str | None:
    return None if value is None else checked_id(value, "res", "resolution_id")
