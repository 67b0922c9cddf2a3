"""Charts of impact as SVG text: numbers in, text out. No script, no font, no request to anywhere.

A chart has a title and a description for who hears it read, is drawn from the right in Arabic,
and never tells by colour alone: each bar has its figure beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from html import escape
from types import MappingProxyType

from sanduq.kit.money import plain_number

WIDTH = 640
_MARGIN = 20
_LABEL = 190
_TRACK = 300
_ROW = 46
_BAR = 20
_HEAD = 58
_TITLE_SIZE = 17
_INK, _QUIET, _TRACK_FILL = "#1b1b1b", "#4a4a4a", "#e3e3e3"
_FILL, _SECOND_FILL = "#1f6f54", "#7a5c00"


class ChartLanguage(StrEnum):
    ENGLISH = "en"
    MALAY = "ms"
    ARABIC = "ar"
    FRENCH = "fr"

    @property
    def direction(self) -> str:
        """Whether a line is read from the left or from the right."""
        return "rtl" if self is ChartLanguage.ARABIC else "ltr"


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart says besides names and figures."""

    progress: str
    baseline: str
    target: str
    before: str
    after: str
    people: str
    hidden: str
    unmeasured: str


WORDS: Mapping[ChartLanguage, Words] = MappingProxyType(
    {
        ChartLanguage.ENGLISH: Words(
            "Progress to target", "from", "to", "Before", "After", "people",
            "hidden: few people", "not measured",
        ),
        ChartLanguage.MALAY: Words(
            "Kemajuan ke sasaran", "dari", "ke", "Sebelum", "Selepas", "orang",
            "disembunyikan: sedikit orang", "tidak diukur",
        ),
        ChartLanguage.ARABIC: Words(
            "التقدم نحو الهدف", "من", "إلى", "قبل", "بعد", "شخصا",
            "محجوب: عدد قليل", "غير مقيس",
        ),
        ChartLanguage.FRENCH: Words(
            "Progrès vers la cible", "de", "à", "Avant", "Après", "personnes",
            "masqué : peu de personnes", "non mesuré",
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProgressBar:
    """One target: where it began, where it stands, where it is to be, and how far that is."""

    name: str
    baseline: Decimal
    actual: Decimal | None
    target: Decimal
    progress: Decimal | None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its figure, and a note such as the number of people."""

    name: str
    value: Decimal | None
    people: int | None
    is_hidden: bool = False


def progress_chart(title: str, bars: Sequence[ProgressBar], language: ChartLanguage) -> str:
    """Each target as a bar from its baseline to its target, filled as far as it is reached."""
    words = WORDS[language]
    rows, told = [], []
    for place, bar in enumerate(bars):
        figure = _progress_text(bar, words)
        goal = f"{words.baseline} {_written(bar.baseline)} {words.target} {_written(bar.target)}"
        share = min(max(bar.progress or Decimal(0), Decimal(0)), Decimal(1))
        rows.append(_row(place, bar.name, goal, figure, _scaled(share), _FILL, language))
        told.append(f"{bar.name}: {figure}, {goal}")
    return _chart(title, words.progress, rows, told, language)


def change_chart(
    title: str, before: Decimal, after: Decimal, people: int, language: ChartLanguage
) -> str:
    """Before and after as two bars on one scale, over those asked twice."""
    words = WORDS[language]
    bars = [Bar(words.before, before, people), Bar(words.after, after, people)]
    return _bars(title, f"{people} {words.people}", bars, language, (_SECOND_FILL, _FILL))


def cells_chart(title: str, subtitle: str, cells: Sequence[Bar], language: ChartLanguage) -> str:
    """A figure by the parts of the people; a hidden part is said to be hidden, not drawn."""
    return _bars(title, subtitle, cells, language, (_FILL,))


def _bars(
    title: str, subtitle: str, bars: Sequence[Bar], language: ChartLanguage, fills: Sequence[str]
) -> str:
    words = WORDS[language]
    highest = max((abs(bar.value) for bar in bars if bar.value is not None), default=Decimal(0))
    rows, told = [], []
    for place, bar in enumerate(bars):
        share = abs(bar.value) / highest if bar.value is not None and highest else Decimal(0)
        figure = _value_text(bar, words)
        note = f"{bar.people} {words.people}" if bar.people is not None else ""
        fill = fills[place % len(fills)]
        rows.append(_row(place, bar.name, note, figure, _scaled(share), fill, language))
        told.append(f"{bar.name}: {figure}" + (f", {note}" if note else ""))
    return _chart(title, subtitle, rows, told, language)


def _value_text(bar: Bar, words: Words) -> str:
    if bar.is_hidden:
        return words.hidden
    return _written(bar.value) if bar.value is not None else words.unmeasured


def _progress_text(bar: ProgressBar, words: Words) -> str:
    if bar.is_hidden:
        return words.hidden
    if bar.actual is None:
        return words.unmeasured
    if bar.progress is None:
        return _written(bar.actual)
    percent = (bar.progress * 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    return f"{_written(bar.actual)} ({percent:f}%)"


def _written(value: Decimal) -> str:
    """A figure to two decimals, thousands apart."""
    shown = plain_number(value.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))
    return f"{shown:,f}"


def _scaled(share: Decimal) -> int:
    return int((share * _TRACK).to_integral_value(rounding=ROUND_HALF_EVEN))


def _left(start: int, width: int, language: ChartLanguage) -> int:
    """Where a box begins on the sheet that is `start` away from where reading begins."""
    return WIDTH - start - width if language.direction == "rtl" else start


def _text(start: int, y: int, text: str, language: ChartLanguage, fill: str, size: int) -> str:
    x = WIDTH - start if language.direction == "rtl" else start
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{fill}" text-anchor="start">'
        f"{escape(text)}</text>"
    )


def _row(
    place: int, name: str, note: str, figure: str, length: int, fill: str, language: ChartLanguage
) -> str:
    top = _HEAD + place * _ROW
    track = _MARGIN + _LABEL
    return "".join(
        (
            _text(_MARGIN, top + 15, _short(name), language, _INK, 13),
            _text(_MARGIN, top + 30, note, language, _QUIET, 11),
            f'<rect x="{_left(track, _TRACK, language)}" y="{top}" width="{_TRACK}"'
            f' height="{_BAR}" fill="{_TRACK_FILL}"/>',
            f'<rect x="{_left(track, length, language)}" y="{top}" width="{length}"'
            f' height="{_BAR}" fill="{fill}"/>',
            _text(track + _TRACK + 8, top + 15, figure, language, _INK, 12),
        )
    )


def _short(name: str) -> str:
    return name if len(name) <= 28 else name[:27] + "…"


def _chart(
    title: str, subtitle: str, rows: Sequence[str], told: Sequence[str], language: ChartLanguage
) -> str:
    height = _HEAD + max(len(rows), 1) * _ROW + _MARGIN
    head = _text(_MARGIN, 26, title, language, _INK, _TITLE_SIZE)
    head += _text(_MARGIN, 44, subtitle, language, _QUIET, 12)
    spoken = "; ".join(told) or WORDS[language].unmeasured
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description"'
        f' lang="{language}" direction="{language.direction}" viewBox="0 0 {WIDTH} {height}"'
        f' width="{WIDTH}" height="{height}" font-family="system-ui, sans-serif">'
        f'<title id="title">{escape(title)}</title>'
        f'<desc id="description">{escape(f"{subtitle}. {spoken}")}</desc>'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        f"{head}{''.join(rows)}</svg>"
    )
