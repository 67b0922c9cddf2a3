"""Price boards: proposed by one, published by another, and then the only price of the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sanduq.access import service as access
from sanduq.assets.model import Metal, require_grade
from sanduq.assets.policies import service as policies
from sanduq.assets.policies.model import ValuationPolicy
from sanduq.assets.price_boards import events, store
from sanduq.assets.price_boards.errors import (
    BoardOutdated,
    NoPriceBoard,
    NotInForce,
    PriceSpike,
    PriceStale,
    UnknownPriceBoard,
)
from sanduq.assets.price_boards.feed import FeedMapping, read_csv, read_payload
from sanduq.assets.price_boards.model import (
    BoardStatus,
    NewBoard,
    PriceBoard,
    PriceMethod,
    Quote,
    move_bp,
    value_minor,
)
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.kit.pages import Page, PageRequest

APPROVE = "price_board.approve"
YEAR_MIN = 1980


def propose(uow: UnitOfWork, new: NewBoard) -> PriceBoard:
    """Puts a board forward; it has no effect until another user approves it.

    It takes effect from `effective_at`, or from its approval if that comes later: never on what
    was valued before. Refuses VALIDATION_ERROR a price not yet observed, a day that has passed
    and one the price would be too old for, FINENESS_UNKNOWN, PRICE_STALE, PRICE_SPIKE without an
    explanation, CONFLICT an external_id in use.
    """
    policy = policies.current_policy(uow)
    _require_sound(uow, new, policy)
    _require_no_spike(new, store.last_published(uow, new.metal, new.asset), policy)
    board = PriceBoard(
        price_board_id=new_id("pbd"),
        metal=new.metal,
        asset=new.asset,
        method=new.method,
        grades=dict(new.grades),
        quoted_unit=new.quoted_unit,
        effective_at=new.effective_at or uow.now,
        source=new.source,
        observed_at=new.observed_at,
        spike_explanation=new.spike_explanation,
        status=BoardStatus.PROPOSED,
        decided_at=None,
        decided_by=None,
        decision_reason=None,
        external_id=new.external_id,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, board)
    access.request_approvals(uow, APPROVE, [(board.price_board_id, None)])
    audit.record(uow, [audit.Deed("price_board.propose", board.price_board_id)])
    outbox.record(uow, [events.proposed(board)])
    return board


def import_csv(uow: UnitOfWork, text: str, source: str) -> list[PriceBoard]:
    """Proposes every board of a sheet, or none. Refuses what `read_csv` and `propose` refuse."""
    return [propose(uow, new) for new in read_csv(text, source)]


def propose_fetched(uow: UnitOfWork, payload: bytes, mapping: FeedMapping) -> list[PriceBoard]:
    """Proposes what a feed answered; it was fetched before this unit of work was opened.

    Nothing is published by a machine: another user approves it like any other board. Refuses what
    `read_payload` and `propose` refuse.
    """
    return [propose(uow, new) for new in read_payload(payload, mapping)]


def approve(uow: UnitOfWork, price_board_id: str, *, reason: str | None = None) -> PriceBoard:
    """Publishes a board.

    Refuses NOT_FOUND, CONFLICT one that does not wait or whose day has passed, FORBIDDEN its
    maker and roles without authority, PRICE_STALE when its price has grown old meanwhile,
    PRICE_SPIKE when another board was published meanwhile and it lies too far from that.
    """
    board = get_board(uow, price_board_id)
    access.decide(uow, APPROVE, price_board_id, is_approved=True, reason=reason)
    policy = policies.current_policy(uow)
    if _is_stale(uow, board.observed_at, policy):
        raise PriceStale.of(board.observed_at, policy.price_stale_hours)
    if local_date(board.effective_at, uow.time_zone) < uow.today:
        raise BoardOutdated
    store.lock_published(uow)
    _require_no_spike(board, store.last_published(uow, board.metal, board.asset), policy)
    return _decided(uow, board, BoardStatus.PUBLISHED, reason)


def reject(uow: UnitOfWork, price_board_id: str, *, reason: str | None) -> PriceBoard:
    """Refuses a board. Refuses NOT_FOUND, CONFLICT one that does not wait, FORBIDDEN."""
    board = get_board(uow, price_board_id)
    access.decide(uow, APPROVE, price_board_id, is_approved=False, reason=reason)
    return _decided(uow, board, BoardStatus.REJECTED, reason)


def get_board(uow: UnitOfWork, price_board_id: str) -> PriceBoard:
    """One board. Refuses NOT_FOUND."""
    found = store.get(uow, price_board_id)
    if found is None:
        raise UnknownPriceBoard
    return found


def board_by_id(uow: UnitOfWork, price_board_id: str) -> PriceBoard:
    """The board a valuation rests on, whatever has become of it. Refuses NOT_FOUND."""
    return get_board(uow, price_board_id)


def current_board(uow: UnitOfWork, metal: Metal, asset: Asset) -> PriceBoard:
    """The board in force now: of today in the institution's calendar, and not stale.

    Where several are published for today, the one in force latest. Refuses NO_PRICE_BOARD when
    there is none or its price is older than the policy allows: never an older board in its place.
    """
    board = store.newest_in_force(uow, metal, asset)
    if board is None or local_date(board.effective_at, uow.time_zone) != uow.today:
        raise NoPriceBoard.today(metal, asset)
    policy = policies.current_policy(uow)
    if _is_stale(uow, board.observed_at, policy):
        raise NoPriceBoard.stale(board.price_board_id, board.observed_at, policy.price_stale_hours)
    return board


def quote(uow: UnitOfWork, price_board_id: str, net_weight_mg: int, fineness_bp: int) -> Quote:
    """What a net weight is worth on a board, before any test: a promise to nobody.

    Refuses NOT_FOUND, FINENESS_UNKNOWN, NO_PRICE_BOARD when there is no board in force, and
    CONFLICT a board other than that: nothing is quoted on a price of another day.
    """
    board = get_board(uow, price_board_id)
    current = current_board(uow, board.metal, board.asset)
    if current.price_board_id != price_board_id:
        raise NotInForce.of(current.price_board_id)
    haircut_bp = policies.current_policy(uow).haircut_bp
    full = value_minor(board, net_weight_mg, fineness_bp)
    after = value_minor(board, net_weight_mg, fineness_bp, haircut_bp)
    return Quote(
        board=board, net_weight_mg=net_weight_mg, fineness_bp=fineness_bp, haircut_bp=haircut_bp,
        market_value=Money(full, board.asset), value=Money(after, board.asset),
    )  # fmt: skip


def list_boards(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    metal: Metal | None = None,
    asset: Asset | None = None,
    status: BoardStatus | None = None,
    external_id: str | None = None,
    effective_from: datetime | None = None,
    effective_before: datetime | None = None,
) -> Page[PriceBoard]:
    """Boards, newest first."""
    equal: Mapping[str, str | None] = {
        "metal": metal.value if metal is not None else None,
        "asset": str(asset) if asset is not None else None,
        "status": status.value if status is not None else None,
        "external_id": external_id,
    }
    return store.select_page(uow, request, equal, effective_from, effective_before)


def _decided(
    uow: UnitOfWork, board: PriceBoard, status: BoardStatus, reason: str | None
) -> PriceBoard:
    store.decide(uow, board.price_board_id, status, reason)
    decided = get_board(uow, board.price_board_id)
    is_published = status is BoardStatus.PUBLISHED
    action = "price_board.publish" if is_published else "price_board.reject"
    audit.record(uow, [audit.Deed(action, board.price_board_id, reason)])
    outbox.record(uow, [(events.published if is_published else events.rejected)(decided)])
    return decided


def _require_sound(uow: UnitOfWork, new: NewBoard, policy: ValuationPolicy) -> None:
    if new.metal is Metal.NONE:
        raise ValidationFailed.field("metal", "no_metal", "what is no metal has no price board")
    if new.method is PriceMethod.FINE_PRICE and len(new.grades) != 1:
        raise ValidationFailed.field("price_per_gram", "one_price", "a fine price is one price")
    for grade in new.grades:
        require_grade(new.metal, grade)
    if not new.grades or min(new.grades.values()) <= 0:
        raise ValidationFailed.field("grades", "not_positive", "a board has prices above zero")
    if new.observed_at > uow.now:
        raise ValidationFailed.field("observed_at", "in_the_future", "not observed yet")
    if new.observed_at.year < YEAR_MIN:
        raise ValidationFailed.field("observed_at", "out_of_range", "that is no price of today")
    if _is_stale(uow, new.observed_at, policy):
        raise PriceStale.of(new.observed_at, policy.price_stale_hours)
    if new.effective_at is None:
        return
    # The far end first: at the ends of the calendar there is no telling a local day.
    if new.effective_at > new.observed_at + policy.price_age_max:
        raise ValidationFailed.field(
            "effective_at", "too_far_ahead", "the price would be too old by then"
        )
    is_long_ago = new.effective_at.year < YEAR_MIN
    if is_long_ago or local_date(new.effective_at, uow.time_zone) < uow.today:
        raise ValidationFailed.field(
            "effective_at", "backdated", "a board is not put in force for a day that has passed"
        )


def _is_stale(uow: UnitOfWork, observed_at: datetime, policy: ValuationPolicy) -> bool:
    return uow.now - observed_at > policy.price_age_max


def _require_no_spike(
    board: PriceBoard | NewBoard, last: PriceBoard | None, policy: ValuationPolicy
) -> None:
    if last is None or board.spike_explanation is not None:
        return
    move = move_bp(last, board)
    if move > policy.spike_limit_bp:
        raise PriceSpike.of(-(-move // 1), policy.spike_limit_bp, last.price_board_id)
