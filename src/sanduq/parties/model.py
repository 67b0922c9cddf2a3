"""Parties and the tiers of simplified KYC: who they are, and how far what they proved carries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money, currency, parse_amount

AGE_YEARS_MAX = 130


class PartyKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class Gender(StrEnum):
    FEMALE = "female"
    MALE = "male"


class Language(StrEnum):
    """What notices to the party are written in."""

    ENGLISH = "en"
    MALAY = "ms"
    ARABIC = "ar"
    FRENCH = "fr"


@dataclass(frozen=True, slots=True)
class NewParty:
    """A party to be entered: without an id one is made, without a branch the default takes it."""

    kind: PartyKind
    name: str
    party_id: str | None = None
    external_id: str | None = None
    birth_on: date | None = None
    gender: Gender | None = None
    phone: str | None = None
    address: str | None = None
    language: Language = Language.ENGLISH
    branch_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Party:
    """A borrower, pledgor, supplier or donor. `kyc_tier` is proved up to `kyc_tier_through_on`."""

    party_id: str
    external_id: str | None
    kind: PartyKind
    name: str
    birth_on: date | None
    gender: Gender | None
    phone: str | None
    address: str | None
    language: Language
    branch_id: str
    kyc_tier: str
    kyc_tier_through_on: date | None
    is_interdicted: bool
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    version: int

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'


@dataclass(frozen=True, slots=True)
class PartyFilters:
    """Which parties a list holds; None does not filter. `name_prefix` ignores case."""

    kind: PartyKind | None = None
    kyc_tier: str | None = None
    external_id: str | None = None
    name_prefix: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was seen: its kind, its number, and the last day it proves anything."""

    kind: str
    reference: str
    issued_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class NewVerification:
    """Documents of one party to be recorded."""

    party_id: str
    documents: Sequence[Document]


@dataclass(frozen=True, slots=True)
class Verification:
    """Documents that were recorded, and the tier that all documents held then allowed."""

    verification_id: str
    party_id: str
    documents: Sequence[Document]
    tier: str
    verified_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Tier:
    """A level of verification: the documents it asks for, and the most a party may owe on it."""

    tier: str
    rank: int
    name: str
    required_documents: tuple[str, ...]
    limits: Mapping[Asset, Money]

    def allows(self, exposure: Money) -> bool:
        """Whether `exposure` is within the limit; a currency without a limit allows nothing."""
        limit = self.limits.get(exposure.asset)
        return limit is not None and exposure.amount_minor <= limit.amount_minor


@dataclass(frozen=True, slots=True)
class Standing:
    """The tier that documents allow, and the last day they do (None: no document expires)."""

    tier: Tier
    through_on: date | None


def check_person(
    kind: PartyKind, *, birth_on: date | None, gender: Gender | None, today: date
) -> None:
    """Refuses VALIDATION_ERROR a day of birth that cannot be, and personal facts of a firm.

    `errors[].code`: `not_a_person`, `in_the_future`, `too_long_ago`.
    """
    if kind is not PartyKind.PERSON:
        for name, value in (("birth_on", birth_on), ("gender", gender)):
            if value is not None:
                message = f"{name} is a fact of persons; this party is an organisation"
                raise ValidationFailed.field(name, "not_a_person", message)
    if birth_on is None:
        return
    if birth_on > today:
        raise ValidationFailed.field(
            "birth_on", "in_the_future", f"birth_on {birth_on} lies after today, {today}"
        )
    if today.year - birth_on.year > AGE_YEARS_MAX:
        raise ValidationFailed.field(
            "birth_on", "too_long_ago", f"birth_on {birth_on} is more than a life ago"
        )


def check_documents(documents: Sequence[Document], tiers: Sequence[Tier], today: date) -> None:
    """Refuses VALIDATION_ERROR documents that prove nothing.

    `errors[].code`: `unknown_document` (no tier asks for it), `in_the_future` (issued after
    today), `document_expired`, `expires_before_issue`.
    """
    known = sorted({kind for tier in tiers for kind in tier.required_documents})
    for index, document in enumerate(documents):
        place = f"documents.{index}"
        issued_on, expires_on = document.issued_on, document.expires_on
        if document.kind not in known:
            message = f"no tier asks for {document.kind!r}; tiers ask for {', '.join(known)}"
            raise ValidationFailed.field(f"{place}.kind", "unknown_document", message)
        if issued_on is not None and issued_on > today:
            message = f"the {document.kind} was issued on {issued_on}, after today, {today}"
            raise ValidationFailed.field(f"{place}.issued_on", "in_the_future", message)
        if issued_on is not None and expires_on is not None and expires_on < issued_on:
            message = f"the {document.kind} expires before it was issued"
            raise ValidationFailed.field(f"{place}.expires_on", "expires_before_issue", message)
        if expires_on is not None and expires_on < today:
            message = f"the {document.kind} expired on {expires_on}; a valid one is needed"
            raise ValidationFailed.field(f"{place}.expires_on", "document_expired", message)


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Refuses VALIDATION_ERROR tiers that contradict each other.

    There is one that asks for no document, so that every party has a tier; names and ranks are
    unique; a higher rank never allows less. `errors[].code`: `no_first_tier`, `tier_twice`,
    `limit_falls`.
    """
    if len({tier.tier for tier in tiers}) < len(tiers) or len({t.rank for t in tiers}) < len(tiers):
        raise ValidationFailed.field("tiers", "tier_twice", "a tier or a rank stands twice")
    ranked = sorted(tiers, key=lambda tier: tier.rank)
    if not ranked or ranked[0].required_documents:
        raise ValidationFailed.field(
            "tiers", "no_first_tier", "the tier of the lowest rank must ask for no document"
        )
    for position, lower in enumerate(ranked):
        for higher in ranked[position + 1 :]:
            for limit in lower.limits.values():
                if not higher.allows(limit):
                    message = (
                        f"tier {higher.tier} allows less than {lower.tier} in {limit.asset.code}"
                    )
                    raise ValidationFailed.field("tiers", "limit_falls", message)


def tier_for(documents_held: Collection[str], tiers: Iterable[Tier]) -> Tier:
    """The tier of the highest rank whose required documents are all held.

    Raises `ValueError` when not even one tier asks for nothing more than is held.
    """
    held = frozenset(documents_held)
    open_to = [tier for tier in tiers if held.issuperset(tier.required_documents)]
    if not open_to:
        raise ValueError("no tier is open without documents")
    return max(open_to, key=lambda tier: tier.rank)


def tier_allowing(exposure: Money, tiers: Iterable[Tier]) -> Tier | None:
    """The tier of the lowest rank that allows `exposure`, or None when no tier does."""
    allowing = [tier for tier in tiers if tier.allows(exposure)]
    return min(allowing, key=lambda tier: tier.rank, default=None)


def held_on(documents: Iterable[Document], day: date) -> dict[str, date | None]:
    """Document kinds held on `day`, each with the last day it is held (None: for good).

    A document is held through its day of expiry; of several of a kind the latest counts.
    """
    held: dict[str, date | None] = {}
    for document in documents:
        expires_on = document.expires_on
        if expires_on is not None and expires_on < day:
            continue
        known = held.get(document.kind, expires_on)
        held[document.kind] = (
            None if known is None or expires_on is None else max(known, expires_on)
        )
    return held


def standing_on(documents: Iterable[Document], tiers: Iterable[Tier], day: date) -> Standing:
    """The tier that `documents` allow on `day`, and through which day they will."""
    held = held_on(documents, day)
    tier = tier_for(held, tiers)
    ends = [end for kind in tier.required_documents if (end := held[kind]) is not None]
    return Standing(tier, min(ends, default=None))


# The most a party may owe on each tier, in whole units of the currency. The first lets a field
# officer serve someone who has no papers at all; each further step is worth a paper.
_TIERS: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("basic", "Basic", ()),
    ("simplified", "Simplified", ("national_id",)),
    ("standard", "Standard", ("national_id", "proof_of_address")),
    ("full", "Full", ("national_id", "proof_of_address", "income_proof")),
)
_LIMITS: Mapping[str, tuple[int, int, int, int]] = {
    "USD": (500, 3_000, 10_000, 50_000),
    "MYR": (2_000, 12_000, 40_000, 200_000),
    "PKR": (100_000, 800_000, 2_500_000, 12_000_000),
    "TND": (1_500, 9_000, 30_000, 150_000),
}


def default_tiers(assets: Iterable[Asset] | None = None) -> tuple[Tier, ...]:
    """The tiers of a new institution, with limits in those of `assets` we have limits for.

    Without `assets`: in all of them. In any other currency there is no limit until the
    institution sets one, and so no exposure is allowed.
    """
    wanted = [currency(code) for code in _LIMITS] if assets is None else list(assets)
    return tuple(
        Tier(
            tier,
            rank,
            name,
            documents,
            {
                asset: parse_amount(_LIMITS[asset.code][rank], asset)
                for asset in wanted
                if asset.code in _LIMITS
            },
        )
        for rank, (tier, name, documents) in enumerate(_TIERS)
    )
