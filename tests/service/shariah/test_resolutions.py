"""What the board has ruled, and when it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.shariah import service
from sanduq.shariah.board import NewResolution
from sanduq.shariah.errors import UnknownResolution

RULING = NewResolution(
    title="Pools",
    question="May the cost of a pool be spread over its loans?",
    ruling="By number of loans, it may.",
    scope=("QRD-06", "GEN-01", "QRD-06"),
    signers=("Chair of the board",),
    valid_from_on=date(2024, 1, 1),
    valid_until_on=date(2024, 7, 1),
    is_demonstration=False,
)


def test_a_resolution_is_in_force_from_its_first_day_to_the_day_before_its_end(work):
    with work() as uow:
        made = service.create_resolution(uow, RULING)
        for day, is_in_force in [
            (date(2023, 12, 31), False),
            (date(2024, 1, 1), True),
            (date(2024, 6, 30), True),
            (date(2024, 7, 1), False),
        ]:
            found = service.live_resolutions(uow, day)
            assert [r.resolution_id for r in found] == [made.resolution_id] * is_in_force


def test_a_resolution_speaks_to_each_rule_once(work):
    with work() as uow:
        made = service.create_resolution(uow, RULING)
        assert service.get_resolution(uow, made.resolution_id) == made
        assert made.scope == ("GEN-01", "QRD-06")
        assert made.as_resolution.rule_ids == {"GEN-01", "QRD-06"}


def test_a_resolution_answers_each_question_it_names_once(work):
    with work() as uow:
        made = service.create_resolution(
            uow, replace(RULING, answers=("wafa", "inah", "gharar", "inah"))
        )
        assert made.answers == ("gharar", "inah", "wafa")
        assert service.get_resolution(uow, made.resolution_id) == made
        assert made.as_resolution.answers == {"gharar", "inah", "wafa"}
        assert service.create_resolution(uow, RULING).as_resolution.answers == frozenset()


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"scope": ("QRD-06", "QRD-99")}, "scope", "unknown_rule"),
        ({"valid_until_on": date(2024, 1, 1)}, "valid_to", "not_after_start"),
    ],
)
def test_a_resolution_that_cannot_hold_is_refused(work, changes, field, code):
    with work() as uow, pytest.raises(ValidationFailed) as refused:
        service.create_resolution(uow, replace(RULING, **changes))
    assert refused.value.details[0]["field"] == field
    assert refused.value.details[0]["code"] == code


def test_a_live_institution_takes_no_ruling_made_for_demonstration(work):
    with work() as uow:
        made = service.create_resolution(uow, replace(RULING, is_demonstration=True))
        assert made.is_demonstration
        uow.actor = replace(uow.actor, is_live=True)
        with pytest.raises(ValidationFailed):
            service.create_resolution(uow, replace(RULING, is_demonstration=True))


def test_the_resolution_of_another_institution_does_not_exist_here(work):
    with work(institution="inst_other") as uow:
        made = service.create_resolution(uow, RULING)
    with work() as uow:
        assert service.live_resolutions(uow, date(2024, 2, 1)) == ()
        assert service.load_resolutions(uow, [made.resolution_id]) == {}
        with pytest.raises(UnknownResolution):
            service.get_resolution(uow, made.resolution_id)


def test_nobody_edits_a_resolution(work):
    with work() as uow:
        service.create_resolution(uow, RULING)
        with pytest.raises(psycopg.errors.InsufficientPrivilege), uow.savepoint():
            uow.execute("update shariah.resolution set valid_to = '2030-01-01'")


def test_resolutions_are_listed_newest_first_and_by_the_day_they_hold(work):
    later = replace(RULING, valid_from_on=date(2024, 6, 1), valid_until_on=date(2025, 1, 1))
    with work() as uow:
        first, second = (service.create_resolution(uow, each) for each in (RULING, later))
        page = service.list_resolutions(uow, PageRequest())
        assert [r.resolution_id for r in page.items] == [second.resolution_id, first.resolution_id]
        for day, found in [
            (date(2024, 3, 1), [first]),
            (date(2024, 6, 15), [second, first]),
            (date(2024, 12, 1), [second]),
        ]:
            page = service.list_resolutions(uow, PageRequest(), in_force_on=day)
            assert [r.resolution_id for r in page.items] == [r.resolution_id for r in found]
