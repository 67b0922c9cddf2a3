"""Wire shapes of instruments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.assets.instruments.model import Calibration, Instrument, InstrumentKind, NewInstrument
from sanduq.kit.wire import (
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    Text,
)


class CalibrationIn(Input):
    calibrated_on: IsoDate
    calibration_valid_until_on: IsoDate
    certificate: Text | None = None

    def calibration(self) -> Calibration:
        """The calibration inside."""
        return Calibration(self.calibrated_on, self.calibration_valid_until_on, self.certificate)


class InstrumentIn(CalibrationIn):
    kind: InstrumentKind
    serial: Annotated[Text, Field(max_length=120)]
    description: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewInstrument:
        """The instrument to put on record."""
        return NewInstrument(
            kind=self.kind,
            serial=self.serial,
            description=self.description,
            calibration=self.calibration(),
            external_id=self.external_id,
            metadata=self.metadata,
        )


class InstrumentFilters(PageQuery):
    kind: InstrumentKind | None = None
    external_id: ExternalId | None = None


class InstrumentOut(Output):
    id: str
    type: Literal["instrument"]
    kind: InstrumentKind
    serial: str
    description: str | None
    calibrated_on: date
    calibration_valid_until_on: date
    certificate: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class InstrumentList(ListOutput):
    data: list[InstrumentOut]


def instrument_out(one: Instrument) -> dict[str, Any]:
    """An instrument as the API writes it, with its newest calibration."""
    return InstrumentOut(
        id=one.instrument_id,
        type="instrument",
        kind=one.kind,
        serial=one.serial,
        description=one.description,
        calibrated_on=one.calibration.calibrated_on,
        calibration_valid_until_on=one.calibration.valid_until_on,
        certificate=one.calibration.certificate,
        external_id=one.external_id,
        metadata=dict(one.metadata),
        created_at=one.created_at,
        created_by=one.created_by,
    ).model_dump()
