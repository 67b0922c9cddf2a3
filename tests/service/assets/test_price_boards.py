"""A board is proposed by one and published by another; only that of today prices anything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sanduq.access import service as access
from sanduq.access.errors import MakerMayNotApprove, NoAuthority, NothingToApprove
from sanduq.api.registry import wire
from sanduq.assets.errors import FinenessUnknown
from sanduq.assets.model import Metal
from sanduq.assets.policies import service as policies
from sanduq.assets.policies.schemas import ValuationPolicyIn
from sanduq.assets.price_boards import service
from sanduq.assets.price_boards.errors import (
    BoardExternalIdTaken,
    BoardOutdated,
    NoPriceBoard,
    NotInForce,
    PriceSpike,
    PriceStale,
    UnknownPriceBoard,
)
from sanduq.assets.price_boards.model import BoardStatus
from sanduq.events import service as outbox
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import currency
from sanduq.kit.pages import PageRequest
from tests.conftest import NOW
from tests.make.gold import USD, a_board, board
from tests.make.institution import nothing_changes

GOLD = Metal.GOLD
HOUR = timedelta(hours=1)


def proposed(work, *args, at=None, user="user_maker", **changes):
    with work(user) as uow:
        if at is not None:
            uow.clock = FixedClock(at)
        return service.propose(uow, a_board(uow, *args, **changes))


def current(work, at=NOW, asset=USD):
    with work() as uow:
        uow.clock = FixedClock(at)
        return service.current_board(uow, GOLD, asset)


def status(work, made, at=NOW):
    with work() as uow:
        uow.clock = FixedClock(at)
        return service.get_board(uow, made.price_board_id).status


def test_a_board_has_no_effect_until_another_approves_it(work):
    made = proposed(work)
    assert made.status is BoardStatus.PROPOSED
    with pytest.raises(NoPriceBoard):
        current(work)
    with work("user_checker") as uow:
        published = service.approve(uow, made.price_board_id, reason="checked")
    assert (published.status, published.decided_by) == (BoardStatus.PUBLISHED, "user_checker")
    assert current(work) == published


def test_the_maker_does_not_publish_his_own_board_and_a_role_needs_the_authority(work):
    own = proposed(work, user="user_checker")
    other = proposed(work)
    with work("user_checker") as uow, pytest.raises(MakerMayNotApprove):
        service.approve(uow, own.price_board_id)
    with work("user_maker") as uow, pytest.raises(NoAuthority):
        service.approve(uow, own.price_board_id)
    with work("user_finance") as uow:
        service.approve(uow, other.price_board_id)
    with work("user_checker") as uow, pytest.raises(NothingToApprove):
        service.approve(uow, other.price_board_id)


def test_a_board_is_decided_in_the_inbox_of_approvals_too(work):
    wire()
    first, second = proposed(work), proposed(work)
    for made, is_approved in ((first, True), (second, False)):
        with work("user_checker") as uow:
            waiting = access.pending(uow, service.APPROVE, made.price_board_id)
            access.decide_approval(uow, waiting.approval_id, is_approved=is_approved, reason="seen")
    assert status(work, first) is BoardStatus.PUBLISHED
    assert status(work, second) is BoardStatus.REJECTED


def test_a_refused_board_prices_nothing(work):
    made = proposed(work)
    with work("user_checker") as uow:
        refused = service.reject(uow, made.price_board_id, reason="a typing error")
    assert (refused.status, refused.decision_reason) == (BoardStatus.REJECTED, "a typing error")
    with pytest.raises(NoPriceBoard):
        current(work)


def test_a_later_board_supersedes_an_earlier_one_and_not_the_reverse(work):
    first = board(work, "200.00")
    second = board(work, "201.00", at=NOW + HOUR)
    assert current(work, NOW + HOUR).price_board_id == second.price_board_id
    assert status(work, first, NOW + HOUR) is BoardStatus.SUPERSEDED
    # it was in force until then
    assert current(work, NOW + HOUR / 2).price_board_id == first.price_board_id
    assert status(work, first, NOW + HOUR / 2) is BoardStatus.PUBLISHED


def test_a_board_for_a_later_hour_waits_for_it(work):
    first = board(work, "200.00")
    later = board(work, "201.00", at=NOW + HOUR, effective_at=NOW + 3 * HOUR)
    assert current(work, NOW + 2 * HOUR).price_board_id == first.price_board_id
    assert status(work, first, NOW + 2 * HOUR) is BoardStatus.PUBLISHED
    assert current(work, NOW + 3 * HOUR).price_board_id == later.price_board_id


def test_a_board_never_reaches_back_before_its_approval(work):
    early = board(work, "200.00")
    # effective an hour ago, approved now: in force from now, and not before
    made = board(work, "201.00", at=NOW + HOUR, effective_at=NOW - HOUR)
    assert made.in_force_from == NOW + HOUR
    assert current(work, NOW + HOUR).price_board_id == made.price_board_id
    assert current(work, NOW + HOUR / 2).price_board_id == early.price_board_id


def test_a_board_of_yesterday_prices_nothing_today(work):
    board(work)
    assert current(work, NOW + timedelta(hours=13)).asset == USD  # 23:30 of the same day
    with pytest.raises(NoPriceBoard) as refused:
        current(work, NOW + timedelta(hours=14))
    assert refused.value.details[0]["code"] == "none_today"


def test_a_stale_price_is_not_used_even_where_an_older_board_is_fresh(work):
    board(work, effective_at=NOW)
    board(work, at=NOW, observed_at=NOW - 23 * HOUR)
    assert current(work, NOW + HOUR).observed_at == NOW - 23 * HOUR
    with pytest.raises(NoPriceBoard) as refused:
        current(work, NOW + HOUR + timedelta(seconds=1))
    assert refused.value.details[0]["code"] == "price_stale"


def test_a_stale_price_is_refused_at_proposal_and_at_approval(work):
    with pytest.raises(PriceStale):
        proposed(work, observed_at=NOW - 24 * HOUR - timedelta(seconds=1))
    made = proposed(work, observed_at=NOW - 24 * HOUR)
    with work("user_checker") as uow:
        uow.clock = FixedClock(NOW + timedelta(seconds=1))
        with pytest.raises(PriceStale):
            service.approve(uow, made.price_board_id)
    assert status(work, made) is BoardStatus.PROPOSED


def test_a_board_whose_day_has_passed_is_not_published(work):
    made = proposed(work)
    with work("user_checker") as uow:
        uow.clock = FixedClock(NOW + 14 * HOUR)
        with pytest.raises(BoardOutdated):
            service.approve(uow, made.price_board_id)


@pytest.mark.parametrize(("price", "is_spike"), [("210.00", False), ("190.00", False),
                                                  ("210.01", True), ("189.99", True)])  # fmt: skip
def test_a_price_that_jumps_needs_an_explanation(work, owner_url, price, is_spike):
    board(work, "200.00")
    if not is_spike:
        proposed(work, price)
        return
    with pytest.raises(PriceSpike) as refused, nothing_changes(owner_url):
        proposed(work, price)
    assert refused.value.details[0]["field"] == "spike_explanation"
    proposed(work, price, spike_explanation="the market fell after the news of the morning")


def test_a_board_is_held_against_the_last_one_again_when_it_is_published(work):
    board(work, "200.00")
    made = proposed(work, "208.00")  # 4% from 200.00, 5.5% from 197.00
    board(work, "197.00")
    with work("user_checker") as uow, pytest.raises(PriceSpike):
        service.approve(uow, made.price_board_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"observed_at": NOW + timedelta(seconds=1)}, "observed_at"),
        ({"effective_at": NOW - 11 * HOUR}, "effective_at"),
        ({"effective_at": NOW + 25 * HOUR}, "effective_at"),
        ({"metal": Metal.NONE}, "metal"),
        ({"grades": {10_000: 0}}, "grades"),
        ({"grades": {}}, "price_per_gram"),
        ({"grades": {10_000: 1, 9990: 1}}, "price_per_gram"),
    ],
)
def test_a_board_that_cannot_be_is_refused_by_field(work, changes, field):
    with pytest.raises(ValidationFailed) as refused:
        proposed(work, **changes)
    assert refused.value.details[0]["field"] == field


def test_a_price_quoted_for_an_unknown_fineness_is_refused(work):
    with pytest.raises(FinenessUnknown):
        proposed(work, grades={9123: 20_000_000})


def test_metals_and_currencies_have_boards_of_their_own(work):
    board(work)
    board(work, "30.00", currency("EUR"))
    board(work, "1.00", metal=Metal.SILVER)  # no spike: it is another metal
    assert current(work, asset=currency("EUR")).grades == {10_000: 3_000_000}
    with pytest.raises(NoPriceBoard):
        current(work, asset=currency("TND"))


def test_an_external_id_names_one_board_and_another_institution_sees_none(work):
    made = board(work, external_id="b-1")
    with pytest.raises(BoardExternalIdTaken):
        proposed(work, external_id="b-1")
    with work("user_maker", "inst_other") as uow:
        with pytest.raises(UnknownPriceBoard):
            service.get_board(uow, made.price_board_id)
        with pytest.raises(NoPriceBoard):
            service.current_board(uow, GOLD, USD)


def test_a_quote_is_made_on_the_board_in_force_only(work):
    first = board(work, "200.00")
    with work("user_checker") as uow:
        policies.set_policy(uow, ValuationPolicyIn(haircut="0.03", reason="melting").command())
    with work() as uow:
        quote = service.quote(uow, first.price_board_id, 21_200, 9160)
    # 3,883.84, and 3,767.32 less 3%
    assert (quote.market_value.amount_minor, quote.value.amount_minor) == (388_384, 376_732)
    second = board(work, "201.00", at=NOW + HOUR)
    with work() as uow:
        uow.clock = FixedClock(NOW + HOUR)
        with pytest.raises(NotInForce) as refused:
            service.quote(uow, first.price_board_id, 21_200, 9160)
    assert second.price_board_id in refused.value.message


def test_limits_of_age_and_of_movement_are_settings(work):
    with work("user_checker") as uow:
        policies.set_policy(
            uow,
            ValuationPolicyIn(price_stale_hours=2, spike_limit="0.01", reason="a wild week")
            .command(),
        )  # fmt: skip
    with pytest.raises(PriceStale):
        proposed(work, observed_at=NOW - 2 * HOUR - timedelta(seconds=1))
    board(work, "200.00")
    with pytest.raises(PriceSpike):
        proposed(work, "202.01")


def test_boards_are_told_with_all_their_lines(work):
    made = board(work)
    with work() as uow:
        told = outbox.list_events(
            uow, type_name=None, subject_id=made.price_board_id, request=PageRequest()
        )
    assert [event.type for event in told.items] == ["gold.price.published", "gold.price.proposed"]
