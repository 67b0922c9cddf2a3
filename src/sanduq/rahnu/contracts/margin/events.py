"""What is told when pledges are valued anew and claims come near their value."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

REVALUED = "rahnu.asset.revalued"
MARGIN_CALL = "rahnu.margin.call"
MARGIN_CURED = "rahnu.margin.cured"
NOTICE_DELIVERED = "rahnu.margin.notice_delivered"
BOOK_REVALUED = "rahnu.book.revalued"
TOP_UP_RECEIVED = "rahnu.top_up.received"
TOP_UP_RETURNED = "rahnu.top_up.returned"

declare(
    EventType(REVALUED, "Pledged asset revalued", "PledgeObject"),
    EventType(MARGIN_CALL, "Margin call triggered; it gives no right to sell", "PledgeObject"),
    EventType(MARGIN_CURED, "Claims on a pledge are covered again", "PledgeObject"),
    EventType(NOTICE_DELIVERED, "The notice of a margin call reached the owner", "MarginCallOut"),
    EventType(BOOK_REVALUED, "All pledges of a metal were revalued", "BookRevaluationOut"),
    EventType(TOP_UP_RECEIVED, "Cash was left as additional pledge", "TopUpOut"),
    EventType(TOP_UP_RETURNED, "Cash left as additional pledge was given back", "TopUpOut"),
)
