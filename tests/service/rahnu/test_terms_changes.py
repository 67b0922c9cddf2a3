"""Extending and renewing: more time, never more debt, and no fee lent anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Conflict, Forbidden
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.obligations import service as obligations
from sanduq.obligations.errors import ScheduleDatesInvalid
from sanduq.rahnu.contracts import store as contracts_store
from sanduq.rahnu.contracts.errors import PledgeStateRefuses, PledgeStepMissing
from sanduq.rahnu.contracts.life.payments.model import PayPledge
from sanduq.rahnu.contracts.life.payments.service import repay
from sanduq.rahnu.contracts.margin.revaluing import Revalue, revalue
from sanduq.rahnu.contracts.model import Contract, OutsideDebt, OwnLoan, PledgeStatus
from sanduq.rahnu.contracts.terms.errors import NothingToExtend
from sanduq.rahnu.contracts.terms.model import Extend, Renew, TermKind
from sanduq.rahnu.contracts.terms.service import extend, list_changes, renew
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.conftest import NOW, Work
from tests.make.margins import LOAN_MINOR, pledge, price, told
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

PAGE = PageRequest(20, None, None)
JUNE, JULY = datetime(2024, 6, 15, 10, tzinfo=UTC), datetime(2024, 7, 15, 10, tzinfo=UTC)
DECEMBER = datetime(2024, 12, 16, 10, tzinfo=UTC)


@pytest.fixture
def shop(work: Work) -> Shop:
    return open_shop(work)


def money(major: int) -> Money:
    return Money(major * 100, USD)


def at(uow: UnitOfWork, instant: datetime) -> UnitOfWork:
    uow.clock = FixedClock(instant)
    return uow


def extended(shop: Shop, contract_id: str, asked: Extend, on: datetime = JUNE) -> Contract:
    with shop.work(CHECKER) as uow:
        return extend(at(uow, on), contract_id, asked)


def test_an_extension_moves_the_days_and_adds_nothing(shop: Shop) -> None:
    """5 months of custody at 20.00 are 100.00; 5,000.00 stays 5,000.00 (ARN-01, DEF-09)."""
    made = active_pledge(shop)
    assert made.matures_on == date(2024, 7, 15)
    after = extended(shop, made.contract_id, Extend(6, money(100), "harvest is late"))
    assert after.matures_on == date(2025, 1, 15)
    assert (after.extension_count, after.renewal_count) == (1, 0)
    assert (after.fee_accrued_minor, after.fee_paid_minor) == (10_000, 10_000)
    with shop.work(CHECKER) as uow:
        at(uow, JUNE)
        assert made.debt_id is not None
        debt = obligations.get(uow, made.debt_id).debt
        assert (debt.outstanding_minor, debt.schedule.total_minor) == (500_000, 500_000)
        assert debt.schedule.due_on == (date(2025, 1, 15),)
        assert debt.schedule.version == 2
        (change,) = list_changes(uow, made.contract_id, PAGE).items
        assert_coherent(uow)
    assert (change.kind, change.number, change.months) == (TermKind.EXTENSION, 1, 6)
    assert (change.fee_paid_minor, change.paid_minor) == (10_000, 0)
    assert told(shop.work, "rahnu.contract.extended")[0]["matures_on"] == "2025-01-15"


def test_custody_fee_is_settled_before_and_never_lent(shop: Shop) -> None:
    """RHN-33: 100.00 of custody is due; 99.00 of it paid leaves the pledge as it was."""
    made = active_pledge(shop)
    for payment in (None, money(99)):
        with pytest.raises(PledgeStepMissing, match="RHN-33"):
            extended(shop, made.contract_id, Extend(6, payment))
    assert pledge(shop.work, made.contract_id) == made


def test_what_is_paid_beyond_the_fee_lowers_the_debt(shop: Shop) -> None:
    made = active_pledge(shop)
    extended(shop, made.contract_id, Extend(3, money(1_100)))
    with shop.work(CHECKER) as uow:
        at(uow, JUNE)
        assert made.debt_id is not None
        assert obligations.get(uow, made.debt_id).debt.outstanding_minor == 400_000
        assert_coherent(uow)


def test_instalments_not_paid_move_on_together(shop: Shop) -> None:
    made = active_pledge(shop, loan_minor=None, loan=OwnLoan(money(3_000), 3))
    with shop.work(MAKER) as uow:
        repay(at(uow, JUNE), made.contract_id, PayPledge(money(1_100)))
    extended(shop, made.contract_id, Extend(2))
    with shop.work(CHECKER) as uow:
        at(uow, JUNE)
        assert made.debt_id is not None
        debt = obligations.get(uow, made.debt_id).debt
    assert debt.schedule.due_on == (date(2024, 5, 15), date(2024, 8, 15), date(2024, 9, 15))
    assert debt.outstanding_minor == 200_000


def test_no_more_extensions_than_the_template_allows(shop: Shop) -> None:
    made = active_pledge(shop)
    with pytest.raises(ShariahViolation) as refusal:
        extended(shop, made.contract_id, Extend(7, money(100)))
    assert {found["rule_id"] for found in refusal.value.details} == {"ARN-01"}
    extended(shop, made.contract_id, Extend(6, money(100)))
    with pytest.raises(ShariahViolation):
        extended(shop, made.contract_id, Extend(1))


def test_a_day_that_has_passed_is_no_extension(shop: Shop) -> None:
    made = active_pledge(shop)
    with pytest.raises(ScheduleDatesInvalid):
        extended(shop, made.contract_id, Extend(1, money(230)), DECEMBER)


def test_extending_needs_authority_and_a_debt(shop: Shop) -> None:
    made = active_pledge(shop)
    with shop.work("user_finance") as uow, pytest.raises(Forbidden):
        extend(uow, made.contract_id, Extend(1))
    with shop.work(MAKER) as uow:
        repay(uow, made.contract_id, PayPledge(money(5_000)))
    with pytest.raises(Conflict) as refusal:
        extended(shop, made.contract_id, Extend(1))
    assert isinstance(refusal.value, NothingToExtend | PledgeStateRefuses)
    waiting = approved(shop, loan_minor=100_000)
    with pytest.raises(PledgeStateRefuses):
        extended(shop, waiting.contract_id, Extend(1))


def test_a_debt_elsewhere_is_extended_by_its_creditor_first(shop: Shop) -> None:
    """ARN-01: our pledge follows the creditor's own statement of the new day."""
    owed = OutsideDebt("qard", "REF-1", "The fund", 400_000, date(2024, 7, 15), False, False)
    made = active_pledge(shop, loan_minor=None, outside_debt=owed)
    with pytest.raises(PledgeStepMissing, match="creditor's own agreement"):
        extended(shop, made.contract_id, Extend(3, money(100)))
    stated = replace(owed, due_on=date(2024, 10, 20))
    with shop.work(MAKER) as uow:
        contracts_store.update(uow, made.contract_id, outside_debt=stated)
    after = extended(shop, made.contract_id, Extend(3, money(100)))
    assert after.matures_on == date(2024, 10, 20)


def renewable(shop: Shop) -> tuple[Contract, str]:
    """A pledge extended once, with its only bar valued on the day of renewal."""
    bar = a_bar(shop)
    made = active_pledge(shop, [bar])
    extended(shop, made.contract_id, Extend(5, money(100)))
    price(shop.work, "200", at=DECEMBER)
    return made, value(shop, bar, at=DECEMBER)


def renewed(shop: Shop, contract_id: str, asked: Renew) -> Contract:
    with shop.work(CHECKER) as uow:
        return renew(at(uow, DECEMBER), contract_id, asked)


def test_a_renewal_lends_what_was_owed_and_no_more(shop: Shop) -> None:
    """From 15 June to 16 December: 6 months and a day of 31 at 20.00 are 120.64."""
    made, valuation_id = renewable(shop)
    with pytest.raises(PledgeStepMissing, match="RHN-33"):
        renewed(shop, made.contract_id, Renew(6, is_disclosure_acknowledged=True))
    paid = Money(12_064 + 100_000, USD)
    after = renewed(shop, made.contract_id, Renew(6, paid, is_disclosure_acknowledged=True))
    assert after.matures_on == date(2025, 6, 16)
    assert (after.extension_count, after.renewal_count, after.term_months) == (0, 1, 6)
    assert after.items[0].valuation_id == valuation_id
    with shop.work(CHECKER) as uow:
        at(uow, DECEMBER)
        assert made.debt_id is not None
        debt = obligations.get(uow, made.debt_id).debt
        assert debt.outstanding_minor == 400_000
        assert debt.schedule.due_on[-1] == date(2025, 6, 16)
        change = list_changes(uow, made.contract_id, PAGE).items[0]
        assert_coherent(uow)
    assert (change.kind, change.paid_minor) == (TermKind.RENEWAL, 100_000)
    assert change.outstanding_minor == 400_000
    assert len(told(shop.work, "rahnu.contract.renewed")) == 1


def test_a_renewal_is_disclosed_anew(shop: Shop) -> None:
    made, _ = renewable(shop)
    with pytest.raises(ShariahViolation) as refusal:
        renewed(shop, made.contract_id, Renew(6, Money(12_064, USD)))
    assert "DIS-05" in {found["rule_id"] for found in refusal.value.details}


def test_extensions_come_before_a_renewal(shop: Shop) -> None:
    made = active_pledge(shop)
    with pytest.raises(PledgeStepMissing, match="its extension"):
        renewed(shop, made.contract_id, Renew(6))


def test_a_renewal_needs_a_valuation_of_the_day(shop: Shop) -> None:
    bar = a_bar(shop)
    made = active_pledge(shop, [bar])
    extended(shop, made.contract_id, Extend(5, money(100)))
    with pytest.raises(PledgeStepMissing, match="RHN-30"):
        renewed(shop, made.contract_id, Renew(6, Money(12_064, USD)))


def test_a_renewal_stays_within_the_ratio(shop: Shop) -> None:
    """At 140.00 the bar is worth 6,999.30 and secures 4,899.51; 5,000.00 is owed."""
    bar = a_bar(shop)
    made = active_pledge(shop, [bar])
    extended(shop, made.contract_id, Extend(5, money(100)))
    price(shop.work, "140", at=DECEMBER)
    value(shop, bar, at=DECEMBER)
    asked = Renew(6, Money(12_064, USD), is_disclosure_acknowledged=True)
    with pytest.raises(ShariahViolation) as refusal:
        renewed(shop, made.contract_id, asked)
    assert {found["rule_id"] for found in refusal.value.details} == {"RHN-31"}
    enough = Renew(6, Money(12_064 + 10_049, USD), is_disclosure_acknowledged=True)
    assert renewed(shop, made.contract_id, enough).secured_minor == 489_951


def test_a_part_payment_with_an_extension_ends_a_margin_call(shop: Shop) -> None:
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    price(shop.work, "160")
    with shop.work(MAKER) as uow:
        assert revalue(uow, made.contract_id, Revalue()).status is PledgeStatus.MARGIN_CALL
    after = extended(shop, made.contract_id, Extend(1, money(300)), NOW + timedelta(hours=1))
    assert after.status is PledgeStatus.ACTIVE
