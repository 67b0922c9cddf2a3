"""A pledge goes back when nothing is owed, to its owner or who proves to stand for him."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import ReleaseReason
from sanduq.kit.clock import FixedClock
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.errors import PledgeStateRefuses, PledgeStepMissing
from sanduq.rahnu.contracts.life.payments import service as payments
from sanduq.rahnu.contracts.life.payments import statements
from sanduq.rahnu.contracts.life.payments.model import NewStatement, PayPledge
from sanduq.rahnu.contracts.life.people import service as people
from sanduq.rahnu.contracts.life.people.errors import (
    AgentImpossible,
    AgentRevokedAlready,
    DeclarationByAnother,
    HeirsImpossible,
    NotEntitled,
    TicketNotShown,
)
from sanduq.rahnu.contracts.life.people.model import AgentScope, Deceased, NewAgent, NewDeath
from sanduq.rahnu.contracts.life.things import service
from sanduq.rahnu.contracts.life.things.model import Fetching, Redeem
from sanduq.rahnu.contracts.model import ItemStatus, OutsideDebt, PledgeStatus
from tests.coherent import assert_coherent
from tests.make.pledges import CHECKER, MAKER, PLEDGOR, USD, a_bar, active_pledge, open_shop

MAY_15 = datetime(2024, 5, 15, 10, 30, tzinfo=UTC)
AGENT, SON, WIFE = "cpty_agent", "cpty_son", "cpty_wife"
PAYOFF = PayPledge(Money(508_000, USD))  # 5,000.00 and four months of 20.00


@pytest.fixture
def shop(work):
    shop = open_shop(work)
    with work(MAKER) as uow:
        people_ = [NewParty(PartyKind.PERSON, one, one) for one in (AGENT, SON, WIFE)]
        parties.create_parties(uow, people_)
    return shop


def release(work, contract, fetching=None, payment=PAYOFF, *, at=MAY_15):
    asked = Redeem(fetching or Fetching(ticket_number=contract.ticket_number), payment)
    with work(MAKER) as uow:
        uow.clock = FixedClock(at)
        return service.release(uow, contract.contract_id, asked)


def appoint(work, contract, party_id=AGENT, *scopes, until=None):
    with work(MAKER) as uow:
        new = NewAgent(party_id, scopes or (AgentScope.REDEEM,), "power of attorney 7", until)
        return people.appoint(uow, contract.contract_id, new)


def died(work, contract, *heirs, capacity=Deceased.PLEDGOR):
    with work(MAKER) as uow:
        new = NewDeath(capacity, heirs, "certificate 12", date(2024, 1, 15))
        return people.record_death(uow, contract.contract_id, new)


def test_the_last_payment_and_the_release_are_one_act(db, work, shop) -> None:
    taken = active_pledge(shop)
    done = release(work, taken)
    assert done.contract.status is PledgeStatus.RELEASED
    assert done.contract.fee_until_on == date(2024, 5, 15)
    assert done.repayment is not None
    assert done.repayment.is_free
    assert [one.status for one in done.contract.items] == [ItemStatus.RELEASED]
    with work() as uow:
        (order,) = releases.orders_of(uow, [taken.contract_id])[taken.contract_id]
        assert (order.release_id,) == done.change.release_ids
        assert (order.recipient_id, order.agent_id) == (PLEDGOR, None)
        assert order.reason is ReleaseReason.REDEMPTION
    with pytest.raises(PledgeStateRefuses):
        release(work, taken, payment=None)
    assert_coherent(db)


@pytest.mark.parametrize(
    ("minor", "left"), [(None, "5000.00 USD of the debt"), (507_999, "0.01 USD of the debt")]
)
def test_nothing_goes_back_while_something_of_the_debt_is_left(work, shop, minor, left) -> None:
    taken = active_pledge(shop)
    payment = None if minor is None else PayPledge(Money(minor, USD))
    with pytest.raises(PledgeStepMissing, match=left) as refused:
        release(work, taken, payment=payment)
    assert refused.value.facts["rule_id"] == "RHN-19"
    with work() as uow:
        assert payments.repayments(uow, taken.contract_id, PageRequest()).items == []


def test_nothing_goes_back_while_custody_is_unpaid(work, shop) -> None:
    taken = active_pledge(shop)
    debt_only = PayPledge(Money(500_000, USD), apply_to=payments.ApplyTo.DEBT)
    with pytest.raises(PledgeStepMissing, match=r"80\.00 USD of custody fee"):
        release(work, taken, payment=debt_only)


def test_a_pledge_fetched_late_costs_nothing_after_the_debt_was_paid(db, work, shop) -> None:
    taken = active_pledge(shop)
    with work(MAKER) as uow:
        uow.clock = FixedClock(MAY_15)
        payments.repay(uow, taken.contract_id, PAYOFF)
    done = release(work, taken, payment=None, at=MAY_15 + timedelta(days=40))
    assert done.contract.fee_until_on == date(2024, 5, 15)
    assert done.contract.fee_accrued_minor == done.contract.fee_paid_minor == 8_000
    assert_coherent(db)


def test_an_outside_debt_frees_the_pledge_by_its_creditors_word_alone(db, work, shop) -> None:
    outside = OutsideDebt("murabaha", "M-17", "Another house", 500_000, None, False, False)
    taken = active_pledge(shop, [a_bar(shop)], loan_minor=None, outside_debt=outside)
    fee = PayPledge(Money(8_000, USD))
    with pytest.raises(PledgeStepMissing, match="Another house"):
        release(work, taken, payment=fee)
    with work(MAKER) as uow:
        uow.clock = FixedClock(MAY_15)
        nothing = NewStatement(Money(0, USD), date(2024, 5, 15), "letter")
        statements.state(uow, taken.contract_id, nothing)
    assert release(work, taken, payment=fee).contract.status is PledgeStatus.RELEASED
    assert_coherent(db)


def test_a_pledge_goes_back_against_its_ticket(work, shop) -> None:
    taken = active_pledge(shop)
    for shown in (None, "MAIN-2024-000009"):
        with pytest.raises(TicketNotShown, match="ARN-12"):
            release(work, taken, Fetching(ticket_number=shown))


def test_a_lost_ticket_is_declared_in_person_and_another_issued(db, work, shop) -> None:
    taken = active_pledge(shop)
    appoint(work, taken)
    with work(MAKER) as uow, pytest.raises(DeclarationByAnother, match="in person"):
        people.declare_ticket_lost(uow, taken.contract_id, statement="I lost it", declared_by=AGENT)
    with work(MAKER) as uow:
        first = people.declare_ticket_lost(uow, taken.contract_id, statement="I lost it")
        second = people.declare_ticket_lost(uow, taken.contract_id, statement="and again")
        assert first.ticket_number == "MAIN-2024-000001-R1"
        assert second.ticket_number == "MAIN-2024-000001-R2"
        assert len(people.ticket_losses(uow, taken.contract_id, PageRequest()).items) == 2
    with pytest.raises(TicketNotShown, match="not the ticket that holds"):
        release(work, taken)  # the number that was lost
    with pytest.raises(TicketNotShown, match="show the ticket"):
        release(work, taken, Fetching(AGENT))  # an agent shows the ticket itself
    assert release(work, taken, Fetching()).contract.status is PledgeStatus.RELEASED
    assert_coherent(db)


def test_an_agent_redeems_by_his_document_and_nobody_without_one(db, work, shop) -> None:
    taken = active_pledge(shop)
    shown = Fetching(AGENT, ticket_number=taken.ticket_number)
    with pytest.raises(NotEntitled, match="ARN-12"):
        release(work, taken, shown)
    appoint(work, taken, AGENT, AgentScope.COLLECT_SURPLUS)
    with pytest.raises(NotEntitled):
        release(work, taken, shown)
    agent = appoint(work, taken)
    done = release(work, taken, shown)
    assert (done.change.agent_id, done.change.recipient_id) == (agent.agent_id, AGENT)
    with work() as uow:
        (order,) = releases.orders_of(uow, [taken.contract_id])[taken.contract_id]
        assert (order.recipient_id, order.agent_id, order.proof) == (
            PLEDGOR, AGENT, "power of attorney 7",
        )  # fmt: skip
    assert_coherent(db)


def test_an_agency_ends_by_its_day_or_by_revocation(work, shop) -> None:
    taken = active_pledge(shop)
    shown = Fetching(AGENT, ticket_number=taken.ticket_number)
    appoint(work, taken, until=date(2024, 5, 14))
    with pytest.raises(NotEntitled):
        release(work, taken, shown)
    agent = appoint(work, taken)
    with work(MAKER) as uow:
        people.revoke(uow, taken.contract_id, agent.agent_id, reason="withdrawn")
    with work(MAKER) as uow, pytest.raises(AgentRevokedAlready):
        people.revoke(uow, taken.contract_id, agent.agent_id, reason="withdrawn")
    with pytest.raises(NotEntitled):
        release(work, taken, shown)
    with work(MAKER) as uow, pytest.raises(AgentImpossible):
        people.appoint(uow, taken.contract_id, NewAgent(PLEDGOR, (AgentScope.REDEEM,), "himself"))


def test_death_leaves_the_pledge_in_place_and_heirs_come_together(db, work, shop) -> None:
    taken = active_pledge(shop)
    appoint(work, taken)
    died(work, taken, SON, WIFE)
    with work() as uow:
        after = contracts.get(uow, taken.contract_id)
        assert after.status is PledgeStatus.ACTIVE
        assert [one.status for one in after.items] == [ItemStatus.PLEDGED]
        assert releases.orders_of(uow, [taken.contract_id])[taken.contract_id] == []
        (seen,) = people.deaths(uow, taken.contract_id, PageRequest()).items
        assert seen.heir_ids == (SON, WIFE)
    ticket = taken.ticket_number
    # The dead do not come, his agent's word died with him, and one heir is not all of them.
    for recipient in (PLEDGOR, AGENT, SON):
        with pytest.raises(NotEntitled, match="RHN-35"):
            release(work, taken, Fetching(recipient, ticket_number=ticket))
    done = release(work, taken, Fetching(SON, (WIFE,), ticket))
    assert done.change.capacity is not None
    assert done.change.capacity.value == "heirs"
    assert_coherent(db)


def test_heirs_may_send_an_agent_of_theirs(db, work, shop) -> None:
    taken = active_pledge(shop)
    died(work, taken, SON, WIFE)
    assert appoint(work, taken).is_by_heirs
    release(work, taken, Fetching(AGENT, ticket_number=taken.ticket_number))
    assert_coherent(db)


def test_the_dead_is_not_his_own_heir(work, shop) -> None:
    taken = active_pledge(shop)
    with pytest.raises(HeirsImpossible):
        died(work, taken, PLEDGOR)


def test_releasing_takes_the_authority_to_release(work, shop) -> None:
    taken = active_pledge(shop)
    with work("user_finance") as uow, pytest.raises(Exception, match=r"pledge\.release"):
        service.release(uow, taken.contract_id, Redeem())


def test_who_approves_may_also_release(db, work, shop) -> None:
    taken = active_pledge(shop)
    with work(CHECKER) as uow:
        uow.clock = FixedClock(MAY_15)
        asked = Redeem(Fetching(ticket_number=taken.ticket_number), PAYOFF)
        service.release(uow, taken.contract_id, asked)
    assert_coherent(db)
