"""Promises and gold at any price: what is booked is a loss, covers what it should, and no more."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from sanduq.kit.money import currency
from sanduq.sarf.facts import MonitorFact, SarfFacts
from sanduq.sarf.monitors.model import ALWAYS, MonitorFigures
from sanduq.sarf.position import postings
from sanduq.sarf.position.model import (
    OwnGold,
    cost_to_fulfil_minor,
    missing_mg,
    provision_target_minor,
    share_used_minor,
    write_down_target_minor,
)
from sanduq.sarf.position.prices import price_of
from sanduq.sarf.position.promises.model import (
    NOTHING,
    Cover,
    PromiseGroup,
    break_even_gram_minor,
    exposure,
    exposure_line,
    onerous_minor,
)
from sanduq.sarf.position.revaluations.model import (
    MeasuredPiece,
    MeasuredPromise,
    is_month_end,
    targets,
)
from sanduq.sarf.price_formula import promised_price_minor, read_price_formula
from sanduq.sarf.terms.model import STANDARD_FORMULA, FacilityTerms
from tests.make.sarf_facts import findings_of

USD = currency("USD")
SETTINGS = FacilityTerms(institution_party_id="cpty_house")
WEIGHT = st.integers(1, 5_000_000)
MINOR = st.integers(0, 10**9)
PER_KG = st.integers(1, 10**9)
FINENESS = st.sampled_from([9_999, 9_990, 9_160, 7_500, 10_000])
CAP = st.integers(1, 10_000)


@st.composite
def books(draw: st.DrawFn) -> tuple[list[MeasuredPromise], list[MeasuredPiece]]:
    """Facilities with promises and pieces, and pieces of no facility."""
    names = [f"srf_{number}" for number in range(draw(st.integers(0, 3)))]
    promises = [
        MeasuredPromise(
            facility_id=name, remaining_mg=draw(st.integers(0, 200_000)), cap_bp=draw(CAP),
            price_formula=STANDARD_FORMULA, provision_minor=draw(MINOR),
        )
        for name in names
    ]  # fmt: skip
    pieces = []
    for number in range(draw(st.integers(0, 5))):
        net, fineness = draw(st.integers(10, 200_000)), draw(FINENESS)
        pieces.append(
            MeasuredPiece(
                piece_id=f"pce_{number}", facility_id=draw(st.sampled_from([None, *names])),
                net_weight_mg=net, fineness_bp=fineness, fine_weight_mg=net * fineness // 10_000,
                cost_minor=draw(MINOR), written_down_minor=0,
            )
        )  # fmt: skip
    return promises, pieces


@given(provision=MINOR, bought=WEIGHT, remaining=WEIGHT, cost=MINOR)
@example(provision=25_000, bought=49_950, remaining=49_950, cost=700_000)
def test_what_a_purchase_uses_is_never_more_than_is_there_or_than_the_gold_stands_at(
    provision: int, bought: int, remaining: int, cost: int
) -> None:
    used = share_used_minor(provision, bought, remaining, cost)
    assert 0 <= used <= min(provision, cost)
    if bought >= remaining:
        assert used == min(provision, cost)
    else:
        assert used * remaining <= provision * bought


@given(provision=MINOR, parts=st.lists(WEIGHT, min_size=1, max_size=6))
def test_purchases_that_use_a_promise_up_use_its_whole_provision(
    provision: int, parts: list[int]
) -> None:
    left, remaining = provision, sum(parts)
    for part in parts:
        left -= share_used_minor(left, part, remaining, 10**12)
        remaining -= part
    assert left == 0


@given(remaining=WEIGHT, own=WEIGHT, cost=MINOR, missing_value=MINOR)
def test_own_gold_counts_at_cost_and_only_for_what_the_promise_has_left(
    remaining: int, own: int, cost: int, missing_value: int
) -> None:
    gold = OwnGold(own, cost)
    missing = missing_value if missing_mg(remaining, gold) else 0
    found = cost_to_fulfil_minor(remaining, gold, missing)
    if own <= remaining:
        assert found == cost + missing
    else:
        exact = Fraction(cost * remaining, own)
        assert exact <= found < exact + 1


@given(cost=MINOR, market=MINOR, sale=st.integers(0, 10_000), own=WEIGHT, data=st.data())
def test_a_piece_is_never_written_down_below_nothing_or_up_above_cost(
    cost: int, market: int, sale: int, own: int, data: st.DataObject
) -> None:
    free = data.draw(st.integers(0, own))
    down = write_down_target_minor(cost, market, sale, free_mg=free, own_mg=own)
    assert 0 <= down <= cost
    if free == 0 or market * (10_000 - sale) // 10_000 >= cost:
        assert down == 0
    if free == own:
        assert down == max(0, cost - market * (10_000 - sale) // 10_000)


@given(book=books(), per_kg=PER_KG, sale=st.integers(0, 1_000))
def test_a_run_books_losses_only_and_a_higher_price_never_books_more(
    book: tuple[list[MeasuredPromise], list[MeasuredPiece]], per_kg: int, sale: int
) -> None:
    promises, pieces = book
    low = targets(promises, pieces, price_of(USD, per_kg, 9_990), sale)
    high = targets(promises, pieces, price_of(USD, per_kg * 2, 9_990), sale)
    cost = {one.piece_id: one.cost_minor for one in pieces}
    assert all(0 <= low.write_downs[one] <= cost[one] for one in cost)
    assert all(high.write_downs[one] <= low.write_downs[one] + 1 for one in cost)
    owned = {one.facility_id for one in pieces}
    for one in promises:
        assert low.provisions[one.facility_id] >= 0
        own_mg = sum(p.fine_weight_mg for p in pieces if p.facility_id == one.facility_id)
        if one.facility_id in owned and own_mg >= one.remaining_mg:
            # Gold enough of its own: nothing has to be bought at the market.
            assert high.provisions[one.facility_id] <= low.provisions[one.facility_id]


@given(book=books(), per_kg=PER_KG)
def test_what_moves_is_one_journal_that_balances(
    book: tuple[list[MeasuredPromise], list[MeasuredPiece]], per_kg: int
) -> None:
    promises, pieces = book
    due = targets(promises, pieces, price_of(USD, per_kg, 9_990), 0)
    moved = {
        one.facility_id: due.provisions[one.facility_id] - one.provision_minor for one in promises
    }
    down = sum(due.write_downs.values())
    journal = postings.revalued(USD, moved, down, date(2024, 1, 31), "srv_1")
    if journal is None:
        assert not any(moved.values())
        assert down == 0
        return
    assert sum(entry.amount_minor for entry in journal.entries) == 0
    assert all(entry.amount_minor != 0 for entry in journal.entries)


@given(fine=WEIGHT, per_kg=PER_KG, quoted=FINENESS, cap=CAP)
@example(fine=49_950, per_kg=20_000_000, quoted=9_990, cap=7_500)
def test_the_cap_is_reckoned_like_the_formula_it_stands_for(
    fine: int, per_kg: int, quoted: int, cap: int
) -> None:
    price = price_of(USD, per_kg, quoted)
    by_formula = promised_price_minor(
        read_price_formula(STANDARD_FORMULA), [(fine, 10_000)], price.pure_gram, cap, 2
    )
    assert price.promised_minor(fine, STANDARD_FORMULA, cap) == by_formula
    halved = "promised_fraction * market_price * weight * fineness / 2"
    assert price.promised_minor(fine, halved, cap) <= by_formula


OWN, NONE = OwnGold(49_950, 700_000), OwnGold(0, 0)


def _group(remaining: int = 49_950, own: OwnGold = OWN, count: int = 1) -> PromiseGroup:
    return PromiseGroup(
        cap_bp=7_500, price_formula=STANDARD_FORMULA, remaining_mg=remaining, own=own, count=count
    )


def test_50_grams_of_999_at_7000_break_even_at_186_67() -> None:
    found = exposure([_group()], USD, [18_000_000, 20_000_000, 21_000_000], 9_990, "pbd_1")
    assert found.break_even_gram_minor == Fraction(56_000, 3)  # 186.666...
    # 180: 6,750 - 7,000; 200: 7,500; 210: 7,875.
    assert [one.result_minor for one in found.lines] == [-25_000, 50_000, 87_500]


def test_promises_without_gold_have_no_price_at_which_they_break_even() -> None:
    assert break_even_gram_minor([_group(own=NONE)], 9_990) is None
    line = exposure_line([_group(own=NONE)], price_of(USD, 20_000_000, 9_990))
    assert line.result_minor == 750_000 - 1_000_000


@given(
    groups=st.lists(
        st.builds(
            _group,
            remaining=st.integers(1, 100_000),
            own=st.builds(OwnGold, st.integers(1, 100_000), st.integers(1, 10**7)),
            count=st.integers(1, 3),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_above_the_break_even_price_all_promises_together_bring_what_they_cost(
    groups: list[PromiseGroup],
) -> None:
    even = break_even_gram_minor(groups, 9_990)
    if even is None or even > 10**10:
        return
    promises = sum(one.count for one in groups)
    above = price_of(USD, int(even * 1_000) + 1_000, 9_990)
    below = price_of(USD, max(1, int(even * 1_000) - 1_000), 9_990)
    assert exposure_line(groups, above).result_minor >= -promises  # each is rounded down
    assert exposure_line(groups, below).result_minor <= promises
    if exposure_line(groups, below).result_minor < -2 * promises:
        assert onerous_minor(groups, below) > 0


@given(parts=st.lists(st.builds(Cover, WEIGHT, WEIGHT, WEIGHT, WEIGHT), max_size=4))
def test_cover_is_short_by_exactly_what_would_make_it_whole(parts: list[Cover]) -> None:
    total = sum(parts, NOTHING)
    assert total.is_covered == (total.shortfall_mg == 0)
    filled = total + Cover(total.shortfall_mg, 0, 0, 0)
    assert filled.is_covered
    assert (total.ratio.value is None) == (total.promised_mg == 0)


COUNT = st.integers(0, 200)


@st.composite
def seen(draw: st.DrawFn) -> MonitorFigures:
    ended, purchases, pieces = draw(COUNT), draw(COUNT), draw(COUNT)
    same = draw(st.integers(0, pieces))
    return MonitorFigures(
        period=ALWAYS, ended=ended, taken_up=draw(st.integers(0, ended)), purchases=purchases,
        at_cap=draw(st.integers(0, purchases)), pieces=pieces, same_pieces=same,
        same_bags=draw(st.integers(0, same)), own_name_bags=draw(st.integers(0, 1)),
        debt_texts=draw(st.integers(0, 1)),
    )  # fmt: skip


@given(found=seen())
def test_signs_are_for_the_board_when_two_are_over_their_limits(found: MonitorFigures) -> None:
    shares = [
        (found.taken_up, found.ended, found.ended, 9_000),
        (found.at_cap, found.purchases, found.purchases, 9_000),
        (found.same_pieces, found.pieces, found.purchases, 5_000),
        (found.same_bags, found.pieces, found.purchases, 5_000),
    ]
    is_over = [
        sample >= 10 and whole > 0 and Fraction(part, whole) > Fraction(limit, 10_000)
        for part, whole, sample, limit in shares
    ]
    # A bag that bears a name and bags that never changed are one and the same sign.
    signs = sum(is_over[:3]) + (is_over[3] or found.own_name_bags > 0) + (found.debt_texts > 0)
    assert _is_for_the_board(found.fact(SETTINGS)) == (signs >= 2)


def _is_for_the_board(monitor: MonitorFact) -> bool:
    facts = SarfFacts(on=date(2024, 1, 15), asset=USD, monitor=monitor)
    return bool(findings_of("SCF-13", facts))


def test_a_single_purchase_is_no_sign_of_anything() -> None:
    found = MonitorFigures(
        period=ALWAYS, ended=12, taken_up=1, purchases=1, at_cap=1, pieces=1, same_pieces=1,
        same_bags=1, own_name_bags=0, debt_texts=0,
    )  # fmt: skip
    assert not _is_for_the_board(found.fact(SETTINGS))


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
@example(day=date(2024, 2, 29))
@example(day=date(2023, 2, 28))
def test_a_month_ends_on_one_day(day: date) -> None:
    assert is_month_end(day) == (day.toordinal() + 1 == _first_of_next(day).toordinal())


def _first_of_next(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def test_a_provision_is_the_loss_and_nothing_where_there_is_none() -> None:
    assert provision_target_minor(700_000, 675_000) == 25_000
    assert provision_target_minor(700_000, 750_000) == 0
