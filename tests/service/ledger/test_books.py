"""Posting and reading: what the books say, and when they refuse."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from sanduq.access.errors import NoAuthority
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import PageRequest, read_cursor
from sanduq.ledger import service
from sanduq.ledger.capital import add_capital
from sanduq.ledger.errors import (
    AccountUnknown,
    FloorBroken,
    JournalMalformed,
    JournalUnknown,
    PeriodClosed,
    PeriodNotOver,
    PeriodOverlaps,
    ReversedAlready,
)
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.ledger.verify import register_check, verify
from tests.coherent import assert_coherent
from tests.make.ledger import (
    CAPITAL,
    CASH,
    DAY,
    USD,
    a_journal,
    at,
    post_move,
    random_year,
    receivable,
)

SPENT = AccountPlace("5900", USD)

Work = Callable[..., Any]


def balance(uow: UnitOfWork, place: AccountPlace) -> int:
    return service.get_balance(uow, place.account_id).debit_minor


class TestPost:
    def test_a_journal_moves_both_accounts(self, work: Work) -> None:
        with work() as uow:
            post_move(uow, CAPITAL, CASH, 250_00)
            found = service.get_balance(uow, CAPITAL.account_id)
            assert balance(uow, CASH) == 250_00
            assert (found.debit_minor, found.normal) == (-250_00, Money(250_00, USD))
            assert_coherent(uow)

    def test_cash_never_falls_below_zero(self, work: Work) -> None:
        with work() as uow:
            post_move(uow, CAPITAL, CASH, 100)
            service.open_accounts(uow, [SPENT])
            with pytest.raises(FloorBroken), uow.savepoint():
                service.post(uow, [a_journal(CASH, SPENT, 101)])
            service.post(uow, [a_journal(CASH, SPENT, 100)])
            assert balance(uow, CASH) == 0
            assert_coherent(uow)

    def test_the_floor_counts_at_the_end_of_the_block(self, work: Work) -> None:
        with work() as uow:
            service.open_accounts(uow, [CASH, CAPITAL, SPENT])
            first_out = a_journal(CASH, SPENT, 100)
            service.post(uow, [first_out, a_journal(CAPITAL, CASH, 100)])
            assert_coherent(uow)

    def test_two_blocks_in_one_unit_of_work_follow_one_another(self, work: Work) -> None:
        with work() as uow:
            service.open_accounts(uow, [CASH, CAPITAL])
            first = service.post(uow, [a_journal(CAPITAL, CASH, 1) for _ in range(3)])
            second = service.post(uow, [a_journal(CAPITAL, CASH, 1)])
            assert (first.block_seq, first.first_journal_seq, first.last_journal_seq) == (1, 1, 3)
            assert (second.block_seq, second.first_journal_seq) == (2, 4)
            assert_coherent(uow)

    def test_a_code_outside_the_chart_is_refused(self, work: Work) -> None:
        with pytest.raises(JournalMalformed), work() as uow:
            service.open_accounts(uow, [AccountPlace("9999", USD)])

    def test_opening_again_changes_nothing(self, work: Work) -> None:
        with work() as uow:
            assert service.open_accounts(uow, [CASH, CAPITAL]) == 2
            service.post(uow, [a_journal(CAPITAL, CASH, 7)])
            assert service.open_accounts(uow, [CASH, CAPITAL, receivable(1)]) == 1
            assert balance(uow, CASH) == 7

    def test_recorded_times_never_run_backwards(self, work: Work) -> None:
        # Two machines' clocks differ by a second; the later block is not recorded earlier.
        with work() as uow:
            service.open_accounts(uow, [CASH, CAPITAL])
            service.post(at(uow, 60), [a_journal(CAPITAL, CASH, 1)])
            service.post(at(uow, 59), [a_journal(CAPITAL, CASH, 1)])
            rows = uow.all(
                "select recorded_at from ledger.chain_block where institution_id = 1 order by 1"
            )
            assert rows[0] == rows[1] == (uow.now + timedelta(seconds=60),)
            assert_coherent(uow)


class TestReverse:
    def test_a_reversal_takes_everything_back_once(self, work: Work) -> None:
        with work() as uow:
            journal = post_move(uow, CAPITAL, CASH, 100)
            back = service.reversal_of(uow, [journal.journal_id], effective_on=DAY, memo="typo")
            service.post(uow, back)
            assert (back[0].kind, back[0].reverses) == ("test.moved.reversed", journal.journal_id)
            assert balance(uow, CASH) == balance(uow, CAPITAL) == 0
            again = service.reversal_of(uow, [journal.journal_id], effective_on=DAY, memo=None)
            with pytest.raises(ReversedAlready), uow.savepoint():
                service.post(uow, again)
            assert_coherent(uow)

    def test_an_unknown_journal_cannot_be_reversed(self, work: Work) -> None:
        with pytest.raises(JournalUnknown), work() as uow:
            service.reversal_of(uow, ["jrn_nowhere"], effective_on=DAY, memo=None)

    def test_another_institutions_journal_is_unknown(self, work: Work) -> None:
        with work() as uow:
            journal = post_move(uow, CAPITAL, CASH, 100)
        with pytest.raises(JournalUnknown), work("user_maker", "inst_other") as uow:
            service.reversal_of(uow, [journal.journal_id], effective_on=DAY, memo=None)


class TestClosePeriod:
    def test_nothing_takes_effect_in_a_closed_period(self, work: Work) -> None:
        last = DAY - timedelta(days=1)
        with work("user_finance") as uow:
            service.open_accounts(uow, [CASH, CAPITAL])
            service.close_period(uow, date(2024, 1, 1), last)
            for day in (date(2024, 1, 1), last):
                with pytest.raises(PeriodClosed), uow.savepoint():
                    service.post(uow, [a_journal(CAPITAL, CASH, 1, effective_on=day)])
            service.post(uow, [a_journal(CAPITAL, CASH, 1, effective_on=date(2023, 12, 31))])
            service.post(uow, [a_journal(CAPITAL, CASH, 1, effective_on=DAY)])
            assert [(p.starts_on, p.ends_on) for p in service.list_periods(uow)] == [
                (date(2024, 1, 1), last)
            ]

    def test_a_day_is_closed_once(self, work: Work) -> None:
        with work("user_finance") as uow:
            service.close_period(uow, date(2023, 1, 1), date(2023, 12, 31))
            with pytest.raises(PeriodOverlaps), uow.savepoint():
                service.close_period(uow, date(2023, 12, 31), date(2024, 1, 1))
            service.close_period(uow, date(2024, 1, 1), date(2024, 1, 1))

    def test_a_period_is_closed_when_it_is_over(self, work: Work) -> None:
        with work("user_finance") as uow, pytest.raises(PeriodNotOver):
            service.close_period(uow, date(2024, 1, 1), uow.today)

    def test_a_period_ends_after_it_starts(self, work: Work) -> None:
        with work("user_finance") as uow, pytest.raises(ValidationFailed):
            service.close_period(uow, date(2023, 1, 2), date(2023, 1, 1))

    def test_closing_needs_the_authority(self, work: Work) -> None:
        with work("user_maker") as uow, pytest.raises(NoAuthority):
            service.close_period(uow, date(2023, 1, 1), date(2023, 12, 31))


@pytest.fixture
def year(work: Work) -> Work:
    """A hundred random journals, a minute apart, one block each."""
    journals = random_year(7, (USD, currency("TND")), 100)
    with work() as uow:
        service.open_accounts(uow, {entry.place for one in journals for entry in one.entries})
        for number, journal in enumerate(journals):
            service.post(at(uow, 60 * number), [journal])
    return work


def brute_force(uow: UnitOfWork, field: str, until: date) -> dict[str, int]:
    """Balances from every entry of every journal whose `field` is not after `until`."""
    found: dict[str, int] = {}
    for journal in every_journal(uow):
        for entry in journal.entries if getattr(journal, field) <= until else ():
            found[entry.account_id] = found.get(entry.account_id, 0) + entry.amount_minor
    return found


def every_journal(uow: UnitOfWork, **filters: Any) -> list[Any]:
    """All pages of the list, walked by cursor."""
    found: list[Any] = []
    request = PageRequest(limit=7)
    while True:
        page = service.list_journals(uow, request, **filters)
        found += page.items
        if page.next_cursor is None:
            return found
        request = PageRequest(limit=7, cursor=read_cursor(page.next_cursor))


class TestRead:
    def test_balances_at_past_instants_equal_brute_force(self, year: Work) -> None:
        dice = random.Random(11)
        with year() as uow:
            for _ in range(10):
                instant = uow.now + timedelta(seconds=dice.randrange(100 * 60))
                expected = brute_force(uow, "recorded_at", instant)
                for account_id in {e.account_id for j in every_journal(uow) for e in j.entries}:
                    found = service.balance_at(uow, account_id, instant).debit_minor
                    assert found == expected.get(account_id, 0)

    def test_balances_on_past_days_and_trial_balances_equal_brute_force(self, year: Work) -> None:
        dice = random.Random(12)
        with year() as uow:
            for _ in range(10):
                day = date(2023, 1, 1) + timedelta(days=dice.randrange(365))
                expected = brute_force(uow, "effective_on", day)
                for account_id, minor in expected.items():
                    assert service.balance_on(uow, account_id, day).debit_minor == minor
                lines = service.trial_balance(uow, day)
                assert sum(line.debit_minor for line in lines) == sum(
                    minor for minor in expected.values() if minor > 0
                )
                assert sum(line.debit_minor - line.credit_minor for line in lines) == 0

    def test_filters_of_the_journal_list_equal_brute_force(self, year: Work) -> None:
        with year() as uow:
            every = every_journal(uow)
            assert len(every) == 100
            assert [j.journal_id for j in every] == sorted((j.journal_id for j in every),
                                                           reverse=True)  # fmt: skip
            for account_id in {entry.account_id for one in every for entry in one.entries}:
                expected = [j for j in every if account_id in {e.account_id for e in j.entries}]
                assert every_journal(uow, account_id=account_id) == expected
            assert every_journal(uow, reference="ref_42") == [
                one for one in every if one.reference == "ref_42"
            ]
            assert every_journal(uow, journal_id=every[3].journal_id) == [every[3]]

    def test_filters_of_the_account_list_equal_brute_force(self, year: Work) -> None:
        with year() as uow:
            everything = PageRequest(limit=100)
            every = service.list_balances(uow, everything).items
            for name in ("code", "fund", "asset", "subject"):
                for value in {getattr(found.account, name) for found in every} - {None}:
                    expected = [b for b in every if getattr(b.account, name) == value]
                    page = service.list_balances(uow, everything, **{name: str(value)})
                    assert page.items == expected

    def test_pages_by_number_say_how_many_there_are(self, year: Work) -> None:
        with year() as uow:
            page = service.list_journals(uow, PageRequest(limit=30, page=4))
            assert (page.total, len(page.items), page.has_more) == (100, 10, False)

    def test_a_statement_walks_from_balance_to_balance(self, year: Work) -> None:
        with year() as uow:
            account_id = every_journal(uow)[0].entries[0].account_id
            request, running, versions = PageRequest(limit=5), 0, 0
            while True:
                _, page = service.statement(uow, account_id, request)
                for line in page.items:
                    running += line.amount_minor
                    versions += 1
                    assert (line.balance_after_minor, line.version_after) == (running, versions)
                if page.next_cursor is None:
                    break
                request = PageRequest(limit=5, cursor=read_cursor(page.next_cursor))
            found = service.get_balance(uow, account_id)
            assert (found.debit_minor, found.version) == (running, versions)

    def test_a_statement_keeps_to_its_days(self, year: Work) -> None:
        first, last = date(2023, 4, 1), date(2023, 8, 31)
        with year() as uow:
            every = every_journal(uow)
            account_id = every[0].entries[0].account_id
            expected = sum(
                1 for j in every for e in j.entries
                if e.account_id == account_id and first <= j.effective_on <= last
            )  # fmt: skip
            _, page = service.statement(
                uow, account_id, PageRequest(limit=100, page=1), from_on=first, to_on=last
            )
            assert (len(page.items), page.total) == (expected, expected)

    def test_an_unknown_account_is_not_found(self, work: Work) -> None:
        with work() as uow, pytest.raises(AccountUnknown):
            service.get_balance(uow, CASH.account_id)


class TestCapital:
    def test_capital_fills_the_branch_cash(self, work: Work) -> None:
        with work() as uow:
            add_capital(uow, Money(100_000_00, USD), "br_main")
            assert (balance(uow, CASH), balance(uow, CAPITAL)) == (100_000_00, -100_000_00)
            assert_coherent(uow)

    def test_no_capital_is_no_capital(self, work: Work) -> None:
        with work() as uow, pytest.raises(ValidationFailed):
            add_capital(uow, Money(0, USD), "br_main")


class TestVerify:
    def test_an_upper_domain_adds_its_own_check(
        self, work: Work, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sanduq.ledger.verify._registered", {})
        register_check("totals of loans", lambda _uow: ["loan mfl_1 says 5, its entries 4", "x"])
        with work() as uow:
            (finding,) = verify(uow).findings
        assert str(finding) == "totals of loans: totals of loans: loan mfl_1 says 5, its entries 4"

    def test_two_checks_of_one_name_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sanduq.ledger.verify._registered", {})
        register_check("totals", lambda _uow: [])
        with pytest.raises(ValueError, match="registered already"):
            register_check("totals", lambda _uow: [])

    def test_progress_names_each_check_and_ends_at_the_last_journal(self, year: Work) -> None:
        heard: list[tuple[str, int]] = []
        with year() as uow:
            report = verify(uow, progress=lambda name, journals: heard.append((name, journals)))
        assert [check.name for check in report.checks] == list(dict(heard))
        assert dict(heard)["chain"] == report.journal_seq == 100

    def test_books_nobody_opened_are_coherent(self, work: Work) -> None:
        with work() as uow:
            assert verify(uow).is_coherent


def test_sarf_is_one_journal_with_two_assets_through_position_accounts(work: Work) -> None:
    tnd = currency("TND")
    cash, other = CASH, replace(CASH, asset=tnd)
    position, other_position = AccountPlace("2210", USD), AccountPlace("2210", tnd)
    with work() as uow:
        uow.clock = FixedClock(uow.now)
        service.open_accounts(uow, [cash, other, position, other_position, CAPITAL])
        service.post(uow, [a_journal(CAPITAL, cash, 100_00)])
        entries = (
            credit(cash, 100_00), debit(position, 100_00),
            debit(other, 312_500), credit(other_position, 312_500),
        )  # fmt: skip
        service.post(uow, [Journal(new_id("jrn"), "test.exchanged", DAY, entries)])
        assert (balance(uow, cash), balance(uow, other)) == (0, 312_500)
        assert_coherent(uow)
