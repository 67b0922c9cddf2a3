"""Every fund of the institution at one look: what it holds and what may still be spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sanduq.kit.money import Asset


class FundGroup(StrEnum):
    """Whose money it is; `common` funds belong to groups of members."""

    WAQF = "waqf"
    SADAQAH = "sadaqah"
    ZAKAT = "zakat"
    CHARITY = "charity"
    COMMON = "common"


@dataclass(frozen=True, slots=True)
class FundBalance:
    """One fund in one currency, as the ledger has it.

    `available_minor` may be spent on the fund's uses: of a waqf its income, never its corpus.
    Charity is a debt of the institution and so has no cash of its own.
    """

    fund: str
    asset: Asset
    cash_minor: int
    corpus_minor: int
    available_minor: int
    lent_minor: int
    opened_at: datetime

    @property
    def kind(self) -> FundGroup:
        return FundGroup(self.fund.partition(":")[0])

    @property
    def ref(self) -> str | None:
        """The endowment, the purpose or the group whose fund it is."""
        return self.fund.partition(":")[2] or None

    @property
    def key(self) -> str:
        """Distinguishes the fund's currencies."""
        return f"{self.fund} {self.asset}"
