"""Refusals: the house says no with a code, a status and the next step.

A refusal is a business answer, not a failure: it never leaves half an effect and it is
rendered in one place (`sanduq.api.errors`). Each domain subclasses `Refusal` in its own
`errors.py`, one class per fact refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """A typed no. Subclasses set `code` and `status`; their docstring is the default message."""

    code: str = "REFUSED"
    status: int = 422

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Sequence[Mapping[str, Any]] = (),
        **facts: Any,
    ) -> None:
        self.message = message or (self.__doc__ or self.code).strip().splitlines()[0]
        self.details: tuple[Mapping[str, Any], ...] = tuple(details)
        self.facts = facts
        super().__init__(self.message)


class ValidationFailed(Refusal):
    """The request does not have the shape this call needs."""

    code = "VALIDATION_ERROR"
    status = 422

    @classmethod
    def field(cls, field: str, code: str, message: str) -> ValidationFailed:
        """One wrong field."""
        return cls(message, details=[{"field": field, "code": code, "message": message}])


class NotFound(Refusal):
    """There is no such object in this institution."""

    code = "NOT_FOUND"
    status = 404


class Conflict(Refusal):
    """The object is not in a state that allows this."""

    code = "CONFLICT"
    status = 409


class Forbidden(Refusal):
    """This key may not do that."""

    code = "FORBIDDEN"
    status = 403


class Unauthorized(Refusal):
    """A live API key is needed: send `Authorization: Bearer sk_…`."""

    code = "UNAUTHORIZED"
    status = 401


class LimitExceeded(Refusal):
    """The amount is above a limit that binds here."""

    code = "LIMIT_EXCEEDED"
    status = 422


class FundsInsufficient(Refusal):
    """The account or fund does not hold enough."""

    code = "FUNDS_INSUFFICIENT"
    status = 422
