"""A custody fee rests on a study of what keeping costs, agreed to in two offices."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from sanduq.access.errors import MakerMayNotApprove, NoAuthority, NothingToApprove
from sanduq.events import service as outbox
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import currency
from sanduq.kit.pages import PageRequest
from sanduq.qard.cost_studies.model import Capacity
from sanduq.rahnu.fees.accrual import custody_cost_minor
from sanduq.rahnu.fees.cost_studies import service
from sanduq.rahnu.fees.cost_studies.errors import (
    CustodyCostStudyChanged,
    CustodyCostStudyExternalIdTaken,
    OneOfficeEach,
    UnknownCustodyCostStudy,
)
from sanduq.rahnu.fees.cost_studies.schemas import CustodyCostStudyIn
from sanduq.rahnu.fees.model import FeeBasis
from tests.coherent import assert_coherent
from tests.make.fees import OFFICES, a_cost, a_custody_study, approved_study

USD = currency("USD")


def recorded(work, **changes):
    with work("user_maker") as uow:
        return service.create_study(uow, CustodyCostStudyIn(**a_custody_study(**changes)).command())


def latest(work, on=date(2024, 1, 15), asset=USD):
    with work() as uow:
        return service.latest_approved(uow, asset, on)


def test_a_fee_rests_on_a_study_only_once_both_offices_have_agreed(work):
    record = recorded(work)
    assert latest(work) is None
    for (user, capacity), is_enough in zip(OFFICES.items(), (False, True), strict=True):
        with work(user) as uow:
            service.approve_study(uow, record.custody_cost_study_id, capacity)
        assert (latest(work) is not None) == is_enough
    study = latest(work)
    assert study.custody_cost_study_id == record.custody_cost_study_id
    # 0.40 a gram and 1.00 a thing each month
    assert custody_cost_minor(study, FeeBasis(50_000), 1) == 2_100
    with work() as uow:
        told = outbox.list_events(
            uow, type_name=None, subject_id=record.custody_cost_study_id, request=PageRequest()
        )
        assert [event.type for event in told.items] == [
            "rahnu.custody_cost_study.approved",
            "rahnu.custody_cost_study.created",
        ]
        assert_coherent(uow)


def test_the_maker_may_not_agree_and_an_office_agrees_once_for_itself(work):
    record = recorded(work)
    for capacity in Capacity:
        with work("user_maker") as uow, pytest.raises(MakerMayNotApprove):
            service.approve_study(uow, record.custody_cost_study_id, capacity)
    with work("user_finance") as uow, pytest.raises(NoAuthority):
        service.approve_study(uow, record.custody_cost_study_id, Capacity.SHARIAH)
    with work("user_finance") as uow:
        service.approve_study(uow, record.custody_cost_study_id, Capacity.FINANCE)
    with work("user_finance") as uow, pytest.raises(NothingToApprove):
        service.approve_study(uow, record.custody_cost_study_id, Capacity.FINANCE)


def test_one_person_with_both_offices_agrees_in_one_of_them(work, owner_url):
    record = recorded(work)
    with psycopg.connect(owner_url) as connection:
        connection.execute(
            "update access.staff_user set roles = %s where user_id = 'user_finance'",
            (["finance_officer", "shariah_reviewer"],),
        )
    with work("user_finance") as uow:
        service.approve_study(uow, record.custody_cost_study_id, Capacity.FINANCE)
    with pytest.raises(OneOfficeEach), work("user_finance") as uow:
        service.approve_study(uow, record.custody_cost_study_id, Capacity.SHARIAH)
    assert latest(work) is None


def test_a_study_serves_for_twelve_months_from_its_day(work):
    record = approved_study(work)  # of 10 January 2024
    for on, serves in [
        (date(2024, 1, 9), False),
        (date(2024, 1, 10), True),
        (date(2025, 1, 10), True),
        (date(2025, 1, 11), False),
    ]:
        study = latest(work, on)
        assert (study is not None) == serves
    assert study is None
    assert latest(work).custody_cost_study_id == record.custody_cost_study_id
    assert latest(work, asset=currency("EUR")) is None


def test_the_newest_study_both_agreed_to_counts(work):
    older = approved_study(work, study_date="2023-12-31")
    approved_study(work, study_date="2023-12-31", period_to="2023-06-30", currency="EUR")
    recorded(work, study_date="2024-01-12")
    assert latest(work).custody_cost_study_id == older.custody_cost_study_id


@pytest.mark.parametrize(
    "kind", ["salaries", "profit", "guarantee", "risk_protection", "lending_staff"]
)
def test_what_keeping_does_not_cause_is_refused_unless_declared_indirect(work, kind):
    line = a_cost(kind, "item", 10)
    with pytest.raises(ValidationFailed) as refused:
        recorded(work, lines=[a_cost("seals", "item", 10), line])
    assert refused.value.details[0]["field"] == "lines.1.kind"
    kept = recorded(work, lines=[a_cost("seals", "item", 1_200), {**line, "is_indirect": True}])
    assert [one.is_counted for one in kept.lines] == [True, False]
    assert custody_cost_minor(kept, FeeBasis(50_000), 1) == 100  # seals alone


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"study_date": "2024-01-16"}, "study_date"),
        ({"period_to": "2024-01-11"}, "period_to"),
        ({"period_from": "2024-01-01"}, "period_from"),
        ({"gram_months": 0}, "gram_months"),
        ({"gram_months": "1.0001"}, "gram_months"),
        ({"lines": [a_cost("seals", "item", -1)]}, "lines.0.amount"),
    ],
)
def test_a_study_of_the_wrong_shape_is_refused_by_field(work, changes, field):
    with pytest.raises(ValidationFailed) as refused:
        recorded(work, **changes)
    assert refused.value.details[0]["field"] == field


def test_an_external_id_names_one_study_and_a_stale_reading_agrees_to_nothing(work):
    record = recorded(work, external_id="vault-2023")
    with pytest.raises(CustodyCostStudyExternalIdTaken):
        recorded(work, external_id="vault-2023")
    with work("user_finance") as uow:
        service.approve_study(uow, record.custody_cost_study_id, Capacity.FINANCE)
    with work("user_shariah") as uow, pytest.raises(CustodyCostStudyChanged):
        service.approve_study(
            uow, record.custody_cost_study_id, Capacity.SHARIAH, if_match=record.etag
        )


def test_the_study_of_another_institution_does_not_exist_here(work):
    record = recorded(work)
    with work("user_finance", "inst_other") as uow:
        with pytest.raises(UnknownCustodyCostStudy):
            service.get_study(uow, record.custody_cost_study_id)
        with pytest.raises(UnknownCustodyCostStudy):
            service.approve_study(uow, record.custody_cost_study_id, Capacity.FINANCE)
