"""What the keeping of leases refuses, beyond the rules."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class LeaseNotFound(NotFound):
    """There is no such lease in this institution."""


class LeaseStateRefuses(Conflict):
    """The lease is in a state that does not allow this."""

    @classmethod
    def of(cls, loan_id: str, status: str, step: str) -> LeaseStateRefuses:
        """Says the state of the lease."""
        return cls(
            f"the lease of {loan_id} is {status}; {step} is not possible any more",
            details=[{"field": "stage", "code": "state", "message": status}],
            state=status,
        )


class RentStoppedAlready(Conflict):
    """Downtime is being recorded already: resume the rent before you stop it again."""


class RentRunsAlready(Conflict):
    """No downtime is open on this lease: there is nothing to resume."""


class DepositOpen(Conflict):
    """A deposit is held for this loan already, or none is held to release."""


class RentsUnpaid(Conflict):
    """Rents are still unpaid: receive them before ownership passes."""


class TermNotOver(Conflict):
    """The lease still runs: end it early for a reason the contract knows, or wait for its end."""


class AssetStillHeld(Conflict):
    """The institution owns the asset already: end the lease, which keeps it in stock."""


class AssetNotInStock(Conflict):
    """That lease holds no asset that came back to the institution."""
