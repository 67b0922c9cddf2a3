"""Every error code of the API: its cause, what it left behind, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from sanduq.api.error_codes_sarf import SARF_CODES


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
        "NO_PRICE_BOARD", 409,
        "No price board for this metal and currency is in force today, or its price is stale.",
        "Propose one with a fresh price and have another officer approve it.",
    ),
    ErrorCode(
        "VALUER_CONFIRMS_OWN", 403,
        "The second officer of a valuation is never its valuer.",
        "Have another officer confirm it.",
    ),
    ErrorCode(
        "SECOND_VALUER_REQUIRED", 422,
        "A witness is not enough: the second officer must test and conclude by himself.",
        "Send his findings: weights, tests and fineness.",
    ),
    ErrorCode(
        "FINENESS_UNKNOWN", 422,
        "The fineness is no grade of the metal, or the board has no price for it.",
        "Name a grade of the table, or propose a board that prices it.",
    ),
    ErrorCode(
        "INSTRUMENT_OUT_OF_CALIBRATION", 422,
        "The calibration of the instrument has lapsed.",
        "Record its new calibration, or test with another.",
    ),
    ErrorCode(
        "PRICE_STALE", 422,
        "The price was observed longer ago than the valuation policy allows.",
        "Propose a board with a fresh price.",
    ),
    ErrorCode(
        "PRICE_SPIKE", 422,
        "A price moved further from the last board than the valuation policy allows.",
        "Check the figures; if they are right, say why in spike_explanation.",
    ),
    ErrorCode(
        "FEED_UNREADABLE", 422,
        "A price feed could not be reached or read; nothing was proposed.",
        "Check the address and what the mapping names, or propose the board by hand.",
    ),
    ErrorCode(
        "FEE_POLICY_NO_RESOLUTION", 409,
        "A fee policy stands under a resolution of the Shariah board in force today.",
        "Record the resolution and name it in resolution_id.",
    ),
    ErrorCode(
        "FEE_POLICY_NO_COST_STUDY", 409,
        "No custody cost study of the last twelve months is agreed to by both offices.",
        "Record one and have finance and the Shariah board approve it.",
    ),
    ErrorCode(
        "ITEM_IN_CUSTODY", 409,
        "A thing is in custody already; it is in one place at a time.",
        "Read its holding; release it there before it is received again.",
    ),
    ErrorCode(
        "ITEM_ALREADY_PLEDGED", 409,
        "The same thing, by its serial, photograph, or marks and weight, is held for another"
        " subject.",
        "Compare the two things and correct the record of the one that is wrong.",
    ),
    ErrorCode(
        "ITEM_NOT_HELD", 409,
        "A thing is not in custody for this subject, confirmed by two officers.",
        "Read the holdings of the subject and name what is held.",
    ),
    ErrorCode(
        "BAG_WEIGHT_DIFFERS", 409,
        "Two weighings of one bag lie further apart than the tolerance.",
        "Weigh again; if it stays so, leave the bag closed and count the vault.",
    ),
    ErrorCode(
        "BAG_SEAL_DIFFERS", 409,
        "The seal on the bag is not the seal on record, or a broken one would be used again.",
        "Leave the bag as it is and call the branch manager.",
    ),
    ErrorCode(
        "BAG_TOO_LIGHT", 422,
        "The bag weighs less than what is said to be in it.",
        "Check what is in the bag, and weigh again.",
    ),
    ErrorCode(
        "BAG_NUMBER_TAKEN", 409,
        "A bag in custody has this bag number, seal number or external_id.",
        "Take another bag or seal.",
    ),
    ErrorCode(
        "PLACE_UNFIT", 409,
        "The place is of another branch, closed, full, or takes no bags.",
        "Choose another place.",
    ),
    ErrorCode(
        "PLACE_BEING_COUNTED", 409,
        "The place is under an open stock-take: nothing moves there.",
        "Wait until the count is closed, or have it cancelled.",
    ),
    ErrorCode(
        "ADL_MOVE", 409,
        "An agreed third party keeps the place, and neither side alone may move things there"
        " (RHN-26).",
        "Send the references of the pledgor's and of the pledgee's consent.",
    ),
    ErrorCode(
        "RELEASE_ORDERED", 409,
        "A thing is in another release order that is READY.",
        "Hand that one over, or have it cancelled.",
    ),
    ErrorCode(
        "RELEASE_RECIPIENT", 422,
        "Whoever is to receive, or came, is neither the owner nor his proven agent (ARN-12).",
        "Name the owner, or his agent or heir with proof.",
    ),
    ErrorCode(
        "RELEASE_TICKET", 422,
        "The ticket of the pledge was not shown, or is not the one that holds (ARN-12).",
        "Show the ticket, or let the owner declare it lost in person.",
    ),
    ErrorCode(
        "RELEASE_MISMATCH", 409,
        "What was laid out is not what the release order names, or in other bags.",
        "Lay out the things the order names, from the bags they are held in.",
    ),
    ErrorCode(
        "SAMPLE_NOT_WEIGHED", 409,
        "Bags drawn to be weighed were scanned without a weight.",
        "Scan them again with their weight.",
    ),
    ErrorCode(
        "INSURANCE_NOT_TAKAFUL", 422,
        "What is kept in trust is covered by takaful, not by conventional insurance (GEN-18).",
        "Record a takaful cover.",
    ),
    ErrorCode(
        "AUCTION_NOT_IN_SESSION", 409,
        "Bids are taken from the opening to the closing time of the auction, and at no other.",
        "Read the auction and bid while it is open.",
    ),
    ErrorCode(
        "BIDDER_NOT_IDENTIFIED", 422,
        "Who would bid has no identity document on record.",
        "Record the verification of the party, then admit it.",
    ),
    ErrorCode(
        "HAMMER_FALLEN", 409,
        "A lot of this pledge is sold: its buyer has the right to it.",
        "Take the buyer's payment, or pass the lot on once it is late.",
    ),
    ErrorCode(
        "NO_MARKET_VALUE", 409,
        "No price board prices the thing and no two officers have valued it.",
        "Have it valued and confirmed, then try again.",
    ),
    ErrorCode(
        "SURPLUS_RECIPIENT", 422,
        "A surplus goes to the owner, a proven heir or an agent with a mandate for it alone.",
        "Name one of them, or record the mandate or the proof first.",
    ),
    ErrorCode(
        "SURPLUS_RESOLUTION", 422,
        "Unclaimed money goes to charity only by a resolution of the board in force for it.",
        "Record the resolution and name it, or keep the money for its owner.",
    ),
    ErrorCode(
        "DEPOSIT_FEE_UNPAID", 409,
        "The fee for keeping a deposit is unpaid.",
        "Pay what is due; the things are ready the same day.",
    ),
    ErrorCode(
        "TRUE_UP_OVERLAPS", 409,
        "The days named cut through an earlier true-up of custody fees.",
        "Choose days that hold the earlier one whole, or none of it.",
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
    *(ErrorCode(*each) for each in SARF_CODES),
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
