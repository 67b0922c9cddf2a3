"""The console's words, in the four languages it speaks, and how one of them is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """A language as its speakers write its name, and the way its lines run."""

    code: str
    name: str
    direction: str


LANGUAGES = {
    language.code: language
    for language in (
        Language("en", "English", "ltr"),
        Language("ms", "Bahasa Melayu", "ltr"),
        Language("ar", "العربية", "rtl"),
        Language("fr", "Français", "ltr"),
    )
}

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Sanduq is running",
        "skip": "Skip to the content",
        "language": "Language",
        "intro": "This server keeps the books and the contracts of an Islamic microfinance"
        " institution: benevolent loans, their schedules and repayments, on one double-entry"
        " ledger.",
        "next": "Where to go from here",
        "docs": "Read the API and try it",
        "health": "Is the process alive?",
        "ready": "Can it reach its database?",
        "metrics": "Measurements for Prometheus",
        "first": "The first request",
        "first_hint": "Put your key in place of $SANDUQ_KEY. The demo prints one when it starts.",
        "version": "Version",
    },
    "ms": {
        "title": "Sanduq sedang berjalan",
        "skip": "Terus ke kandungan",
        "language": "Bahasa",
        "intro": "Pelayan ini menyimpan lejar dan kontrak sebuah institusi kewangan mikro Islam:"
        " pinjaman qard, jadual dan bayaran baliknya, dalam satu lejar catatan bergu.",
        "next": "Langkah seterusnya",
        "docs": "Baca API dan cuba sendiri",
        "health": "Adakah proses ini hidup?",
        "ready": "Bolehkah ia mencapai pangkalan datanya?",
        "metrics": "Ukuran untuk Prometheus",
        "first": "Permintaan pertama",
        "first_hint": "Gantikan $SANDUQ_KEY dengan kunci anda. Demo memaparkan satu kunci apabila"
        " bermula.",
        "version": "Versi",
    },
    "ar": {
        "title": "صندوق يعمل",
        "skip": "انتقل إلى المحتوى",
        "language": "اللغة",
        "intro": "يحفظ هذا الخادم دفاتر مؤسسة تمويل أصغر إسلامية وعقودها: القروض الحسنة وجداولها"
        " وسدادها، في دفتر أستاذ واحد بالقيد المزدوج.",
        "next": "إلى أين من هنا",
        "docs": "اقرأ الواجهة البرمجية وجرّبها",
        "health": "هل العملية قائمة؟",
        "ready": "هل تصل إلى قاعدة بياناتها؟",
        "metrics": "قياسات لبروميثيوس",
        "first": "الطلب الأول",
        "first_hint": "ضع مفتاحك مكان ‎$SANDUQ_KEY‎. يعرض العرض التجريبي مفتاحًا عند بدئه.",
        "version": "الإصدار",
    },
    "fr": {
        "title": "Sanduq fonctionne",
        "skip": "Aller au contenu",
        "language": "Langue",
        "intro": "Ce serveur tient les livres et les contrats d'une institution de microfinance"
        " islamique : prêts de bienfaisance, échéanciers et remboursements, sur un seul grand"
        " livre en partie double.",
        "next": "Et maintenant",
        "docs": "Lire l'API et l'essayer",
        "health": "Le processus est-il en vie ?",
        "ready": "Atteint-il sa base de données ?",
        "metrics": "Mesures pour Prometheus",
        "first": "La première requête",
        "first_hint": "Mettez votre clé à la place de $SANDUQ_KEY. La démonstration en affiche une"
        " à son démarrage.",
        "version": "Version",
    },
}


def chosen(asked: str | None, accepted: str | None) -> Language:
    """The language asked for, else the first one the browser accepts, else English."""
    if asked in LANGUAGES:
        return LANGUAGES[asked]
    for code in _by_preference(accepted or ""):
        if code in LANGUAGES:
            return LANGUAGES[code]
    return LANGUAGES[DEFAULT]


def _by_preference(accepted: str) -> list[str]:
    """The languages of an Accept-Language header, most wanted first, without their regions."""
    wanted: list[tuple[Decimal, str]] = []
    for part in accepted.split(",")[:20]:
        tag, _, weight = part.strip().partition(";")
        try:
            quality = Decimal(weight.strip().removeprefix("q=") if weight else "1")
        except InvalidOperation:
            continue
        if quality.is_finite() and quality > 0:
            wanted.append((quality, tag.partition("-")[0].lower()))
    return [code for _, code in sorted(wanted, key=lambda pair: -pair[0])]
