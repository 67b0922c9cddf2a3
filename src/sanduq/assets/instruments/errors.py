"""What the register of instruments refuses."""

from __future__ import annotations

from datetime import date

from sanduq.kit.errors import Conflict, NotFound, Refusal


class UnknownInstrument(NotFound):
    """There is no such instrument in this institution."""


class InstrumentKnown(Conflict):
    """This serial of this kind, or this external_id, is on record already."""


class InstrumentOutOfCalibration(Refusal):
    """The calibration of this instrument has lapsed."""

    code = "INSTRUMENT_OUT_OF_CALIBRATION"
    status = 422

    @classmethod
    def of(cls, instrument_id: str, valid_until_on: date) -> InstrumentOutOfCalibration:
        """Says until when it was trusted."""
        return cls(
            f"the calibration of {instrument_id} holds through {valid_until_on.isoformat()} and"
            " not today, so nothing was recorded: have it calibrated and record that, or test with"
            " another",
            details=[
                {
                    "field": "instrument_id",
                    "code": "out_of_calibration",
                    "message": valid_until_on.isoformat(),
                }
            ],
        )
