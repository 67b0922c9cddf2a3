"""A fee rests on a study that is dated, direct, and agreed to by both sides (QRD-04, 06, 09)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sanduq.access.errors import MakerMayNotApprove, NoAuthority, NothingToApprove
from sanduq.events import service as outbox
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import currency
from sanduq.kit.pages import PageRequest
from sanduq.qard.cost_studies import service
from sanduq.qard.cost_studies.errors import (
    CostStudyChanged,
    CostStudyExternalIdTaken,
    UnknownCostStudy,
)
from sanduq.qard.cost_studies.model import Capacity
from sanduq.qard.cost_studies.schemas import CostStudyIn
from sanduq.qard.model import direct_cost_per_loan_minor
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.schemas import ResolutionIn
from tests.make.offers import a_line, a_resolution, a_study

USD = currency("USD")
OFFICES = {"user_finance": Capacity.FINANCE, "user_shariah": Capacity.SHARIAH}


def recorded(work, **changes):
    with work("user_maker") as uow:
        return service.create_cost_study(uow, CostStudyIn(**a_study(**changes)).command())


def approved(work, **changes):
    record = recorded(work, **changes)
    for user, capacity in OFFICES.items():
        with work(user) as uow:
            record = service.approve_cost_study(uow, record.cost_study_id, capacity)
    return record


def a_ruling(work, *scope, **changes):
    with work("user_shariah") as uow:
        return shariah.create_resolution(
            uow, ResolutionIn(**a_resolution(*scope, **changes)).command()
        ).resolution_id


def latest(work, on=date(2024, 1, 15), asset=USD):
    with work() as uow:
        return service.latest_approved(uow, "qard_hasan", asset, on)


def test_a_fee_rests_on_a_study_only_once_both_sides_have_agreed(work):
    record = recorded(work)
    assert latest(work) is None
    for (user, capacity), is_enough in zip(OFFICES.items(), (False, True), strict=True):
        with work(user) as uow:
            service.approve_cost_study(uow, record.cost_study_id, capacity)
        assert (latest(work) is not None) == is_enough
    study = latest(work)
    assert (study.cost_study_id, study.product_id) == (record.cost_study_id, "qard_hasan")
    assert study.finance_approved
    assert study.shariah_approved
    assert direct_cost_per_loan_minor(study) == 4120  # 4,120.00 over 100 loans


def test_the_maker_of_a_study_may_not_agree_to_it(work):
    record = recorded(work)
    for capacity in Capacity:
        with work("user_maker") as uow, pytest.raises(MakerMayNotApprove):
            service.approve_cost_study(uow, record.cost_study_id, capacity)


def test_an_office_agrees_only_for_itself_and_only_once(work):
    record = recorded(work)
    with work("user_finance") as uow, pytest.raises(NoAuthority):
        service.approve_cost_study(uow, record.cost_study_id, Capacity.SHARIAH)
    with work("user_finance") as uow:
        service.approve_cost_study(uow, record.cost_study_id, Capacity.FINANCE)
    with work("user_finance") as uow, pytest.raises(NothingToApprove):
        service.approve_cost_study(uow, record.cost_study_id, Capacity.FINANCE)


def test_a_study_serves_for_twelve_months_from_its_day(work):
    record = approved(work)  # studied on 10 January 2024
    for on, serves in [
        (date(2024, 1, 9), False),
        (date(2024, 1, 10), True),
        (date(2025, 1, 10), True),
        (date(2025, 1, 11), False),
    ]:
        study = latest(work, on)
        assert (study is not None and study.cost_study_id == record.cost_study_id) == serves
    assert latest(work, asset=currency("EUR")) is None


def test_the_latest_study_that_both_agreed_to_counts(work):
    older = approved(work, study_date="2023-12-01", subsidy=120)
    approved(work, study_date="2023-06-01")
    recorded(work, study_date="2024-01-12")
    study = latest(work)
    assert study.cost_study_id == older.cost_study_id
    assert direct_cost_per_loan_minor(study) == 4000  # (4,120.00 - 120.00) over 100 loans


def test_a_cost_declared_indirect_is_kept_and_never_counts(work):
    lines = [a_line("courier", 100), a_line("salaries", 900, is_indirect=True)]
    record = approved(work, lines=lines, loan_count=10)
    with work() as uow:
        kept = service.get_cost_study(uow, record.cost_study_id)
    assert [studied.line.category for studied in kept.lines] == ["courier", "salaries"]
    study = latest(work)
    assert [line.category for line in study.lines] == ["courier"]
    assert direct_cost_per_loan_minor(study) == 1000


@pytest.mark.parametrize("category", ["salaries", "rent", "furniture", "vehicles", "anything"])
def test_a_cost_that_is_not_direct_does_not_enter_a_study(work, category):
    lines = [a_line("courier", 100), a_line(category, 1)]
    with pytest.raises(ShariahViolation) as refused:
        recorded(work, lines=lines)
    assert [(d["rule_id"], d["observed"]) for d in refused.value.details] == [("QRD-04", category)]


def test_the_pool_method_needs_a_resolution_that_speaks_to_it_and_is_in_force(work):
    pool = {"allocation_method": "pool_pro_rata"}
    expired = a_ruling(work, "QRD-06", valid_from="2023-01-01", valid_to="2024-01-15")
    elsewhere = a_ruling(work, "GEN-01")
    for named in (None, expired, elsewhere):
        with pytest.raises(ShariahViolation) as refused:
            recorded(work, **pool, resolution_id=named)
        assert refused.value.details[0]["code"] == "QARD_POOL_METHOD_UNAPPROVED"
    record = recorded(work, **pool, resolution_id=a_ruling(work, "QRD-06"))
    with work() as uow:
        page = shariah.list_evaluations(
            uow, PageRequest(), subject_id=record.cost_study_id, rule_id="QRD-06"
        )
    assert [e.has_passed for e in page.items] == [True]
    assert page.items[0].findings[0]["resolution_id"] == record.resolution_id


def test_a_pool_study_is_not_agreed_to_once_its_resolution_has_lapsed(work):
    ruling = a_ruling(work, "QRD-06", valid_to="2024-02-01")
    record = recorded(work, allocation_method="pool_pro_rata", resolution_id=ruling)
    with work("user_shariah") as uow:
        uow.clock = FixedClock(uow.now + timedelta(days=30))  # 14 February
        with pytest.raises(ShariahViolation):
            service.approve_cost_study(uow, record.cost_study_id, Capacity.SHARIAH)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"study_date": "2024-01-16"}, "study_date"),
        ({"product_type": "murabaha_micro"}, "product_type"),
        ({"resolution_id": "res_unknown"}, "resolution_id"),
        ({"subsidy": "0.001"}, "subsidy"),
        ({"lines": [a_line("courier", -1)]}, "lines.0.amount"),
    ],
)
def test_a_study_of_the_wrong_shape_is_refused_by_field(work, changes, field):
    with pytest.raises(ValidationFailed) as refused:
        recorded(work, **changes)
    assert refused.value.details[0]["field"] == field


def test_an_external_id_names_one_study(work):
    recorded(work, external_id="study-7")
    with pytest.raises(CostStudyExternalIdTaken):
        recorded(work, external_id="study-7")


def test_a_study_that_changed_since_it_was_read_is_not_agreed_to(work):
    record = recorded(work)
    with work("user_finance") as uow:
        service.approve_cost_study(uow, record.cost_study_id, Capacity.FINANCE)
    with work("user_shariah") as uow, pytest.raises(CostStudyChanged):
        service.approve_cost_study(
            uow, record.cost_study_id, Capacity.SHARIAH, if_match=record.etag
        )


def test_the_study_of_another_institution_does_not_exist_here(work):
    record = recorded(work)
    with work("user_finance", "inst_other") as uow:
        with pytest.raises(UnknownCostStudy):
            service.get_cost_study(uow, record.cost_study_id)
        with pytest.raises(UnknownCostStudy):
            service.approve_cost_study(uow, record.cost_study_id, Capacity.FINANCE)
        assert service.load_studies(uow, [record.cost_study_id]) == {}


def test_a_study_is_told_when_recorded_and_when_both_have_agreed(work):
    record = approved(work)
    with work() as uow:
        told = outbox.list_events(
            uow, type_name=None, subject_id=record.cost_study_id, request=PageRequest()
        )
    assert [event.type for event in told.items] == [
        "microfinance.cost_study.approved",
        "microfinance.cost_study.created",
    ]
