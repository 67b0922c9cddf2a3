"""What extending and renewing a pledge refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict


class NothingToExtend(Conflict):
    """The debt is paid: the pledge is free and can be released."""
