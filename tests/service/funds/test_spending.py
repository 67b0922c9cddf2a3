"""The one door to the funds: each is drawn on as its givers meant, and repaid what returns."""

from __future__ import annotations

import pytest

from sanduq.access.errors import NoAuthority
from sanduq.api import registry
from sanduq.events import service as outbox
from sanduq.funds.spending import service
from sanduq.funds.spending.errors import ReturnTooLarge, SpendingUnknown
from sanduq.funds.spending.model import Cost, FundKind, FundSource, GiveBack, SpendingUse
from sanduq.funds.spending.schemas import GrantIn
from sanduq.kit.errors import FundsInsufficient, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.capital import add_capital
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.ledger.verify import verify
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.facts import DebtorState
from sanduq.shariah.schemas import ResolutionIn
from tests.coherent import assert_coherent
from tests.make.giving import (
    DEBTOR,
    LOAN,
    SCHOOL,
    USD,
    a_draw,
    draw_and_post,
    given,
    giving_people,
    held_minor,
    usd,
    zakat_given,
)
from tests.make.offers import a_resolution
from tests.make.rows import run_as_owner

RELIEF = "sadaqah:debt_relief"


@pytest.fixture(autouse=True)
def people(work, db):
    registry.wire()
    giving_people(work)
    with work() as uow:
        add_capital(uow, usd(1000), "brn_main")
    yield
    assert_coherent(db)


def drawn(work, fund, units, **changes):
    with work() as uow:
        return draw_and_post(uow, a_draw(fund, usd(units), **changes))


def held(work, fund=RELIEF, code="3200"):
    with work() as uow:
        return held_minor(uow, code, fund)


def returned(work, fund, amount, subject_id=LOAN):
    """A recovery: the branch passes on to the fund what the debtor paid in the end."""
    journal_id = new_id("jrn")
    with work() as uow:
        back = GiveBack(FundSource.read(fund), amount, subject_id, DEBTOR, journal_id)
        (found,) = service.give_back(uow, [back])
        ledger.open_accounts(uow, found.places)
        if found.entries:
            ledger.post(uow, [Journal(journal_id, "loan.recovered", uow.today, found.entries)])
    return found.spending_id


def granted(work, fund, units, user="user_finance", **changes):
    body = {"fund": fund, "amount": units, "currency": "USD", "recipient_id": SCHOOL, **changes}
    with work(user) as uow:
        return service.grant(uow, GrantIn(**body).command())


def codes(refused):
    return [each["code"] for each in refused.value.details]


@pytest.mark.parametrize(
    ("text", "kind", "ref"),
    [
        ("own", FundKind.OWN, None),
        ("zakat", FundKind.ZAKAT, None),
        ("charity", FundKind.CHARITY, None),
        ("sadaqah:education.cpty_school", FundKind.SADAQAH, "education.cpty_school"),
        ("waqf:wqf_abc", FundKind.WAQF, "wqf_abc"),
    ],
)
def test_a_fund_is_written_as_the_ledger_writes_it(text, kind, ref):
    source = FundSource.read(text)
    assert (source.kind, source.ref, source.fund) == (kind, ref, text)


@pytest.mark.parametrize(
    "text", ["", "sadaqah", "sadaqah:", "own:x", "zakat:x", "waqf:", "waqf:sdq_1", "common:grp_1"]
)
def test_what_names_no_fund_is_refused(text):
    with pytest.raises(ValidationFailed):
        FundSource.read(text)


def test_a_donor_fund_settles_a_debt_in_one_journal_balanced_in_each_fund(work):
    """The worked example: 50.00 out of restricted sadaqah, 50.00 into the lender's books."""
    given(work, category="debt_relief", amount=80)
    with work() as uow:
        draw = a_draw(RELIEF, usd(50), use=SpendingUse.THIRD_PARTY_PAYMENT)
        spending_id = draw_and_post(uow, draw)
    assert (held(work), held(work, code="1000")) == (30_00, 30_00)
    with work() as uow:
        (spending,) = service.spent_on(uow, [LOAN])
        journal = ledger.list_journals(uow, PageRequest(), journal_id=draw.journal_id).items[0]
        page = outbox.list_events(
            uow, type_name="fund.spent", subject_id=None, request=PageRequest()
        )
        assert service.spent_on(uow, []) == []
    assert (spending.spending_id, spending.fund, spending.amount) == (spending_id, RELIEF, usd(50))
    assert [(e.code, e.fund, e.amount_minor) for e in journal.entries[:2]] == [
        ("3200", RELIEF, 50_00), ("1000", RELIEF, -50_00),
    ]  # fmt: skip
    assert [event.subject_id for event in page.items] == [spending_id]


def test_a_purpose_is_drawn_on_for_its_own_uses_alone(work):
    given(work)
    given(work, category="general", amount=100)
    with pytest.raises(ShariahViolation) as refused:
        drawn(work, "sadaqah:education", 1)
    assert codes(refused) == ["DONATION_RESTRICTION"]
    with pytest.raises(ShariahViolation):
        drawn(work, "sadaqah:general", 1, use=SpendingUse.THIRD_PARTY_PAYMENT, party_id=None)
    with pytest.raises(ValidationFailed) as unknown:
        drawn(work, "sadaqah:unheard_of", 1)
    assert unknown.value.details[0]["code"] == "unknown_purpose"
    for use in (SpendingUse.ABSORB_DEFAULT, SpendingUse.SUBSIDISE_COST):
        drawn(work, "sadaqah:general", 1, use=use)


def test_more_than_a_fund_holds_is_not_drawn(work):
    given(work, category="debt_relief", amount=80)
    with pytest.raises(FundsInsufficient):
        drawn(work, RELIEF, 81)
    with work() as uow:
        assert service.spent_on(uow, [LOAN]) == []
    for amount in (Money(0, USD), Money(-1, USD)):
        with work() as uow, pytest.raises(ValidationFailed):
            service.draw(uow, [a_draw(RELIEF, amount)])


def test_relief_of_a_debtor_who_delays_is_written_down_as_a_warning(work):
    """SDQ-04."""
    given(work, category="debt_relief", amount=80)
    spending_id = drawn(work, RELIEF, 10, debtor_state=DebtorState.SOLVENT_DELAYING)
    with work() as uow:
        page = shariah.list_evaluations(
            uow, PageRequest(), subject_id=spending_id, rule_id="SDQ-04"
        )
    assert [e.has_passed for e in page.items] == [False]
    assert page.items[0].findings[0]["code"] == "ABSORB_WRONG_STATE"


def test_a_cost_a_donor_paid_is_not_charged_again(work):
    """SDQ-03: of 40.00, 10.00 were paid before and 10.00 now; 20.00 may be charged."""
    given(work, category="cost_subsidy", amount=100)
    subsidy = {"use": SpendingUse.SUBSIDISE_COST, "party_id": None, "debtor_state": None}
    with pytest.raises(ShariahViolation) as refused:
        drawn(work, "sadaqah:cost_subsidy", 10, **subsidy, cost=Cost(40_00, 10_00, 20_01))
    assert codes(refused) == ["COST_DOUBLE_RECOVERED"]
    drawn(work, "sadaqah:cost_subsidy", 10, **subsidy, cost=Cost(40_00, 10_00, 20_00))


def test_charity_is_never_drawn_on_for_what_others_owe_the_institution(work):
    """T32."""
    with pytest.raises(ShariahViolation) as refused:
        drawn(work, "charity", 10)
    assert codes(refused) == ["CHARITY_SELF_COLLECTION"]
    with pytest.raises(ShariahViolation) as refused:
        drawn(work, "charity", 10, use=SpendingUse.SUBSIDISE_COST)
    assert codes(refused) == ["CHARITY_SELF_BENEFIT"]
    with pytest.raises(ValidationFailed):
        drawn(work, "charity", 10, use=SpendingUse.GRANT)


def test_zakat_absorbs_no_default_and_pays_a_creditor_only_under_a_ruling(work):
    zakat_given(work, 500)
    with pytest.raises(ShariahViolation) as refused:
        drawn(work, "zakat", 200)
    assert "ZAKAT_BY_WAIVER" in codes(refused)
    payment = {"use": SpendingUse.THIRD_PARTY_PAYMENT}
    with pytest.raises(ShariahViolation) as refused:
        drawn(work, "zakat", 200, **payment)
    assert set(codes(refused)) == {"ZAKAT_GHARIM"}
    with work("user_shariah") as uow:
        shariah.create_resolution(uow, ResolutionIn(**a_resolution("ZKT-06")).command())
    with work() as uow:
        draw = a_draw("zakat", usd(200), **payment)
        (found,) = service.draw(uow, [draw])
        assert found.stands_alone  # the receivable is credited in another journal (ZKT-04)
        ledger.open_accounts(uow, found.places)
        journal = Journal(draw.journal_id, "zakat.drawn", uow.today, found.entries)
        ledger.post(uow, [journal])
    assert held(work, "zakat", "3300") == 300_00
    with pytest.raises(ValidationFailed):
        drawn(work, "zakat", 1, use=SpendingUse.SUBSIDISE_COST)


def test_the_institution_bears_its_own_cost_without_entries_of_a_fund(work):
    with work() as uow:
        (found,) = service.draw(uow, [a_draw("own", usd(10))])
    assert (found.entries, found.places) == ((), ())
    with work() as uow:
        assert [each.fund for each in service.spent_on(uow, [LOAN])] == ["own"]


# What comes back


def test_a_recovery_goes_back_to_the_fund_that_paid(work):
    """DEF-17: of 50.00 the fund bore, 30.00 come back to it."""
    given(work, category="debt_relief", amount=80)
    spending_id = drawn(work, RELIEF, 50)
    assert returned(work, RELIEF, usd(30)) == spending_id
    assert held(work) == 60_00
    with work() as uow:
        spending = service.get_spending(uow, spending_id)
        page = outbox.list_events(
            uow, type_name="fund.returned", subject_id=None, request=PageRequest()
        )
    assert (spending.returned_minor, spending.borne_minor) == (30_00, 20_00)
    assert len(page.items) == 1


def test_no_more_comes_back_than_the_fund_bears_and_to_no_other_fund(work):
    given(work, category="debt_relief", amount=80)
    given(work, category="general", amount=80)
    drawn(work, RELIEF, 50)
    for fund, amount, subject in (
        (RELIEF, Money(50_01, USD), LOAN),
        ("sadaqah:general", usd(1), LOAN),
        (RELIEF, usd(1), "mfl_other"),
        (RELIEF, Money(0, USD), LOAN),
    ):
        with pytest.raises(ReturnTooLarge):
            returned(work, fund, amount, subject)
    returned(work, RELIEF, usd(50))
    with pytest.raises(ReturnTooLarge):
        returned(work, RELIEF, usd(1))


def test_a_recovery_covers_the_oldest_drawing_first(work):
    given(work, category="debt_relief", amount=80)
    ids = [drawn(work, RELIEF, units) for units in (20, 30)]
    returned(work, RELIEF, usd(25))
    with work() as uow:
        found = {each.spending_id: each.returned_minor for each in service.spent_on(uow, [LOAN])}
    assert found == {ids[0]: 20_00, ids[1]: 5_00}


# Gifts


def test_a_gift_leaves_a_fund_for_what_it_was_given_for(work):
    given(work)
    spending = granted(work, "sadaqah:education", 200, note="desks")
    assert (spending.use, spending.party_id) == (SpendingUse.GRANT, SCHOOL)
    assert held(work, "sadaqah:education") == 4800_00
    with pytest.raises(FundsInsufficient):
        granted(work, "sadaqah:education", 4801)
    with pytest.raises(NoAuthority):
        granted(work, "sadaqah:education", 1, user="user_maker")


def test_an_earmarked_gift_reaches_nobody_else(work):
    fund = given(work, recipient_org_id=DEBTOR, amount=10).fund
    with pytest.raises(ShariahViolation) as refused:
        granted(work, fund, 1)
    assert codes(refused) == ["DONATION_RESTRICTION"]
    assert granted(work, given(work, recipient_org_id=SCHOOL).fund, 1).party_id == SCHOOL


def test_a_gift_for_relief_of_debtors_is_no_grant(work):
    given(work, category="debt_relief", amount=80)
    with pytest.raises(ShariahViolation):
        granted(work, RELIEF, 1)
    for fund in ("zakat", "charity", "own", "waqf:wqf_1"):
        with pytest.raises(ValidationFailed):
            granted(work, fund, 1)


# The door's own record


def test_a_recipient_nobody_entered_is_refused(work):
    given(work)
    with pytest.raises(ValidationFailed) as refused:
        granted(work, "sadaqah:education", 1, recipient_id="cpty_nobody")
    assert refused.value.details[0]["code"] == "unknown_party"


def test_another_institution_sees_no_drawing_of_ours(work):
    given(work, category="debt_relief", amount=80)
    spending_id = drawn(work, RELIEF, 50)
    with work("user_maker", "inst_other") as uow:
        with pytest.raises(SpendingUnknown):
            service.get_spending(uow, spending_id)
        assert service.list_spending(uow, PageRequest()).items == []


def test_money_that_left_a_fund_by_another_door_is_found(work, owner_url):
    given(work, category="debt_relief", amount=80)
    with work() as uow:
        equity, cash = AccountPlace("3200", USD, RELIEF), AccountPlace("1000", USD, RELIEF)
        entries = (debit(equity, 1_00), credit(cash, 1_00))
        ledger.post(uow, [Journal(new_id("jrn"), "test.taken", uow.today, entries)])
    with work() as uow:
        (finding,) = verify(uow).findings
    assert finding.check == "sadaqah"
    run_as_owner(owner_url, "update funds.donation set amount_minor = amount_minor - 100")
