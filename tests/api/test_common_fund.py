"""A group's common fund over HTTP: opened, filled, paid out of by two officers, shown."""

from __future__ import annotations

import pytest

from sanduq import demo
from tests.conftest import client_with, sharing
from tests.make.common_fund import AMINA, BADIA, CARIMA, DALAL, OFFICERS
from tests.make.counting import CountedDatabase, statements
from tests.make.groups import a_group, a_group_loan, given
from tests.make.loans import done
from tests.make.refusals import refused

RAIL = "/v1/rails/microfinance"
BYLAWS = {
    "document": "By-laws of 12 January",
    "uses": ["cover_call", "help_death_illness", "return_on_leaving"],
    "cover_nature": "qard",
    "surplus_modes": ["charity"],
    "exit_share": 0.5,
}
FUND = {"basis": "TABARRU", "bylaws": BYLAWS, "external_id": "f-1", "metadata": {"box": "3"}}


@pytest.fixture
def path(demo_work, demo_client):
    """The fund of a group of four, three of them officers, with a contribution of 50."""
    with demo_work() as uow:
        group_id = a_group(uow, contribution=50).group_id
    group = f"{RAIL}/groups/{group_id}"
    for party_id, role in OFFICERS.items():
        body = {"role": str(role)}
        done(demo_client.post(f"{group}/members/{party_id}/role", json=body))
    return f"{group}/fund"


@pytest.fixture
def fund(demo_client, path):
    return done(demo_client.post(path, json=FUND), 201)


def contribute(client, path, party_id, **more):
    body = {"party_id": party_id, **more}
    return done(client.post(f"{path}/contributions", json=body), 201)


def sign(client, path, payment_id, officer_id):
    body = {"officer_id": officer_id, "signature": "minutes, page 7"}
    return client.post(f"{path}/payments/{payment_id}/sign", json=body)


def test_a_fund_is_opened_filled_and_paid_out_of_by_two_officers(
    demo_client, demo_checker, path, fund
):
    assert (fund["type"], fund["status"], fund["basis"]) == ("common_fund", "OPEN", "TABARRU")
    assert (fund["contribution"], fund["frequency"]) == (50, "monthly")
    assert fund["bylaws"]["exit_share"] == 0.5
    assert (fund["external_id"], fund["metadata"]) == ("f-1", {"box": "3"})
    made = contribute(demo_client, path, AMINA, reference="receipt 12")
    assert (made["amount"], made["received_on"], made["kind"]) == (50, "2024-01-15", "contribution")
    contribute(demo_client, path, DALAL, amount="30.50")

    shown = done(demo_client.get(path))
    assert (shown["balance"], shown["surplus"], shown["members_own"]) == (80.5, 80.5, 0)
    missed = {one["party_id"]: one["missed"] for one in shown["contributions"]}
    assert missed == {AMINA: 0, BADIA: 50, CARIMA: 50, DALAL: 19.5}

    body = {"use": "help_death_illness", "amount": 40, "beneficiary_id": DALAL, "reason": "ill"}
    asked = done(demo_client.post(f"{path}/payments", json=body), 201)
    assert (asked["status"], asked["nature"], asked["signatures"]) == ("ASKED", "gift", [])
    refused(sign(demo_client, path, asked["id"], AMINA), 403, "FORBIDDEN")
    done(sign(demo_checker, path, asked["id"], AMINA))
    refused(sign(demo_checker, path, asked["id"], AMINA), 409, "CONFLICT")
    refused(sign(demo_checker, path, asked["id"], DALAL), 409, "CONFLICT")
    paid = done(sign(demo_checker, path, asked["id"], BADIA))
    assert (paid["status"], paid["paid_on"]) == ("PAID", "2024-01-15")
    assert [one["role"] for one in paid["signatures"]] == ["chair", "treasurer"]
    read = demo_client.get(f"{path}/payments/{asked['id']}")
    assert (read.json(), read.headers["etag"]) == (paid, paid["etag"])
    assert done(demo_client.get(path))["balance"] == 40.5

    statement = done(demo_client.get(f"{path}/members/{DALAL}/statement"))
    lines = [(one["kind"], one["direction"], one["amount"]) for one in statement["lines"]]
    assert lines == [("contribution", "in", 30.5), ("help_death_illness", "out", 40)]
    assert (statement["paid"], statement["own"], statement["on_leaving"]) == (30.5, 0, 15.25)

    events = demo_client.get("/v1/events", params={"subject_id": asked["id"]}).json()["data"]
    assert [one["type"].rpartition(".")[2] for one in reversed(events)] == [
        "payment_asked", "payment_signed", "paid",
    ]  # fmt: skip


def test_the_fund_pays_its_share_of_a_call_when_its_officers_signed(
    demo_work, demo_client, demo_checker, path, fund
):
    contribute(demo_client, path, AMINA, amount=60)
    with demo_work() as uow:
        given(uow, fund["group_id"], (BADIA, 100_00))
    loan = a_group_loan(demo_work, fund["group_id"], DALAL)
    group = path.removesuffix("/fund")
    body = {"loan_id": loan.loan_id, "reason": "two months late"}
    call = done(demo_client.post(f"{group}/guarantee-calls", json=body), 201)
    assert {one["payer_id"]: one["amount"] for one in call["shares"]} == {
        "common_fund": 60, BADIA: 40,
    }  # fmt: skip
    at_once = {"payer_id": "common_fund", "amount": 60}
    answer = demo_client.post(f"{RAIL}/guarantee-calls/{call['id']}/payments", json=at_once)
    body = refused(answer, 409, "CONFLICT", "needs_officers", "payer_id")
    assert "/fund/payments" in body["detail"]
    body = {"use": "cover_call", "call_id": call["id"], "reason": "agreed"}
    asked = done(demo_client.post(f"{path}/payments", json=body), 201)
    assert (asked["amount"], asked["nature"], asked["beneficiary_id"]) == (60, "qard", DALAL)
    for officer in (AMINA, BADIA):
        paid = done(sign(demo_checker, path, asked["id"], officer))
    assert paid["repayment_id"].startswith("rep_")
    (debt,) = done(demo_client.get(f"{group}/recourses"))["data"]
    assert (debt["creditor_id"], debt["outstanding"]) == ("common_fund", 60)
    back = {"amount": 10, "note": "after harvest"}
    done(demo_client.post(f"{RAIL}/recourses/{debt['id']}/recoveries", json=back), 201)
    assert done(demo_client.get(path))["balance"] == 10
    shown = done(demo_client.get(f"{group}/performance"))
    assert (shown["contributions_due"], shown["contributions_received"]) == (200, 60)


@pytest.mark.parametrize(
    ("changes", "laws", "code"),
    [
        ({"basis": None}, {}, "FUND_BASIS_UNDEFINED"),
        ({"basis": "MEMBER_DEPOSIT"}, {}, "FUND_BASIS_UNDEFINED"),
        ({}, {"custodian_use": "lender", "mandatory_for_loan": True}, "FUND_BENEFITS_LENDER"),
        ({}, {"cover_nature": None}, "FUND_USE_OUTSIDE_BYLAWS"),
        ({}, {"return_rate": "3% a year"}, "FUND_RETURN_PROMISED"),
        ({}, {"missed_fee": 1}, "FUND_RETURN_PROMISED"),
        ({}, {"placement": {"description": "a deposit"}}, "FUND_INVESTMENT"),
    ],
)
def test_by_laws_against_a_rule_are_refused_with_the_rule(demo_client, path, changes, laws, code):
    body = {**FUND, **changes, "bylaws": {**BYLAWS, **laws}}
    refused(demo_client.post(path, json=body), 422, "SHARIAH_VIOLATION", code)
    refused(demo_client.get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("laws", "field"),
    [
        ({"uses": ["surplus"]}, "bylaws.uses.0"),
        ({"exit_share": 1.5}, "bylaws.exit_share"),
        ({"exit_share": 0.00001}, "bylaws.exit_share"),
        ({"missed_fee": "x"}, "bylaws.missed_fee"),
        ({"interest": 3}, "bylaws.interest"),
    ],
)
def test_by_laws_that_cannot_be_read_are_refused(demo_client, path, laws, field):
    body = {**FUND, "bylaws": {**BYLAWS, **laws}}
    refused(demo_client.post(path, json=body), 422, "VALIDATION_ERROR", field=field)


def test_what_a_payment_cannot_be_is_refused(demo_client, path, fund):
    contribute(demo_client, path, AMINA)
    payments = f"{path}/payments"
    for body, status, code, field in (
        ({"use": "party"}, 422, "VALIDATION_ERROR", "use"),
        ({"use": "costs", "amount": 1, "beneficiary_id": DALAL}, 422, "SHARIAH_VIOLATION", "use"),
        ({"use": "help_death_illness", "amount": 1}, 422, "VALIDATION_ERROR", "beneficiary_id"),
        ({"use": "cover_call", "call_id": "mfl_1"}, 422, "VALIDATION_ERROR", "call_id"),
        ({"use": "help_death_illness", "amount": 0, "beneficiary_id": DALAL}, 422,
         "VALIDATION_ERROR", "amount"),
        ({"use": "cover_call", "call_id": "gcl_none"}, 404, "NOT_FOUND", None),
    ):  # fmt: skip
        answer = demo_client.post(payments, json={"reason": "x", **body})
        refused(answer, status, code, field=field)
    refused(demo_client.get(f"{payments}/cfp_none"), 404, "NOT_FOUND")
    refused(demo_client.post(path, json=FUND), 409, "CONFLICT")


def test_a_payment_is_cancelled_by_who_read_it_last(demo_client, path, fund):
    contribute(demo_client, path, AMINA)
    body = {"use": "help_death_illness", "amount": 40, "beneficiary_id": DALAL, "reason": "ill"}
    asked = done(demo_client.post(f"{path}/payments", json=body), 201)
    cancel = f"{path}/payments/{asked['id']}/cancel"
    stale = {"If-Match": '"v9"'}
    refused(demo_client.post(cancel, json={"reason": "x"}, headers=stale), 409, "CONFLICT")
    fresh = {"If-Match": asked["etag"]}
    gone = done(demo_client.post(cancel, json={"reason": "healed"}, headers=fresh))
    assert (gone["status"], gone["cancel_reason"]) == ("CANCELLED", "healed")
    listed = demo_client.get(f"{path}/payments", params={"status": "CANCELLED"}).json()["data"]
    assert listed == [gone]


def test_a_loan_to_the_fund_carries_no_charge(demo_client, path, fund):
    body = {"lender_id": "cpty_borrower_001", "amount": 80, "reason": "two burials"}
    answer = demo_client.post(f"{path}/loans", json={**body, "charge": 1})
    refused(answer, 422, "SHARIAH_VIOLATION", "FUND_LOAN_INCREASE")
    lent = done(demo_client.post(f"{path}/loans", json=body), 201)
    shown = done(demo_client.get(path))
    assert (shown["loans"], shown["owed_to_lenders"], shown["surplus"]) == ([lent], 80, 0)


def test_another_institution_sees_no_fund(demo_db, demo_client, path, fund):
    stranger = sharing(demo_client, "sk_test_maker_other")
    for answer in (
        stranger.get(path),
        stranger.get(f"{path}/members/{AMINA}/statement"),
        stranger.post(f"{path}/contributions", json={"party_id": AMINA}),
        stranger.post(path, json=FUND),
    ):
        refused(answer, 404, "NOT_FOUND")


def test_reading_a_fund_takes_as_many_statements_for_many_rows_as_for_few(demo_url, path, fund):
    with CountedDatabase(demo_url) as counted:
        client = client_with(counted, demo.MAKER_KEY)
        reads = (path, f"{path}/contributions", f"{path}/payments",
                 f"{path}/members/{AMINA}/statement")  # fmt: skip
        body = {"use": "help_death_illness", "amount": 1, "beneficiary_id": DALAL, "reason": "x"}

        def fill(times):
            for _ in range(times):
                contribute(client, path, AMINA)
                done(client.post(f"{path}/payments", json=body), 201)

        def cost():
            return [statements(lambda one=one: done(client.get(one))) for one in reads]

        fill(1)
        cost()
        few = cost()
        fill(5)
        assert cost() == few
        assert max(few) <= 12, few
