"""The notices of a pledge, when each is due, and what came of them. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sanduq.kit.money import Asset
from sanduq.rahnu.contracts.liquidation.model import Finding
from sanduq.rahnu.facts_sale import LiquidationConsent, NoticeFact
from sanduq.rahnu.facts_sale import NoticeKind as RungKind
from sanduq.rahnu.templates.model import PledgeTerms


class NoticeKind(StrEnum):
    """What a notice tells; the first four are the rungs before a sale (rule ARN-02)."""

    REMINDER = "reminder"
    MATURITY = "maturity"
    DEFAULT = "default"
    AUCTION = "auction"
    SALE_STATEMENT = "sale_statement"
    MARGIN = "margin"


RUNGS = (NoticeKind.REMINDER, NoticeKind.MATURITY, NoticeKind.DEFAULT, NoticeKind.AUCTION)


class NoticeChannel(StrEnum):
    POST = "post"
    SMS = "sms"
    PHONE = "phone"
    HAND = "hand"
    EMAIL = "email"


class NoticeStatus(StrEnum):
    PENDING = "PENDING"
    SENT = "SENT"
    WITHDRAWN = "WITHDRAWN"


class DeliveryOutcome(StrEnum):
    """What came of a notice. One that was refused at the door did reach its reader."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    UNDELIVERABLE = "undeliverable"

    @property
    def is_proof(self) -> bool:
        return self is not DeliveryOutcome.UNDELIVERABLE


class ConsentKind(StrEnum):
    """What was agreed to about a sale after signing, or ordered by a court."""

    CONFIRMED_AT_DEFAULT = "confirmed_at_default"
    FRESH = "fresh"
    COURT_ORDER = "court_order"
    BELOW_MARKET = "below_market"
    BEST_PRICE = "best_price"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of a notice on a day, and how it is shown. Never changed; a later one adds."""

    number: int
    outcome: DeliveryOutcome
    delivered_on: date
    proof: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """A notice that was given. `reserve_minor` None: what the market of the day sets."""

    contract_id: str
    kind: NoticeKind
    channel: NoticeChannel
    sent_on: date
    address: str | None = None
    proof_reference: str | None = None
    sale_on: date | None = None
    place: str | None = None
    reserve_minor: int | None = None
    note: str | None = None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice on record; amounts in minor units of `asset`."""

    notice_id: str
    contract_id: str
    kind: NoticeKind
    status: NoticeStatus
    recipient_id: str
    branch_id: str
    due_on: date
    channel: NoticeChannel | None
    address: str | None
    sent_on: date | None
    proof_reference: str | None
    sale_on: date | None
    place: str | None
    asset: Asset
    reserve_minor: int | None
    payoff_minor: int | None
    note: str | None
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    sent_by: str | None
    version: int
    deliveries: tuple[Delivery, ...] = ()

    @property
    def etag(self) -> str:
        return f'"{self.notice_id}.{self.version}.{len(self.deliveries)}"'

    @property
    def proof(self) -> str | None:
        """How it is shown that the notice reached its reader; None: it is not."""
        shown = [each.proof for each in self.deliveries if each.outcome.is_proof]
        return shown[-1] if shown else None

    @property
    def as_fact(self) -> NoticeFact | None:
        """The notice as the rules look at it; None for one that was not sent or is no rung."""
        if self.sent_on is None or self.kind not in RUNGS:
            return None
        return NoticeFact(
            kind=RungKind(self.kind.value),
            given_on=self.sent_on,
            proof=self.proof,
            sale_on=self.sale_on,
            place=self.place,
            reserve_minor=self.reserve_minor,
            payoff_minor=self.payoff_minor,
        )


@dataclass(frozen=True, slots=True)
class DefaultFinding:
    """What was found out about the debtor, on what evidence. The latest one counts."""

    finding_id: str
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


@dataclass(frozen=True, slots=True)
class SaleConsent:
    """A consent of the owner or an order of a court, with the paper it stands in."""

    consent_id: str
    contract_id: str
    kind: ConsentKind
    given_by: str
    reference: str
    given_on: date
    created_at: datetime
    created_by: str


def due_on(kind: NoticeKind, matures_on: date, terms: PledgeTerms) -> date:
    """The first day of a notice of the ladder; of the others, the day the debt falls due."""
    days = {
        NoticeKind.REMINDER: -terms.reminder_days,
        NoticeKind.DEFAULT: terms.default_notice_days,
    }
    return matures_on + timedelta(days=days.get(kind, 0))


def earliest_sale_on(notice_sent_on: date, terms: PledgeTerms) -> date:
    """The first day on which the sale announced by a notice may be held."""
    return notice_sent_on + timedelta(days=terms.auction_notice_days)


def consent_fact(consents: Sequence[SaleConsent], signed_on: date | None) -> LiquidationConsent:
    """What the owner agreed to, as the rules look at it; the latest of each kind counts."""
    by_kind = {each.kind: each for each in sorted(consents, key=lambda one: one.given_on)}
    confirmed = by_kind.get(ConsentKind.CONFIRMED_AT_DEFAULT)
    fresh = by_kind.get(ConsentKind.FRESH)
    order = by_kind.get(ConsentKind.COURT_ORDER)
    return LiquidationConsent(
        signed_on=signed_on,
        confirmed_on=None if confirmed is None else confirmed.given_on,
        fresh_consent_id=None if fresh is None else fresh.consent_id,
        order_reference=None if order is None else order.reference,
    )


def consent_of_kind(consents: Sequence[SaleConsent], kind: ConsentKind) -> str | None:
    """The id of the latest consent of a kind, if there is one."""
    found = [each for each in consents if each.kind is kind]
    return max(found, key=lambda one: (one.given_on, one.consent_id)).consent_id if found else None
