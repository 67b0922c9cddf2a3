"""The whole book valued in one statement against the same worked out pledge by pledge."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanduq.assets.model import GRADES, Metal
from sanduq.assets.price_boards.model import BoardStatus, PriceBoard, PriceMethod, QuotedUnit
from sanduq.assets.price_boards.model import value_minor as worth
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.rahnu.contracts import store as contracts_store
from sanduq.rahnu.contracts.margin import store
from sanduq.rahnu.contracts.margin.flagging import covers_of
from sanduq.rahnu.contracts.margin.model import (
    FLAGS,
    RANK,
    Cover,
    Metalled,
    flag_after,
    thresholds,
    triggers,
)
from sanduq.rahnu.contracts.model import MarginFlag
from sanduq.rahnu.model import secured_amount_minor
from sanduq.rahnu.templates.model import PledgeTerms
from tests.conftest import NOW, Work
from tests.make.pledge_book import USD, PledgeSpec, ThingSpec, enter
from tests.make.pledges import MAKER, Shop, open_shop

TERMS = PledgeTerms()
GRADE = st.sampled_from(GRADES[Metal.GOLD])
MINOR = st.integers(0, 5_000_000)
FLAG = st.sampled_from(FLAGS)
DAY = st.dates(date(2023, 8, 1), date(2024, 1, 31))


@st.composite
def things(draw: st.DrawFn) -> ThingSpec:
    gross = draw(st.integers(100, 300_000))
    stones = draw(st.integers(0, gross - 1))
    fineness = draw(st.none() | GRADE)
    return ThingSpec(gross, stones, fineness, draw(st.integers(0, 3_000_000)))


@st.composite
def pledges(draw: st.DrawFn) -> PledgeSpec:
    principal = draw(st.integers(1, 5_000_000))
    days = sorted(draw(st.lists(DAY, max_size=3, unique=True)))
    top_up = draw(st.integers(0, 500_000))
    moved = (top_up, -draw(st.integers(1, top_up))) if top_up and draw(st.booleans()) else (top_up,)
    return PledgeSpec(
        things=tuple(draw(st.lists(things(), min_size=1, max_size=3))),
        debt=draw(st.sampled_from(("qard", "outside"))),
        principal_minor=principal,
        paid_minor=draw(st.integers(0, principal)),
        segments=tuple((day, draw(st.integers(0, 50_000))) for day in days),
        fee_paid_minor=draw(st.sampled_from((0, 1, 999, 40_000))),
        fee_until_on=draw(st.none() | DAY),
        top_ups=tuple(one for one in moved if one),
        flag=draw(FLAG),
    )


@st.composite
def boards(draw: st.DrawFn) -> PriceBoard:
    price = st.integers(1_000_000, 40_000_000)
    if draw(st.booleans()):
        method, grades = PriceMethod.FINE_PRICE, {draw(GRADE): draw(price)}
    else:
        method, grades = PriceMethod.PER_GRADE, draw(st.dictionaries(GRADE, price, min_size=1))
    return PriceBoard(
        price_board_id=new_id("pbd"), metal=Metal.GOLD, asset=USD, method=method, grades=grades,
        quoted_unit=QuotedUnit.GRAM, effective_at=NOW, source="market", observed_at=NOW,
        spike_explanation=None, status=BoardStatus.PUBLISHED, decided_at=NOW,
        decided_by="user_checker", decision_reason=None, external_id=None, metadata={},
        created_at=NOW, created_by="user_maker",
    )  # fmt: skip


@pytest.fixture
def shop(work: Work) -> Shop:
    return open_shop(work)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    specs=st.lists(pledges(), min_size=1, max_size=6),
    board=boards(),
    haircut_bp=st.sampled_from((0, 1, 250, 1_000)),
    days=st.integers(0, 250),
)
def test_the_book_is_valued_as_each_pledge_alone_would_be(
    shop: Shop, specs: list[PledgeSpec], board: PriceBoard, haircut_bp: int, days: int
) -> None:
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(NOW + timedelta(days=days))
        with uow.connection.transaction():
            ids = enter(uow, shop, specs)
            expected = _by_hand(uow, ids, board, haircut_bp)
            run_id = new_id("rvr")
            changes = store.revalue_book(uow, run_id, board, haircut_bp, uow.today)
            moved = {one.contract_id: (one.before, one.after, one.cover) for one in changes}
            assert moved == {
                contract_id: (before, after, cover)
                for contract_id, (before, after, cover) in expected.items()
                if before is not after
            }
            _assert_written(uow, expected, board, run_id)
            raise psycopg.Rollback


def _by_hand(
    uow: UnitOfWork, ids: list[str], board: PriceBoard, haircut_bp: int
) -> dict[str, tuple[MarginFlag, MarginFlag, Cover]]:
    """Every pledge with gold under it, valued by the functions a single pledge is valued by."""
    contracts = contracts_store.load(uow, ids)
    covers = covers_of(uow, list(contracts.values()))
    found = {}
    for contract_id, contract in contracts.items():
        if all(one.item.metal is Metal.NONE for one in contract.items):
            continue
        value = 0
        for one in contract.items:
            fineness = one.item.fineness_bp
            is_priced = fineness is not None and (
                board.method is PriceMethod.FINE_PRICE or fineness in board.grades
            )
            if is_priced and fineness is not None:
                value += worth(board, one.item.net_weight_mg, fineness, haircut_bp)
            else:
                value += one.value_minor
        before = covers[contract_id]
        cover = Cover(before.claims_minor, max(1, value), before.held_minor)
        after = flag_after(contract.margin_flag, cover, TERMS)
        found[contract_id] = (contract.margin_flag, after, cover)
    return found


def _assert_written(
    uow: UnitOfWork,
    expected: dict[str, tuple[MarginFlag, MarginFlag, Cover]],
    board: PriceBoard,
    run_id: str,
) -> None:
    after = contracts_store.load(uow, list(expected))
    for contract_id, (_, _, cover) in expected.items():
        contract = after[contract_id]
        assert contract.appraised_minor == cover.value_minor
        assert contract.secured_minor == secured_amount_minor(cover.value_minor, contract.ltv_bp)
        assert max(1, sum(one.value_minor for one in contract.items)) == cover.value_minor
    rows = uow.all(
        "select contract_id, new_value_minor, claims_minor, held_minor, flag_after,"
        " price_board_id from rahnu.revaluation where run_id = %s",
        run_id,
    )
    assert {row[0]: tuple(row[1:]) for row in rows} == {
        contract_id: (
            cover.value_minor, cover.claims_minor, cover.held_minor, str(flag),
            board.price_board_id,
        )
        for contract_id, (_, flag, cover) in expected.items()
    }  # fmt: skip
    run = store.get_run(uow, run_id)
    assert run is not None
    assert run.pledge_count == len(expected)
    assert run.new_value_minor == sum(cover.value_minor for _, _, cover in expected.values())


COVER = st.builds(Cover, MINOR, MINOR, MINOR)


@given(before=FLAG, cover=COVER)
def test_a_flag_that_stands_is_not_moved_by_looking_again(before: MarginFlag, cover: Cover) -> None:
    once = flag_after(before, cover, TERMS)
    assert flag_after(once, cover, TERMS) is once


@given(before=FLAG, cover=COVER, more=st.integers(1, 1_000_000))
def test_more_cover_never_raises_a_flag(before: MarginFlag, cover: Cover, more: int) -> None:
    better = Cover(cover.claims_minor, cover.value_minor, cover.held_minor + more)
    assert RANK[flag_after(before, better, TERMS)] <= RANK[flag_after(before, cover, TERMS)]


@given(before=FLAG, cover=COVER)
def test_a_flag_is_never_below_the_share_it_names(before: MarginFlag, cover: Cover) -> None:
    after = flag_after(before, cover, TERMS)
    for flag, threshold_bp in thresholds(TERMS):
        if cover.reaches(threshold_bp):
            assert RANK[after] >= RANK[flag]
        if RANK[after] >= RANK[flag]:
            assert cover.reaches(threshold_bp - TERMS.hysteresis_bp)


@given(claims=st.integers(1, 10_000_000), fine_tenths=st.integers(10_000, 10_000_000), held=MINOR)
def test_at_its_trigger_price_a_flag_is_as_good_as_reached(
    claims: int, fine_tenths: int, held: int
) -> None:
    """The price is shown to a minor unit, so the share it gives is off by no more than that."""
    metal = Metalled(fine_tenths, 0)
    for one in triggers(Cover(claims, 0, held), metal, TERMS):
        if one.price_minor is None:
            continue
        value = fine_tenths * one.price_minor // 10_000
        slack = fine_tenths // 10_000 + 1
        assert Cover(claims, max(0, value - slack), held).reaches(one.threshold_bp)
        assert not Cover(claims, value + slack + 1, held).reaches(one.threshold_bp)
