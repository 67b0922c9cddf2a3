"""Cash left beside a pledge: the owner's, counted as cover, given back when it is not needed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Forbidden, ValidationFailed
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.obligations import service as obligations
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.receipts.model import PayDebt
from sanduq.qard import service as qard
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contracts_store
from sanduq.rahnu.contracts.errors import PledgeStateRefuses
from sanduq.rahnu.contracts.margin import service
from sanduq.rahnu.contracts.margin.checks import check_margins, check_top_ups
from sanduq.rahnu.contracts.margin.errors import CoverNeeded, TopUpMissing
from sanduq.rahnu.contracts.margin.model import CallStatus, MarginCause, TopUpKind
from sanduq.rahnu.contracts.margin.revaluing import Revalue, revalue
from sanduq.rahnu.contracts.margin.top_ups import give_back, list_top_ups, receive
from sanduq.rahnu.contracts.model import MarginFlag, PledgeAction, PledgeStatus
from sanduq.rahnu.templates.model import PledgeTerms
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.conftest import NOW, Work
from tests.make.margins import LOAN_MINOR, pledge, price, told
from tests.make.pledges import CHECKER, MAKER, USD, Shop, active_pledge, approved, open_shop

PAGE = PageRequest(20, None, None)


@pytest.fixture
def shop(work: Work) -> Shop:
    return open_shop(work)


def called(shop: Shop) -> str:
    """A pledge under a margin call: 6,900.00 on a bar worth 7,999.20 (86.3%)."""
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    price(shop.work, "160")
    with shop.work(MAKER) as uow:
        after = revalue(uow, made.contract_id, Revalue())
    assert after.status is PledgeStatus.MARGIN_CALL
    return made.contract_id


def money(major: int) -> Money:
    return Money(major * 100, USD)


def owed_on_2200(shop: Shop, contract_id: str) -> int:
    with shop.work(MAKER) as uow:
        found = ledger.list_balances(uow, PAGE, code="2200", subject=contract_id).items
        return found[0].normal.amount_minor if found else 0


def test_cash_left_ends_the_call_and_stays_the_owners(shop: Shop) -> None:
    """6,900 ÷ (7,999.20 + 400) = 82.1%: below 83%, so the call is over."""
    contract_id = called(shop)
    with shop.work(MAKER) as uow:
        made = receive(uow, contract_id, money(400), reason="of her own will")
    assert (made.kind, made.held_after_minor) == (TopUpKind.RECEIVED, 40_000)
    after = pledge(shop.work, contract_id)
    assert (after.status, after.margin_flag) == (PledgeStatus.ACTIVE, MarginFlag.WATCH)
    assert owed_on_2200(shop, contract_id) == 40_000
    with shop.work(MAKER) as uow:
        (call,) = service.search_calls(uow, CallStatus.CURED, {}, PAGE).items
        assert call.end_cause is MarginCause.TOP_UP
        assert service.held_minor(uow, [contract_id, "rhn_other"]) == {contract_id: 40_000}
        assert_coherent(uow)
    assert told(shop.work, "rahnu.top_up.received", contract_id)[0]["held_after"] == 400


def test_too_little_cash_leaves_the_call_open(shop: Shop) -> None:
    """6,900 ÷ (7,999.20 + 300) = 83.1%."""
    contract_id = called(shop)
    with shop.work(MAKER) as uow:
        receive(uow, contract_id, money(300))
    assert pledge(shop.work, contract_id).status is PledgeStatus.MARGIN_CALL


def test_cash_goes_back_as_far_as_the_debt_stays_covered(shop: Shop) -> None:
    """69.0069% is lent; 70% of cover asks for 9,857.14, and the bar is worth 9,999.00."""
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    with shop.work(MAKER) as uow:
        receive(uow, made.contract_id, money(500))
    with shop.work(CHECKER) as uow:
        back = give_back(uow, made.contract_id, money(200))
        assert back.held_after_minor == 30_000
    price(shop.work, "192")  # 6,900 ÷ 9,899.04 is 69.7%, without 195.00 of it 71.11%
    with shop.work(MAKER) as uow:
        revalue(uow, made.contract_id, Revalue())
    with shop.work(CHECKER) as uow, pytest.raises(CoverNeeded, match=r"71\.11%"):
        give_back(uow, made.contract_id, money(195))
    with shop.work(CHECKER) as uow:
        assert_coherent(uow)


def test_all_of_it_goes_back_without_an_amount(shop: Shop) -> None:
    made = active_pledge(shop)
    with shop.work(MAKER) as uow:
        receive(uow, made.contract_id, money(500))
    with shop.work(CHECKER) as uow:
        back = give_back(uow, made.contract_id, None)
    assert (back.amount, back.held_after_minor) == (money(500), 0)
    assert owed_on_2200(shop, made.contract_id) == 0
    with shop.work(CHECKER) as uow:
        kinds = [one.kind for one in list_top_ups(uow, made.contract_id, PAGE).items]
        assert kinds == [TopUpKind.RETURNED, TopUpKind.RECEIVED]
        assert_coherent(uow)


def test_more_than_is_held_does_not_go_back(shop: Shop) -> None:
    made = active_pledge(shop)
    with shop.work(CHECKER) as uow, pytest.raises(TopUpMissing):
        give_back(uow, made.contract_id, None)
    with shop.work(MAKER) as uow:
        receive(uow, made.contract_id, money(100))
    with shop.work(CHECKER) as uow, pytest.raises(TopUpMissing):
        give_back(uow, made.contract_id, money(101))


def test_giving_back_needs_authority(shop: Shop) -> None:
    made = active_pledge(shop)
    with shop.work(MAKER) as uow:
        receive(uow, made.contract_id, money(100))
    with shop.work("user_finance") as uow, pytest.raises(Forbidden):
        give_back(uow, made.contract_id, money(50))


def test_cash_is_in_the_currency_of_the_pledge(shop: Shop) -> None:
    made = active_pledge(shop)
    with shop.work(MAKER) as uow, pytest.raises(ValidationFailed):
        receive(uow, made.contract_id, Money(100, currency("EUR")))


def test_a_draft_takes_no_cash(shop: Shop) -> None:
    made = approved(shop)
    with shop.work(MAKER) as uow, pytest.raises(PledgeStateRefuses):
        receive(uow, made.contract_id, money(100))


def test_a_clause_that_asks_for_more_in_pledge_is_for_the_board(work: Work) -> None:
    """RHN-23: a top-up is a choice; demanded by a clause it waits for the scholars."""
    terms = PledgeTerms(has_sale_agency=True, has_owner_custody_costs=True, has_top_up_clause=True)
    with pytest.raises(ShariahViolation, match="for the board"):
        open_shop(work, terms=terms)


def test_a_part_payment_ends_the_call_by_itself(shop: Shop) -> None:
    """6,900 − 300 = 6,600 ÷ 7,999.20 = 82.5%."""
    contract_id = called(shop)
    debt_id = pledge(shop.work, contract_id).debt_id
    assert debt_id is not None
    with shop.work(MAKER) as uow:
        command = PayDebt(debt_id, contract_id, money(300), uow.today)
        receipts.record(uow, [command], qard.journal_of)
        (change,) = service.reassess(uow, [contract_id, contract_id])
        assert change.is_cured
        assert change.cause is MarginCause.CLAIMS
        assert service.reassess(uow, [contract_id]) == []
    assert pledge(shop.work, contract_id).status is PledgeStatus.ACTIVE
    with shop.work(MAKER) as uow:
        assert obligations.get(uow, debt_id).debt.outstanding_minor == 660_000
        assert_coherent(uow)


def test_custody_fee_that_is_due_counts_as_a_claim(shop: Shop) -> None:
    """8 months at 20.00: 7,060 ÷ 8,249.18 = 85.6%, where the debt alone is 83.6%."""
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    price(shop.work, "165")
    with shop.work(MAKER) as uow:
        assert revalue(uow, made.contract_id, Revalue()).margin_flag is MarginFlag.WATCH
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(NOW.replace(month=9))
        (change,) = service.reassess(uow, [made.contract_id])
        assert change.is_called
        _, now = service.standing(uow, made.contract_id)
    assert (now.fee_minor, now.debt_minor) == (16_000, LOAN_MINOR)


def test_a_pledge_that_ends_gives_all_back_and_closes_its_call(shop: Shop) -> None:
    contract_id = called(shop)
    with shop.work(MAKER) as uow:
        receive(uow, contract_id, money(100))
        contract = contracts.locked(uow, contract_id, PledgeAction.RELEASE)
        journals = service.return_all(uow, contract)
        contracts_store.update(uow, contract_id, status=PledgeStatus.RELEASED, closed_at=uow.now)
        ledger.post(uow, journals)
        assert service.return_all(uow, contract) == []
    assert owed_on_2200(shop, contract_id) == 0
    with shop.work(MAKER) as uow:
        (call,) = service.search_calls(uow, CallStatus.CLOSED, {}, PAGE).items
        assert service.reassess(uow, [contract_id]) == []
        assert call.contract_id == contract_id
        assert list(check_top_ups(uow)) == []


def test_verification_names_cash_that_no_journal_moved(shop: Shop) -> None:
    made = active_pledge(shop)
    with shop.work(MAKER) as uow:
        receive(uow, made.contract_id, money(100))
        uow.execute(
            "insert into rahnu.top_up select institution_id, contract_id, top_up_id || 'x', kind,"
            " asset, amount_minor, held_after_minor, reason, journal_id, moved_on, created_at,"
            " created_by from rahnu.top_up"
        )
        assert made.contract_id in next(check_top_ups(uow))


def test_verification_names_a_flag_without_its_fact(shop: Shop) -> None:
    made = active_pledge(shop)
    with shop.work(MAKER) as uow:
        assert list(check_margins(uow)) == []
        contracts_store.update(uow, made.contract_id, margin_flag=MarginFlag.CALL)
        assert len(list(check_margins(uow))) == 2


def test_a_price_a_day_later_needs_a_board_of_that_day(shop: Shop) -> None:
    contract_id = called(shop)
    tomorrow = NOW + timedelta(days=1)
    price(shop.work, "200", at=tomorrow)
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(tomorrow)
        assert revalue(uow, contract_id, Revalue()).status is PledgeStatus.ACTIVE
