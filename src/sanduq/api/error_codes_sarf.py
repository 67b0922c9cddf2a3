"""Error codes of the sarf rail: code, status, cause and next step."""

from __future__ import annotations

SARF_CODES: tuple[tuple[str, int, str, str], ...] = (
    (
        "BUY_BACK_OTHER_DAY", 409,
        "The purchase was agreed at the price of another day.",
        "Ask for it again: the price is that of the day of the sitting.",
    ),
    (
        "GOLD_NOT_BACK", 409,
        "The exchange is being undone, and gold that was handed over is not back in custody.",
        "Receive the gold back, then undo the exchange.",
    ),
    (
        "GOLD_NOT_IN_HAND", 409,
        "The gold was not taken over, or handed over, by two officers within this sitting.",
        "Let two officers confirm the bag or the release, then record the gold.",
    ),
    (
        "GOLD_NOT_VALUED", 409,
        "A piece has no valuation of today confirmed by two officers.",
        "Value the piece today, and let a second officer confirm it.",
    ),
    (
        "PIECE_NOT_FREE", 409,
        "A piece is not owned by the institution, is reserved, or was bought in another currency.",
        "Choose a piece that is HELD, in the currency of the sale.",
    ),
    (
        "PIECE_OWNED", 409,
        "The institution owns this thing already.",
        "Check the item's id.",
    ),
    (
        "QUOTE_EXPIRED", 409,
        "The quote has expired; nothing is opened or sold on it any more.",
        "Ask for a new quote, and give the customer his time to think.",
    ),
    (
        "TERMS_NOT_LIVE", 409,
        "The terms are not active under a resolution of the board that is in force.",
        "Have terms approved whose resolution answers the board's questions, or name others.",
    ),
    (
        "WINDOW_NOT_OVER", 409,
        "The promise still stands: it lapses when its window is over.",
        "Wait for the day after the window closes; the day's end does it by itself.",
    ),
)  # fmt: skip
