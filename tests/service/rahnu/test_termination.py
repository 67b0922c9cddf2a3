"""Ending a pledge without a sale: who may, and what becomes of the debt, the fee and the thing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import ReleaseFilters, ReleaseStatus
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Forbidden
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.obligations import service as obligations
from sanduq.qard import service as qard
from sanduq.qard.contract import QardStatus
from sanduq.rahnu.contracts import service, termination
from sanduq.rahnu.contracts.errors import PledgeStateRefuses
from sanduq.rahnu.contracts.margin import top_ups
from sanduq.rahnu.contracts.model import ItemStatus, PledgeStatus
from sanduq.rahnu.facts_pledge import PartySide
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.pledges import CHECKER, MAKER, USD, a_bar, active_pledge, draft, open_shop, value

A_MONTH_ON = datetime(2024, 2, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def shop(work):
    return open_shop(work)


def test_a_draft_ends_with_the_loan_that_was_agreed_with_it(db, shop, work) -> None:
    bar = a_bar(shop)
    value(shop, bar)
    contract = draft(shop, [bar])
    with work(MAKER) as uow:
        ended = termination.terminate(
            uow, contract.contract_id, by=PartySide.PLEDGOR, reason="changed his mind"
        )
        assert contract.debt_id is not None
        assert qard.get(uow, contract.debt_id).status is QardStatus.CANCELLED
    assert (ended.status, ended.reason) == (PledgeStatus.TERMINATED, "changed his mind")
    assert [one.status for one in ended.items] == [ItemStatus.WITHDRAWN]
    assert_coherent(db)


def test_the_pledgor_cannot_end_it_while_the_debt_lives(db, shop, work) -> None:
    contract = active_pledge(shop)
    with work(CHECKER) as uow, pytest.raises(ShariahViolation) as refusal:
        termination.terminate(
            uow, contract.contract_id, by=PartySide.PLEDGOR, reason="wants it back"
        )
    assert {found["rule_id"] for found in refusal.value.details} == {"RHN-07"}
    with work(MAKER) as uow:
        assert service.get(uow, contract.contract_id).status is PledgeStatus.ACTIVE
    assert_coherent(db)


def test_the_creditor_gives_security_up_and_the_debt_lives_on(db, shop, work) -> None:
    contract = active_pledge(shop)
    with work(CHECKER) as uow:
        uow.clock = FixedClock(A_MONTH_ON)
        ended = termination.terminate(
            uow, contract.contract_id, by=PartySide.CREDITOR, reason="a guarantor came forward"
        )
        assert contract.debt_id is not None
        assert obligations.get(uow, contract.debt_id).debt.outstanding_minor == 500_000
        orders = releases.list_releases(
            uow, ReleaseFilters(subject_id=contract.contract_id), PageRequest()
        ).items
    # One month of custody was given: 20.00, and none after it.
    assert (ended.status, ended.fee_accrued_minor) == (PledgeStatus.TERMINATED, 2_000)
    assert str(ended.fee_until_on) == "2024-02-15"
    assert [(one.status, one.recipient_id) for one in orders] == [
        (ReleaseStatus.READY, contract.pledgor_id)
    ]
    assert_coherent(db)


def test_giving_security_up_takes_authority(shop, work) -> None:
    contract = active_pledge(shop)
    with work(MAKER) as uow, pytest.raises(Forbidden):
        termination.terminate(uow, contract.contract_id, by=PartySide.CREDITOR, reason="no")


def test_what_has_ended_does_not_end_again(shop, work) -> None:
    contract = active_pledge(shop)
    with work(CHECKER) as uow:
        termination.terminate(uow, contract.contract_id, by=PartySide.CREDITOR, reason="x")
    with work(CHECKER) as uow, pytest.raises(PledgeStateRefuses):
        termination.terminate(uow, contract.contract_id, by=PartySide.CREDITOR, reason="x")


def test_cash_left_beside_a_pledge_goes_back_when_it_ends(db, shop, work) -> None:
    contract = active_pledge(shop)
    with work(MAKER) as uow:
        top_ups.receive(uow, contract.contract_id, Money(10_000, USD))
    with work(CHECKER) as uow:
        termination.terminate(uow, contract.contract_id, by=PartySide.CREDITOR, reason="x")
        assert top_ups.held_minor(uow, [contract.contract_id]) == {}
    assert_coherent(db)
