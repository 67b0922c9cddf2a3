"""What the rules of the common fund look at, gathered beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.shariah.model import Resolution, ShariahProfile


class Action(StrEnum):
    """What is being done when the rules are asked."""

    OPEN = "open"
    ASK = "ask"
    PAY = "pay"
    LEND = "lend"


@dataclass(frozen=True, slots=True)
class BylawFacts:
    """By-laws about to be taken up. A placement is what the fund's money may be put into."""

    basis: str | None
    document: str | None
    uses: frozenset[str] = frozenset()
    cover_nature: str | None = None
    surplus_modes: frozenset[str] = frozenset()
    exit_share_bps: int = 0
    custodian_use: str = "safekeeping"
    is_mandatory_for_loan: bool = False
    return_rate: str | None = None
    missed_fee_minor: int | None = None
    contribution_minor: int = 0
    has_frequency: bool = True
    placement: str | None = None
    is_placement_screened: bool = False
    is_income_of_fund: bool = False


@dataclass(frozen=True, slots=True)
class SurplusFacts:
    """A distribution: what there is beyond what the fund owes, and by what it is shared out."""

    mode: str | None
    surplus_minor: int
    owed_minor: int = 0
    shared_by: str = "contributions"
    is_winding_up: bool = False
    is_to_members: bool = False


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment out of the fund. `exit_minor`: what basis and by-laws give one who leaves."""

    use: str
    amount_minor: int
    nature: str = "gift"
    allowed_uses: frozenset[str] = frozenset()
    allowed_modes: frozenset[str] = frozenset()
    cover_nature: str | None = None
    is_owned: bool = False
    is_to_institution: bool = False
    exit_minor: int | None = None
    surplus: SurplusFacts | None = None
    beneficiary_id: str | None = None
    signer_ids: tuple[str, ...] = ()
    officer_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """A loan to the fund: what is put on top, and what of it is being given back."""

    lent_minor: int
    charge_minor: int = 0
    repaid_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonFundFacts:
    """Facts on which the rules of the common fund are decided; a part that is None is not asked
    about by the action."""

    on: date
    asset: Asset
    profile: ShariahProfile = ShariahProfile.AAOIFI
    resolutions: tuple[Resolution, ...] = ()
    bylaws: BylawFacts | None = None
    payment: PaymentFacts | None = None
    loan: LoanFacts | None = None

    def printed(self, amount_minor: int | None) -> str | None:
        """An amount of this fund's asset as shown in a finding: `40.00`."""
        if amount_minor is None:
            return None
        return f"{Money(amount_minor, self.asset).decimal:f}"
