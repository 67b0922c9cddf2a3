"""What the rules of a waqf look at: facts gathered beforehand, so that rules stay pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.funds.endowments.model import ChangeKind, Deed, Exchange, Intent
from sanduq.kit.money import Money
from sanduq.shariah.model import Resolution, ShariahProfile


class Action(StrEnum):
    """What is being done when the rules are asked."""

    CREATE = "create"
    APPROVE = "approve"
    RECEIVE = "receive"
    CONTRIBUTE = "contribute"
    USE = "use"
    DISTRIBUTE = "distribute"
    LEND = "lend"
    LOSE = "lose"
    RESTORE = "restore"
    EXCHANGE = "exchange"
    CLOSE = "close"


class Purse(StrEnum):
    """From which part of an endowment money is taken."""

    CORPUS = "corpus"
    INCOME = "income"


@dataclass(frozen=True, slots=True)
class Use:
    """Money about to leave an endowment for one purpose; the amount may not be known yet."""

    purpose: str
    purse: Purse
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class CorpusFall:
    """A corpus about to become smaller."""

    kind: ChangeKind
    amount_minor: int
    reason: str | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class Joined:
    """Endowments whose money serves together: each one's fund and the purposes of its deed."""

    purpose: str
    deeds: tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaqfFacts:
    """Facts on which the rules of a waqf are decided."""

    on: date
    deed: Deed
    fund: str
    profile: ShariahProfile = ShariahProfile.AAOIFI
    resolutions: tuple[Resolution, ...] = ()
    # where the endowment stands
    gap_minor: int = 0
    restored_minor: int = 0  # of the gap, by what is about to happen
    owed_to_nazir_minor: int = 0
    # what is about to happen
    uses: tuple[Use, ...] = ()
    fall: CorpusFall | None = None
    is_ending: bool = False
    is_gift: bool = False
    intent: Intent | None = None
    retained_minor: int = 0
    security: str | None = None
    funds_touched: frozenset[str] = frozenset()
    joined: Joined | None = None
    counterparty_ids: tuple[str, ...] = ()
    exchange: Exchange | None = None

    def printed(self, amount_minor: int | None) -> str | None:
        """An amount of this endowment's currency as shown in a finding: `40.00`."""
        if amount_minor is None:
            return None
        return f"{Money(amount_minor, self.deed.asset).decimal:f}"

    def is_settled(self, rule_id: str) -> bool:
        """Whether the competent authority has spoken to the rule in a resolution in force."""
        return any(
            rule_id in resolution.rule_ids and resolution.is_in_force(self.on)
            for resolution in self.resolutions
        )
