"""What the keeping of meetings refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class MeetingNotFound(NotFound):
    """There is no such meeting of this group."""


class NoMeetingCalendar(NotFound):
    """This group has no meeting calendar: set one first."""


class MeetingIsOver(Conflict):
    """This meeting was held or cancelled: only one that is planned can move."""


class MeetingChangedMeanwhile(Conflict):
    """The meeting changed since you read it; read it again and decide anew."""


class MeetingDayTaken(Conflict):
    """The group meets that day already."""


class MeetingPassesAnother(Conflict):
    """A meeting stays between the one before it and the one after it."""


class MeetingNotYet(Conflict):
    """A meeting's attendance and minutes are written on its day or after."""
