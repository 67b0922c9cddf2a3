"""Lists of loans: every filter against brute force, every page against the whole, few queries."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.db import Database
from sanduq.kit.money import Money, currency
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.service import NewMember
from sanduq.microfinance.groups.model import GroupType, NewGroup
from sanduq.microfinance.loans import repayments, service
from sanduq.microfinance.loans.model import Application, LoanType, Terms
from sanduq.microfinance.loans.repayments import RepayLoan
from sanduq.obligations.schedule import Frequency
from tests.conftest import client_with, copied
from tests.make.institution import a_borrower
from tests.make.loans import LOANS, REPAYMENTS, an_application, done

SEED = 20240115
COUNT = 40
BORROWERS = ("cpty_borrower_001", "cpty_a", "cpty_b", "cpty_c")
# Who borrows in which group; the documented one has its members already.
GROUPS = {
    "grp_village_003": ("cpty_borrower_001",),
    "grp_river": ("cpty_a", "cpty_b"),
    None: ("cpty_borrower_001", "cpty_a", "cpty_b", "cpty_c"),
}
BRANCHES = ("brn_main", "brn_river")


class CountingCursor(psycopg.Cursor):
    """Counts the statements sent through it."""

    count = 0

    def execute(self, *arguments, **named):
        CountingCursor.count += 1
        return super().execute(*arguments, **named)


class CountingDatabase(Database):
    """A database whose connections count their statements."""

    def __init__(self, url):
        super().__init__(url)
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=4,
            open=False,
            kwargs={**self._pool.kwargs, "cursor_factory": CountingCursor},
        )


@pytest.fixture(scope="module")
def world(server_url, demo_template):
    """Forty loans of several people, groups, branches and currencies, in every state there is."""
    with copied(server_url, demo_template) as url, CountingDatabase(url) as database:
        _people(database)
        dice = random.Random(SEED)
        for number in range(COUNT):
            _loan(database, dice, number)
        yield database


def _as(database, user_id):
    return access.work_as(database, demo.INSTITUTION, user_id, "req_test")


def _people(database):
    with _as(database, demo.MAKER) as uow:
        access.create_branch(uow, name="River", branch_id="brn_river")
        groups.form_group(
            uow,
            NewGroup(name="Women of the river", type=GroupType.SOLIDARITY, group_id="grp_river"),
        )
        for party_id in BORROWERS[1:]:
            a_borrower(uow, party_id)
        members.add_members(uow, "grp_river", [NewMember(each) for each in GROUPS["grp_river"]])
        groups.activate(uow, "grp_river")


def _loan(database, dice, number):
    code = dice.choice(("USD", "USD", "MYR", "TND"))
    asset = currency(code)
    minor = dice.randint(50, 300) * 10**asset.digits * demo.SCALE[code]
    group_id = dice.choice(list(GROUPS))
    application = Application(
        type=LoanType.QARD_HASAN,
        borrower_id=dice.choice(GROUPS[group_id]),
        amount=Money(minor, asset),
        purpose="small_business",
        terms=Terms(
            dice.randint(1, 8),
            dice.choice((Frequency.WEEKLY, Frequency.MONTHLY)),
            dice.choice((0, 1)),
        ),
        service_fee=Money(dice.choice((0, 500)), asset),
        group_id=group_id,
        branch_id="brn_main",
        external_id=f"ext-{number}" if number % 3 == 0 else None,
        metadata={"round": str(number % 4), "note": "a:b"} if number % 2 else {},
    )
    fate = dice.choice(
        ("wait", "approved", "rejected", "cancelled", "disbursed", "repaying", "repaying", "done")
    )
    with _as(database, demo.MAKER) as uow:
        if dice.random() < 0.6:
            access.move_clock(uow, uow.now + timedelta(hours=dice.randint(1, 60)))
        if fate in ("wait", "approved") and dice.random() < 0.5:
            application = Application(**{**_fields(application), "branch_id": "brn_river"})
        loan = service.create(uow, application)
        if fate == "cancelled":
            service.cancel(uow, loan.loan_id, reason="went elsewhere")
    if fate in ("wait", "cancelled"):
        return
    with _as(database, demo.CHECKER) as uow:
        if fate == "rejected":
            service.reject(uow, loan.loan_id, reason="no trade yet")
        else:
            service.approve(uow, loan.loan_id)
    if fate in ("approved", "rejected"):
        return
    with _as(database, demo.MAKER) as uow:
        service.disburse(uow, loan.loan_id, is_disclosure_acknowledged=True)
        owed = loan.total_repayable
        if fate != "disbursed":
            part = owed if fate == "done" else Money(dice.randint(1, owed.amount_minor - 1), asset)
            repayments.record_repayment(uow, RepayLoan(loan.loan_id, part))


def _fields(application):
    return {name: getattr(application, name) for name in application.__slots__}


@pytest.fixture(scope="module")
def client(world):
    return client_with(world, demo.MAKER_KEY)


@pytest.fixture(scope="module")
def loans(client):
    """Every loan, read one by one in no particular order, sorted here."""
    found = done(client.get(f"{LOANS}?limit=100"))["data"]
    each = [done(client.get(f"{LOANS}/{loan['id']}")) for loan in found]
    assert len(each) == COUNT
    return sorted(each, key=lambda loan: (loan["created_at"], loan["id"]), reverse=True)


def listed(client, query=""):
    """Every row of a filtered list, by cursor."""
    rows, cursor = [], ""
    while True:
        page = done(client.get(f"{LOANS}?limit=7{query}{cursor}"))
        rows += page["data"]
        assert page["pagination"]["hasMore"] is (page["next_cursor"] is not None)
        if page["next_cursor"] is None:
            return rows
        cursor = f"&cursor={page['next_cursor']}"


def instants(loans):
    """Instants at, just before and just after some of the loans, and far away."""
    found = [datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)]
    for loan in loans[:: COUNT // 5]:
        at = datetime.fromisoformat(loan["created_at"])
        found += [at - timedelta(microseconds=1), at, at + timedelta(microseconds=1)]
    return [quote(at.isoformat().replace("+00:00", "Z")) for at in found]


def is_before(loan, text):
    return datetime.fromisoformat(loan["created_at"]) < datetime.fromisoformat(text)


def is_due(loan, text):
    balance = loan["balance"]
    return (
        balance is not None
        and loan["status"] in ("DISBURSED", "REPAYING", "DEFAULTED")
        and balance["oldest_unpaid_due_date"] is not None
        and balance["oldest_unpaid_due_date"] <= text
    )


MATCHES = {
    "status": lambda loan, text: loan["status"] == text,
    "type": lambda loan, text: loan["type"] == text,
    "currency": lambda loan, text: loan["currency"] == text,
    "borrower_id": lambda loan, text: loan["borrower_id"] == text,
    "group_id": lambda loan, text: loan["group_id"] == text,
    "product_id": lambda loan, text: loan["product_id"] == text,
    "branch_id": lambda loan, text: loan["branch_id"] == text,
    "external_id": lambda loan, text: loan["external_id"] == text,
    "created_at.gte": lambda loan, text: not is_before(loan, text),
    "created_at.lt": is_before,
    "due_on.lte": is_due,
    "metadata": lambda loan, text: (
        loan["metadata"].get(text.partition(":")[0]) == text.partition(":")[2]
    ),
}


def values_of(name, loans):
    """What a list is asked for in one filter: every value there is, and some there is not."""
    if name.startswith("created_at"):
        return [text.replace("%3A", ":") for text in instants(loans)]
    if name == "due_on.lte":
        dues = [loan["balance"]["oldest_unpaid_due_date"] for loan in loans if loan["balance"]]
        return [*sorted({day for day in dues if day}), "2000-01-01", "2100-01-01"]
    if name == "metadata":
        return ["round:0", "round:1", "round:3", "round:9", "note:a:b", "note:a", "none:x", "x:"]
    absent = {
        "status": ["DEFAULTED", "WRITTEN_OFF"], "type": ["murabaha_micro"], "currency": ["EUR"],
    }.get(name, ["cpty_nobody"])  # fmt: skip
    return sorted({str(loan[name]) for loan in loans if loan[name] is not None}) + absent


def test_the_generated_world_has_every_state(loans) -> None:
    assert {loan["status"] for loan in loans} == {
        "PENDING_APPROVAL", "APPROVED", "REJECTED", "CANCELLED", "DISBURSED", "REPAYING",
        "COMPLETED",
    }  # fmt: skip
    assert {loan["branch_id"] for loan in loans} == set(BRANCHES)


@pytest.mark.parametrize("name", MATCHES)
def test_a_filter_finds_what_brute_force_finds(client, loans, name) -> None:
    for value in values_of(name, loans):
        expected = [loan for loan in loans if MATCHES[name](loan, value)]
        assert listed(client, f"&{name}={quote(value)}") == expected, (name, value)


def test_filters_together_find_what_passes_each(client, loans) -> None:
    dice = random.Random(SEED)
    for _ in range(25):
        names = dice.sample(sorted(MATCHES), dice.randint(2, 4))
        chosen = {name: dice.choice(values_of(name, loans)) for name in names}
        expected = [
            loan
            for loan in loans
            if all(MATCHES[name](loan, value) for name, value in chosen.items())
        ]
        query = "".join(f"&{name}={quote(value)}" for name, value in chosen.items())
        assert listed(client, query) == expected, chosen


def test_numbered_pages_hold_every_row_once_and_tell_the_total(client, loans) -> None:
    for per_page in (1, 7, 39, 40, 41, 100):
        rows = []
        pages = -(-COUNT // per_page)
        for page in range(1, pages + 1):
            found = done(client.get(f"{LOANS}?page={page}&perPage={per_page}"))
            assert found["next_cursor"] is None
            assert found["pagination"] == {
                "page": page, "perPage": per_page, "limit": per_page, "total": COUNT,
                "totalPages": pages, "pages": pages, "hasMore": page < pages,
            }  # fmt: skip
            rows += found["data"]
        assert rows == loans
        beyond = done(client.get(f"{LOANS}?page={pages + 1}&perPage={per_page}"))
        assert (beyond["data"], beyond["pagination"]["hasMore"]) == ([], False)


def test_numbered_pages_count_only_what_the_filter_lets_through(client, loans) -> None:
    repaying = [loan for loan in loans if loan["status"] == "REPAYING"]
    found = done(client.get(f"{LOANS}?status=REPAYING&page=1&limit=3"))
    assert found["pagination"]["total"] == len(repaying)
    assert found["data"] == repaying[:3]


def test_the_vendor_s_page_and_limit_are_read_as_a_numbered_page(client, loans) -> None:
    found = done(client.get(f"{LOANS}?page=2&limit=5"))
    assert found["data"] == loans[5:10]


# From here on rows are added: these tests stand last.


def counted(call):
    """How many statements a call sends."""
    before = CountingCursor.count
    call()
    return CountingCursor.count - before


def test_a_list_takes_as_many_statements_for_one_row_as_for_all(client) -> None:
    sizes = {counted(lambda n=n: done(client.get(f"{LOANS}?limit={n}"))) for n in (1, 7, 100)}
    assert len(sizes) == 1, sizes
    assert sizes.pop() <= 3
    numbered = {
        counted(lambda n=n: done(client.get(f"{LOANS}?page=1&perPage={n}"))) for n in (1, 40)
    }
    assert len(numbered) == 1, numbered


def test_a_batch_takes_as_many_statements_for_one_row_as_for_many(client, loans) -> None:
    open_ = [loan for loan in loans if loan["status"] in ("DISBURSED", "REPAYING")]

    def sent(count):
        rows = [
            {"loan_id": loan["id"], "amount": 0.01 if loan["currency"] != "TND" else 0.001,
             "currency": loan["currency"]}
            for loan in open_[:count]
        ]  # fmt: skip
        found = done(client.post(REPAYMENTS, json={"repayments": rows}))
        assert found["refused"] == 0, found

    sent(len(open_))  # the first payment of a loan changes its state, which is a statement more
    few, many = counted(lambda: sent(2)), counted(lambda: sent(len(open_)))
    assert len(open_) > 5
    assert few == many
    assert many <= 20


def test_rows_added_between_pages_neither_repeat_nor_hide_a_row(client) -> None:
    before = [loan["id"] for loan in done(client.get(f"{LOANS}?limit=100"))["data"]]
    seen, cursor = [], ""
    while True:
        page = done(client.get(f"{LOANS}?limit=6{cursor}"))
        seen += [loan["id"] for loan in page["data"]]
        done(client.post(LOANS, json=an_application(amount=20, borrower_id="cpty_a")), 201)
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == before


def test_repayments_are_paged_by_cursor_and_by_number(world, client, loans) -> None:
    loan_id = next(loan["id"] for loan in loans if loan["status"] == "DISBURSED")
    code = done(client.get(f"{LOANS}/{loan_id}"))["currency"]
    with _as(world, demo.MAKER) as uow:
        for _ in range(9):
            repayments.record_repayment(uow, RepayLoan(loan_id, Money(1, currency(code))))
    path = f"{LOANS}/{loan_id}/repayments"
    whole = [item["id"] for item in done(client.get(f"{path}?limit=100"))["data"]]
    assert whole == sorted(whole)
    by_cursor, cursor = [], ""
    while True:
        page = done(client.get(f"{path}?limit=2{cursor}"))
        by_cursor += [item["id"] for item in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    by_page = [
        item["id"]
        for number in range(1, len(whole) // 2 + 2)
        for item in done(client.get(f"{path}?page={number}&perPage=2"))["data"]
    ]
    assert by_cursor == by_page == whole
