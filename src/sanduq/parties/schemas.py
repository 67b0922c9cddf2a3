"""Wire shapes of parties, verifications and tiers."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StrictBool

from sanduq.kit.money import json_number
from sanduq.kit.wire import (
    AmountOut,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    Text,
    date,
    datetime,
)
from sanduq.parties.model import (
    Document,
    Gender,
    Language,
    NewParty,
    NewVerification,
    Party,
    PartyFilters,
    PartyKind,
    Tier,
    Verification,
)

DOCUMENTS_MAX = 20
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written_day(value: Any) -> Any:
    if value is not None and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("a day is a text such as 2024-01-15")
    return value


def _one_line(value: str) -> str:
    line = " ".join(value.split())
    if not line:
        raise ValueError("the text is blank")
    return line


Day = Annotated[IsoDate, BeforeValidator(_written_day)]
Line = Annotated[Text, AfterValidator(_one_line)]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9 ().-]{2,38}$", examples=["+216 71 000 000"])]
PartyId = Annotated[str, Field(examples=["cpty_borrower_001"], max_length=70)]
BranchId = Annotated[Text, Field(examples=["brn_main"])]
DocumentKind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", examples=["national_id"])]


class PartyInput(Input):
    """A party to be entered; `id` only if the caller brings its own."""

    id: PartyId | None = None
    external_id: ExternalId | None = None
    kind: PartyKind
    name: Line
    birth_on: Day | None = None
    gender: Gender | None = None
    phone: Phone | None = None
    address: Text | None = None
    language: Language = Language.ENGLISH
    branch_id: BranchId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def party(self) -> NewParty:
        """What the service takes."""
        facts = {name: getattr(self, name) for name in PartyInput.model_fields if name != "id"}
        return NewParty(party_id=self.id, **facts)


class PartyChangesInput(Input):
    """What is to be changed; what is left out stays, null empties, `metadata` is replaced whole."""

    external_id: ExternalId | None = None
    name: Line = Field(default_factory=str)
    birth_on: Day | None = None
    gender: Gender | None = None
    phone: Phone | None = None
    address: Text | None = None
    language: Language = Field(default_factory=lambda: Language.ENGLISH)
    branch_id: BranchId = Field(default_factory=str)
    is_interdicted: StrictBool = Field(
        default_factory=bool,
        description="Whether a court restrains the party from contracting; needs kyc:write.",
    )
    metadata: Metadata = Field(default_factory=dict)

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class DocumentInput(Input):
    """A document that was seen."""

    kind: DocumentKind
    reference: Line
    issued_on: Day | None = None
    expires_on: Day | None = None


class VerificationInput(Input):
    """Documents of one party. The tier follows from them; it is never sent."""

    party_id: PartyId
    documents: Annotated[list[DocumentInput], Field(min_length=1, max_length=DOCUMENTS_MAX)]

    def verification(self) -> NewVerification:
        """What the service takes."""
        documents = [
            Document(d.kind, d.reference, d.issued_on, d.expires_on) for d in self.documents
        ]
        return NewVerification(self.party_id, documents)


class PartyQuery(PageQuery):
    """Filters of the list of parties. `name` is how names begin, whatever their case."""

    kind: PartyKind | None = None
    kyc_tier: Text | None = None
    external_id: ExternalId | None = None
    name: Text | None = None
    created_from: AwareDatetime | None = Field(default=None, alias="created_at.gte")
    created_before: AwareDatetime | None = Field(default=None, alias="created_at.lt")

    def filters(self) -> PartyFilters:
        """What the service takes."""
        return PartyFilters(
            kind=self.kind,
            kyc_tier=self.kyc_tier,
            external_id=self.external_id,
            name_prefix=self.name,
            created_from=self.created_from,
            created_before=self.created_before,
        )


class VerificationQuery(PageQuery):
    """Filters of the list of verifications."""

    party_id: PartyId | None = None


class PartyObject(Output):
    """A party. Its tier follows from its documents; `etag` names this version for If-Match."""

    id: str
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
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    etag: str


class DocumentObject(Output):
    """A document that was seen."""

    kind: str
    reference: str
    issued_on: date | None
    expires_on: date | None


class VerificationObject(Output):
    """Documents that were recorded, and the tier all documents held then allowed."""

    id: str
    party_id: str
    documents: list[DocumentObject]
    tier: str
    verified_by: str
    created_at: datetime


class TierLimitObject(Output):
    """The most a party may owe on a tier in one currency."""

    currency: str
    exposure: AmountOut


class TierObject(Output):
    """A tier: the documents it asks for and its limits."""

    tier: str
    rank: int
    name: str
    required_documents: list[str]
    limits: list[TierLimitObject]


class PartyList(ListOutput):
    data: list[PartyObject]


class VerificationList(ListOutput):
    data: list[VerificationObject]


class TierList(ListOutput):
    data: list[TierObject]


def party_out(party: Party) -> dict[str, Any]:
    """A party as the API writes it."""
    return PartyObject(
        id=party.party_id,
        external_id=party.external_id,
        kind=party.kind,
        name=party.name,
        birth_on=party.birth_on,
        gender=party.gender,
        phone=party.phone,
        address=party.address,
        language=party.language,
        branch_id=party.branch_id,
        kyc_tier=party.kyc_tier,
        kyc_tier_through_on=party.kyc_tier_through_on,
        is_interdicted=party.is_interdicted,
        metadata=dict(party.metadata),
        created_at=party.created_at,
        created_by=party.created_by,
        etag=party.etag,
    ).model_dump()


def document_out(document: Document) -> dict[str, Any]:
    """A document as the API writes it, and as it is stored."""
    return DocumentObject(
        kind=document.kind,
        reference=document.reference,
        issued_on=document.issued_on,
        expires_on=document.expires_on,
    ).model_dump()


def verification_out(verification: Verification) -> dict[str, Any]:
    """A verification as the API writes it."""
    return VerificationObject(
        id=verification.verification_id,
        party_id=verification.party_id,
        documents=[DocumentObject(**document_out(d)) for d in verification.documents],
        tier=verification.tier,
        verified_by=verification.verified_by,
        created_at=verification.created_at,
    ).model_dump()


def tier_out(tier: Tier) -> dict[str, Any]:
    """A tier as the API writes it."""
    return TierObject(
        tier=tier.tier,
        rank=tier.rank,
        name=tier.name,
        required_documents=list(tier.required_documents),
        limits=[
            TierLimitObject(currency=asset.code, exposure=json_number(limit))
            for asset, limit in sorted(tier.limits.items(), key=lambda item: item[0].code)
        ],
    ).model_dump()
