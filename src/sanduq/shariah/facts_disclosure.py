"""What the rules of disclosure and client protection look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.kit.money import Asset, Money

INSTALMENT_SHARE_MAX_BP = 4_000


class Disclosed(StrEnum):
    """What a customer must have been shown before accepting."""

    EFFECTIVE_COST = "effective_cost"
    METHOD = "method"
    SCHEDULE = "schedule"
    TOTAL_COST = "total_cost"


class ProtectionAction(StrEnum):
    """What is being done when the rules of client protection are asked."""

    APPLY = "apply"
    APPROVE = "approve"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Affordability:
    """What a household earns in a month after its needs, and what it owes of it.

    `instalments_minor` holds all debts, the one asked for included; `net_income_minor` None:
    nobody asked. `share_max_bp`: how much of the income instalments may take.
    """

    instalments_minor: int
    net_income_minor: int | None
    share_max_bp: int = INSTALMENT_SHARE_MAX_BP


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionFacts:
    """Facts on which the rules of disclosure are decided. Languages are codes: en, ms, ar, fr."""

    on: date
    asset: Asset
    # the disclosure
    disclosure_version: str | None = None
    disclosures_acknowledged: frozenset[tuple[str, str]] = frozenset()  # (rule id, version)
    shown: frozenset[Disclosed] = frozenset(Disclosed)
    language: str | None = None
    party_language: str | None = None
    # the debt beside the income
    affordability: Affordability | None = None

    def printed(self, amount_minor: int) -> str:
        """An amount as shown in a finding: `40.00`."""
        return f"{Money(amount_minor, self.asset).decimal:f}"


def monthly_minor(instalment_minor: int, per_year: int) -> int:
    """What an instalment paid so often a year weighs in a month, rounded up.

    Ten a week is 43.34 a month: 52 weeks over 12 months, and never less than is really owed.
    """
    return -(-instalment_minor * per_year // 12)
