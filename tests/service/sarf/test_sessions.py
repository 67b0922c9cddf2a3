"""One exchange in one sitting: both sides or neither, and one journal that holds gold and money."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from sanduq.access import service as access
from sanduq.assets.model import Metal
from sanduq.custody.model import Basis
from sanduq.custody.register import service as register
from sanduq.kit.errors import (
    Forbidden,
    FundsInsufficient,
    LimitExceeded,
    NotFound,
    ValidationFailed,
)
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace
from sanduq.sarf.model import Leg
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.pieces.model import INVENTORY, PieceStatus
from sanduq.sarf.postings import GOLD
from sanduq.sarf.sessions import closing, receiving, service
from sanduq.sarf.sessions.errors import (
    LegMissing,
    NotValuedToday,
    SessionChanged,
    SessionExternalIdTaken,
    SessionState,
)
from sanduq.sarf.sessions.model import SessionFilters, SessionStatus
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.counting import CountedDatabase, statements
from tests.make.sarf import (
    BUYER,
    CHECKER,
    CUSTOMER,
    FINE_MG,
    HOUSE,
    MAKER,
    PRICE,
    USD,
    a_gold_bar,
    accepted,
    bagged,
    bought,
    closed,
    gold_received,
    hang_gold_board,
    in_cash,
    in_hand,
    open_house,
    opened,
    paid,
    valued,
)

NOW = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def house(work):
    return open_house(work)


def codes(refused) -> set[str]:
    return {each["code"] for each in refused.value.details}


def balance(house, code: str, asset=USD, subject: str | None = None) -> int:
    with house.at() as uow:
        place = AccountPlace(code, asset, subject=subject)
        return ledger.get_balance(uow, place.account_id).debit_minor


def standing(house, session):
    with house.at() as uow:
        return service.get(uow, session.session_id)


def test_gold_and_money_pass_in_one_journal_whose_two_assets_each_balance(house, db) -> None:
    session = bought(house)
    assert session.status is SessionStatus.CLOSED
    assert (session.price_minor, session.market_minor) == (PRICE, 1_000_000)
    with house.at() as uow:
        (journal,) = ledger.list_journals(uow, PageRequest(), reference=session.session_id).items
    assert journal.journal_id == session.journal_id
    lines = {(one.code, str(one.asset)): one.amount_minor for one in journal.entries}
    assert lines == {
        ("1210", "USD/2"): PRICE, ("1000", "USD/2"): -PRICE,
        ("1210", "XAU/3"): FINE_MG, ("1290", "XAU/3"): -FINE_MG,
    }  # fmt: skip
    sums: Counter[str] = Counter()
    for one in journal.entries:
        sums[str(one.asset)] += one.amount_minor
    assert set(sums.values()) == {0}
    assert_coherent(db)


def test_gold_bought_lies_as_inventory_under_the_name_of_the_institution(house, db) -> None:
    session = bought(house)
    item_id = session.pieces[0].item_id
    with house.at() as uow:
        (lying,) = register.load_holdings(uow, [item_id]).values()
        piece = pieces.owned(uow, [item_id])[item_id]
    assert (lying.owner_id, lying.subject_id, lying.basis) == (HOUSE, INVENTORY, Basis.OWN)
    assert (piece.status, piece.cost_minor, piece.fine_weight_mg) == (
        PieceStatus.HELD, PRICE, FINE_MG,
    )  # fmt: skip
    # What custody vouches for is what the books hold, to the milligram.
    assert lying.fine_weight_mg == balance(house, "1210", GOLD) == FINE_MG
    assert_coherent(db)


def test_nothing_is_owed_by_anybody_after_a_purchase(house) -> None:
    bought(house)
    with house.at() as uow:
        codes_used = {line.code for line in ledger.trial_balance(uow, uow.today)}
    assert codes_used == {"1000", "1210", "1290", "3000"}


@pytest.mark.parametrize("leg", [Leg.GOLD_IN, Leg.MONEY])
def test_a_sitting_does_not_close_while_a_side_is_missing(house, leg, db) -> None:
    bar = valued(house)
    session = opened(house, [bar.item_id])
    accepted(house, session)
    if leg is Leg.MONEY:
        bagged(house, session, [bar])
        gold_received(house, session)
    else:
        paid(house, session)
    with pytest.raises(LegMissing, match=str(leg)) as refused:
        closed(house, session)
    assert refused.value.details[0]["rule_id"] == "SRF-01"
    after = standing(house, session)
    assert (after.status, after.missing_legs) == (SessionStatus.ACCEPTED, (leg,))
    assert after.journal_id is None
    assert_coherent(db)


def test_only_its_owner_sells_a_thing_valued_within_the_day(house) -> None:
    with pytest.raises(ValidationFailed, match="only its owner"):
        opened(house, [valued(house, owner_id=BUYER).item_id])
    with pytest.raises(NotValuedToday):
        opened(house, [a_gold_bar(house).item_id])
    bar = valued(house)
    hang_gold_board(house.work, at=NOW + timedelta(hours=26))
    with pytest.raises(NotValuedToday):
        opened(house, [bar.item_id], at=NOW + timedelta(hours=26))
    with pytest.raises(ValidationFailed):
        opened(house, [bar.item_id, bar.item_id])
    with pytest.raises(NotFound):
        opened(house, ["itm_nobody"])


def test_silver_is_not_sold_as_gold(house) -> None:
    coin = a_gold_bar(house, metal=Metal.SILVER)
    with pytest.raises(ValidationFailed, match="only gold"):
        opened(house, [coin.item_id])


def test_authority_is_asked_at_every_step(house) -> None:
    bar = valued(house)
    with pytest.raises(Forbidden):
        opened(house, [bar.item_id], user_id="user_finance")
    session = opened(house, [bar.item_id])
    acts = [
        lambda uow: service.accept(uow, session.session_id, accepted_by_id=CUSTOMER),
        lambda uow: receiving.receive_gold(uow, session.session_id, in_hand()),
        lambda uow: receiving.receive_money(uow, session.session_id, in_cash(PRICE)),
        lambda uow: closing.close(uow, session.session_id, owner_id=HOUSE),
    ]
    for act in acts:
        with house.at(user_id="user_finance") as uow, pytest.raises(Forbidden):
            act(uow)


def test_a_dealer_buys_up_to_his_limit(house) -> None:
    # 3 kg of 999 are worth 600,000.00; a dealer may take 500,000.00.
    bar = valued(house, 3_000_000)
    with pytest.raises(LimitExceeded):
        opened(house, [bar.item_id])
    assert opened(house, [bar.item_id], user_id=CHECKER).price_minor == 42_000_000


def test_a_purchase_beyond_the_cash_at_hand_leaves_no_half_effect(work, db) -> None:
    house = open_house(work, capital="6999")
    bar = valued(house)
    session = opened(house, [bar.item_id])
    accepted(house, session)
    bagged(house, session, [bar])
    gold_received(house, session)
    paid(house, session)
    with pytest.raises(FundsInsufficient):
        closed(house, session)
    assert standing(house, session).status is SessionStatus.ACCEPTED
    with house.at() as uow:
        assert pieces.owned(uow, [bar.item_id]) == {}
        (lying,) = register.load_holdings(uow, [bar.item_id]).values()
    assert (lying.owner_id, lying.subject_id) == (CUSTOMER, session.session_id)
    assert_coherent(db)


def test_what_was_read_before_it_changed_changes_nothing(house) -> None:
    session = opened(house, [valued(house).item_id], external_id="S-1")
    after = accepted(house, session)
    assert after.etag != session.etag
    with house.at() as uow, pytest.raises(SessionChanged):
        receiving.receive_money(uow, session.session_id, in_cash(PRICE), etag=session.etag)
    with pytest.raises(SessionExternalIdTaken):
        opened(house, [valued(house).item_id], external_id="S-1")
    with house.at() as uow, pytest.raises(SessionState):
        service.accept(uow, session.session_id, accepted_by_id=CUSTOMER)


def test_a_price_far_below_the_market_waits_for_the_board(house) -> None:
    bar = valued(house)
    with pytest.raises(ShariahViolation) as refused:
        opened(house, [bar.item_id], price_minor=PRICE - 1)
    assert codes(refused) == {"GHABN_FAHISH"}


def test_what_several_pieces_cost_adds_up_to_the_price(house, db) -> None:
    bars = [valued(house, weight) for weight in (10_000, 10_000, 13_370)]
    session = bought(house, bars)
    with house.at() as uow:
        found = pieces.owned(uow, [one.item_id for one in bars])
    assert sum(one.cost_minor for one in found.values()) == session.price_minor
    assert sum(one.fine_weight_mg for one in found.values()) == balance(house, "1210", GOLD)
    assert balance(house, "1210") == session.price_minor
    assert_coherent(db)


def test_two_sittings_in_two_currencies_of_day_keep_their_own_price(house, db) -> None:
    first = bought(house)
    hang_gold_board(house.work, 21_000_000, at=TOMORROW)
    second = bought(house, at=TOMORROW)
    assert (first.price_minor, second.price_minor) == (700_000, 735_000)
    assert balance(house, "1210") == 1_435_000
    assert balance(house, "1000", subject=house.branch_id) == 10_000_000 - 1_435_000
    assert_coherent(db)


def test_another_institution_knows_none_of_it(house, work) -> None:
    session = opened(house, [valued(house).item_id])
    with work(MAKER, "inst_other") as uow:
        with pytest.raises(NotFound):
            service.get(uow, session.session_id)
        assert service.search(uow, SessionFilters(), PageRequest()).items == []


def test_a_list_takes_as_many_queries_however_long_it_is(house, owner_url) -> None:
    for _ in range(3):
        accepted(house, opened(house, [valued(house, 1_000).item_id]))
    with CountedDatabase(owner_url) as counted:

        def list_them(limit: int) -> None:
            with access.work_as(counted, "inst_test", MAKER, "req_count") as uow:
                page = service.search(uow, SessionFilters(), PageRequest(limit=limit))
                assert len(page.items) == min(limit, 3)

        list_them(1)
        assert statements(lambda: list_them(1)) == statements(lambda: list_them(100))
