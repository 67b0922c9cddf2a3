"""Money that belongs to owners: looked after, looked for, paid once by two, never income."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sanduq.access.errors import MakerMayNotApprove, NoAuthority
from sanduq.funds.charity import service as charity
from sanduq.funds.charity.model import CharitySource, NewCharityReceipt
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.ledger.model import AccountPlace
from sanduq.rahnu.contracts.life.people import service as people
from sanduq.rahnu.contracts.life.people.model import AgentScope, NewAgent
from sanduq.rahnu.contracts.liquidation.notices import service as notices
from sanduq.rahnu.contracts.liquidation.notices.model import NoticeChannel
from sanduq.rahnu.contracts.liquidation.sales import service as sales
from sanduq.rahnu.contracts.liquidation.sales.model import SaleMethod
from sanduq.rahnu.contracts.liquidation.surplus import payouts, service
from sanduq.rahnu.contracts.liquidation.surplus.errors import (
    NotEntitled,
    NotYetUnclaimed,
    PayoutDecided,
    ResolutionMissing,
    SurplusGone,
)
from sanduq.rahnu.contracts.liquidation.surplus.model import (
    AgeBucket,
    Capacity,
    PayoutKind,
    PayoutStatus,
    Policy,
    SurplusStatus,
    TraceMethod,
    TraceOutcome,
)
from sanduq.rahnu.contracts.liquidation.surplus.payouts import PaySurplus, TransferSurplus
from sanduq.rahnu.facts_sale import Unclaimed, UnclaimedFate
from sanduq.shariah import service as shariah
from sanduq.shariah.board import NewResolution
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor
from tests.make.liquidation import DEALER, FINANCE, SALE_AT, a_sale, at, overdue
from tests.make.pledges import CHECKER, MAKER, PLEDGOR, USD, open_shop

NEXT_WEEK = datetime(2024, 8, 20, 9, 0, tzinfo=UTC)
A_MONTH_ON = datetime(2024, 9, 15, 9, 0, tzinfo=UTC)
TWO_YEARS_ON = datetime(2026, 8, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def shop(work):
    return open_shop(work)


@pytest.fixture
def taken(shop):
    return overdue(shop)


@pytest.fixture
def left(shop, taken):
    """680.00 of a sale of 15 August."""
    with at(shop.work, MAKER, SALE_AT) as uow:
        sale = sales.liquidate(uow, a_sale(taken, SaleMethod.DEALER))
    with at(shop.work, CHECKER, SALE_AT) as uow:
        surplus_id = sales.approve(uow, sale.sale_id).surplus_id
        return service.get(uow, surplus_id)


def ask(shop, asked, user=FINANCE, instant=NEXT_WEEK):
    with at(shop.work, user, instant) as uow:
        return payouts.ask_payment(uow, asked)


def approve(shop, payout, user=CHECKER, instant=NEXT_WEEK):
    with at(shop.work, user, instant) as uow:
        return payouts.approve(uow, payout.payout_id)


def owner_asks(left):
    return PaySurplus(left.surplus_id, PLEDGOR, Capacity.OWNER)


def now(shop, left):
    with shop.work() as uow:
        return service.get(uow, left.surplus_id)


def looked_for(shop, left, times=3, outcome=TraceOutcome.NOT_REACHED):
    for _ in range(times):
        with at(shop.work, FINANCE, A_MONTH_ON) as uow:
            service.trace(
                uow, left.surplus_id, tried_on=A_MONTH_ON.date(), method=TraceMethod.LETTER,
                outcome=outcome, note="to the address on record",
            )  # fmt: skip


def test_a_surplus_is_paid_to_its_owner_by_two_people(db, owner_url, shop, left) -> None:
    payout = ask(shop, owner_asks(left))
    with pytest.raises(MakerMayNotApprove):
        approve(shop, payout, user=FINANCE)
    with pytest.raises(NoAuthority):
        approve(shop, payout, user=MAKER)
    done = approve(shop, payout)
    assert (done.status, done.amount_minor) == (PayoutStatus.DONE, 68_000)
    assert now(shop, left).status is SurplusStatus.PAID
    assert balance_minor(owner_url, AccountPlace("2200", USD, subject=left.surplus_id)) == 0
    with pytest.raises((PayoutDecided, SurplusGone)):
        approve(shop, payout)
    with pytest.raises(SurplusGone):
        ask(shop, owner_asks(left))
    assert_coherent(db)


def test_a_payout_refused_leaves_the_surplus_where_it_is(db, shop, left) -> None:
    payout = ask(shop, owner_asks(left))
    with at(shop.work, CHECKER, NEXT_WEEK) as uow:
        payouts.reject(uow, payout.payout_id, reason="not his signature")
    assert now(shop, left).status is SurplusStatus.RECORDED
    assert approve(shop, ask(shop, owner_asks(left))).status is PayoutStatus.DONE
    assert_coherent(db)


def test_nobody_else_receives_the_owners_money(shop, left) -> None:
    for asked in (
        PaySurplus(left.surplus_id, DEALER, Capacity.OWNER),
        PaySurplus(left.surplus_id, DEALER, Capacity.AGENT, mandate_id="agt_1"),
        PaySurplus(left.surplus_id, DEALER, Capacity.HEIR, proof="a paper"),
    ):
        with pytest.raises(NotEntitled):
            ask(shop, asked)


def test_an_agent_with_a_mandate_for_it_receives_the_surplus(db, shop) -> None:
    taken = overdue(shop)
    with at(shop.work, MAKER, SALE_AT) as uow:
        agent = people.appoint(
            uow, taken.contract_id, NewAgent(DEALER, (AgentScope.COLLECT_SURPLUS,), "POA-1")
        )
        sale = sales.liquidate(uow, a_sale(taken, SaleMethod.DEALER))
    with at(shop.work, CHECKER, SALE_AT) as uow:
        surplus_id = sales.approve(uow, sale.sale_id).surplus_id
    asked = PaySurplus(surplus_id, DEALER, Capacity.AGENT, mandate_id=agent.agent_id)
    assert approve(shop, ask(shop, asked)).recipient_id == DEALER
    assert_coherent(db)


def test_the_statement_of_the_sale_is_dated_when_its_notice_is_sent(db, shop, left) -> None:
    with at(shop.work, MAKER, NEXT_WEEK) as uow:
        notices.mark_sent(
            uow, left.statement_notice_id, channel=NoticeChannel.POST, sent_on=NEXT_WEEK.date(),
            address="Main road 1", proof_reference="RR-1",
        )  # fmt: skip
    after = now(shop, left)
    assert after.statement_on == date(2024, 8, 20)
    assert (after.is_statement_late_on(A_MONTH_ON.date()), after.is_late_on(A_MONTH_ON.date())) == (
        False, True,
    )  # fmt: skip
    assert_coherent(db)


def test_what_waits_is_aged_and_a_pledgor_finds_what_waits_for_him(shop, left) -> None:
    with at(shop.work, FINANCE, A_MONTH_ON) as uow:
        aged = service.ageing(uow, USD)
        found = service.search(uow, {"pledgor_id": PLEDGOR}, PageRequest())
    assert aged[AgeBucket.QUARTER] == (1, 68_000)
    assert [one.surplus_id for one in found.items] == [left.surplus_id]


def test_unclaimed_money_is_kept_its_time_and_its_owner_looked_for(shop, left) -> None:
    asked = TransferSurplus(left.surplus_id, PayoutKind.AUTHORITY, "UM-1")
    with (
        pytest.raises(NotYetUnclaimed, match="2025-08-15"),
        at(shop.work, FINANCE, A_MONTH_ON) as uow,
    ):
        payouts.ask_transfer(uow, asked)
    with (
        pytest.raises(NotYetUnclaimed, match="looked for 3"),
        at(shop.work, FINANCE, TWO_YEARS_ON) as uow,
    ):
        payouts.ask_transfer(uow, asked)
    looked_for(shop, left, outcome=TraceOutcome.REACHED)
    with pytest.raises(NotYetUnclaimed), at(shop.work, FINANCE, TWO_YEARS_ON) as uow:
        payouts.ask_transfer(uow, asked)


def test_unclaimed_money_goes_to_the_authority_and_the_claim_stays(
    db, owner_url, shop, left
) -> None:
    looked_for(shop, left)
    with pytest.raises(ShariahViolation), at(shop.work, FINANCE, TWO_YEARS_ON) as uow:
        payouts.ask_transfer(uow, TransferSurplus(left.surplus_id, PayoutKind.AUTHORITY))
    with at(shop.work, FINANCE, TWO_YEARS_ON) as uow:
        payout = payouts.ask_transfer(
            uow, TransferSurplus(left.surplus_id, PayoutKind.AUTHORITY, "UM-1")
        )
    with at(shop.work, "user_shariah", TWO_YEARS_ON) as uow:
        payouts.approve(uow, payout.payout_id)
    assert now(shop, left).status is SurplusStatus.TRANSFERRED
    assert balance_minor(owner_url, AccountPlace("2200", USD, subject=left.surplus_id)) == 0
    with shop.work() as uow:
        assert service.search(uow, {"pledgor_id": PLEDGOR}, PageRequest()).items
    assert_coherent(db)


def test_unclaimed_money_goes_to_charity_only_by_a_resolution(db, owner_url, shop, left) -> None:
    looked_for(shop, left)
    with pytest.raises(ResolutionMissing), at(shop.work, FINANCE, TWO_YEARS_ON) as uow:
        payouts.ask_transfer(uow, TransferSurplus(left.surplus_id, PayoutKind.CHARITY))
    with at(shop.work, MAKER, TWO_YEARS_ON) as uow:
        ruling = shariah.create_resolution(
            uow,
            NewResolution(
                title="Unclaimed", question="Where to?", ruling="To charity.", scope=("RHN-34",),
                signers=("The board",), valid_from_on=date(2026, 1, 1),
                valid_until_on=date(2027, 1, 1), is_demonstration=True,
            ),
        )  # fmt: skip
    with at(shop.work, FINANCE, TWO_YEARS_ON) as uow:
        payout = payouts.ask_transfer(
            uow,
            TransferSurplus(
                left.surplus_id, PayoutKind.CHARITY, resolution_id=ruling.resolution_id
            ),
        )
    with at(shop.work, "user_shariah", TWO_YEARS_ON) as uow:
        payouts.approve(uow, payout.payout_id)
    assert balance_minor(owner_url, AccountPlace("2100", USD)) == -68_000
    assert_coherent(db)


def test_rhn_34_no_surplus_becomes_income_and_none_slips_out_by_hand(shop, left) -> None:
    with pytest.raises(ShariahViolation) as refused, at(shop.work, FINANCE, TWO_YEARS_ON) as uow:
        service.rules_of_leaving(uow, left, Unclaimed(68_000, UnclaimedFate.INCOME))
    assert {found["code"] for found in refused.value.details} == {"SURPLUS_TAKEN_TO_INCOME"}
    new = NewCharityReceipt(
        source=CharitySource.UNCLAIMED_SURPLUS, came_from=left.surplus_id,
        amount=sales.Money(68_000, USD), metadata={},
    )  # fmt: skip
    with pytest.raises(ValidationFailed), at(shop.work, FINANCE, TWO_YEARS_ON) as uow:
        charity.receive(uow, new)


def test_the_institution_sets_how_long_it_keeps_surpluses(shop, left) -> None:
    with pytest.raises(NoAuthority), shop.work(MAKER) as uow:
        service.set_policy(uow, Policy(90, 1, None, "a law"))
    with shop.work(FINANCE) as uow:
        assert service.set_policy(uow, Policy(90, 1, None, "a law")).unclaimed_days == 90
