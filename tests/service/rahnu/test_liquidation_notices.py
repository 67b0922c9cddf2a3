"""The ladder of notices, what came of them, and what is known of a debtor before a sale."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pytest

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.rahnu.contracts.errors import PledgeStepMissing
from sanduq.rahnu.contracts.liquidation.model import Finding
from sanduq.rahnu.contracts.liquidation.notices import defaults, end_of_day, service
from sanduq.rahnu.contracts.liquidation.notices.defaults import NewFinding
from sanduq.rahnu.contracts.liquidation.notices.errors import NoticeIncomplete, NoticeNotPending
from sanduq.rahnu.contracts.liquidation.notices.model import (
    ConsentKind,
    DeliveryOutcome,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
)
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.liquidation import LADDER, at, notice
from tests.make.pledges import MAKER, PLEDGEE, PLEDGOR, active_pledge, open_shop

DUE = date(2024, 7, 15)
AUGUST = datetime(2024, 8, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def shop(work):
    return open_shop(work)


@pytest.fixture
def taken(shop):
    return active_pledge(shop)


def waiting(work, **filters):
    with work() as uow:
        page = service.list_notices(uow, {"status": "PENDING", **filters}, PageRequest())
        return [(one.kind, one.due_on) for one in page.items]


def test_the_ladder_is_climbed_in_order_with_proof(work, shop, taken) -> None:
    for kind, instant in LADDER:
        assert notice(shop, taken.contract_id, kind, instant).proof == "signed for"
    with work() as uow:
        given = service.of_contract(uow, taken.contract_id)
    assert [one.kind for one in given] == [kind for kind, _ in LADDER]
    # 5,000.00 and six months and fifteen days of 20.00: 120.00 + 20.00 * 15/31, down.
    assert given[-1].payoff_minor == 500_000 + 12_967


def test_a_default_notice_before_its_day_is_refused(shop, taken) -> None:
    for kind, instant in LADDER[:2]:
        notice(shop, taken.contract_id, kind, instant)
    with pytest.raises(ShariahViolation) as refused:
        notice(shop, taken.contract_id, NoticeKind.DEFAULT, datetime(2024, 7, 21, tzinfo=UTC))
    assert {found["rule_id"] for found in refused.value.details} == {"ARN-02"}


def test_a_step_of_the_ladder_is_not_left_out(shop, taken) -> None:
    with pytest.raises(ShariahViolation) as refused:
        notice(shop, taken.contract_id, NoticeKind.DEFAULT, LADDER[2][1])
    assert {found["field"] for found in refused.value.details} == {
        "notices.reminder", "notices.maturity"
    }  # fmt: skip


def test_an_auction_notice_names_day_and_place_and_leaves_fourteen_days(shop, taken) -> None:
    for kind, instant in LADDER[:3]:
        notice(shop, taken.contract_id, kind, instant)
    with pytest.raises(NoticeIncomplete):
        notice(shop, taken.contract_id, NoticeKind.AUCTION, LADDER[3][1], place=None)
    with pytest.raises(ShariahViolation):
        notice(shop, taken.contract_id, NoticeKind.AUCTION, LADDER[3][1], sale_on=date(2024, 8, 12))


def test_a_notice_that_did_not_arrive_proves_nothing(work, shop, taken) -> None:
    made = notice(shop, taken.contract_id, NoticeKind.REMINDER, LADDER[0][1])
    with at(work, MAKER, AUGUST) as uow:
        after = service.record_delivery(
            uow, made.notice_id, outcome=DeliveryOutcome.UNDELIVERABLE,
            delivered_on=date(2024, 7, 2), proof="came back",
        )  # fmt: skip
    assert len(after.deliveries) == 2
    assert not DeliveryOutcome.UNDELIVERABLE.is_proof


def test_what_came_of_a_notice_is_never_rewritten(owner_url, shop, taken) -> None:
    notice(shop, taken.contract_id, NoticeKind.REMINDER, LADDER[0][1])
    with psycopg.connect(owner_url) as owner, pytest.raises(psycopg.Error):
        owner.execute("update rahnu.notice_delivery set proof = 'x'")


def test_the_end_of_a_day_queues_what_falls_due_once(db, work, taken) -> None:
    with work() as uow:
        assert end_of_day.make_due(uow, date(2024, 6, 29)) == 0
        assert end_of_day.make_due(uow, date(2024, 6, 30)) == 1
        assert end_of_day.make_due(uow, date(2024, 6, 30)) == 0
        assert end_of_day.make_due(uow, date(2024, 7, 14)) == 1
    assert set(waiting(work)) == {
        (NoticeKind.REMINDER, date(2024, 7, 1)), (NoticeKind.MATURITY, DUE)
    }  # fmt: skip
    assert len(waiting(work, contract_id=taken.contract_id)) == 2
    assert_coherent(db)


def test_what_waits_is_sent_once(work, taken) -> None:
    with work() as uow:
        end_of_day.make_due(uow, date(2024, 6, 30))
        page = service.list_notices(uow, {"status": "PENDING"}, PageRequest())
        notice_id = page.items[0].notice_id
    sent = {
        "channel": NoticeChannel.SMS, "sent_on": date(2024, 7, 1), "address": "+60123",
        "proof_reference": "M-1",
    }  # fmt: skip
    with at(work, MAKER, LADDER[0][1]) as uow:
        made = service.mark_sent(uow, notice_id, **sent)
    assert (made.status, made.payoff_minor) == (NoticeStatus.SENT, 500_000 + 11_066)
    with pytest.raises(NoticeNotPending), at(work, MAKER, LADDER[0][1]) as uow:
        service.mark_sent(uow, notice_id, **sent)


def test_a_debtor_is_classed_only_once_something_is_late(work, taken) -> None:
    new = NewFinding(
        taken.contract_id, Finding.INSOLVENT, "no income", date(2024, 7, 1), date(2024, 7, 2)
    )
    with pytest.raises(PledgeStepMissing, match="DEF-01"), at(work, MAKER, LADDER[1][1]) as uow:
        defaults.find(uow, new)


def test_a_debtor_has_his_days_before_he_is_called_a_delaying_one(work, taken) -> None:
    early = NewFinding(
        taken.contract_id, Finding.SOLVENT_DELAYING, "silence", date(2024, 7, 28), date(2024, 8, 1)
    )
    with pytest.raises(PledgeStepMissing, match="time to answer"), at(work, MAKER, AUGUST) as uow:
        defaults.find(uow, early)
    insolvent = NewFinding(
        taken.contract_id, Finding.INSOLVENT, "no income", date(2024, 7, 28), date(2024, 8, 1)
    )
    with at(work, MAKER, AUGUST) as uow:
        assert defaults.find(uow, insolvent).party_id == PLEDGOR
        assert len(defaults.findings_of(uow, taken.contract_id)) == 1


def test_only_the_owner_consents_to_a_sale(work, taken) -> None:
    given = {"kind": ConsentKind.FRESH, "reference": "L-1", "given_on": date(2024, 8, 1)}
    with pytest.raises(ValidationFailed), at(work, MAKER, AUGUST) as uow:
        defaults.consent(uow, taken.contract_id, given_by=PLEDGEE, **given)
    with at(work, MAKER, AUGUST) as uow:
        defaults.consent(uow, taken.contract_id, given_by=PLEDGOR, **given)
        assert [one.kind for one in defaults.consents_of(uow, taken.contract_id)] == [
            ConsentKind.FRESH
        ]
