"""A valuation is tested, priced on the board of the day, and ended by a second officer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sanduq.access.errors import NoAuthority
from sanduq.assets.errors import FinenessUnknown, WeightBelowStones
from sanduq.assets.instruments import service as instruments
from sanduq.assets.instruments.errors import InstrumentOutOfCalibration, UnknownInstrument
from sanduq.assets.instruments.model import Calibration, InstrumentKind
from sanduq.assets.items.errors import UnknownItem
from sanduq.assets.items.model import ItemKind
from sanduq.assets.model import Metal
from sanduq.assets.policies import service as policies
from sanduq.assets.policies.schemas import ValuationPolicyIn
from sanduq.assets.price_boards.errors import NoPriceBoard
from sanduq.assets.valuations import service
from sanduq.assets.valuations.errors import (
    NotAwaitingSecond,
    SecondValuerRequired,
    UnknownValuation,
    ValuationExternalIdTaken,
    ValuationLapsed,
    ValuerConfirmsOwn,
)
from sanduq.assets.valuations.model import (
    Assay,
    AssayKind,
    NewValuation,
    Second,
    SecondOfficer,
    SecondReason,
    ValuationMethod,
    ValuationStatus,
)
from sanduq.events import service as outbox
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import PageRequest
from tests.conftest import NOW
from tests.make.gold import USD, board, found, hallmark, instrument, item, recorded, valuation

AGREED = Second(is_agreed=True)
DAY = timedelta(days=1)


@pytest.fixture
def necklace(work):
    with work() as uow:
        return item(uow)


@pytest.fixture
def bar(work):
    with work() as uow:
        return item(
            uow, kind=ItemKind.BAR, gross_weight_mg=20_000, stone_weight_mg=0, fineness_bp=9999,
            marks="999.9",
        )  # fmt: skip


def tool(work, kind, **changes):
    with work() as uow:
        return instrument(uow, kind, **changes).instrument_id


def second(work, waiting, said=AGREED, user="user_checker", at=NOW):
    with work(user) as uow:
        uow.clock = FixedClock(at)
        return service.confirm(uow, waiting.valuation_id, said)


def own(waiting, **changes):
    return Second(is_agreed=True, findings=replace(waiting.findings, **changes))


def test_the_worked_example_is_confirmed_by_a_witness(work, necklace):
    board(work)
    waiting = recorded(work, necklace.item_id)
    assert (waiting.net_weight_mg, waiting.fine_weight_tenths) == (21_200, 194_192)
    assert (waiting.value.amount_minor, waiting.status) == (
        388_384,
        ValuationStatus.AWAITING_SECOND,
    )
    assert waiting.second_required is SecondOfficer.WITNESS
    assert not waiting.is_valid_on(NOW)
    confirmed = second(work, waiting)
    assert (confirmed.status, confirmed.second_officer_id) == (
        ValuationStatus.CONFIRMED,
        "user_checker",
    )
    assert confirmed.confirmed_at == NOW
    assert confirmed.valid_until == NOW + DAY
    assert confirmed.is_valid_on(NOW + DAY)
    assert confirmed.price_source == "the bullion desk's page"


def test_a_haircut_of_the_policy_lowers_the_value_and_is_kept_with_it(work, necklace):
    board(work)
    with work("user_checker") as uow:
        policies.set_policy(uow, ValuationPolicyIn(haircut="0.03", reason="melting").command())
    waiting = recorded(work, necklace.item_id)
    assert (waiting.value.amount_minor, waiting.haircut_bp, waiting.policy_version) == (
        376_732,  # 3,883.84 x 0.97 = 3,767.3248
        300,
        1,
    )


def test_metal_is_not_valued_without_a_board_of_the_day(work, necklace):
    with pytest.raises(NoPriceBoard):
        recorded(work, necklace.item_id)
    board(work)
    with pytest.raises(NoPriceBoard):
        recorded(work, necklace.item_id, at=NOW + DAY)


def test_the_valuer_is_never_his_own_second(work, necklace):
    board(work)
    waiting = recorded(work, necklace.item_id)
    with pytest.raises(ValuerConfirmsOwn) as refused:
        second(work, waiting, user="user_maker")
    assert (refused.value.code, refused.value.status) == ("VALUER_CONFIRMS_OWN", 403)


def test_valuing_and_confirming_take_the_authority(work, necklace):
    board(work)
    with pytest.raises(NoAuthority):
        recorded(work, necklace.item_id, user="user_finance")
    waiting = recorded(work, necklace.item_id)
    with pytest.raises(NoAuthority):
        second(work, waiting, user="user_finance")


def test_a_valuation_is_ended_once_and_within_its_day(work, necklace):
    board(work)
    waiting = recorded(work, necklace.item_id)
    with pytest.raises(ValuationLapsed):
        second(work, waiting, at=NOW + DAY + timedelta(seconds=1))
    second(work, waiting)
    with pytest.raises(NotAwaitingSecond) as refused:
        second(work, waiting)
    assert "CONFIRMED" in refused.value.message


def test_a_second_officer_may_disagree_and_says_why(work, necklace):
    board(work)
    waiting = recorded(work, necklace.item_id)
    with pytest.raises(ValidationFailed):
        second(work, waiting, Second(is_agreed=False))
    disputed = second(work, waiting, Second(is_agreed=False, notes="the clasp is brass"))
    assert disputed.status is ValuationStatus.DISPUTED
    assert disputed.confirmed_at is None
    assert not disputed.is_valid_on(NOW)


def test_a_bar_of_20_g_without_ultrasound_or_serial_needs_a_second_valuer(work, bar):
    board(work)
    waiting = recorded(work, bar.item_id)
    assert waiting.second_required is SecondOfficer.VALUER
    assert waiting.second_reasons == (SecondReason.BAR_WITHOUT_ULTRASONIC_OR_SERIAL,)
    for said in (AGREED, own(waiting, tests=())):
        with pytest.raises((SecondValuerRequired, ValidationFailed)):
            second(work, waiting, said)
    assert second(work, waiting, own(waiting)).status is ValuationStatus.CONFIRMED


def test_a_bar_that_sounds_like_gold_needs_a_witness(work, bar):
    board(work)
    ear = tool(work, InstrumentKind.ULTRASONIC)
    heard = Assay(kind=AssayKind.ULTRASONIC, instrument_id=ear, has_passed=True)
    waiting = recorded(work, bar.item_id, tests=(hallmark("999.9"), heard))
    assert waiting.second_required is SecondOfficer.WITNESS
    hollow = recorded(work, bar.item_id, tests=(replace(heard, has_passed=False),))
    assert set(hollow.second_reasons) == {
        SecondReason.TEST_FAILED,
        SecondReason.BAR_WITHOUT_ULTRASONIC_OR_SERIAL,
    }


@pytest.mark.parametrize(
    "changes", [{"fineness_bp": 9990}, {"gross_weight_mg": 19_970}, {"gross_weight_mg": 20_021}]
)
def test_a_second_valuer_who_finds_otherwise_disputes_it_for_ever(work, bar, changes):
    board(work)
    waiting = recorded(work, bar.item_id)
    disputed = second(work, waiting, own(waiting, **changes))
    assert disputed.status is ValuationStatus.DISPUTED
    assert disputed.second is not None
    assert disputed.second.findings is not None
    with pytest.raises(NotAwaitingSecond):
        second(work, waiting, own(waiting))


def test_a_density_is_computed_and_held_against_the_band_of_the_fineness(work, necklace):
    board(work)
    kit = tool(work, InstrumentKind.DENSITY_KIT)

    def weighed(water):
        return Assay(
            kind=AssayKind.DENSITY, instrument_id=kit, weight_in_air_mg=22_500,
            weight_in_water_mg=water,
        )  # fmt: skip

    good = recorded(work, necklace.item_id, tests=(weighed(21_238),))
    assert (good.tests[0].density, good.tests[0].is_in_band) == (17_797, True)
    assert good.second_required is SecondOfficer.WITNESS
    bad = recorded(
        work, necklace.item_id, tests=(weighed(21_100),)
    )  # 22.5 / 1.4 x 0.9982 = 16.0425
    assert (bad.tests[0].density, bad.tests[0].is_in_band) == (16_043, False)
    assert bad.second_reasons == (SecondReason.DENSITY_OUT_OF_BAND,)
    with pytest.raises(ValidationFailed) as refused:
        recorded(work, necklace.item_id, tests=(weighed(22_500),))
    assert refused.value.details[0]["field"] == "tests.0.weight_in_water_grams"


def test_bands_are_settings(work, necklace):
    board(work)
    kit = tool(work, InstrumentKind.DENSITY_KIT)
    own_band = {"metal": "gold", "fineness": 916, "low": "17.8", "high": "17.9"}
    with work("user_checker") as uow:
        policies.set_policy(uow, ValuationPolicyIn(bands=[own_band], reason="ours").command())
    test = Assay(
        kind=AssayKind.DENSITY, instrument_id=kit, weight_in_air_mg=22_500,
        weight_in_water_mg=21_238,
    )  # fmt: skip
    assert recorded(work, necklace.item_id, tests=(test,)).tests[0].is_in_band is False


def test_xrf_that_disagrees_with_the_stamp_asks_for_a_second_valuer(work, necklace):
    board(work)
    gun = tool(work, InstrumentKind.XRF)
    read = Assay(kind=AssayKind.XRF, instrument_id=gun, fineness_bp=9170)
    waiting = recorded(work, necklace.item_id, tests=(hallmark("750"), read))
    assert waiting.second_reasons == (SecondReason.XRF_DISAGREES_WITH_STAMP,)


def test_a_value_above_the_limit_of_the_policy_asks_for_a_second_valuer(work, necklace):
    board(work)
    limit = [{"currency": "USD", "amount": "3883.83"}]
    with work("user_checker") as uow:
        policies.set_policy(
            uow, ValuationPolicyIn(second_valuer_limits=limit, reason="small shop").command()
        )
    waiting = recorded(work, necklace.item_id)
    assert waiting.second_reasons == (SecondReason.VALUE_ABOVE_LIMIT,)
    with pytest.raises(SecondValuerRequired) as refused:
        second(work, waiting)
    assert refused.value.details[0]["code"] == "value_above_limit"
    assert second(work, waiting, own(waiting)).status is ValuationStatus.CONFIRMED


def test_an_instrument_is_used_only_while_its_calibration_holds(work, necklace):
    board(work)
    gun = tool(work, InstrumentKind.XRF, valid_until_on=date(2024, 1, 14))
    read = (Assay(kind=AssayKind.XRF, instrument_id=gun, fineness_bp=9160),)
    with pytest.raises(InstrumentOutOfCalibration):
        recorded(work, necklace.item_id, tests=read)
    with work() as uow:
        instruments.calibrate(uow, gun, Calibration(date(2024, 1, 15), date(2024, 1, 15)))
    waiting = recorded(work, necklace.item_id, tests=read)
    board(work, at=NOW + timedelta(hours=14))
    with pytest.raises(InstrumentOutOfCalibration):
        recorded(work, necklace.item_id, tests=read, at=NOW + timedelta(hours=14))
    with pytest.raises(InstrumentOutOfCalibration):
        second(work, waiting, own(waiting), at=NOW + timedelta(hours=14))


def test_a_test_names_an_instrument_that_is_there_and_makes_such_tests(work, necklace):
    board(work)
    magnet = tool(work, InstrumentKind.MAGNET)
    for named, error in (
        ("ins_nobody", UnknownInstrument), (magnet, ValidationFailed), (None, ValidationFailed),
    ):  # fmt: skip
        read = Assay(kind=AssayKind.XRF, instrument_id=named, fineness_bp=9160)
        with pytest.raises(error):
            recorded(work, necklace.item_id, tests=(read,))
    with pytest.raises(ValidationFailed):
        recorded(work, necklace.item_id, balance_id=magnet)
    scales = tool(work, InstrumentKind.BALANCE)
    assert recorded(work, necklace.item_id, balance_id=scales).findings.balance_id == scales


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"tests": ()}, ValidationFailed),
        ({"fineness_bp": None}, ValidationFailed),
        ({"fineness_bp": 9123}, FinenessUnknown),
        ({"stone_weight_mg": 22_500}, WeightBelowStones),
        ({"stated_minor": 1}, ValidationFailed),
    ],
)
def test_findings_of_metal_that_cannot_be_are_refused(work, necklace, changes, error):
    board(work)
    with pytest.raises(error):
        recorded(work, necklace.item_id, **changes)


def test_what_is_no_metal_is_valued_by_a_written_basis_and_needs_no_board(work):
    with work() as uow:
        stone = item(
            uow, kind=ItemKind.OTHER, metal=Metal.NONE, fineness_bp=None, stone_weight_mg=0,
            gross_weight_mg=1_000,
        )  # fmt: skip
    for missing in ("stated_minor", "basis", "source"):
        with pytest.raises(ValidationFailed):
            recorded(work, stone.item_id, **{missing: None})
    with pytest.raises(ValidationFailed):
        recorded(work, stone.item_id, fineness_bp=9160)
    made = valuation(work, stone.item_id)
    assert (made.method, made.price_board_id) == (ValuationMethod.STATED, None)
    assert (made.value.amount_minor, made.status) == (500_00, ValuationStatus.CONFIRMED)
    assert made.findings.basis == "sold for as much last week"
    apart = recorded(work, stone.item_id)
    assert second(work, apart, own(apart, stated_minor=600_00)).status is ValuationStatus.DISPUTED


def test_the_newest_confirmed_valuation_of_each_item_is_found_unless_in_doubt(work, necklace, bar):
    board(work)
    first = valuation(work, necklace.item_id)
    later = valuation(work, necklace.item_id, at=NOW + timedelta(hours=1))
    other = valuation(work, bar.item_id)
    recorded(work, bar.item_id, at=NOW + timedelta(hours=2))  # waits: changes nothing

    def newest():
        with work() as uow:
            return service.newest_confirmed(uow, [necklace.item_id, bar.item_id, "itm_nobody"])

    assert newest() == {necklace.item_id: later, bar.item_id: other}
    assert first.valuation_id != later.valuation_id
    doubted = recorded(work, necklace.item_id, at=NOW + timedelta(hours=2))
    no = Second(is_agreed=False, notes="hollow")
    second(work, doubted, no, at=NOW + timedelta(hours=2))
    assert newest() == {bar.item_id: other}
    cleared = valuation(work, necklace.item_id, at=NOW + timedelta(hours=3))
    assert newest()[necklace.item_id] == cleared


def test_what_is_not_there_is_refused(work, necklace):
    board(work)
    with work() as uow:
        new = NewValuation(
            item_id="itm_nobody", asset=USD, findings=found(necklace), is_customer_present=True,
            external_id="v-1",
        )  # fmt: skip
        with pytest.raises(UnknownItem):
            service.record_valuation(uow, new)
        with pytest.raises(UnknownValuation):
            service.get_valuation(uow, "val_nobody")
        new = replace(new, item_id=necklace.item_id)
        made = service.record_valuation(uow, new)
        with pytest.raises(ValuationExternalIdTaken):
            service.record_valuation(uow, new)
        assert set(service.load_valuations(uow, [made.valuation_id, "val_nobody"])) == {
            made.valuation_id
        }
    with work("user_checker", "inst_other") as uow, pytest.raises(UnknownValuation):
        service.confirm(uow, made.valuation_id, AGREED)


def test_a_valuation_is_told_when_recorded_confirmed_and_disputed(work, necklace):
    board(work)
    confirmed = valuation(work, necklace.item_id)
    waiting = recorded(work, necklace.item_id)
    second(work, waiting, Second(is_agreed=False, notes="no"))
    with work() as uow:
        for one, last in ((confirmed, "confirmed"), (waiting, "disputed")):
            told = outbox.list_events(
                uow, type_name=None, subject_id=one.valuation_id, request=PageRequest()
            )
            assert [event.type for event in told.items] == [
                f"gold.valuation.{last}",
                "gold.valuation.recorded",
            ]
