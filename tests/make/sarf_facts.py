"""A lawful sale of gold, the promise after it, the purchase in its window, and ways to bend them.

50 g of fineness 999 are worth 10,000.00 where a gram of 999 is quoted at 200.00; sold for 7,000.00
on 15 January, promised again from 15 July to 15 September, and bought on 1 August at 210.00: worth
10,500.00 by then, so for no more than 7,875.00.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sanduq.kit.money import currency
from sanduq.sarf.facts import SarfAction, SarfFacts
from sanduq.sarf.facts_exchange import GoldPiece, PossessionFact, PriceFact, SessionFact
from sanduq.sarf.facts_facility import (
    AfterWindow,
    BoardAnswers,
    ContractOneFact,
    ContractTwoFact,
    CoverFact,
    DisclosureFact,
    MonitorFact,
)
from sanduq.sarf.facts_promise import PromiseFact
from sanduq.sarf.model import Leg, PossessionKind, SessionEnd, SessionKind, Window
from sanduq.sarf.rules import CHECKS, evaluate
from sanduq.shariah.facts import PartyCapacity, TemplateApproval
from sanduq.shariah.facts_contracts import Conclusion, Move
from sanduq.shariah.model import Finding, Resolution

MYR = currency("MYR")
SOLD_ON, BOUGHT_ON = date(2026, 1, 15), date(2026, 8, 1)
WINDOW = Window(date(2026, 7, 15), date(2026, 9, 15))
TEN, NOON = datetime(2026, 1, 15, 10, tzinfo=UTC), datetime(2026, 8, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOUSE, CUSTOMER = "cpty_house", "cpty_customer"
FORMULA = "promised_fraction * market_price * weight * fineness"
RULING = Resolution("res_1", frozenset({"GEN-01", "SCF-01"}), date(2025, 1, 1), date(2027, 1, 1))
LINES = ("is_sale", "ownership_passes", "price_received", "may_buy", "difference_borne", "cost")
FINE_MG = 49_950


def bar(item_id: str = "itm_bar", **changes: Any) -> GoldPiece:
    """50 g of 999, by its own number."""
    piece = GoldPiece(
        item_id=item_id, net_weight_mg=50_000, fineness_bp=9_990, fine_tenths=499_500, kind="bar"
    )
    return replace(piece, **changes)


def sitting(kind: SessionKind, at: datetime, price_minor: int) -> SessionFact:
    """Opened and offered at `at`, accepted and closed within the hour."""
    return SessionFact(
        session_id=f"sse_{kind.lower()}",
        kind=kind,
        session_on=at.date(),
        opened_at=at,
        expires_at=at + 4 * HOUR,
        offered_at=at,
        accepted_at=at + 10 * MINUTE,
        accepted_by=CUSTOMER,
        closed_at=at + 30 * MINUTE,
        ended_how=SessionEnd.PARTING,
        price_minor=price_minor,
        price_lock_expires_at=at + 4 * HOUR,
    )


def received(leg: Leg, at: datetime, **changes: Any) -> PossessionFact:
    """One side received, in the hand."""
    is_money = leg is Leg.MONEY
    fact = PossessionFact(
        leg=leg,
        kind=PossessionKind.CASH if is_money else PossessionKind.GOLD_IN_HAND,
        received_at=at,
        received_on=at.date(),
        fine_weight_mg=None if is_money else FINE_MG,
    )
    return replace(fact, **changes)


def conclusion(session: SessionFact) -> Conclusion:
    """The offer and its acceptance."""
    return Conclusion(session.offered_at, session.accepted_at, session.accepted_by)


_FIRST = sitting(SessionKind.PURCHASE, TEN, 7_000_00)
_SECOND = sitting(SessionKind.BUY_BACK, NOON, 7_875_00)

SALE = SarfFacts(
    on=SOLD_ON,
    asset=MYR,
    approval=TemplateApproval(RULING, "words", "words"),
    resolutions=(RULING,),
    purpose_code="gold_sale",
    parties=(PartyCapacity("customer", date(1990, 1, 1), 18),),
    kyc_rank=1,
    kyc_rank_min=1,
    session=_FIRST,
    conclusion=conclusion(_FIRST),
    possessions=(
        received(Leg.GOLD_IN, TEN + 20 * MINUTE),
        received(Leg.MONEY, TEN + 25 * MINUTE, amount_minor=7_000_00),
    ),
    gold_in=(bar(),),
    price=PriceFact(market_minor=10_000_00, has_independent_quote=True),
    board=BoardAnswers(
        resolution=RULING,
        answers=frozenset({"wafa", "inah", "gharar"}),
        approved="words",
        current="words",
    ),
    purchase=ContractOneFact(
        texts=("The seller sells and the institution buys 50 g for 7,000.00, handed over now.",),
        owner_declaration="The gold is mine.",
        stolen_goods_check="police list 2026-01-15",
        waited_hours=24,
    ),
    monitor=MonitorFact(sample=20, same_piece_bp=3_000, take_up_bp=7_000, at_cap_bp=9_500),
    disclosure=DisclosureFact(version="2026.1", lines=LINES, acknowledged=frozenset(LINES)),
    disclosures_acknowledged=frozenset({("SRF-20", "2026.1")}),
)
"""Contract 1, closed."""

PROMISE = PromiseFact(
    promisors=(HOUSE,),
    promisee_id=CUSTOMER,
    text="The institution alone promises to sell. The customer is not bound to buy.",
    formula=FORMULA,
    cap_bp=7_500,
    issued_at=TEN + HOUR,
    is_own_document=True,
    purchase_on=SOLD_ON,
    purchase_closed_at=TEN + 30 * MINUTE,
    is_purchase_closed=True,
    gap_months_min=6,
    opens_on=WINDOW.opens_on,
    closes_on=WINDOW.closes_on,
    fine_mg=FINE_MG,
    sold_fine_mg=FINE_MG,
)

BUYING = replace(
    SALE,
    on=BOUGHT_ON,
    session=_SECOND,
    conclusion=conclusion(_SECOND),
    possessions=(
        received(Leg.MONEY, NOON + 20 * MINUTE, amount_minor=7_875_00),
        received(Leg.GOLD_OUT, NOON + 25 * MINUTE),
    ),
    gold_in=(),
    gold_out=(bar("itm_other"),),
    price=None,
    purchase=None,
    promise=PROMISE,
    second=ContractTwoFact(
        on=BOUGHT_ON,
        market_minor=10_500_00,
        cap_bp=7_500,
        price_minor=7_875_00,
        fine_mg=FINE_MG,
        remaining_fine_mg=FINE_MG,
        text="The institution sells 50 g for 7,875.00, handed over now.",
        session_id=_SECOND.session_id,
        first_session_id=_FIRST.session_id,
        first_on=SOLD_ON,
    ),
    moves=(
        Move("itm_bar", CUSTOMER, HOUSE, SOLD_ON, 7_000_00),
        Move("itm_bar", HOUSE, CUSTOMER, BOUGHT_ON, 7_875_00),
    ),
    after=AfterWindow(window=WINDOW, ended_on=None),
    cover=CoverFact(free_fine_mg=60_000, promised_fine_mg=FINE_MG),
    messages=("You may, if you like, buy up to 50 g from us. You owe nothing.",),
)
"""Contract 2, closed, with all that goes with the promise."""

_SWAP = sitting(SessionKind.EXCHANGE, NOON, 0)
SWAP = replace(
    BUYING,
    session=_SWAP,
    conclusion=conclusion(_SWAP),
    possessions=(
        received(Leg.GOLD_IN, NOON + 20 * MINUTE),
        received(Leg.GOLD_OUT, NOON + HOUR / 3),
    ),
    gold_in=(bar("itm_old"),),
    gold_out=(bar("itm_new"),),
    promise=None,
    second=None,
    moves=(),
)
"""50 g of fine gold for as much, from one hand to the other."""

AT_SECOND = frozenset(
    {
        SarfAction.PROMISE, SarfAction.ASK, SarfAction.OPEN_SECOND, SarfAction.CLOSE_SECOND,
        SarfAction.RESALE, SarfAction.LAPSE, SarfAction.MESSAGE, SarfAction.REVALUE,
    }
)  # fmt: skip


def facts_of(action: SarfAction) -> SarfFacts:
    """The lawful facts that an action is judged by."""
    if action is SarfAction.EXCHANGE:
        return SWAP
    return BUYING if action in AT_SECOND else SALE


def with_part(facts: SarfFacts, part: str, **changes: Any) -> SarfFacts:
    """The facts with some fields of one of their parts changed."""
    bent: dict[str, Any] = {part: replace(getattr(facts, part), **changes)}
    return replace(facts, **bent)


def findings_of(rule_id: str, facts: SarfFacts) -> list[Finding]:
    """What one rule finds."""
    return CHECKS[rule_id](facts)


def codes_of(rule_id: str, facts: SarfFacts) -> list[str]:
    """The codes one rule refuses with."""
    return [each.code for each in findings_of(rule_id, facts)]


def codes(facts: SarfFacts, action: SarfAction) -> set[str]:
    """The codes of everything an action finds that no resolution settles."""
    return {
        finding.code
        for outcome in evaluate(facts, action)
        for finding in outcome.findings
        if finding.resolution_id is None
    }
