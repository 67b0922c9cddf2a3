"""What the notices of a pledge tell the outside."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

SENT = "rahnu.notice.sent"
DELIVERY_RECORDED = "rahnu.notice.delivery_recorded"
DEFAULT_FOUND = "rahnu.default.assessed"
CONSENT_RECORDED = "rahnu.sale.consented"

declare(
    EventType(SENT, "Notice sent to the pledgor", "PledgeNoticeOut"),
    EventType(DELIVERY_RECORDED, "What came of a notice was recorded", "PledgeNoticeOut"),
    EventType(DEFAULT_FOUND, "Debtor in default was classed", "DefaultFindingOut"),
    EventType(CONSENT_RECORDED, "Consent to a sale was recorded", "SaleConsentOut"),
)
