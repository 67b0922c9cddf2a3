"""What pledge templates tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.rahnu.templates.model import Template
from sanduq.rahnu.templates.schemas import template_out

CREATED = "rahnu.template.created"
CHANGED = "rahnu.template.changed"
APPROVED = "rahnu.template.approved"
RETIRED = "rahnu.template.retired"

declare(
    EventType(CREATED, "A pledge template was drawn up.", "PledgeTemplateOut"),
    EventType(CHANGED, "A pledge template was changed before its approval, has another licence, or"
              " is no longer the default.", "PledgeTemplateOut"),
    EventType(APPROVED, "A pledge template was approved: pledges may be taken under it.",
              "PledgeTemplateOut"),
    EventType(RETIRED, "A pledge template takes no new pledges; those under it run on.",
              "PledgeTemplateOut"),
)  # fmt: skip


def told(type_name: str, template: Template) -> Event:
    """That something happened to a template, with the template as it now is."""
    return Event(type_name, template.template_id, template_out(template))
