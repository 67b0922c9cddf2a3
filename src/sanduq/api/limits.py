"""Requests per key and minute, counted in this process."""

from __future__ import annotations

import math
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from sanduq.kit.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a key's minute; `reset_at` is in seconds of the Unix clock."""

    limit: int
    remaining: int
    reset_at: int
    is_exhausted: bool

    def headers(self) -> dict[str, str]:
        """The X-RateLimit headers, and Retry-After once nothing is left."""
        found = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_at),
        }
        if self.is_exhausted:
            wait_s = self.reset_at - int(SystemClock().now().timestamp())
            found["Retry-After"] = str(min(60, max(1, wait_s)))
        return found


class RateLimits:
    """Counts requests; one instance per application."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def take(self, key: str, per_minute: int) -> Quota:
        """Counts one request of `key`, by the world's clock: this guards the machine."""
        item = RateLimitItemPerMinute(per_minute)
        is_allowed = self._limiter.hit(item, key)
        reset_at, remaining = self._limiter.get_window_stats(item, key)
        return Quota(per_minute, max(0, remaining), math.ceil(reset_at), not is_allowed)
