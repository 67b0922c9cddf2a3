"""Templates: the terms under which pledges are taken, and what of them was approved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sanduq.kit.json import canonical
from sanduq.kit.money import Asset

BP = 10_000


class TemplateStatus(StrEnum):
    """A draft waits for approval once it names its resolution; only an active one takes pledges."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


class TemplateAction(StrEnum):
    CHANGE = "change"
    APPROVE = "approve"
    LICENCE = "licence"
    RETIRE = "retire"
    PLEDGE = "pledge"


_S = TemplateStatus

ALLOWED: Mapping[TemplateAction, frozenset[TemplateStatus]] = {
    TemplateAction.CHANGE: frozenset({_S.DRAFT}),
    TemplateAction.APPROVE: frozenset({_S.DRAFT}),
    TemplateAction.LICENCE: frozenset({_S.DRAFT, _S.ACTIVE}),
    TemplateAction.RETIRE: frozenset({_S.DRAFT, _S.ACTIVE}),
    TemplateAction.PLEDGE: frozenset({_S.ACTIVE}),
}


def is_allowed(action: TemplateAction, status: TemplateStatus) -> bool:
    """Whether the state table lets `action` happen to a template in `status`."""
    return status in ALLOWED[action]


def actions_of(status: TemplateStatus) -> list[str]:
    """What can be done with a template in `status`, by name."""
    return sorted(str(action) for action, states in ALLOWED.items() if status in states)


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeTerms:
    """The terms of a pledge. Ratios in basis points; lengths of time in days or months.

    A pledge is watched, called and critical as its debt reaches `watch_bp`, `margin_call_bp` and
    `critical_bp` of its value, and calm again `hysteresis_bp` below. The notices count from the
    due date, the last one back from the sale. `reserve_bp` and `sale_tolerance_bp` are of the
    market value on the day of a sale. `cross_pledge_months`: how long after it the pledge also
    secures later debts; None: its own debt only.
    """

    ltv_max_bp: int = 7_000
    watch_bp: int = 8_000
    margin_call_bp: int = 8_500
    critical_bp: int = 9_000
    hysteresis_bp: int = 200
    cure_days: int = 7
    term_months_max: int = 6
    extensions_max: int = 1
    extension_months_max: int = 6
    reminder_days: int = 14
    default_notice_days: int = 7
    auction_notice_days: int = 14
    surplus_days: int = 7
    reserve_bp: int = 9_000
    sale_tolerance_bp: int = 200
    has_sale_agency: bool = False
    has_owner_sale_costs: bool = False
    has_owner_custody_costs: bool = False
    has_top_up_clause: bool = False
    cross_pledge_months: int | None = None
    has_use_permission: bool = False
    fee_policy_id: str | None = None


TERM_NAMES = tuple(each.name for each in fields(PledgeTerms))


@dataclass(frozen=True, slots=True)
class Clause:
    """The words of the contract in one language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class OperatorLicence:
    """The licence the operator's law asks for, under which the pledges are taken (ARN-11)."""

    kind: str
    number: str
    expires_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """A template about to be drawn up. Without a resolution nobody can approve it."""

    name: str
    asset: Asset
    terms: PledgeTerms
    clauses: tuple[Clause, ...]
    licence: OperatorLicence | None
    resolution_id: str | None
    is_default: bool
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template on record. `approved_hash` is the fingerprint of what was approved.

    Name, currency, terms and clauses make the fingerprint; the licence, which is renewed from
    time to time, and the notes beside it do not.
    """

    template_id: str
    external_id: str | None
    name: str
    asset: Asset
    status: TemplateStatus
    terms: PledgeTerms
    clauses: tuple[Clause, ...]
    licence: OperatorLicence | None
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
    def template_hash(self) -> str:
        """The fingerprint of the template as it stands, in hexadecimal (rule GEN-01)."""
        approved = {
            "name": self.name,
            "asset": str(self.asset),
            "terms": asdict(self.terms),
            "clauses": [asdict(each) for each in self.clauses],
            "resolution_id": self.resolution_id,
        }
        return hashlib.sha256(canonical(approved)).hexdigest()

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    @property
    def is_as_approved(self) -> bool:
        """Whether the template is still word for word what was approved."""
        return self.approved_hash is not None and self.approved_hash == self.template_hash


def terms_faults(terms: PledgeTerms) -> list[dict[str, Any]]:
    """Terms that contradict each other, as details of a refusal; empty when all is well."""
    ladder = (
        ("ltv_max", terms.ltv_max_bp),
        ("watch_at", terms.watch_bp),
        ("margin_call_at", terms.margin_call_bp),
        ("critical_at", terms.critical_bp),
    )
    faults = [
        _detail(f"terms.{name}", "out_of_order", f"{name} lies above {before}, up to the value")
        for (before, lower), (name, upper) in pairwise(ladder)
        if not lower < upper <= BP
    ]
    if not 0 < terms.ltv_max_bp < BP:
        faults.append(_detail("terms.ltv_max", "out_of_range", "ltv_max lies between 0 and 1"))
    if not 0 <= terms.hysteresis_bp < terms.margin_call_bp - terms.watch_bp:
        message = "hysteresis is smaller than the step from watch_at to margin_call_at"
        faults.append(_detail("terms.hysteresis", "out_of_range", message))
    if terms.extensions_max and not terms.extension_months_max:
        message = "an extension takes at least a month"
        faults.append(_detail("terms.extension_months_max", "out_of_range", message))
    return faults


def clause_faults(clauses: tuple[Clause, ...]) -> list[dict[str, Any]]:
    """A language written twice, as details of a refusal."""
    languages = [each.language for each in clauses]
    return [
        _detail(f"clauses.{place}.language", "repeated", f"the clauses in {language} stand twice")
        for place, language in enumerate(languages)
        if language in languages[:place]
    ]


def _detail(field: str, code: str, message: str) -> dict[str, Any]:
    return {"field": field, "code": code, "message": message}
