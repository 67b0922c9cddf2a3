"""Who may not: every route, taken from the route table, against keys and ids that are not ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from sanduq import demo
from sanduq.access import founding
from sanduq.access import service as access
from sanduq.access.model import SCOPES
from sanduq.api import registry
from sanduq.assembly import build
from sanduq.kit.db import Database
from sanduq.kit.ids import new_id
from sanduq.kit.money import currency
from sanduq.parties import service as parties
from tests.conftest import OTHER_INSTITUTION, sharing
from tests.make.loans import LOANS, REPAYMENTS, Desk, an_application, done

STRANGER = "sk_test_maker_other"
OPEN = {"/", "/healthz", "/readyz", "/metrics", "/docs", "/docs/start.js", "/docs/assets",
        "/docs/errors",        "/openapi.json", "/console/static"}  # fmt: skip

# A body of the right shape for routes that name an object in their path; the rest take `{}`.
BODIES: dict[str, dict[str, Any]] = {
    "/approvals/{approval_id}/reject": {"reason": "not ours"},
    "/parties/{party_id}": {"name": "Somebody else"},
    "/cost-studies/{cost_study_id}/approve": {"capacity": "finance"},
    "/loans/{loan_id}/cancel": {"reason": "not ours"},
    "/loans/{loan_id}/reject": {"reason": "not ours"},
    "/loans/{loan_id}/repayments": {"amount": "1.00", "currency": "USD"},
    "/loans/{loan_id}/repayments/{repayment_id}/reverse": {"reason": "not ours"},
    "/loans/{loan_id}/reschedule": {"kind": "extend", "installments": 24, "reason": "not ours"},
    "/products/{product_id}": {"name": "Another name"},
}


@dataclass(frozen=True, slots=True)
class Way:
    """One method of one path, and the scope it says it needs."""

    method: str
    path: str
    scope: str | None

    def at(self, ids: dict[str, str]) -> str:
        return self.path.format(**ids)

    @property
    def body(self) -> Any:
        if self.method == "GET":
            return None
        fitting = [part for part in BODIES if self.path.endswith(part)]
        return BODIES[max(fitting, key=len)] if fitting else {}


def ways() -> Iterator[Way]:
    """Every way into the API, from the routers the application is made of."""
    for router in registry.routers():
        for route in router.routes:
            assert isinstance(route, APIRoute)
            scope = (route.openapi_extra or {}).get("x-scope")
            for method in sorted(route.methods):
                yield Way(method, route.path, scope)


WAYS = list(ways())
PLACED = [way for way in WAYS if "{" in way.path and "{rule_id}" not in way.path]
PREFIXES = {
    "key_id": "key", "approval_id": "appr", "event_id": "evt", "institution_id": "inst",
    "account_id": "acc", "party_id": "cpty", "cost_study_id": "cst", "loan_id": "mfl",
    "repayment_id": "rep", "product_id": "prd", "resolution_id": "res", "rule_id": "rule",
}  # fmt: skip


@pytest.fixture
def ids(
    demo_db: Database, demo_client: TestClient, demo_checker: TestClient, demo_url: str
) -> dict[str, str]:
    """One object of every kind a path can name, all of the demonstration institution.

    The stranger's institution is ready to work too: it has tiers, so nothing else is in the way.
    """
    with access.work_as(demo_db, OTHER_INSTITUTION, "user_maker", "req_test") as uow:
        parties.install_tiers(uow, [currency("USD")])
    desk = Desk(demo_client, demo_checker)
    loan_id = desk.disbursed()
    repayment_id = desk.paid(loan_id, "170.00")["id"]
    desk.applied()
    with psycopg.connect(demo_url) as connection:

        def own(column: str, table: str, more: str = "true") -> str:
            row = connection.execute(
                f"select {column} from {table} where institution_id = 1 and {more} limit 1".encode()
            ).fetchone()
            assert row is not None, table
            return str(row[0])

        return {
            "key_id": own("key_id", "access.api_key"),
            "approval_id": own("approval_id", "access.approval", "status = 'PENDING'"),
            "event_id": own("event_id", "events.event"),
            "institution_id": demo.INSTITUTION,
            "account_id": own("account_id", "ledger.account"),
            "party_id": "cpty_borrower_001",
            "cost_study_id": own("cost_study_id", "qard.cost_study"),
            "loan_id": loan_id,
            "repayment_id": repayment_id,
            "product_id": own("product_id", "microfinance.product"),
            "resolution_id": own("resolution_id", "shariah.resolution"),
            "rule_id": "GEN-01",
        }


def unknown_ids() -> dict[str, str]:
    return {name: new_id(prefix) for name, prefix in PREFIXES.items()}


def with_key(client: TestClient, owner_url: str, secret: str, scopes: set[str]) -> TestClient:
    """The same application with a fresh key of the demonstration's field officer."""
    with psycopg.connect(owner_url) as connection:
        founding.add_key(connection, demo.NUMBER, demo.MAKER, secret, sorted(scopes))
    return sharing(client, secret)


def refused(client: TestClient, expected: int, found: dict[str, str], *, body: Any = ...) -> None:
    """Every way is refused with this status, never answered and never an error of ours."""
    wrong = []
    for way in WAYS:
        sent = way.body if body is ... else body
        answer = client.request(way.method, way.at(found), json=sent)
        if answer.status_code != expected:
            wrong.append(f"{way.method} {way.path}: {answer.status_code} {answer.text[:120]}")
        assert answer.json()["status"] == answer.status_code
    assert not wrong, "\n".join(wrong)


def shape(answer: httpx.Response, names: dict[str, str]) -> tuple[int, str]:
    """An answer without what the caller said: its own ids, and the number of the request."""
    text = answer.text.replace(answer.headers["x-request-id"], "<request>")
    for name, value in sorted(names.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(value, f"<{name}>")
    return answer.status_code, text


def test_every_route_says_which_scope_it_needs() -> None:
    for way in WAYS:
        assert way.scope in SCOPES, way
        right = way.scope.partition(":")[2]
        # Asking what a loan would come to writes nothing, though its question is a body.
        is_reading = way.method == "GET" or way.path.endswith("/preview")
        assert right == ("read" if is_reading else "write"), way


def test_the_contract_lists_exactly_the_routes_there_are() -> None:
    application = build(None)
    listed = {
        (method.upper(), path)
        for path, item in application.openapi()["paths"].items()
        for method in item
    }
    assert listed == {(way.method, way.path) for way in WAYS}
    beside = {getattr(route, "path", None) for route in application.routes}
    # The console's own pages carry their own door; everything else here is open on purpose.
    assert {path for path in beside if path and not path.startswith("/console/")} <= OPEN


def test_nobody_enters_without_a_key(demo_client: TestClient, ids: dict[str, str]) -> None:
    nameless = TestClient(demo_client.app, raise_server_exceptions=False)
    refused(nameless, 401, ids)
    for header in ("Bearer", "Bearer ", "Basic c2s6", "sk_test_demo", "Bearer sk_test_nobody"):
        nameless.headers["Authorization"] = header
        answer = nameless.get(f"{LOANS}/{ids['loan_id']}")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_that_was_revoked_or_not_yet_approved_is_no_key(
    demo_client: TestClient, demo_url: str, ids: dict[str, str]
) -> None:
    body = {"name": "till", "user_id": demo.MAKER, "scopes": sorted(SCOPES)}
    made = done(demo_client.post("/v1/api-keys", json=body), 201)
    refused(sharing(demo_client, made["secret"]), 401, ids)

    fresh = with_key(demo_client, demo_url, "sk_test_short_lived", set(SCOPES))
    done(fresh.get(f"{LOANS}/{ids['loan_id']}"))
    keys = demo_client.get("/v1/api-keys").json()["data"]
    (own,) = [key["id"] for key in keys if key["hint"].endswith("ived")]
    done(demo_client.post(f"/v1/api-keys/{own}/revoke", json={}))
    refused(fresh, 401, ids)


@pytest.mark.parametrize("body", [..., {"surprise": 1}, [1]], ids=["right", "wrong", "a list"])
def test_a_key_without_the_scope_is_told_so_before_anything_else(
    demo_client: TestClient, demo_url: str, ids: dict[str, str], body: Any
) -> None:
    """Each way is tried by a key that holds every scope except its own area's."""
    clients: dict[str, TestClient] = {}
    for way in WAYS:
        assert way.scope is not None
        area, _, right = way.scope.partition(":")
        lacking = {f"{area}:write", way.scope} if right == "write" else {way.scope, f"{area}:write"}
        name = f"sk_test_without_{area}_{right}"
        if name not in clients:
            clients[name] = with_key(demo_client, demo_url, name, set(SCOPES) - lacking)
        sent = None if way.method == "GET" else way.body if body is ... else body
        for found in (ids, unknown_ids()):
            answer = clients[name].request(way.method, way.at(found), json=sent)
            assert answer.status_code == 403, f"{way} {answer.text}"
            assert answer.json()["code"] == "FORBIDDEN"


def test_a_key_that_may_only_read_writes_nothing(
    demo_client: TestClient, demo_url: str, ids: dict[str, str]
) -> None:
    reading = {scope for scope in SCOPES if scope.endswith(":read")}
    client = with_key(demo_client, demo_url, "sk_test_reading", reading)
    for way in WAYS:
        assert way.scope is not None
        if way.scope.endswith(":write"):
            answer = client.request(way.method, way.at(ids), json=way.body)
            assert answer.status_code == 403, f"{way} {answer.text}"
        elif way.method == "GET":
            assert client.get(way.at(ids)).status_code == 200, way


def test_another_institutions_object_cannot_be_told_from_one_that_never_was(
    demo_client: TestClient, ids: dict[str, str]
) -> None:
    stranger = sharing(demo_client, STRANGER)
    for way in PLACED:
        never = unknown_ids()
        ours = stranger.request(way.method, way.at(ids), json=way.body)
        theirs = stranger.request(way.method, way.at(never), json=way.body)
        assert ours.status_code == 404, f"{way} {ours.text}"
        assert shape(ours, ids) == shape(theirs, never), way
    # The same objects are there for who may see them.
    for way in PLACED:
        if way.method == "GET":
            assert demo_client.get(way.at(ids)).status_code == 200, way


def test_an_id_of_the_wrong_shape_is_told_only_to_who_has_a_key(
    demo_client: TestClient, ids: dict[str, str]
) -> None:
    nameless = TestClient(demo_client.app, raise_server_exceptions=False)
    malformed = dict.fromkeys(PREFIXES, "x")
    refused(nameless, 401, malformed)
    for way in PLACED:
        answer = demo_client.request(way.method, way.at(malformed), json=way.body)
        assert answer.status_code in (404, 422), f"{way} {answer.text}"


def test_no_list_of_a_stranger_shows_or_finds_anything_of_ours(
    demo_client: TestClient, ids: dict[str, str]
) -> None:
    stranger = sharing(demo_client, STRANGER)
    parameters = build(None).openapi()["paths"]
    hidden = {value for name, value in ids.items() if name != "rule_id"}
    hidden |= {demo.MAKER, demo.CHECKER, "qrd_abc123"}
    for way in WAYS:
        if way.method != "GET" or "{" in way.path:
            continue
        answer = stranger.get(way.path)
        assert answer.status_code == 200, f"{way} {answer.text}"
        assert not [value for value in hidden if value in answer.text], way
        for parameter in parameters[way.path]["get"].get("parameters", []):
            name = parameter["name"]
            for value in hidden if name.endswith("_id") or name == "subject" else ():
                found = stranger.get(way.path, params={name: value})
                assert found.status_code in (200, 404, 422), f"{way} {found.text}"
                if found.status_code == 200:
                    assert found.json()["data"] == [], f"{way} {name}={value}"


def test_a_body_that_names_something_of_ours_learns_nothing(
    demo_client: TestClient, ids: dict[str, str]
) -> None:
    stranger = sharing(demo_client, STRANGER)
    never = {**unknown_ids(), "group_id": new_id("grp"), "user_id": new_id("user")}
    ours = {**ids, "group_id": "grp_village_003", "user_id": demo.MAKER}
    # A borrower of the stranger's own, so that the other references are looked at.
    own = done(stranger.post("/v1/parties", json={"kind": "person", "name": "Own"}), 201)["id"]

    def asked(found: dict[str, str]) -> Iterator[tuple[int, str]]:
        payment = {"amount": "1.00", "currency": "USD"}
        bodies: list[tuple[str, dict[str, Any]]] = [
            (LOANS, an_application(borrower_id=found["party_id"], group_id=...)),
            (LOANS, an_application(borrower_id=own, group_id=found["group_id"])),
            (LOANS, an_application(borrower_id=own, product_id=found["product_id"], group_id=...)),
            (f"{LOANS}/preview", an_application(borrower_id=found["party_id"], group_id=...)),
            (REPAYMENTS, {"repayments": [{"loan_id": found["loan_id"], **payment}]}),
            (
                "/v1/kyc/verifications",
                {
                    "party_id": found["party_id"],
                    "documents": [{"kind": "national_id", "reference": "1"}],
                },
            ),
            ("/v1/api-keys", {"name": "k", "user_id": found["user_id"], "scopes": ["events:read"]}),
        ]
        for path, body in bodies:
            answer = stranger.post(path, json=body)
            status, text = shape(answer, found)
            # A file of payments answers row by row; each row of another institution is unknown.
            assert status >= 400 or '"recorded":0' in text, f"{path} {text}"
            assert status < 500
            yield status, text

    assert list(asked(ours)) == list(asked(never))
