"""A group's performance taken apart: by member and by cycle. Pure formulas over facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sanduq.kit.ratio import NO_BASE, Ratio, ratio

PAR_DAYS = (1, 30, 90)


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """One loan of a member: which of his in this group it is, what was due and what is out.

    `due_minor`, `on_time_minor` and `late_minor` of the span; `called_minor` and
    `called_paid_minor` of all dues up to its end.
    """

    contract_id: str
    borrower_id: str
    cycle: int
    lent_minor: int
    due_minor: int = 0
    on_time_minor: int = 0
    late_minor: int = 0
    called_minor: int = 0
    called_paid_minor: int = 0
    gross_minor: int = 0
    overdue_minor: int = 0
    days_past_due: int = 0


@dataclass(frozen=True, slots=True)
class Repaying:
    """How some loans are repaid. Amounts in minor units."""

    loans: int
    borrowers: int
    lent_minor: int
    due_minor: int
    on_time_minor: int
    late_minor: int
    called_minor: int
    called_paid_minor: int
    gross_minor: int
    overdue_minor: int
    at_risk_minor: tuple[tuple[int, int], ...]

    @property
    def on_time_rate(self) -> Ratio:
        """Paid by its day ÷ due in the span."""
        return ratio(self.on_time_minor, self.due_minor)

    @property
    def cumulative_rate(self) -> Ratio:
        """Ever paid on dues ÷ ever due, up to the end of the span; it hides recent trouble."""
        return ratio(self.called_paid_minor, self.called_minor)

    @property
    def arrears_rate(self) -> Ratio:
        """Overdue ÷ outstanding; it understates risk and stands beside PAR only."""
        return ratio(self.overdue_minor, self.gross_minor)

    @property
    def par(self) -> tuple[tuple[int, int, Ratio], ...]:
        """(days, amount, ratio): whole balances of loans more than so many days late."""
        return tuple((days, minor, ratio(minor, self.gross_minor)) for days, minor in
                     self.at_risk_minor)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attending:
    """A member's meetings; the excused ones are no part of `expected`."""

    expected: int = 0
    attended: int = 0
    excused: int = 0

    @property
    def rate(self) -> Ratio:
        return ratio(self.attended, self.expected)


@dataclass(frozen=True, slots=True)
class Standing:
    """A member in guarantee calls: called because of him, paid by him for others, and of that
    given back to him."""

    called_for_minor: int = 0
    paid_minor: int = 0
    recovered_minor: int = 0


@dataclass(frozen=True, slots=True)
class Giving:
    """A member's contributions of the span."""

    due_minor: int
    received_minor: int


@dataclass(frozen=True, slots=True)
class MemberPart:
    """One person who was in the group during the span. `giving` None: there is no common fund."""

    party_id: str
    name: str
    repaying: Repaying
    attending: Attending
    standing: Standing
    giving: Giving | None

    @property
    def contribution_rate(self) -> Ratio:
        if self.giving is None:
            return Ratio(None, NO_BASE)
        return ratio(self.giving.received_minor, self.giving.due_minor)


@dataclass(frozen=True, slots=True)
class CyclePart:
    """The members' first loans in this group, their second ones, and so on."""

    cycle: int
    repaying: Repaying


@dataclass(frozen=True, slots=True)
class Parts:
    """The group as a whole, by member in order of joining, and by cycle."""

    whole: Repaying
    recovered_minor: int
    members: tuple[MemberPart, ...]
    cycles: tuple[CyclePart, ...]


def repaying_of(loans: Sequence[LoanFacts]) -> Repaying:
    """Some loans added up. Borrowers are those who still owe."""
    return Repaying(
        loans=len(loans),
        borrowers=len({one.borrower_id for one in loans if one.gross_minor > 0}),
        lent_minor=sum(one.lent_minor for one in loans),
        due_minor=sum(one.due_minor for one in loans),
        on_time_minor=sum(one.on_time_minor for one in loans),
        late_minor=sum(one.late_minor for one in loans),
        called_minor=sum(one.called_minor for one in loans),
        called_paid_minor=sum(one.called_paid_minor for one in loans),
        gross_minor=sum(one.gross_minor for one in loans),
        overdue_minor=sum(one.overdue_minor for one in loans),
        at_risk_minor=tuple(
            (days, sum(one.gross_minor for one in loans if one.days_past_due > days))
            for days in PAR_DAYS
        ),
    )


def parts_of(
    people: Iterable[tuple[str, str]],
    loans: Sequence[LoanFacts],
    attending: Mapping[str, Attending],
    standing: Mapping[str, Standing],
    giving: Mapping[str, Giving] | None,
) -> Parts:
    """The group taken apart. `people`: id and name of whoever was there in the span."""
    members = tuple(
        MemberPart(
            party_id,
            name,
            repaying_of([one for one in loans if one.borrower_id == party_id]),
            attending.get(party_id, Attending()),
            standing.get(party_id, Standing()),
            None if giving is None else giving.get(party_id, Giving(0, 0)),
        )
        for party_id, name in people
    )
    return Parts(
        whole=repaying_of(loans),
        recovered_minor=sum(one.recovered_minor for one in standing.values()),
        members=members,
        cycles=tuple(
            CyclePart(cycle, repaying_of([one for one in loans if one.cycle == cycle]))
            for cycle in sorted({one.cycle for one in loans})
        ),
    )
