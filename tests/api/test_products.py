"""Products over HTTP: drawn up, approved by another under a resolution, retired."""

from __future__ import annotations

import pytest

from sanduq.kit.money import currency
from sanduq.parties import service as parties
from tests.conftest import client_with
from tests.make.offers import a_product, a_resolution

PRODUCTS = "/v1/rails/microfinance/products"
RESOLUTIONS = "/v1/rails/shariah-governance/resolutions"


@pytest.fixture(autouse=True)
def tiers(work):
    with work() as uow:
        parties.install_tiers(uow, [currency("USD")])


@pytest.fixture
def shariah(db):
    return client_with(db, "sk_test_shariah")


@pytest.fixture
def ruling(client):
    return client.post(RESOLUTIONS, json=a_resolution("GEN-01")).json()["id"]


def drawn(client, **changes):
    answer = client.post(PRODUCTS, json=a_product(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_product_is_answered_as_it_was_sent(client, ruling):
    sent = a_product(
        resolution_id=ruling,
        component_order="principal_first",
        schedule_anchor={"kind": "day_of_month", "number": 31},
        working_days="next_working_day",
        installment_multiple_of=0.5,
        disclosure="attested",
        prerequisites=[{"kind": "training", "payee": "third_party", "amount": 20, "cost": 0}],
        is_default=True,
        external_id="traders",
        metadata={"segment": "market"},
        frequencies=["weekly", "monthly"],
    )
    product = drawn(client, **sent)
    assert product["id"].startswith("prd_")
    assert {name: product[name] for name in sent} == sent
    assert (product["status"], product["approved_hash"]) == ("PENDING_APPROVAL", None)
    assert client.get(f"{PRODUCTS}/{product['id']}").json() == product


def test_approval_takes_another_user_and_fixes_the_template(client, shariah, ruling):
    product = drawn(client, resolution_id=ruling)
    path = f"{PRODUCTS}/{product['id']}"
    own = client.post(f"{path}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "FORBIDDEN")
    approved = shariah.post(f"{path}/approve", json={"reason": "as discussed"}).json()
    assert (approved["status"], approved["approved_by"]) == ("ACTIVE", "user_shariah")
    assert approved["approved_hash"] == approved["template_hash"] == product["template_hash"]
    again = shariah.post(f"{path}/approve")
    assert (again.status_code, again.json()["state"]) == (409, "ACTIVE")
    change = client.patch(path, json={"grace_months_max": 0})
    assert (change.status_code, change.json()["allowed"]) == (409, ["lend", "retire"])


def test_an_expired_resolution_approves_nothing(client, shariah):
    expired = a_resolution("GEN-01", valid_from="2023-01-01", valid_to="2024-01-15")
    ruling = client.post(RESOLUTIONS, json=expired).json()["id"]
    product = drawn(client, resolution_id=ruling)
    refused = shariah.post(f"{PRODUCTS}/{product['id']}/approve")
    assert (refused.status_code, refused.json()["code"]) == (422, "SHARIAH_VIOLATION")
    (found,) = refused.json()["errors"]
    assert (found["rule_id"], found["code"]) == ("GEN-01", "SSB_APPROVAL_MISSING")
    assert (found["observed"], found["severity"]) == ("2024-01-15", "block")


def test_a_change_before_approval_is_based_on_what_was_read(client, ruling):
    product = drawn(client, resolution_id=ruling)
    path = f"{PRODUCTS}/{product['id']}"
    assert client.get(path).headers["etag"] == product["etag"]
    sent = {"installments": {"min": 2, "max": 6}, "fee_formula": None}
    changed = client.patch(path, json=sent, headers={"If-Match": product["etag"]}).json()
    assert {name: changed[name] for name in sent} == sent
    assert changed["etag"] != product["etag"]
    assert changed["template_hash"] != product["template_hash"]
    stale = client.patch(path, json={"name": "x"}, headers={"If-Match": product["etag"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "CONFLICT")
    null = client.patch(path, json={"frequencies": None})
    assert (null.status_code, null.json()["errors"][0]["code"]) == (422, "null")


def test_a_fee_formula_that_reads_the_principal_is_refused(client):
    refused = client.post(PRODUCTS, json=a_product(fee_formula="0.02*principal"))
    assert (refused.status_code, refused.json()["code"]) == (422, "SHARIAH_VIOLATION")
    (found,) = refused.json()["errors"]
    assert (found["rule_id"], found["code"]) == ("QRD-05", "QARD_FEE_RATE_BASED")
    assert (found["field"], found["observed"]) == ("fee_formula", "0.02*principal")


def test_compulsory_saving_with_the_lender_is_refused(client):
    saving = {"kind": "saving", "payee": "lender", "amount": 50}
    refused = client.post(PRODUCTS, json=a_product(prerequisites=[saving]))
    codes = {found["code"] for found in refused.json()["errors"]}
    assert "QARD_TIED_BENEFIT" in codes


def test_a_type_that_is_not_offered_is_refused_and_says_which_are(client):
    refused = client.post(PRODUCTS, json=a_product(type="musharaka_micro"))
    assert (refused.status_code, refused.json()["code"]) == (422, "VALIDATION_ERROR")
    (found,) = refused.json()["errors"]
    assert (found["field"], found["code"]) == ("type", "not_offered")
    assert "qard_hasan" in found["message"]


def test_a_retired_product_stays_readable(client, ruling):
    product = drawn(client, resolution_id=ruling)
    path = f"{PRODUCTS}/{product['id']}"
    retired = client.post(f"{path}/retire", json={"reason": "never offered"}).json()
    assert retired["status"] == "RETIRED"
    assert client.get(path).json() == retired
    assert client.post(f"{path}/retire").status_code == 409


def test_products_are_listed_newest_first_and_by_every_filter(client, shariah, ruling):
    made = [
        drawn(client, resolution_id=named, currency=code, external_id=f"p-{n}")
        for n, (code, named) in enumerate(
            [("USD", ruling), ("EUR", None), ("USD", None), ("USD", ruling)]
        )
    ]
    made[0] = shariah.post(f"{PRODUCTS}/{made[0]['id']}/approve").json()
    for query in (
        {},
        {"currency": "USD"},
        {"status": "ACTIVE"},
        {"status": "DRAFT", "currency": "USD"},
        {"type": "qard_hasan", "status": "PENDING_APPROVAL"},
        {"type": "salam_micro"},
        {"external_id": "p-1"},
    ):
        wanted = [p for p in made[::-1] if all(p[name] == query[name] for name in query)]
        assert client.get(PRODUCTS, params=query).json()["data"] == wanted
    page = client.get(PRODUCTS, params={"page": 2, "perPage": 3}).json()
    assert page["data"] == [made[0]]
    assert page["pagination"]["total"] == 4


def test_the_product_of_another_institution_is_not_found(client, other_client):
    path = f"{PRODUCTS}/{drawn(client)['id']}"
    assert other_client.get(path).status_code == 404
    assert other_client.patch(path, json={"name": "x"}).status_code == 404
    assert other_client.post(f"{path}/approve").status_code == 404
    assert other_client.post(f"{path}/retire").status_code == 404
