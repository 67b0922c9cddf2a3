"""What the rules of zakat look at, gathered beforehand so that they stay pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.funds.zakat.model import DebtEvidence, Payee
from sanduq.kit.money import Asset, Money
from sanduq.ledger.model import Entry
from sanduq.shariah.model import Resolution, ShariahProfile


class Action(StrEnum):
    """What is being done when the rules are asked."""

    RECEIVE = "zakat.receive"
    PAY = "zakat.pay"
    PAY_CREDITOR = "zakat.pay_creditor"
    LEND = "zakat.lend"
    REPAY_DEBT = "zakat.repay_debt"
    POST = "zakat.post"
    CLOSE_PERIOD = "zakat.close_period"


@dataclass(frozen=True, slots=True)
class ZakatGrant:
    """A payment about to be made. `definition` is the resolution named, in force or not."""

    asnaf_code: str
    definition: Resolution | None
    payee: Payee
    condition: str | None = None
    evidence: DebtEvidence | None = None


@dataclass(frozen=True, slots=True)
class DebtRepaid:
    """A recipient of zakat pays a debt: when he received, and the first day he freely could."""

    received_on: date
    repaid_on: date
    earliest_on: date
    is_debtor_initiated: bool = True


@dataclass(frozen=True, slots=True)
class AdministratorsShare:
    """Paid to administrators with what is about to be paid, of how much received, up to what."""

    paid_minor: int
    received_minor: int
    share_bp: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZakatFacts:
    """Facts on which zakat is decided; None or empty: not concerned."""

    on: date
    asset: Asset
    profile: ShariahProfile = ShariahProfile.AAOIFI
    resolutions: tuple[Resolution, ...] = ()
    entries: tuple[Entry, ...] = ()
    grant: ZakatGrant | None = None
    administrators: AdministratorsShare | None = None
    repaid: DebtRepaid | None = None
    overdue_minor: int = 0
    oldest_undistributed_on: date | None = None
    is_lent: bool = False

    def printed(self, amount_minor: int) -> str:
        """An amount as shown in a finding: `40.00`."""
        return f"{Money(amount_minor, self.asset).decimal:f}"
