"""What access refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, Forbidden, LimitExceeded, NotFound


class MakerMayNotApprove(Forbidden):
    """The one who made this may not approve it: another user must."""


class NoAuthority(Forbidden):
    """None of your roles may take this decision."""


class AboveRoleLimit(LimitExceeded):
    """The amount is above what your role may decide."""


class NothingToApprove(Conflict):
    """There is no open request to decide here."""


class UnknownUser(NotFound):
    """There is no such active user in this institution."""
