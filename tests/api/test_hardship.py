"""Hardship over HTTP: from the first demand to a recovery, and what is refused on the way.

The loan: 2,000 and a fee of 40 in twelve instalments of 170, the first of 1 January 2024 overdue.
"""

from __future__ import annotations

from datetime import date

import pytest

from sanduq import demo
from sanduq.shariah.facts import DebtorState
from tests.coherent import assert_coherent
from tests.conftest import client_with, sharing
from tests.make.counting import CountedDatabase, statements
from tests.make.groups import a_group, a_group_loan
from tests.make.hardship import classed, defaulted, given, holds
from tests.make.loans import LOANS, asked, disbursed, done
from tests.make.refusals import refused

HOLIDAYS = "/v1/rails/microfinance/holidays"
DELAYING = {"state": "solvent_delaying", "findings": "has a shop with stock, does not answer"}
INSOLVENT = {"state": "insolvent", "findings": "visited twice, no income", "document": "doc_1"}
COST = {"amount": 15, "payee": "A. Bailiff", "receipt": "R-17", "incurred_on": "2024-01-10"}
FLOOD = {"event": "flood of January", "reason": "under water", "document": "decree 12"}


@pytest.fixture(autouse=True)
def books_are_coherent(demo_work):
    yield
    with demo_work() as uow:
        assert_coherent(uow)


@pytest.fixture
def path(demo_work):
    loan = disbursed(demo_work, asked(grace_months=0), on=date(2023, 12, 5))
    return f"{LOANS}/{loan.loan_id}"


@pytest.fixture
def loan_id(path):
    return path.rsplit("/", 1)[1]


def rules(body):
    return {each["rule_id"] for each in body["errors"]}


def told(client, loan_id):
    found = client.get("/v1/events", params={"subject_id": loan_id, "limit": 100}).json()["data"]
    return [event["type"].rsplit(".", 1)[1] for event in reversed(found)]


def test_the_whole_road_from_demand_to_recovery(
    demo_client, demo_checker, demo_work, path, loan_id, demo_url
):
    given(demo_work, 300_000)
    demand = done(
        demo_client.post(f"{path}/demands", json={"channel": "visit", "note": "at home"}), 201
    )
    assert (demand["overdue"], demand["respond_by"]) == (170, "2024-01-29")
    assessed = done(demo_client.post(f"{path}/solvency-assessments", json=INSOLVENT), 201)
    assert (assessed["type"], assessed["state"]) == ("solvency_assessment", "insolvent")
    record = done(demo_client.get(f"{path}/hardship"))
    assert (record["demands"], record["assessments"]) == ([demand], [assessed])
    loan = done(demo_checker.post(f"{path}/default", json={"reason": "no income"}))
    assert (loan["status"], loan["balance"]["outstanding"]) == ("DEFAULTED", 2040)
    body = {"fund": "sadaqah:debt_relief", "reason": "cannot pay"}
    asked_for = done(demo_client.post(f"{path}/write-off", json=body), 201)
    assert (asked_for["status"], asked_for["journal_id"]) == ("PENDING", None)
    posted = done(demo_checker.post(f"{path}/write-off/approve"))
    assert (posted["status"], posted["fund"]) == ("POSTED", "sadaqah:debt_relief")
    assert (posted["principal"], posted["service_fee"]) == (2000, 40)
    assert done(demo_client.get(f"{path}/write-off")) == posted
    assert done(demo_client.get(path))["status"] == "WRITTEN_OFF"
    paid = done(demo_client.post(f"{path}/recover", json={"amount": 100}), 201)
    assert paid["amount"] == 100
    # 3,000.00 given, 2,040.00 borne, 100.00 come back to the fund that bore it.
    assert holds(demo_url, "3200", "sadaqah:debt_relief") == -106_000
    assert holds(demo_url, "4700") == 0
    made = done(
        demo_checker.post(f"{path}/forgive", json={"authority": "minutes 8", "reason": "mercy"}),
        201,
    )
    assert (made["principal"] + made["service_fee"], made["journal_id"]) == (1940, None)
    assert done(demo_client.get(path))["status"] == "WRITTEN_OFF"
    assert told(demo_client, loan_id)[-6:] == [
        "demanded", "assessed", "defaulted", "written_off", "recovered", "forgiven",
    ]  # fmt: skip


def test_the_approvals_inbox_decides_a_write_off(demo_client, demo_checker, demo_work, path):
    defaulted(demo_work, path.rsplit("/", 1)[1])
    asked_for = done(demo_client.post(f"{path}/write-off", json={"reason": "cannot pay"}), 201)
    waiting = done(demo_checker.get("/v1/approvals"))["data"]
    (mine,) = [one for one in waiting if one["subject_id"] == asked_for["id"]]
    refusal = {"reason": "visit him once more"}
    done(demo_checker.post(f"/v1/approvals/{mine['id']}/reject", json=refusal))
    refused(demo_client.get(f"{path}/write-off"), 404, "NOT_FOUND")
    again = done(demo_client.post(f"{path}/write-off", json={"reason": "visited"}), 201)
    assert again["fund"] == "own"  # named by nobody: our own money was lent


class TestRefusals:
    def test_nobody_is_put_in_default_unclassed(self, demo_checker, path):
        body = refused(
            demo_checker.post(f"{path}/default", json={"reason": "late"}), 422,
            "SHARIAH_VIOLATION", "SOLVENCY_NOT_ASSESSED",
        )  # fmt: skip
        assert rules(body) == {"DEF-01"}

    def test_an_officer_does_not_put_in_default(self, demo_client, demo_work, path, loan_id):
        classed(demo_work, loan_id)
        refused(demo_client.post(f"{path}/default", json={"reason": "late"}), 403, "FORBIDDEN")

    def test_only_a_loan_in_default_is_written_off(self, demo_client, path):
        body = refused(
            demo_client.post(f"{path}/write-off", json={"reason": "late"}), 409, "CONFLICT"
        )
        assert "DISBURSED" in body["detail"]

    def test_who_asked_for_a_write_off_does_not_approve_it(
        self, demo_client, demo_checker, demo_work, path, loan_id
    ):
        defaulted(demo_work, loan_id)
        done(demo_checker.post(f"{path}/write-off", json={"reason": "cannot pay"}), 201)
        refused(demo_checker.post(f"{path}/write-off/approve"), 403, "FORBIDDEN")
        refused(demo_client.post(f"{path}/write-off/approve"), 403, "FORBIDDEN")
        assert done(demo_client.get(path))["status"] == "DEFAULTED"

    def test_a_second_write_off_waits_for_the_first(self, demo_client, demo_work, path, loan_id):
        defaulted(demo_work, loan_id)
        done(demo_client.post(f"{path}/write-off", json={"reason": "cannot pay"}), 201)
        refused(demo_client.post(f"{path}/write-off", json={"reason": "again"}), 409, "CONFLICT")

    @pytest.mark.parametrize("fund", ["bank", "waqf:", "sadaqah", "common:grp_1"])
    def test_a_loss_is_borne_by_a_fund_there_is(self, demo_client, path, fund):
        body = {"fund": fund, "reason": "cannot pay"}
        refused(
            demo_client.post(f"{path}/write-off", json=body), 422, "VALIDATION_ERROR",
            field="fund",
        )  # fmt: skip

    @pytest.mark.parametrize("missing", ["receipt", "payee", "amount", "incurred_on"])
    def test_a_cost_without_its_receipt_is_not_charged(self, demo_checker, path, missing):
        body = {name: value for name, value in COST.items() if name != missing}
        refused(
            demo_checker.post(f"{path}/collection-costs", json=body), 422, "VALIDATION_ERROR",
            field=missing,
        )  # fmt: skip

    def test_an_insolvent_borrower_bears_no_cost(self, demo_checker, demo_work, path, loan_id):
        classed(demo_work, loan_id)
        answer = demo_checker.post(f"{path}/collection-costs", json=COST)
        assert rules(refused(answer, 422, "SHARIAH_VIOLATION")) == {"DEF-02", "DEF-07"}

    def test_a_pledge_on_a_qard_is_off_without_a_ruling(
        self, demo_checker, demo_work, path, loan_id
    ):
        classed(demo_work, loan_id, DebtorState.SOLVENT_DELAYING)
        body = {"amount": 5, "note": "said in May"}
        answer = demo_checker.post(f"{path}/charity-pledges", json=body)
        assert rules(refused(answer, 422, "SHARIAH_VIOLATION")) == {"DEF-05"}

    def test_a_reschedule_never_adds_to_the_debt(self, demo_client, path):
        """T5: a qard of 1,000 rescheduled to 1,010; here 2,040 to 2,050: RESCHEDULE_INCREASE."""
        lines = [{"due_date": "2024-06-01", "principal": 2000, "service_fee": 50}]
        body = {"kind": "lines", "reason": "later", "lines": lines}
        refused(demo_client.post(f"{path}/reschedule", json=body), 422, "RESCHEDULE_INCREASE")

    def test_forgiving_takes_the_word_of_the_owner(self, demo_checker, path):
        body = {"reason": "mercy"}
        refused(
            demo_checker.post(f"{path}/forgive", json=body), 422, "VALIDATION_ERROR",
            field="authority",
        )  # fmt: skip

    def test_more_than_is_claimed_is_not_forgiven(self, demo_checker, path):
        body = {"authority": "minutes 8", "reason": "mercy", "amount": 2040.01}
        refused(
            demo_checker.post(f"{path}/forgive", json=body), 422, "VALIDATION_ERROR",
            "exceeds_claim", "amount",
        )  # fmt: skip

    def test_nothing_is_recovered_of_a_debt_that_stands(self, demo_client, path):
        refused(demo_client.post(f"{path}/recover", json={"amount": 1}), 409, "CONFLICT")

    def test_nothing_is_demanded_before_its_day(self, demo_client, demo_work):
        fresh = disbursed(demo_work).loan_id
        body = {"channel": "phone"}
        answer = demo_client.post(f"{LOANS}/{fresh}/demands", json=body)
        assert "QRD-15" in refused(answer, 409, "CONFLICT")["detail"]

    def test_unknown_fields_and_loans_are_refused(self, demo_client, path):
        body = {"channel": "phone", "amount": 5}
        refused(demo_client.post(f"{path}/demands", json=body), 422, "VALIDATION_ERROR")
        nobody = {"channel": "phone"}
        refused(demo_client.post(f"{LOANS}/mfl_nobody/demands", json=nobody), 404, "NOT_FOUND")
        refused(demo_client.post(f"{LOANS}/cpty_1/demands", json=nobody), 422, "VALIDATION_ERROR")


def test_a_receipt_is_owed_beside_the_loan_and_paid_apart(demo_client, demo_checker, path):
    done(demo_client.post(f"{path}/solvency-assessments", json=DELAYING), 201)
    cost = done(demo_checker.post(f"{path}/collection-costs", json=COST), 201)
    assert (cost["amount"], cost["outstanding"]) == (15, 15)
    assert done(demo_client.get(path))["balance"]["outstanding"] == 2040
    paid = f"{path}/collection-costs/{cost['id']}/payments"
    done(demo_client.post(paid, json={"amount": 15}), 201)
    (listed,) = done(demo_client.get(f"{path}/collection-costs"))["data"]
    assert (listed["id"], listed["outstanding"]) == (cost["id"], 0)
    refused(
        demo_client.post(f"{path}/collection-costs/col_no/payments", json={"amount": 1}),
        404, "NOT_FOUND",
    )  # fmt: skip


def test_a_pledge_with_a_ruling_goes_to_charity_alone(
    demo_client, demo_checker, demo_work, path, demo_url
):
    done(demo_client.post(f"{path}/solvency-assessments", json=DELAYING), 201)
    ruling = {
        "title": "Pledges on a qard", "question": "May a delaying debtor pledge to charity?",
        "ruling": "He may.", "scope": ["DEF-05"], "signers": ["The board"],
        "valid_from": "2024-01-01", "valid_to": "2025-01-01", "is_demonstration": True,
    }  # fmt: skip
    done(demo_client.post("/v1/rails/shariah-governance/resolutions", json=ruling), 201)
    body = {"amount": 5, "note": "said in May"}
    pledge = done(demo_checker.post(f"{path}/charity-pledges", json=body), 201)
    assert (pledge["type"], pledge["amount"]) == ("charity_pledge", 5)
    assert holds(demo_url, "2100") == -500
    assert done(demo_client.get(path))["balance"]["outstanding"] == 2040


def test_a_donor_fund_pays_a_debt_and_is_named(demo_client, demo_checker, demo_work, path):
    given(demo_work, 300_000)
    body = {"fund": "sadaqah:debt_relief", "note": "relief"}
    done(demo_client.post(f"{path}/solvency-assessments", json=INSOLVENT), 201)
    paid = done(demo_checker.post(f"{path}/third-party-payment", json=body), 201)
    assert paid["amount"] == 2040
    loan = done(demo_client.get(path))
    assert (loan["status"], loan["settled_by"]) == ("COMPLETED", "sadaqah:debt_relief")


class TestHolidays:
    @pytest.fixture
    def group_id(self, demo_work):
        with demo_work() as uow:
            group_id = a_group(uow).group_id
        a_group_loan(demo_work, group_id, "cpty_amina")
        return group_id

    def test_a_holiday_of_a_group_answers_for_each_loan(self, demo_client, group_id):
        body = {"group_id": group_id, "months": 2, **FLOOD}
        made = done(demo_client.post(HOLIDAYS, json=body), 201)
        assert (made["given_count"], made["refused_count"], made["until"]) == (1, 0, None)
        (result,) = made["results"]
        assert result == {
            "loan_id": result["loan_id"], "status": "GIVEN", "from_due_date": "2024-02-01",
            "to_due_date": "2024-04-01", "schedule_version": 2, "code": None, "message": None,
        }  # fmt: skip
        assert done(demo_client.get(f"{HOLIDAYS}/{made['id']}")) == made
        (listed,) = done(demo_client.get(HOLIDAYS))["data"]
        assert listed == {name: value for name, value in made.items() if name != "results"}
        assert done(demo_client.get(f"{LOANS}/{result['loan_id']}"))["balance"]["due_now"] == 100

    def test_a_holiday_is_refused_by_field(self, demo_client, group_id):
        def sent(**body):
            return demo_client.post(HOLIDAYS, json={**FLOOD, **body})

        refused(sent(months=1), 422, "VALIDATION_ERROR", field="branch_id")
        refused(sent(group_id=group_id), 422, "VALIDATION_ERROR", field="months")
        refused(sent(group_id=group_id, months=25), 422, "VALIDATION_ERROR", field="months")
        refused(sent(group_id="grp_no", months=1), 404, "NOT_FOUND")
        refused(demo_client.get(f"{HOLIDAYS}/hol_no"), 404, "NOT_FOUND")


def test_a_debtor_s_record_is_read_in_as_many_statements_however_long(demo_work, demo_url):
    short, long = (
        disbursed(demo_work, asked(grace_months=0), on=date(2023, 12, 5)).loan_id for _ in range(2)
    )
    with CountedDatabase(demo_url) as database:
        client = client_with(database, demo.MAKER_KEY)
        checker = sharing(client, demo.CHECKER_KEY)

        def counted(loan_id):
            return [
                statements(lambda part=part: done(client.get(f"{LOANS}/{loan_id}/{part}")))
                for part in ("hardship", "collection-costs")
            ]

        for loan_id, times in ((short, 1), (long, 3)):
            for _ in range(times):
                to = f"{LOANS}/{loan_id}"
                done(client.post(f"{to}/demands", json={"channel": "visit"}), 201)
                done(client.post(f"{to}/solvency-assessments", json=DELAYING), 201)
                done(checker.post(f"{to}/collection-costs", json=COST), 201)
        counted(short)  # the key is known from here on
        assert counted(short) == counted(long)
        body = {"branch_id": "brn_main", "months": 1, **FLOOD}
        first = done(client.post(HOLIDAYS, json=body), 201)["id"]
        places = (HOLIDAYS, f"{HOLIDAYS}/{first}")
        one = [statements(lambda at=at: done(client.get(at))) for at in places]
        done(client.post(HOLIDAYS, json=body), 201)
        assert [statements(lambda at=at: done(client.get(at))) for at in places] == one


def test_the_record_of_another_institution_does_not_exist_here(demo_db, path):
    stranger = client_with(demo_db, "sk_test_maker_other")
    for part in ("hardship", "collection-costs", "write-off"):
        refused(stranger.get(f"{path}/{part}"), 404, "NOT_FOUND")
    refused(stranger.post(f"{path}/demands", json={"channel": "visit"}), 404, "NOT_FOUND")
    assert done(stranger.get(HOLIDAYS))["data"] == []
