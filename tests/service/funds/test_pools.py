"""A pool lends what its givers allow, from their own cash, again and again (QRD-22, WQF-04)."""

from __future__ import annotations

import pytest

from sanduq.access.errors import MakerMayNotApprove, NoAuthority
from sanduq.api import registry
from sanduq.events import service as outbox
from sanduq.funds.pools import service
from sanduq.funds.pools.errors import (
    PoolChanged,
    PoolEmpty,
    PoolExternalIdTaken,
    PoolStepRefused,
    UnknownPool,
    UnknownPoolSource,
)
from sanduq.funds.pools.model import Origin, PoolStatus, SourceKind
from sanduq.funds.pools.schemas import PoolIn
from sanduq.funds.purposes import service as purposes
from sanduq.kit.errors import FundsInsufficient, NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.json import loads
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.capital import add_capital
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.ledger.verify import verify
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.schemas import ResolutionIn
from tests.coherent import assert_coherent
from tests.make.giving import given, zakat_given
from tests.make.offers import a_resolution
from tests.make.rows import run_as_owner
from tests.make.waqf import (
    STRANGER,
    USD,
    a_cash_waqf,
    active_pool,
    active_waqf,
    earned,
    filled,
    usd,
    waqf_people,
)

OWN, CORPUS, INCOME = SourceKind.OWN, SourceKind.WAQF_CORPUS, SourceKind.WAQF_INCOME
SADAQAH, ZAKAT = SourceKind.SADAQAH, SourceKind.ZAKAT


@pytest.fixture(autouse=True)
def people(work, db):
    registry.wire()
    waqf_people(work)
    with work() as uow:
        add_capital(uow, usd(50_000), "brn_main")
        purposes.install_purposes(uow)
    yield
    assert_coherent(db)


def state_of(work, pool_id):
    with work() as uow:
        return service.get_pool(uow, pool_id)


def figures(work, pool_id):
    state = state_of(work, pool_id)
    lent = state.lent_minor - state.returned_minor
    return state.capital_minor, lent, state.available_minor


def withdrawn(work, pool_id, source_no, amount):
    with work("user_finance") as uow:
        service.withdraw_capital(uow, pool_id, source_no, amount)


def lent(work, pool_id, amount, claim="qrd_1"):
    """A loan paid out of whichever source the pool chose."""
    with work() as uow:
        source = service.choose_source(uow, pool_id, amount)
        place = AccountPlace("1100", USD, source.fund, claim)
        ledger.open_accounts(uow, [place])
        entries = (debit(place, amount.amount_minor), credit(source.cash, amount.amount_minor))
        ledger.post(uow, [Journal(new_id("jrn"), "qard.disbursed", uow.today, entries)])
    return source


def repaid(work, source, amount, claim="qrd_1"):
    with work() as uow:
        place = AccountPlace("1100", USD, source.fund, claim)
        entries = (debit(source.cash, amount.amount_minor), credit(place, amount.amount_minor))
        ledger.post(uow, [Journal(new_id("jrn"), "qard.repaid", uow.today, entries)])


def donated(work, purpose, dollars):
    """A donation of that purpose whose money has come."""
    given(work, donor_id=STRANGER, amount=dollars, category=purpose)


def codes(refused):
    return [each["code"] for each in refused.value.details if each["severity"] != "warn"]


def test_a_pool_takes_capital_only_once_another_person_approved_it(work):
    with work() as uow:
        pool_id = service.create_pool(
            uow, PoolIn(name="Pool", currency="USD").command()
        ).pool.pool_id
        assert service.permitted_uses(uow, pool_id) == frozenset()
    with work("user_finance") as uow, pytest.raises(PoolStepRefused):
        service.place_capital(uow, pool_id, Origin(OWN, branch_id="brn_main"), usd(1))
    with work() as uow, pytest.raises(MakerMayNotApprove):
        service.approve_pool(uow, pool_id)
    with work("user_checker") as uow, pytest.raises(NoAuthority):
        service.approve_pool(uow, pool_id)
    with work("user_finance") as uow, pytest.raises(PoolChanged):
        service.approve_pool(uow, pool_id, if_match='"v9"')
    with work("user_finance") as uow:
        assert service.approve_pool(uow, pool_id).pool.status is PoolStatus.ACTIVE
        assert service.permitted_uses(uow, pool_id) == {"qard"}
    with work("user_finance") as uow, pytest.raises(PoolStepRefused):
        service.approve_pool(uow, pool_id)


def test_a_pool_refused_stays_refused(work):
    with work() as uow:
        new = PoolIn(name="Pool", currency="USD", external_id="p-1").command()
        pool_id = service.create_pool(uow, new).pool.pool_id
        with pytest.raises(PoolExternalIdTaken):
            service.create_pool(uow, new)
    with work("user_finance") as uow:
        with pytest.raises(ValidationFailed):
            service.reject_pool(uow, pool_id, reason=None)
        state = service.reject_pool(uow, pool_id, reason="no policy")
        assert state.pool.status is PoolStatus.REJECTED
        with pytest.raises(PoolStepRefused):
            service.choose_source(uow, pool_id, usd(1))


def test_money_revolves_and_the_books_tell_how_often(work):
    pool_id = active_pool(work)
    filled(work, pool_id, OWN, usd(1_000))
    assert state_of(work, pool_id).revolved_bp == 0
    for number in range(3):
        source = lent(work, pool_id, usd(800), f"qrd_{number}")
        assert figures(work, pool_id) == (1_000_00, 800_00, 200_00)
        repaid(work, source, usd(800), f"qrd_{number}")
    state = state_of(work, pool_id)
    assert (state.lent_minor, state.revolved_bp) == (2_400_00, 24_000)  # 2,400 of 1,000: 2.4 times
    assert figures(work, pool_id) == (1_000_00, 0, 1_000_00)


def test_a_loan_undone_was_not_lent(work):
    pool_id = active_pool(work)
    filled(work, pool_id, OWN, usd(1_000))
    lent(work, pool_id, usd(800))
    with work() as uow:
        posted = ledger.list_journals(uow, PageRequest(limit=1)).items[0].journal_id
        ledger.post(uow, ledger.reversal_of(uow, [posted], effective_on=uow.today, memo="undone"))
    state = state_of(work, pool_id)
    assert (state.lent_minor, state.returned_minor, state.available_minor) == (0, 0, 1_000_00)


def test_the_first_source_that_covers_the_loan_is_drawn_on(work):
    wqf_id = active_waqf(work)
    pool_id = active_pool(work)
    filled(work, pool_id, CORPUS, usd(500), wqf_id)
    filled(work, pool_id, OWN, usd(2_000))
    asked = (300, 250, 200)
    sources = [lent(work, pool_id, usd(amount), f"qrd_{amount}") for amount in asked]
    assert [source.fund for source in sources] == [f"waqf:{wqf_id}", "own", f"waqf:{wqf_id}"]
    with work() as uow, pytest.raises(PoolEmpty, match=r"1750\.00"):
        service.choose_source(uow, pool_id, usd(1_751))
    for source, amount in zip(sources, asked, strict=True):
        repaid(work, source, usd(amount), f"qrd_{amount}")


def test_a_pool_is_lent_for_its_uses_and_in_its_currency(work):
    pool_id = active_pool(work, permitted_uses=["qard", "murabaha"])
    filled(work, pool_id, OWN, usd(100))
    with work() as uow:
        assert service.choose_source(uow, pool_id, usd(1), "murabaha").fund == "own"
        with pytest.raises(ShariahViolation) as refused:
            service.choose_source(uow, pool_id, usd(1), "salam")
        assert codes(refused) == ["POOL_USE_NOT_PERMITTED"]
        with pytest.raises(ValidationFailed):
            service.choose_source(uow, pool_id, Money(1, currency("EUR")))
        with pytest.raises(UnknownPool):
            service.choose_source(uow, "pool_nobody", usd(1))


def test_capital_taken_back_returns_where_it_came_from(work):
    pool_id = active_pool(work)
    filled(work, pool_id, OWN, usd(1_000))
    source = lent(work, pool_id, usd(700))
    withdrawn(work, pool_id, 1, usd(300))
    with pytest.raises(FundsInsufficient):
        withdrawn(work, pool_id, 1, Money(1, USD))  # the rest is lent
    with pytest.raises(FundsInsufficient):
        withdrawn(work, pool_id, 1, usd(701))
    with pytest.raises(UnknownPoolSource):
        withdrawn(work, pool_id, 2, usd(1))
    with work() as uow:
        cash = AccountPlace("1000", USD, subject="brn_main").account_id
        assert ledger.get_balance(uow, cash).debit_minor == 50_000_00 - 700_00
    assert figures(work, pool_id) == (700_00, 700_00, 0)
    repaid(work, source, usd(700))
    assert figures(work, pool_id) == (700_00, 0, 700_00)


def test_only_an_office_that_may_spend_places_capital(work):
    pool_id = active_pool(work)
    with work() as uow, pytest.raises(NoAuthority):
        service.place_capital(uow, pool_id, Origin(OWN, branch_id="brn_main"), usd(1))
    with pytest.raises(ValidationFailed):
        filled(work, pool_id, OWN, usd(1), "brn_nowhere")
    with pytest.raises(FundsInsufficient):
        filled(work, pool_id, OWN, usd(50_001))


def test_waqf_money_is_lent_only_with_leave_and_security(work):
    for_lending = active_waqf(work)
    not_for_lending = active_waqf(work, a_cash_waqf(qard_allowed=False))
    by_purpose = active_waqf(work, a_cash_waqf(qard_allowed=False, purposes=["qard"]))
    secured, unsecured = active_pool(work), active_pool(work, security_policy=None)
    with pytest.raises(ShariahViolation) as refused:
        filled(work, unsecured, CORPUS, usd(10), for_lending)
    assert codes(refused) == ["WAQF_LENDING_NOT_ALLOWED"]
    with pytest.raises(ShariahViolation) as refused:
        filled(work, secured, CORPUS, usd(10), not_for_lending)
    assert codes(refused) == ["WAQF_LENDING_NOT_ALLOWED"]
    filled(work, secured, CORPUS, usd(10), for_lending)
    filled(work, secured, CORPUS, usd(10), by_purpose)
    with work("user_shariah") as uow:
        shariah.create_resolution(uow, ResolutionIn(**a_resolution("WQF-04")).command())
    filled(work, active_pool(work), CORPUS, usd(10), not_for_lending)
    with pytest.raises(ShariahViolation) as refused:  # beside others, each deed must name it
        filled(work, secured, CORPUS, usd(10), not_for_lending)
    assert codes(refused) == ["WAQF_COMMINGLED"]


def test_the_corpus_is_placed_once_and_the_income_is_not_taken_for_it(work):
    wqf_id = active_waqf(work)
    earned(work, wqf_id, usd(600))
    first, second = active_pool(work), active_pool(work)
    filled(work, first, CORPUS, usd(9_000), wqf_id)
    with pytest.raises(FundsInsufficient):
        filled(work, second, CORPUS, usd(1_001), wqf_id)  # 1,600 of cash, 600 of it income
    filled(work, second, CORPUS, usd(1_000), wqf_id)
    with pytest.raises(PoolStepRefused, match="WQF-06"):
        filled(work, second, INCOME, usd(1), wqf_id)
    withdrawn(work, first, 1, usd(9_000))
    filled(work, second, CORPUS, usd(9_000), wqf_id)
    assert figures(work, second) == (10_000_00, 0, 10_000_00)


def test_income_of_a_waqf_is_lent_only_in_the_order_of_spending(work):
    wqf_id = active_waqf(work)
    earned(work, wqf_id, usd(600))
    pool_id = active_pool(work)
    with pytest.raises(ShariahViolation) as refused:
        filled(work, pool_id, INCOME, usd(100), wqf_id)
    assert codes(refused) == ["WAQF_PRIORITY"]  # the nazir's 60.00 come first
    unpaid = active_waqf(work, a_cash_waqf(nazir_pay=None))
    earned(work, unpaid, usd(600))
    filled(work, pool_id, INCOME, usd(100), unpaid)
    assert figures(work, pool_id) == (100_00, 0, 100_00)


def test_sadaqah_is_lent_only_where_its_purpose_is_lending(work):
    donated(work, "qard", 100)
    donated(work, "education", 100)
    pool_id = active_pool(work)
    filled(work, pool_id, SADAQAH, usd(100), "qard")
    with pytest.raises(ShariahViolation) as refused:
        filled(work, pool_id, SADAQAH, usd(1), "education")
    assert codes(refused) == ["DONATION_RESTRICTION"]
    with pytest.raises(NotFound):
        filled(work, pool_id, SADAQAH, usd(1), "nothing")
    with pytest.raises(FundsInsufficient):
        filled(work, pool_id, SADAQAH, usd(1), "qard")
    with pytest.raises(ShariahViolation) as refused:
        filled(work, active_pool(work, permitted_uses=["qard", "salam"]), SADAQAH, usd(1), "qard")
    assert codes(refused) == ["POOL_USE_NOT_PERMITTED"]


def test_zakat_is_lent_only_with_a_resolution(work):
    zakat_given(work, 100)
    pool_id = active_pool(work)
    with pytest.raises(ShariahViolation) as refused:
        filled(work, pool_id, ZAKAT, usd(100))
    assert codes(refused) == ["ZAKAT_LENT"]
    with work("user_shariah") as uow:
        shariah.create_resolution(uow, ResolutionIn(**a_resolution("ZKT-07")).command())
    filled(work, pool_id, ZAKAT, usd(100))
    source = lent(work, pool_id, usd(60))
    assert source.fund == "zakat"
    claim = AccountPlace("1100", USD, "zakat", "qrd_1")
    with work() as uow, pytest.raises(ShariahViolation) as refused:
        service.give_up_claim(
            uow, pool_id, "zakat", usd(60), claim, reason="insolvent", reference="qrd_1"
        )
    assert codes(refused) == ["ZAKAT_BY_WAIVER"]
    repaid(work, source, usd(60))


def test_givers_bear_a_claim_given_up_out_of_the_money_lent(work):
    wqf_id = active_waqf(work, a_cash_waqf(nazir_pay=None))
    earned(work, wqf_id, usd(600))
    donated(work, "qard", 100)
    for kind, owner, amount in ((INCOME, wqf_id, usd(300)), (SADAQAH, "qard", usd(100))):
        pool_id = active_pool(work)
        filled(work, pool_id, kind, amount, owner)
        source = lent(work, pool_id, usd(80))
        with work() as uow:
            journal = service.give_up_claim(
                uow, pool_id, source.fund, usd(80), AccountPlace("1100", USD, source.fund, "qrd_1"),
                reason="insolvent", reference="qrd_1",
            )  # fmt: skip
            ledger.post(uow, [journal])
        left = amount.amount_minor - 80_00
        assert figures(work, pool_id) == (left, 80_00, left)
        assert state_of(work, pool_id).out_minor == 0  # nothing of it is claimed any more
        withdrawn(work, pool_id, 1, Money(left, USD))
    with work() as uow:
        left = [
            -ledger.get_balance(uow, AccountPlace(code, USD, fund).account_id).debit_minor
            for code, fund in (("3110", f"waqf:{wqf_id}"), ("3200", "sadaqah:qard"))
        ]
    assert left == [520_00, 20_00]


def test_the_institution_bears_its_own_claims_elsewhere(work):
    pool_id = active_pool(work)
    filled(work, pool_id, OWN, usd(100))
    claim = AccountPlace("1100", USD, "own", "qrd_1")
    with work() as uow:
        with pytest.raises(PoolStepRefused):
            service.give_up_claim(
                uow, pool_id, "own", usd(1), claim, reason="insolvent", reference="qrd_1"
            )
        with pytest.raises(UnknownPool):
            service.give_up_claim(
                uow, pool_id, "zakat", usd(1), claim, reason="insolvent", reference="qrd_1"
            )


def test_the_pool_of_another_institution_does_not_exist_here(work):
    pool_id = active_pool(work)
    with work("user_finance", "inst_other") as uow:
        for act in (
            lambda: service.get_pool(uow, pool_id),
            lambda: service.permitted_uses(uow, pool_id),
            lambda: service.withdraw_capital(uow, pool_id, 1, usd(1)),
        ):
            with pytest.raises(UnknownPool):
                act()


def test_what_happens_to_a_pool_is_told(work):
    pool_id = active_pool(work)
    filled(work, pool_id, OWN, usd(10))
    withdrawn(work, pool_id, 1, usd(4))
    with work() as uow:
        told = outbox.list_events(uow, type_name=None, subject_id=pool_id, request=PageRequest())
    assert [(event.type, loads(event.data).get("amount")) for event in told.items][::-1] == [
        ("funds.pool.created", None),
        ("funds.pool.approved", None),
        ("funds.pool.capital_placed", 10),
        ("funds.pool.capital_withdrawn", -4),
    ]


def test_capital_that_is_not_what_the_books_moved_is_found(work, owner_url):
    pool_id = active_pool(work)
    filled(work, pool_id, OWN, usd(10))
    alter = "alter table funds.pool_placement {} trigger append_only"
    for step, faults in ((-1, ["pools"]), (1, [])):
        change = f"update funds.pool_placement set amount_minor = amount_minor + {step}"
        run_as_owner(owner_url, f"{alter.format('disable')}; {change}; {alter.format('enable')}")
        with work() as uow:
            assert [each.check for each in verify(uow).findings] == faults
