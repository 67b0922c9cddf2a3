"""Wire shapes of notices, findings about debtors, and consents to a sale."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Input,
    IsoDate,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    number,
)
from sanduq.rahnu.contracts.liquidation.model import Finding
from sanduq.rahnu.contracts.liquidation.notices.model import (
    ConsentKind,
    DefaultFinding,
    DeliveryOutcome,
    NewNotice,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    SaleConsent,
)


class NoticeIn(Input):
    kind: NoticeKind
    channel: NoticeChannel
    sent_on: IsoDate
    address: Text | None = None
    proof_reference: Text | None = None
    sale_on: IsoDate | None = None
    place: Text | None = None
    reserve: AmountIn | None = None
    note: LongText | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self, contract_id: str, asset: Asset) -> NewNotice:
        """The notice given. Refuses VALIDATION_ERROR a reserve that cannot be read."""
        reserve = None
        if self.reserve is not None:
            reserve = amount(self.reserve, asset, "reserve", is_positive=True).amount_minor
        return NewNotice(
            contract_id=contract_id,
            kind=self.kind,
            channel=self.channel,
            sent_on=self.sent_on,
            address=self.address,
            proof_reference=self.proof_reference,
            sale_on=self.sale_on,
            place=self.place,
            reserve_minor=reserve,
            note=self.note,
            metadata=self.metadata,
        )


class NoticeSentIn(Input):
    channel: NoticeChannel
    sent_on: IsoDate
    address: Text | None = None
    proof_reference: Text | None = None


class DeliveryIn(Input):
    outcome: DeliveryOutcome
    delivered_on: IsoDate
    proof: Text


class NoticeFilters(PageQuery):
    contract_id: Text | None = None
    kind: NoticeKind | None = None
    status: NoticeStatus | None = None
    recipient_id: Text | None = None
    branch_id: Text | None = None
    due_until: IsoDate | None = None

    def chosen(self) -> dict[str, Any]:
        """The filters that were given."""
        names = ("contract_id", "kind", "status", "recipient_id", "branch_id", "due_until")
        given = {name: getattr(self, name) for name in names}
        return {
            name: value if isinstance(value, date) else str(value)
            for name, value in given.items()
            if value is not None
        }


class DefaultFindingIn(Input):
    finding: Finding
    evidence: LongText
    demanded_on: IsoDate
    assessed_on: IsoDate
    assessed_by: Text | None = None
    document: Text | None = None


class SaleConsentIn(Input):
    kind: ConsentKind
    given_by: Text
    reference: Text
    given_on: IsoDate


class DeliveryOut(Output):
    number: int
    outcome: DeliveryOutcome
    delivered_on: date
    proof: str
    recorded_at: datetime
    recorded_by: str


class PledgeNoticeOut(Output):
    id: str
    type: str
    contract_id: str
    kind: NoticeKind
    status: NoticeStatus
    recipient_id: str
    branch_id: str
    due_on: date
    channel: NoticeChannel | None
    address: str | None
    sent_on: date | None
    sent_by: str | None
    proof_reference: str | None
    is_delivery_proven: bool
    deliveries: list[DeliveryOut]
    sale_on: date | None
    place: str | None
    currency: str
    reserve: AmountOut | None
    payoff: AmountOut | None
    note: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class PledgeNoticeList(ListOutput):
    data: list[PledgeNoticeOut]


class DefaultFindingOut(Output):
    id: str
    type: str
    contract_id: str
    party_id: str
    finding: Finding
    evidence: str
    document: str | None
    demanded_on: date
    assessed_on: date
    assessed_by: str
    created_at: datetime
    created_by: str


class DefaultFindings(Output):
    data: list[DefaultFindingOut]


class SaleConsentOut(Output):
    id: str
    type: str
    contract_id: str
    kind: ConsentKind
    given_by: str
    reference: str
    given_on: date
    created_at: datetime
    created_by: str


class SaleConsents(Output):
    data: list[SaleConsentOut]


def notice_out(notice: Notice) -> dict[str, Any]:
    """A notice as the API and its events write it."""

    def money(minor: int | None) -> Decimal | None:
        return None if minor is None else number(Money(minor, notice.asset))

    return PledgeNoticeOut(
        id=notice.notice_id,
        type="pledge_notice",
        contract_id=notice.contract_id,
        kind=notice.kind,
        status=notice.status,
        recipient_id=notice.recipient_id,
        branch_id=notice.branch_id,
        due_on=notice.due_on,
        channel=notice.channel,
        address=notice.address,
        sent_on=notice.sent_on,
        sent_by=notice.sent_by,
        proof_reference=notice.proof_reference,
        is_delivery_proven=notice.proof is not None,
        deliveries=[
            DeliveryOut(
                number=each.number,
                outcome=each.outcome,
                delivered_on=each.delivered_on,
                proof=each.proof,
                recorded_at=each.recorded_at,
                recorded_by=each.recorded_by,
            )
            for each in notice.deliveries
        ],
        sale_on=notice.sale_on,
        place=notice.place,
        currency=notice.asset.code,
        reserve=money(notice.reserve_minor),
        payoff=money(notice.payoff_minor),
        note=notice.note,
        metadata=dict(notice.metadata),
        created_at=notice.created_at,
        created_by=notice.created_by,
    ).model_dump()


def finding_out(found: DefaultFinding) -> dict[str, Any]:
    """A finding about a debtor as the API and its event write it."""
    return DefaultFindingOut(
        id=found.finding_id,
        type="default_finding",
        contract_id=found.contract_id,
        party_id=found.party_id,
        finding=found.finding,
        evidence=found.evidence,
        document=found.document,
        demanded_on=found.demanded_on,
        assessed_on=found.assessed_on,
        assessed_by=found.assessed_by,
        created_at=found.created_at,
        created_by=found.created_by,
    ).model_dump()


def consent_out(found: SaleConsent) -> dict[str, Any]:
    """A consent to a sale as the API and its event write it."""
    return SaleConsentOut(
        id=found.consent_id,
        type="sale_consent",
        contract_id=found.contract_id,
        kind=found.kind,
        given_by=found.given_by,
        reference=found.reference,
        given_on=found.given_on,
        created_at=found.created_at,
        created_by=found.created_by,
    ).model_dump()
