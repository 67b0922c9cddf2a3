"""A gift reaches the fund of its purpose, and no other use without its giver (SDQ-01)."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.access.errors import NoAuthority
from sanduq.api import registry
from sanduq.events import service as outbox
from sanduq.funds.donations import service
from sanduq.funds.donations.errors import (
    DonationChanged,
    DonationExternalIdTaken,
    DonationStateRefused,
    DonationUnknown,
)
from sanduq.funds.donations.model import DonationStatus, ReceiveDonation
from sanduq.funds.donations.schemas import DonationIn, RestrictionReleaseIn
from sanduq.funds.overview import service as overview
from sanduq.funds.overview.model import FundGroup
from sanduq.funds.pledges import service as pledges
from sanduq.funds.pledges.errors import PledgeNotActive
from sanduq.funds.pledges.model import InstalmentStatus, PledgeStatus
from sanduq.funds.pledges.schemas import PledgeIn
from sanduq.funds.purposes import service as purposes
from sanduq.funds.purposes.errors import PurposeTaken
from sanduq.funds.purposes.model import FundUse, NewPurpose
from sanduq.kit.errors import FundsInsufficient, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.ledger.verify import verify
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.schemas import ResolutionIn
from tests.coherent import assert_coherent
from tests.make.giving import (
    DONOR,
    SCHOOL,
    a_donation,
    a_draw,
    announced,
    draw_and_post,
    given,
    giving_people,
    held_minor,
    usd,
)
from tests.make.offers import a_resolution
from tests.make.rows import run_as_owner

EDUCATION = "sadaqah:education"


@pytest.fixture(autouse=True)
def people(work, db):
    registry.wire()
    giving_people(work)
    yield
    assert_coherent(db)


def received(work, donation_id, **changes):
    with work() as uow:
        return service.receive_donations(uow, [ReceiveDonation(donation_id, **changes)])[0]


def released(work, donation_id, user="user_finance", **body):
    with work(user) as uow:
        command = RestrictionReleaseIn(category="water", **body).command(donation_id)
        return service.release_restriction(uow, command)


def pledged(work, **changes):
    body = {"amount": 500, "currency": "USD", "donor_id": DONOR, "frequency": "monthly",
            "project_id": "proj_water_well_003", "duration_months": 24, **changes}  # fmt: skip
    with work() as uow:
        return pledges.create_pledge(uow, PledgeIn(**body).command())


def held(work, fund=EDUCATION):
    with work() as uow:
        return held_minor(uow, "1000", fund), held_minor(uow, "3200", fund)


def told(work):
    with work() as uow:
        page = outbox.list_events(
            uow, type_name=None, subject_id=None, request=PageRequest(limit=100)
        )
    return [event.type for event in reversed(page.items) if event.type.startswith("sadaqah.")]


def test_a_gift_enters_the_books_only_when_its_money_has_come(work):
    donation = announced(work)
    assert (donation.status, donation.fund) == (DonationStatus.PENDING, EDUCATION)
    with work() as uow:
        assert overview.list_funds(uow, PageRequest()).items == []
    donation = received(work, donation.donation_id)
    assert (donation.status, donation.received_on) == (DonationStatus.RECEIVED, date(2024, 1, 15))
    assert held(work) == (5000_00, 5000_00)
    assert told(work) == ["sadaqah.donation.created", "sadaqah.donation.received"]


def test_many_gifts_are_received_in_one_block_or_none_of_them(work):
    gifts = ((10, "education"), (20, "education"), (30, "health"))
    ids = [announced(work, amount=units, category=name).donation_id for units, name in gifts]
    with work() as uow, pytest.raises(ValidationFailed):
        service.receive_donations(
            uow, [ReceiveDonation(ids[0]), ReceiveDonation(ids[1], date(2024, 1, 16))]
        )
    with work() as uow:
        assert service.get_donation(uow, ids[0]).status is DonationStatus.PENDING
        service.receive_donations(uow, [ReceiveDonation(each) for each in ids])
    assert held(work) == (30_00, 30_00)
    assert held(work, "sadaqah:health") == (30_00, 30_00)


@pytest.mark.parametrize("again", ["receive", "cancel"])
def test_money_that_came_stays_given(work, again):
    donation_id = given(work).donation_id
    acts = {
        "receive": lambda uow: service.receive_donations(uow, [ReceiveDonation(donation_id)]),
        "cancel": lambda uow: service.cancel_donation(uow, donation_id),
    }
    with work() as uow, pytest.raises(DonationStateRefused, match="RECEIVED; only a PENDING"):
        acts[again](uow)


def test_a_gift_called_off_is_not_received_later(work):
    donation_id = announced(work).donation_id
    with work() as uow:
        assert service.cancel_donation(uow, donation_id).status is DonationStatus.CANCELLED
    with pytest.raises(DonationStateRefused):
        received(work, donation_id)
    assert told(work)[-1] == "sadaqah.donation.cancelled"


def test_a_gift_that_changed_since_it_was_read_is_not_received(work):
    donation = announced(work)
    with pytest.raises(DonationChanged):
        received(work, donation.donation_id, if_match='"v2"')
    assert received(work, donation.donation_id, if_match=donation.etag).version == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"donor_id": "cpty_nobody"}, "donor_id"),
        ({"donor_id": None}, "donor_id"),
        ({"recipient_org_id": "cpty_nobody"}, "recipient_org_id"),
        ({"category": "unheard_of"}, "category"),
        ({"category": "education.cpty_school"}, "category"),
        ({"amount": 0}, "amount"),
        ({"amount": "1.001"}, "amount"),
    ],
)
def test_a_gift_of_the_wrong_shape_is_refused_by_field(work, changes, field):
    given(work, recipient_org_id=SCHOOL, amount=1)  # defines education.cpty_school
    with pytest.raises(ValidationFailed) as refused:
        announced(work, **changes)
    assert refused.value.details[0]["field"] == field


def test_an_external_id_names_one_gift(work):
    announced(work, external_id="gift-7")
    with pytest.raises(DonationExternalIdTaken):
        announced(work, external_id="gift-7")


def test_a_gift_for_an_organisation_has_a_purpose_of_its_own(work):
    donation = given(work, recipient_org_id=SCHOOL)
    assert donation.purpose == "education.cpty_school"
    with work() as uow:
        purpose = purposes.get_purpose(uow, donation.purpose)
    assert (purpose.uses, purpose.earmarked_for) == ({FundUse.GRANT}, SCHOOL)
    # a debt is not paid from it, whoever asks
    with work() as uow, pytest.raises(ShariahViolation) as refused:
        draw_and_post(uow, a_draw(donation.fund, usd(1)))
    assert [d["rule_id"] for d in refused.value.details] == ["SDQ-01", "SDQ-01"]


# Another purpose


def test_another_purpose_on_the_donors_word_moves_the_money_between_funds(work):
    donation = given(work)
    release = released(work, donation.donation_id, amount=2000, currency="USD",
                       donor_statement="letter of 10 January")  # fmt: skip
    assert (release.from_purpose, release.to_purpose) == ("education", "water")
    assert held(work) == (3000_00, 3000_00)
    assert held(work, "sadaqah:water") == (2000_00, 2000_00)
    released(work, donation.donation_id, donor_statement="letter of 11 January")  # the rest
    assert held(work) == (0, 0)
    with work() as uow:
        assert len(service.releases_of(uow, donation.donation_id)) == 2
    with pytest.raises(ValidationFailed, match=r"0\.00 USD of this gift"):
        released(work, donation.donation_id, donor_statement="letter of 12 January")
    assert told(work)[-1] == "sadaqah.donation.restriction_released"


def test_without_the_donors_word_only_a_ruling_in_force_changes_the_purpose(work):
    donation_id = given(work).donation_id
    with work("user_shariah") as uow:
        create = [
            a_resolution("SDQ-01"),
            a_resolution("GEN-01"),
            a_resolution("SDQ-01", valid_from="2023-01-01", valid_to="2024-01-15"),
        ]
        ruling, elsewhere, lapsed = (
            shariah.create_resolution(uow, ResolutionIn(**each).command()).resolution_id
            for each in create
        )
    for named in ({}, {"resolution_id": elsewhere}, {"resolution_id": lapsed}):
        with pytest.raises(ShariahViolation) as refused:
            released(work, donation_id, **named)
        assert refused.value.details[0]["code"] == "DONATION_RESTRICTION"
    assert released(work, donation_id, resolution_id=ruling).resolution_id == ruling


def test_a_change_of_purpose_needs_the_authority_and_a_received_gift(work):
    donation_id = announced(work).donation_id
    with pytest.raises(DonationStateRefused):
        released(work, donation_id, donor_statement="letter")
    received(work, donation_id)
    with pytest.raises(NoAuthority):
        released(work, donation_id, user="user_maker", donor_statement="letter")
    with work("user_finance", "inst_other") as uow, pytest.raises(DonationUnknown):
        service.get_donation(uow, donation_id)


def test_money_spent_already_cannot_change_its_purpose(work):
    donation_id = given(work, category="general", amount=100).donation_id
    with work() as uow:
        draw_and_post(uow, a_draw("sadaqah:general", usd(60)))
    with pytest.raises(FundsInsufficient):
        released(work, donation_id, donor_statement="letter")
    released(work, donation_id, donor_statement="letter", amount=40, currency="USD")
    assert held(work, "sadaqah:general") == (0, 0)


# Pledges


def test_a_pledge_is_counted_down_by_gifts_and_owes_nothing(work):
    pledge = pledged(work)
    assert pledge.purpose == "jariyah.proj_water_well_003"
    assert (pledge.instalment_count, pledge.total_minor) == (24, 12_000_00)
    gift = given(work, category=None, pledge_id=pledge.pledge_id, amount=750, type="recurring")
    assert gift.purpose == pledge.purpose
    with work() as uow:
        pledge = pledges.get_pledge(uow, pledge.pledge_id)
        lines = pledge.instalments(date(2024, 4, 1))
    assert pledge.received_minor == 750_00
    assert [line.status for line in lines[:4]] == [
        InstalmentStatus.RECEIVED,
        InstalmentStatus.PARTLY_RECEIVED,
        InstalmentStatus.MISSED,  # 15 March; nothing follows from it
        InstalmentStatus.EXPECTED,
    ]
    assert lines[1].due_on == date(2024, 2, 15)
    assert pledge.next_due_on(date(2024, 4, 1)) == date(2024, 4, 15)


def test_a_pledge_is_fulfilled_by_its_last_gift(work):
    pledge = pledged(work, amount=10, duration_months=2)
    for _ in range(2):
        given(work, category=None, pledge_id=pledge.pledge_id, amount=10)
    with work() as uow:
        assert pledges.get_pledge(uow, pledge.pledge_id).status is PledgeStatus.FULFILLED
    assert told(work).count("sadaqah.pledge.fulfilled") == 1
    with pytest.raises(DonationStateRefused, match="FULFILLED"):
        announced(work, category=None, pledge_id=pledge.pledge_id)


def test_a_donor_may_withdraw_his_pledge_and_what_he_gave_stays_given(work):
    pledge = pledged(work)
    given(work, category=None, pledge_id=pledge.pledge_id, amount=500)
    waiting = announced(work, category=None, pledge_id=pledge.pledge_id, amount=500)
    with work() as uow:
        assert pledges.cancel_pledge(uow, pledge.pledge_id).status is PledgeStatus.CANCELLED
        with pytest.raises(PledgeNotActive):
            pledges.cancel_pledge(uow, pledge.pledge_id)
    received(work, waiting.donation_id)  # it was on its way; it is welcome and counted
    with work() as uow:
        pledge = pledges.get_pledge(uow, pledge.pledge_id)
    assert (pledge.status, pledge.received_minor) == (PledgeStatus.CANCELLED, 1000_00)


@pytest.mark.parametrize(
    "changes",
    [{"category": "health"}, {"recipient_org_id": SCHOOL}, {"currency": "EUR"},
     {"donor_id": SCHOOL}],
)  # fmt: skip
def test_a_gift_under_a_pledge_is_what_the_pledge_says(work, changes):
    pledge = pledged(work)
    with pytest.raises(ValidationFailed) as refused:
        announced(work, **{"category": None, "pledge_id": pledge.pledge_id, **changes})
    assert refused.value.details[0]["code"] == "differs_from_pledge"


@pytest.mark.parametrize(
    ("frequency", "months", "count", "last"),
    [
        ("monthly", 1, 1, date(2024, 1, 31)),
        ("monthly", 3, 3, date(2024, 3, 31)),
        ("quarterly", 7, 3, date(2024, 7, 31)),
        ("yearly", 24, 2, date(2025, 1, 31)),
        ("weekly", 1, 5, date(2024, 2, 28)),  # before 29 February
    ],
)
def test_gifts_are_expected_from_the_first_day_until_the_time_is_over(
    work, frequency, months, count, last
):
    pledge = pledged(work, frequency=frequency, duration_months=months, start_date="2024-01-31")
    lines = pledge.instalments(date(2024, 1, 15))
    assert (len(lines), lines[-1].due_on) == (count, last)


# Purposes and the look at all funds


def test_a_purpose_is_never_widened(work):
    with work("user_maker") as uow, pytest.raises(NoAuthority):
        purposes.create_purpose(uow, NewPurpose("books", "Books", frozenset({FundUse.GRANT})))
    with work("user_finance") as uow:
        purposes.create_purpose(uow, NewPurpose("books", "Books", frozenset({FundUse.GRANT})))
        with pytest.raises(PurposeTaken):
            purposes.create_purpose(uow, NewPurpose("books", "Books", frozenset(FundUse)))
        with pytest.raises(PurposeTaken):
            purposes.create_purpose(uow, NewPurpose("education", "All", frozenset(FundUse)))
    assert given(work, category="books").fund == "sadaqah:books"


def test_the_look_at_all_funds_reads_each_from_the_ledger(work):
    given(work)
    given(work, category="general", amount=100)
    with work() as uow:
        draw_and_post(uow, a_draw("sadaqah:general", usd(30)))
        found = {each.fund: each for each in overview.list_funds(uow, PageRequest()).items}
        nothing = overview.list_funds(uow, PageRequest(), kind=FundGroup.WAQF).items
    assert {fund: (each.cash_minor, each.available_minor) for fund, each in found.items()} == {
        "sadaqah:education": (5000_00, 5000_00),
        "sadaqah:general": (70_00, 70_00),
    }
    assert (found["sadaqah:education"].kind, nothing) == (FundGroup.SADAQAH, [])


def test_a_gift_changed_behind_the_books_back_is_found(work, owner_url):
    donation_id = given(work).donation_id
    run_as_owner(owner_url, "update funds.donation set amount_minor = amount_minor + 1")
    with work() as uow:
        (finding,) = verify(uow).findings
    assert finding.check == "sadaqah"
    run_as_owner(owner_url, "update funds.donation set amount_minor = amount_minor - 1")
    assert donation_id


def test_a_donation_body_is_read_as_published():
    body = DonationIn(**a_donation(recipient_org_id=SCHOOL, dedication="for my father"))
    command = body.command()
    assert (command.amount, command.dedication) == (usd(5000), "for my father")
