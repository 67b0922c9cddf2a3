"""Pools: made by one, approved by another, filled from funds that allow it, and lent from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.funds.endowments import corpus
from sanduq.funds.endowments import service as endowments
from sanduq.funds.endowments.facts import Joined
from sanduq.funds.pools import events, postings, rules, store
from sanduq.funds.pools.errors import (
    PoolChanged,
    PoolEmpty,
    PoolStepRefused,
    UnknownPool,
)
from sanduq.funds.pools.losses import note_loss
from sanduq.funds.pools.model import (
    NewPool,
    Origin,
    Placement,
    Pool,
    PoolSource,
    PoolState,
    PoolStatus,
    PoolStep,
    PoolUse,
    SourceKind,
    SourceStanding,
)
from sanduq.funds.purposes import service as purposes
from sanduq.funds.zakat import service as zakat
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit
from sanduq.shariah import service as shariah

APPROVE = "pool.approve"
PLACE = "fund.spend"


def create_pool(uow: UnitOfWork, new: NewPool) -> PoolState:
    """Records a pool and asks another person to approve it.

    Refuses CONFLICT an external_id already used.
    """
    pool = Pool(
        **{each.name: getattr(new, each.name) for each in fields(NewPool)},
        pool_id=new_id("pool"),
        status=PoolStatus.PENDING_APPROVAL,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, pool)
    access.request_approvals(uow, APPROVE, [(pool.pool_id, None)])
    audit.record(uow, [Deed("pool.create", pool.pool_id)])
    state = PoolState(pool, ())
    outbox.record(uow, [events.of_pool(events.CREATED, state)])
    return state


def approve_pool(
    uow: UnitOfWork, pool_id: str, *, reason: str | None = None, if_match: str | None = None
) -> PoolState:
    """Opens a pool for capital.

    Refuses NOT_FOUND; CONFLICT one decided already or changed since it was read; FORBIDDEN its
    maker and roles without `pool.approve`.
    """
    pool = _locked(uow, pool_id, if_match=if_match)
    to = pool.after(PoolStep.APPROVE)
    access.decide(uow, APPROVE, pool_id, is_approved=True, reason=reason)
    return _stepped(uow, pool_id, to, APPROVE, events.APPROVED, reason)


def reject_pool(uow: UnitOfWork, pool_id: str, *, reason: str | None) -> PoolState:
    """Refuses a pool for good.

    Refuses NOT_FOUND, CONFLICT one decided already, FORBIDDEN as for approving, VALIDATION_ERROR
    without a reason.
    """
    if reason is None:
        raise ValidationFailed.field("reason", "missing_field", "reason is missing")
    to = _locked(uow, pool_id).after(PoolStep.REJECT)
    access.decide(uow, APPROVE, pool_id, is_approved=False, reason=reason)
    return _stepped(uow, pool_id, to, "pool.reject", events.REJECTED, reason)


def get_pool(uow: UnitOfWork, pool_id: str) -> PoolState:
    """One pool with its sources, what is lent and what is free. Refuses NOT_FOUND."""
    pool = store.get(uow, pool_id)
    if pool is None:
        raise UnknownPool
    return store.states(uow, [pool])[0]


def list_pools(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[PoolState]:
    """Pools with their figures, newest first."""
    page = store.select_page(uow, request, filters)
    found = store.states(uow, page.items)
    return Page(found, page.has_more, page.request, page.next_cursor, page.total)


def list_placements(
    uow: UnitOfWork, pool_id: str, request: PageRequest
) -> Page[tuple[Placement, Origin, Pool]]:
    """Capital put in and taken back, newest first, with where it came from. Refuses NOT_FOUND."""
    state = get_pool(uow, pool_id)
    origins = {each.source_no: each.origin for each in state.sources}
    found = store.select_placements(uow, pool_id, request)
    return found.map(lambda each: (each, origins[each.source_no], state.pool))


def permitted_uses(uow: UnitOfWork, pool_id: str) -> frozenset[str]:
    """The contracts a pool may fund, none while it is not active. Refuses NOT_FOUND."""
    pool = store.get(uow, pool_id)
    if pool is None:
        raise UnknownPool
    return pool.permitted_uses if pool.status is PoolStatus.ACTIVE else frozenset()


def choose_source(
    uow: UnitOfWork, pool_id: str, amount: Money, use: str = PoolUse.QARD
) -> PoolSource:
    """The first source whose free cash covers the amount, as read now.

    The loan's claim belongs to the source's fund: Dr 1100 (fund) Cr the source's cash. Between
    many draws at once the floor of that cash decides. Refuses NOT_FOUND; CONFLICT a pool that is
    not active; VALIDATION_ERROR another currency; SHARIAH_VIOLATION a use the pool is not for
    (QRD-22); FUNDS_INSUFFICIENT when no source covers the amount.
    """
    state = get_pool(uow, pool_id)
    state.pool.require_active()
    _require_currency(state.pool, amount)
    shariah.enforce(rules.use_findings(state.pool.permitted_uses, use))
    source = state.covering(amount)
    if source is None:
        most = max((each.available_minor for each in state.sources), default=0)
        raise PoolEmpty(
            f"{pool_id} has at most {Money(most, amount.asset)} free in one source, and {amount}"
            " was asked for: place capital, or lend less"
        )
    return PoolSource(source.origin.fund, source.place(amount.asset, pool_id), pool_id)


def place_capital(
    uow: UnitOfWork, pool_id: str, origin: Origin, amount: Money, *, memo: str | None = None
) -> tuple[Placement, PoolState]:
    """Moves money from a fund's own cash into the pool, as a source of its own.

    Refuses NOT_FOUND; CONFLICT a pool that is not active, or that lends another part of the same
    fund already; VALIDATION_ERROR another currency or an unknown branch; FORBIDDEN and
    LIMIT_EXCEEDED without authority for `fund.spend`; SHARIAH_VIOLATION givers' money in a pool
    for more than qard (QRD-22), a purpose that may not be lent (SDQ-01), waqf money without leave
    or security (WQF-04) or joined with others' (WQF-06), zakat without a resolution (ZKT-07);
    FUNDS_INSUFFICIENT more than the fund has.
    """
    pool = _locked(uow, pool_id)
    pool.require_active()
    _require_currency(pool, amount)
    access.require_authority(uow, PLACE, amount)
    state = store.states(uow, [pool])[0]
    source_no = _source_for(state, origin)
    _require_allowed(uow, state, origin, amount)
    if source_no > len(state.sources):
        store.insert_source(uow, pool_id, source_no, origin)
    return _move(uow, state, source_no, origin, amount.amount_minor, memo)


def withdraw_capital(
    uow: UnitOfWork, pool_id: str, source_no: int, amount: Money, *, memo: str | None = None
) -> tuple[Placement, PoolState]:
    """Returns free capital to the fund it came from.

    Refuses NOT_FOUND a pool or source; CONFLICT a pool that is not active; VALIDATION_ERROR
    another currency; FORBIDDEN and LIMIT_EXCEEDED without authority for `fund.spend`;
    FUNDS_INSUFFICIENT more than is free, the rest being lent.
    """
    pool = _locked(uow, pool_id)
    pool.require_active()
    _require_currency(pool, amount)
    access.require_authority(uow, PLACE, amount)
    state = store.states(uow, [pool])[0]
    source = state.source(source_no)
    if amount.amount_minor > source.capital_minor:
        raise PoolEmpty(
            f"source {source_no} holds {Money(source.capital_minor, pool.asset)} of capital"
        )
    return _move(uow, state, source_no, source.origin, -amount.amount_minor, memo)


def give_up_claim(
    uow: UnitOfWork,
    pool_id: str,
    fund: str,
    amount: Money,
    claim: AccountPlace,
    *,
    reason: str,
    reference: str,
) -> Journal:
    """The journal by which givers' money bears a claim written off; the caller posts it.

    Waqf corpus bears it as a recorded loss that leaves a gap (WQF-01, 13), waqf income and
    sadaqah as less to spend. Refuses NOT_FOUND a pool or a fund that is no source of it; CONFLICT
    the institution's own money, whose loss is an expense of the room that lent it;
    SHARIAH_VIOLATION zakat, which is not given by waiving a claim (ZKT-04).
    """
    source_no, origin = _givers(uow, pool_id, fund)
    if origin.endowment_id is not None:
        journal = endowments.lose_on_qard(
            uow, origin.endowment_id, amount, claim,
            is_corpus=origin.kind is SourceKind.WAQF_CORPUS, reason=reason, reference=reference,
        )  # fmt: skip
        note_loss(
            uow, pool_id, source_no, -amount.amount_minor,
            journal_id=journal.journal_id, reference=reference,
        )  # fmt: skip
        return journal
    journal = postings.given_up(
        amount.asset, fund, amount.amount_minor, uow.today, reference, claim
    )
    if origin.kind is SourceKind.ZAKAT:
        zakat.require_no_waiver(uow, pool_id, amount.asset, journal.entries)
    ledger.open_accounts(uow, [entry.place for entry in journal.entries])
    note_loss(
        uow, pool_id, source_no, -amount.amount_minor,
        journal_id=journal.journal_id, reference=reference, reason=reason,
    )  # fmt: skip
    return journal


def take_back_claim(
    uow: UnitOfWork,
    pool_id: str,
    fund: str,
    amount: Money,
    *,
    journal_id: str,
    reference: str,
) -> tuple[Entry, ...]:
    """What to credit when money comes back on a claim that givers' money bore: that money again.

    The caller debits the pool's cash of that fund in the journal named, and posts it (DEF-17).
    Refuses NOT_FOUND a pool or a fund that is no source of it, CONFLICT the institution's own.
    """
    source_no, origin = _givers(uow, pool_id, fund)
    note_loss(
        uow, pool_id, source_no, amount.amount_minor, journal_id=journal_id, reference=reference
    )
    if origin.endowment_id is not None:
        return corpus.regain_on_qard(
            uow, origin.endowment_id, amount, is_corpus=origin.kind is SourceKind.WAQF_CORPUS,
            journal_id=journal_id, reference=reference,
        )  # fmt: skip
    bearer = postings.bearer_place(amount.asset, fund)
    ledger.open_accounts(uow, [bearer])
    return (credit(bearer, amount.amount_minor),)


def _givers(uow: UnitOfWork, pool_id: str, fund: str) -> tuple[int, Origin]:
    """The source of a pool that is givers' money of this fund, with its number."""
    sources = get_pool(uow, pool_id).sources
    found = next((one for one in sources if one.origin.fund == fund), None)
    if found is None:
        raise UnknownPool(f"{pool_id} has no source of the fund {fund}")
    if found.origin.kind is SourceKind.OWN:
        raise PoolStepRefused("the institution's own loss is an impairment, not a giver's")
    return found.source_no, found.origin


def _locked(uow: UnitOfWork, pool_id: str, *, if_match: str | None = None) -> Pool:
    pool = store.get(uow, pool_id, is_locked=True)
    if pool is None:
        raise UnknownPool
    if if_match is not None and pool.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise PoolChanged
    return pool


def _require_currency(pool: Pool, amount: Money) -> None:
    if amount.asset != pool.asset:
        raise ValidationFailed.field(
            "currency", "wrong_currency", f"the pool is kept in {pool.asset.code}"
        )


def _source_for(state: PoolState, origin: Origin) -> int:
    """The number of the source this capital joins, or of the next one."""
    for each in state.sources:
        if each.origin.fund != origin.fund:
            continue
        if each.origin != origin:
            raise PoolStepRefused(
                f"the pool holds {origin.fund} already, as {each.origin.kind} in source"
                f" {each.source_no}: a fund is one source of a pool (rule WQF-06)"
            )
        return each.source_no
    return len(state.sources) + 1


def _require_allowed(uow: UnitOfWork, state: PoolState, origin: Origin, amount: Money) -> None:
    """Refuses money whose givers do not let it be lent from this pool."""
    pool = state.pool
    purpose_uses = None
    if origin.kind is SourceKind.OWN:
        if not access.known_branches(uow, [origin.branch_id or ""]):
            raise ValidationFailed.field(
                "branch_id", "unknown_branch", f"there is no branch {origin.branch_id!r}"
            )
    elif origin.kind is SourceKind.SADAQAH:
        purpose_uses = purposes.get_purpose(uow, origin.purpose or "").uses
    shariah.enforce(rules.source_findings(origin.kind, pool.permitted_uses, purpose_uses))
    if origin.kind is SourceKind.ZAKAT:
        zakat.require_lending(uow, pool.pool_id, pool.asset)
    if origin.endowment_id is not None:
        endowments.require_lendable(
            uow,
            origin.endowment_id,
            amount,
            is_corpus=origin.kind is SourceKind.WAQF_CORPUS,
            security=pool.security_policy,
            joined=_joined(uow, state.sources, origin.endowment_id),
        )


def _joined(uow: UnitOfWork, sources: tuple[SourceStanding, ...], endowment_id: str) -> Joined:
    """The endowments that would lend together, with what each deed allows (WQF-06)."""
    ids = {each.origin.endowment_id for each in sources} - {None} | {endowment_id}
    deeds = endowments.deeds_of(uow, sorted(one for one in ids if one is not None))
    found = tuple((each.fund, each.deed.allowed_purposes) for each in deeds)
    return Joined(PoolUse.QARD.value, found)


def _move(
    uow: UnitOfWork,
    state: PoolState,
    source_no: int,
    origin: Origin,
    amount_minor: int,
    memo: str | None,
) -> tuple[Placement, PoolState]:
    pool = state.pool
    journal = postings.moved(pool, origin, amount_minor, uow.today)
    placement = Placement(
        new_id("plc"), pool.pool_id, source_no, amount_minor, memo, uow.today,
        journal.journal_id, uow.now, uow.actor.user_id,
    )  # fmt: skip
    store.insert_placement(uow, placement)
    is_in = amount_minor > 0
    details = {"placement_id": placement.placement_id, "fund": origin.fund}
    act = "pool.place" if is_in else "pool.withdraw"
    audit.record(uow, [Deed(act, pool.pool_id, memo, details)])
    told = events.PLACED if is_in else events.WITHDRAWN
    outbox.record(uow, [events.moved(told, placement, origin, pool)])
    ledger.open_accounts(uow, [entry.place for entry in journal.entries])
    ledger.post(uow, [journal])
    return placement, get_pool(uow, pool.pool_id)


def _stepped(
    uow: UnitOfWork, pool_id: str, to: PoolStatus, act: str, event: str, reason: str | None
) -> PoolState:
    store.set_status(uow, pool_id, to)
    state = get_pool(uow, pool_id)
    audit.record(uow, [Deed(act, pool_id, reason)])
    outbox.record(uow, [events.of_pool(event, state)])
    return state
