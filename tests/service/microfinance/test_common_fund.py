"""A group's purse: one basis, filled by its members, shown to each of them, never penalised."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq import demo
from sanduq.api import registry
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.common_fund import fund_loans, payments, service, statements
from sanduq.microfinance.common_fund.errors import (
    ContributionDayClosed,
    FundIsClosed,
    FundNotEmpty,
    FundNotFound,
    FundOpenAlready,
    FundPaymentPending,
)
from sanduq.microfinance.common_fund.model import FundStatus, Use
from sanduq.microfinance.common_fund.service import Contribute, NewFund
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.errors import NotAMember
from sanduq.microfinance.groups.model import GroupStatus
from sanduq.microfinance.groups.performance.service import performance_of
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.common_fund import (
    AMINA,
    BADIA,
    DALAL,
    GIVEN,
    OWNED,
    a_fund,
    asked,
    cash_minor,
    contributed,
    paid,
    sign,
)
from tests.make.groups import a_group, usd
from tests.make.institution import a_borrower

ALL = PageRequest(limit=100)
TODAY = demo.NOW.date()


def rules_of(refused):
    return sorted({detail["rule_id"] for detail in refused.value.details})


@pytest.mark.parametrize(
    ("changes", "rule_id"),
    [
        ({"basis": None}, "CMF-01"),
        ({"document": None}, "CMF-01"),
        ({"custodian_use": "lender", "is_mandatory_for_loan": True}, "CMF-03"),
        ({"cover_nature": None}, "CMF-04"),
        ({"return_rate": "3%"}, "CMF-08"),
        ({"missed_fee_minor": 1_00}, "CMF-08"),
        ({"placement": "deposit"}, "CMF-10"),
    ],
)
def test_by_laws_against_a_rule_open_no_fund(demo_work, changes, rule_id):
    with demo_work() as uow:
        group = a_group(uow, contribution=50)
        new = NewFund(replace(GIVEN, **changes))
        with pytest.raises(ShariahViolation) as refused:
            service.open_fund(uow, group.group_id, new)
        assert rules_of(refused) == [rule_id]
        with pytest.raises(FundNotFound):
            service.get_fund(uow, group.group_id)


def test_a_group_that_fixed_no_contribution_opens_no_fund(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        with pytest.raises(ShariahViolation) as refused:
            service.open_fund(uow, group.group_id, NewFund(GIVEN))
        assert rules_of(refused) == ["CMF-09"]


def test_a_group_has_one_fund_on_one_basis(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow)
        with pytest.raises(FundOpenAlready):
            service.open_fund(uow, fund.group_id, NewFund(OWNED))
        assert service.get_fund(uow, fund.group_id) == fund
        assert_coherent(uow)


def test_gifts_stand_in_the_groups_own_fund_and_belong_to_nobody(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow)
        contributed(uow, fund, (AMINA, 50_00), (BADIA, 20_00), (AMINA, 50_00))
        shown = statements.view(uow, fund.group_id)
        assert (shown.holdings.cash_minor, shown.holdings.gifts_minor) == (120_00, 120_00)
        assert shown.holdings.owned_minor == {}
        dues = {one.party_id: (one.due_minor, one.paid_minor) for one in shown.dues}
        assert dues[AMINA] == (50_00, 100_00)
        assert dues[BADIA] == (50_00, 20_00)
        assert dues[DALAL] == (50_00, 0)
        assert_coherent(uow)


def test_what_members_deposit_stays_their_own(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow, OWNED)
        contributed(uow, fund, (AMINA, 50_00), (BADIA, 20_00))
        held = statements.view(uow, fund.group_id).holdings
        assert held.owned_minor == {AMINA: 50_00, BADIA: 20_00}
        assert (held.gifts_minor, held.surplus_minor) == (0, 0)
        assert_coherent(uow)


def test_a_missed_contribution_is_only_missed(demo_work):
    """Rule CMF-08: no more is due of who missed one than of who did not."""
    with demo_work() as uow:
        fund = a_fund(uow)
        contributed(uow, fund, (AMINA, 50_00))
        dues = {
            one.party_id: one
            for one in service.dues_on(
                uow, [fund], service.stays_of(uow, [fund.group_id]),
                {fund.group_id: date(2024, 3, 15)},
            )[fund.group_id]
        }  # fmt: skip
    assert [dues[AMINA].due_minor, dues[BADIA].due_minor] == [150_00, 150_00]
    assert [dues[AMINA].outstanding_minor, dues[BADIA].outstanding_minor] == [100_00, 150_00]


def test_of_many_contributions_each_is_taken_or_refused_for_itself(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow)
        lone = a_group(uow, ("cpty_e", "cpty_f"))
        of = fund.group_id
        results = service.record_contributions(
            uow,
            [
                Contribute(of, AMINA, usd(50_00), reference="receipt 1"),
                Contribute(of, "cpty_e", usd(50_00)),
                Contribute(lone.group_id, "cpty_e", usd(50_00)),
                Contribute(of, BADIA, usd(0)),
                Contribute(of, BADIA, Money(50_00, currency("EUR"))),
                Contribute(of, BADIA, usd(50_00), date(2024, 1, 16)),
                Contribute(of, BADIA, usd(50_00), date(2024, 1, 14)),
                Contribute(of, BADIA, usd(50_00)),
            ],
        )
        refusals = [type(one.refusal) for one in results]
        assert refusals == [
            type(None), NotAMember, FundNotFound, ValidationFailed, ValidationFailed,
            ContributionDayClosed, NotAMember, type(None),
        ]  # fmt: skip
        assert cash_minor(uow, fund) == 100_00
        page = service.list_contributions(uow, of, AMINA, ALL)
        assert [one.reference for one in page.items] == ["receipt 1"]
        assert len(service.list_contributions(uow, of, None, ALL).items) == 2
        assert_coherent(uow)


def test_a_contribution_lies_between_the_opening_and_today(demo_work):
    with demo_work() as uow:
        early = a_borrower(uow, "cpty_early")
        group = a_group(uow, people=(), contribution=50, is_active=False)
        new = members.NewMember(early, joined_on=date(2023, 12, 20))
        members.add_member(uow, group.group_id, new)
        fund = service.open_fund(uow, group.group_id, NewFund(GIVEN))
        for day in (date(2023, 12, 31), date(2024, 2, 1)):
            command = Contribute(fund.group_id, early, usd(1), day)
            with pytest.raises(ContributionDayClosed):
                service.contribute(uow, command)


def test_a_statement_shows_a_member_what_came_of_him_and_what_he_would_leave_with(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow)
        contributed(uow, fund, (AMINA, 50_00), (DALAL, 60_00))
    paid(demo_work, fund, Use.HELP, amount=usd(30_00), beneficiary_id=DALAL)
    with demo_work() as uow:
        found = statements.statement(uow, fund.group_id, DALAL)
        assert [(one.what, one.amount_minor) for one in found.lines] == [
            ("contribution", 60_00), ("help_death_illness", -30_00),
        ]  # fmt: skip
        # by these by-laws half of his gifts, whatever help he had
        assert (found.owned_minor, found.exit_minor) == (0, 30_00)
        assert (found.due.due_minor, found.due.paid_minor) == (50_00, 60_00)
        with pytest.raises(NotFound):
            statements.statement(uow, fund.group_id, "cpty_borrower_001")
        assert_coherent(uow)


def test_a_loan_to_the_fund_meets_a_deficit_and_is_given_back_from_later_gifts(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow)
        contributed(uow, fund, (AMINA, 50_00))
        with pytest.raises(ShariahViolation) as refused:
            fund_loans.lend(
                uow, fund.group_id, lender_id=DALAL, amount=usd(80_00), charge=usd(1), reason="x"
            )
        assert rules_of(refused) == ["CMF-05"]
        loan = fund_loans.lend(
            uow, fund.group_id, lender_id=DALAL, amount=usd(80_00), charge=usd(0), reason="burial"
        )
    paid(demo_work, fund, Use.HELP, amount=usd(110_00), beneficiary_id=DALAL)
    with demo_work() as uow:
        held = statements.view(uow, fund.group_id).holdings
        # 50.00 of gifts and 60.00 of the loan were spent; 20.00 of the loan are left
        assert (held.cash_minor, held.gifts_minor, held.deficit_minor) == (20_00, 0, 60_00)
        contributed(uow, fund, (AMINA, 100_00))
        assert statements.view(uow, fund.group_id).holdings.surplus_minor == 40_00
        with pytest.raises(ShariahViolation) as refused:
            asked(uow, fund, Use.REPAY_LOAN, amount=usd(80_01), fund_loan_id=loan.fund_loan_id)
        assert rules_of(refused) == ["CMF-05"]
    paid(demo_work, fund, Use.REPAY_LOAN, fund_loan_id=loan.fund_loan_id)
    with demo_work() as uow:
        shown = statements.view(uow, fund.group_id)
        held = shown.holdings
        assert (held.cash_minor, held.gifts_minor) == (40_00, 40_00)
        assert (held.deficit_minor, held.lent_minor) == (0, 0)
        assert [one.outstanding_minor for one in shown.loans] == [0]
        assert_coherent(uow)


def test_members_own_money_meets_no_deficit_and_takes_no_loan(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow, OWNED)
        with pytest.raises(ValidationFailed):
            fund_loans.lend(
                uow, fund.group_id, lender_id=DALAL, amount=usd(1), charge=usd(0), reason="x"
            )


def test_a_group_is_not_closed_over_a_purse_that_holds_something(demo_work):
    registry.wire()
    with demo_work() as uow:
        fund = a_fund(uow)
        contributed(uow, fund, (AMINA, 50_00))
    with demo_work(demo.CHECKER) as uow, pytest.raises(FundNotEmpty):
        groups.close(uow, fund.group_id, reason="parted")


def test_an_empty_purse_is_closed_with_its_group(demo_work):
    registry.wire()
    with demo_work() as uow:
        fund = a_fund(uow)
        payment = asked(uow, fund, Use.COSTS, amount=usd(1), beneficiary_id=DALAL)
    with demo_work(demo.CHECKER) as uow, pytest.raises(FundPaymentPending):
        groups.close(uow, fund.group_id, reason="parted")
    with demo_work(demo.CHECKER) as uow:
        payments.cancel(uow, fund.group_id, payment.payment_id, reason="no more")
        closed = groups.close(uow, fund.group_id, reason="parted")
        assert closed.status is GroupStatus.CLOSED
        assert service.get_fund(uow, fund.group_id).status is FundStatus.CLOSED
        with pytest.raises(FundIsClosed):
            service.contribute(uow, Contribute(fund.group_id, AMINA, usd(1)))
        with pytest.raises(FundIsClosed):
            sign(uow, payment, AMINA)
        assert_coherent(uow)


def test_performance_shows_contributions_due_and_received(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow)
        contributed(uow, fund, (AMINA, 50_00), (BADIA, 30_00))
        found = performance_of(uow, fund.group_id)
        # four members owe 50.00 each on the day the fund was opened
        assert (found.contributions_due_minor, found.contributions_minor) == (200_00, 80_00)
        assert str(found.contribution_rate.percent) == "40.00"
        assert found.fund_minor == 80_00
        day_before = performance_of(uow, fund.group_id, date(2024, 1, 1), date(2024, 1, 14))
        assert (day_before.contributions_due_minor, day_before.contributions_minor) == (0, 0)
