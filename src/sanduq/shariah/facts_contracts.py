"""What the rules look at in how a contract comes to be, is worded, and joins what came before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from sanduq.kit.money import Asset, Money
from sanduq.shariah.facts import ContractKind
from sanduq.shariah.model import Resolution


class ContractAction(StrEnum):
    """What is being done when the rules are asked."""

    NAME = "name"
    CONCLUDE = "conclude"
    BUY = "buy"
    INSURE = "insure"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """An offer and its acceptance; no name beside the acceptance: nobody accepted."""

    offered_at: datetime | None
    accepted_at: datetime | None
    accepted_by: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """One thing passed from one owner to another at a price."""

    thing: str
    from_id: str
    to_id: str
    on: date
    price_minor: int


@dataclass(frozen=True, slots=True)
class Insurance:
    """Cover somebody bought: of an asset, or of a debt."""

    subject: str  # asset or debt
    is_takaful: bool


class Insured(Protocol):
    """Facts that tell what cover was bought."""

    @property
    def insurances(self) -> tuple[Insurance, ...]: ...


class Concluded(Protocol):
    """Facts that tell how the contract was concluded."""

    @property
    def conclusion(self) -> Conclusion | None: ...


class Moved(Protocol):
    """Facts that tell what passed between owners, and print its price."""

    @property
    def moves(self) -> tuple[Move, ...]: ...

    def printed(self, amount_minor: int, /) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFormFacts:
    """Facts of one contract's form; what the command does not concern stays empty."""

    on: date
    asset: Asset
    kind: ContractKind
    resolutions: tuple[Resolution, ...] = ()
    conclusion: Conclusion | None = None
    moves: tuple[Move, ...] = ()
    insurances: tuple[Insurance, ...] = ()
    wording: tuple[str, ...] = ()

    def printed(self, amount_minor: int) -> str:
        """An amount as shown in a finding."""
        return f"{Money(amount_minor, self.asset).decimal:f}"
