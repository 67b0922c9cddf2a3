"""Terms of the sarf facility over HTTP: drawn up, approved under the board's answers, retired."""

from __future__ import annotations

import pytest

from tests.conftest import client_with
from tests.make.counting import CountedDatabase, statements
from tests.make.sarf_terms import HOUSE, a_sarf_ruling, sarf_terms, the_house, words

TERMS = "/v1/rails/sarf/terms"
RESOLUTIONS = "/v1/rails/shariah-governance/resolutions"


@pytest.fixture
def shariah(db):
    return client_with(db, "sk_test_shariah")


@pytest.fixture(autouse=True)
def house(work):
    the_house(work)


@pytest.fixture
def ruling(client):
    return client.post(RESOLUTIONS, json=a_sarf_ruling()).json()["id"]


def drawn(client, **changes):
    answer = client.post(TERMS, json=sarf_terms(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_terms_are_answered_as_they_were_sent_with_the_house_settings(client, ruling):
    sent = sarf_terms(
        resolution_id=ruling,
        is_default=True,
        external_id="counter",
        metadata={"branch": "main"},
        wordings=[words(), words("fr")],
    )
    terms = drawn(client, **sent)
    assert terms["id"].startswith("sft_")
    assert {name: terms[name] for name in sent if name != "settings"} == {
        name: value for name, value in sent.items() if name != "settings"
    }
    assert terms["settings"] == {
        "institution_party_id": HOUSE,
        "buy_fraction": 0.7,
        "cap_fraction": 0.75,
        "opens_months": 6,
        "closes_months": 8,
        "gap_months_min": 6,
        "pre_offer_wait_hours": 24,
        "quote_valid_hours": 72,
        "session_minutes_max": 240,
        "price_formula": "promised_fraction * market_price * weight * fineness",
        "independent_quote_above": 0.15,
        "review_discount_above": 0.3,
        "cover_ratio": 1,
        "same_piece_limit": 0.5,
        "take_up_limit": 0.9,
        "at_cap_limit": 0.9,
        "monitor_sample_min": 10,
        "is_jewellery_gold": True,
        "possession_kinds": [
            "cash",
            "bank_credit_same_day",
            "certified_cheque",
            "card_payment",
            "allocated_bar",
            "gold_in_hand",
        ],
        "sale_cost": 0,
        "defect_days": 7,
    }
    assert (terms["status"], terms["approved_hash"]) == ("DRAFT", None)
    assert client.get(f"{TERMS}/{terms['id']}").json() == terms


def test_the_houses_own_words_are_shown_and_used_when_none_are_sent(client):
    standard = client.get(f"{TERMS}/standard-wordings").json()
    assert [each["language"] for each in standard["wordings"]] == ["en", "ms", "ar", "fr"]
    papers = {each["paper"]: each for each in standard["papers"]}
    assert papers["promise"]["required"] == [
        "cap", "promised_weight_grams", "window_closes", "window_opens",
    ]  # fmt: skip
    assert "window_opens" not in papers["contract_1"]["placeholders"]
    assert "cost_today" in standard["disclosure_lines"]
    assert drawn(client)["wordings"] == standard["wordings"]


def test_approval_takes_another_user_and_fixes_the_terms(client, shariah, ruling):
    terms = drawn(client, resolution_id=ruling)
    path = f"{TERMS}/{terms['id']}"
    own = client.post(f"{path}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "FORBIDDEN")
    approved = shariah.post(f"{path}/approve", json={"reason": "as discussed"}).json()
    assert (approved["status"], approved["approved_by"]) == ("ACTIVE", "user_shariah")
    assert approved["approved_hash"] == approved["terms_hash"] == terms["terms_hash"]
    again = shariah.post(f"{path}/approve")
    assert (again.status_code, again.json()["state"]) == (409, "ACTIVE")
    change = client.patch(path, json={"name": "x"})
    assert (change.status_code, change.json()["allowed"]) == (409, ["open", "retire"])


def test_scf_01_a_resolution_that_leaves_gharar_open_approves_nothing(client, shariah):
    asked = a_sarf_ruling(answers=["wafa", "inah"])
    terms = drawn(client, resolution_id=client.post(RESOLUTIONS, json=asked).json()["id"])
    refused = shariah.post(f"{TERMS}/{terms['id']}/approve")
    assert (refused.status_code, refused.json()["code"]) == (422, "SHARIAH_VIOLATION")
    (found,) = refused.json()["errors"]
    assert (found["rule_id"], found["code"]) == ("SCF-01", "SCF_SSB_QUESTIONS_OPEN")
    assert "gharar" in str(found)
    assert client.get(f"{TERMS}/{terms['id']}").json()["status"] == "DRAFT"


def test_the_approvals_inbox_decides_terms_like_their_own_path(client, shariah, ruling):
    for is_approved, status in ((True, "ACTIVE"), (False, "DRAFT")):
        terms = drawn(client, resolution_id=ruling)
        waiting = shariah.get("/v1/approvals", params={"status": "PENDING"}).json()["data"]
        (approval,) = [each for each in waiting if each["subject_id"] == terms["id"]]
        verb = "approve" if is_approved else "reject"
        answer = shariah.post(f"/v1/approvals/{approval['id']}/{verb}", json={"reason": "read"})
        assert answer.status_code == 200, answer.text
        assert client.get(f"{TERMS}/{terms['id']}").json()["status"] == status


def test_scf_03_a_first_contract_that_speaks_of_a_second_is_refused_with_its_words(client):
    text = words()["contract_1"] + "\nThe customer shall repurchase the gold."
    refused = client.post(TERMS, json=sarf_terms(wordings=[words(contract_1=text)]))
    assert (refused.status_code, refused.json()["code"]) == (422, "SHARIAH_VIOLATION")
    found = {each["rule_id"]: each for each in refused.json()["errors"]}["SCF-03"]
    assert (found["code"], found["observed"]) == ("SCF_CONTRACT2_STIPULATED", "repurchase")
    assert client.get(TERMS).json()["data"] == []


def test_a_placeholder_the_paper_does_not_have_is_refused_with_the_nearest(client):
    text = words()["contract_1"] + "\n$wieght_grams"
    refused = client.post(TERMS, json=sarf_terms(wordings=[words(contract_1=text)]))
    (found,) = refused.json()["errors"]
    assert (found["field"], found["code"]) == ("wordings.0.contract_1", "unknown_placeholder")
    assert "$weight_grams" in found["message"]


def test_a_change_before_approval_is_based_on_what_was_read(client, ruling):
    terms = drawn(client, resolution_id=ruling)
    path = f"{TERMS}/{terms['id']}"
    assert client.get(path).headers["etag"] == terms["etag"]
    settings = {"institution_party_id": HOUSE, "buy_fraction": 0.8, "closes_months": 9}
    sent = {"settings": settings, "resolution_id": None}
    changed = client.patch(path, json=sent, headers={"If-Match": terms["etag"]}).json()
    assert changed["settings"]["buy_fraction"] == 0.8
    assert changed["settings"]["closes_months"] == 9
    assert changed["resolution_id"] is None
    assert changed["terms_hash"] != terms["terms_hash"]
    stale = client.patch(path, json={"name": "x"}, headers={"If-Match": terms["etag"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "CONFLICT")
    null = client.patch(path, json={"settings": None})
    assert (null.status_code, null.json()["errors"][0]["code"]) == (422, "null")
    assert client.post(TERMS, json=sarf_terms(rate=0.7)).status_code == 422


def test_terms_are_listed_newest_first_and_by_every_filter(client, shariah, ruling):
    made = [
        drawn(client, resolution_id=ruling, currency=code, external_id=f"t-{n}")
        for n, code in enumerate(["USD", "EUR", "USD"])
    ]
    made[0] = shariah.post(f"{TERMS}/{made[0]['id']}/approve").json()
    retired = client.post(f"{TERMS}/{made[1]['id']}/retire", json={"reason": "never used"})
    made[1] = retired.json()
    for query in (
        {},
        {"currency": "USD"},
        {"status": "ACTIVE"},
        {"status": "DRAFT", "currency": "USD"},
        {"status": "RETIRED"},
        {"external_id": "t-1"},
    ):
        wanted = [t for t in made[::-1] if all(t[name] == query[name] for name in query)]
        assert client.get(TERMS, params=query).json()["data"] == wanted
    first = client.get(TERMS, params={"limit": 2}).json()
    rest = client.get(TERMS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert first["data"] + rest["data"] == made[::-1]
    page = client.get(TERMS, params={"page": 2, "perPage": 2}).json()
    assert (page["data"], page["pagination"]["total"]) == ([made[0]], 3)


def test_a_list_takes_as_many_statements_for_one_as_for_many(owner_url, client):
    with CountedDatabase(owner_url) as counted:
        reader = client_with(counted, "sk_test_maker")
        drawn(client)
        reader.get(TERMS)  # the first call of a process also reads what it keeps
        few = statements(lambda: reader.get(TERMS))
        for _ in range(5):
            drawn(client)
        many = statements(lambda: reader.get(TERMS))
    assert few == many


def test_the_terms_of_another_institution_are_not_found(client, other_client):
    path = f"{TERMS}/{drawn(client)['id']}"
    assert other_client.get(path).status_code == 404
    assert other_client.patch(path, json={"name": "x"}).status_code == 404
    assert other_client.post(f"{path}/approve").status_code == 404
    assert other_client.post(f"{path}/retire").status_code == 404
    assert other_client.get(TERMS).json()["data"] == []
    assert client.get(f"{TERMS}/itm_1").status_code == 422
