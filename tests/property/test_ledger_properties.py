"""Whatever is posted, refused or reversed: money is neither made nor lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.money import currency
from sanduq.ledger import service
from sanduq.ledger.errors import FloorBroken, JournalMalformed, PeriodClosed
from sanduq.ledger.model import CHART, AccountPlace, Entry, Journal
from tests.coherent import assert_coherent

Work = Callable[..., Any]

PLACES = [
    AccountPlace(code, currency(asset), fund)
    for code in ("1000", "1120", "3000", "2210")
    for asset in ("USD", "TND")
    for fund in ("own", "zakat")
]
CLOSED_ON = date(2023, 6, 30)

amounts = st.integers(-(10**6), 10**6)
days = st.sampled_from([CLOSED_ON, date(2024, 1, 15)])
raw_journals = st.lists(st.tuples(st.sampled_from(PLACES), amounts), min_size=0, max_size=8)


@st.composite
def balanced(draw: st.DrawFn) -> list[Entry]:
    """Lines that sum to zero in each asset and fund they touch."""
    entries: list[Entry] = []
    for asset, fund in draw(
        st.lists(st.sampled_from([("USD", "own"), ("TND", "own"), ("USD", "zakat")]),
                 min_size=1, max_size=3, unique=True)
    ):  # fmt: skip
        places = [p for p in PLACES if (p.asset.code, p.fund) == (asset, fund)]
        chosen = draw(st.lists(st.sampled_from(places), min_size=2, max_size=5))
        parts = draw(
            st.lists(amounts.filter(bool), min_size=len(chosen) - 1, max_size=len(chosen) - 1)
        )
        if sum(parts) == 0:
            parts[0] = parts[0] + 1 or 2
        rest = -sum(parts)
        entries += [Entry(p, a) for p, a in zip(chosen, [*parts, rest], strict=True)]
    return [entry for entry in entries if entry.amount_minor]


commands = st.lists(
    st.tuples(
        st.sampled_from(["post", "post", "post", "raw", "reverse"]),
        st.lists(st.one_of(balanced(), balanced(), balanced()), min_size=1, max_size=3),
        raw_journals,
        days,
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=8,
)


def journal_of(entries: list[Entry], day: date) -> Journal:
    return Journal(new_id("jrn"), "test.any", day, tuple(entries))


class Model:
    """What the books must say: balances, and the journals that were posted."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.minor = {p: service.get_balance(uow, p.account_id).debit_minor for p in PLACES}
        self.posted: list[Journal] = []

    def refusal(self, journals: list[Journal]) -> type[Refusal] | None:
        """The first rule broken, over the whole block as the ledger checks it."""
        if any(entry.amount_minor == 0 for journal in journals for entry in journal.entries):
            return JournalMalformed
        if any(len(journal.entries) < 2 for journal in journals):
            return JournalMalformed
        for journal in journals:
            sums: dict[tuple[str, str], int] = {}
            for entry in journal.entries:
                key = (str(entry.place.asset), entry.place.fund)
                sums[key] = sums.get(key, 0) + entry.amount_minor
            if any(sums.values()):
                return JournalMalformed
        if any(journal.effective_on <= CLOSED_ON for journal in journals):
            return PeriodClosed
        after = self.after(journals)
        if any(after[p] < 0 for p in PLACES if CHART[p.code].has_floor):
            return FloorBroken
        return None

    def after(self, journals: list[Journal]) -> dict[AccountPlace, int]:
        minor = dict(self.minor)
        for journal in journals:
            for entry in journal.entries:
                minor[entry.place] += entry.amount_minor
        return minor


def attempt(uow: UnitOfWork, model: Model, journals: list[Journal]) -> None:
    expected = model.refusal(journals)
    try:
        with uow.savepoint():
            service.post(uow, journals)
        answer: type[Refusal] | None = None
    except Refusal as refused:
        answer = type(refused)
    assert answer is expected
    if answer is not None:
        return
    model.minor = model.after(journals)
    model.posted += journals


def reverse(uow: UnitOfWork, model: Model, pick: int) -> None:
    if model.posted:
        journal = model.posted.pop(pick % len(model.posted))
        back = service.reversal_of(
            uow, [journal.journal_id], effective_on=date(2024, 1, 15), memo=None
        )
        before = len(model.posted)
        attempt(uow, model, back)
        if len(model.posted) == before:  # refused by a floor: it may be tried again
            model.posted.append(journal)
        else:
            model.posted.pop()  # a reversal is not taken back here


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(commands)
def test_the_books_equal_their_model_whatever_is_posted(work: Work, found: list[Any]) -> None:
    with work("user_finance") as uow:
        service.open_accounts(uow, PLACES)
        if not service.list_periods(uow):
            service.close_period(uow, date(2000, 1, 1), CLOSED_ON)
        model = Model(uow)
        for verb, blocks, raw, day, pick in found:
            if verb == "post":
                attempt(uow, model, [journal_of(entries, day) for entries in blocks])
            elif verb == "raw":
                attempt(uow, model, [journal_of([Entry(p, a) for p, a in raw], day)])
            else:
                reverse(uow, model, pick)
        for place in PLACES:
            assert service.get_balance(uow, place.account_id).debit_minor == model.minor[place]
        totals: dict[tuple[str, str], int] = {}
        for line in service.trial_balance(uow):
            key = (str(line.asset), line.fund)
            totals[key] = totals.get(key, 0) + line.debit_minor - line.credit_minor
        assert not any(totals.values())
        assert_coherent(uow)
