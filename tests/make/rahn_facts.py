"""A lawful pledge through its whole course, and ways to bend it.

A bar of 100 g, fineness 999.9, valued at 7,500.00 and pledged at 0.70 for a qard of 5,250.00; its
custody costs 28.00 a month and 25.00 is charged. When the debt of 5,250.00 and a fee of 100.00
stays unpaid, the bar is sold for 7,500.00, and 2,050.00 is its owner's after costs of 100.00.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sanduq.kit.money import currency
from sanduq.rahnu.facts import (
    DepositBasis,
    DepositFact,
    Extension,
    Licence,
    PledgeDisclosure,
    RahnAction,
    RahnFacts,
    Renewal,
)
from sanduq.rahnu.facts_pledge import (
    BookEntry,
    Cancellation,
    ClauseText,
    CostKind,
    CreditorRank,
    DeathEvent,
    FeeFact,
    FeeSample,
    Growth,
    HeldForOther,
    JoinedContract,
    LossFact,
    LossFault,
    Movement,
    ObligationKind,
    OwnerCost,
    PartySide,
    PledgedItem,
    Possession,
    Release,
    Replacement,
    SecuredObligation,
    TakafulFact,
    ValuationFact,
)
from sanduq.rahnu.facts_sale import (
    BidFact,
    FeeEnd,
    LiquidationConsent,
    Lot,
    NoticeFact,
    NoticeKind,
    SaleChannel,
    SaleFact,
    ShortfallFact,
    SurplusFact,
    Unclaimed,
    UnclaimedFate,
)
from sanduq.rahnu.model import waterfall
from sanduq.rahnu.rules import CHECKS, evaluate
from sanduq.rahnu.templates.model import PledgeTerms
from sanduq.shariah.facts import DebtorState, PartyCapacity, PaymentTerms, TemplateApproval
from sanduq.shariah.facts_contracts import Insurance
from sanduq.shariah.model import Finding, Resolution, Severity

USD = currency("USD")
TODAY, DUE_ON = date(2026, 3, 1), date(2026, 2, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CREDITOR, PLEDGOR = "cpty_institution", "cpty_borrower"
APPROVED = Resolution("res_1", frozenset({"GEN-01"}), date(2025, 1, 1), date(2027, 1, 1))
TERMS = PledgeTerms(
    has_sale_agency=True,
    has_owner_sale_costs=True,
    has_owner_custody_costs=True,
    cross_pledge_months=3,
)
BAR = PledgedItem(
    item_id="itm_bar",
    description="Gold bar 999.9",
    net_weight_mg=100_000,
    fineness_bp=9_999,
    has_photo=True,
    marks="PAMP 123456",
    is_lawful=True,
    owner_id=PLEDGOR,
)
VALUED = ValuationFact(
    item_id="itm_bar",
    gross_weight_mg=100_000,
    stone_weight_mg=0,
    other_weight_mg=0,
    net_weight_mg=100_000,
    fineness_bp=9_999,
    method="xrf",
    price_source="board",
    priced_at=NOON - 2 * HOUR,
    valued_at=NOON - HOUR,
    valuer_id="user_valuer",
    second_officer_id="user_second",
    value_minor=7_500_00,
)
HELD = Possession(
    at=NOON - 2 * HOUR,
    place="Vault 1",
    seal_numbers=("S-1",),
    weight_mg=100_000,
    fineness_bp=9_999,
    officers=("user_a", "user_b"),
)
FEE = FeeFact(
    names=frozenset({"weight", "item_count"}),
    monthly_minor=25_00,
    cost_monthly_minor=28_00,
    samples=(FeeSample("bar of 100 g", 25_00, 25_00),),
    expression="20 * item_count + 0.05 * weight",
)
NOTICES = (
    NoticeFact(NoticeKind.REMINDER, DUE_ON - 14 * DAY, "sms-1"),
    NoticeFact(NoticeKind.MATURITY, DUE_ON, "sms-2"),
    NoticeFact(NoticeKind.DEFAULT, DUE_ON + 7 * DAY, "post-1"),
    NoticeFact(
        NoticeKind.AUCTION,
        TODAY - 14 * DAY,
        "post-2",
        sale_on=TODAY,
        place="Main branch",
        reserve_minor=6_750_00,
        payoff_minor=5_350_00,
    ),
)
SALE = SaleFact(
    channel=SaleChannel.AUCTION,
    market_minor=7_500_00,
    reference_at=NOON - 3 * HOUR,
    price_minor=7_500_00,
    reserve_minor=6_750_00,
    sale_at=NOON,
    sold_at=NOON,
    announced_at=NOON - 14 * DAY,
    auctioneer_licence="L-9",
    is_licence_required=True,
    buyer_id="cpty_buyer",
    lots=(Lot("itm_bar", 7_500_00),),
    needed_minor=5_450_00,
)
PLEDGE = RahnFacts(
    on=TODAY,
    at=NOON,
    asset=USD,
    approval=TemplateApproval(APPROVED, "hash-1", "hash-1"),
    purpose_code="gold_pledge",
    prohibited_codes=frozenset({"alcohol"}),
    parties=(PartyCapacity("pledgor", date(1990, 5, 17), 18),),
    kyc_rank=2,
    kyc_rank_min=1,
    payment=PaymentTerms(USD, TODAY),
    debtor_state=DebtorState.SOLVENT_DELAYING,
    outstanding_minor=5_250_00,
    contract_id="rhn_1",
    creditor_id=CREDITOR,
    pledgor_id=PLEDGOR,
    made_on=date(2025, 8, 1),
    terms=TERMS,
    clauses=(ClauseText("en", "The pledge never becomes the property of the institution."),),
    joined=frozenset(JoinedContract),
    obligation=SecuredObligation(ObligationKind.QARD, 5_250_00, DUE_ON, is_past_due=True),
    items=(BAR,),
    valuations=(VALUED,),
    appraised_minor=7_500_00,
    ltv_bp=7_000,
    secured_minor=5_250_00,
    loan_minor=5_250_00,
    term_months=6,
    creditors=(CreditorRank(CREDITOR, 1, None), CreditorRank("cpty_second", 2, "doc_1")),
    possession=HELD,
    book_entries=(BookEntry("1210", 5_250_00, is_asset=True, is_for_item=False),),
    fee=FEE,
    owner_costs=(OwnerCost(CostKind.SALE, 100_00, 100_00),),
    movements=(Movement("itm_bar", "Vault 2", "safekeeping"),),
    growth=(Growth(10_00, PLEDGOR),),
    takaful=TakafulFact("tkf_1", TODAY),
    insurances=(Insurance("asset", is_takaful=True),),
    loss=LossFact(LossFault.NEGLIGENCE, 99_990, 99_990, 7_500_00, 0, 5_250_00, 5_250_00),
    deposit=DepositFact(DepositBasis.AMANAH, fee_monthly_minor=25_00, is_pledged=True),
    cancellation=Cancellation(PartySide.CREDITOR, 5_250_00),
    release=Release(
        PLEDGOR, True, 0, settled_on=TODAY, ready_on=TODAY, fee_stops_on=TODAY, ticket_number="T-1"
    ),
    held_for_other=HeldForOther("obl_2", date(2025, 10, 1)),
    replacement=Replacement(True, NOON - 2 * HOUR, NOON - HOUR, NOON, 7_000),
    renewal=Renewal(5_250_00, 5_250_00, 100_00, is_fee_settled=True),
    extension=Extension(1, 6),
    death=DeathEvent(PartySide.PLEDGOR),
    zakat_told_on=TODAY - 353 * DAY,
    notice=NOTICES[3],
    notices=NOTICES,
    consent=LiquidationConsent(signed_on=date(2025, 8, 1), confirmed_on=TODAY - DAY),
    sale=SALE,
    bids=(BidFact("cpty_buyer", False, NOON - HOUR, session_ends_at=NOON),),
    waterfall=waterfall(7_500_00, 100_00, 5_250_00, 100_00, has_owner_sale_costs=True),
    surplus=SurplusFact(2_050_00, TODAY, TODAY, TODAY, TODAY + 7 * DAY, TODAY),
    shortfall=ShortfallFact(0),
    unclaimed=Unclaimed(
        2_050_00, UnclaimedFate.AUTHORITY, ("letter of 2026-04-01",), authority_reference="UM-1"
    ),
    fee_end=FeeEnd(TODAY, sold_on=TODAY),
    licence=Licence("islamic_pawnbroker", "IPB-7", TODAY),
    disclosure=PledgeDisclosure("3"),
    disclosures_acknowledged=frozenset({("DIS-05", "3"), ("RHN-13", "3")}),
)


def pledge(**changes: Any) -> RahnFacts:
    return replace(PLEDGE, **changes)


def with_part(name: str, **changes: Any) -> RahnFacts:
    """The lawful pledge with one of its parts changed."""
    return replace(PLEDGE, **{name: replace(getattr(PLEDGE, name), **changes)})


def with_first(name: str, **changes: Any) -> RahnFacts:
    """The same for the first of several like parts; the others fall away."""
    return replace(PLEDGE, **{name: (replace(getattr(PLEDGE, name)[0], **changes),)})


def findings_of(rule_id: str, facts: RahnFacts) -> list[Finding]:
    return CHECKS[rule_id](facts)


def codes(facts: RahnFacts, action: RahnAction) -> set[str]:
    return {found.code for each in evaluate(facts, action) for found in each.findings}


def fields_refused(rule_id: str, facts: RahnFacts) -> list[str]:
    """Where a rule found something amiss, without what it only warns of."""
    found = findings_of(rule_id, facts)
    assert {each.rule_id for each in found} <= {rule_id}
    return [each.field for each in found if each.severity is not Severity.WARN]
