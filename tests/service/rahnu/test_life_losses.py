"""The keeper's hand is a hand of trust: he answers for fault, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sanduq.access import service as access
from sanduq.access.errors import MakerMayNotApprove
from sanduq.access.model import ApprovalStatus
from sanduq.api.registry import wire
from sanduq.custody.register import service as register
from sanduq.kit.clock import FixedClock
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.ledger.model import AccountPlace
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.life.losses import service, settling
from sanduq.rahnu.contracts.life.losses.errors import (
    LossDecided,
    LossImpossible,
    MoreThanHeld,
    NothingToReplace,
    StillPledged,
)
from sanduq.rahnu.contracts.life.losses.model import (
    Judgement,
    LossKind,
    LossStatus,
    NewLoss,
    Remedy,
)
from sanduq.rahnu.contracts.life.losses.settling import LossMoney
from sanduq.rahnu.contracts.life.things import changes
from sanduq.rahnu.contracts.life.things import service as things
from sanduq.rahnu.contracts.life.things.errors import LossUndecided
from sanduq.rahnu.contracts.life.things.model import Redeem
from sanduq.rahnu.contracts.model import ItemStatus
from sanduq.rahnu.facts_pledge import LossFault
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor
from tests.make.pledges import (
    CHECKER,
    MAKER,
    USD,
    a_bar,
    active_pledge,
    hang_board,
    keep,
    open_shop,
    value,
)

FEB_15 = datetime(2024, 2, 15, 10, 30, tzinfo=UTC)
TODAY = date(2024, 1, 15)
NO_FAULT = Judgement(LossFault.NONE, Remedy.NONE, reason="a flood")


@pytest.fixture
def shop(work):
    return open_shop(work)


def reported(work, contract, *, at=None, **changes_):
    new = NewLoss(LossKind.LOSS, tuple(contract.item_ids), TODAY, "the vault was flooded")
    with work(MAKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        return service.report(uow, contract.contract_id, replace(new, **changes_))


def decided(work, loss, judged, *, at=None, user=CHECKER):
    with work(user) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        return service.decide(uow, loss.contract_id, loss.loss_id, judged)


def now(work, contract):
    with work() as uow:
        return contracts.get(uow, contract.contract_id)


def a_pledge(shop, loan_minor=525_000):
    return active_pledge(shop, [a_bar(shop)], loan_minor=loan_minor)


def test_gold_lost_without_fault_makes_nobody_owe_and_lowers_no_debt(
    db, owner_url, work, shop
) -> None:
    taken = a_pledge(shop)  # vector T13: debt 5,250.00
    made = decided(work, reported(work, taken), NO_FAULT)
    assert (made.liability_minor, made.liability_mg) == (0, 0)
    assert (made.debt_before_minor, made.debt_after_minor) == (525_000, 525_000)
    assert balance_minor(owner_url, AccountPlace("1100", USD, subject=taken.debt_id)) == 525_000
    after = now(work, taken)
    assert [one.status for one in after.items] == [ItemStatus.LOST]
    assert (after.secured_minor, after.fee_monthly_minor) == (0, 0)
    with work() as uow:
        assert register.held(uow, [taken.contract_id])[taken.contract_id] == []
    assert_coherent(db)


def test_the_fee_of_a_lost_thing_ends_on_the_day_of_the_loss(db, work, shop) -> None:
    taken = a_pledge(shop)
    decided(work, reported(work, taken, at=FEB_15), NO_FAULT, at=FEB_15)
    after = now(work, taken)
    assert (after.fee_accrued_minor, after.fee_monthly_minor) == (0, 0)
    assert_coherent(db)


def test_what_is_lost_by_fault_is_owed_at_its_value_and_set_off_by_agreement(
    db, owner_url, work, shop
) -> None:
    bar = a_bar(shop, 50_005)  # 49.9999 g fine × 200.00 = 9,999.98
    taken = active_pledge(shop, [bar], loan_minor=699_000)
    judged = Judgement(
        LossFault.NEGLIGENCE, Remedy.VALUE, is_set_off=True, agreement="settlement 4"
    )
    made = decided(work, reported(work, taken), judged)
    assert (made.value_minor, made.set_off_minor, made.due_minor) == (999_998, 699_000, 300_998)
    assert balance_minor(owner_url, AccountPlace("1100", USD, subject=taken.debt_id)) == 0
    assert balance_minor(owner_url, AccountPlace("5700", USD)) == 999_998
    assert balance_minor(owner_url, AccountPlace("2200", USD, subject=made.loss_id)) == -300_998
    assert now(work, taken).fee_until_on == TODAY
    with work(CHECKER) as uow, pytest.raises(MoreThanHeld):
        settling.pay_out(uow, taken.contract_id, made.loss_id, LossMoney(Money(3_009_981, USD)))
    with work(CHECKER) as uow:
        paid = LossMoney(Money(300_998, USD))
        assert settling.pay_out(uow, taken.contract_id, made.loss_id, paid).due_minor == 0
    assert_coherent(db)


def test_lost_gold_is_owed_by_its_like_until_it_is_given(db, work, shop) -> None:
    taken = a_pledge(shop)
    made = decided(work, reported(work, taken), Judgement(LossFault.BREACH, Remedy.LIKE))
    assert (made.liability_mg, made.liability_minor) == (made.fine_weight_mg, 0)
    assert made.fine_weight_mg == 49_995
    bars = [a_bar(shop, 49_000), a_bar(shop)]
    for bar in bars:
        value(shop, bar)
        keep(shop, taken.contract_id, [bar])
        with work(MAKER) as uow:
            changes.add_items(uow, taken.contract_id, [bar.item_id])
    light, right = ((bar.item_id,) for bar in bars)
    with work(CHECKER) as uow, pytest.raises(LossImpossible, match="less than"):
        settling.replace_like(uow, taken.contract_id, made.loss_id, light)
    with work(CHECKER) as uow:
        cost = Money(1_000_000, USD)
        after = settling.replace_like(uow, taken.contract_id, made.loss_id, right, cost=cost)
        assert after.replaced_at is not None
        with pytest.raises(NothingToReplace):
            settling.replace_like(uow, taken.contract_id, made.loss_id, right)
    assert_coherent(db)


@pytest.mark.parametrize(
    "judged",
    [
        Judgement(LossFault.NONE, Remedy.VALUE),  # nothing is owed without fault
        Judgement(LossFault.NEGLIGENCE, Remedy.NONE),  # fault is made good
        Judgement(LossFault.NEGLIGENCE, Remedy.VALUE),  # the owner agrees to the value
        Judgement(LossFault.NEGLIGENCE, Remedy.LIKE, is_set_off=True, agreement="x"),
    ],
)
def test_a_judgement_holds_together(work, shop, judged) -> None:
    loss = reported(work, a_pledge(shop))
    with pytest.raises(LossImpossible):
        decided(work, loss, judged)


def test_who_reports_a_loss_does_not_decide_it(work, shop) -> None:
    loss = reported(work, a_pledge(shop))
    with pytest.raises(MakerMayNotApprove):
        decided(work, loss, NO_FAULT, user=MAKER)


def test_a_loss_is_reported_and_decided_once(work, shop) -> None:
    taken = a_pledge(shop)
    loss = reported(work, taken)
    with pytest.raises(LossDecided):
        reported(work, taken)
    decided(work, loss, NO_FAULT)
    with pytest.raises(LossDecided):
        decided(work, loss, NO_FAULT)


def test_nothing_is_released_while_a_loss_waits(work, shop) -> None:
    taken = a_pledge(shop)
    reported(work, taken)
    with work(CHECKER) as uow, pytest.raises(LossUndecided):
        things.release(uow, taken.contract_id, Redeem())


def test_an_earlier_loss_is_valued_on_its_own_day(db, work, shop) -> None:
    taken = a_pledge(shop)
    with work() as uow:
        (board_id,) = [row[0] for row in uow.all("select price_board_id from assets.price_board")]
    later = hang_board(work, 22_000_000, at=FEB_15, explanation="the market rose")
    loss = reported(work, taken, at=FEB_15)
    judged = Judgement(LossFault.BREACH, Remedy.VALUE, agreement="settlement 5")
    with pytest.raises(LossImpossible, match="name the board"):
        decided(work, loss, judged, at=FEB_15)
    with pytest.raises(LossImpossible, match="not in force"):
        decided(work, loss, replace(judged, price_board_ids=(later,)), at=FEB_15)
    made = decided(work, loss, replace(judged, price_board_ids=(board_id,)), at=FEB_15)
    assert made.value_minor == 999_900
    assert_coherent(db)


def test_damage_by_fault_owes_what_the_thing_lost_in_value(db, work, shop) -> None:
    taken = a_pledge(shop)
    loss = reported(work, taken, kind=LossKind.DAMAGE)
    judged = Judgement(
        LossFault.NEGLIGENCE, Remedy.VALUE, value_after=Money(900_000, USD), agreement="s"
    )
    made = decided(work, loss, judged)
    assert made.liability_minor == 99_900
    assert [one.status for one in now(work, taken).items] == [ItemStatus.PLEDGED]
    assert_coherent(db)


def test_an_indemnity_takes_the_place_of_the_thing_and_is_the_owners(db, work, shop) -> None:
    taken = a_pledge(shop)
    loss = decided(work, reported(work, taken), NO_FAULT)
    paid = LossMoney(Money(950_000, USD), "transfer")
    with work(CHECKER) as uow:
        held = settling.receive_indemnity(uow, taken.contract_id, loss.loss_id, paid)
        assert held.due_minor == 950_000
    with work(CHECKER) as uow, pytest.raises(StillPledged):
        settling.pay_out(uow, taken.contract_id, loss.loss_id, paid)
    assert_coherent(db)


def test_a_loss_without_fault_is_decided_from_the_inbox_a_fault_is_not(work, shop) -> None:
    wire()
    taken, other = a_pledge(shop, 400_000), a_pledge(shop, 400_000)
    plain = reported(work, taken)
    blamed = reported(work, other, fault_claimed=LossFault.NEGLIGENCE)
    with work(CHECKER) as uow:
        page = access.list_approvals(uow, status=ApprovalStatus.PENDING, request=PageRequest())
        waiting = {one.subject_id: one.approval_id for one in page.items}
        access.decide_approval(uow, waiting[plain.loss_id], is_approved=True)
        with pytest.raises(LossImpossible, match="decide"):
            access.decide_approval(uow, waiting[blamed.loss_id], is_approved=True)
    with work(CHECKER) as uow:
        access.decide_approval(uow, waiting[blamed.loss_id], is_approved=False, reason="found")
        assert service.get(uow, other.contract_id, blamed.loss_id).status is LossStatus.REFUSED
        assert len(service.losses(uow, other.contract_id, PageRequest()).items) == 1
