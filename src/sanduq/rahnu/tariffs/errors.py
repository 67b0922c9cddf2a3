"""What the comparison of tariffs refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownTariff(NotFound):
    """There is no such tariff; GET /v1/rails/rahnu/tariffs lists those there are."""


class TariffOnlyCompared(Conflict):
    """A tariff of others is kept for comparison only; draw up a fee policy of your own."""
