"""Recomputing the books: whatever was changed behind the ledger's back is named.

Each check is a statement of its own, so it sees one moment of the books even while others post.
It stops at the first fault it finds; the next ones usually follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import asset_from_text
from sanduq.ledger import store
from sanduq.ledger.chain_audit import chain_faults
from sanduq.ledger.checkpoint import (
    Checkpoint,
    Checkpoints,
    UnreadableCheckpoint,
    read_checkpoints,
)
from sanduq.ledger.model import CHART, AccountPlace

Progress = Callable[[str, int], None]
Fault = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """The first fault of one check: what is concerned (`journal 7`) and what is wrong with it."""

    check: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: {self.message}"


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Where the chain's head stood when the check began, and how each check ended."""

    block_seq: int
    journal_seq: int
    checks: tuple[Check, ...]

    @property
    def is_coherent(self) -> bool:
        return not self.findings

    @property
    def findings(self) -> list[Finding]:
        return [check.finding for check in self.checks if check.finding is not None]


_registered: dict[str, Callable[[UnitOfWork], Iterable[str]]] = {}


def register_check(name: str, check: Callable[[UnitOfWork], Iterable[str]]) -> None:
    """Adds a check of an upper domain, wired at assembly: it says what is wrong, or nothing.

    Refuses (`ValueError`) a second check of the same name.
    """
    if _registered.setdefault(name, check) is not check:
        raise ValueError(f"a check named {name} is registered already")


def verify(
    uow: UnitOfWork,
    checkpoints: Checkpoints | None = None,
    *,
    progress: Progress | None = None,
) -> VerifyReport:
    """Recomputes the institution's books and compares them with what is stored.

    Sums, balances, versions, sequence, accounts, floors, reversals, the chain block by block, its
    head, every signed checkpoint, and what other domains registered. `progress` hears the name
    of the running check and how many journals it has read. Memory stays flat.
    """
    store.allow_long_statements(uow)
    tell = progress or _silent
    head = store.chain_head(uow)
    checks = []
    for name, faults in _checks(uow, checkpoints, tell):
        tell(name, 0)
        fault = next(iter(faults), None)
        checks.append(Check(name, Finding(name, *fault) if fault else None))
    for name, registered in _registered.items():
        tell(name, 0)
        words = next(iter(registered(uow)), None)
        checks.append(Check(name, Finding(name, name, words) if words is not None else None))
    return VerifyReport(
        head.block_seq if head else 0, head.journal_seq if head else 0, tuple(checks)
    )


def _silent(_name: str, _journals: int) -> None:
    return None


def _checks(
    uow: UnitOfWork, checkpoints: Checkpoints | None, tell: Progress
) -> Iterator[tuple[str, Iterator[Fault]]]:
    yield "accounts", _account_faults(uow)
    yield "sums", _sum_faults(uow)
    yield "sequence", _sequence_faults(uow)
    yield "versions", _version_faults(uow)
    yield "balances", _balance_faults(uow)
    yield "floors", _floor_faults(uow)
    yield "reversals", _reversal_faults(uow)
    yield "chain", chain_faults(uow, lambda journals: tell("chain", journals))
    yield "head", _head_faults(uow)
    if checkpoints is not None:
        yield "checkpoints", _checkpoint_faults(uow, checkpoints)


def _account_faults(uow: UnitOfWork) -> Iterator[Fault]:
    """An account's id is derived from its place; its class and floor stand in the chart."""
    rows = store.stream(
        uow,
        "verify_accounts",
        "select account_id, code, asset, fund, subject, class, floor_minor from ledger.account"
        " where institution_id = %(institution)s order by account_id",
        {"institution": uow.institution_id},
    )
    for account_id, code, asset, fund, subject, account_class, floor_minor in rows:
        place = AccountPlace(code, asset_from_text(asset), fund, subject)
        if place.account_id != account_id:
            yield f"account {account_id}", "its code, asset, fund or subject was changed"
        elif account_class != CHART[code].account_class:
            yield f"account {account_id}", f"its class is {account_class}, unlike the chart's"
        elif floor_minor != (0 if CHART[code].has_floor else None):
            yield f"account {account_id}", f"its floor is {floor_minor}, unlike the chart's"


def _sum_faults(uow: UnitOfWork) -> Iterator[Fault]:
    rows = uow.all(
        "select e.journal_seq, a.asset, a.fund, sum(e.amount_minor) from ledger.entry e"
        " left join ledger.account a using (institution_id, account_id)"
        " where e.institution_id = %s group by e.journal_seq, a.asset, a.fund"
        " having sum(e.amount_minor) <> 0 or a.asset is null order by e.journal_seq limit 1",
        uow.institution_id,
    )
    for journal_seq, asset, fund, rest in rows:
        place = "an unknown account" if asset is None else f"{asset} of fund {fund}"
        yield f"journal {journal_seq}", f"its entries in {place} sum to {rest} minor units, not 0"


def _sequence_faults(uow: UnitOfWork) -> Iterator[Fault]:
    rows = uow.all(
        "select n, journal_seq from (select journal_seq, row_number() over (order by journal_seq)"
        " as n from ledger.journal where institution_id = %s) numbered"
        " where journal_seq <> n order by n limit 1",
        uow.institution_id,
    )
    for expected, found in rows:
        yield f"journal {expected}", f"is missing: journal {found} stands in its place"
    rows = uow.all(
        "select e.journal_seq from ledger.entry e"
        " left join ledger.journal j using (institution_id, journal_seq)"
        " where e.institution_id = %s and j.journal_seq is null order by e.journal_seq limit 1",
        uow.institution_id,
    )
    for (journal_seq,) in rows:
        yield f"journal {journal_seq}", "is missing, its entries are there"


def _version_faults(uow: UnitOfWork) -> Iterator[Fault]:
    rows = uow.all(
        "select journal_seq, account_id, version_after, version_due, balance_after_minor,"
        " balance_due from (select journal_seq, line, account_id, version_after,"
        "   balance_after_minor, row_number() over w as version_due,"
        "   sum(amount_minor) over w as balance_due,"
        "   lag(journal_seq) over w as journal_before, lag(line) over w as line_before"
        "  from ledger.entry where institution_id = %s"
        "  window w as (partition by account_id order by version_after)) replayed"
        " where version_after <> version_due or balance_after_minor <> balance_due"
        " or (journal_seq, line) <= (journal_before, line_before)"
        " order by journal_seq, line limit 1",
        uow.institution_id,
    )
    for journal_seq, account_id, version, version_due, balance, balance_due in rows:
        if version != version_due:
            fault = f"has version {version} where {version_due} is due"
        elif balance != balance_due:
            fault = f"has {balance} minor units after it where {balance_due} are due"
        else:
            fault = f"has version {version} out of the order of its journals"
        yield f"journal {journal_seq}", f"account {account_id} {fault}"


def _balance_faults(uow: UnitOfWork) -> Iterator[Fault]:
    rows = uow.all(
        "select coalesce(b.account_id, r.account_id), b.balance_minor, coalesce(r.minor, 0),"
        " b.version, coalesce(r.lines, 0)"
        " from (select account_id, balance_minor, version from ledger.balance"
        "        where institution_id = %(institution)s) b"
        " full join (select account_id, sum(amount_minor) as minor, count(*) as lines"
        "              from ledger.entry where institution_id = %(institution)s"
        "             group by account_id) r using (account_id)"
        " where b.balance_minor is distinct from coalesce(r.minor, 0)"
        "    or b.version is distinct from coalesce(r.lines, 0) order by 1 limit 1",
        {"institution": uow.institution_id},
    )
    for account_id, balance, replayed, version, lines in rows:
        yield (
            f"account {account_id}",
            f"stands at {balance} minor units and version {version};"
            f" its {lines} entries give {replayed}",
        )


def _floor_faults(uow: UnitOfWork) -> Iterator[Fault]:
    rows = uow.all(
        "select account_id, balance_minor, floor_minor"
        " from ledger.account join ledger.balance using (institution_id, account_id)"
        " where institution_id = %s and floor_minor is not null"
        " and (case when class in ('asset', 'expense') then balance_minor else -balance_minor end)"
        " < floor_minor order by account_id limit 1",
        uow.institution_id,
    )
    for account_id, balance, floor in rows:
        yield f"account {account_id}", f"stands at {abs(balance)} beyond its floor of {floor}"


def _reversal_faults(uow: UnitOfWork) -> Iterator[Fault]:
    rows = uow.all(
        "select r.journal_seq, o.journal_seq, e.account_id from ledger.journal r"
        " join ledger.journal o"
        "   on o.institution_id = r.institution_id and o.journal_id = r.reverses"
        " join ledger.entry e on e.institution_id = r.institution_id"
        "   and e.journal_seq in (r.journal_seq, o.journal_seq)"
        " where r.institution_id = %s and r.reverses is not null"
        " group by r.journal_seq, o.journal_seq, e.account_id having sum(e.amount_minor) <> 0"
        " order by r.journal_seq limit 1",
        uow.institution_id,
    )
    for journal_seq, reversed_seq, account_id in rows:
        yield (
            f"journal {journal_seq}",
            f"reverses journal {reversed_seq}, but not what it did to account {account_id}",
        )


def _head_faults(uow: UnitOfWork) -> Iterator[Fault]:
    row = uow.one(
        "select h.block_seq, h.journal_seq, h.hash, b.block_seq, b.last_journal_seq, b.hash,"
        " (select max(journal_seq) from ledger.journal where institution_id = %(institution)s)"
        " from (select %(institution)s::integer as institution_id) i"
        " left join ledger.chain_head h using (institution_id)"
        " left join lateral (select * from ledger.chain_block c"
        "   where c.institution_id = %(institution)s order by c.block_seq desc limit 1) b on true",
        {"institution": uow.institution_id},
    )
    assert row is not None
    block_seq, journal_seq, head_hash, last_block, last_sealed, last_hash, last_journal = row
    if block_seq is None:
        if last_block is not None or last_journal is not None:
            yield "head", "is missing, and there are journals"
        return
    if block_seq != (last_block or 0):
        yield f"block {block_seq}", f"is the head, but the last block is {last_block or 0}"
    if journal_seq != (last_journal or 0) or journal_seq != (last_sealed or 0):
        yield (
            f"journal {journal_seq}",
            f"is the head, but the last journal is {last_journal or 0}"
            f" and the last sealed one {last_sealed or 0}",
        )
    due = last_hash if last_block else store.block_hashes(uow, [])[0]
    if bytes(head_hash) != bytes(due):
        yield f"block {block_seq}", "has another hash than the head says"


def _checkpoint_faults(uow: UnitOfWork, checkpoints: Checkpoints) -> Iterator[Fault]:
    try:
        for checkpoint in read_checkpoints(checkpoints.directory, uow.actor.institution):
            yield from _one_checkpoint(uow, checkpoints, checkpoint)
    except UnreadableCheckpoint as error:
        yield "checkpoints", str(error)


def _one_checkpoint(
    uow: UnitOfWork, checkpoints: Checkpoints, checkpoint: Checkpoint
) -> Iterator[Fault]:
    subject = f"checkpoint of {checkpoint.business_on}"
    if checkpoints.public_key is None:
        yield subject, "cannot be checked: the public key is gone"
        return
    if not checkpoint.is_signed_by(checkpoints.public_key):
        yield subject, "is not signed by this installation's key"
    if checkpoint.institution != uow.actor.institution:
        yield subject, f"is of another institution, {checkpoint.institution}"
    held = store.block_hashes(uow, [checkpoint.block_seq]).get(checkpoint.block_seq)
    if held is None:
        yield subject, f"block {checkpoint.block_seq} was cut off: the chain ends before it"
    elif held.hex() != checkpoint.block_hash:
        yield subject, f"block {checkpoint.block_seq} was rebuilt: it had another hash that day"
