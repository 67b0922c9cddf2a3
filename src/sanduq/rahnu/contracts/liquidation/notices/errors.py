"""What the keeping of notices and of findings about a debtor refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, ValidationFailed


class NoticeUnknown(NotFound):
    """There is no such notice of this pledge."""


class NoticeChanged(Conflict):
    """The notice has changed since you read it: read it again."""


class NoticeNotPending(Conflict):
    """Only a notice that waits can be marked as sent or withdrawn."""


class NoticeNotSent(Conflict):
    """The notice has not been sent: mark it as sent first, then record what came of it."""


class NoticeIncomplete(ValidationFailed):
    """A notice of a sale names its day and its place."""
