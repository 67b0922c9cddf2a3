"""The read model ties to the ledger to the cent on every day of a random year."""

from __future__ import annotations

from collections import defaultdict

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.ledger.verify import verify
from sanduq.obligations.as_of import debts_on
from sanduq.reporting.portfolio import service
from sanduq.reporting.portfolio.checks import check_portfolio
from sanduq.reporting.portfolio.model import By
from tests.make.portfolio_book import summed
from tests.make.portfolio_year import LAST, days_of_year, histories
from tests.make.rows import run_as_owner


@pytest.fixture
def uow(year_work):
    return year_work


def booked_by_day(uow):
    """Account 1100 by contract at the end of every day, from the entries alone."""
    moves = defaultdict(lambda: defaultdict(int))
    for subject, day, minor in uow.all(
        "select a.subject, j.effective_on, sum(e.amount_minor)::bigint from ledger.entry e"
        " join ledger.account a using (institution_id, account_id)"
        " join ledger.journal j using (institution_id, journal_seq)"
        " where e.institution_id = %s and a.code = '1100' group by 1, 2",
        uow.institution_id,
    ):
        moves[subject][day] += minor
    return moves


def reported_by_day(uow, days):
    rows = uow.all(
        f"select day, obligation_id, principal_minor from ({debts_on()}) b",
        {"institution": uow.institution_id, "time_zone": uow.time_zone, "days": days},
    )
    found = defaultdict(dict)
    for day, obligation_id, minor in rows:
        found[obligation_id][day] = minor
    return found


def test_the_year_has_everything_that_can_happen_to_a_loan(uow):
    """Otherwise the other tests would prove little."""
    debts = [debt for debt, _ in histories(uow).values()]
    paid = [payment for debt in debts for payment in debt.payments]
    assert len(debts) >= 25
    assert len(paid) >= 150
    assert sum(payment.back_on is not None for payment in paid) >= 10
    assert sum(version.is_reschedule for debt in debts for version in debt.versions) >= 10
    assert any(debt.written_off_on is not None for debt in debts)
    assert any(
        not version.is_reschedule for debt in debts for version in debt.versions[1:]
    )  # a forgiven part


def test_every_debt_ties_to_its_account_on_every_day_of_the_year(uow):
    days = days_of_year()
    booked, reported = booked_by_day(uow), reported_by_day(uow, days)
    assert len(booked) >= 25
    for contract_id in booked.keys() | reported.keys():
        balance = 0
        for day in days:
            balance += booked[contract_id].get(day, 0)
            assert reported[contract_id].get(day, 0) == balance, (contract_id, day)


def test_the_portfolio_ties_to_the_ledger_by_currency_and_branch_on_every_day(uow):
    branches = {debt.obligation_id: keys["branch"] for debt, keys in histories(uow).values()}
    assets = {debt.obligation_id: keys["asset"] for debt, keys in histories(uow).values()}
    booked = booked_by_day(uow)
    standing = defaultdict(int)
    for day in days_of_year():
        for contract_id, moves in booked.items():
            if moves.get(day):
                standing[assets[contract_id], branches[contract_id]] += moves[day]
        report = service.portfolio(uow, day, by=By.BRANCH)
        found = {(part.asset, part.key): part.gross_minor for part in report.parts}
        assert {k: v for k, v in found.items() if v} == {k: v for k, v in standing.items() if v}
        for total in report.totals:
            parts = [part for part in report.parts if part.asset == total.asset]
            assert total.gross_minor == sum(part.gross_minor for part in parts)
            assert total.loans == sum(part.loans for part in parts)


@pytest.mark.parametrize("by", list(By))
def test_every_split_is_what_plain_python_makes_of_the_same_facts(uow, by):
    made = histories(uow)
    for day in days_of_year()[::9]:
        wanted = defaultdict(list)
        for debt, keys in made.values():
            exposure = debt.exposure(day)
            if exposure is not None:
                wanted[keys["asset"], None, True].append(exposure)
                if by is not By.NONE:
                    wanted[keys["asset"], keys[by], False].append(exposure)
        report = service.portfolio(uow, day, by=by)
        found = [(one, True) for one in report.totals] + [(one, False) for one in report.parts]
        assert len(found) == len(wanted)
        for one, is_whole in found:
            due = summed(wanted[one.asset, one.key, is_whole], one.asset, one.key)
            assert (one, day) == (_named(due, one.name), day)


def _named(standing, name):
    return type(standing)(
        **{field: getattr(standing, field) for field in standing.__slots__} | {"name": name}
    )


def test_one_currency_alone_is_the_same_as_its_part_of_all(uow):
    day = days_of_year()[200]
    everything = service.portfolio(uow, day, by=By.OFFICER)
    for total in everything.totals:
        alone = service.portfolio(uow, day, asset=total.asset, by=By.OFFICER)
        assert alone.totals == [total]
        assert alone.parts == [part for part in everything.parts if part.asset == total.asset]


def test_verify_finds_the_books_and_the_portfolio_in_agreement(uow):
    report = verify(uow)
    assert report.is_coherent, report.findings
    assert list(check_portfolio(uow)) == []


CHANGE = (
    "update obligations.obligation set principal_paid_minor = principal_paid_minor {sign} 1"
    " where obligation_id = (select obligation_id from obligations.obligation"
    " where status = 'ACTIVE' and principal_paid_minor between 2 and principal_minor - 2"
    " order by obligation_id limit 1)"
)


def test_verify_names_a_portfolio_that_left_the_ledger(made_year):
    year, url = made_year
    run_as_owner(url, CHANGE.format(sign="+"))
    try:
        with access.work_as(year.db, demo.INSTITUTION, demo.MAKER, "req_ties") as uow:
            (fault,) = check_portfolio(uow)
            assert fault.startswith(f"the qard portfolio of {LAST} comes to ")
    finally:
        run_as_owner(url, CHANGE.format(sign="-"))
