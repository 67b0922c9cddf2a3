"""What the rules of sadaqah look at, gathered beforehand so that they stay pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.shariah.facts import DebtorState
from sanduq.shariah.model import Resolution, ShariahProfile


class Action(StrEnum):
    """What is being done when the rules are asked."""

    SPEND_SADAQAH = "sadaqah.spend"
    SPEND_WAQF = "waqf.spend"
    RELEASE_RESTRICTION = "sadaqah.release_restriction"


@dataclass(frozen=True, slots=True)
class PurposeTerms:
    """What the givers of a fund allowed: its uses, and whom or what it is for alone, if anyone."""

    code: str
    uses: frozenset[str]
    earmarked_for: str | None = None


@dataclass(frozen=True, slots=True)
class RestrictionChange:
    """A change of what a gift is for, and the donor's word on it."""

    from_purpose: str
    to_purpose: str
    donor_statement: str | None = None


@dataclass(frozen=True, slots=True)
class DebtBorne:
    """A debt that a fund pays for its debtor. `closing_status`: how the loan then ends, if so."""

    payer: str | None
    debt_id: str | None
    debtor_id: str | None
    debtor_state: DebtorState | None
    closing_status: str | None = None


@dataclass(frozen=True, slots=True)
class CostBorne:
    """A direct cost, what donors pay of it in all, and what borrowers are charged for it."""

    direct_cost_minor: int
    subsidy_minor: int
    charged_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DonationFacts:
    """Facts on which spending from donors' money is decided; None or empty: not concerned."""

    on: date
    asset: Asset
    profile: ShariahProfile = ShariahProfile.AAOIFI
    resolutions: tuple[Resolution, ...] = ()
    purpose: PurposeTerms | None = None
    use: str | None = None
    beneficiaries: frozenset[str] = frozenset()
    change: RestrictionChange | None = None
    debt: DebtBorne | None = None
    cost: CostBorne | None = None

    def printed(self, amount_minor: int) -> str:
        """An amount as shown in a finding: `40.00`."""
        return f"{Money(amount_minor, self.asset).decimal:f}"
