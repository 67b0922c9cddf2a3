"""The promise: of one side, a paper of its own, after the sale; what it may not hold is refused."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.sarf.facilities import service
from sanduq.sarf.facilities.model import FacilityStatus, StatedCounterPromise
from sanduq.shariah import service as shariah
from tests.coherent import assert_coherent
from tests.make.sarf import CUSTOMER, FINE_MG, USD, open_house
from tests.make.sarf_facilities import promised, sold

FROM_PRICE_AND_TIME = "contract_1_price * (1 + 0.01 * elapsed_months)"


@pytest.fixture
def house(work):
    return open_house(work)


@pytest.fixture
def facility(house):
    return sold(house)


def test_the_promise_is_kept_word_for_word_and_binds_one_side(house, facility, db) -> None:
    issued = promised(house, facility)
    promise = issued.promise
    assert promise is not None
    assert promise.wording_hash == hashlib.sha256(promise.wording.encode()).hexdigest()
    for part in ("49.95", "2024-07-15", "2024-09-15", "75%"):
        assert part in promise.wording
    assert "7000" not in promise.wording.replace(",", "")  # it knows no price but that day's
    assert (promise.promisee_id, promise.cap_bp) == (CUSTOMER, 7_500)
    with house.at() as uow:
        kept = shariah.list_evaluations(
            uow, PageRequest(limit=100), subject_id=facility.facility_id
        ).items
    asked_of = {one.rule_id for one in kept if one.action == "promise"}
    assert {"SCF-04", "SCF-05", "SCF-07", "SCF-09", "WAD-01", "WAD-05", "WAD-06"} <= asked_of
    assert_coherent(db)


@pytest.mark.parametrize(
    ("stated", "rule_id", "code"),
    [
        ({"price_formula": FROM_PRICE_AND_TIME}, "SCF-06", "SCF_PRICE_FORMULA"),
        ({"price_formula": FROM_PRICE_AND_TIME}, "WAD-07", "WAD_FORMULA"),
        ({"fine_weight_mg": FINE_MG + 1}, "SCF-07", "SCF_QUANTITY"),
        ({"fee": Money(1, USD)}, "WAD-05", "WAD_TRADED"),
        ({"is_transferable": True}, "WAD-05", "WAD_TRADED"),
        ({"lower_price_promised": True}, "SCF-19", "SCF_DISCOUNT_PROMISED"),
        (
            {
                "counter_promises": (
                    StatedCounterPromise(
                        promisor_id=CUSTOMER, from_on=date(2024, 7, 15),
                        to_on=date(2024, 9, 15), is_binding=True,
                    ),
                )
            },
            "WAD-06",
            "MUWAADAH_BINDING",
        ),
    ],
)  # fmt: skip
def test_what_a_promise_may_not_hold_is_refused_by_its_rule(
    house, facility, db, stated, rule_id, code
) -> None:
    with pytest.raises(Refusal) as refused:
        promised(house, facility, **stated)
    found = {one["rule_id"]: one for one in refused.value.details}
    assert found[rule_id]["code"] == code
    assert found[rule_id]["source"]
    with house.at() as uow:
        assert service.get(uow, facility.facility_id) == facility
    assert_coherent(db)


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("market_price *", "syntax"),
        ("moon_phase * market_price", "unknown_name"),
        ("0.5 * market_price * weight * fineness", "not_of_terms"),
    ],
)
def test_a_formula_nobody_approved_or_can_read_is_refused(house, facility, formula, code) -> None:
    with pytest.raises(Refusal) as refused:
        promised(house, facility, price_formula=formula)
    assert refused.value.code == "VALIDATION_ERROR"
    assert refused.value.details[0]["field"] == "price_formula"
    if code == "not_of_terms":
        assert refused.value.details[0]["code"] == code
    with house.at() as uow:
        assert service.get(uow, facility.facility_id).status is FacilityStatus.SOLD
