"""Text brought to one plain spelling, so that lists of words find what was written any way."""

from __future__ import annotations

import re
import unicodedata

_READ_AS = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("‐‑‒–—", "-"),
        **dict.fromkeys("‘ʻʼʿʾ`", "'"),
        "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": "", "؛": ";", "؟": "?",
    }
)  # fmt: skip


def plain_words(text: str) -> str:
    """Small letters without accents, vowel marks or doubled spaces; one letter for each sound.

    What cannot be seen (soft hyphens, marks of direction) is dropped, and every dash is a hyphen.
    """
    # Folded a second time: the fancy capitals of some fonts are plain capitals only once spread.
    folded = unicodedata.normalize("NFKD", text.casefold().replace("’", "'")).casefold()
    spread = unicodedata.normalize("NFKD", folded)
    bare = "".join(
        each
        for each in spread
        if not unicodedata.combining(each) and unicodedata.category(each) != "Cf"
    )
    return re.sub(r"[ \t\r\n\xa0]+", " ", bare.translate(_READ_AS))
