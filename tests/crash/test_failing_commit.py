"""A commit that fails, a backend that dies, an acknowledgement that is lost."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from psycopg.conninfo import conninfo_to_dict

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.db import Database
from tests.coherent import assert_coherent
from tests.conftest import client_with
from tests.crash.wire import Wire, wired
from tests.make.institution import standing
from tests.make.loans import LOANS, REPAYMENTS, Desk, done
from tests.make.rows import counted, run_as_owner

KEY = {"Idempotency-Key": "till-3-0001"}
PAYMENT = {"amount": "170.00", "currency": "USD"}

# Raised by the server only when the transaction commits: everything before went well.
AT_COMMIT = """
create function public.fails() returns trigger language plpgsql security definer as
  $$ begin {what} return null; end $$;
create constraint trigger fails after insert on {table} deferrable initially deferred
  for each row execute function public.fails();
"""
AT_ONCE = """
create function public.fails() returns trigger language plpgsql security definer as
  $$ begin {what} return null; end $$;
create trigger fails after insert on {table} for each row execute function public.fails();
"""
REFUSE = "raise exception 'the disk is full' using errcode = '53100';"
DIE = "perform pg_terminate_backend(pg_backend_pid());"
KILL_SLEEPER = """
select count(*) from (
  select pg_terminate_backend(pid) from pg_stat_activity
   where datname = current_database() and wait_event = 'PgSleep') killed
"""
REPAIR = "drop function public.fails() cascade"


@pytest.fixture
def desk(demo_client: TestClient, demo_checker: TestClient) -> Desk:
    return Desk(demo_client, demo_checker)


@pytest.fixture(autouse=True)
def coherent(demo_db: Database) -> Iterator[None]:
    """Whatever failed, the books recompute."""
    yield
    with access.work_as_system(demo_db, demo.INSTITUTION, "req_coherent") as uow:
        assert_coherent(uow)


def assert_failed(answer: httpx.Response) -> None:
    assert answer.status_code == 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == "INTERNAL_ERROR"
    # What went wrong inside is for the log, under the id the caller is told.
    assert "disk" not in answer.text
    assert body["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("way", [AT_COMMIT, AT_ONCE], ids=["at the commit", "before it"])
@pytest.mark.parametrize("what", [REFUSE, DIE], ids=["refused", "backend killed"])
@pytest.mark.parametrize(
    "table", ["obligations.repayment", "ledger.journal", "api.idempotency_key"]
)
def test_a_payment_that_cannot_be_stored_is_no_payment_and_may_be_sent_again(
    demo_db: Database, desk: Desk, way: str, what: str, table: str
) -> None:
    loan_id = desk.disbursed()
    path = f"{LOANS}/{loan_id}/repayments"
    before = standing(demo_db.url)
    run_as_owner(demo_db.url, way.format(what=what, table=table))
    assert_failed(desk.maker.post(path, json=PAYMENT, headers=KEY))
    assert standing(demo_db.url) == before
    assert counted(demo_db.url, "select count(*) from api.idempotency_key") == 0
    run_as_owner(demo_db.url, REPAIR)
    again = desk.maker.post(path, json=PAYMENT, headers=KEY)
    assert done(again, 201)["outstanding"] == 1870
    assert "idempotency-replayed" not in again.headers


def test_a_file_of_payments_whose_commit_fails_leaves_none_of_them(
    demo_db: Database, desk: Desk
) -> None:
    loans = [desk.disbursed(amount=500, service_fee=0) for _ in range(3)]
    rows = [{"loan_id": loan_id, "amount": "50", "currency": "USD"} for loan_id in loans]
    before = standing(demo_db.url)
    run_as_owner(demo_db.url, AT_COMMIT.format(what=REFUSE, table="obligations.repayment"))
    assert_failed(desk.maker.post(REPAYMENTS, json={"repayments": rows}, headers=KEY))
    assert standing(demo_db.url) == before
    run_as_owner(demo_db.url, REPAIR)
    again = done(desk.maker.post(REPAYMENTS, json={"repayments": rows}, headers=KEY))
    assert (again["recorded"], again["refused"]) == (3, 0)


@pytest.mark.parametrize("step", ["applied", "approved", "disbursed"])
def test_a_step_of_a_loan_whose_commit_fails_did_not_happen(
    demo_db: Database, desk: Desk, step: str
) -> None:
    ready = {"applied": lambda: "", "approved": desk.applied, "disbursed": desk.approved}[step]()
    path = {"applied": LOANS, "approved": f"{LOANS}/{ready}/approve"}.get(
        step, f"{LOANS}/{ready}/disburse"
    )
    client = desk.checker if step == "approved" else desk.maker
    body = {"json": demo_application()} if step == "applied" else {}
    before = standing(demo_db.url)
    run_as_owner(demo_db.url, AT_COMMIT.format(what=REFUSE, table="events.event"))
    assert_failed(client.post(path, headers=KEY, **body))
    assert standing(demo_db.url) == before
    run_as_owner(demo_db.url, REPAIR)
    assert client.post(path, headers=KEY, **body).status_code in (200, 201)


def test_a_backend_killed_from_outside_leaves_nothing_of_its_request(
    demo_db: Database, desk: Desk
) -> None:
    loan_id = desk.disbursed()
    path = f"{LOANS}/{loan_id}/repayments"
    before = standing(demo_db.url)
    run_as_owner(
        demo_db.url, AT_ONCE.format(what="perform pg_sleep(20);", table="obligations.repayment")
    )
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(desk.maker.post, path, json=PAYMENT, headers=KEY)
        until = time.monotonic() + 15
        while not counted(demo_db.url, KILL_SLEEPER):
            assert time.monotonic() < until
            time.sleep(0.05)
        run_as_owner(demo_db.url, REPAIR)
        answer = sent.result()
    # The key shows that nothing happened, so the house may have tried again by itself.
    assert answer.status_code in (201, 500)
    if answer.status_code == 500:
        assert standing(demo_db.url) == before
    again = desk.maker.post(path, json=PAYMENT, headers=KEY)
    assert done(again, 201)["outstanding"] == 1870
    assert counted(demo_db.url, "select count(*) from obligations.repayment") == 1


def demo_application() -> dict[str, object]:
    return {
        "type": "qard_hasan", "borrower_id": "cpty_borrower_001", "amount": 500,
        "currency": "USD", "purpose": "small_business",
        "repayment_terms": {"installments": 5, "frequency": "monthly"},
    }  # fmt: skip


@pytest.fixture
def wire(demo_db: Database) -> Iterator[Wire]:
    if not str(conninfo_to_dict(demo_db.url).get("host", "")).startswith("/"):
        pytest.skip("the wire is cut on a Unix socket; this server listens on another address")
    # A socket's path may not be long, and pytest's own directories are.
    with tempfile.TemporaryDirectory(prefix="sq") as name, wired(demo_db.url, Path(name)) as made:
        yield made


@pytest.mark.parametrize("keyed", [True, False], ids=["with a key", "without a key"])
def test_a_lost_acknowledgement_is_an_error_and_never_a_second_payment(
    demo_db: Database, desk: Desk, wire: Wire, keyed: bool
) -> None:
    """The server committed, we never heard: the answer is an error, a keyed retry finds it done."""
    loan_id = desk.disbursed()
    path, headers = f"{LOANS}/{loan_id}/repayments", KEY if keyed else {}
    with Database(wire.url, pool_max=2) as db:
        maker = client_with(db, demo.MAKER_KEY)
        done(maker.get(f"{LOANS}/{loan_id}"))
        wire.cut_at_next_commit()
        answer = maker.post(path, json=PAYMENT, headers=headers)
        assert wire.was_cut
        stored = "select count(*) from obligations.repayment"
        if keyed:
            # It may look the key up again and answer what was stored; or say that it failed.
            assert answer.status_code in (201, 500)
            again = maker.post(path, json=PAYMENT, headers=headers)
            assert done(again, 201)["outstanding"] == 1870
            assert again.headers["idempotency-replayed"] == "true"
        else:
            assert_failed(answer)
        assert counted(demo_db.url, stored) == 1


def test_connections_lost_are_an_error_at_most_once_and_then_forgotten(
    demo_db: Database, desk: Desk
) -> None:
    """Every connection of the pool is cut; the next requests work again without a restart."""
    done(desk.maker.get(LOANS))
    run_as_owner(
        demo_db.url,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and application_name = 'sanduq'",
    )
    statuses = [desk.maker.get(LOANS).status_code for _ in range(6)]
    assert set(statuses) <= {200, 500}
    assert statuses[-1] == 200
    assert desk.checker.get(LOANS).status_code == 200
