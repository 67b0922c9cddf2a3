"""Things of value, the instruments they are tested with, and the settings of valuation."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import psycopg
import pytest

from sanduq.access import service as access
from sanduq.access.errors import NoAuthority
from sanduq.assets.errors import FinenessUnknown, WeightBelowStones
from sanduq.assets.instruments import service as instruments
from sanduq.assets.instruments.errors import InstrumentKnown, UnknownInstrument
from sanduq.assets.instruments.model import Calibration, InstrumentKind
from sanduq.assets.items import service
from sanduq.assets.items.errors import (
    ItemExternalIdTaken,
    PhotoTaken,
    UnknownItem,
    UnknownPhoto,
)
from sanduq.assets.items.model import PHOTO_BYTES_MAX, ItemKind, MediaType
from sanduq.assets.model import Metal
from sanduq.assets.policies import service as policies
from sanduq.assets.policies.model import DEFAULT, DensityBand
from sanduq.assets.policies.schemas import ValuationPolicyIn
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import PageRequest
from tests.conftest import NOW
from tests.make.counting import CountedDatabase, statements
from tests.make.gold import an_item, instrument, item
from tests.make.rows import run_as_owner

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def test_items_are_registered_together_or_not_at_all(work):
    with work() as uow:
        first, second = service.register_items(uow, [an_item(), an_item(serial="A1")])
        assert service.load_items(uow, [first.item_id, second.item_id, "itm_nobody"]) == {
            first.item_id: first,
            second.item_id: second,
        }
    assert (first.net_weight_mg, first.fine_weight_mg) == (21_200, 19_419)
    with work() as uow:
        with pytest.raises(FinenessUnknown):
            service.register_items(uow, [an_item(), an_item(fineness_bp=9123)])
        assert len(service.list_items(uow, PageRequest()).items) == 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"stone_weight_mg": 22_500}, WeightBelowStones),
        ({"stone_weight_mg": 20_000, "other_weight_mg": 3_000}, WeightBelowStones),
        ({"fineness_bp": 9250}, FinenessUnknown),
        ({"metal": Metal.NONE}, ValidationFailed),
        ({"metal": Metal.NONE, "fineness_bp": None, "stone_weight_mg": 22_501}, ValidationFailed),
    ],
)
def test_an_item_that_cannot_be_is_refused(work, changes, error):
    with work() as uow, pytest.raises(error):
        item(uow, **changes)


def test_fineness_may_be_unknown_until_it_is_assayed_and_a_stone_is_no_metal(work):
    with work() as uow:
        unknown = item(uow, fineness_bp=None)
        stone = item(uow, metal=Metal.NONE, fineness_bp=None, stone_weight_mg=22_500)
    assert (unknown.fineness_bp, unknown.fine_weight_mg) == (None, None)
    assert stone.net_weight_mg == 0


def test_the_facts_of_an_item_are_never_changed(work, owner_url):
    with work() as uow:
        made = item(uow)
    with work() as uow, pytest.raises(psycopg.errors.InsufficientPrivilege):
        uow.execute("update assets.item set gross_weight_mg = 1")
    with pytest.raises(psycopg.Error):
        run_as_owner(owner_url, "update assets.item set gross_weight_mg = 1")
    with work() as uow:
        assert service.get_item(uow, made.item_id) == made


def test_items_are_found_by_each_filter(work):
    changes = [
        {"kind": ItemKind.BAR, "serial": "A1"},
        {"kind": ItemKind.COIN, "external_id": "e-1"},
        {"metal": Metal.SILVER, "fineness_bp": 9250},
    ]
    with work() as uow:
        made = [item(uow, f"cpty_{place}", **each) for place, each in enumerate(changes)]

        def listed(**filters):
            return list(service.list_items(uow, PageRequest(), **filters).items)

        assert listed() == made[::-1]
        assert listed(owner_id="cpty_1") == listed(external_id="e-1") == [made[1]]
        assert listed(kind=ItemKind.BAR) == listed(serial="A1") == [made[0]]
        assert listed(metal=Metal.GOLD) == [made[1], made[0]]
        assert listed(created_from=NOW, created_before=NOW + timedelta(seconds=1)) == made[::-1]
        assert listed(created_before=NOW) == []


def test_a_list_of_items_with_photos_takes_as_many_statements_however_long(work, owner_url):
    with work() as uow:
        for place in range(5):
            made = item(uow)
            service.add_photo(uow, made.item_id, PNG + bytes([place]), MediaType.PNG)
    with CountedDatabase(owner_url) as counted:
        from_db = {
            limit: statements(lambda limit=limit: _listed(counted, limit)) for limit in (1, 5)
        }
    assert from_db[1] == from_db[5]


def _listed(counted, limit):

    with access.work_as(counted, "inst_test", "user_maker", "req_count") as uow:
        assert len(service.list_items(uow, PageRequest(limit=limit)).items) == limit


def test_a_photo_is_kept_under_the_hash_computed_here(work):
    with work() as uow:
        made = item(uow)
        photo = service.add_photo(uow, made.item_id, PNG, MediaType.PNG)
        assert photo.sha256 == hashlib.sha256(PNG).hexdigest()
        assert service.photo_content(uow, made.item_id, photo.photo_id) == (MediaType.PNG, PNG)
        assert service.get_item(uow, made.item_id).photo_hashes == (photo.sha256,)
        assert list(service.list_photos(uow, made.item_id, PageRequest()).items) == [photo]
        with pytest.raises(PhotoTaken):
            service.add_photo(uow, made.item_id, PNG, MediaType.PNG)


@pytest.mark.parametrize(
    ("content", "media_type", "field"),
    [
        (b"%PDF-1.7", MediaType.PNG, "media_type"),
        (PNG, MediaType.JPEG, "media_type"),
        (b"", MediaType.PNG, "content_base64"),
        (PNG + b"\x00" * PHOTO_BYTES_MAX, MediaType.PNG, "content_base64"),
    ],
)
def test_a_photo_that_is_none_or_too_large_is_refused(work, content, media_type, field):
    with work() as uow:
        made = item(uow)
        with pytest.raises(ValidationFailed) as refused:
            service.add_photo(uow, made.item_id, content, media_type)
    assert refused.value.details[0]["field"] == field


def test_what_is_not_there_or_of_another_institution_is_not_found(work):
    with work() as uow:
        made = item(uow, external_id="e-1")
        photo = service.add_photo(uow, made.item_id, PNG, MediaType.PNG)
        with pytest.raises(ItemExternalIdTaken):
            item(uow, external_id="e-1")
        with pytest.raises(UnknownItem):
            service.add_photo(uow, "itm_nobody", PNG, MediaType.PNG)
    with work("user_maker", "inst_other") as uow:
        with pytest.raises(UnknownItem):
            service.get_item(uow, made.item_id)
        with pytest.raises(UnknownPhoto):
            service.photo_content(uow, made.item_id, photo.photo_id)


def test_an_instrument_is_trusted_by_its_newest_calibration(work):
    with work() as uow:
        made = instrument(uow, InstrumentKind.XRF, valid_until_on=date(2024, 1, 14))
        assert not made.is_calibrated_on(date(2024, 1, 15))
        new = Calibration(date(2024, 1, 15), date(2024, 7, 15), "C-7")
        assert instruments.calibrate(uow, made.instrument_id, new).calibration == new
        assert instruments.get_instrument(uow, made.instrument_id).is_calibrated_on(
            date(2024, 7, 15)
        )
        for wrong in (
            Calibration(date(2024, 1, 16), date(2024, 7, 15)),
            Calibration(date(2024, 1, 14), date(2024, 7, 15)),
            Calibration(date(2024, 1, 15), date(2024, 1, 14)),
        ):
            with pytest.raises(ValidationFailed):
                instruments.calibrate(uow, made.instrument_id, wrong)


def test_a_serial_names_one_instrument_of_its_kind(work):
    with work() as uow:
        made = instrument(uow, InstrumentKind.XRF)
        with pytest.raises(InstrumentKnown):
            instrument(uow, InstrumentKind.XRF)
        other = instrument(uow, InstrumentKind.BALANCE)
        found = instruments.list_instruments(uow, PageRequest(), kind=InstrumentKind.XRF)
        assert list(found.items) == [made]
        assert len(instruments.list_instruments(uow, PageRequest()).items) == 2
        with pytest.raises(UnknownInstrument):
            instruments.load_instruments(uow, [other.instrument_id, "ins_nobody"])


def test_the_policy_is_set_in_versions_by_whoever_may(work):
    with work() as uow:
        assert policies.current_policy(uow) == DEFAULT
        with pytest.raises(NoAuthority):
            policies.set_policy(uow, ValuationPolicyIn(reason="mine").command())
    band = {"metal": "gold", "fineness": 916, "low": "17.6", "high": "18"}
    with work("user_checker") as uow:
        first = policies.set_policy(uow, ValuationPolicyIn(reason="start").command())
        second = policies.set_policy(uow, ValuationPolicyIn(bands=[band], reason="b").command())
    assert (first.version, second.version) == (1, 2)
    assert first.spike_limit_bp == DEFAULT.spike_limit_bp
    with work() as uow:
        read = policies.current_policy(uow)
    assert read == second
    assert read.band(Metal.GOLD, 9160) == DensityBand(17_600, 18_000)


@pytest.mark.parametrize(
    ("band", "error"),
    [
        ({"metal": "gold", "fineness": 912, "low": 17, "high": 18}, FinenessUnknown),
        ({"metal": "gold", "fineness": 916, "low": 18, "high": 17}, ValidationFailed),
    ],
)
def test_a_band_that_cannot_be_is_refused(work, band, error):
    with work("user_checker") as uow, pytest.raises(error):
        policies.set_policy(uow, ValuationPolicyIn(bands=[band], reason="b").command())
