"""Many hands on one fund at the same moment: never more is drawn than there is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from sanduq.api import registry
from sanduq.funds.endowments import income, service
from sanduq.funds.pools import service as pools
from sanduq.funds.pools.model import Origin, SourceKind
from sanduq.kit.db import Database, UnitOfWork, retrying
from sanduq.kit.errors import FundsInsufficient, Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.capital import add_capital
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from tests.coherent import assert_coherent
from tests.conftest import Work
from tests.make.serving import at_once
from tests.make.waqf import (
    USD,
    a_cash_waqf,
    active_pool,
    active_waqf,
    earned,
    filled,
    giving,
    usd,
    waqf_people,
)

THREADS = 16
DRAWN = usd(70)  # of 1,000.00 fourteen draws fit, and 20.00 stay


@pytest.fixture(autouse=True)
def people(work: Work) -> None:
    registry.wire()
    waqf_people(work)


def outcome(work: Work, user_id: str, act: Callable[[UnitOfWork], object]) -> str | None:
    """The refusal of one command in its own committed unit of work, or nothing."""

    def once() -> None:
        with work(user_id) as uow:
            act(uow)

    try:
        retrying(once)
    except Refusal as refused:
        return refused.code
    return None


def drawn_at_once(
    work: Work, user_id: str, act: Callable[[UnitOfWork, int], object]
) -> list[str | None]:
    """What each of many at once was answered."""
    return at_once(
        [
            partial(outcome, work, user_id, partial(_numbered, act, number))
            for number in range(THREADS)
        ]
    )


def _numbered(act: Callable[[UnitOfWork, int], object], number: int, uow: UnitOfWork) -> object:
    return act(uow, number)


def lend(pool_id: str, uow: UnitOfWork, number: int) -> None:
    """One loan out of the pool, as the rooms of loans pay it."""
    source = pools.choose_source(uow, pool_id, DRAWN)
    claim = AccountPlace("1120", USD, source.fund, f"qrd_{number}")
    ledger.open_accounts(uow, [claim])
    entries = (debit(claim, DRAWN.amount_minor), credit(source.cash, DRAWN.amount_minor))
    ledger.post(uow, [Journal(new_id("jrn"), "qard.disbursed", uow.today, entries)])


def test_loans_at_once_never_draw_more_than_a_source_holds(work: Work, db: Database) -> None:
    wqf_id = active_waqf(work)
    pool_id = active_pool(work)
    filled(work, pool_id, SourceKind.WAQF_CORPUS, usd(1_000), wqf_id)
    answers = drawn_at_once(work, "user_maker", partial(lend, pool_id))
    assert answers.count(None) == 14
    assert set(answers) == {None, FundsInsufficient.code}
    with work() as uow:
        state = pools.get_pool(uow, pool_id)
    assert (state.available_minor, state.lent_minor) == (20_00, 14 * DRAWN.amount_minor)
    assert_coherent(db)


def test_income_distributed_and_spent_at_once_never_exceeds_what_came(
    work: Work, db: Database
) -> None:
    """Half of them distribute, half spend through the door other rooms use."""
    wqf_id = active_waqf(work, a_cash_waqf(nazir_pay=None))
    earned(work, wqf_id, usd(1_000))
    fund = f"waqf:{wqf_id}"

    def use(uow: UnitOfWork, number: int) -> None:
        if number % 2:
            income.distribute(uow, wqf_id, giving(DRAWN))
            return
        service.require_purpose(uow, wqf_id, "absorb_default", amount=DRAWN)
        entries = (
            debit(AccountPlace("3110", USD, fund), DRAWN.amount_minor),
            credit(AccountPlace("1000", USD, fund), DRAWN.amount_minor),
        )
        ledger.post(uow, [Journal(new_id("jrn"), "test.spent", uow.today, entries)])

    answers = drawn_at_once(work, "user_finance", use)
    assert answers.count(None) == 14
    assert set(answers) == {None, FundsInsufficient.code}
    with work() as uow:
        stands = service.get_endowment(uow, wqf_id).standing
    assert stands.undistributed_minor == 20_00
    assert stands.cash_minor == 10_020_00
    assert_coherent(db)


def test_the_corpus_is_never_placed_with_pools_twice(work: Work, db: Database) -> None:
    """10,000.00 of corpus and 5,000.00 of income lie in one account: only the corpus is placed."""
    wqf_id = active_waqf(work, a_cash_waqf(nazir_pay=None))
    earned(work, wqf_id, usd(5_000))
    pool_ids = [active_pool(work) for _ in range(4)]
    origin = Origin(SourceKind.WAQF_CORPUS, endowment_id=wqf_id)

    def place(uow: UnitOfWork, number: int) -> None:
        pools.place_capital(uow, pool_ids[number % 4], origin, usd(900))

    answers = drawn_at_once(work, "user_finance", place)
    assert answers.count(None) == 11
    assert set(answers) == {None, FundsInsufficient.code}
    with work() as uow:
        placed = sum(pools.get_pool(uow, pool_id).capital_minor for pool_id in pool_ids)
    assert placed == 9_900_00
    assert_coherent(db)


def test_capital_withdrawn_and_lent_at_once_is_one_or_the_other(work: Work, db: Database) -> None:
    with work() as uow:
        add_capital(uow, usd(1_000), "brn_main")
    pool_id = active_pool(work)
    filled(work, pool_id, SourceKind.OWN, usd(1_000))

    def move(uow: UnitOfWork, number: int) -> None:
        if number % 2:
            pools.withdraw_capital(uow, pool_id, 1, DRAWN)
        else:
            lend(pool_id, uow, number)

    answers = drawn_at_once(work, "user_finance", move)
    assert answers.count(None) == 14
    assert set(answers) == {None, FundsInsufficient.code}
    with work() as uow:
        state = pools.get_pool(uow, pool_id)
        branch = AccountPlace("1000", USD, subject="brn_main").account_id
        back = Money(ledger.get_balance(uow, branch).debit_minor, USD)
    assert state.available_minor == 20_00
    assert state.capital_minor + back.amount_minor == 1_000_00
    assert_coherent(db)
