"""The murabaha over HTTP: the application under either page's names, each step, what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.json import loads
from tests.coherent import assert_coherent
from tests.make.loans import LOANS, done
from tests.make.murabaha import Trader
from tests.make.refusals import refused

ASKED = {
    "type": "murabaha_micro",
    "borrower_id": "cpty_borrower_001",
    "amount": 1000,
    "currency": "USD",
    "purpose": "small_business",
    "asset_description": "Industrial sewing machine, new",
    "asset_category": "equipment",
    "profit_margin": 0.12,
    "repayment_terms": {"installments": 12, "frequency": "monthly"},
}
BOUGHT = {
    "supplier": {"id": "cpty_machines", "customer_share": 0},
    "invoice": {"number": "INV-7", "date": "2024-01-15", "document": "doc_invoice"},
    "cost_items": [
        {"kind": "price", "description": "machine", "amount": 950, "payee_id": "cpty_machines"},
        {"kind": "transport", "description": "lorry", "amount": "50.00",
         "payee_id": "cpty_carrier"},
    ],
}  # fmt: skip
POSSESSED = {"possessed_at": "2024-01-15T10:30:00Z", "evidence": "doc_goods_received"}
SOLD = {
    "offered_at": "2024-01-15T10:40:00Z",
    "accepted_at": "2024-01-15T10:50:00Z",
    "disclosed": {"cost": 1000, "profit": 120, "price": 1120},
    "disclosure_acknowledged": True,
}


@pytest.fixture
def product_id(demo_work):
    product = Trader(demo_work).product_id
    yield product
    with demo_work() as uow:
        assert_coherent(uow)


@pytest.fixture
def approved(demo_client, demo_checker, product_id):
    def made(**changes):
        loan = done(demo_client.post(LOANS, json=ASKED | {"product_id": product_id} | changes), 201)
        done(demo_checker.post(f"{LOANS}/{loan['id']}/approve"))
        return loan["id"]

    return made


@pytest.fixture
def take(demo_client):
    def taken(loan_id, step, body, **headers):
        return demo_client.post(f"{LOANS}/{loan_id}/{step}", json=body, headers=headers)

    return taken


def to_the_hour(demo_work):
    """The clock at eleven, so that offer and acceptance lie behind."""
    with demo_work(demo.MAKER) as uow:
        access.move_clock(uow, uow.now.replace(hour=11, minute=0))


def test_goods_are_asked_for_bought_sold_and_paid_for(
    demo_client, demo_checker, demo_work, product_id, take
):
    answer = demo_client.post(LOANS, json=ASKED | {"product_id": product_id})
    loan = done(answer, 201)
    assert (loan["status"], loan["stage"]) == ("PENDING_APPROVAL", "REQUESTED")
    assert (loan["amount"], loan["service_fee"], loan["total_repayable"]) == (1000, 0, 1120)
    particulars = loads(answer.content)["particulars"]
    assert particulars.pop("effective_annual_rate") > Decimal("0.2")
    assert particulars == {
        "asset_description": "Industrial sewing machine, new",
        "asset_category": "equipment",
        "asset_reference": None,
        "cost_price": 1000,
        "profit_margin": Decimal("0.12"),
        "profit_amount": 120,
        "sale_price": 1120,
        "payment_terms": {"installments": 12, "frequency": "monthly"},
        "refinances": None,
    }
    loan_id = loan["id"]
    done(demo_checker.post(f"{LOANS}/{loan_id}/approve"))
    promised = done(take(loan_id, "promise", {"security_margin": 100, "document": "doc_promise"}))
    assert promised["security_margin"] == {"taken": 100, "held": 100}
    assert promised["promise"] == {"binds": "customer", "signed_at": "2024-01-15T10:30:00Z"}
    bought = done(take(loan_id, "purchase", BOUGHT))
    assert (bought["status"], bought["next_step"]) == (
        "PURCHASED",
        {"step": "possess", "rule_id": "MUR-01"},
    )
    assert done(take(loan_id, "possess", POSSESSED))["status"] == "POSSESSED"
    to_the_hour(demo_work)
    sold = done(take(loan_id, "sell", SOLD | {"security_margin": "return"}))
    assert (sold["status"], sold["sale_price"]) == ("SOLD", 1120)
    assert sold["profit"] == {"recognised": 0, "given_back": 0, "deferred": 120}
    assert [step["step"] for step in sold["steps"]] == ["promise", "purchase", "possess", "sell"]
    loan = done(demo_client.get(f"{LOANS}/{loan_id}"))
    assert (loan["status"], loan["stage"]) == ("DISBURSED", "SOLD")
    assert loan["repayment_schedule"]["installment_amount"] == 93.33
    paid = done(demo_client.post(f"{LOANS}/{loan_id}/repayments", json={"amount": 93.33}), 201)
    assert paid["amount"] == 93.33
    loan = done(demo_client.get(f"{LOANS}/{loan_id}"))
    assert (loan["status"], loan["balance"]["outstanding"]) == ("REPAYING", 1026.67)


def test_the_other_pages_names_mean_the_same(demo_client, product_id):
    body = {
        "type": "murabaha_micro",
        "counterparty_id": "cpty_borrower_001",
        "asset_description": "Delivery van",
        "cost_price": 4500,
        "profit_margin": 0.08,
        "currency": "USD",
        "purpose": "small_business",
        "payment_terms": {"installments": 36, "frequency": "monthly"},
        "product_id": product_id,
    }
    loan = done(demo_client.post(LOANS, json=body), 201)
    assert loan["borrower_id"] == "cpty_borrower_001"
    assert loan["particulars"]["profit_amount"] == 360
    assert loan["particulars"]["sale_price"] == 4860
    assert loan["repayment_schedule"]["installment_amount"] == 135
    assert loan["repayment_schedule"]["installments"] == 36


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"cost_price": 999}, "cost_price", "contradicts"),
        ({"counterparty_id": "cpty_borrower"}, "counterparty_id", "contradicts"),
        ({"payment_terms": {"installments": 6, "frequency": "monthly"}}, "payment_terms",
         "contradicts"),
        ({"profit_margin": 0.12345}, "profit_margin", "too_many_decimals"),
        ({"profit_margin": 12}, "profit_margin", "too_large"),
        ({"profit_margin": -0.1}, "profit_margin", None),
        ({"profit_margin": None}, "profit_margin", None),
        ({"asset_category": "Gold Bars"}, "asset_category", None),
        ({"service_fee": 10}, "service_fee", None),
        ({"asset_description": ""}, "asset_description", None),
    ],
)  # fmt: skip
def test_an_application_that_cannot_be_read_is_refused_at_its_field(
    demo_client, product_id, changes, field, code
):
    answer = demo_client.post(LOANS, json=ASKED | {"product_id": product_id} | changes)
    body = refused(answer, 422, "VALIDATION_ERROR", code)
    assert any(error["field"].endswith(field) for error in body["errors"]), body["errors"]


def test_a_step_out_of_order_is_a_conflict_that_names_step_and_rule(approved, take):
    loan_id = approved()
    body = refused(take(loan_id, "possess", POSSESSED), 409, "CONFLICT")
    (error,) = body["errors"]
    assert (error["message"], error["rule_id"]) == ("purchase", "MUR-01")
    assert "purchase" in body["detail"]
    body = refused(take(loan_id, "disburse", {}), 409, "CONFLICT")
    assert body["errors"][0]["message"] == "purchase"


def test_t21_a_sale_before_possession_is_a_shariah_violation(approved, take, demo_work):
    loan_id = approved()
    done(take(loan_id, "purchase", BOUGHT))
    to_the_hour(demo_work)
    body = refused(take(loan_id, "sell", SOLD), 422, "SHARIAH_VIOLATION")
    found = [error for error in body["errors"] if error["rule_id"] == "MUR-01"]
    assert found[0]["code"] == "MURABAHA_SALE_BEFORE_POSSESSION"
    assert found[0]["source"] == "AAOIFI SS 8 3/1/1, 3/2/1"


def test_a_repeated_purchase_with_the_same_key_pays_once(approved, take):
    loan_id = approved()
    first = take(loan_id, "purchase", BOUGHT, **{"Idempotency-Key": "buy-1"})
    again = take(loan_id, "purchase", BOUGHT, **{"Idempotency-Key": "buy-1"})
    assert done(first) == done(again)
    assert again.headers["idempotency-replayed"] == "true"
    refused(take(loan_id, "purchase", BOUGHT), 409, "CONFLICT")


def test_a_step_based_on_an_old_copy_is_refused(approved, take, demo_client):
    loan_id = approved()
    etag = demo_client.get(f"{LOANS}/{loan_id}").headers["etag"]
    done(take(loan_id, "promise", {}, **{"If-Match": etag}))
    refused(take(loan_id, "purchase", BOUGHT, **{"If-Match": etag}), 409, "CONFLICT")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"supplier": {"id": "usr_1"}}, "supplier.id"),
        ({"cost_items": []}, "cost_items"),
        ({"cost_items": [{**BOUGHT["cost_items"][0], "amount": "1.001"}]}, "cost_items.0.amount"),
        ({"cost_items": [{**BOUGHT["cost_items"][0], "amount": 0}]}, "cost_items.0.amount"),
        ({"invoice": {**BOUGHT["invoice"], "date": "2024-01-16"}}, "invoice.date"),
        ({"interest": 5}, "interest"),
    ],
)
def test_a_purchase_that_cannot_be_read_is_refused_at_its_field(approved, take, changes, field):
    refused(take(approved(), "purchase", BOUGHT | changes), 422, "VALIDATION_ERROR", None, field)


def test_a_moment_needs_its_time_zone(approved, take):
    loan_id = approved()
    body = {"signed_at": "2024-01-15T10:30:00"}
    refused(take(loan_id, "promise", body), 422, "VALIDATION_ERROR", None, "signed_at")


def test_a_loan_of_another_kind_or_institution_has_no_steps(demo_client, demo_db, approved, take):
    qard = demo_client.post(
        LOANS,
        json={
            "type": "qard_hasan",
            "borrower_id": "cpty_borrower_001",
            "amount": 100,
            "currency": "USD",
            "purpose": "small_business",
            "repayment_terms": {"installments": 1, "frequency": "monthly"},
            "service_fee": 0,
        },
    )
    refused(take(done(qard, 201)["id"], "promise", {}), 404, "NOT_FOUND")
    refused(take("mfl_unknown", "promise", {}), 404, "NOT_FOUND")


def test_rebate_discount_and_defect_answer_with_the_contract(
    approved, take, demo_checker, demo_work
):
    loan_id = approved()
    done(take(loan_id, "purchase", BOUGHT))
    done(take(loan_id, "possess", POSSESSED))
    to_the_hour(demo_work)
    done(take(loan_id, "sell", SOLD))
    given = {"amount": 50, "document": "doc_credit_note"}
    after = done(take(loan_id, "supplier-discount", given))
    assert after["profit"] == {"recognised": 0, "given_back": 6, "deferred": 114}
    claim = {
        "description": "cracked", "from_before_sale": True, "decision": "accepted",
        "allowance": 64, "document": "doc_claim",
    }  # fmt: skip
    assert done(take(loan_id, "defect", claim))["steps"][-1]["amount"] == 64
    refused(
        take(loan_id, "defect", claim | {"decision": "rejected"}), 422, "VALIDATION_ERROR",
        "contradicts",
    )  # fmt: skip
    quote = done(demo_checker.get(f"{LOANS}/{loan_id}/settlement-quote"))
    assert (quote["total"], quote["rebate"]) == (
        1000,
        {"amount": 114, "basis": "at_discretion", "rule_id": "MUR-17", "total_with_rebate": 886},
    )
    refused(take(loan_id, "rebate", {"amount": 10}), 403, "FORBIDDEN")
    rebated = done(demo_checker.post(f"{LOANS}/{loan_id}/rebate"))
    assert rebated["profit"] == {"recognised": 0, "given_back": 120, "deferred": 0}
    # 1,120 less 56 (discount), 64 (allowance) and 114 (rebate)
    assert done(demo_checker.get(f"{LOANS}/{loan_id}"))["balance"]["outstanding"] == 886
    assert done(demo_checker.get(f"{LOANS}/{loan_id}/settlement-quote"))["rebate"] is None
    lines = done(demo_checker.get(f"{LOANS}/{loan_id}/statement"))["lines"]
    assert [(line["kind"], line["balance"]) for line in lines] == [
        ("cost", 1000), ("profit", 1120), ("reduction", 1064), ("reduction", 1000),
        ("reduction", 886),
    ]  # fmt: skip


def test_the_customer_declines_and_the_goods_are_sold_to_another(approved, take):
    loan_id = approved()
    done(take(loan_id, "promise", {"security_margin": 100}))
    done(take(loan_id, "purchase", BOUGHT))
    declined = done(take(loan_id, "decline", {"reason": "found cheaper"}))
    assert (declined["status"], declined["possible_steps"]) == ("DECLINED", ["resell"])
    resale = {"price": 940, "buyer_id": "cpty_carrier", "document": "doc_resale"}
    resold = done(take(loan_id, "resell", resale))
    assert resold["status"] == "RESOLD"
    assert resold["steps"][-1]["details"] == {
        "buyer_id": "cpty_carrier",
        "loss": 60,
        "security_margin_kept": 60,
        "security_margin_returned": 40,
    }


def test_the_product_says_its_clauses_and_an_unknown_one_is_refused(demo_client):
    product = {
        "name": "Machines", "type": "murabaha_micro", "currency": "USD",
        "amount": {"min": 100, "max": 5000}, "installments": {"min": 1, "max": 24},
        "frequencies": ["monthly"], "kyc_tier_min": "basic",
    }  # fmt: skip
    path = "/v1/rails/microfinance/products"
    made = demo_client.post(path, json={**product, "clauses": {"promise_binds": "none"}})
    assert done(made, 201)["clauses"] == {"promise_binds": "none"}
    refused(
        demo_client.post(path, json={**product, "clauses": {"interest": "5%"}}), 422,
        "VALIDATION_ERROR", "unknown_clause",
    )  # fmt: skip
    body = refused(
        demo_client.post(path, json={**product, "clauses": {"late_fee": "5 a week"}}), 422,
        "SHARIAH_VIOLATION",
    )  # fmt: skip
    assert body["errors"][0]["rule_id"] == "DEF-03"
