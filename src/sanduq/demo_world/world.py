"""What the chapters of the history share: money, people, groups, who may be cast in a story."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sanduq import demo
from sanduq.demo_world.names import ARABIC, MALAY, WEST_AFRICAN, Region
from sanduq.demo_world.telling import Diary, Teller
from sanduq.kit.money import Money, currency

USD = currency("USD")
BEGINS_ON = date(2022, 1, 3)
ENDS_ON = date(2024, 1, 14)
"""The last day that is told: the institution's clock stands on the morning after."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch, who runs it, and what people there are called."""

    branch_id: str
    name: str
    manager_id: str
    region: Region


BRANCHES = (
    Branch("brn_main", "Main branch", demo.MAKER, MALAY),
    Branch("brn_hill", "Hill branch", "user_branch_manager_002", ARABIC),
    Branch("brn_river", "River branch", "user_branch_manager_003", WEST_AFRICAN),
)
OFFICERS = {
    "user_branch_manager_002": "Sami Gharbi",
    "user_branch_manager_003": "Awa Konaté",
}


def usd(minor: int) -> Money:
    """An amount in US cents."""
    return Money(minor, USD)


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the world and the seat she has in a group."""

    party_id: str
    external_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Village:
    """A group as the history knows it. The last of its members is kept for the stories."""

    group_id: str
    name: str
    branch: Branch
    formed_on: date
    members: tuple[Member, ...]

    @property
    def borrowers(self) -> tuple[Member, ...]:
        """Those who borrow from cycle to cycle."""
        return self.members[:-1]


@dataclass(frozen=True, slots=True)
class Role:
    """Whoever plays the lead in a story: a borrower, her group and her branch."""

    party_id: str
    group_id: str
    branch_id: str


@dataclass(slots=True)
class World:
    """The history while it is told. `loan_ids` holds the cases with an external id."""

    teller: Teller
    diary: Diary
    villages: list[Village] = field(default_factory=list)
    loan_ids: dict[str, str] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    _cast_count: int = 0

    def cast(self) -> Role:
        """The next person whom no story has yet."""
        village = self.villages[self._cast_count]
        self._cast_count += 1
        return Role(village.members[-1].party_id, village.group_id, village.branch.branch_id)
