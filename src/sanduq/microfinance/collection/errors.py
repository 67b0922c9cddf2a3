"""What the collection of a meeting refuses."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.kit.errors import Conflict, NotFound, Refusal, ValidationFailed


class NotCollected(NotFound):
    """This meeting has not been collected yet."""


class AlreadyCollected(Conflict):
    """This meeting was collected: a meeting is collected once. Corrections are made one by one,
    by reversing a repayment or recording another."""

    @classmethod
    def of(cls, meeting_id: str) -> AlreadyCollected:
        """Names the meeting."""
        return cls(
            f"{meeting_id} was collected; a meeting is collected once. Reverse a repayment, or"
            " record another on its loan, to correct it.",
            details=[{"field": "meeting_id", "code": "collected", "message": meeting_id}],
        )


class LoanOfAnother(NotFound):
    """This loan is not one of this member in this group."""


class RowTwice(ValidationFailed):
    """A member has one row."""


class ReceiptNumberTaken(Conflict):
    """A receipt is numbered once."""


class CollectionRefused(Refusal):
    """A row was refused, so none was recorded: the sheet was sent as a whole."""

    code = "BATCH_REFUSED"
    status = 422

    @classmethod
    def of(cls, rows: Sequence[tuple[str, int, Refusal]]) -> CollectionRefused:
        """Names every refused row, by its meeting and place."""
        return cls(
            f"{len(rows)} of the rows were refused, so none was recorded; correct them, or send"
            ' the sheet with mode "rows" to record the others',
            details=[
                {
                    "field": f"rows.{place}",
                    "code": refusal.code,
                    "message": refusal.message,
                    "meeting_id": meeting_id,
                }
                for meeting_id, place, refusal in rows
            ],
        )
