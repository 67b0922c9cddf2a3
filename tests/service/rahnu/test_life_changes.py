"""Things leave, join and are replaced in a pledge; the rest always secures what is owed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import ReleaseReason
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import NotFound
from sanduq.kit.pages import PageRequest
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.contracts.errors import ItemPledgedAlready, PledgeStepMissing
from sanduq.rahnu.contracts.life.things import changes, service
from sanduq.rahnu.contracts.life.things.errors import (
    NothingWouldStay,
    NotInThisPledge,
    PledgedHereAlready,
)
from sanduq.rahnu.contracts.life.things.model import ChangeKind, Fetching, SwapThings
from sanduq.rahnu.contracts.life.worth import RatioAfterTooHigh
from sanduq.rahnu.contracts.model import ItemStatus
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.pledges import (
    MAKER,
    a_bar,
    active_pledge,
    hang_board,
    keep,
    open_shop,
    value,
)

FEB_15 = datetime(2024, 2, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def shop(work):
    return open_shop(work)


def two_bars(shop, loan_minor=500_000):
    """Bars of 50 g and 30 g, worth 9,999.00 and 5,999.40, for a loan; custody 32.00 a month."""
    bars = [a_bar(shop), a_bar(shop, 30_000)]
    return active_pledge(shop, bars, loan_minor=loan_minor), *bars


def part(work, contract, *items, at=None, ticket="own"):
    shown = Fetching(ticket_number=contract.ticket_number if ticket == "own" else ticket)
    with work(MAKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        return changes.partial_release(
            uow, contract.contract_id, [one.item_id for one in items], shown
        )


def add(work, contract, *items, at=None):
    with work(MAKER) as uow:
        uow.clock = FixedClock(at) if at else uow.clock
        return changes.add_items(uow, contract.contract_id, [one.item_id for one in items])


def segments(work, contract):
    with work() as uow:
        return [
            one.monthly_minor
            for one in contract_store.segments_of(uow, [contract.contract_id])[contract.contract_id]
        ]


def now(work, contract):
    with work() as uow:
        return contracts.get(uow, contract.contract_id)


def test_part_goes_back_while_the_rest_secures_what_is_owed(db, work, shop) -> None:
    taken, large, small = two_bars(shop)
    made = part(work, taken, small)
    # 5,000.00 ÷ 9,999.00 is 50.01%, rounded up; custody falls from 32.00 to 20.00.
    assert (made.kind, made.ltv_after_bp) == (ChangeKind.PARTIALLY_RELEASED, 5_001)
    assert (made.fee_before_minor, made.fee_after_minor) == (3_200, 2_000)
    after = now(work, taken)
    assert [one.status for one in after.items] == [ItemStatus.PLEDGED, ItemStatus.RELEASED]
    assert (after.appraised_minor, after.secured_minor) == (999_900, 699_930)
    assert segments(work, taken) == [3_200, 2_000]
    with work() as uow:
        (order,) = releases.orders_of(uow, [taken.contract_id])[taken.contract_id]
        assert (order.reason, order.item_ids) == (ReleaseReason.PARTIAL, (small.item_id,))
    assert large.item_id in after.item_ids
    assert_coherent(db)


def test_part_stays_where_the_rest_would_not_secure_what_is_owed(work, shop) -> None:
    taken, large, _ = two_bars(shop)
    # 5,999.40 secures 4,199.58 of 5,000.00.
    with pytest.raises(RatioAfterTooHigh, match=r"pay 800\.42 USD first") as refused:
        part(work, taken, large)
    assert refused.value.facts["rule_id"] == "RHN-19"


def test_unpaid_custody_counts_with_the_debt(work, shop) -> None:
    # 9,999.00 secures 6,999.30: a loan of 6,980.00 fits today, not with 32.00 of custody due.
    taken, _, small = two_bars(shop, loan_minor=698_000)
    hang_board(work, at=FEB_15)
    with pytest.raises(RatioAfterTooHigh, match=r"7012\.00 USD is owed"):
        part(work, taken, small, at=FEB_15)


def test_the_value_of_what_stays_is_that_of_the_board_of_today(work, shop) -> None:
    taken, _, small = two_bars(shop, loan_minor=690_000)
    hang_board(work, 17_000_000, at=FEB_15, explanation="the market fell")
    with pytest.raises(RatioAfterTooHigh, match=r"worth 8499\.15 USD"):
        part(work, taken, small, at=FEB_15)


def test_a_whole_pledge_is_not_released_in_parts(work, shop) -> None:
    taken, large, small = two_bars(shop)
    with pytest.raises(NothingWouldStay):
        part(work, taken, large, small)
    with pytest.raises(NotInThisPledge):
        part(work, taken, a_bar(shop))


def test_a_thing_that_joins_raises_what_is_secured_and_not_the_loan(db, work, shop) -> None:
    taken = active_pledge(shop)
    bar = a_bar(shop, 30_000)
    value(shop, bar)
    keep(shop, taken.contract_id, [bar])
    made = add(work, taken, bar)
    after = now(work, taken)
    assert made.debt_minor == 500_000
    assert (after.appraised_minor, after.secured_minor) == (1_599_840, 1_119_888)
    assert after.loan_minor == taken.loan_minor
    assert segments(work, taken) == [2_000, 3_200]
    assert [one.status for one in after.items] == [ItemStatus.PLEDGED, ItemStatus.PLEDGED]
    with pytest.raises(PledgedHereAlready):
        add(work, taken, bar)
    assert_coherent(db)


def test_a_thing_joins_only_valued_and_in_custody(work, shop) -> None:
    taken = active_pledge(shop)
    bar = a_bar(shop, 30_000)
    with pytest.raises(PledgeStepMissing) as refused:
        add(work, taken, bar)
    assert refused.value.facts["rule_id"] == "RHN-06"
    keep(shop, taken.contract_id, [bar])
    with pytest.raises(PledgeStepMissing) as refused:
        add(work, taken, bar)
    assert refused.value.facts["rule_id"] == "RHN-30"
    with work(MAKER) as uow, pytest.raises(NotFound):
        changes.add_items(uow, taken.contract_id, ["itm_nobody"])


def test_what_another_pledge_holds_does_not_join(work, shop) -> None:
    taken = active_pledge(shop)
    bar = a_bar(shop)
    active_pledge(shop, [bar])
    with pytest.raises(ItemPledgedAlready):
        add(work, taken, bar)


def test_anothers_thing_does_not_join_without_its_owners_consent(work, shop) -> None:
    taken = active_pledge(shop)
    bar = a_bar(shop, 30_000, owner_id="cpty_house")
    value(shop, bar)
    keep(shop, taken.contract_id, [bar])
    with pytest.raises(ShariahViolation) as refused:
        add(work, taken, bar)
    assert "RHN-04" in {found["rule_id"] for found in refused.value.details}


def swap(work, contract, given, taken_back, agreement="both signed"):
    asked = SwapThings(
        (given.item_id,), (taken_back.item_id,), agreement,
        Fetching(ticket_number=contract.ticket_number),
    )  # fmt: skip
    with work(MAKER) as uow:
        return changes.swap(uow, contract.contract_id, asked)


def test_the_new_is_held_and_valued_before_the_old_goes_back(db, work, shop) -> None:
    old, new = a_bar(shop), a_bar(shop, 40_000)
    taken = active_pledge(shop, [old])
    with pytest.raises(PledgeStepMissing):
        swap(work, taken, new, old)
    assert now(work, taken).item_ids == [old.item_id]
    value(shop, new)
    keep(shop, taken.contract_id, [new])
    made = swap(work, taken, new, old)
    # 40 g of 999.9 is 7,999.20; 5,000.00 of it is 62.51%.
    assert (made.kind, made.value_minor, made.ltv_after_bp) == (
        ChangeKind.SWAPPED, 799_920, 6_251,
    )  # fmt: skip
    after = now(work, taken)
    assert after.item_ids == [new.item_id]
    assert after.fee_monthly_minor == 1_600
    with work() as uow:
        (order,) = releases.orders_of(uow, [taken.contract_id])[taken.contract_id]
        assert order.reason is ReleaseReason.SWAP
        assert len(service.changes(uow, taken.contract_id, PageRequest()).items) == 1
    assert_coherent(db)


def test_a_lighter_thing_does_not_take_the_place_of_a_heavier_one(work, shop) -> None:
    old, new = a_bar(shop), a_bar(shop, 30_000)
    taken = active_pledge(shop, [old])
    value(shop, new)
    keep(shop, taken.contract_id, [new])
    with pytest.raises(RatioAfterTooHigh) as refused:
        swap(work, taken, new, old)
    assert refused.value.facts["rule_id"] == "RHN-28"
    assert now(work, taken).item_ids == [old.item_id]


def test_a_swap_is_by_agreement(work, shop) -> None:
    old, new = a_bar(shop), a_bar(shop)
    taken = active_pledge(shop, [old])
    value(shop, new)
    keep(shop, taken.contract_id, [new])
    with pytest.raises(ShariahViolation) as refused:
        swap(work, taken, new, old, agreement=" ")
    assert "RHN-28" in {found["rule_id"] for found in refused.value.details}
