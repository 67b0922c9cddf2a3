"""An endowment: its corpus is kept, its income is spent as the founder said (WQF-01 to WQF-15)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sanduq.access import service as access
from sanduq.access.errors import MakerMayNotApprove, NoAuthority
from sanduq.api import registry
from sanduq.events import service as outbox
from sanduq.funds.endowments import corpus, income, service
from sanduq.funds.endowments.errors import EndowmentStepRefused, UnknownEndowment
from sanduq.funds.endowments.model import Exchange, Intent, Recipient, Status
from sanduq.funds.endowments.schemas import EndowmentIn
from sanduq.funds.pools import service as pools
from sanduq.funds.pools.model import SourceKind
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import FundsInsufficient, NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.ledger.verify import verify
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.rows import run_as_owner
from tests.make.waqf import (
    FOUNDER,
    NAZIR,
    STRANGER,
    USD,
    a_cash_waqf,
    active_pool,
    active_waqf,
    an_endowment,
    distributed,
    earned,
    filled,
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


def drafted(work, **changes):
    with work() as uow:
        return service.create_endowment(uow, EndowmentIn(**an_endowment(**changes)).command())


def test_the_worked_example_of_a_cash_waqf_of_ten_thousand(work):
    """10,000 endowed; 2,000 lent, 1,850 repaid, 150 lost; 600 earned, of which 150 restore the
    corpus, 60 pay the nazir, 200 subsidise costs, 100 settle a debt: 90 remain."""
    wqf_id = active_waqf(work)
    pool_id = active_pool(work)
    filled(work, pool_id, SourceKind.WAQF_CORPUS, usd(2_000), wqf_id)
    fund = f"waqf:{wqf_id}"
    claim = AccountPlace("1100", USD, fund, "qrd_1")
    with work() as uow:
        source = pools.choose_source(uow, pool_id, usd(2_000))
        assert (source.fund, source.pool_id) == (fund, pool_id)
        ledger.open_accounts(uow, [claim])
        lent = (debit(claim, 2_000_00), credit(source.cash, 2_000_00))
        repaid = (debit(source.cash, 1_850_00), credit(claim, 1_850_00))
        ledger.post(
            uow,
            [
                Journal(new_id("jrn"), "qard.disbursed", uow.today, lent),
                Journal(new_id("jrn"), "qard.repaid", uow.today, repaid),
            ],
        )
    with work() as uow:
        journal = pools.give_up_claim(
            uow, pool_id, fund, usd(150), claim, reason="insolvent", reference="qrd_1"
        )
        ledger.post(uow, [journal])
    assert standing(work, wqf_id).gap_minor == 150_00
    earned(work, wqf_id, usd(600))
    restored(work, wqf_id, usd(150))
    distributed(work, wqf_id, usd(60), Recipient.NAZIR)
    spent(work, wqf_id, usd(200), "subsidise_cost")
    spent(work, wqf_id, usd(100), "absorb_default")

    stands = standing(work, wqf_id)
    assert stands.undistributed_minor == 90_00
    assert (stands.corpus_minor, stands.booked_minor, stands.gap_minor) == (10_000_00,) * 2 + (0,)
    assert stands.cash_minor == 10_000_00 - 2_000_00 + 600_00 - 60_00 - 200_00 - 100_00
    with work() as uow:
        told = income.statement(uow, wqf_id, from_on=None, to_on=None)
    assert {each.kind: each.amount_minor for each in told.movements} == {
        "waqf.income_received": 600_00,
        "waqf.corpus_restored": -150_00,
        "waqf.nazir_paid": -60_00,
        "test.subsidise_cost": -200_00,
        "test.absorb_default": -100_00,
    }
    assert (told.opening_minor, told.closing_minor) == (0, 90_00)


def test_a_deed_is_a_draft_then_reviewed_and_then_binds(work):
    state = drafted(work, asset_type="cash", asset_value=10000)
    wqf_id = state.endowment.endowment_id
    assert state.endowment.status is Status.DRAFT
    assert state.endowment.deed.deed_on == date(2024, 1, 15)
    with work("user_shariah") as uow, pytest.raises(EndowmentStepRefused):
        service.approve_endowment(uow, wqf_id)
    with work() as uow:
        service.submit_endowment(uow, wqf_id)
    with work() as uow, pytest.raises(MakerMayNotApprove):
        service.approve_endowment(uow, wqf_id)
    with work("user_finance") as uow, pytest.raises(NoAuthority):
        service.approve_endowment(uow, wqf_id)
    with work("user_shariah") as uow:
        active = service.approve_endowment(uow, wqf_id)
    assert active.endowment.status is Status.ACTIVE
    assert (active.standing.corpus_minor, active.standing.cash_minor) == (10_000_00, 10_000_00)
    with work() as uow, pytest.raises(EndowmentStepRefused):
        service.submit_endowment(uow, wqf_id)


def test_a_deed_sent_back_is_a_draft_again_and_may_be_submitted_again(work):
    wqf_id = drafted(work).endowment.endowment_id
    for _ in range(2):
        with work() as uow:
            service.submit_endowment(uow, wqf_id)
        with work("user_shariah") as uow:
            page = access.list_approvals(uow, status=None, request=PageRequest())
            assert page.items[0].action == "endowment.approve"
            with pytest.raises(ValidationFailed):
                service.send_back_endowment(uow, wqf_id, reason=None)
            state = service.send_back_endowment(uow, wqf_id, reason="name the kin")
        assert state.endowment.status is Status.DRAFT


def test_an_incomplete_deed_is_refused_with_what_it_lacks(work):
    for changes, field in (
        ({"beneficiaries": []}, "purposes"),
        ({"founder_capacity": " "}, "founder_capacity"),
        ({"nazir_pay": {"type": "share"}}, "nazir_pay"),
    ):
        with pytest.raises(ShariahViolation) as refused:
            drafted(work, **changes)
        assert [(d["code"], d["field"]) for d in refused.value.details] == [
            ("WAQF_DEED_INCOMPLETE", field)
        ]


def test_those_a_deed_names_are_known_here(work):
    with pytest.raises(NotFound):
        drafted(work, nazir_id="cpty_nobody")


def test_a_waqf_in_kind_is_on_record_and_only_its_income_is_in_the_books(work):
    wqf_id = active_waqf(work, an_endowment())
    stands = standing(work, wqf_id)
    assert (stands.corpus_minor, stands.booked_minor, stands.cash_minor) == (2_000_000_00, 0, 0)
    earned(work, wqf_id, usd(900))
    made = distributed(work, wqf_id, usd(900))
    assert [(s.category, s.amount_minor) for s in made.shares] == [
        ("education", 540_00),
        ("healthcare", 360_00),
    ]
    lost(work, wqf_id, usd(2_000_000), "fire", "report of the fire brigade")
    with work("user_finance") as uow, pytest.raises(FundsInsufficient):
        corpus.record_loss(uow, wqf_id, usd(1), reason="fire", evidence="again")


def test_money_moves_only_once_an_endowment_is_active(work):
    wqf_id = drafted(work).endowment.endowment_id
    for act in (
        lambda: earned(work, wqf_id, usd(1)),
        lambda: given(work, wqf_id, usd(1), Intent.WAQF),
        lambda: distributed(work, wqf_id, usd(1)),
        lambda: restored(work, wqf_id, usd(1)),
        lambda: lost(work, wqf_id, usd(1)),
        lambda: spent(work, wqf_id, usd(1), "absorb_default"),
    ):
        with pytest.raises(EndowmentStepRefused):
            act()


def test_a_loss_is_recorded_with_its_reason_and_evidence_and_leaves_a_gap(work):
    wqf_id = active_waqf(work)
    with pytest.raises(ShariahViolation) as refused:
        lost(work, wqf_id, usd(150), reason=None, evidence=" ")
    assert rule_ids(refused) == ["WQF-01", "WQF-01"]
    lost(work, wqf_id, usd(150))
    stands = standing(work, wqf_id)
    assert (stands.named_minor, stands.corpus_minor, stands.gap_minor) == (
        10_000_00, 9_850_00, 150_00,
    )  # fmt: skip


def an_exchange(**changes):
    terms = {
        "benefit": "higher rent",
        "valuation_document": "VAL-9",
        "counterparty_id": STRANGER,
        "old_value": usd(1_900_000),
        "new_value": usd(2_100_000),
        "old_income": usd(90_000),
        "new_income": usd(95_000),
        "new_description": "Two shops",
        "is_replaced_at_once": True,
    }
    return Exchange(**{**terms, **changes})


def test_an_asset_is_exchanged_for_no_less_and_with_approval(work):
    wqf_id = active_waqf(work, an_endowment())

    def exchanged(**changes):
        with work("user_shariah") as uow:
            return corpus.exchange_asset(uow, wqf_id, an_exchange(**changes))

    with pytest.raises(ShariahViolation) as refused:
        exchanged(new_value=usd(1_800_000), counterparty_id=NAZIR)
    assert rule_ids(refused) == ["WQF-09", "WQF-10", "WQF-10"]  # the board has not spoken either
    ruled(work, "WQF-10")
    with pytest.raises(EndowmentStepRefused, match="loss of value"):
        exchanged(new_value=usd(1_900_000))
    state = exchanged()
    assert state.endowment.deed.asset_description == "Two shops"
    assert state.standing.corpus_minor == 2_100_000_00
    with work() as uow, pytest.raises(NoAuthority):
        corpus.exchange_asset(uow, wqf_id, an_exchange())
    cash = active_waqf(work)
    with work("user_shariah") as uow, pytest.raises(EndowmentStepRefused):
        corpus.exchange_asset(uow, cash, an_exchange())


def test_a_perpetual_waqf_never_ends_and_one_for_a_time_ends_with_its_time(work):
    perpetual = active_waqf(work)
    with work("user_shariah") as uow, pytest.raises(ShariahViolation) as refused:
        service.close_endowment(uow, perpetual)
    assert rule_ids(refused) == ["WQF-02"]
    for_a_year = active_waqf(work, a_cash_waqf(ends_on="2025-01-01"))
    with work("user_shariah") as uow, pytest.raises(ShariahViolation) as refused:
        service.close_endowment(uow, for_a_year)
    assert refused.value.details[0]["code"] == "WAQF_REVOKED"
    earned(work, for_a_year, usd(100))
    later = FixedClock(service_now(work) + timedelta(days=400))
    with work("user_shariah") as uow:
        uow.clock = later
        with pytest.raises(EndowmentStepRefused, match="distribute"):
            service.close_endowment(uow, for_a_year)
    distributed(work, for_a_year, usd(100))
    with work("user_shariah") as uow:
        uow.clock = later
        state = service.close_endowment(uow, for_a_year, reason="the year is over")
    assert state.endowment.status is Status.CLOSED
    assert (state.standing.corpus_minor, state.standing.cash_minor) == (0, 0)
    with pytest.raises(EndowmentStepRefused):
        earned(work, for_a_year, usd(1))


def service_now(work):
    with work() as uow:
        return uow.now


def test_a_waqf_lent_out_does_not_end_before_the_money_is_back(work):
    wqf_id = active_waqf(work, a_cash_waqf(ends_on="2024-01-16"))
    pool_id = active_pool(work)
    filled(work, pool_id, SourceKind.WAQF_CORPUS, usd(1), wqf_id)
    with work("user_shariah") as uow:
        uow.clock = FixedClock(uow.now + timedelta(days=1))
        with pytest.raises(FundsInsufficient):
            service.close_endowment(uow, wqf_id)
        uow.connection.rollback()


def test_the_endowment_of_another_institution_does_not_exist_here(work):
    wqf_id = active_waqf(work)
    with work("user_finance", "inst_other") as uow:
        for act in (
            lambda: service.get_endowment(uow, wqf_id),
            lambda: service.require_purpose(uow, wqf_id, "absorb_default"),
            lambda: income.distribute(uow, wqf_id, giving(usd(1))),
        ):
            with pytest.raises(UnknownEndowment):
                act()


def test_what_happens_to_an_endowment_is_told(work):
    wqf_id = active_waqf(work)
    earned(work, wqf_id, usd(600))
    lost(work, wqf_id, usd(10))
    distributed(work, wqf_id, usd(100))
    given(work, wqf_id, usd(5), Intent.HIBAH, donor_id=FOUNDER)
    with work() as uow:
        told = outbox.list_events(
            uow, type_name=None, subject_id=wqf_id, request=PageRequest(limit=50)
        )
    assert [event.type for event in told.items][::-1] == [
        "waqf.endowment.created",
        "waqf.endowment.submitted",
        "waqf.endowment.approved",
        "waqf.income.received",
        "waqf.loss.recorded",
        "waqf.corpus.restored",
        "waqf.distribution.made",
        "waqf.contribution.received",
    ]


def test_a_corpus_that_is_not_what_its_register_says_is_found(work, owner_url):
    wqf_id = active_waqf(work)
    with work() as uow:
        assert verify(uow).is_coherent
    alter = "alter table funds.corpus_change {} trigger append_only"
    change = "update funds.corpus_change set amount_minor = amount_minor + {}"
    for step in (-1, 1):
        run_as_owner(
            owner_url,
            f"{alter.format('disable')}; {change.format(step)}; {alter.format('enable')}",
        )
        with work() as uow:
            found = [each.check for each in verify(uow).findings]
        assert found == (["endowments"] if step < 0 else []), wqf_id
