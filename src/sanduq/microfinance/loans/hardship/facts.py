"""What the rules of default look at, beyond what every contract has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.shariah.facts import ContractFacts


class Action(StrEnum):
    """What is being done when the rules are asked."""

    DEFAULT = "default"
    CHARGE = "charge"
    PLEDGE = "pledge"
    WRITE_OFF = "write_off"
    FORGIVE = "forgive"
    RESPITE = "respite"


@dataclass(frozen=True, slots=True, kw_only=True)
class HardshipFacts(ContractFacts):
    """Facts on which the rules of default, write-off and forgiveness are decided.

    `has_assessment`: the debtor was classed. `pledge_account`: the ledger code a pledge to
    charity is credited to. `authority` is who gives a claim up, in writing or by resolution.
    """

    has_assessment: bool = False
    respond_by_on: date | None = None
    is_qard: bool = True
    has_charity_clause: bool = False
    pledge_account: str | None = None
    authority: str | None = None
    is_forgiven_whole: bool = False
    guarantees_live_count: int = 0
    absorbing_fund: str | None = None
    is_claim_kept: bool = True
    event: str | None = None  # what befell many debtors at once
    is_holiday_given: bool = False
