"""What a pledge's clauses may not say, as words to look for in English, Malay, Arabic and French.

A clause that denies the thing ("the pledge never becomes ours") is what a good contract says, and
passes; a denial elsewhere in the sentence ("if the debt is not paid, ...") excuses nothing. What
is found is shown to whoever wrote it; what no list of words finds, the reviewer reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sanduq.kit.plain_words import plain_words


class Sin(StrEnum):
    """What a clause gives the creditor that no pledge may give."""

    FORFEITURE = "forfeiture"
    REHYPOTHECATION = "rehypothecation"
    SALE_BEFORE_DUE = "sale_before_due"
    USE = "use"
    USE_FOR_NOTHING = "use_for_nothing"


@dataclass(frozen=True, slots=True)
class Faulty:
    """The words found in a clause, and what they give."""

    sin: Sin
    words: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    """`denial` is looked for in the words found, or (Arabic) in the word just before them."""

    sin: Sin
    found: re.Pattern[str]
    denial: re.Pattern[str]
    is_denied_before: bool = False


_EN_DENIAL = re.compile(
    r"\b(not|never|no|nor|neither|cannot|without|forbidden|prohibited|refrains?)\b"
)
_MS_DENIAL = re.compile(r"\b(tidak|tiada|bukan|jangan|dilarang|tanpa)\b")
_FR_DENIAL = re.compile(r"\b(ne|n|ni|jamais|aucun|aucune|sans|interdit)\b")
_AR_DENIAL = re.compile(r"(?:^|\s)[وف]?(لا|لن|ليس|ليست|يحرم|يمنع|دون)(\s\S+)?\s*$")

_GAP = r"[^.;:!?\n]{0,60}?"  # within one sentence
_EN_PLEDGE = (
    r"\b(pledges?|pledged|items?|gold|collateral|jewell?ery|assets?|ownership|title|it|they)\b"
)
_EN_US = (
    r"(us|we|(the |an? )?(institution|creditor|lender|pledgee|bank|operator|company|co-?operative"
    r"|shop|murtahin))"
)
_MS_PLEDGE = r"\b(gadaian|barang|emas|marhun|cagaran|barang kemas|hak milik|ia)\b"
_MS_US = r"(kami|institusi|pemiutang|pemegang gadaian|bank|koperasi|syarikat|murtahin)"
_FR_PLEDGE = r"\b(gage|bien|biens|or|bijoux?|propriete|objets?|il|elle)\b"
_FR_US = r"(nous|l[' ]institution|le creancier|du creancier|la banque|le preteur|la cooperative)"
_AR_PLEDGE = r"(الرهن|المرهون|الذهب|الملكيه|ملكيه)"
_AR_US = r"(لنا|ملكنا|للمرتهن|المرتهن|للداين|الداين|للموسسه|الموسسه|للبنك|البنك|للمقرض)"
_EN_USE = (
    rf"\b{_EN_US}\b{_GAP}\b(use|uses|wear|wears|benefit from|enjoy|enjoys|make use of)\b "
    r"(the |its |any |all )?(pledge|pledged \w+|gold|items?|collateral|jewell?ery|assets?|it"
    r"|them)\b"
)
_MS_USE = (
    rf"\b{_MS_US}\b{_GAP}\b(menggunakan|guna|memakai|memanfaatkan)\b (semua )?{_MS_PLEDGE[2:]}"
)
_FR_USE = (
    rf"\b{_FR_US}\b{_GAP}\b(utiliser|utilise|user d[eu]|jouir d[eu]|porter|se servir d[eu])\b"
    rf" ?(le |la |les |l')?{_FR_PLEDGE[2:]}"
)
_AR_USE = rf"(استعمال|يستعمل|الانتفاع ب|ينتفع ب|استخدام|يستخدم)\s*{_AR_PLEDGE}"

_WORDS: Sequence[tuple[Sin, re.Pattern[str], str]] = (
    # the creditor takes the pledge for the debt
    (Sin.FORFEITURE, _EN_DENIAL, rf"{_EN_PLEDGE}{_GAP}\bforfeit\w*"),
    (Sin.FORFEITURE, _EN_DENIAL, r"\bforeclos\w+"),
    (Sin.FORFEITURE, _EN_DENIAL,
     rf"{_EN_PLEDGE}{_GAP}\b(become|becomes|is|are|be)\b{_GAP}\b(ours\b|our property\b"
     rf"|(owned by|(the )?property of) {_EN_US}\b)"),
    (Sin.FORFEITURE, _EN_DENIAL,
     rf"{_EN_PLEDGE}{_GAP}\b(falls?|goes|go|pass|passes|transfers?|transferred|vests?|vested"
     rf"|belongs?)\b{_GAP}\b(to|in|upon) {_EN_US}\b(?!'s| for (safe|custody|keeping))"),
    (Sin.FORFEITURE, _EN_DENIAL,
     rf"{_EN_PLEDGE}{_GAP}\b(become|becomes)\b (the )?property of (?!(the |its )?(owner|pledgor"
     r"|borrower|customer|buyer|purchaser|heirs?|highest))"),
    (Sin.FORFEITURE, _EN_DENIAL,
     rf"\b{_EN_US}\b{_GAP}\b(keep|keeps|retain|retains|take|takes|appropriate|appropriates|own"
     rf"|owns)\b{_GAP}\b(in (full |part )?(satisfaction|settlement|payment|place|lieu)"
     r"|instead of|for the debt)"),
    (Sin.FORFEITURE, _MS_DENIAL,
     rf"{_MS_PLEDGE}{_GAP}\b(menjadi|jadi|dipindahkan|berpindah|terlucut)\b{_GAP}"
     rf"\b((hak )?milik {_MS_US}|{_MS_US} punya|kepunyaan {_MS_US}|kepada {_MS_US}|terlucut hak)"),
    (Sin.FORFEITURE, _MS_DENIAL, r"\b(terlucut hak|dilucut\w*|lucut hak)\b"),
    (Sin.FORFEITURE, _FR_DENIAL,
     rf"{_FR_PLEDGE}{_GAP}\b(devient|deviendra|deviendront|appartient|appartiendra|revient"
     rf"|reviendra|reste acquis|acquis|acquise|passe|transfere)\b{_GAP}\b(notre propriete"
     rf"|la propriete (de )?{_FR_US}|propriete (de )?{_FR_US}|(a |au |de )?{_FR_US}|au creancier)"),
    (Sin.FORFEITURE, _FR_DENIAL,
     rf"{_FR_PLEDGE}{_GAP}\bnous\b (appartient|appartiendra|revient|reviendra|est acquis)"),
    (Sin.FORFEITURE, _AR_DENIAL,
     rf"(يصبح|يصير|تصبح|تصير|يوول|توول|ينتقل|تنتقل|يكون|تكون){_GAP}{_AR_PLEDGE}?{_GAP}"
     rf"(ملكا?|ملكيته|ملكيه)?\s*{_AR_US}"),
    # the creditor pledges, lends or lets it to others
    (Sin.REHYPOTHECATION, _EN_DENIAL,
     rf"\b{_EN_US}\b{_GAP}\b(re-?pledge|repledge|re-?pawn|re-?hypothecat\w+|lend|lease|let out"
     rf"|rent out|hire out|encumber)\b{_GAP}\b(pledge|pledged|gold|items?|collateral|it|them"
     r"|jewell?ery|assets?)\b"),
    (Sin.REHYPOTHECATION, _EN_DENIAL,
     rf"{_EN_PLEDGE}{_GAP}\b(be|is|are) (re-?pledged|repledged|lent|leased|re-?hypothecated)\b"),
    (Sin.REHYPOTHECATION, _MS_DENIAL,
     rf"\b{_MS_US}\b{_GAP}\b(menggadai(kan)?( semula)?|meminjamkan|menyewakan|memajak(kan)?)\b"
     rf"{_GAP}{_MS_PLEDGE}"),
    (Sin.REHYPOTHECATION, _FR_DENIAL,
     rf"\b{_FR_US}\b{_GAP}\b(re-?gager|regager|remettre en gage|preter|louer|donner en location)"
     rf"\b{_GAP}{_FR_PLEDGE}"),
    (Sin.REHYPOTHECATION, _AR_DENIAL,
     rf"(رهن|يرهن|اعاره|يعير|اقراض|يقرض|تاجير|يوجر|ايجار)\s{_AR_PLEDGE}{_GAP}"
     r"(للغير|لغيره|لطرف|لجهه|لدي الغير|الي الغير)"),
    # the creditor sells before the debt is due, or because the price fell
    (Sin.SALE_BEFORE_DUE, _EN_DENIAL,
     rf"\b{_EN_US}\b{_GAP}\b(sell|sells|dispose of|liquidate)\b{_GAP}\b(before (the |its |any )?"
     r"(debt|due|maturity|default)|at any time|whenever|at will|(upon|on|after) a margin call"
     r"|if (its |the )?(price|value) falls|when (its |the )?(price|value) falls)"),
    (Sin.SALE_BEFORE_DUE, _MS_DENIAL,
     rf"\b{_MS_US}\b{_GAP}\b(menjual|jual)\b{_GAP}\b(pada bila-bila masa|sebelum (hutang|tempoh"
     r"|tarikh|matang)|jika (harga|nilai)\w* (jatuh|turun|susut))"),
    (Sin.SALE_BEFORE_DUE, _FR_DENIAL,
     rf"\b{_FR_US}\b{_GAP}\b(vendre|vend|vendra)\b{_GAP}\b(a tout moment|avant l[' ]echeance"
     r"|si (le prix|la valeur|le cours) (baisse|chute))"),
    (Sin.SALE_BEFORE_DUE, _AR_DENIAL,
     rf"(بيع|يبيع)\s{_AR_PLEDGE}{_GAP}(في اي وقت|قبل حلول|قبل الاجل|قبل الاستحقاق)"),
    # the creditor uses it, or uses it for nothing
    (Sin.USE, _EN_DENIAL, _EN_USE),
    (Sin.USE_FOR_NOTHING, _EN_DENIAL, rf"{_EN_USE}{_GAP}\b(free of|freely|for free|without"
     r" (charge|rent|paying)|gratis)\b"),
    (Sin.USE, _MS_DENIAL, _MS_USE),
    (Sin.USE_FOR_NOTHING, _MS_DENIAL, rf"{_MS_USE}{_GAP}\b(percuma|tanpa (bayaran|sewa))"),
    (Sin.USE, _FR_DENIAL, _FR_USE),
    (Sin.USE_FOR_NOTHING, _FR_DENIAL, rf"{_FR_USE}{_GAP}\b(gratuit\w*|sans (frais|loyer))"),
    (Sin.USE, _AR_DENIAL, _AR_USE),
    (Sin.USE_FOR_NOTHING, _AR_DENIAL, rf"{_AR_USE}{_GAP}(مجانا|بدون اجر|بلا اجر|دون مقابل)"),
)  # fmt: skip

_PATTERNS = tuple(
    _Pattern(sin, re.compile(words), denial, is_denied_before=denial is _AR_DENIAL)
    for sin, denial, words in _WORDS
)
_CONDITION = re.compile(
    r"\s*(if|when|where|unless|should|once|after|upon|in case|jika|kalau|apabila|sekiranya|si|s'"
    r"|lorsque|quand|a defaut)\b"
)
_FORBIDDEN_BEFORE = re.compile(
    r"\b(forbidden|prohibited|unlawful|dilarang|diharamkan|interdit|defendu)\b[^.;:!?\n]*$"
    r"|(?:^|\s)(لا يجوز|يحرم|يمنع|يحظر)[^.;:!?\n]*$"
    r"|\b(neither party|no party|no pledge|no item|nobody|aucun)\b[^.;:!?\n]*$"
)


def faulty_words(text: str) -> Iterator[Faulty]:
    """What a clause gives the creditor that it may not, with the words that give it."""
    plain = plain_words(text)
    told: list[tuple[Sin, int, int]] = []
    for pattern in _PATTERNS:
        place = 0
        while match := pattern.found.search(plain, place):
            start, end = match.span()
            if _is_denied(pattern, plain[:start], match.group()):
                place = start + 1  # the words may begin later: "it is not paid, the pledge ..."
                continue
            place = end
            if not any(sin is pattern.sin and start < to and at < end for sin, at, to in told):
                told.append((pattern.sin, start, end))
                yield Faulty(pattern.sin, match.group().strip())


def _is_denied(pattern: _Pattern, before: str, words: str) -> bool:
    if _FORBIDDEN_BEFORE.search(before):
        return True
    if pattern.is_denied_before:
        return pattern.denial.search(before) is not None
    parts = [part for part in words.split(",") if not _CONDITION.match(part)]
    return pattern.denial.search(",".join(parts)) is not None
