"""Reports of spans against plain Python over the same facts, and against hand-made books."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import fields, replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from sanduq import demo
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import currency
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.ledger.verify import verify
from sanduq.microfinance.loans import repayments
from sanduq.reporting.portfolio import service
from sanduq.reporting.portfolio.model import By, Span, annual
from sanduq.reporting.portfolio.model_economics import Adjustments, Earned
from tests.coherent import assert_coherent
from tests.make.institution import a_borrower
from tests.make.loans import asked, disbursed, payment
from tests.make.portfolio_year import ASSETS, FIRST, LAST, days_of_year, histories

USD = currency("USD")
EVE = FIRST - timedelta(days=1)


def spans():
    """Some spans of the year, short and long, and the whole."""
    dice, days = random.Random(5), days_of_year()[1:]
    found = [Span(FIRST, LAST), Span(LAST, LAST), Span(date(2024, 2, 1), date(2025, 1, 31))]
    for _ in range(12):
        first, last = sorted(dice.sample(days, 2))
        found.append(Span(first, last))
    return found


SPANS = spans()


@pytest.fixture
def uow(year_work):
    return year_work


@pytest.fixture
def debts(uow):
    return histories(uow)


def gross_on(debts, asset, day):
    """Gross portfolio of one currency and its borrowers, at the end of a day."""
    found = [debt.exposure(day) for debt, keys in debts.values() if keys["asset"] == asset]
    open_ones = [one for one in found if one is not None]
    borrowers = {one.debtor_id for one in open_ones if one.gross_minor > 0}
    return sum(one.gross_minor for one in open_ones), borrowers, open_ones


class TestOfTheYear:
    @pytest.mark.parametrize("span", SPANS, ids=str)
    def test_repayment_rates_are_what_plain_python_makes_of_the_same_facts(self, uow, debts, span):
        wanted = defaultdict(lambda: [0] * 7)
        for debt, keys in debts.values():
            sums = (
                *debt.dues(span.from_on, span.to_on),
                *debt.collected(span.from_on, span.to_on),
            )
            wanted[keys["asset"]] = [
                a + b for a, b in zip(wanted[keys["asset"]], sums, strict=True)
            ]
        found = {one.asset: one for one in service.repayment(uow, span)}
        for asset in ASSETS:
            one = found.get(asset) or service.repayment(uow, span, asset)[0]
            assert [
                one.due_minor, one.on_time_minor, one.late_minor, one.arrears_opening_minor,
                one.arrears_paid_minor, one.called_minor, one.called_paid_minor,
            ] == wanted[asset]  # fmt: skip
            assert one.called_paid_minor <= one.called_minor
            assert one.ended_loans_on_time <= one.ended_loans

    @pytest.mark.parametrize("span", SPANS, ids=str)
    def test_losses_and_averages_are_those_of_the_debts(self, uow, debts, span):
        for one in service.quality(uow, span):
            lost = forgiven = 0
            for debt, keys in debts.values():
                if keys["asset"] != one.asset:
                    continue
                off = debt.written_off_on
                if off is not None and span.from_on <= off <= span.to_on:
                    principal = sum(p for _, p, _ in debt.version(off).lines)
                    paid = sum(p.principal_minor for p in debt._standing_payments(off))
                    lost += principal - paid
                for before, version in zip(debt.versions, debt.versions[1:], strict=False):
                    if span.from_on <= version.agreed_on <= span.to_on:
                        forgiven += sum(p for _, p, _ in before.lines)
                        forgiven -= sum(p for _, p, _ in version.lines)
            assert (one.written_off_minor, one.forgiven_minor) == (lost, forgiven)
            gross = [gross_on(debts, one.asset, day)[0] for day in span.measured_on]
            assert one.gross_average_minor == Fraction(sum(gross), len(gross))
            assert (one.gross_opening_minor, one.gross_closing_minor) == (gross[0], gross[-1])
            late = gross_on(debts, one.asset, span.to_on)[2]
            at_risk = sum(each.gross_minor for each in late if each.days_past_due > 30)
            assert one.at_risk_30_minor == at_risk
            # Written off against an allowance nobody had built: it stands below zero.
            since = service.quality(uow, Span(FIRST, span.to_on), one.asset)[0]
            assert one.allowance_minor <= -since.written_off_minor

    @pytest.mark.parametrize("span", SPANS, ids=str)
    def test_borrowers_fees_and_loans_are_those_of_the_debts(self, uow, debts, span):
        for one in service.sustainability(uow, span):
            mine = [(d, keys) for d, keys in debts.values() if keys["asset"] == one.asset]
            begun = [(d, k) for d, k in mine if span.from_on <= d.started_on <= span.to_on]
            fees = sum(f for d, _ in begun for _, _, f in d.versions[0].lines)
            assert one.earned.qard_fee_minor == fees
            assert one.loans_disbursed == len(begun)
            assert one.disbursed_minor == sum(keys["amount"] for _, keys in begun)
            counts = [len(gross_on(debts, one.asset, day)[1]) for day in span.measured_on]
            assert one.borrowers_average == Fraction(sum(counts), len(counts))
            assert one.borrowers_closing == counts[-1]
            officers = set()
            for debt, keys in mine:
                exposure = debt.exposure(span.to_on)
                if exposure is not None and exposure.gross_minor > 0:
                    officers.add(keys["officer"])
            assert one.officers_closing == len(officers)
            assert one.qard_average_minor == one.gross_average_minor

    @pytest.mark.parametrize("span", SPANS, ids=str)
    def test_who_stayed_is_what_plain_python_makes_of_the_same_facts(self, uow, debts, span):
        def active(day):
            return set.union(*(gross_on(debts, asset, day)[1] for asset in ASSETS))

        start, end = active(span.opening_on), active(span.to_on)
        first = {}
        for debt, _ in debts.values():
            first[debt.debtor_id] = min(first.get(debt.debtor_id, debt.started_on), debt.started_on)
        new = {who for who, day in first.items() if span.from_on <= day <= span.to_on}
        one = service.retention(uow, span)
        assert (one.active_start, one.active_end, one.new, one.new_active_end, one.returning) == (
            len(start), len(end), len(new), len(new & end), len(end - start - new),
        )  # fmt: skip
        assert one.resting + one.forgiven <= len(start - end)

    def test_a_day_before_the_first_loan_has_no_portfolio(self, uow):
        report = service.portfolio(uow, EVE, by=By.BRANCH)
        assert (report.totals, report.parts, report.leased_assets) == ([], [], [])


def test_a_currency_without_loans_is_reported_with_nothing_and_no_ratios(demo_work):
    with demo_work() as uow:
        span = service.span_of(uow, None, None)
        quality = service.quality(uow, span, USD)[0]
        assert quality.write_off_ratio.reason == "no_base"
        assert service.repayment(uow, span, USD)[0].on_time_rate.reason == "no_base"
        assert service.sustainability(uow, span, USD)[0].balance_average.reason == "no_base"
        assert service.retention(uow, span).retention.reason == "no_base"
        assert service.quality(uow, span) == []


def test_a_span_begins_with_the_year_unless_said_otherwise(demo_work):
    with demo_work() as uow:
        assert service.span_of(uow, None, None) == Span(date(2024, 1, 1), date(2024, 1, 15))


@pytest.mark.parametrize(
    ("from_on", "to_on", "code"),
    [
        (None, date(2024, 1, 16), "in_the_future"),
        (date(2024, 1, 10), date(2024, 1, 9), "after_end"),
        (date(2013, 1, 1), None, "too_long"),
        (date(1, 1, 1), None, "too_long"),
    ],
)
def test_a_span_that_cannot_be_reported_is_refused(demo_work, from_on, to_on, code):
    with demo_work() as uow, pytest.raises(ValidationFailed) as refused:
        service.span_of(uow, from_on, to_on)
    assert refused.value.details[0]["code"] == code


def test_the_portfolio_of_tomorrow_is_not_known(demo_work):
    with demo_work() as uow, pytest.raises(ValidationFailed):
        service.portfolio(uow, date(2024, 1, 16))


def test_fees_are_no_part_of_the_gross_portfolio_and_paying_late_makes_it_risk(demo_work):
    """2,000 and a fee of 40, due 170 on the first of each month from 1 August on."""
    loan = disbursed(demo_work, on=date(2023, 12, 5))
    with demo_work() as uow:
        total = service.portfolio(uow).totals[0]
        assert (total.gross_minor, total.loans, total.borrowers) == (200_000, 1, 1)
        repayments.record_repayment(uow, payment(loan.loan_id, 170_00))
        total = service.portfolio(uow).totals[0]
        assert total.gross_minor == 200_000 - 166_67
        assert_coherent(uow)


def test_clients_who_paid_off_lately_rest(demo_work):
    loan = disbursed(demo_work, on=date(2023, 12, 5))
    with demo_work() as uow:
        a_borrower(uow, "cpty_second")
    disbursed(demo_work, asked(borrower_id="cpty_second"))
    with demo_work() as uow:
        repayments.record_repayment(uow, payment(loan.loan_id, 2_040_00))
        found = service.retention(uow, Span(date(2024, 1, 1), date(2024, 1, 15)))
        assert (found.active_start, found.active_end, found.new, found.resting) == (1, 1, 1, 1)
        assert found.retention.value == 0
        assert found.dropout_without_resting.value == 0
        assert_coherent(uow)


def post(uow, kind, *pairs, fund="own"):
    """One journal: (debited code, credited code, cents) of a fund."""
    entries = []
    for debited, credited, cents in pairs:
        entries += [
            debit(AccountPlace(debited, USD, fund), cents),
            credit(AccountPlace(credited, USD, fund), cents),
        ]
    return Journal(new_id("jrn"), kind, uow.today, tuple(entries))


def test_revenue_and_expense_are_sorted_by_what_they_mean(demo_work):
    with demo_work() as uow:
        subsidy = post(uow, "loan.cost_subsidised", ("3090", "5100", 40_00))
        donors = post(uow, "loan.cost_subsidised", ("3200", "3090", 40_00), fund="sadaqah:x")
        journals = [
            post(uow, "qard.disbursed", ("3090", "4100", 120_00)),
            post(
                uow,
                "murabaha.sold",
                ("3090", "4300", 1_120_00),
                ("5300", "3090", 1_000_00),
                ("4305", "3090", 120_00),
            ),
            post(uow, "murabaha.profit_earned", ("3090", "4310", 17_88)),
            post(uow, "salam.sold", ("3090", "4400", 560_00), ("5300", "3090", 500_00)),
            post(uow, "gold.sold", ("3090", "4600", 750_00), ("5300", "3090", 700_00)),
            post(uow, "ijarah.rent", ("3090", "4500", 120_00), ("5400", "3090", 100_00)),
            post(uow, "other", ("3090", "4900", 36_00), ("3090", "4200", 4_00)),
            post(uow, "gift", ("3090", "4800", 5_00), ("3090", "4700", 30_00)),
            post(uow, "loss", ("5200", "3090", 100_00), ("5500", "3090", 20_00)),
            post(uow, "cost", ("5100", "3090", 150_00), ("5900", "3090", 900_00)),
            post(uow, "waqf.received", ("3090", "3200", 500_00), fund="sadaqah:x"),
            replace(subsidy, entries=(*subsidy.entries, *donors.entries)),
        ]
        ledger.open_accounts(uow, {entry.place for one in journals for entry in one.entries})
        ledger.post(uow, journals)
        (found,) = service.sustainability(
            uow, Span(date(2024, 1, 1), uow.today), USD, Adjustments(in_kind_minor=1)
        )
        assert found.earned == Earned(
            qard_fee_minor=120_00,
            trade_minor=17_88 + 60_00,  # the deferred 120 is not earned yet
            lease_minor=20_00,
            other_minor=36_00 + 4_00 + 50_00,  # gold sold at 50 above cost
            social_minor=40_00,
            impairment_minor=120_00,
            operating_expense_minor=1_050_00,
            direct_qard_cost_minor=110_00,  # 150 less what donors paid
        )
        assert str(found.cost_recovery.percent) == "109.09"
        # The journals are made by hand, so only the ledger itself can be coherent.
        checks = {check.name: check.finding for check in verify(uow).checks}
        assert [checks[name] for name in ("sums", "balances", "floors", "chain")] == [None] * 4


def test_a_loss_taken_back_is_no_loss(demo_work):
    loan = disbursed(demo_work, on=date(2023, 12, 5))
    with demo_work(demo.CHECKER) as uow:
        claim = AccountPlace("1100", USD, subject=loan.contract_id)
        allowance = AccountPlace("1190", USD)
        ledger.open_accounts(uow, [allowance])
        lost = Journal(
            new_id("jrn"), "loan.written_off", uow.today,
            (debit(allowance, 500_00), credit(claim, 500_00)),
        )  # fmt: skip
        ledger.post(uow, [lost])
        span = Span(date(2024, 1, 1), uow.today)
        (before,) = service.quality(uow, span)
        assert before.written_off_minor == 500_00
        assert before.write_off_ratio.value is not None
        yearly = annual(500_00, span.months)
        assert before.write_off_ratio.value == round(yearly / 200_000, 6)
        back = ledger.reversal_of(uow, [lost.journal_id], effective_on=uow.today, memo="wrong loan")
        ledger.post(uow, back)
        (after,) = service.quality(uow, span)
        assert after.written_off_minor == 0
        assert_coherent(uow)


def test_the_amounts_of_a_report_are_all_whole_minor_units(demo_work):
    disbursed(demo_work, on=date(2023, 12, 5))
    with demo_work() as uow:
        for one in service.repayment(uow, Span(date(2024, 1, 1), uow.today)):
            for each in fields(one):
                if each.name.endswith("_minor"):
                    assert type(getattr(one, each.name)) is int
