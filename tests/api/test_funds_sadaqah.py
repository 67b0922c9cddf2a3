"""Sadaqah, zakat, charity and the look at all funds over HTTP."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sanduq.kit.json import loads
from sanduq.ledger.capital import add_capital
from tests.coherent import assert_coherent
from tests.conftest import sharing
from tests.make.giving import DEBTOR, DONOR, SCHOOL, a_donation, giving_people, usd
from tests.make.offers import a_resolution
from tests.make.refusals import refused

DONATIONS = "/v1/rails/sadaqah/donations"
PLEDGES = "/v1/rails/sadaqah/pledges"
FUNDS = "/v1/funds"
RESOLUTIONS = "/v1/rails/shariah-governance/resolutions"


@pytest.fixture(autouse=True)
def people(work, db):
    giving_people(work)
    with work() as uow:
        add_capital(uow, usd(1000), "brn_main")
    yield
    assert_coherent(db)


@pytest.fixture
def finance(client):
    return sharing(client, "sk_test_finance")


@pytest.fixture
def reviewer(client):
    return sharing(client, "sk_test_shariah")


def sent(client, path, body, status=201, **headers):
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return loads(answer.content)


def shown(client, path, **query):
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return loads(answer.content)


def given(client, **changes):
    donation = sent(client, DONATIONS, a_donation(**changes))
    return sent(client, f"{DONATIONS}/{donation['id']}/receive", {}, 200)


def ruling(reviewer, *scope):
    return sent(reviewer, RESOLUTIONS, a_resolution(*scope))["id"]


def test_a_donation_answers_with_the_published_fields(client):
    body = a_donation(recipient_org_id=SCHOOL, anonymous=False, dedication="for my father")
    donation = sent(client, DONATIONS, body)
    published = {
        "type": "sadaqah", "subtype": "one_time", "status": "PENDING", "amount": 5000,
        "currency": "USD", "category": "education", "recipient_org_id": SCHOOL,
        "anonymous": False, "tax_receipt_eligible": True, "created_at": "2024-01-15T10:30:00Z",
    }  # fmt: skip
    assert {key: donation[key] for key in published} == published
    assert donation["id"].startswith("sdq_")
    answer = client.get(f"{DONATIONS}/{donation['id']}")
    assert loads(answer.content) == donation
    assert answer.headers["etag"] == '"v1"'


def test_a_pledge_takes_the_published_request(client):
    body = {"amount": 500, "currency": "USD", "donor_id": DONOR, "frequency": "monthly",
            "project_id": "proj_water_well_003", "duration_months": 24}  # fmt: skip
    pledge = sent(client, PLEDGES, body)
    assert {key: pledge[key] for key in body} == body
    assert (pledge["status"], pledge["installments"], pledge["total"]) == ("ACTIVE", 24, 12000)
    lines = shown(client, f"{PLEDGES}/{pledge['id']}/schedule")["installments"]
    assert (len(lines), lines[0]["due_date"], lines[23]["due_date"]) == (
        24, "2024-01-15", "2025-12-15",
    )  # fmt: skip
    assert shown(client, f"{PLEDGES}/{pledge['id']}") == pledge
    cancelled = sent(client, f"{PLEDGES}/{pledge['id']}/cancel", {"reason": "moved away"}, 200)
    assert (cancelled["status"], cancelled["next_due_date"]) == ("CANCELLED", None)


def test_a_gift_is_received_once_however_often_it_is_sent(client):
    donation = sent(client, DONATIONS, a_donation())
    path = f"{DONATIONS}/{donation['id']}/receive"
    first = client.post(path, json={}, headers={"Idempotency-Key": "k1"})
    again = client.post(path, json={}, headers={"Idempotency-Key": "k1"})
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    refused(client.post(path, json={}), 409, "CONFLICT")
    (fund,) = shown(client, FUNDS)["data"]
    assert (fund["fund"], fund["cash"], fund["available"]) == ("sadaqah:education", 5000, 5000)


def test_a_stale_tag_receives_and_cancels_nothing(client):
    donation = sent(client, DONATIONS, a_donation())
    for act in ("receive", "cancel"):
        answer = client.post(
            f"{DONATIONS}/{donation['id']}/{act}", json={}, headers={"If-Match": '"v9"'}
        )
        refused(answer, 409, "CONFLICT")


def test_an_anonymous_donor_is_named_to_nobody(client):
    donation = sent(client, DONATIONS, a_donation(anonymous=True))
    assert donation["donor_id"] is None
    nobody = sent(client, DONATIONS, a_donation(anonymous=True, donor_id=None))
    assert (donation["tax_receipt_eligible"], nobody["tax_receipt_eligible"]) == (True, False)
    events = shown(client, "/v1/events", type="sadaqah.donation.created")["data"]
    assert DONOR not in str(events)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": -1}, "amount"),
        ({"amount": "0.001"}, "amount"),
        ({"currency": "XXX"}, "currency"),
        ({"donor_id": "grp_1"}, "donor_id"),
        ({"category": "unheard_of"}, "category"),
        ({"anonymous": "yes"}, "anonymous"),
        ({"kategory": "education"}, "kategory"),
    ],
)
def test_a_donation_of_the_wrong_shape_is_refused_by_field(client, changes, field):
    answer = client.post(DONATIONS, json=a_donation(**changes))
    refused(answer, 422, "VALIDATION_ERROR", field=field)


def test_donations_are_found_by_every_filter(client, finance):
    pledge = sent(client, PLEDGES, {"amount": 5, "currency": "USD", "donor_id": DONOR,
                                    "frequency": "yearly", "duration_months": 12})  # fmt: skip
    made = [
        given(client, amount=1),
        given(client, amount=2, category="health", donor_id=SCHOOL),
        sent(client, DONATIONS, a_donation(amount=3, currency="EUR", external_id="e-3")),
        sent(client, DONATIONS, a_donation(amount=4, category=None, pledge_id=pledge["id"])),
    ]
    filters = [
        {"status": "RECEIVED"}, {"status": "PENDING"}, {"donor_id": DONOR}, {"donor_id": SCHOOL},
        {"category": "health"}, {"purpose": "education"}, {"pledge_id": pledge["id"]},
        {"currency": "EUR"}, {"external_id": "e-3"}, {"status": "PENDING", "currency": "USD"},
    ]  # fmt: skip
    for wanted in filters:
        found = [each["id"] for each in shown(client, DONATIONS, **wanted)["data"]]
        expected = [each["id"] for each in reversed(made) if wanted.items() <= each.items()]
        assert found == expected, wanted
    page = shown(client, DONATIONS, limit=3)
    rest = shown(client, DONATIONS, limit=3, cursor=page["next_cursor"])
    assert [each["id"] for each in page["data"] + rest["data"]] == [
        each["id"] for each in reversed(made)
    ]
    assert shown(client, DONATIONS, page=1, perPage=2)["pagination"]["total"] == 4


def test_a_gift_changes_its_purpose_on_the_donors_word_alone(client, finance):
    donation = given(client)
    path = f"{DONATIONS}/{donation['id']}/release-restriction"
    body = {"category": "water", "amount": 2000, "currency": "USD"}
    refused(client.post(path, json={**body, "donor_statement": "letter"}), 403, "FORBIDDEN")
    finding = refused(finance.post(path, json=body), 422, "SHARIAH_VIOLATION")["errors"][0]
    assert (finding["rule_id"], finding["code"]) == ("SDQ-01", "DONATION_RESTRICTION")
    release = sent(finance, path, {**body, "donor_statement": "letter of 10 January"})
    assert (release["from_purpose"], release["to_purpose"]) == ("education", "water")
    assert shown(client, path)["data"] == [release]
    found = {each["fund"]: each["available"] for each in shown(client, FUNDS)["data"]}
    assert found == {"sadaqah:education": 3000, "sadaqah:water": 2000}
    assert shown(client, f"{DONATIONS}/{donation['id']}")["released"] == 2000


def test_a_purpose_is_added_and_given_to(client, finance):
    body = {"code": "books", "name": "School books", "uses": ["grant"]}
    refused(client.post(f"{FUNDS}/purposes", json=body), 403, "FORBIDDEN")
    purpose = sent(finance, f"{FUNDS}/purposes", body)
    assert (purpose["fund"], purpose["is_standard"]) == ("sadaqah:books", False)
    refused(finance.post(f"{FUNDS}/purposes", json=body), 409, "CONFLICT")
    codes = [each["code"] for each in shown(client, f"{FUNDS}/purposes", limit=100)["data"]]
    assert {"books", "general", "education"} <= set(codes)
    assert given(client, category="books")["fund"] == "sadaqah:books"


def test_a_gift_is_paid_out_and_listed_among_the_spending(client, finance):
    given(client)
    body = {"fund": "sadaqah:education", "amount": "200.50", "currency": "USD",
            "recipient_id": SCHOOL, "note": "desks"}  # fmt: skip
    spending = sent(finance, f"{FUNDS}/spending", body)
    assert Decimal(spending["amount"]) == Decimal("200.5")
    assert (spending["use"], spending["kind"], spending["returned"]) == ("grant", "sadaqah", 0)
    assert shown(client, f"{FUNDS}/spending/{spending['id']}") == spending
    for wanted, count in (({"kind": "sadaqah"}, 1), ({"kind": "waqf"}, 0), ({"use": "grant"}, 1),
                          ({"fund": "sadaqah:education"}, 1), ({"party_id": SCHOOL}, 1),
                          ({"subject_id": "mfl_1"}, 0)):  # fmt: skip
        assert len(shown(client, f"{FUNDS}/spending", **wanted)["data"]) == count, wanted
    answer = finance.post(f"{FUNDS}/spending", json={**body, "amount": 5000})
    refused(answer, 422, "FUNDS_INSUFFICIENT")


def test_zakat_is_taken_in_paid_and_reported(client, finance, reviewer):
    definition, cap = ruling(reviewer, "ZKT-01"), ruling(reviewer, "ZKT-08")
    receipt = sent(client, f"{FUNDS}/zakat/receipts",
                   {"amount": 500, "currency": "USD", "payer_id": DONOR})  # fmt: skip
    share = sent(finance, f"{FUNDS}/zakat/caps", {"share": 0.125, "resolution_id": cap})
    assert Decimal(share["share"]) == Decimal("0.125")
    body = {
        "amount": 200, "currency": "USD", "recipient_id": DEBTOR, "asnaf_code": "GHARIMIN",
        "ssb_definition": definition, "paid_to": "his own account 4711",
        "evidence": {"debt": "mfl_1", "is_debt_lawful": True, "is_unable_to_pay": True,
                     "documents": ["court note"]},
    }  # fmt: skip
    refused(client.post(f"{FUNDS}/zakat/payments", json=body), 403, "FORBIDDEN")
    payment = sent(finance, f"{FUNDS}/zakat/payments", body)
    assert shown(client, f"{FUNDS}/zakat/payments/{payment['id']}") == payment
    assert shown(client, f"{FUNDS}/zakat/receipts/{receipt['id']}") == receipt
    report = shown(client, f"{FUNDS}/zakat")
    assert (report["received"], report["paid"], report["balance"]) == (500, 200, 300)
    assert report["by_asnaf"] == [{"asnaf_code": "GHARIMIN", "paid": 200}]
    assert (report["oldest_undistributed_date"], report["findings"]) == ("2024-01-15", [])
    refusals = [
        ({"asnaf_code": "FRIENDS"}, "ZAKAT_CATEGORY"),
        ({"condition": "he repays us"}, "ZAKAT_ROUNDTRIP"),
        ({"payee": "creditor"}, "ZAKAT_GHARIM"),
        ({"asnaf_code": "AMILIN", "amount": 63}, "ZAKAT_ADMIN_SHARE"),
    ]
    for changes, code in refusals:
        answer = finance.post(f"{FUNDS}/zakat/payments", json={**body, **changes})
        assert refused(answer, 422, "SHARIAH_VIOLATION")["errors"][0]["code"] == code
    filters = [
        ("payments", {"asnaf_code": "GHARIMIN"}),
        ("payments", {"currency": "USD"}),
        ("payments", {"recipient_id": DEBTOR}),
        ("receipts", {"payer_id": DONOR}),
        ("receipts", {"currency": "USD"}),
    ]
    for name, wanted in filters:
        assert len(shown(client, f"{FUNDS}/zakat/{name}", **wanted)["data"]) == 1
    (fund,) = shown(client, FUNDS, kind="zakat")["data"]
    assert (fund["fund"], fund["available"]) == ("zakat", 300)


def test_charity_is_set_aside_asked_for_and_signed_off(client, reviewer):
    receipt = sent(client, f"{FUNDS}/charity/receipts",
                   {"source": "late_pledge", "came_from": "mfl_1", "amount": 5,
                    "currency": "USD"})  # fmt: skip
    body = {"beneficiary_id": SCHOOL, "amount": 5, "currency": "USD", "use": "education",
            "description": "Desks", "beneficiary_is_staff_or_kin": False}  # fmt: skip
    own_debt = client.post(
        f"{FUNDS}/charity/payments", json={**body, "settles_debt_of": "institution"}
    )
    finding = refused(own_debt, 422, "SHARIAH_VIOLATION")["errors"][0]
    assert finding["code"] == "CHARITY_SELF_COLLECTION"
    payment = sent(client, f"{FUNDS}/charity/payments", body)
    path = f"{FUNDS}/charity/payments/{payment['id']}"
    refused(client.post(f"{path}/approve", json={}), 403, "FORBIDDEN")
    paid = sent(reviewer, f"{path}/approve", {"reason": "a public school"}, 200)
    assert (payment["status"], paid["status"]) == ("PENDING_APPROVAL", "PAID")
    assert shown(client, path) == paid
    refused(reviewer.post(f"{path}/reject", json={}), 409, "CONFLICT")
    report = shown(client, f"{FUNDS}/charity", year=2024)
    assert report["sources"] == [{"source": "late_pledge", "amount": 5}]
    assert report["uses"] == [{"use": "education", "amount": 5}]
    assert (report["closing"], report["unexplained"], report["is_complete"]) == (0, 0, True)
    assert shown(client, f"{FUNDS}/charity/receipts", came_from="mfl_1")["data"] == [receipt]
    assert shown(client, f"{FUNDS}/charity/receipts", source="fee_surplus")["data"] == []
    assert shown(client, f"{FUNDS}/charity/payments", status="PAID")["data"] == [paid]


def test_another_institution_sees_nothing_of_it(client, other_client):
    donation = given(client)
    refused(other_client.get(f"{DONATIONS}/{donation['id']}"), 404, "NOT_FOUND")
    for path in (DONATIONS, PLEDGES, FUNDS, f"{FUNDS}/purposes", f"{FUNDS}/spending",
                 f"{FUNDS}/zakat/receipts", f"{FUNDS}/zakat/payments",
                 f"{FUNDS}/charity/receipts", f"{FUNDS}/charity/payments"):  # fmt: skip
        assert shown(other_client, path)["data"] == []


def test_an_id_of_another_kind_is_refused(client):
    for path in (f"{DONATIONS}/mfl_1", f"{PLEDGES}/sdq_1", f"{FUNDS}/spending/pay_1",
                 f"{FUNDS}/zakat/payments/zkr_1", f"{FUNDS}/charity/payments/chr_1"):  # fmt: skip
        refused(client.get(path), 422, "VALIDATION_ERROR", "wrong_id")


def test_a_number_is_not_a_day(client):
    donation = sent(client, DONATIONS, a_donation())
    answer = client.post(f"{DONATIONS}/{donation['id']}/receive", json={"received_date": 0})
    refused(answer, 422, "VALIDATION_ERROR", field="received_date")
