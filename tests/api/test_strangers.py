"""Who may not: every route, taken from the route table, against keys and ids that are not ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
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
from tests.conftest import OTHER_INSTITUTION, a_world, client_with, found, sharing
from tests.make.bodies import smallest_body
from tests.make.loans import LOANS, REPAYMENTS, an_application, done
from tests.make.places import ABSENT, MISTYPED, NO_ID, PLACES, PREFIXES, PREFIXES_BY_PATH

STRANGER = "sk_test_maker_other"
OPEN = {"/", "/healthz", "/readyz", "/metrics", "/docs", "/docs/start.js", "/docs/assets",
        "/docs/errors",        "/openapi.json", "/console/static"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One method of one path, and the scope it says it needs."""

    method: str
    path: str
    scope: str | None

    def at(self, ids: dict[str, str]) -> str:
        return self.path.format(**ids)

    def body(self, ids: Mapping[str, str] = MappingProxyType({})) -> Any:
        """The smallest body the contract allows, naming these objects where it names one."""
        return (
            None if self.method == "GET" else smallest_body(CONTRACT, self.method, self.path, ids)
        )


def ways() -> Iterator[Way]:
    """Every way into the API, from the routers the application is made of."""
    for router in registry.routers():
        for route in router.routes:
            assert isinstance(route, APIRoute)
            scope = (route.openapi_extra or {}).get("x-scope")
            for method in sorted(route.methods):
                yield Way(method, route.path, scope)


CONTRACT = build(None).openapi()
WAYS = list(ways())
# Rules, indicators and the tariffs of others are catalogues: everybody's.
OF_ALL = ("{rule_id}", "{code}", "{tariff_id}")
PLACED = [way for way in WAYS if "{" in way.path and not any(one in way.path for one in OF_ALL)]
# Asked with a body, and writing nothing: what something would come to.
QUESTIONS = ("/preview", "/quote", "/compare")


def unknown_ids(way: Way) -> dict[str, str]:
    """Ids of the right kinds that never were."""
    named = {name: prefix for part, prefix in PREFIXES_BY_PATH.items() if part in way.path
             for name in ("payment_id", "receipt_id") if name in part}  # fmt: skip
    made = {name: new_id(prefix) for name, prefix in {**PREFIXES, **named}.items()}
    return {**made, **NO_ID}


# What these answer depends on parameters that name other things; a board quotes on its own days.
BY_PARAMETERS = ("/preview", "/chart", "{price_board_id}/quote")


@pytest.fixture(scope="module")
def world(server_url: str) -> Iterator[str]:
    """The whole demonstration world beside another institution that is ready to work too: it has
    tiers, so nothing else is in the way."""
    with a_world(server_url) as url:
        found(url, 2, OTHER_INSTITUTION, suffix="_other")
        with (
            Database(url) as database,
            access.work_as(database, OTHER_INSTITUTION, "user_maker", "req_test") as uow,
        ):
            parties.install_tiers(uow, [currency("USD")])
        yield url


@pytest.fixture
def insider(world: str) -> Iterator[TestClient]:
    with Database(world) as database:
        yield client_with(database, demo.MAKER_KEY)


@pytest.fixture(scope="module")
def ours(world: str) -> dict[str, dict[str, str]]:
    """By path: objects of the demonstration institution that it can name."""
    with psycopg.connect(world, row_factory=psycopg.rows.dict_row) as connection:
        return {way.path: dict(_objects(connection, way)) for way in PLACED}


def _objects(connection: psycopg.Connection[Any], way: Way) -> Iterator[tuple[str, str]]:
    if "{institution_id}" in way.path:
        yield "institution_id", demo.INSTITUTION
        return
    table, columns = next(place[1:] for place in PLACES if place[0] in way.path)
    row = connection.execute(
        f"select {columns} from {table} where institution_id = 1 limit 1".encode()
    ).fetchone()
    assert (row is None) is (table in ABSENT), table
    yield from ((name, str(value)) for name, value in (row or {}).items())


def with_key(client: TestClient, owner_url: str, secret: str, scopes: set[str]) -> TestClient:
    """The same application with a fresh key of the demonstration's field officer."""
    with psycopg.connect(owner_url) as connection:
        founding.add_key(connection, demo.NUMBER, demo.MAKER, secret, sorted(scopes))
    return sharing(client, secret)


def refused(client: TestClient, expected: int, *, ids: dict[str, str] | None = None) -> None:
    """Every way is refused with this status, never answered and never an error of ours."""
    wrong = []
    for way in WAYS:
        answer = client.request(way.method, way.at(ids or unknown_ids(way)), json=way.body())
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
        is_reading = way.method == "GET" or way.path.endswith(QUESTIONS)
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


def test_nobody_enters_without_a_key(demo_client: TestClient) -> None:
    nameless = TestClient(demo_client.app, raise_server_exceptions=False)
    refused(nameless, 401)
    for header in ("Bearer", "Bearer ", "Basic c2s6", "sk_test_demo", "Bearer sk_test_nobody"):
        nameless.headers["Authorization"] = header
        answer = nameless.get(LOANS)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_that_was_revoked_or_not_yet_approved_is_no_key(
    demo_client: TestClient, demo_url: str
) -> None:
    body = {"name": "till", "user_id": demo.MAKER, "scopes": sorted(SCOPES)}
    made = done(demo_client.post("/v1/api-keys", json=body), 201)
    refused(sharing(demo_client, made["secret"]), 401)

    fresh = with_key(demo_client, demo_url, "sk_test_short_lived", set(SCOPES))
    done(fresh.get(LOANS))
    keys = demo_client.get("/v1/api-keys").json()["data"]
    (own,) = [key["id"] for key in keys if key["hint"].endswith("ived")]
    done(demo_client.post(f"/v1/api-keys/{own}/revoke", json={}))
    refused(fresh, 401)


@pytest.mark.parametrize("body", [..., {"surprise": 1}, [1]], ids=["right", "wrong", "a list"])
def test_a_key_without_the_scope_is_told_so_before_anything_else(
    demo_client: TestClient, demo_url: str, body: Any
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
        sent = None if way.method == "GET" else way.body() if body is ... else body
        answer = clients[name].request(way.method, way.at(unknown_ids(way)), json=sent)
        assert answer.status_code == 403, f"{way} {answer.text}"
        assert answer.json()["code"] == "FORBIDDEN"


def test_a_key_that_may_only_read_writes_nothing(demo_client: TestClient, demo_url: str) -> None:
    reading = {scope for scope in SCOPES if scope.endswith(":read")}
    client = with_key(demo_client, demo_url, "sk_test_reading", reading)
    for way in WAYS:
        assert way.scope is not None
        answer = client.request(way.method, way.at(unknown_ids(way)), json=way.body())
        assert (answer.status_code == 403) is way.scope.endswith(":write"), f"{way} {answer.text}"


def test_another_institutions_object_cannot_be_told_from_one_that_never_was(
    insider: TestClient, ours: dict[str, dict[str, str]]
) -> None:
    stranger = sharing(insider, STRANGER)
    for way in PLACED:
        never = unknown_ids(way)
        real = {**never, **ours[way.path]}
        answers = [
            stranger.request(way.method, way.at(ids), json=way.body(ids)) for ids in (real, never)
        ]
        assert shape(answers[0], real) == shape(answers[1], never), way
        if answers[0].status_code == 200:  # a list about somebody we do not know is empty
            assert answers[0].json()["data"] == [], way
        else:
            assert answers[0].status_code in (403, 404, 409, 422), f"{way} {answers[0].text}"


def test_the_same_objects_are_there_for_who_may_see_them(
    insider: TestClient, ours: dict[str, dict[str, str]]
) -> None:
    asked = {
        "currency": "USD",
        "amount": "100",
        "date": "2024-01-15",
        "indicator": "female_borrowers",
        "weight_grams": "10",
        "fineness": "916",
    }
    for way in PLACED:
        if way.method != "GET" or not ours[way.path] or way.path.endswith(BY_PARAMETERS):
            continue
        parameters = CONTRACT["paths"][way.path]["get"].get("parameters", [])
        needed = {
            one["name"]: asked.get(one["name"], "2024-01-15")
            for one in parameters
            if one["in"] == "query" and one.get("required")
        }
        answer = insider.get(way.at({**unknown_ids(way), **ours[way.path]}), params=needed)
        assert answer.status_code == 200, f"{way} {answer.text}"


def test_an_id_of_the_wrong_shape_is_told_only_to_who_has_a_key(demo_client: TestClient) -> None:
    nameless = TestClient(demo_client.app, raise_server_exceptions=False)
    refused(nameless, 401, ids=MISTYPED)
    for way in PLACED:
        answer = demo_client.request(way.method, way.at(MISTYPED), json=way.body())
        assert answer.status_code in (404, 422), f"{way} {answer.text}"


def test_no_list_of_a_stranger_shows_or_finds_anything_of_ours(
    insider: TestClient, ours: dict[str, dict[str, str]]
) -> None:
    stranger = sharing(insider, STRANGER)
    hidden = {value for ids in ours.values() for name, value in ids.items() if name != "source_no"}
    hidden |= {demo.MAKER, demo.CHECKER, "qrd_abc123"}
    for way in WAYS:
        if way.method != "GET" or "{" in way.path:
            continue
        answer = stranger.get(way.path)
        assert answer.status_code in (200, 422), f"{way} {answer.text}"
        assert not [value for value in hidden if value in answer.text], way
        for parameter in CONTRACT["paths"][way.path]["get"].get("parameters", []):
            name = parameter["name"]
            for value in hidden if name.endswith("_id") or name == "subject" else ():
                found = stranger.get(way.path, params={name: value})
                assert found.status_code in (200, 404, 422), f"{way} {found.text}"
                if found.status_code == 200:
                    assert found.json()["data"] == [], f"{way} {name}={value}"


# Of gold, the vault and pledges: bodies that name parties, things, bags and contracts.
NAMING = (
    "/v1/gold/valuations", "/v1/custody/bags", "/v1/custody/moves", "/v1/rails/rahnu/contracts",
    "/v1/rails/rahnu/contracts/validate", "/v1/rails/rahnu/deposits",
    "/v1/rails/rahnu/related-parties", "/v1/rails/sarf/quotes", "/v1/rails/sarf/facilities",
    "/v1/rails/sarf/resales", "/v1/rails/sarf/exchanges",
)  # fmt: skip


def mentions(found: dict[str, str], own: str) -> dict[str, Any]:
    """The same objects by every name a body gives them; who owes is the stranger's own party."""
    return {
        **found,
        "subject_id": found["contract_id"],
        "to_place_id": found["place_id"],
        "owner_id": own,
        "pledgor_id": own,
        "pledgee_id": found["party_id"],
        "item_ids": [found["item_id"]],
        "own_item_ids": [found["item_id"]],
        "customer_id": own,
        "buyer_id": own,
    }


def test_a_body_that_names_something_of_ours_learns_nothing(
    insider: TestClient, ours: dict[str, dict[str, str]]
) -> None:
    stranger = sharing(insider, STRANGER)
    names = ("party_id", "product_id", "loan_id", "item_id", "bag_id", "place_id", "contract_id")
    never = {name: new_id(PREFIXES[name]) for name in names}
    never |= {"group_id": new_id("grp"), "user_id": new_id("user")}
    real = {name: value for ids in ours.values() for name, value in ids.items() if name in names}
    real |= {"group_id": "grp_village_003", "user_id": demo.MAKER}
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
            *(
                (path, smallest_body(CONTRACT, "POST", path, mentions(found, own)))
                for path in NAMING
            ),
        ]
        for path, body in bodies:
            answer = stranger.post(path, json=body)
            status, text = shape(answer, found)
            # A file of payments answers row by row; each row of another institution is unknown.
            assert status >= 400 or '"recorded":0' in text, f"{path} {text}"
            assert status < 500
            yield status, text

    assert list(asked(real)) == list(asked(never))
