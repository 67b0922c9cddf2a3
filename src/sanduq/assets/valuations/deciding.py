"""What tests say: which second officer a valuation needs, and whether two of them agree. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.assets.items.model import Item, ItemKind
from sanduq.assets.model import FINE_BP, GRADES, KARATS, Metal, karat_fineness_bp, per_mille
from sanduq.assets.policies.model import ValuationPolicy
from sanduq.assets.valuations.model import (
    Assay,
    AssayKind,
    Findings,
    SecondOfficer,
    SecondReason,
    Valuation,
)
from sanduq.kit.money import Money

BAR_WEIGHT_MG = 20_000
"""From here on a bar is worth drilling out and filling with tungsten, which weighs like gold."""


def stamped_fineness_bp(metal: Metal, stamp: str) -> int | None:
    """The fineness a stamp tells: a grade in per mille (916, 999.9) or a karat (22K); else None."""
    words = "".join(c if c.isalnum() or c == "." else " " for c in stamp.upper()).split()
    grades = {per_mille(grade): grade for grade in GRADES[metal]}
    karats = {} if metal is not Metal.GOLD else {k: karat_fineness_bp(k) for k in KARATS}
    spelled = {f"{karat}{tail}": bp for karat, bp in karats.items() for tail in ("K", "KT", "CT")}
    for word in words:
        found = grades.get(word.rstrip(".")) or spelled.get(word)
        if found is not None:
            return found
    return None


def second_required(
    item: Item, findings: Findings, value: Money, policy: ValuationPolicy
) -> tuple[SecondOfficer, tuple[SecondReason, ...]]:
    """Who must be second, and why a witness would not be enough."""
    reasons = tuple(dict.fromkeys(_reasons(item, findings, value, policy)))
    return (SecondOfficer.VALUER if reasons else SecondOfficer.WITNESS), reasons


def _reasons(
    item: Item, findings: Findings, value: Money, policy: ValuationPolicy
) -> Iterator[SecondReason]:
    if value.amount_minor > policy.second_valuer_limit_minor(value.asset):
        yield SecondReason.VALUE_ABOVE_LIMIT
    concluded = findings.fineness_bp
    stamps = [t.fineness_bp for t in findings.tests if t.kind is AssayKind.HALLMARK]
    for test in findings.tests:
        if test.is_in_band is False:
            yield SecondReason.DENSITY_OUT_OF_BAND
        if test.has_passed is False:
            yield SecondReason.TEST_FAILED
        if test.fineness_bp is None or concluded is None:
            continue
        if test.kind is AssayKind.ACID and test.fineness_bp < concluded:
            yield SecondReason.ACID_BELOW_CONCLUSION
        if test.kind is AssayKind.XRF:
            yield from _xrf_reasons(test.fineness_bp, concluded, stamps, policy.xrf_tolerance_bp)
    if is_bar_unproven(item, findings.tests, findings.gross_weight_mg):
        yield SecondReason.BAR_WITHOUT_ULTRASONIC_OR_SERIAL


def _xrf_reasons(
    reading: int, concluded: int, stamps: list[int | None], tolerance: int
) -> Iterator[SecondReason]:
    if any(stamp is not None and abs(reading - stamp) > tolerance for stamp in stamps):
        yield SecondReason.XRF_DISAGREES_WITH_STAMP
    if abs(reading - concluded) > tolerance:
        yield SecondReason.XRF_DISAGREES_WITH_CONCLUSION


def is_bar_unproven(item: Item, tests: tuple[Assay, ...], gross_weight_mg: int) -> bool:
    """A gold bar of 20 g or more that neither ultrasound nor a serial speaks for.

    Tungsten has the density of gold, so no weighing in water finds it inside.
    """
    heard = any(t.kind is AssayKind.ULTRASONIC and t.has_passed for t in tests)
    is_large_bar = item.kind is ItemKind.BAR and gross_weight_mg >= BAR_WEIGHT_MG
    return item.metal is Metal.GOLD and is_large_bar and not heard and item.serial is None


def disagreements(
    valuation: Valuation, found: Findings, policy: ValuationPolicy
) -> tuple[str, ...]:
    """Where a second valuer's findings contradict the first's; empty when they agree.

    Fineness must be the same and the net weight within the scales' tolerance; of what is no metal
    the values must lie within a share of the first. A failed ultrasonic or magnet test of the
    second contradicts any conclusion that it is gold or silver.
    """
    return tuple(_disagreements(valuation, found, policy))


def _disagreements(valuation: Valuation, found: Findings, policy: ValuationPolicy) -> Iterator[str]:
    if abs(found.net_weight_mg - valuation.net_weight_mg) > policy.weight_tolerance_mg:
        yield "net_weight"
    if found.fineness_bp != valuation.fineness_bp:
        yield "fineness"
    if any(test.has_passed is False for test in found.tests):
        yield "test_failed"
    if valuation.metal is Metal.NONE and found.stated_minor is not None:
        first = valuation.value.amount_minor
        if abs(found.stated_minor - first) * FINE_BP > policy.value_tolerance_bp * first:
            yield "value"
