"""One exchange: both sides at once, at a known price, on no condition (SRF)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sanduq.kit.money import currency
from sanduq.sarf.facts import SarfAction
from sanduq.sarf.facts_exchange import AgentFact, PartDelivery
from sanduq.sarf.model import Leg, PossessionKind, SessionEnd
from sanduq.shariah.facts import Condition, ContractKind, PaymentTerms
from tests.make.sarf_facts import (
    BUYING,
    DAY,
    HOUR,
    MINUTE,
    SALE,
    SWAP,
    TEN,
    codes,
    codes_of,
    findings_of,
    received,
    with_part,
)

GOLD, MONEY = SALE.possessions


def receiving(*possessions, facts=SALE):
    return replace(facts, possessions=possessions)


@pytest.mark.parametrize(
    "late",
    [
        replace(
            MONEY, received_at=TEN + DAY, received_on=MONEY.received_on + DAY
        ),  # credited later
        replace(MONEY, received_on=MONEY.received_on + DAY),  # of another day
        replace(MONEY, received_at=TEN + 31 * MINUTE),  # after closing
        replace(MONEY, received_at=TEN + 9 * MINUTE),  # before the acceptance
        replace(MONEY, session_id="sse_other"),  # in another sitting
    ],
)
def test_srf_01_a_side_received_outside_the_sitting_is_not_spot(late):
    assert codes_of("SRF-01", SALE) == []
    assert set(codes_of("SRF-01", receiving(GOLD, late))) == {"SARF_NOT_SPOT"}


@pytest.mark.parametrize("side", [GOLD, MONEY])
def test_srf_01_both_sides_are_there_at_the_closing(side):
    (found,) = findings_of("SRF-01", receiving(side))
    assert found.observed == "not received"
    still_open = with_part(receiving(side), "session", closed_at=None)
    assert codes_of("SRF-01", still_open) == []


def test_srf_01_a_sitting_on_the_stroke_of_one_instant_is_one_sitting():
    """A clock that stands still gives every step the same instant."""
    at = TEN + 10 * MINUTE
    facts = with_part(SALE, "session", opened_at=at, offered_at=at, closed_at=at)
    facts = receiving(replace(GOLD, received_at=at), replace(MONEY, received_at=at), facts=facts)
    assert codes_of("SRF-01", facts) == []


@pytest.mark.parametrize(
    "change",
    [
        {"offered_at": TEN - MINUTE},
        {"accepted_at": None},
        {"closed_at": TEN},
        {"expires_at": TEN + 20 * MINUTE},
    ],
)
def test_srf_01_the_steps_follow_one_another_before_the_sitting_expires(change):
    assert "SARF_NOT_SPOT" in codes_of("SRF-01", with_part(SALE, "session", **change))


def test_srf_01_and_srf_08_refuse_what_has_no_sitting():
    facts = replace(SALE, session=None)
    assert codes_of("SRF-01", facts) == ["SARF_NOT_SPOT"]
    assert codes_of("SRF-08", facts) == ["GOLD_DEFERRED"]
    assert codes_of("SRF-03", facts) == ["SARF_PRICE_UNKNOWN"]


def test_srf_01_gold_for_gold_needs_money_only_for_a_service():
    facts = replace(SWAP, service_fee_minor=5_00, service_cost_minor=5_00)
    assert codes_of("SRF-01", facts) == ["SARF_NOT_SPOT"]
    paid = received(Leg.MONEY, SWAP.possessions[0].received_at, amount_minor=5_00)
    assert codes(replace(facts, possessions=(*SWAP.possessions, paid)), SarfAction.CLOSE) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"price_minor": None},
        {"price_minor": 0},
        {"price_lock_expires_at": None},
        {"price_lock_expires_at": TEN + 9 * MINUTE},
    ],
)
def test_srf_03_the_price_is_known_and_still_stands_at_the_acceptance(change):
    assert codes_of("SRF-03", with_part(SALE, "session", **change)) == ["SARF_PRICE_UNKNOWN"]
    assert codes_of("SRF-03", SWAP) == []


@pytest.mark.parametrize(
    "change",
    [
        {"has_option": True},
        {"conditions": ("if the bank agrees",)},
        {"effective_on": date(2026, 1, 16)},
    ],
)
def test_srf_04_no_option_no_condition_and_no_other_day(change):
    assert codes_of("SRF-04", with_part(SALE, "session", **change)) == ["SARF_CONDITIONAL"]
    same_day = with_part(SALE, "session", effective_on=date(2026, 1, 15))
    assert codes_of("SRF-04", same_day) == []


def test_srf_05_a_part_delivered_does_not_make_the_whole_valid():
    facts = receiving(GOLD, replace(MONEY, amount_minor=3_500_00))
    (found,) = findings_of("SRF-05", facts)
    assert (found.code, found.observed, found.limit) == ("SARF_PARTIAL", "3500.00", "7000.00")
    half = replace(GOLD, fine_weight_mg=24_975)
    assert codes_of("SRF-05", receiving(half, MONEY)) == ["SARF_PARTIAL"]


def test_srf_05_an_exchange_divided_keeps_its_share_of_the_price():
    """Half of 49.95 g of fine gold for half of 7,000.00; the rest is void."""
    facts = receiving(replace(GOLD, fine_weight_mg=24_975), replace(MONEY, amount_minor=3_500_00))
    part = PartDelivery(
        valid_fine_mg=24_975, valid_minor=3_500_00, void_fine_mg=24_975, void_minor=3_500_00
    )
    assert codes_of("SRF-05", replace(facts, part=part)) == []
    unequal = replace(part, valid_minor=3_500_01, void_minor=3_499_99)
    assert codes_of("SRF-05", replace(facts, part=unequal)) != []


@pytest.mark.parametrize(
    ("kind", "reference", "passes"),
    [
        (PossessionKind.CASH, None, True),
        (PossessionKind.BANK_CREDIT_SAME_DAY, "FPX-1", True),
        (PossessionKind.BANK_CREDIT_SAME_DAY, None, False),
        (PossessionKind.CERTIFIED_CHEQUE, "CHQ-1", True),
        (PossessionKind.CARD_PAYMENT, "", False),
        (PossessionKind.GOLD_IN_HAND, None, False),
        ("promissory_note", "PN-1", False),
        ("post_dated_cheque", "CHQ-2", False),
    ],
)
def test_srf_06_money_is_received_in_a_way_that_is_possession(kind, reference, passes):
    facts = receiving(GOLD, replace(MONEY, kind=kind, reference=reference))
    assert codes_of("SRF-06", facts) == ([] if passes else ["SARF_POSSESSION_KIND"])


def test_srf_06_the_terms_may_allow_fewer_ways_and_what_cannot_be_drawn_is_not_received():
    by_card = receiving(GOLD, replace(MONEY, kind=PossessionKind.CARD_PAYMENT, reference="AUTH-1"))
    assert codes_of("SRF-06", by_card) == []
    in_hand = frozenset({PossessionKind.CASH, PossessionKind.GOLD_IN_HAND})
    fewer = replace(by_card, possession_kinds=in_hand)
    assert codes_of("SRF-06", fewer) == ["SARF_POSSESSION_KIND"]
    blocked = receiving(GOLD, replace(MONEY, is_disposable=False))
    assert codes_of("SRF-06", blocked) == ["SARF_POSSESSION_KIND"]


@pytest.mark.parametrize("terms", ["forward", "instalments", "credit", ""])
def test_srf_08_neither_side_is_deferred(terms):
    facts = with_part(SALE, "session", payment_terms=terms)
    assert codes_of("SRF-08", facts) == ["GOLD_DEFERRED"]


def test_srf_09_an_agent_shows_authority_and_buys_anew_what_he_keeps():
    agent = AgentFact(agent_id="cpty_son", principal_id="cpty_c", authority_document_id="POA-7")
    assert codes_of("SRF-09", replace(SALE, agent=agent)) == []
    bad = (
        replace(agent, authority_document_id=None),
        replace(agent, has_delivery_before_parting=False),
        replace(agent, is_for_himself=True),
    )
    for each in bad:
        assert codes_of("SRF-09", replace(SALE, agent=each)) == ["SARF_AGENT"]
    bought_anew = replace(agent, is_for_himself=True, has_second_contract=True)
    assert codes_of("SRF-09", replace(SALE, agent=bought_anew)) == []


def test_srf_11_one_exchange_names_no_other():
    named = with_part(SALE, "session", refers_to=("wad_1",))
    assert codes_of("SRF-11", named) == ["SARF_IN_SARF"]
    worded = with_part(SALE, "purchase", texts=("The seller may buy it back.",))
    assert codes_of("SRF-11", worded) == ["SARF_IN_SARF"]


def test_srf_16_a_debt_cleared_by_exchange_leaves_no_residue():
    day = date(2026, 1, 15)
    paid = PaymentTerms(currency("USD"), day, agreed_on=day, rate_on=day)
    assert codes_of("SRF-16", replace(SALE, payment=paid)) == []
    for bad in (
        replace(paid, residue_minor=1),
        replace(paid, rate_on=day - timedelta(days=1)),
        replace(paid, has_prior_clause=True),
    ):
        assert codes_of("SRF-16", replace(SALE, payment=bad)) == ["SARF_DEBT_RESIDUE"]


def test_srf_17_no_loan_on_condition_of_trade():
    tied = replace(SALE, conditions=(Condition(ContractKind.QARD, ContractKind.SARF),))
    assert codes_of("SRF-17", tied) == ["LOAN_TIED_TO_TRADE"]
    assert codes(tied, SarfAction.OPEN) >= {"LOAN_TIED_TO_TRADE"}
    assert codes_of("SRF-17", replace(SALE, ties=("loan_1",))) == ["LOAN_TIED_TO_TRADE"]


def test_srf_21_how_a_sitting_ended_is_on_record():
    assert codes_of("SRF-21", with_part(SALE, "session", ended_how=SessionEnd.MUTUAL_WAIVER)) == []
    for how in (None, "timeout"):
        facts = with_part(SALE, "session", ended_how=how)
        assert codes_of("SRF-21", facts) == ["SARF_SESSION_END"]


def test_gen_02_and_wad_02_nothing_comes_about_without_an_acceptance():
    unaccepted = replace(BUYING, conclusion=replace(BUYING.conclusion, accepted_by=None))
    assert codes(unaccepted, SarfAction.CLOSE_SECOND) >= {"WAD_AUTO_EXECUTED"}
    assert codes_of("GEN-02", unaccepted) != []


def test_gen_07_the_same_thing_back_within_half_a_year_is_for_the_board():
    moves = (BUYING.moves[0], replace(BUYING.moves[1], on=date(2026, 7, 1)))
    assert codes_of("GEN-07", replace(BUYING, moves=moves)) != []
    assert codes_of("GEN-07", BUYING) == []


def test_a_side_received_is_judged_before_the_other_came():
    """What is received first is judged by itself; an hour later the sitting has expired."""
    facts = with_part(receiving(GOLD), "session", closed_at=None)
    assert codes(facts, SarfAction.RECEIVE) == set()
    late = replace(GOLD, received_at=TEN + 5 * HOUR)
    assert codes(replace(facts, possessions=(late,)), SarfAction.RECEIVE) == {"SARF_NOT_SPOT"}
