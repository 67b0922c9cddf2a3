"""Endowments and pools over HTTP: the documented request, and every verb by its path."""

from __future__ import annotations

import pytest

from sanduq.ledger.capital import add_capital
from tests.coherent import assert_coherent
from tests.conftest import client_with
from tests.make.loans import done
from tests.make.offers import a_resolution
from tests.make.refusals import raw, refused
from tests.make.waqf import (
    ENDOWMENTS,
    POOLS,
    STRANGER,
    a_cash_waqf,
    an_endowment,
    usd,
    waqf_people,
)

NOW = "2024-01-15T10:30:00Z"
DOCUMENTED = """{
  "name": "Al-Noor building", "type": "khayri",
  "asset_description": "Commercial building", "asset_value": 2000000, "currency": "USD",
  "waqif_id": "cpty_founder", "nazir_id": "cpty_nazir",
  "beneficiaries": [
    {"category": "education", "allocation_pct": 0.6},
    {"category": "healthcare", "allocation_pct": 0.4}
  ],
  "distribution_frequency": "quarterly"
}"""


@pytest.fixture(autouse=True)
def people(work, db):
    waqf_people(work)
    yield
    assert_coherent(db)


@pytest.fixture
def finance(db):
    return client_with(db, "sk_test_finance")


@pytest.fixture
def shariah(db):
    return client_with(db, "sk_test_shariah")


def active(client, shariah, **changes):
    """The id of an approved cash waqf of 10,000."""
    wqf_id = done(client.post(ENDOWMENTS, json=a_cash_waqf(**changes)), 201)["id"]
    done(client.post(f"{ENDOWMENTS}/{wqf_id}/submit"))
    done(shariah.post(f"{ENDOWMENTS}/{wqf_id}/approve", json={"reason": "the deed is in order"}))
    return wqf_id


def dollars(amount, **more):
    return {"amount": amount, "currency": "USD", **more}


def test_the_documented_request_is_answered_as_documented(client):
    body = done(raw(client, ENDOWMENTS, DOCUMENTED), 201)
    assert body["id"].startswith("wqf_")
    documented = {
        "type": "waqf",
        "subtype": "khayri",
        "status": "DRAFT",
        "name": "Al-Noor building",
        "asset_value": 2000000,
        "currency": "USD",
        "beneficiaries": [
            {"category": "education", "allocation_pct": 0.6},
            {"category": "healthcare", "allocation_pct": 0.4},
        ],
        "distribution_frequency": "quarterly",
        "created_at": NOW,
    }
    assert {name: body[name] for name in documented} == documented
    # what the request leaves out is taken as the most cautious deed
    assert body["asset_type"] == "in_kind"
    assert (body["ends_on"], body["qard_allowed"], body["deed_date"]) == (None, False, "2024-01-15")
    assert body["purposes"] == ["beneficiary:education", "beneficiary:healthcare"]
    assert done(client.get(f"{ENDOWMENTS}/{body['id']}")) == body


def test_an_endowment_is_approved_in_the_inbox_or_on_its_own_path(client, shariah):
    wqf_id = done(client.post(ENDOWMENTS, json=an_endowment()), 201)["id"]
    assert done(client.post(f"{ENDOWMENTS}/{wqf_id}/submit"))["status"] == "PENDING_SHARIAH_REVIEW"
    (waiting,) = done(shariah.get("/v1/approvals", params={"status": "PENDING"}))["data"]
    assert (waiting["action"], waiting["subject_id"]) == ("endowment.approve", wqf_id)
    done(shariah.post(f"/v1/approvals/{waiting['id']}/reject", json={"reason": "name the kin"}))
    assert done(client.get(f"{ENDOWMENTS}/{wqf_id}"))["status"] == "DRAFT"
    read = done(client.post(f"{ENDOWMENTS}/{wqf_id}/submit"))
    refused(client.post(f"{ENDOWMENTS}/{wqf_id}/approve"), 403, "FORBIDDEN")
    stale = {"If-Match": '"v1"'}
    refused(shariah.post(f"{ENDOWMENTS}/{wqf_id}/approve", headers=stale), 409, "CONFLICT")
    answer = shariah.post(f"{ENDOWMENTS}/{wqf_id}/approve", headers={"If-Match": read["etag"]})
    assert done(answer)["status"] == "ACTIVE"
    refused(shariah.post(f"{ENDOWMENTS}/{wqf_id}/approve"), 409, "CONFLICT")


def test_the_course_of_a_cash_waqf(client, finance, shariah):
    wqf_id = active(client, shariah)
    place = f"{ENDOWMENTS}/{wqf_id}"
    earned = done(client.post(f"{place}/income", json=dollars("600.00")), 201)
    assert (earned["kind"], earned["intent"], earned["amount"]) == ("INCOME", None, 600)
    given = dollars(500, intent="waqf", donor_id=STRANGER)
    assert done(client.post(f"{place}/contributions", json=given), 201)["intent"] == "waqf"
    lost = dollars(150, reason="theft", evidence="police report 7")
    assert done(finance.post(f"{place}/losses", json=lost), 201)["amount"] == -150
    assert done(finance.post(f"{place}/restore", json=dollars(50)), 201)["kind"] == "RESTORED"
    made = done(finance.post(f"{place}/distributions", json=dollars(300)), 201)
    assert (made["corpus_restored"], made["nazir_pay"]) == (100, 60)
    assert [(each["category"], each["amount"]) for each in made["shares"]] == [
        ("education", 84),
        ("healthcare", 56),
    ]
    assert done(client.get(f"{place}/distributions"))["data"] == [made]
    told = done(client.get(f"{place}/statement", params={"from_date": "2024-01-01"}))
    assert told["corpus"] == {
        "named": 10500, "lost": 150, "restored": 150, "intact": 10500, "gap": 0,
    }  # fmt: skip
    assert told["received"] == [{"kind": "waqf.income_received", "amount": 600}]
    assert told["uses"] == [
        {"kind": "waqf.corpus_restored", "amount": 150},
        {"kind": "waqf.distributed", "amount": 140},
        {"kind": "waqf.nazir_paid", "amount": 60},
    ]
    assert (told["opening_income"], told["remaining_income"], told["nazir_owed"]) == (0, 250, 0)
    found = done(client.get(place))
    assert (found["undistributed_income"], found["cash"]) == (250, 10750)


def test_refusals_name_the_rule_and_leave_nothing_behind(client, finance, shariah):
    wqf_id = active(client, shariah)
    place = f"{ENDOWMENTS}/{wqf_id}"
    before = done(client.get(place))
    gift = refused(client.post(f"{place}/contributions", json=dollars(5)), 422, "SHARIAH_VIOLATION")
    assert gift["errors"][0]["code"] == "DONATION_INTENT_MISSING"
    loss = refused(finance.post(f"{place}/losses", json=dollars(5)), 422, "SHARIAH_VIOLATION")
    assert {each["code"] for each in loss["errors"]} == {"WAQF_CORPUS_SPENT"}
    end = refused(shariah.post(f"{place}/close"), 422, "SHARIAH_VIOLATION")
    assert end["errors"][0]["code"] == "WAQF_REVOKED"
    more = refused(finance.post(f"{place}/restore", json=dollars(5)), 422, "SHARIAH_VIOLATION")
    assert more["errors"][0]["code"] == "WAQF_YIELD_RETAINED"
    short = finance.post(f"{place}/distributions", json=dollars(5))
    refused(short, 422, "FUNDS_INSUFFICIENT")
    refused(client.post(f"{place}/distributions", json=dollars(5)), 403, "FORBIDDEN")
    assert done(client.get(place)) == before


def test_an_asset_in_kind_is_exchanged_under_five_conditions(client, shariah):
    wqf_id = done(client.post(ENDOWMENTS, json=an_endowment()), 201)["id"]
    place = f"{ENDOWMENTS}/{wqf_id}"
    done(client.post(f"{place}/submit"))
    done(shariah.post(f"{place}/approve"))
    terms = {
        "currency": "USD", "benefit": "higher rent", "valuation_document": "VAL-9",
        "counterparty_id": STRANGER, "old_value": 2000000, "new_value": 2100000,
        "old_annual_income": 90000, "new_annual_income": 95000,
        "new_asset_description": "Two shops", "is_replaced_at_once": True,
    }  # fmt: skip
    found = refused(shariah.post(f"{place}/exchange", json=terms), 422, "SHARIAH_VIOLATION")
    assert found["errors"][0]["code"] == "WAQF_ISTIBDAL"
    done(client.post("/v1/rails/shariah-governance/resolutions", json=a_resolution("WQF-10")), 201)
    exchanged = done(shariah.post(f"{place}/exchange", json=terms))
    assert (exchanged["asset_description"], exchanged["asset_value"]) == ("Two shops", 2100000)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"asset_value": 0}, "asset_value", "not_positive"),
        ({"asset_value": "1.001"}, "asset_value", "too_many_decimals"),
        ({"currency": "XXX"}, "currency", "unknown_currency"),
        ({"waqif_id": "user_1"}, "waqif_id", "wrong_id"),
        ({"purposes": ["gifts"]}, "purposes", "unknown_purpose"),
        ({"deed_date": "2024-01-16"}, "deed_date", "in_the_future"),
        ({"ends_on": "2024-01-15"}, "ends_on", "not_after_start"),
        (
            {"beneficiaries": [{"category": "a", "allocation_pct": "1.1"}]},
            "beneficiaries.0.allocation_pct",
            "above_one",
        ),
        (
            {"beneficiaries": [{"category": "a", "allocation_pct": "0.5"}] * 2},
            "beneficiaries",
            "twice",
        ),
    ],
)
def test_an_endowment_of_the_wrong_shape_is_refused_by_field(client, changes, field, code):
    answer = client.post(ENDOWMENTS, json=an_endowment(**changes))
    refused(answer, 422, "VALIDATION_ERROR", code, field)
    assert done(client.get(ENDOWMENTS))["data"] == []


def test_an_unknown_field_is_refused_and_an_external_id_names_one(client):
    refused(client.post(ENDOWMENTS, json=an_endowment(nadir_id="x")), 422, "VALIDATION_ERROR")
    done(client.post(ENDOWMENTS, json=an_endowment(external_id="w-1")), 201)
    refused(client.post(ENDOWMENTS, json=an_endowment(external_id="w-1")), 409, "CONFLICT")


def test_endowments_are_listed_newest_first_and_by_each_filter(client, shariah):
    made = [
        done(client.post(ENDOWMENTS, json=an_endowment(type=kind, external_id=f"w-{n}")), 201)
        for n, kind in enumerate(["khayri", "ahli", "khayri"])
    ]
    done(client.post(f"{ENDOWMENTS}/{made[0]['id']}/submit"))
    made = [done(client.get(f"{ENDOWMENTS}/{one['id']}")) for one in made]
    for query, field in (
        ({"type": "khayri"}, "subtype"),
        ({"status": "DRAFT"}, "status"),
        ({"currency": "EUR"}, "currency"),
        ({"external_id": "w-1"}, "external_id"),
        ({"waqif_id": "cpty_founder"}, "waqif_id"),
    ):
        ((_, value),) = query.items()
        wanted = [one for one in made[::-1] if one[field] == value]
        assert done(client.get(ENDOWMENTS, params=query))["data"] == wanted
    first = done(client.get(ENDOWMENTS, params={"limit": 2}))
    rest = done(client.get(ENDOWMENTS, params={"limit": 2, "cursor": first["next_cursor"]}))
    assert first["data"] + rest["data"] == made[::-1]


def test_a_pool_is_made_approved_filled_and_emptied(client, finance, shariah, work):
    with work() as uow:
        add_capital(uow, usd(5_000), "brn_main")
    wqf_id = active(client, shariah)
    new = {"name": "Pool", "currency": "USD", "security_policy": "group guarantee"}
    pool = done(client.post(POOLS, json=new), 201)
    assert (pool["status"], pool["permitted_uses"], pool["times_revolved"]) == (
        "PENDING_APPROVAL",
        ["qard"],
        None,
    )
    place = f"{POOLS}/{pool['id']}"
    refused(client.post(f"{place}/approve"), 403, "FORBIDDEN")
    (waiting,) = done(finance.get("/v1/approvals", params={"status": "PENDING"}))["data"]
    done(finance.post(f"/v1/approvals/{waiting['id']}/approve"))
    own = dollars(1000, kind="own", branch_id="brn_main")
    done(finance.post(f"{place}/sources", json=own), 201)
    waqf = dollars("250.50", kind="waqf_corpus", endowment_id=wqf_id, memo="first")
    filled = done(finance.post(f"{place}/sources", json=waqf), 201)
    assert (filled["capital"], filled["available"], filled["lent"]) == (1250.5, 1250.5, 0)
    assert [(each["number"], each["kind"], each["fund"]) for each in filled["sources"]] == [
        (1, "own", "own"),
        (2, "waqf_corpus", f"waqf:{wqf_id}"),
    ]
    emptied = done(finance.post(f"{place}/sources/2/withdraw", json=dollars("250.50")))
    assert [each["capital"] for each in emptied["sources"]] == [1000, 0]
    refused(
        finance.post(f"{place}/sources/1/withdraw", json=dollars(1001)), 422, "FUNDS_INSUFFICIENT"
    )
    refused(finance.post(f"{place}/sources/9/withdraw", json=dollars(1)), 404, "NOT_FOUND")
    assert done(client.get(place)) == emptied
    assert done(client.get(POOLS, params={"status": "ACTIVE"}))["data"] == [emptied]
    assert done(client.get(POOLS, params={"currency": "EUR"}))["data"] == []


@pytest.mark.parametrize(
    ("source", "field", "code"),
    [
        ({"kind": "own"}, "branch_id", "missing_field"),
        ({"kind": "waqf_corpus"}, "endowment_id", "missing_field"),
        ({"kind": "zakat", "purpose": "qard"}, "purpose", "not_applicable"),
        ({"kind": "waqf_income", "endowment_id": "pool_1"}, "endowment_id", "wrong_id"),
        ({"kind": "own", "branch_id": "brn_nowhere"}, "branch_id", "unknown_branch"),
        ({"kind": "own", "branch_id": "brn_main", "currency": "EUR"}, "currency", "wrong_currency"),
    ],
)
def test_a_source_names_whose_money_it_is(client, finance, source, field, code):
    pool_id = done(client.post(POOLS, json={"name": "Pool", "currency": "USD"}), 201)["id"]
    done(finance.post(f"{POOLS}/{pool_id}/approve"))
    answer = finance.post(f"{POOLS}/{pool_id}/sources", json={**dollars(10), **source})
    refused(answer, 422, "VALIDATION_ERROR", code, field)


def test_what_belongs_to_another_institution_is_not_found(client, finance, shariah, other_client):
    wqf_id = active(client, shariah)
    pool_id = done(client.post(POOLS, json={"name": "Pool", "currency": "USD"}), 201)["id"]
    for path in (
        f"{ENDOWMENTS}/{wqf_id}",
        f"{ENDOWMENTS}/{wqf_id}/statement",
        f"{POOLS}/{pool_id}",
    ):
        refused(other_client.get(path), 404, "NOT_FOUND")
    refused(other_client.post(f"{ENDOWMENTS}/{wqf_id}/income", json=dollars(1)), 404, "NOT_FOUND")
    refused(other_client.post(f"{POOLS}/{pool_id}/approve"), 404, "NOT_FOUND")
