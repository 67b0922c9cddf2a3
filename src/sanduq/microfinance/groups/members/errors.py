"""What the keeping of a group's people refuses."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.kit.errors import Conflict, NotFound


class NotAMember(NotFound):
    """This person is not a member of the group."""


class MemberAlready(Conflict):
    """This person is a member of the group already."""


class OfficeTaken(Conflict):
    """Another member holds this office: give that member another role first."""


class InAnotherGroup(Conflict):
    """This person is a member of another group that lends the same currency."""


class MemberStillBound(Conflict):
    """A member leaves when nothing binds him to the group."""

    @classmethod
    def of(
        cls, party_id: str, loan_ids: Sequence[str], covered_ids: Sequence[str]
    ) -> MemberStillBound:
        """Names the loans that bind the member, as borrower and as guarantor."""
        details = [
            {"field": "party_id", "code": "open_loan", "message": one} for one in loan_ids
        ] + [{"field": "party_id", "code": "guarantees", "message": one} for one in covered_ids]
        why = []
        if loan_ids:
            why.append(f"owes or asks for {', '.join(loan_ids)}")
        if covered_ids:
            why.append(f"answers for {', '.join(covered_ids)}")
        return cls(
            f"{party_id} {' and '.join(why)}; settle or cancel that before leaving",
            details=details,
        )
