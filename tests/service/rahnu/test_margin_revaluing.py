"""One pledge valued anew, and what follows: flags, calls, nothing that sells."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sanduq.assets.price_boards.errors import NoPriceBoard
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Findings, NewValuation, Second
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.rahnu.contracts.errors import PledgeStateRefuses, PledgeStepMissing
from sanduq.rahnu.contracts.margin import service
from sanduq.rahnu.contracts.margin.errors import (
    MarginCallEnded,
    NoMetalUnderPledge,
    NoticeDelivered,
    ValuationOfAnother,
    ValueOfMetalStated,
)
from sanduq.rahnu.contracts.margin.model import (
    CallStatus,
    Channel,
    Delivery,
    MarginCause,
    RevaluationBasis,
)
from sanduq.rahnu.contracts.margin.revaluing import Revalue, revalue
from sanduq.rahnu.contracts.model import MarginFlag, PledgeStatus
from tests.coherent import assert_coherent
from tests.conftest import NOW, Work
from tests.make.margins import LOAN_MINOR, pledge, price, told
from tests.make.pledge_book import PledgeSpec, ThingSpec, enter
from tests.make.pledges import (
    CHECKER,
    MAKER,
    USD,
    Shop,
    a_bar,
    active_pledge,
    approved,
    open_shop,
    value,
)

LETTER = Delivery(Channel.LETTER, "RR 1234", date(2024, 1, 15), CHECKER)
PAGE = PageRequest(20, None, None)


@pytest.fixture
def shop(work: Work) -> Shop:
    return open_shop(work)


def revalued(work: Work, contract_id: str, asked: Revalue | None = None) -> Any:
    with work(MAKER) as uow:
        return revalue(uow, contract_id, asked or Revalue())


def test_a_pledge_is_worth_its_confirmed_weight_at_the_board_of_today(shop: Shop) -> None:
    """50 g × 0.9999 × 180.00 = 8,999.10; 70% of it is 6,299.37."""
    made = active_pledge(shop)
    price(shop.work, "180")
    after = revalued(shop.work, made.contract_id)
    assert (after.appraised_minor, after.secured_minor) == (899_910, 629_937)
    assert after.valued_at == NOW
    assert after.items[0].value_minor == 899_910
    assert after.items[0].valuation_id == made.items[0].valuation_id
    with shop.work(MAKER) as uow:
        (fact,) = service.list_revaluations(uow, made.contract_id, PAGE).items
    assert fact.basis is RevaluationBasis.BOARD
    assert (fact.old_value_minor, fact.new_value_minor) == (999_900, 899_910)
    assert (fact.ltv_before_bp, fact.ltv_after_bp) == (5_001, 5_557)
    assert told(shop.work, "rahnu.asset.revalued")[0]["appraised_value"] == Decimal("8999.1")
    with shop.work(MAKER) as uow:
        assert_coherent(uow)


def test_the_loan_never_grows_by_a_risen_price(shop: Shop) -> None:
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    price(shop.work, "260")
    after = revalued(shop.work, made.contract_id)
    assert after.secured_minor > made.secured_minor
    with shop.work(MAKER) as uow:
        _, now = service.standing(uow, made.contract_id)
    assert now.debt_minor == LOAN_MINOR


@pytest.mark.parametrize(
    ("per_gram", "flag", "status"),
    [
        # 6,900 ÷ (49.995 × price): 79.999%, 80.004%, 84.995%, 85.001%, 90.0007%
        ("172.52", MarginFlag.NONE, PledgeStatus.ACTIVE),
        ("172.51", MarginFlag.WATCH, PledgeStatus.ACTIVE),
        ("162.38", MarginFlag.WATCH, PledgeStatus.ACTIVE),
        ("162.36", MarginFlag.CALL, PledgeStatus.MARGIN_CALL),
        ("153.34", MarginFlag.CRITICAL, PledgeStatus.MARGIN_CALL),
    ],
)
def test_a_fallen_price_raises_the_flag_it_reaches(
    shop: Shop, per_gram: str, flag: MarginFlag, status: PledgeStatus
) -> None:
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    price(shop.work, per_gram)
    after = revalued(shop.work, made.contract_id)
    assert (after.margin_flag, after.status) == (flag, status)


def test_a_call_is_a_notice_that_gives_no_right_to_sell(shop: Shop) -> None:
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    price(shop.work, "160")
    after = revalued(shop.work, made.contract_id)
    assert after.margin_called_on == date(2024, 1, 15)
    with shop.work(MAKER) as uow:
        (call,) = service.search_calls(uow, CallStatus.OPEN, {}, PAGE).items
        assert_coherent(uow)
    assert (call.claims_minor, call.cover_minor) == (LOAN_MINOR, 799_920)
    assert call.cure_by_on == date(2024, 1, 22)
    assert "gives nobody a right to sell" in call.notice
    assert told(shop.work, "rahnu.margin.call")[0]["status"] == "MARGIN_CALL"


def test_the_days_to_answer_count_from_the_notice_that_arrived(shop: Shop) -> None:
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    price(shop.work, "160")
    revalued(shop.work, made.contract_id)
    with shop.work(MAKER) as uow:
        (call,) = service.search_calls(uow, None, {}, PAGE).items
    with shop.work(CHECKER) as uow:
        uow.clock = FixedClock(NOW + timedelta(days=3))
        with pytest.raises(ValidationFailed):
            service.record_delivery(
                uow,
                call.margin_call_id,
                Delivery(Channel.VISIT, "seen", date(2024, 1, 19), CHECKER),
            )
        late = Delivery(Channel.LETTER, "RR 1234", date(2024, 1, 17), CHECKER)
        after = service.record_delivery(uow, call.margin_call_id, late)
        assert after.cure_by_on == date(2024, 1, 24)
        with pytest.raises(NoticeDelivered):
            service.record_delivery(uow, call.margin_call_id, late)
        assert service.get_call(uow, call.margin_call_id) == after
        with pytest.raises(NotFound):
            service.record_delivery(uow, "mgc_nobody", late)


def test_a_recovered_price_ends_the_call_by_itself(shop: Shop) -> None:
    """83% of cover is reached at 166.28: at 166.2 it stays called, at 167 it is over."""
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    price(shop.work, "160")
    revalued(shop.work, made.contract_id)
    price(shop.work, "166.2")
    assert revalued(shop.work, made.contract_id).status is PledgeStatus.MARGIN_CALL
    price(shop.work, "167")
    after = revalued(shop.work, made.contract_id)
    assert (after.status, after.margin_called_on) == (PledgeStatus.ACTIVE, None)
    assert after.margin_flag is MarginFlag.WATCH
    with shop.work(MAKER) as uow:
        (call,) = service.search_calls(uow, CallStatus.CURED, {}, PAGE).items
        assert call.end_cause is MarginCause.PRICE
        with pytest.raises(MarginCallEnded):
            service.record_delivery(uow, call.margin_call_id, LETTER)
        _, now = service.standing(uow, made.contract_id)
        assert_coherent(uow)
    assert [change.after for change, _ in now.history] == [MarginFlag.WATCH, MarginFlag.CALL]
    assert len(told(shop.work, "rahnu.margin.cured")) == 1


def test_a_deeper_fall_makes_no_second_call(shop: Shop) -> None:
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    for per_gram in ("160", "150"):
        price(shop.work, per_gram)
        after = revalued(shop.work, made.contract_id)
    assert after.margin_flag is MarginFlag.CRITICAL
    with shop.work(MAKER) as uow:
        assert len(service.search_calls(uow, None, {}, PAGE).items) == 1
    assert len(told(shop.work, "rahnu.margin.call")) == 1


def test_without_a_price_of_today_nothing_moves(shop: Shop) -> None:
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(NOW + timedelta(days=1))
        with pytest.raises(NoPriceBoard):
            revalue(uow, made.contract_id, Revalue())
        _, now = service.standing(uow, made.contract_id)
    assert now.is_price_stale
    assert pledge(shop.work, made.contract_id) == made


def test_a_pledge_not_in_force_is_not_revalued(shop: Shop) -> None:
    made = approved(shop)
    with pytest.raises(PledgeStateRefuses):
        revalued(shop.work, made.contract_id)


def test_fresh_valuations_take_the_place_of_the_old(shop: Shop) -> None:
    bar = a_bar(shop)
    made = active_pledge(shop, [bar])
    price(shop.work, "190")
    fresh = value(shop, bar)
    after = revalued(shop.work, made.contract_id, Revalue((fresh,)))
    assert after.items[0].valuation_id == fresh
    assert after.appraised_minor == 949_905
    with shop.work(MAKER) as uow:
        (fact,) = service.list_revaluations(uow, made.contract_id, PAGE).items
    assert fact.basis is RevaluationBasis.VALUATIONS


def test_a_valuation_too_old_or_of_another_thing_is_refused(shop: Shop) -> None:
    bar = a_bar(shop)
    made = active_pledge(shop, [bar])
    other = value(shop, a_bar(shop))
    for valuation_id, refusal in ((other, ValuationOfAnother), ("val_nobody", NotFound)):
        with pytest.raises(refusal):
            revalued(shop.work, made.contract_id, Revalue((valuation_id,)))
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(NOW + timedelta(days=2))
        assert made.items[0].valuation_id is not None
        with pytest.raises(PledgeStepMissing, match="RHN-30"):
            revalue(uow, made.contract_id, Revalue((made.items[0].valuation_id,)))


def test_the_value_of_metal_is_not_stated(shop: Shop) -> None:
    made = active_pledge(shop)
    with pytest.raises(ValueOfMetalStated):
        revalued(shop.work, made.contract_id, Revalue(stated=Money(1_200_000, USD)))


def test_another_thing_is_worth_what_two_officers_say(shop: Shop) -> None:
    """Entered as it stands in force: 5,000.00 on a watch worth 10,000.00."""
    watch = ThingSpec(90_000, 0, None, 1_000_000)
    spec = PledgeSpec((watch,), "qard", 500_000, 0, (), 0, None, (), MarginFlag.NONE)
    with shop.work(MAKER) as uow:
        (contract_id,) = enter(uow, shop, [spec])
    made = pledge(shop.work, contract_id)
    item_id = made.item_ids[0]
    _state(shop, item_id, 1_000_000)
    with pytest.raises(NoMetalUnderPledge):
        revalued(shop.work, made.contract_id)
    lower = Revalue(stated=Money(800_000, USD), source="dealer")
    with pytest.raises(PledgeStepMissing, match="RHN-30"):
        revalued(shop.work, made.contract_id, lower)
    _state(shop, item_id, 800_000)
    after = revalued(shop.work, made.contract_id, lower)
    assert after.appraised_minor == 800_000
    with shop.work(MAKER) as uow:
        (fact,) = service.list_revaluations(uow, made.contract_id, PAGE).items
        _, now = service.standing(uow, made.contract_id)
    assert fact.source == "dealer"
    assert {one.price_minor for one in now.triggers} == {None}
    assert not now.is_price_stale


def _state(shop: Shop, item_id: str, minor: int) -> None:
    found = Findings(
        gross_weight_mg=90_000, stated_minor=minor, basis="three sales seen", source="dealer"
    )  # fmt: skip
    with shop.work(MAKER) as uow:
        made = valuations.record_valuation(
            uow, NewValuation(item_id=item_id, asset=USD, findings=found, is_customer_present=True)
        )
    with shop.work(CHECKER) as uow:
        valuations.confirm(uow, made.valuation_id, Second(is_agreed=True, findings=found))
