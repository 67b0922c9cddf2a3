"""The price of a pledge shared out: what is owed, what it cost, and the rest to its owner."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.access.errors import AboveRoleLimit, MakerMayNotApprove, NoAuthority
from sanduq.custody.releases import service as releases
from sanduq.kit.errors import Conflict
from sanduq.kit.money import Money
from sanduq.ledger.model import AccountPlace
from sanduq.obligations import service as obligations
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.contracts.errors import PledgeStepMissing
from sanduq.rahnu.contracts.liquidation.sales import service
from sanduq.rahnu.contracts.liquidation.sales.errors import LotNotPaid, NothingForCreditor, SameHand
from sanduq.rahnu.contracts.liquidation.sales.model import (
    Cost,
    CostKind,
    Quote,
    SaleMethod,
    SaleStatus,
)
from sanduq.rahnu.contracts.liquidation.surplus import service as surpluses
from sanduq.rahnu.contracts.margin import top_ups
from sanduq.rahnu.contracts.model import ItemStatus, OutsideDebt, PledgeStatus
from sanduq.rahnu.templates.model import PledgeTerms
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.conftest import NOW
from tests.make.institution import balance_minor
from tests.make.liquidation import (
    CLOSE_AT,
    DEALER,
    FINANCE,
    LADDER,
    LOW_MARKET_PER_KG,
    MARKET_PER_KG,
    SALE_AT,
    a_sale,
    at,
    notice,
    overdue,
    paid_lot,
    people,
    sold_at_auction,
)
from tests.make.pledges import (
    CHECKER,
    MAKER,
    PLEDGEE,
    PLEDGOR,
    USD,
    a_bar,
    active_pledge,
    hang_board,
    open_shop,
)


@pytest.fixture
def shop(work):
    return open_shop(work)


def now(work, contract):
    with work() as uow:
        return contracts.get(uow, contract.contract_id)


def ask(shop, new, user=MAKER, instant=SALE_AT):
    with at(shop.work, user, instant) as uow:
        return service.liquidate(uow, new)


def approve(shop, sale, user=CHECKER, instant=SALE_AT):
    with at(shop.work, user, instant) as uow:
        return service.approve(uow, sale.sale_id)


def test_vector_t10_a_surplus_is_recorded_for_the_owner_the_day_of_the_sale(
    db, owner_url, work, shop
) -> None:
    # 8,200 - 100 costs - 7,000 debt - 420 fee = 680.
    taken = overdue(shop)
    sale = sold_at_auction(shop, taken, 820_000)
    assert sale.status is SaleStatus.EXECUTED
    assert (sale.to_principal_minor, sale.to_fee_minor) == (700_000, 42_000)
    assert (sale.owner_costs_minor, sale.surplus_minor, sale.shortfall_minor) == (10_000, 68_000, 0)
    with work() as uow:
        left = surpluses.get(uow, sale.surplus_id)
        assert obligations.get(uow, taken.debt_id).debt.outstanding_minor == 0
    assert (left.amount_minor, left.pledgor_id, left.sold_on) == (68_000, PLEDGOR, SALE_AT.date())
    assert balance_minor(owner_url, AccountPlace("2210", USD, subject=taken.contract_id)) == 0
    assert balance_minor(owner_url, AccountPlace("2200", USD, subject=sale.surplus_id)) == -68_000
    assert balance_minor(owner_url, AccountPlace("1120", USD, subject=taken.contract_id)) == 0
    after = now(work, taken)
    assert (after.status, after.fee_until_on) == (PledgeStatus.LIQUIDATED, SALE_AT.date())
    assert_coherent(db)


def test_vector_t11_a_shortfall_stays_the_same_debt_and_does_not_grow(
    db, owner_url, work, shop
) -> None:
    # 6,900 - 100 = 6,800 to the debt; 200 of it and 420 of fee stay owed: 620.
    taken = overdue(shop, per_kg_minor=LOW_MARKET_PER_KG)
    sale = sold_at_auction(shop, taken, 690_000)
    assert (sale.to_principal_minor, sale.to_fee_minor, sale.surplus_minor) == (680_000, 0, 0)
    assert sale.shortfall_minor == 62_000
    with work() as uow:
        assert obligations.get(uow, taken.debt_id).debt.outstanding_minor == 20_000
    assert balance_minor(owner_url, AccountPlace("1100", USD, subject=taken.debt_id)) == 20_000
    assert balance_minor(owner_url, AccountPlace("1120", USD, subject=taken.contract_id)) == 42_000
    assert now(work, taken).status is PledgeStatus.LIQUIDATED
    assert_coherent(db)


def test_vector_t9_a_margin_call_on_a_debt_not_due_opens_no_way_to_a_sale(work, shop) -> None:
    young = active_pledge(shop)
    people(shop)
    with work(MAKER) as uow:
        contract_store.update(uow, young.contract_id, status=PledgeStatus.MARGIN_CALL)
    with pytest.raises(ShariahViolation) as refused:
        ask(shop, a_sale(young, SaleMethod.DEALER), instant=NOW)
    assert "PLEDGE_SALE_BEFORE_DUE" in {found["code"] for found in refused.value.details}


def test_a_sale_needs_a_finding_about_the_debtor(shop) -> None:
    taken = active_pledge(shop, [a_bar(shop, 150_000)], loan_minor=700_000)
    for kind, instant in LADDER:
        notice(shop, taken.contract_id, kind, instant)
    hang_board(shop.work, MARKET_PER_KG, at=SALE_AT, explanation="a crash")
    people(shop)
    with pytest.raises(PledgeStepMissing, match="DEF-01"):
        ask(shop, a_sale(taken, SaleMethod.DEALER))


def test_a_dealer_buys_at_the_market_once_another_person_agrees(db, work, shop) -> None:
    taken = overdue(shop)
    sale = ask(shop, a_sale(taken, SaleMethod.DEALER))
    assert sale.status is SaleStatus.PROPOSED
    assert now(work, taken).status is PledgeStatus.ACTIVE
    with pytest.raises((MakerMayNotApprove, NoAuthority)):
        approve(shop, sale, user=MAKER)
    done = approve(shop, sale)
    assert (done.status, done.surplus_minor) == (SaleStatus.EXECUTED, 68_000)
    assert [one.status for one in now(work, taken).items] == [ItemStatus.SOLD]
    with work() as uow:
        order = releases.get_release(uow, done.release_id)
    assert (order.recipient_id, order.reason) == (DEALER, "sale")
    assert_coherent(db)


def test_a_dealer_price_under_the_market_is_refused(db, shop) -> None:
    # 8,249.17 less 2% is 8,084.19.
    taken = overdue(shop)
    with pytest.raises(ShariahViolation) as refused:
        ask(shop, a_sale(taken, SaleMethod.DEALER, price_minor=808_418))
    assert {found["rule_id"] for found in refused.value.details} == {"RHN-24"}
    assert ask(shop, a_sale(taken, SaleMethod.DEALER, price_minor=808_419)).price_minor == 808_419


def test_no_forfeiture_the_creditor_does_not_take_the_pledge_for_the_debt(db, shop) -> None:
    taken = overdue(shop)
    with pytest.raises(ShariahViolation) as refused:
        ask(shop, a_sale(taken, SaleMethod.DEALER, buyer_id=PLEDGEE))
    assert "RHN-21" in {found["rule_id"] for found in refused.value.details}


def test_the_creditor_may_buy_by_a_fresh_sale_of_the_owner_and_pays_the_balance_at_once(
    db, owner_url, work, shop
) -> None:
    taken = overdue(shop)
    quote = Quote("The assay office", 820_000, "Q-1", SALE_AT.date())
    new = a_sale(
        taken, SaleMethod.OWNER_SALE, buyer_id=PLEDGEE, owner_sale_contract="OS-7",
        quotes=(quote,), costs=(),
    )  # fmt: skip
    with pytest.raises(ShariahViolation):
        ask(shop, a_sale(taken, SaleMethod.OWNER_SALE, buyer_id=PLEDGEE,
                         owner_sale_contract="OS-7"))  # fmt: skip
    done = approve(shop, ask(shop, new))
    # 8,200 - 7,420 = 780 goes to the owner in the same act.
    assert done.surplus_minor == 78_000
    with work() as uow:
        assert surpluses.get(uow, done.surplus_id).settled_on == SALE_AT.date()
    assert balance_minor(owner_url, AccountPlace("2200", USD, subject=done.surplus_id)) == 0
    assert balance_minor(owner_url, AccountPlace("1210", USD)) == 820_000
    assert_coherent(db)


def test_only_what_is_needed_is_sold_and_the_rest_goes_home(db, work, shop) -> None:
    # Three bars: 150 g cover the debt, the two of 20 g are not needed.
    taken = overdue(shop, (150_000, 20_000, 20_000))
    with pytest.raises(ShariahViolation) as refused:
        ask(shop, a_sale(taken, SaleMethod.DEALER, price_minor=1_050_000))
    assert {found["rule_id"] for found in refused.value.details} == {"ARN-08"}
    big = (taken.items[0].item_id,)
    done = approve(shop, ask(shop, a_sale(taken, SaleMethod.DEALER, item_ids=big)))
    after = now(work, taken)
    assert after.status is PledgeStatus.LIQUIDATED
    assert [one.status for one in after.items] == [
        ItemStatus.SOLD, ItemStatus.RELEASED, ItemStatus.RELEASED
    ]  # fmt: skip
    with work() as uow:
        (back,) = [releases.get_release(uow, one) for one in done.return_release_ids]
    assert (back.recipient_id, len(back.item_ids)) == (PLEDGOR, 2)
    assert_coherent(db)


def test_what_does_not_cover_the_debt_leaves_the_rest_in_pledge(db, work, shop) -> None:
    # 130 g bring 7,149.29 at most; 20 g stay in pledge with what is left of the debt.
    taken = overdue(shop, (130_000, 20_000), per_kg_minor=LOW_MARKET_PER_KG)
    new = a_sale(taken, SaleMethod.DEALER, item_ids=(taken.items[0].item_id,), price_minor=600_000)
    done = approve(shop, ask(shop, new))
    after = now(work, taken)
    assert after.status is PledgeStatus.ACTIVE
    assert [one.status for one in after.items] == [ItemStatus.SOLD, ItemStatus.PLEDGED]
    assert after.fee_monthly_minor == 800
    assert done.shortfall_minor == 700_000 + 42_000 + 10_000 - 600_000
    assert_coherent(db)


def test_the_officer_who_struck_a_lot_does_not_share_out_its_price(db, shop) -> None:
    taken = overdue(shop)
    lot = paid_lot(shop, taken, 820_000)
    new = a_sale(taken, SaleMethod.AUCTION, lot_id=lot.lot_id)
    with pytest.raises(SameHand):
        ask(shop, new, user=CHECKER, instant=CLOSE_AT)
    with pytest.raises((NoAuthority, AboveRoleLimit)):
        ask(shop, new, user=MAKER, instant=CLOSE_AT)
    assert ask(shop, new, user=FINANCE, instant=CLOSE_AT).status is SaleStatus.EXECUTED
    with pytest.raises((LotNotPaid, Conflict)):
        ask(shop, new, user=FINANCE, instant=CLOSE_AT)
    assert_coherent(db)


def test_costs_the_contract_does_not_put_on_the_owner_are_the_creditors(
    db, owner_url, work
) -> None:
    terms = PledgeTerms(has_sale_agency=True, has_owner_custody_costs=True)
    shop = open_shop(work, terms=terms)
    done = approve(shop, ask(shop, a_sale(overdue(shop), SaleMethod.DEALER)))
    assert (done.owner_costs_minor, done.sale_costs_minor, done.surplus_minor) == (
        0,
        10_000,
        78_000,
    )
    assert balance_minor(owner_url, AccountPlace("5900", USD)) == 10_000
    assert_coherent(db)


def test_collection_costs_are_paid_out_of_the_price_by_receipts(db, shop) -> None:
    taken = overdue(shop)
    costs = (Cost(CostKind.COLLECTION, 5_000, "R-2", "The court"),)
    done = approve(shop, ask(shop, a_sale(taken, SaleMethod.DEALER, costs=costs)))
    assert (done.to_collection_minor, done.surplus_minor) == (5_000, 73_000)
    assert_coherent(db)


def test_what_is_recovered_for_another_creditor_is_owed_and_paid_to_him(
    db, owner_url, shop
) -> None:
    debt = OutsideDebt(
        "murabaha", "M-77", "Another house", 700_000, date(2024, 7, 15), False, False
    )
    taken = overdue(shop, loan_minor=None, outside_debt=debt)
    done = approve(shop, ask(shop, a_sale(taken, SaleMethod.DEALER)))
    assert (done.to_principal_minor, done.to_fee_minor, done.surplus_minor) == (
        700_000, 42_000, 68_000,
    )  # fmt: skip
    owed = AccountPlace("2000", USD, subject=taken.contract_id)
    assert balance_minor(owner_url, owed) == -700_000
    with at(shop.work, FINANCE, SALE_AT) as uow:
        assert service.pay_creditor(uow, done.sale_id, reference="T-1").creditor_paid_on
    assert balance_minor(owner_url, owed) == 0
    with pytest.raises(NothingForCreditor), at(shop.work, FINANCE, SALE_AT) as uow:
        service.pay_creditor(uow, done.sale_id, reference="T-1")
    assert_coherent(db)


def test_cash_left_beside_a_pledge_goes_back_when_it_is_sold(db, shop) -> None:
    taken = overdue(shop)
    with at(shop.work, MAKER, SALE_AT) as uow:
        top_ups.receive(uow, taken.contract_id, Money(5_000, USD))
    sold_at_auction(shop, taken, 820_000)
    with at(shop.work, MAKER, SALE_AT) as uow:
        assert top_ups.held_minor(uow, [taken.contract_id]) == {}
    assert_coherent(db)
