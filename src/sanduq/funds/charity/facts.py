"""What the rules of charity look at, gathered beforehand so that they stay pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.funds.charity.model import CharityUse
from sanduq.kit.money import Asset, Money
from sanduq.ledger.model import Entry
from sanduq.shariah.model import Resolution, ShariahProfile

INSTITUTION = "institution"
"""How a creditor is written who is the institution itself."""


class Action(StrEnum):
    """What is being done when the rules are asked."""

    RECEIVE = "charity.receive"
    REQUEST = "charity.request"
    PAY = "charity.pay"
    PAY_DEBT = "charity.pay_debt"
    REPORT = "charity.report"


@dataclass(frozen=True, slots=True)
class CharityGift:
    """A payment about to be asked for or made.

    `creditor`: who is owed the debt it settles, None when it settles none. `is_signed_off` is
    None before the Shariah reviewer was asked.
    """

    use: CharityUse
    is_institution: bool
    is_staff: bool
    is_signed_off: bool | None
    creditor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CharityFacts:
    """Facts on which charity is decided; None or empty: not concerned."""

    on: date
    asset: Asset
    profile: ShariahProfile = ShariahProfile.AAOIFI
    resolutions: tuple[Resolution, ...] = ()
    entries: tuple[Entry, ...] = ()
    amount_minor: int = 0
    gift: CharityGift | None = None
    unexplained_minor: int = 0

    def printed(self, amount_minor: int) -> str:
        """An amount as shown in a finding: `40.00`."""
        return f"{Money(amount_minor, self.asset).decimal:f}"
