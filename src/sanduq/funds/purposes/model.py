"""What sadaqah may be given for: purposes, and the uses each allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FundUse(StrEnum):
    """What the money of a purpose may be used for."""

    ABSORB_DEFAULT = "absorb_default"
    GRANT = "grant"
    QARD = "qard"
    SUBSIDISE_COST = "subsidise_cost"
    THIRD_PARTY_PAYMENT = "third_party_payment"


@dataclass(frozen=True, slots=True)
class NewPurpose:
    """A purpose about to be written. `earmarked_for`: the organisation or project named."""

    code: str
    name: str
    uses: frozenset[FundUse]
    earmarked_for: str | None = None


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose on record; what donors gave to it never comes to mean something wider."""

    code: str
    name: str
    uses: frozenset[FundUse]
    earmarked_for: str | None
    is_standard: bool
    created_at: datetime
    created_by: str

    @property
    def fund(self) -> str:
        """The fund of the ledger that holds what was given."""
        return fund_of(self.code)


def fund_of(purpose: str) -> str:
    """The fund code of a purpose: `sadaqah:education`."""
    return f"sadaqah:{purpose}"


def earmarked(purpose: Purpose, target: str, *, is_organisation: bool) -> NewPurpose:
    """The narrower purpose of a gift whose donor named who or what it is for.

    An organisation receives; it does not have debts of ours paid, so only a grant is left.
    """
    uses = frozenset({FundUse.GRANT}) if is_organisation else purpose.uses
    return NewPurpose(f"{purpose.code}.{target}", f"{purpose.name}, for {target}", uses, target)


_RELIEF = frozenset({FundUse.ABSORB_DEFAULT, FundUse.THIRD_PARTY_PAYMENT})
_GRANT = frozenset({FundUse.GRANT})

STANDARD_PURPOSES = (
    NewPurpose("general", "Wherever the need is greatest", frozenset(FundUse)),
    NewPurpose("debt_relief", "Relief of debtors who cannot pay", _RELIEF),
    NewPurpose("cost_subsidy", "Lower fees for borrowers", frozenset({FundUse.SUBSIDISE_COST})),
    NewPurpose("qard", "Benevolent lending", frozenset({FundUse.QARD})),
    NewPurpose("jariyah", "Lasting works", _GRANT),
    NewPurpose("education", "Education", _GRANT),
    NewPurpose("health", "Health", _GRANT),
    NewPurpose("orphans", "Orphans", _GRANT),
    NewPurpose("poor_relief", "Relief of the poor", _GRANT),
    NewPurpose("emergency_relief", "Emergency relief", _GRANT),
    NewPurpose("water", "Water", _GRANT),
)
"""What every institution starts with: the categories a donation may name."""
