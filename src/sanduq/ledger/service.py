"""The ledger: post, reverse, close, read. It has never heard of a borrower, gold or Islam."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

import psycopg
from opentelemetry import trace

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import store
from sanduq.ledger.errors import (
    AccountUnknown,
    JournalMalformed,
    JournalUnknown,
    PeriodNotOver,
    refusal_of,
)
from sanduq.ledger.events import PERIOD_CLOSED
from sanduq.ledger.model import (
    CHART,
    Account,
    AccountPlace,
    Balance,
    Entry,
    Journal,
    Period,
    PostedJournal,
    Sealed,
    StatementLine,
    TrialLine,
)
from sanduq.ledger.schemas import period_out

_tracer = trace.get_tracer("sanduq.ledger")

ClosingCheck = Callable[[UnitOfWork, date, date], None]
_closing_checks: list[ClosingCheck] = []


def register_closing_check(check: ClosingCheck) -> None:
    """Adds what an upper domain demands before days are closed, wired at assembly: it raises."""
    if check not in _closing_checks:
        _closing_checks.append(check)


def post(uow: UnitOfWork, journals: Sequence[Journal]) -> Sealed:
    """Posts journals in one call and seals them in one block of the chain; all or none.

    Accounts must be open. Refuses an unbalanced or empty journal (VALIDATION_ERROR), a closed
    period or second reversal (CONFLICT), an account below its floor (FUNDS_INSUFFICIENT).
    """
    with _tracer.start_as_current_span("ledger.post"):
        try:
            return store.post(uow, journals)
        except psycopg.Error as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            raise refusal from error


def open_accounts(uow: UnitOfWork, places: Iterable[AccountPlace]) -> int:
    """Opens the accounts that are not open yet; how many that were.

    Refuses VALIDATION_ERROR for a code that is not in the chart.
    """
    wanted = set(places)
    for place in wanted:
        if place.code not in CHART:
            raise JournalMalformed(f"{place.code} is not a code of the chart of accounts")
    return store.open_accounts(uow, [(place, CHART[place.code]) for place in wanted])


def reversal_of(
    uow: UnitOfWork, journal_ids: Sequence[str], *, effective_on: date, memo: str | None
) -> list[Journal]:
    """Journals that take the named ones back, entry by entry; to be posted by the caller.

    Refuses NOT_FOUND when one of them does not exist here.
    """
    entries: dict[str, list[Entry]] = {}
    kinds: dict[str, str] = {}
    for journal_id, kind, code, asset, fund, subject, amount in store.journals_for_reversal(
        uow, journal_ids
    ):
        kinds[journal_id] = kind
        place = AccountPlace(code, asset_from_text(asset), fund, subject)
        entries.setdefault(journal_id, []).append(Entry(place, -amount))
    missing = set(journal_ids) - kinds.keys()
    if missing:
        raise JournalUnknown(f"there is no journal {sorted(missing)[0]}")
    return [
        Journal(
            new_id("jrn"), f"{kinds[journal_id]}.reversed", effective_on,
            tuple(entries[journal_id]), reference=None, memo=memo, reverses=journal_id,
        )
        for journal_id in journal_ids
    ]  # fmt: skip


def close_period(uow: UnitOfWork, starts_on: date, ends_on: date) -> Period:
    """Closes the days `starts_on` to `ends_on`; nothing can take effect in them any more.

    Refuses FORBIDDEN without the authority `period.close`, VALIDATION_ERROR for a period that is
    not over or ends before it starts, CONFLICT for one that overlaps a closed one, and what upper
    domains demand first (such as the true-up of fees, rule QRD-10).
    """
    access.require_authority(uow, "period.close", None)
    if ends_on < starts_on:
        raise ValidationFailed.field(
            "ends_on", "before_start", "a period ends on or after the day it starts"
        )
    if ends_on >= uow.today:
        raise PeriodNotOver(
            details=[
                {"field": "ends_on", "code": "not_over", "message": "choose a day before today"}
            ]
        )
    for check in _closing_checks:
        check(uow, starts_on, ends_on)
    try:
        store.close_period(uow, starts_on, ends_on)
    except psycopg.Error as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
    period = Period(starts_on, ends_on, uow.now, uow.actor.user_id)
    audit.record(uow, [Deed("ledger.period.close", f"{starts_on}/{ends_on}")])
    events.record(uow, [Event(PERIOD_CLOSED, f"{starts_on}/{ends_on}", period_out(period))])
    return period


def list_periods(uow: UnitOfWork) -> list[Period]:
    """Closed periods, latest first."""
    return store.list_periods(uow)


def get_balance(uow: UnitOfWork, account_id: str) -> Balance:
    """The balance now. Refuses NOT_FOUND."""
    balance = store.get_balance(uow, account_id)
    if balance is None:
        raise AccountUnknown
    return balance


def balance_at(uow: UnitOfWork, account_id: str, instant: datetime) -> Balance:
    """The balance as the books stood at `instant` (recorded time). Refuses NOT_FOUND."""
    balance = get_balance(uow, account_id)
    minor, version = store.balance_at(uow, account_id, instant)
    return Balance(balance.account, minor, version)


def balance_on(uow: UnitOfWork, account_id: str, day: date) -> Balance:
    """The balance of all that takes effect up to `day`. Refuses NOT_FOUND."""
    balance = get_balance(uow, account_id)
    return Balance(balance.account, store.balance_on(uow, account_id, day), balance.version)


def list_balances(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    code: str | None = None,
    fund: str | None = None,
    asset: str | None = None,
    subject: str | None = None,
) -> Page[Balance]:
    """Accounts with their balances, newest first."""
    filters = {"code": code, "fund": fund, "asset": asset, "subject": subject}
    return store.list_balances(uow, filters, request)


def list_journals(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    account_id: str | None = None,
    reference: str | None = None,
    journal_id: str | None = None,
) -> Page[PostedJournal]:
    """Journals with their entries, newest first."""
    filters = {"account_id": account_id, "reference": reference, "journal_id": journal_id}
    return store.list_journals(uow, filters, request)


def statement(
    uow: UnitOfWork,
    account_id: str,
    request: PageRequest,
    *,
    from_on: date | None = None,
    to_on: date | None = None,
) -> tuple[Account, Page[StatementLine]]:
    """The account's entries, oldest first, of the days asked for.

    Refuses NOT_FOUND, and VALIDATION_ERROR a cursor that is not of a statement.
    """
    account = get_balance(uow, account_id).account
    after = request.cursor[1] if request.cursor else "0"
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        raise ValidationFailed.field(
            "cursor", "unknown_cursor", "use a next_cursor as it was returned"
        )
    lines, total = store.statement(
        uow, account_id, from_on=from_on, to_on=to_on, after_version=int(after), request=request
    )
    page = Page.of(lines, request, lambda line: (line.recorded_at, str(line.version_after)), total)
    return account, page


def trial_balance(uow: UnitOfWork, as_of: date | None = None) -> list[TrialLine]:
    """Debits and credits by code, asset and fund; they are equal per asset and fund."""
    return store.trial_balance(uow, as_of)
