"""Quotes: what today's board would give, told with all it means; no offer, and time to think."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.sarf.facilities import service, sittings
from sanduq.sarf.facilities.model import FacilityFilters, FacilityStatus, StatedCharge
from sanduq.sarf.facilities.quotes import service as quotes
from sanduq.sarf.facilities.quotes.model import NewQuote, QuotedThing, QuoteFilters
from sanduq.sarf.terms import disclosure
from sanduq.sarf.terms import service as terms_service
from sanduq.shariah import service as shariah
from tests.coherent import assert_coherent
from tests.make.sarf import BUYER, CUSTOMER, USD, a_gold_bar, open_house, valued
from tests.make.sarf_facilities import NOW, QUOTED, created, priced, quoted
from tests.make.sarf_terms import a_ruling, active_terms


@pytest.fixture
def house(work):
    return open_house(work)


def refused(act) -> Refusal:
    with pytest.raises(Refusal) as found:
        act()
    return found.value


def opened(house, facility, at=NOW):
    with house.at(at) as uow:
        return sittings.open_session(uow, facility.facility_id)


def test_a_quote_tells_price_cost_and_times(house, db) -> None:
    one = quoted(house, [a_gold_bar(house)])
    assert (one.market_minor, one.price_minor, one.fine_weight_mg) == (1_000_000, 700_000, 49_950)
    assert one.offer_from == QUOTED + timedelta(hours=24)
    assert one.expires_at == QUOTED + timedelta(hours=72)
    told = {line.code: line.text for line in one.disclosure}
    assert tuple(told) == disclosure.LINE_CODES
    # At today's price 7,500.00, which is 500.00 or 7.14% more; 14.29% and 10.71% a year.
    for part in ("500.00", "7.14%", "14.29%", "10.71%"):
        assert part in told["cost_today"]
    assert_coherent(db)


def test_a_share_is_rounded_up_so_that_the_seller_gets_no_less(house) -> None:
    with house.at() as uow:
        things = (QuotedThing(item_id=None, net_weight_mg=10, fineness_bp=9_160),)
        one = quotes.quote(uow, NewQuote(customer_id=CUSTOMER, asset=USD, stated=things))
    # 10 mg of 916 where a gram of 999 is 200.00: 1.8338; 70% of it 1.2837.
    assert (one.market_minor, one.price_minor, one.fine_weight_mg) == (183, 129, 9)
    dust = (QuotedThing(item_id=None, net_weight_mg=1, fineness_bp=9_990),)
    assert refused(lambda: quoted(house, [], stated=dust)).details[0]["code"] == "no_value"


def test_gold_by_its_weight_or_as_registered_and_only_of_its_owner(house) -> None:
    bar = a_gold_bar(house)
    others = a_gold_bar(house, owner_id=BUYER)
    stated = QuotedThing(item_id=None, net_weight_mg=50_000, fineness_bp=9_990)
    both = quoted(house, [bar], stated=(stated,))
    assert both.price_minor == 1_400_000
    for wrong in ([others], [bar, bar], []):
        assert refused(lambda w=wrong: quoted(house, w)).code == "VALIDATION_ERROR"
    for field, value in (("branch_id", "brn_none"), ("customer_id", "cpty_none")):
        assert refused(lambda f=field, v=value: quoted(house, [bar], **{f: v})).status == 404


def test_scf_17_nothing_is_offered_before_the_time_to_think_is_over(house, db) -> None:
    early = NOW - timedelta(seconds=1)
    priced(house, early)
    bar = valued(house, at=early)
    facility = created(house, quoted(house, [bar]))
    found = refused(lambda: opened(house, facility, early)).details
    assert [(one["rule_id"], one["code"]) for one in found] == [("SCF-17", "SCF_COOLING_OFF")]
    assert found[0]["source"]
    with house.at() as uow:
        assert service.get(uow, facility.facility_id).status is FacilityStatus.QUOTED
    assert opened(house, facility).price_minor == 700_000
    assert_coherent(db)


def test_a_quote_expires_and_serves_once(house, db) -> None:
    bar = valued(house)
    quote = quoted(house, [bar])
    over = quote.expires_at + timedelta(seconds=1)
    assert refused(lambda: created(house, quote, at=over)).code == "QUOTE_EXPIRED"
    facility = created(house, quote)
    priced(house, over)
    assert refused(lambda: opened(house, facility, over)).code == "QUOTE_EXPIRED"
    again = refused(lambda: created(house, quote))
    assert (again.status, again.code) == (409, "CONFLICT")
    assert_coherent(db)


def test_the_price_is_that_of_the_day_of_the_sitting(house, db) -> None:
    bar = a_gold_bar(house)
    facility = created(house, quoted(house, [bar]))
    priced(house, NOW + timedelta(minutes=1), 21_000)
    assert refused(lambda: opened(house, facility)).code in ("GOLD_NOT_VALUED", "NO_PRICE_BOARD")
    assert_coherent(db)


def test_scf_16_every_line_told_is_acknowledged(house, db) -> None:
    quote = quoted(house, [a_gold_bar(house)])
    for line in disclosure.LINE_CODES:
        others = tuple(each for each in disclosure.LINE_CODES if each != line)
        (found,) = refused(lambda o=others: created(house, quote, acknowledged_lines=o)).details
        assert (found["rule_id"], found["observed"]) == ("SCF-16", line)
    assert created(house, quote).status is FacilityStatus.QUOTED
    assert_coherent(db)


def test_srf_20_the_central_banks_paper_is_told_where_it_binds(work, owner_url, db) -> None:
    bind_profile(owner_url, "MY_BNM")
    house = open_house(work)
    quote = quoted(house, [a_gold_bar(house)])
    assert quote.disclosure[-1].code == disclosure.SCOPE_CODE
    found = refused(lambda: created(house, quote)).details
    assert {one["rule_id"] for one in found} == {"SCF-16", "SRF-20"}
    told = (*disclosure.LINE_CODES, disclosure.SCOPE_CODE)
    assert created(house, quote, acknowledged_lines=told).status is FacilityStatus.QUOTED


def bind_profile(owner_url: str, profile: str) -> None:
    with psycopg.connect(owner_url) as connection:
        connection.execute("update access.institution set shariah_profile = %s", (profile,))


@pytest.mark.parametrize(
    ("stated", "rule_id", "code"),
    [
        ({"owner_declaration": " "}, "SCF-18", "SCF_TITLE"),
        ({"stolen_goods_check": ""}, "SCF-18", "SCF_TITLE"),
        (
            {"charges": (StatedCharge(kind="custody", amount=Money(7_000, USD)),)},
            "SCF-11",
            "SCF_CUSTODY_FEE",
        ),
        ({"conditions": ("qard",)}, "SRF-17", "LOAN_TIED_TO_TRADE"),
        ({"debt_references": ("lon_1",)}, "SCF-02", "SCF_DEBT_CREATED"),
    ],
)
def test_what_a_sale_may_not_hang_on_is_refused_by_its_rule(
    house, db, stated, rule_id, code
) -> None:
    quote = quoted(house, [a_gold_bar(house)])
    found = {
        one["rule_id"]: one for one in refused(lambda: created(house, quote, **stated)).details
    }
    assert found[rule_id]["code"] == code
    assert found[rule_id]["source"]
    with house.at() as uow:
        assert not service.search(uow, FacilityFilters(), PageRequest(limit=9)).items
    assert_coherent(db)


def test_items_are_the_customers_own_and_those_he_was_told_of(house) -> None:
    bar, other = a_gold_bar(house), a_gold_bar(house)
    strange = a_gold_bar(house, owner_id=BUYER)
    quote = quoted(house, [bar])
    for ids, code in (
        ((strange.item_id,), "another_owner"),
        ((bar.item_id, other.item_id), "not_quoted"),
        ((bar.item_id, bar.item_id), "doubled_or_none"),
    ):
        why = refused(lambda i=ids: created(house, quote, item_ids=i))
        assert why.details[0]["code"] == code
    assert refused(lambda: created(house, quote, item_ids=("itm_none",))).status == 404
    stated = (QuotedThing(item_id=None, net_weight_mg=50_000, fineness_bp=9_990),)
    by_weight = quoted(house, [], stated=stated)
    assert refused(lambda: created(house, by_weight)).details[0]["code"] == "doubled_or_none"
    assert created(house, by_weight, item_ids=(other.item_id,)).item_ids == (other.item_id,)


def test_srf_19_a_sale_far_below_the_market_without_anothers_quote_is_warned_of(house, db) -> None:
    facility = created(house, quoted(house, [valued(house)]), independent_quote=None)
    session = opened(house, facility)
    with house.at() as uow:
        kept = shariah.list_evaluations(
            uow, PageRequest(limit=100), subject_id=session.session_id, rule_id="SRF-19"
        ).items
    assert [found["severity"] for one in kept for found in map(shown, one.findings)] == ["warn"]
    assert_coherent(db)


def shown(found) -> dict:
    return found if isinstance(found, dict) else found.as_details()


def test_terms_that_are_not_live_quote_and_open_nothing(work, db) -> None:
    house = open_house(work)
    quote = quoted(house, [a_gold_bar(house)])
    new_year = datetime(2025, 1, 2, 10, tzinfo=UTC)  # the ruling has expired by then
    priced(house, new_year)
    bar = a_gold_bar(house)
    assert refused(lambda: quoted(house, [bar], at=new_year)).code == "TERMS_NOT_LIVE"
    with house.at() as uow:
        terms_service.retire(uow, house.terms.terms_id, reason="no more")
    assert refused(lambda: created(house, quote)).code == "TERMS_NOT_LIVE"
    ruling = a_ruling(work, answers=["wafa", "inah"])
    why = refused(lambda: active_terms(work, ruling=ruling))
    assert {one["rule_id"] for one in why.details} == {"SCF-01"}
    assert_coherent(db)


def test_quotes_are_listed_by_customer_newest_first(house) -> None:
    mine = [quoted(house, [a_gold_bar(house)], external_id=f"q{n}") for n in range(2)]
    hers = quoted(house, [a_gold_bar(house, owner_id=BUYER)], customer_id=BUYER)
    with house.at() as uow:
        for filters, wanted in (
            (QuoteFilters(), [hers, *mine[::-1]]),
            (QuoteFilters(customer_id=CUSTOMER), mine[::-1]),
            (QuoteFilters(external_id="q1"), [mine[1]]),
        ):
            found = quotes.list_quotes(uow, filters, PageRequest(limit=9)).items
            assert list(found) == wanted
    assert refused(lambda: quoted(house, [a_gold_bar(house)], external_id="q1")).status == 409
