"""The pledge book reported, on a small book with figures done by hand.

On 15 January gold is 200.00 a gram. Three pledges are made (value; loan; fee of a month):
  a bar of 50 g of 999.9, 9,999.00; 5,000; 20.00
  a bar of 100 g of 999.9, 19,998.00; 13,000; 40.00
  a chain of 30 g with 2 g of stone, 916: 25.648 g pure, 5,129.60; 3,000; 12.00
and beside them a draft and an approved contract on 10 g each. On 15 February gold is 145.00 and
all are valued anew: 7,249.27, 14,498.55 and 3,718.96, with a month of fee due on each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from sanduq.access import service as access
from sanduq.assets.items.model import ItemKind
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.parties import service as parties
from sanduq.parties.model import Document, NewVerification
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.margin import service as margin
from sanduq.rahnu.contracts.margin.revaluing import Revalue, revalue
from sanduq.rahnu.contracts.margin.top_ups import receive
from sanduq.rahnu.model import ltv_bp
from sanduq.reporting.pledges import service
from sanduq.reporting.pledges.model import By, Waiting
from tests.coherent import assert_coherent
from tests.conftest import INSTITUTION, OTHER_INSTITUTION
from tests.make.counting import CountedDatabase, statements
from tests.make.margins import price
from tests.make.pledges import (
    MAKER,
    PLEDGOR,
    USD,
    Shop,
    a_bar,
    active_pledge,
    approved,
    draft,
    open_shop,
    value,
)

LATER = datetime(2024, 2, 15, 9, tzinfo=UTC)
PAGE = PageRequest(20, None, None)


@dataclass(frozen=True, slots=True)
class Book:
    """The small book: the shop, and its pledges by name."""

    shop: Shop
    small: str
    large: str
    chain: str

    @property
    def ids(self) -> list[str]:
        return [self.small, self.large, self.chain]


@pytest.fixture
def made(work) -> Book:
    """The book on its first day."""
    shop = open_shop(work)
    proofs = ("national_id", "proof_of_address", "income_proof")
    with work() as uow:
        shown = [Document(kind, "seen") for kind in proofs]
        parties.record_verifications(uow, [NewVerification(PLEDGOR, shown)])
    chain = a_bar(
        shop, 30_000, kind=ItemKind.JEWELLERY, stone_weight_mg=2_000, fineness_bp=9_160
    )  # fmt: skip
    book = Book(
        shop,
        active_pledge(shop, [a_bar(shop)], loan_minor=500_000).contract_id,
        active_pledge(shop, [a_bar(shop, 100_000)], loan_minor=1_300_000).contract_id,
        active_pledge(shop, [chain], loan_minor=300_000).contract_id,
    )
    bar = a_bar(shop, 10_000)
    value(shop, bar)
    draft(shop, [bar], loan_minor=100_000)
    approved(shop, [a_bar(shop, 10_000)], loan_minor=50_000)
    return book


@contextmanager
def later(work) -> Iterator:
    with work(MAKER) as uow:
        uow.clock = FixedClock(LATER)
        yield uow


@pytest.fixture
def book(work, made) -> Book:
    """The book a month later, at a lower price."""
    price(work, "145", at=LATER)
    with later(work) as uow:
        for contract_id in made.ids:
            revalue(uow, contract_id, Revalue())
    return made


def test_the_book_tells_number_weight_value_and_claims(work, made):
    with work() as uow:
        report = service.book(uow)
    (total,) = report.totals
    assert (total.pledges, total.things) == (3, 3)
    # 50 + 100 + 30 g; pure 49.995 + 99.99 + 25.648 g
    assert (total.gross_mg, total.fine_mg) == (180_000, 175_633)
    assert total.value_minor == 999_900 + 1_999_800 + 512_960
    assert total.secured_minor == 699_930 + 1_399_860 + 359_072
    assert (total.debt_minor, total.fee_due_minor, total.held_minor) == (2_100_000, 0, 0)
    assert report.parts == []
    # 1,399.86 is what 10 g secure: 1,999.80 at 70%
    assert report.waiting == [
        Waiting(USD, "DRAFT", 1, 139_986, 100_000),
        Waiting(USD, "SHARIAH_APPROVED", 1, 139_986, 50_000),
    ]


def test_a_month_later_fees_are_due_and_values_have_moved(work, book):
    with later(work) as uow:
        (total,) = service.book(uow).totals
    assert total.value_minor == 724_927 + 1_449_855 + 371_896
    assert total.fee_due_minor == 2_000 + 4_000 + 1_200
    assert total.claims_minor == 2_107_200
    assert total.ltv.value == Decimal("0.827431")  # 21,072.00 ÷ 25,466.78


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (By.BRANCH, {("brn_main", 3)}),
        (By.STATUS, {("ACTIVE", 2), ("MARGIN_CALL", 1)}),
        (By.METAL, {("gold", 3)}),
        (By.KIND, {("bar", 2), ("jewellery", 1)}),
    ],
)
def test_parts_of_the_book_add_up_to_the_whole(work, book, by, expected):
    with later(work) as uow:
        report = service.book(uow, by=by)
    assert {(one.key, one.pledges) for one in report.parts} == expected
    (total,) = report.totals
    names = (
        "pledges", "things", "gross_mg", "fine_mg", "value_minor", "secured_minor", "debt_minor",
        "fee_due_minor", "held_minor",
    )  # fmt: skip
    for name in names:
        assert sum(getattr(one, name) for one in report.parts) == getattr(total, name)


def test_a_pledge_of_two_kinds_counts_once_under_mixed(work, made):
    shop = made.shop
    ring = a_bar(shop, 8_000, kind=ItemKind.JEWELLERY, fineness_bp=9_160)
    active_pledge(shop, [a_bar(shop, 10_000), ring], loan_minor=100_000)
    with work() as uow:
        found = {one.key: (one.pledges, one.things) for one in service.book(uow, by=By.KIND).parts}
    assert found == {"bar": (2, 2), "jewellery": (1, 1), "mixed": (1, 2)}


def test_the_figures_are_those_margins_are_called_by(work, book):
    """Every sum equals the sum over the pledges one by one, as the margin room has them."""
    with work(MAKER) as uow:
        uow.clock = FixedClock(LATER)
        receive(uow, book.small, Money(10_000, USD), reason="of her own will")
    with later(work) as uow:
        covers = [margin.standing(uow, one)[1] for one in book.ids]
        (total,) = service.book(uow).totals
        buckets = service.ltv(uow)
        watched = service.watch_list(uow, PAGE).items
    assert total.claims_minor == sum(one.cover.claims_minor for one in covers)
    assert total.fee_due_minor == sum(one.fee_minor for one in covers)
    assert total.value_minor == sum(one.cover.value_minor for one in covers)
    assert total.held_minor == sum(one.cover.held_minor for one in covers) == 10_000
    expected = dict.fromkeys(range(1, 12), 0)
    for one in covers:
        share = Fraction(one.cover.claims_minor * 10, one.cover.cover_minor)
        expected[min(11, max(1, -(-share.numerator // share.denominator)))] += 1
    assert {one.number: one.pledges for one in buckets if one.number} == expected
    by_id = dict(zip(book.ids, covers, strict=True))
    for line in watched:
        mine = by_id[line.contract_id]
        prices = {one.flag: one.price_minor for one in mine.triggers}
        assert line.ltv_bp == mine.cover.ltv_bp
        assert line.call_price_minor == prices["call"]
        assert line.critical_price_minor == prices["critical"]


def test_ratios_lie_in_tenths(work, book):
    with later(work) as uow:
        found = {one.name: one for one in service.ltv(uow)}
    assert list(found) == ["all", *(f"up_to_{n}0" for n in range(1, 11)), "over_100"]
    # 5,020 ÷ 7,249.27 = 69.2%; 3,012 ÷ 3,718.96 = 81.0%; 13,040 ÷ 14,498.55 = 89.9%
    assert {name: one.pledges for name, one in found.items() if one.pledges} == {
        "all": 3, "up_to_70": 1, "up_to_90": 2,
    }  # fmt: skip
    assert found["up_to_90"].claims_minor == 1_304_000 + 301_200
    assert found["up_to_90"].ltv.value == Decimal("0.881130")  # 16,052.00 ÷ 18,217.51
    assert found["up_to_10"].ltv.reason == "no_base"


def test_the_watch_list_goes_by_ratio_and_pages(work, book):
    with later(work) as uow:
        lines = service.watch_list(uow, PAGE).items
        first = service.watch_list(uow, PageRequest(1, None, None))
        numbered = service.watch_list(uow, PageRequest(1, None, 2))
    assert [(one.contract_id, one.flag) for one in lines] == [
        (book.large, "call"), (book.chain, "watch"),
    ]  # fmt: skip
    called, calm = lines
    assert called.ltv_bp == ltv_bp(1_304_000, 1_449_855) == 8_995
    assert (called.called_on, called.cure_by_on) == (date(2024, 2, 15), date(2024, 2, 22))
    assert called.days_left == 7
    # 13,040 ÷ (99.99 g × 0.85) and ÷ (99.99 g × 0.90)
    assert (called.call_price_minor, called.critical_price_minor) == (15_343, 14_490)
    assert (calm.margin_call_id, calm.days_left) == (None, None)
    assert first.items == [called]
    assert first.next_cursor is not None
    assert (numbered.items, numbered.total) == ([calm], 2)
    with later(work) as uow:
        cursor = (datetime(1970, 1, 1, 0, 0, 0, 8_995, tzinfo=UTC), book.large)
        assert service.watch_list(uow, PageRequest(1, cursor, None)).items == [calm]


def test_terms_end_by_month_and_those_over_are_overdue(work, made):
    with work() as uow:
        ends = {contracts.get(uow, one).matures_on for one in made.ids}
        span, found = service.maturities(uow)
    (on,) = ends
    assert (span.from_on, span.to_on) == (date(2024, 1, 15), date(2025, 1, 14))
    assert [(one.bucket, one.pledges, one.debt_minor) for one in found] == [
        (None, 3, 2_100_000), (f"{on:%Y-%m}", 3, 2_100_000),
    ]  # fmt: skip
    with work() as uow:
        uow.clock = FixedClock(datetime(on.year, on.month, on.day + 1, 9, tzinfo=UTC))
        _, found = service.maturities(uow, date(2024, 1, 1), date(2024, 1, 31))
    assert [(one.bucket, one.pledges) for one in found] == [(None, 3), ("overdue", 3)]


def test_a_day_that_cannot_be_told_is_refused(work, made):
    with work() as uow:
        assert service.book(uow, uow.today).as_of == date(2024, 1, 15)
        for day, code in (
            (date(2024, 1, 16), "in_the_future"),
            (date(2024, 1, 14), "not_on_record"),
        ):
            with pytest.raises(ValidationFailed) as refused:
                service.book(uow, day)
            assert refused.value.details[0]["code"] == code
        with pytest.raises(ValidationFailed):
            service.maturities(uow, date(2024, 3, 1), date(2024, 2, 1))
        with pytest.raises(ValidationFailed):
            service.maturities(uow, date(2024, 1, 1), date(2035, 2, 1))
        with pytest.raises(ValidationFailed):
            service.ltv(uow, branch_id="brn_none")


def test_filters_narrow_the_book(work, made):
    with work("user_checker") as uow:
        access.create_branch(uow, name="Second", branch_id="brn_two")
    with work() as uow:
        assert service.book(uow, asset=USD, branch_id="brn_main").totals[0].pledges == 3
        empty = service.book(uow, branch_id="brn_two")
        assert (empty.totals, empty.waiting) == ([], [])
        assert service.ltv(uow, branch_id="brn_two") == []


def test_the_number_of_statements_does_not_grow_with_the_book(owner_url, work, made):
    def sent(db, call):
        with access.work_as(db, INSTITUTION, MAKER, "req_count") as uow:
            return statements(lambda: call(uow))

    reads = [
        lambda uow: service.book(uow, by=By.BRANCH),
        service.maturities,
        service.ltv,
        lambda uow: service.watch_list(uow, PAGE),
        service.vault,
    ]
    with CountedDatabase(owner_url) as db:
        before = [sent(db, one) for one in reads]
        for _ in range(2):
            active_pledge(made.shop, [a_bar(made.shop, 10_000)], loan_minor=50_000)
        assert [sent(db, one) for one in reads] == before
    assert before[:4] == [2, 1, 1, 2]


def test_another_institution_sees_its_own_book_alone(work, made):
    with work(MAKER, OTHER_INSTITUTION) as uow:
        report = service.book(uow)
        assert (report.totals, report.waiting) == ([], [])
        assert service.ltv(uow) == []
        assert service.vault(uow) == []
        assert service.watch_list(uow, PAGE).items == []


def test_the_small_book_is_coherent(db, book):
    assert_coherent(db)
