"""An officer's findings held against the item, the instruments and the policy."""

from __future__ import annotations

from dataclasses import replace

from sanduq.assets.instruments import service as instruments
from sanduq.assets.instruments.errors import InstrumentOutOfCalibration
from sanduq.assets.instruments.model import Instrument, InstrumentKind
from sanduq.assets.items.model import Item
from sanduq.assets.model import Metal, net_weight_mg, require_grade
from sanduq.assets.policies.model import ValuationPolicy
from sanduq.assets.valuations.deciding import stamped_fineness_bp
from sanduq.assets.valuations.model import INSTRUMENTS, Assay, AssayKind, Findings, density_of
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed

_BALANCES = frozenset({InstrumentKind.BALANCE, InstrumentKind.DENSITY_KIT})


def checked(uow: UnitOfWork, item: Item, findings: Findings, policy: ValuationPolicy) -> Findings:
    """The findings with densities computed and stamps read, or a refusal.

    Refuses NOT_FOUND an instrument, INSTRUMENT_OUT_OF_CALIBRATION, VALIDATION_ERROR findings that
    cannot be, FINENESS_UNKNOWN a fineness that is no grade of the metal.
    """
    if item.metal is Metal.NONE:
        _require_stated(findings)
    else:
        _require_assayed(item.metal, findings)
    _require_instruments(uow, findings)
    tests = tuple(
        _read(test, place, item.metal, findings.fineness_bp, policy)
        for place, test in enumerate(findings.tests)
    )
    return replace(findings, tests=tests)


def _require_stated(findings: Findings) -> None:
    """What no metal prices is valued by a written basis and its source."""
    for name in ("stated_minor", "basis", "source"):
        if not getattr(findings, name):
            field = "value" if name == "stated_minor" else name
            raise ValidationFailed.field(
                field, "missing_field", f"{field} is needed for what is no metal"
            )
    if findings.fineness_bp is not None:
        raise ValidationFailed.field("fineness", "no_metal", "what is no metal has no fineness")
    if findings.net_weight_mg < 0:
        raise ValidationFailed.field(
            "stone_weight_grams", "above_gross", "parts weigh no more than the whole"
        )


def _require_assayed(metal: Metal, findings: Findings) -> None:
    if findings.stated_minor is not None:
        raise ValidationFailed.field(
            "value", "metal_is_computed", "metal is valued on the price board, not by a stated sum"
        )
    if not findings.tests:
        raise ValidationFailed.field("tests", "missing_field", "metal is valued by a test at least")
    if findings.fineness_bp is None:
        raise ValidationFailed.field("fineness", "missing_field", "conclude a fineness")
    require_grade(metal, findings.fineness_bp)
    net_weight_mg(findings.gross_weight_mg, findings.stone_weight_mg, findings.other_weight_mg)


def _require_instruments(uow: UnitOfWork, findings: Findings) -> None:
    used = {test.instrument_id for test in findings.tests} | {findings.balance_id}
    found = instruments.load_instruments(uow, {each for each in used if each is not None})
    for instrument in found.values():
        if not instrument.is_calibrated_on(uow.today):
            raise InstrumentOutOfCalibration.of(
                instrument.instrument_id, instrument.calibration.valid_until_on
            )
    for place, test in enumerate(findings.tests):
        _require_kind(test, place, found)
    if findings.balance_id is not None and found[findings.balance_id].kind not in _BALANCES:
        raise ValidationFailed.field("balance_id", "wrong_kind", "that instrument does not weigh")


def _require_kind(test: Assay, place: int, found: dict[str, Instrument]) -> None:
    allowed = INSTRUMENTS[test.kind]
    if not allowed:
        return
    if test.instrument_id is None or found[test.instrument_id].kind not in allowed:
        kinds = " or ".join(sorted(kind.value for kind in allowed))
        raise ValidationFailed.field(
            f"tests.{place}.instrument_id", "wrong_kind", f"{test.kind.value} is tested by {kinds}"
        )


def _read(
    test: Assay, place: int, metal: Metal, concluded: int | None, policy: ValuationPolicy
) -> Assay:
    """A test with what follows from it: the density and its band, the fineness of a stamp."""
    if test.kind is AssayKind.HALLMARK and test.fineness_bp is None and test.stamp is not None:
        return replace(test, fineness_bp=stamped_fineness_bp(metal, test.stamp))
    if test.kind is not AssayKind.DENSITY:
        return test
    air, water = test.weight_in_air_mg or 0, test.weight_in_water_mg or 0
    if water >= air:
        raise ValidationFailed.field(
            f"tests.{place}.weight_in_water_grams", "not_below_air", "a thing weighs less in water"
        )
    band = None if concluded is None else policy.band(metal, concluded)
    return replace(test, density=density_of(air, water), band=band)
