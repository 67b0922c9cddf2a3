"""Income of a waqf: the corpus made whole, the nazir paid, then the purposes (WQF-03 to WQF-15)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sanduq.access import service as access
from sanduq.access.errors import AboveRoleLimit, NoAuthority
from sanduq.api import registry
from sanduq.audit import service as audit
from sanduq.funds.endowments import income, service
from sanduq.funds.endowments.errors import EndowmentStepRefused, UnknownEndowment
from sanduq.funds.endowments.model import Intent, Recipient
from sanduq.funds.endowments.model_income import ReceiveMoney
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import FundsInsufficient, ValidationFailed
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import PageRequest
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.waqf import (
    KIN,
    NAZIR,
    STRANGER,
    USD,
    a_cash_waqf,
    active_waqf,
    distributed,
    earned,
    given,
    giving,
    lost,
    restored,
    rule_ids,
    ruled,
    spent,
    standing,
    usd,
    waqf_people,
)


@pytest.fixture(autouse=True)
def people(work, db):
    registry.wire()
    waqf_people(work)
    yield
    assert_coherent(db)


def test_a_gift_is_waqf_only_if_its_giver_meant_it_so(work):
    wqf_id = active_waqf(work)
    with pytest.raises(ShariahViolation) as refused:
        given(work, wqf_id, usd(10), None)
    assert refused.value.details[0]["code"] == "DONATION_INTENT_MISSING"
    given(work, wqf_id, usd(500), Intent.WAQF, donor_id=STRANGER)
    given(work, wqf_id, usd(20), Intent.HIBAH)
    given(work, wqf_id, usd(30), Intent.SADAQAH)
    stands = standing(work, wqf_id)
    assert (stands.corpus_minor, stands.undistributed_minor) == (10_500_00, 50_00)
    assert stands.income_minor == 0  # gifts are no income: the nazir's share does not touch them


def test_income_restores_the_corpus_then_pays_the_nazir_and_only_then_the_beneficiaries(work):
    wqf_id = active_waqf(work)
    lost(work, wqf_id, usd(150))
    earned(work, wqf_id, usd(600))
    made = distributed(work, wqf_id, Money(300_01, USD))
    # 150.00 to the corpus, 60.00 (a tenth of 600.00) to the nazir, 90.01 by 0.6 and 0.4
    assert (made.restored_minor, made.nazir_minor) == (150_00, 60_00)
    assert [s.amount_minor for s in made.shares] == [54_01, 36_00]
    stands = standing(work, wqf_id)
    assert (stands.gap_minor, stands.corpus_minor) == (0, 10_000_00)
    assert stands.undistributed_minor == 600_00 - 300_01
    with work() as uow:
        page, _ = income.list_distributions(uow, wqf_id, PageRequest())
    assert page.items == [made]


def test_a_room_spends_income_only_after_the_gap_and_the_nazir(work):
    wqf_id = active_waqf(work)
    lost(work, wqf_id, usd(150))
    earned(work, wqf_id, usd(600))
    with pytest.raises(ShariahViolation) as refused:
        spent(work, wqf_id, usd(100), "absorb_default")
    assert rule_ids(refused) == ["WQF-07", "WQF-07"]
    assert [d["rule_id"] for d in refused.value.details] == ["WQF-07", "WQF-07", "WQF-13"]
    restored(work, wqf_id, usd(150))
    with pytest.raises(ShariahViolation) as refused:
        spent(work, wqf_id, usd(100), "absorb_default")
    assert [d["field"] for d in refused.value.details] == ["nazir.owed"]
    distributed(work, wqf_id, usd(60), Recipient.NAZIR)
    spent(work, wqf_id, usd(100), "absorb_default")
    assert standing(work, wqf_id).undistributed_minor == 290_00
    with work() as uow:
        noted = audit.list_records(
            uow, subject_id=wqf_id, user_id=None, action="endowment.use", request=PageRequest()
        )
    assert len(noted.items) == 1


def test_the_corpus_absorbs_no_default_and_a_purpose_is_in_the_deed(work):
    wqf_id = active_waqf(work, a_cash_waqf(purposes=["absorb_default"]))
    with work() as uow:
        with pytest.raises(ShariahViolation) as refused:
            service.require_purpose(uow, wqf_id, "absorb_default", is_from_corpus=True)
        assert [d["code"] for d in refused.value.details] == ["WAQF_ABSORBS_FROM_CORPUS"]
        for purpose in ("subsidise_cost", "beneficiary:sports"):
            with pytest.raises(ShariahViolation) as refused:
                service.require_purpose(uow, wqf_id, purpose)
            assert rule_ids(refused) == ["WQF-03"]
        service.require_purpose(uow, wqf_id, "beneficiary:education")
        service.require_purpose(uow, wqf_id, "absorb_default", amount=usd(5))
        with pytest.raises(ValidationFailed):
            service.require_purpose(uow, wqf_id, "absorb_default", amount=Money(1, currency("EUR")))
        with pytest.raises(UnknownEndowment):
            service.require_purpose(uow, "wqf_nobody", "absorb_default")


def test_the_nazir_is_paid_what_he_has_earned_and_the_rest_stays_owed(work):
    wqf_id = active_waqf(
        work, a_cash_waqf(nazir_pay={"type": "sum", "amount": 50}, qard_allowed=False)
    )
    earned(work, wqf_id, usd(70))
    with pytest.raises(ShariahViolation) as refused:
        distributed(work, wqf_id, usd(50), Recipient.NAZIR)
    assert rule_ids(refused) == ["WQF-08"]  # no quarter is over yet
    with work("user_finance") as uow:
        uow.clock = FixedClock(uow.now + timedelta(days=200))  # 2 August: two full quarters
        assert service.get_endowment(uow, wqf_id).owed_to_nazir_minor == 100_00
        made, _ = income.distribute(uow, wqf_id, giving(usd(70), Recipient.NAZIR))
        assert made.nazir_minor == 70_00
        assert service.get_endowment(uow, wqf_id).owed_to_nazir_minor == 30_00


def test_nothing_is_paid_to_the_nazir_or_his_kin_as_beneficiary(work):
    wqf_id = active_waqf(work)
    earned(work, wqf_id, usd(100))
    for party_id in (NAZIR, KIN):
        with pytest.raises(ShariahViolation) as refused:
            distributed(work, wqf_id, usd(100), education=party_id)
        assert rule_ids(refused) == ["WQF-09"]
    made = distributed(work, wqf_id, usd(100), education=STRANGER)
    assert [s.payee_id for s in made.shares] == [STRANGER, None]
    with pytest.raises(ValidationFailed):
        distributed(work, wqf_id, usd(1), sports=STRANGER)


def test_no_more_is_distributed_than_the_income_there_is(work):
    wqf_id = active_waqf(work)
    earned(work, wqf_id, usd(100))
    with pytest.raises(FundsInsufficient):
        distributed(work, wqf_id, Money(100_01, USD))
    assert standing(work, wqf_id).undistributed_minor == 100_00


def test_distributing_needs_an_office_that_may(work):
    wqf_id = active_waqf(work)
    with work() as uow, pytest.raises(NoAuthority):
        income.distribute(uow, wqf_id, giving(usd(1)))
    with work() as uow:
        access.create_user(uow, name="Fund", roles=["fund_manager"], user_id="user_fund")
    with work("user_fund") as uow, pytest.raises(AboveRoleLimit):
        income.distribute(uow, wqf_id, giving(usd(500_001)))


def test_a_waqf_without_beneficiaries_gives_to_none(work):
    wqf_id = active_waqf(work, a_cash_waqf(beneficiaries=[], purposes=["absorb_default"]))
    earned(work, wqf_id, usd(100))
    with pytest.raises(EndowmentStepRefused, match="WQF-03"):
        distributed(work, wqf_id, usd(100))
    made = distributed(work, wqf_id, usd(10))  # a tenth is the nazir's, nothing is left to give
    assert (made.nazir_minor, made.shares) == (10_00, ())


def test_income_joins_the_corpus_only_as_the_deed_or_the_board_allows(work):
    wqf_id = active_waqf(work)
    lost(work, wqf_id, usd(50))
    earned(work, wqf_id, usd(200))
    with pytest.raises(ShariahViolation) as refused:
        restored(work, wqf_id, usd(70))
    assert rule_ids(refused) == ["WQF-15"]
    ruled(work, "WQF-15")
    restored(work, wqf_id, usd(70))
    assert standing(work, wqf_id).corpus_minor == 10_020_00
    kept = active_waqf(work, a_cash_waqf(income_retention_allowed=True))
    earned(work, kept, usd(200))
    restored(work, kept, usd(200))
    assert standing(work, kept).corpus_minor == 10_200_00


def test_a_statement_tells_the_days_asked_for(work):
    wqf_id = active_waqf(work)
    for amount, on in ((100, date(2024, 1, 3)), (40, date(2024, 1, 10))):
        with work() as uow:
            income.receive(
                uow, wqf_id, ReceiveMoney(usd(amount), None, None, None, on, None, {}),
                is_gift=False,
            )  # fmt: skip
    with work() as uow:
        told = income.statement(uow, wqf_id, from_on=date(2024, 1, 4), to_on=date(2024, 1, 14))
        assert (told.opening_minor, told.closing_minor) == (100_00, 140_00)
        with pytest.raises(ValidationFailed):
            income.statement(uow, wqf_id, from_on=date(2024, 1, 4), to_on=date(2024, 1, 3))
        late = ReceiveMoney(usd(1), None, None, None, date(2024, 1, 16), None, {})
        with pytest.raises(ValidationFailed):
            income.receive(uow, wqf_id, late, is_gift=False)
