"""What the papers of a facility may not say, as words to look for in four languages.

The first contract may not speak of a second one at all: not even to deny it. A promise may bind
nobody but the institution. Nothing sent to a customer may speak as one speaks to a debtor, and the
second contract may speak neither so nor of the first one's price; "there is no debt" may be said.
What no list of words finds, the reviewer reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from sanduq.kit.plain_words import plain_words


class TextKind(StrEnum):
    """Which paper a text is."""

    CONTRACT_1 = "contract_1"
    PROMISE = "promise"
    CONTRACT_2 = "contract_2"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class FaultyWords:
    """Words that a paper of this kind may not hold, and the language they were found in."""

    kind: TextKind
    language: str
    words: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    """`denial_before` and `denial_within`: what makes the words harmless; None: nothing does."""

    language: str
    found: re.Pattern[str]
    denial_before: re.Pattern[str] | None = None
    denial_within: re.Pattern[str] | None = None


_GAP = r"[^.;:!?]{0,60}?"  # within one sentence

# A second contract after the first: bought back, redeemed, returned, promised to be sold.
_SECOND: Mapping[str, Sequence[str]] = {
    "en": (
        r"\bre-?purchas\w*", r"\bredeem\w*", r"\bredempt\w*", r"\breturn\w*", r"\breacquir\w*",
        r"\b(buy|buys|buying|bought|sell|sells|selling|sold|get|gets|take|takes|taken|give|given)"
        r"\b(?: \w+){0,4}?[ -]back\b", r"\bbuybacks?\b",
        r"\b(buy|buys|sell|sells|purchase|purchases)\b(?: \w+){0,4}? again\b",
        r"\b(promis\w+|undertak\w+|option|right)\b(?: \w+){0,4}? to (buy|sell|purchase)\b",
        r"\bwa'd\b", r"\bbay' al-wafa'?", r"\b(second|later|future) (contract|sale|purchase)\b",
        r"\bcontract (2|two)\b",
    ),
    "ms": (
        r"\b\w*[tn]ebus\w*", r"\b\w*(beli|jual)\w* (balik|semula|kembali)\b", r"\bambil balik\b",
        r"\b\w*[pm]ulang(kan)?\b", r"\b\w*kembali\w*", r"\bkontrak (kedua|2)\b",
        r"\b\w*janji\w*(?: \w+){0,4}? (menjual|membeli|jual|beli)\b",
        r"\b(opsyen|hak)(?: \w+){0,4}? (menjual|membeli|jual|beli)\b",
    ),
    "fr": (
        r"\brachet\w*", r"\brachat\w*", r"\bremere\b", r"\brestitu\w*", r"\bretour\w*",
        r"\brepren\w*", r"\breprise\b", r"\brevend\w*", r"\brevente\b", r"\brend(u|ue|re|ra)\b",
        r"\b(promesse|promet\w*|s'engage\w*|option|droit)(?: [\w']+){0,4}? "
        r"(vente|vendre|achat|acheter|d'achat|d'acheter)\b",
        r"\b(second|deuxieme) contrat\b", r"\bcontrat (2|deux)\b",
    ),
    "ar": (
        r"(اعاد[هت]?|يعيد|تعيد|نعيد) ?(ال)?(شراء|بيع|شراءه|بيعه|الذهب)", r"استرداد", r"[يتن]سترد",
        r"استرجاع", r"[يتن]سترجع", r"استعاد[هت]", r"[يتن]ستعيد", r"ارجاع",
        r"بيع (ال)?(وفاء|عهده|رجاء)", r"(وعد|يعد|تعهد|يتعهد)\S*(?: \S+){0,3}? ?\S*(بيع|شراء)",
        r"شراءه?(?: \S+){0,3}? (مره اخري|ثانيه|من جديد)", r"العقد الثاني", r"فك الرهن",
    ),
}  # fmt: skip

# What is said to a debtor.
_DEBT: Mapping[str, Sequence[str]] = {
    "en": (
        r"\brepa(y|ys|id|ying|yment|yments|yable)\b", r"\bdue\b(?! (to|diligence)\b)",
        r"\bover-?due\b", r"\bredeem\w*", r"\bredempt\w*", r"\bpenalt(y|ies)\b", r"\barrears\b",
        r"\binstal+ments?\b", r"\bdebts?\b", r"\bdebtors?\b", r"\bloans?\b", r"\bborrow\w*",
        r"\bow(e|es|ed|ing)\b", r"\bdefault\w*", r"\boutstanding\b", r"\binterest\b(?! in\b)",
        r"\blate (fee|fees|charge|charges|payment)\b", r"\bmatur(ity|es|ed)\b",
        r"\b(forfeit\w*|margin calls?|top-?ups?)\b", r"\byou (must|have to) pay\b",
    ),
    "ms": (
        r"\b\w*bayar\w* (balik|semula)\b", r"\b\w*hutang\w*", r"\b\w*tunggak\w*", r"\bpenalti\b",
        r"\bdenda\b", r"\b\w*[tn]ebus\w*", r"\bansuran\b", r"\b\w*pinjam\w*", r"\bfaedah\b",
        r"\btarikh (matang|akhir bayaran)\b", r"\blewat bayar\b", r"\bmungkir\b",
        r"\b(anda )?(perlu|mesti|wajib) (mem)?bayar\b",
    ),
    "fr": (
        r"\brembours\w*", r"\bdettes?\b", r"\bdebit(eur|eurs|rice)\b", r"\bimpaye\w*",
        r"\becheances?\b", r"\bpenalites?\b", r"\barrier(e|es)\b", r"\bprets?\b(?! a\b)",
        r"\bemprunt\w*", r"\binterets?\b", r"\b(somme|sommes|montant|montants) dus?e?s?\b",
        r"\bretards? de paiement\b", r"\ben retard\b", r"\bmise en demeure\b", r"\bmensualites?\b",
        r"\brachet\w*", r"\brachats?\b", r"\bvous devez\b", r"\bdefaillan\w*",
    ),
    "ar": (
        r"(?<!\w)[وفبل]?(ال)?(سداد|تسديد)(?!\w)", r"[يتن]سدد", r"(?<!\w)(سدد|سددوا)(?!\w)",
        r"(?<!\w)[وفبل]?(ال)?(دين|ديون|ديونك|دينك|مديونيه|مدين)(?!\w)", r"مستحق", r"استحقاق",
        r"متاخر", r"غرامه", r"(?<!\w)[وف]?الغرامات", r"(?<!\w)[وفبل]?(ال)?(قسط|اقساط)(?!\w)",
        r"(?<!\w)[وفبل]?(ال)?(قرض|قروض|قرضك)(?!\w)", r"فك الرهن", r"استرداد", r"فوايد", r"فايده",
    ),
}  # fmt: skip

# The first contract, spoken of in the second.
_FIRST: Mapping[str, Sequence[str]] = {
    "en": (
        r"\b(first|earlier|previous|prior|original|initial) (\w+ )?"
        r"(contract|sale|price|purchase)\b", r"\bcontract (1|one)\b",
        r"\bprice (\w+ ){0,2}(paid|received) (before|earlier|to)\b",
        r"\bre-?purchas\w*", r"\bbuy(ing)?[ -]?back\b", r"\bprofit rate\b",
        r"\bper (month|annum)\b",
    ),
    "ms": (
        r"\bkontrak (pertama|asal|terdahulu|1)\b", r"\bharga (belian |jualan )?(asal|pertama)\b",
        r"\b\w*(beli|jual)\w* (balik|semula|kembali)\b", r"\bjualan (pertama|asal)\b",
    ),
    "fr": (
        r"\b(premier|precedent) (contrat|prix)\b", r"\bpremiere vente\b", r"\bcontrat (1|un)\b",
        r"\bprix (\w+ )?(initial|d'origine|precedent)\b", r"\bremere\b", r"\bcontrat initial\b",
    ),
    "ar": (
        r"العقد (الاول|السابق|الاصلي)", r"(السعر|الثمن|البيع) (الاول|السابق|الاصلي)",
        r"اعاده (ال)?شراء",
    ),
}  # fmt: skip

# The customer bound, or made to suffer for not buying.
_BOUND: Mapping[str, Sequence[str]] = {
    "en": (
        rf"\b(customer|seller|promisee|buyer|purchaser|you|he|she)\b{_GAP}\b(?P<duty>shall|must"
        r"|has to|have to|is to|will|bound|obliged|obligated|required|undertakes?|promises?|agrees?"
        rf"|commits?|covenants?|guarantees?)\b{_GAP}\b(buy|purchase|repurchase|redeem|take up"
        r"|exercise)\b",
        rf"\b(?P<duty>binds?|obliges?|requires?|compels?)\b{_GAP}\b(customer|seller|promisee"
        rf"|buyer|you)\b{_GAP}\b(buy|purchase|repurchase|redeem)\b",
        rf"\bboth (parties|sides)\b{_GAP}\b(?P<duty>promise|undertake|bound|agree|shall|must)\b",
        r"\b(mutual|bilateral) promises?\b",
    ),
    "ms": (
        rf"\b(pelanggan|penjual|pembeli|anda|beliau)\b{_GAP}\b(?P<duty>mesti|wajib|hendaklah|perlu"
        rf"|dikehendaki|terikat|diwajibkan|berjanji|bersetuju|mengaku janji|akan)\b{_GAP}"
        r"\b(membeli|beli|menebus|tebus)\b",
        rf"\bkedua-dua pihak\b{_GAP}\b(?P<duty>berjanji|terikat|bersetuju|wajib|mesti)\b",
    ),
    "fr": (
        rf"\b(client|cliente|vendeur|beneficiaire|acheteur|vous|il)\b{_GAP}(?P<duty>\b(doit|devra"
        r"|devez|tenu|tenue|oblige|obligee|promet|promettez|accepte|est lie)\b"
        rf"|\bs'(engage|oblige)\b|\bvous engagez\b){_GAP}"
        r"\b(acheter|racheter|acquerir|achat|rachat)\b",
        rf"\bles deux parties\b{_GAP}\b(?P<duty>promettent|s'engagent|sont liees|sont tenues)\b",
    ),
    "ar": (
        rf"(العميل|البايع|المشتري|الزبون|الموعود){_GAP}(?P<duty>يلتزم|ملزم|ملتزم|يجب|يتعهد|متعهد"
        rf"|يعد|عليه ان){_GAP}(شراء|يشتري)",
        rf"(?P<duty>يلتزم|يتعهد|يعد|يجب علي|تلزم|يلزم) (العميل|البايع|المشتري|الزبون|الموعود){_GAP}"
        r"(شراء|يشتري)",
        r"(يلتزم|يتعهد|يتواعد) الطرفان",
    ),
}  # fmt: skip

_NO_DEBT_BEFORE = {
    "en": r"\b(no|not an?|never an?|without( any| an?)?|nor( an?)?|nothing( is| falls| becomes"
    r"| will be)?|neither( an?)?) $",
    "ms": r"\b(tiada|bukan|tanpa|tidak ada)( sebarang| apa-apa| satu)? $",
    "fr": r"\b(aucune?|sans|ni|pas (de |d'|un |une )?|jamais (de |d'|un |une )?) ?$",
    "ar": r"(?:^|\s)و?(لا|ليس|ليست|بلا|دون|بدون|لا يوجد|لا توجد|ولا|غير)( اي| عليك)?\s(ال|ب)?$",
}
_OWES_NOTHING = re.compile(r"\A( us)? nothing\b|\A( vous)? rien\b")
_CONDITION = re.compile(
    r"\b(if|unless|until|should|jika|kalau|sekiranya|melainkan|si|s'il|faute|sauf)\b"
    r"|(?:^|\s)(اذا|ان)\s"
)
# Noureddine and Salaheddine are no debts.
_NAME_BEFORE = re.compile(
    r"(?:^|\s)(نور|علاء|صلاح|عز|شمس|جمال|محيي?|سيف|ضياء|بدر|ناصر|نصر|تاج|فخر|كمال|خير|زين|شرف|حسام"
    r"|عماد|بهاء|سعد|تقي|نجم|قمر|شهاب|برهان|ركن|سراج|غياث|ظهير|نظام|جلال|مجد|صفي|ولي|معز|امين|سناء"
    r"|قطب|رشيد|بدرو?|فريد|حميد|شجاع|وجيه|رضي) $"
)
_NOT_BOUND = {
    "en": r"\b(not|never|no|nor|neither|nobody|nothing|without|cannot|free|may)\b",
    "ms": r"\b(tidak|tiada|bukan|tanpa|bebas|boleh)\b",
    "fr": r"\b(ne|n|ni|jamais|aucune?|sans|rien|libre|peut)\b",
    "ar": r"(?:^|\s)[وف]?(لا|لن|ليس|ليست|لم|دون|غير|بلا|يجوز)(?=\s|$)",
}


def _plainly(words: Mapping[str, Sequence[str]]) -> tuple[_Pattern, ...]:
    """Words that no denial excuses."""
    return tuple(
        _Pattern(language, re.compile(each))
        for language, all_of in words.items()
        for each in all_of
    )


_DEBT_SPOKEN_OF = tuple(
    _Pattern(language, re.compile(each), denial_before=re.compile(_NO_DEBT_BEFORE[language]))
    for language, all_of in _DEBT.items()
    for each in all_of
)
_PATTERNS: Mapping[TextKind, tuple[_Pattern, ...]] = MappingProxyType(
    {
        TextKind.CONTRACT_1: _plainly(_SECOND),
        TextKind.PROMISE: tuple(
            _Pattern(language, re.compile(each), denial_within=re.compile(_NOT_BOUND[language]))
            for language, all_of in _BOUND.items()
            for each in all_of
        ),
        TextKind.CONTRACT_2: (*_plainly(_FIRST), *_DEBT_SPOKEN_OF),
        TextKind.MESSAGE: _DEBT_SPOKEN_OF,
    }
)


def faulty(text: str, kind: TextKind) -> list[FaultyWords]:
    """The words that a paper of this kind may not hold, in the order of the lists.

    Capitals, accents, vowel marks, dashes and hidden characters make no difference. A message that
    says there is no debt is right; one that says "if there is no repayment" is not.
    """
    plain = plain_words(text)
    told: list[tuple[int, int]] = []
    faults = []
    for pattern in _PATTERNS[kind]:
        for start, end in _places(pattern, plain):
            if not any(start < to and at < end for at, to in told):
                told.append((start, end))
                faults.append(FaultyWords(kind, pattern.language, plain[start:end].strip()))
    return faults


def _places(pattern: _Pattern, plain: str) -> Iterator[tuple[int, int]]:
    place = 0
    while match := pattern.found.search(plain, place):
        start, end = match.span()
        if _is_denied(pattern, plain, match):
            place = start + 1  # the words may begin later: "he may not ..., he must buy"
            continue
        place = max(end, start + 1)
        yield start, end


def _is_denied(pattern: _Pattern, plain: str, match: re.Match[str]) -> bool:
    if pattern.denial_within is not None:
        duty = match.start("duty") if "duty" in pattern.found.groupindex else match.start()
        words_before = _sentence(plain[:duty]).split()[-2:]
        said = f"{' '.join(words_before)} {plain[duty : match.end()]}"
        return pattern.denial_within.search(said) is not None
    before = _sentence(plain[: match.start()])
    if match.group() == "الدين" and _NAME_BEFORE.search(before):
        return True
    if pattern.denial_before is None or _CONDITION.search(before):
        return False
    return (
        pattern.denial_before.search(before) is not None
        or _OWES_NOTHING.search(plain[match.end() :]) is not None
    )


def _sentence(before: str) -> str:
    """What stands before some words in their own sentence."""
    return re.split(r"[.;:!?]", before)[-1]
