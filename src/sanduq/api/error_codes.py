"""Every error code of the API: its cause, what it left behind, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code as a reader needs it. Whatever the code, nothing is ever half done."""

    code: str
    status: int
    cause: str
    next_step: str


CODES: tuple[ErrorCode, ...] = (
    ErrorCode(
        "INVALID_JSON", 400,
        "The body is not JSON, holds NaN or a doubled key, or came without a JSON content type.",
        "Send valid JSON with Content-Type: application/json.",
    ),
    ErrorCode(
        "UNAUTHORIZED", 401,
        "The key is missing, unknown, waits for approval, or is revoked.",
        "Send Authorization: Bearer with a live key of this institution.",
    ),
    ErrorCode(
        "FORBIDDEN", 403,
        "The key lacks the scope, the role lacks the authority, or the same person would decide"
        " on his own work.",
        "Use a key with the scope named, or have another user decide.",
    ),
    ErrorCode(
        "NOT_FOUND", 404,
        "There is no such object in this institution; another institution's ids look the same.",
        "Check the id.",
    ),
    ErrorCode(
        "METHOD_NOT_ALLOWED", 405, "The path does not take this method.", "See the contract."
    ),
    ErrorCode(
        "CONFLICT", 409,
        "The object's state does not allow this, it changed since you read it, or an id is taken.",
        "Read the object again; the answer says the state and what it allows.",
    ),
    ErrorCode(
        "IDEMPOTENCY_IN_FLIGHT", 409,
        "A request with the same idempotency key is still running.",
        "Send the same request again in a moment: you get its answer.",
    ),
    ErrorCode(
        "NOTHING_TO_RESCHEDULE", 409,
        "The debt is settled, or no instalment is due on the day named.",
        "Read the schedule and name one of its due dates.",
    ),
    ErrorCode(
        "OBLIGATION_TRANSITION_REFUSED", 409,
        "The debt's state does not allow this.",
        "Read the loan again.",
    ),
    ErrorCode("BODY_TOO_LARGE", 413, "The body is over 8 MiB.", "Send fewer rows per call."),
    ErrorCode(
        "VALIDATION_ERROR", 422,
        "A field is missing, unknown or wrong; errors[] names each with its own code.",
        "Correct the fields named.",
    ),
    ErrorCode(
        "IDEMPOTENCY_MISMATCH", 422,
        "The idempotency key was used for another request.",
        "Use a fresh key for a different request.",
    ),
    ErrorCode(
        "SHARIAH_VIOLATION", 422,
        "A rule of the rulebook refuses it; each finding names rule, limit and source.",
        "Change what the finding names, or bring the resolution a review finding asks for.",
    ),
    ErrorCode(
        "RESCHEDULE_INCREASE", 422,
        "The new instalments do not add up to what is still owed (rule DEF-09).",
        "Spread exactly the outstanding principal and fee.",
    ),
    ErrorCode(
        "SCHEDULE_DATES_INVALID", 422,
        "Due dates lie before the day of the agreement or do not follow one another.",
        "Send dates in order, from today on.",
    ),
    ErrorCode(
        "SCHEDULE_SUM_MISMATCH", 422,
        "The parts of a schedule do not fit together.",
        "Send no negative part, and a principal and a fee for every date.",
    ),
    ErrorCode(
        "BATCH_REFUSED", 422,
        "A row was refused in a batch sent as all or nothing; no row was recorded.",
        "Correct the rows named, or send the batch without all_or_nothing.",
    ),
    ErrorCode(
        "LIMIT_EXCEEDED", 422,
        "The amount is above a limit of the role, the product or the KYC tier.",
        "The answer says the limit, and the tier or role that would allow it.",
    ),
    ErrorCode(
        "FUNDS_INSUFFICIENT", 422,
        "The account or fund would fall below its floor.",
        "Pay money in first, or ask for less.",
    ),
    ErrorCode(
        "RATE_LIMITED", 429,
        "The key's requests of this minute are used up.",
        "Wait as long as Retry-After says.",
    ),
    ErrorCode(
        "INTERNAL_ERROR", 500,
        "Something failed on our side; nothing was changed.",
        "Send the request again with the same idempotency key; report the request id if it stays.",
    ),
)  # fmt: skip

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sanduq API errors</title>
<style>
body {{ font-family: system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
dt {{ font-family: ui-monospace, monospace; font-weight: bold; margin-top: 1.2rem; }}
dd {{ margin: 0.2rem 0 0 1.5rem; }}
</style>
</head>
<body>
<main>
<h1>Errors</h1>
<p>Whatever the error, nothing is ever half done: a refused request changed nothing.</p>
<dl>
{rows}
</dl>
<p><a href="/docs">The contract</a></p>
</main>
</body>
</html>
"""


def page() -> str:
    """The page that `type` in every error links to."""
    rows = "\n".join(
        f'<dt id="{escape(each.code.lower())}">{each.status} {escape(each.code)}</dt>'
        f"<dd>{escape(each.cause)}</dd><dd>{escape(each.next_step)}</dd>"
        for each in CODES
    )
    return _PAGE.format(rows=rows)
