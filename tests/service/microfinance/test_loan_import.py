"""Loans of another system come in once, whole or not at all, with what they stand on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.access.errors import NoAuthority
from sanduq.api import registry
from sanduq.kit.db import Database, UnitOfWork
from sanduq.kit.money import Money, currency
from sanduq.ledger import service as ledger
from sanduq.microfinance.loans import importing, service
from sanduq.microfinance.loans.importing import ImportResult, import_loans, import_portfolio
from sanduq.microfinance.loans.model import Loan, LoanStatus
from sanduq.microfinance.loans.repayments import RepayLoan, list_repayments, record_repayment
from sanduq.parties import service as parties
from tests.coherent import assert_coherent
from tests.conftest import Work
from tests.make.portfolio import a_loan, row_counts

MYR = currency("MYR")


@pytest.fixture(autouse=True)
def _checks() -> None:
    registry.wire()


def loan_of(uow: UnitOfWork, external_id: str) -> Loan:
    row = uow.one(
        "select loan_id from microfinance.loan where institution_id = %s and external_id = %s",
        uow.institution_id,
        external_id,
    )
    assert row is not None, f"{external_id} is not here"
    return service.get(uow, row[0])


def test_states_follow_from_what_was_paid(demo_work: Work) -> None:
    loans = [
        a_loan(1),
        a_loan(2, repayments="", paid_total=""),
        a_loan(3, repayments="2023-12-01:1260", paid_total=""),
        a_loan(4, repayments="", paid_total="315"),
    ]
    with demo_work() as uow:
        result = import_loans(uow, loans)
    assert result == ImportResult(imported_count=4, repayment_count=5)
    with demo_work() as uow:
        found = [loan_of(uow, f"L-{number}") for number in (1, 2, 3, 4)]
        assert [loan.status for loan in found] == [
            LoanStatus.REPAYING, LoanStatus.DISBURSED, LoanStatus.COMPLETED, LoanStatus.REPAYING,
        ]  # fmt: skip
        paying = found[0]
        assert paying.created_at.isoformat() == "2023-09-10T12:00:00+00:00"
        assert paying.disbursed_at == paying.created_at
        assert (paying.approved_by, paying.created_by) == (None, demo.MAKER)
        assert paying.balance is not None
        # Due by 15 January: October to January, 4 × 105; paid 315.
        assert paying.balance.due_minor == 10500
        assert paying.balance.outstanding_minor == 126000 - 31500
        assert str(paying.balance.oldest_unpaid_due_on) == "2024-01-10"
        named = [each.external_id for each in list_repayments(uow, paying.loan_id)]
        assert named == ["L-1:1", "L-1:2", "L-1:3"]
        (summed,) = list_repayments(uow, found[3].loan_id)
        assert (str(summed.received_on), summed.reference) == (
            "2024-01-15", "paid before the import",
        )  # fmt: skip
        assert_coherent(uow)


def test_a_borrower_comes_with_papers_and_the_tier_they_carry(demo_work: Work) -> None:
    same = {"borrower_external_id": "B-7", "borrower_name": "Huda Karim", "national_id": "N-7"}
    with demo_work() as uow:
        import_loans(uow, [a_loan(1, **same), a_loan(2, **same), a_loan(3, national_id="")])
        found = parties.parties_by_external_id(uow, ["B-7", "B-3"])
    assert (found["B-7"].name, found["B-7"].kyc_tier) == ("Huda Karim", "simplified")
    assert found["B-3"].kyc_tier == "basic"


def test_a_second_file_finds_the_borrower_of_the_first(demo_work: Work) -> None:
    with demo_work() as uow:
        import_loans(uow, [a_loan(1)])
        person = {"borrower_external_id": "B-1", "borrower_name": "SALMA  idris 1"}
        import_loans(uow, [a_loan(2, **person)])
        other = {**person, "borrower_name": "Mariam Haddad"}
        result = import_loans(uow, [a_loan(3, **other)])
        assert loan_of(uow, "L-1").borrower_id == loan_of(uow, "L-2").borrower_id
    assert [(fault.column, fault.code) for fault in result.faults] == [
        ("borrower_name", "other_person")
    ]


def test_each_loan_is_told_of_as_imported_and_not_as_new(demo_work: Work) -> None:
    with demo_work() as uow:
        before = {row[0] for row in uow.all("select event_id from events.event")}
        import_loans(uow, [a_loan(1), a_loan(2, repayments="", paid_total="")])
        told = Counter(
            row[1]
            for row in uow.all("select event_id, type from events.event")
            if row[0] not in before and row[1].startswith("microfinance.loan.")
        )
        deeds = uow.all("select subject_id from audit.record where action = 'loan.imported'")
        assert sorted(row[0] for row in deeds) == sorted(
            loan_of(uow, external_id).loan_id for external_id in ("L-1", "L-2")
        )
    assert told == {"microfinance.loan.imported": 2}


def test_a_loan_that_is_here_is_reported_when_the_file_says_otherwise_and_never_changed(
    demo_work: Work,
) -> None:
    with demo_work() as uow:
        import_loans(uow, [a_loan(1), a_loan(2), a_loan(3)])
        changed = a_loan(1, amount="1300", purpose="livestock")
        paid_more = a_loan(2, repayments="2023-10-10:105", paid_total="105")
        result = import_loans(uow, [changed, paid_more, a_loan(3)])
        assert loan_of(uow, "L-1").amount == Money(120000, MYR)
    assert (result.imported_count, result.known_count) == (0, 3)
    assert [(fault.row, fault.column, fault.code) for fault in result.faults] == [
        (2, "amount", "changed"), (2, "purpose", "changed"), (3, "row", "changed"),
    ]  # fmt: skip
    assert "1300.00 MYR, here is 1200.00 MYR" in result.faults[0].problem


def test_what_was_paid_here_since_is_no_difference(demo_work: Work) -> None:
    with demo_work() as uow:
        import_loans(uow, [a_loan(1)])
        record_repayment(uow, RepayLoan(loan_of(uow, "L-1").loan_id, Money(10500, MYR)))
        assert import_loans(uow, [a_loan(1)]) == ImportResult(known_count=1)


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"currency": "EUR"}, "currency", "not_offered"),
        ({"group_id": "grp_none"}, "group_id", "unknown_group"),
        ({"branch_id": "brn_none"}, "branch_id", "unknown_branch"),
    ],
)
def test_what_the_institution_does_not_have_is_a_fault_of_that_row_alone(
    demo_work: Work, changes: dict[str, str], column: str, code: str
) -> None:
    with demo_work() as uow:
        before = row_counts(uow)
        result = import_loans(uow, [a_loan(1, **changes)])
        assert row_counts(uow) == before
        assert import_loans(uow, [a_loan(2)]).imported_count == 1
    (fault,) = result.faults
    assert (fault.row, fault.column, fault.code) == (2, column, code)


def test_a_loan_may_name_a_group_and_a_branch(demo_work: Work) -> None:
    with demo_work() as uow:
        import_loans(uow, [a_loan(1, group_id="grp_village_003", branch_id="brn_main")])
        assert loan_of(uow, "L-1").group_id == "grp_village_003"


def test_a_refused_batch_is_divided_until_only_the_refused_loans_are_left_out(
    demo_work: Work,
) -> None:
    with demo_work(demo.FINANCE) as uow:
        ledger.close_period(uow, uow.today.replace(year=2022, month=1, day=1),
                            uow.today.replace(year=2022, month=12, day=31))  # fmt: skip
    old = {"disbursed_on": "2022-09-10", "first_due_date": "2022-10-10"}
    loans = [a_loan(number) for number in range(1, 8)] + [a_loan(8, **old)]
    result = import_portfolio(demo_work, loans)
    assert result.imported_count == 7
    (fault,) = result.faults
    assert (fault.row, fault.external_id, fault.column) == (9, "L-8", "row")
    with demo_work() as uow:
        assert parties.parties_by_external_id(uow, ["B-8"]) == {}
        assert_coherent(uow)


def test_a_dry_run_says_the_same_and_changes_nothing(demo_work: Work) -> None:
    loans = [a_loan(1), a_loan(2), a_loan(3, group_id="grp_none")]
    with demo_work() as uow:
        before = row_counts(uow)
    dry = import_portfolio(demo_work, loans, is_dry_run=True)
    with demo_work() as uow:
        assert row_counts(uow) == before
    assert import_portfolio(demo_work, loans) == dry


def test_only_who_may_import_does(demo_work: Work) -> None:
    with demo_work(demo.FINANCE) as uow, pytest.raises(NoAuthority):
        importing.begin(uow)


def test_a_loan_above_the_roles_limit_is_left_out(demo_url: str, demo_work: Work) -> None:
    with psycopg.connect(demo_url) as owner:
        owner.execute("update access.role_limit set limit_minor = 120000 where action = %s",
                      (importing.IMPORT,))  # fmt: skip
    loans = [a_loan(1), a_loan(2, amount="1200.01", paid_total="", repayments="")]
    result = import_portfolio(demo_work, loans)
    assert (result.imported_count, [fault.code for fault in result.faults]) == (
        1, ["limit_exceeded"],
    )  # fmt: skip


class _Counting(UnitOfWork):
    """A unit of work that counts its statements."""

    __slots__ = ()
    statements: list[str] = []  # noqa: RUF012 - one list for one test

    def all(self, query: Any, *parameters: Any) -> Any:
        self.statements.append(query)
        return super().all(query, *parameters)

    def one(self, query: Any, *parameters: Any) -> Any:
        self.statements.append(query)
        return super().one(query, *parameters)

    def execute(self, query: Any, *parameters: Any) -> Any:
        self.statements.append(query)
        return super().execute(query, *parameters)

    def composed(self, query: Any, parameters: Any) -> Any:
        self.statements.append(str(query))
        return super().composed(query, parameters)


@contextmanager
def counting(db: Database) -> Iterator[_Counting]:
    with access.work_as(db, demo.INSTITUTION, demo.MAKER, "req_count") as uow:
        own = _Counting(
            uow.connection, uow.actor, uow.clock, uow.time_zone, uow.shariah_profile,
            uow.request_id,
        )  # fmt: skip
        own.statements.clear()
        yield own


def test_a_batch_takes_the_same_number_of_statements_however_many_loans(demo_db: Database) -> None:
    counts = []
    for first, last in ((1, 3), (4, 60)):
        with counting(demo_db) as uow:
            loans = [a_loan(number) for number in range(first, last)]
            assert import_loans(uow, loans).imported_count == last - first
            counts.append(len(uow.statements))
    assert counts[0] == counts[1] <= 45
