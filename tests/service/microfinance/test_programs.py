"""A program is one person's proposal and another's decision; loans join it once, and covered."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.access.errors import MakerMayNotApprove, NoAuthority, NothingToApprove
from sanduq.access.model import ApprovalStatus
from sanduq.events import service as outbox
from sanduq.funds.purposes import service as purposes
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.programs import service
from sanduq.microfinance.programs.errors import (
    ProgramChanged,
    ProgramIdTaken,
    ProgramStateRefuses,
    UnknownProgram,
)
from sanduq.microfinance.programs.model import ProgramStatus
from sanduq.microfinance.programs.schemas import ProgramIn, ProgramPatch
from tests.coherent import assert_coherent
from tests.make.loans import disbursed
from tests.make.programs import a_program, active_program, as_sent, clients, people


def drawn_up(work, *, is_draft=False, **changes):
    with work(demo.MAKER) as uow:
        new = ProgramIn(**as_sent(a_program(**changes))).command()
        return service.create_program(uow, new, is_draft=is_draft)


def told(work, subject_id):
    with work() as uow:
        page = outbox.list_events(uow, type_name=None, subject_id=subject_id, request=PageRequest())
    return [event.type.removeprefix("microfinance.program.") for event in page.items][::-1]


def test_a_program_is_active_once_another_has_approved_it(demo_work):
    program = drawn_up(demo_work)
    assert program.status is ProgramStatus.PENDING_APPROVAL
    with demo_work(demo.MAKER) as uow, pytest.raises(MakerMayNotApprove):
        service.approve_program(uow, program.program_id)
    with demo_work(demo.SHARIAH) as uow, pytest.raises(NoAuthority):
        service.approve_program(uow, program.program_id)
    with demo_work(demo.CHECKER) as uow:
        approved = service.approve_program(uow, program.program_id)
    assert (approved.status, approved.approved_by) == (ProgramStatus.ACTIVE, demo.CHECKER)
    assert told(demo_work, program.program_id) == ["created", "approved"]


def test_who_changed_a_program_may_not_approve_it(demo_work):
    program = drawn_up(demo_work)
    with demo_work(demo.CHECKER) as uow:
        service.change_program(uow, program.program_id, ProgramPatch(name="Another").revise)
    with demo_work(demo.CHECKER) as uow, pytest.raises(MakerMayNotApprove):
        service.approve_program(uow, program.program_id)
    with demo_work(demo.MAKER) as uow, pytest.raises(MakerMayNotApprove):
        service.approve_program(uow, program.program_id)


def test_a_draft_waits_for_nobody_until_it_is_submitted(demo_work):
    program = drawn_up(demo_work, is_draft=True)
    with demo_work(demo.CHECKER) as uow, pytest.raises(ProgramStateRefuses):
        service.approve_program(uow, program.program_id)
    with demo_work(demo.MAKER) as uow:
        patch = ProgramPatch(submit=True)
        service.change_program(uow, program.program_id, patch.revise, is_submitted=True)
    with demo_work(demo.CHECKER) as uow:
        assert service.approve_program(uow, program.program_id).status is ProgramStatus.ACTIVE


def test_the_approvals_inbox_decides_a_program(demo_client, demo_checker, demo_work):
    def decide(program, decision):
        with demo_work(demo.CHECKER) as uow:
            page = access.list_approvals(uow, status=ApprovalStatus.PENDING, request=PageRequest())
            (one,) = [each for each in page.items if each.subject_id == program.program_id]
            access.decide_approval(uow, one.approval_id, is_approved=decision, reason="as agreed")
        with demo_work() as uow:
            return service.get_program(uow, program.program_id).status

    assert decide(drawn_up(demo_work), True) is ProgramStatus.ACTIVE
    assert decide(drawn_up(demo_work), False) is ProgramStatus.DRAFT


def test_a_closed_program_takes_no_loans_and_is_never_opened_again(demo_work):
    program = active_program(demo_work)
    loan = disbursed(demo_work)
    with demo_work(demo.MAKER) as uow, pytest.raises(NoAuthority):
        service.close_program(uow, program.program_id)
    with demo_work(demo.CHECKER) as uow:
        closed = service.close_program(uow, program.program_id, reason="the grant has ended")
    assert (closed.status, closed.reason) == (ProgramStatus.CLOSED, "the grant has ended")
    with demo_work() as uow:
        for act in (
            lambda: service.enrol_loans(uow, program.program_id, [loan.loan_id]),
            lambda: service.close_program(uow, program.program_id),
            lambda: service.change_program(uow, program.program_id, lambda p: p),
        ):
            with pytest.raises(ProgramStateRefuses) as refused:
                act()
            assert refused.value.facts["state"] == "CLOSED"


def test_a_program_closed_before_its_approval_is_approved_no_more(demo_work):
    program = drawn_up(demo_work)
    with demo_work(demo.MAKER) as uow:
        service.close_program(uow, program.program_id)
    with demo_work(demo.CHECKER) as uow:
        with pytest.raises(ProgramStateRefuses):
            service.approve_program(uow, program.program_id)
        with pytest.raises(NothingToApprove):
            access.pending(uow, service.APPROVE, program.program_id)


def test_an_active_program_is_not_changed_and_a_stale_reader_changes_nothing(demo_work):
    program = drawn_up(demo_work)
    with demo_work() as uow:
        patch = ProgramPatch(name="Another")
        changed = service.change_program(
            uow, program.program_id, patch.revise, if_match=program.etag
        )
        with pytest.raises(ProgramChanged):
            service.change_program(uow, program.program_id, patch.revise, if_match=program.etag)
        same = service.change_program(uow, program.program_id, patch.revise)
    assert (changed.version, same.version) == (2, 2)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"ends_on": "2023-05-31"}, "ends_on", "before_start"),
        ({"branch_ids": ["brn_nowhere"]}, "branch_ids.0", "unknown"),
        ({"product_ids": ["prd_none"]}, "product_ids.0", "unknown"),
        ({"group_ids": ["grp_none"]}, "group_ids.0", "unknown"),
        ({"pool_id": "pool_none"}, "pool_id", "unknown_pool"),
        ({"absorption_order": ["own", "own"]}, "absorption_order.1", "doubled"),
        ({"absorption_order": ["zakat"]}, "absorption_order.0", "zakat_by_waiver"),
        ({"absorption_order": ["mine"]}, "absorption_order.0", "wrong_fund"),
        ({"absorption_order": ["waqf:wqf_none"]}, "absorption_order.0", "unknown_fund"),
        ({"subsidy": {"fund": "own", "share": 0.5}}, "subsidy.fund", "wrong_fund"),
        ({"subsidy": {"fund": "sadaqah:none", "share": 0.5}}, "subsidy.fund", "unknown_fund"),
        ({"subsidy": {"fund": "sadaqah:none"}}, "subsidy", "share_or_amount"),
        (
            {"targets": [{"indicator": "none_such", "baseline": 0, "target": 1}]},
            "targets.0.indicator",
            "unknown_indicator",
        ),
        (
            {"targets": [{"indicator": "jobs_created", "baseline": 0, "target": 1}] * 2},
            "targets.1.indicator",
            "doubled",
        ),
        (
            {"targets": [{"indicator": "asset_ownership", "baseline": 0, "target": 1.5}]},
            "targets.0.target",
            "above_one",
        ),
        (
            {"targets": [{"indicator": "female_borrowers", "baseline": 0.5, "target": 1}]},
            "targets.0.baseline",
            "not_whole",
        ),
    ],
)
def test_a_program_that_contradicts_itself_is_refused_by_field(demo_work, changes, field, code):
    with pytest.raises(ValidationFailed) as refused:
        drawn_up(demo_work, **changes)
    details = refused.value.details[0]
    assert (details["field"], details["code"]) == (field, code)


def test_a_subsidy_comes_only_from_a_purpose_that_allows_it(demo_work):
    with demo_work(demo.MAKER) as uow:
        purposes.install_purposes(uow)
        known = purposes.list_purposes(uow, PageRequest(limit=100)).items
    allowing = next(p for p in known if "subsidise_cost" in {use.value for use in p.uses})
    program = drawn_up(demo_work, subsidy={"fund": allowing.fund, "amount_per_loan": 12.5})
    assert (program.subsidy.amount_minor, program.subsidy.share_bp) == (1250, None)
    refusing = [p for p in known if "subsidise_cost" not in {use.value for use in p.uses}]
    for purpose in refusing[:1]:
        with pytest.raises(ValidationFailed) as refused:
            drawn_up(demo_work, subsidy={"fund": purpose.fund, "share": 0.5})
        assert refused.value.details[0]["code"] == "use_not_allowed"


def test_a_loan_is_in_one_program_and_its_program_is_known(demo_work):
    program, other = active_program(demo_work), active_program(demo_work, name="Other")
    (loan_id,) = clients(demo_work, program.program_id, people(demo_work, 1, None, "one"))
    loose = disbursed(demo_work).loan_id
    with demo_work() as uow:
        assert service.program_of(uow, [loan_id, loose]).keys() == {loan_id}
        assert service.program_of(uow, [loan_id])[loan_id].program_id == program.program_id
        assert service.program_of(uow, []) == {}
        with pytest.raises(ValidationFailed) as refused:
            service.enrol_loans(uow, other.program_id, [loose, loan_id])
    details = refused.value.details[0]
    assert (details["field"], details["code"]) == ("loan_ids.1", "enrolled")
    assert told(demo_work, loan_id)[-1] == "loan_enrolled"
    with demo_work() as uow:
        assert service.program_of(uow, [loose]) == {}  # the whole call was refused
        assert_coherent(uow)


def test_only_loans_the_program_covers_join_it(demo_work):
    with demo_work(demo.MAKER) as uow:
        access.create_branch(uow, name="River", branch_id="brn_river")
    narrow = active_program(demo_work, branch_ids=["brn_river"])
    grouped = active_program(demo_work, group_ids=["grp_village_003"])
    ringgit = active_program(demo_work, currency="MYR", targets=[])
    loan = disbursed(demo_work)
    with demo_work() as uow:
        for program, code in [
            (narrow, "not_covered"), (grouped, "not_covered"), (ringgit, "other_currency"),
        ]:  # fmt: skip
            with pytest.raises(ValidationFailed) as refused:
                service.enrol_loans(uow, program.program_id, [loan.loan_id])
            assert refused.value.details[0]["code"] == code
        with pytest.raises(NotFound):
            service.enrol_loans(uow, narrow.program_id, ["mfl_none"])


def test_ids_and_external_ids_name_one_program(demo_work):
    drawn_up(demo_work, id="prg_river", external_id="donor-7")
    for changes in ({"id": "prg_river"}, {"external_id": "donor-7"}):
        with pytest.raises(ProgramIdTaken):
            drawn_up(demo_work, **changes)
    with pytest.raises(ValidationFailed):
        drawn_up(demo_work, id="grp_river")


def test_a_program_of_another_institution_does_not_exist_here(demo_work, demo_db):
    program = drawn_up(demo_work)
    with access.work_as(demo_db, "inst_other", "user_maker", "req_test") as uow:
        for act in (
            lambda: service.get_program(uow, program.program_id),
            lambda: service.close_program(uow, program.program_id),
            lambda: service.enrol_loans(uow, program.program_id, ["mfl_1"]),
        ):
            with pytest.raises(UnknownProgram):
                act()


def test_programs_are_listed_by_status_newest_first(demo_work):
    first, second = active_program(demo_work), drawn_up(demo_work, name="Second")
    with demo_work() as uow:
        every = service.list_programs(uow, PageRequest()).items
        active = service.list_programs(uow, PageRequest(), status=ProgramStatus.ACTIVE).items
    assert [each.program_id for each in every] == [second.program_id, first.program_id]
    assert [each.program_id for each in active] == [first.program_id]
    assert active[0].starts_on == date(2023, 6, 1)
