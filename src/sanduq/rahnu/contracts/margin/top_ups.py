"""Cash left beside a pledge by its owner's will: taken, counted as cover, given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.facts import gathered
from sanduq.rahnu.contracts.life.ruling import keep_rules
from sanduq.rahnu.contracts.margin import events as names
from sanduq.rahnu.contracts.margin import postings, store, store_calls
from sanduq.rahnu.contracts.margin.errors import CoverNeeded, TopUpMissing
from sanduq.rahnu.contracts.margin.flagging import covers_of, reassess
from sanduq.rahnu.contracts.margin.model import Cover, MarginCause, TopUp, TopUpKind, percent
from sanduq.rahnu.contracts.margin.schemas import top_up_out
from sanduq.rahnu.contracts.model import Contract, PledgeAction
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.templates import service as templates

RETURN = "pledge.change"


def receive(
    uow: UnitOfWork,
    contract_id: str,
    amount: Money,
    *,
    reason: str | None = None,
    etag: str | None = None,
) -> TopUp:
    """Takes cash that the owner leaves as additional pledge; it counts as cover at once.

    It stays the owner's: owed to him in the books, given back when the pledge is released. It is
    a choice: where the template's terms demand it, that clause is for the board (RHN-23 REVIEW).
    Refuses CONFLICT (state), VALIDATION_ERROR (currency), SHARIAH_VIOLATION.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.TOP_UP, etag)
    _same_currency(contract, amount)
    keep_rules(uow, gathered(uow, contract), RahnAction.MARGIN_CALL, is_margin_call=False)
    held = held_minor(uow, [contract_id]).get(contract_id, 0)
    journal = postings.received(contract, amount.amount_minor, uow.today)
    made = _recorded(uow, contract, TopUpKind.RECEIVED, amount, held, reason, journal)
    reassess(uow, [contract_id], cause=MarginCause.TOP_UP)
    ledger.open_accounts(uow, postings.places(contract))
    ledger.post(uow, [journal])
    return made


def give_back(
    uow: UnitOfWork,
    contract_id: str,
    amount: Money | None,
    *,
    reason: str | None = None,
    etag: str | None = None,
) -> TopUp:
    """Gives back cash held beside a pledge, all of it unless an amount is named.

    As with a part of the things, what is left must cover the debt within the template's ratio
    (RHN-19). Refuses CONFLICT (state; more than is held), FORBIDDEN, LIMIT_EXCEEDED where the
    cover is needed, FUNDS_INSUFFICIENT.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.TOP_UP, etag)
    held = held_minor(uow, [contract_id]).get(contract_id, 0)
    amount = amount or contract.money(held)
    _same_currency(contract, amount)
    access.require_authority(uow, RETURN, amount)
    if not 0 < amount.amount_minor <= held:
        raise TopUpMissing.of(contract_id, contract.money(held))
    _require_cover(uow, contract, amount.amount_minor)
    journal = postings.returned(contract, amount.amount_minor, uow.today)
    made = _recorded(uow, contract, TopUpKind.RETURNED, amount, held, reason, journal)
    reassess(uow, [contract_id], cause=MarginCause.TOP_UP_RETURN)
    ledger.open_accounts(uow, postings.places(contract))
    ledger.post(uow, [journal])
    return made


def return_all(
    uow: UnitOfWork, contract: Contract, *, reason: str = "the pledge has ended"
) -> list[Journal]:
    """Gives back all cash held beside a pledge that ends, and ends its open margin call.

    The journals are for the caller to post in its own call; their accounts are open. Nothing
    held: no journal. The contract must be locked.
    """
    store_calls.end(uow, {contract.contract_id: MarginCause.CLOSED}, uow.today)
    held = held_minor(uow, [contract.contract_id]).get(contract.contract_id, 0)
    if held == 0:
        return []
    journal = postings.returned(contract, held, uow.today)
    _recorded(uow, contract, TopUpKind.RETURNED, contract.money(held), held, reason, journal)
    ledger.open_accounts(uow, postings.places(contract))
    return [journal]


def held_minor(uow: UnitOfWork, contract_ids: Sequence[str]) -> Mapping[str, int]:
    """Cash held beside pledges, by contract id, in one query; those with none are left out."""
    return store.held_minor(uow, contract_ids)


def list_top_ups(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[TopUp]:
    """Cash left beside a pledge and given back, newest first. Refuses NOT_FOUND."""
    contracts.get(uow, contract_id)
    return store.list_top_ups(uow, contract_id, request)


def _same_currency(contract: Contract, amount: Money) -> None:
    if amount.asset != contract.asset:
        message = f"the pledge is in {contract.asset.code}, and so is cash held beside it"
        raise ValidationFailed.field("currency", "currency_differs", message)


def _require_cover(uow: UnitOfWork, contract: Contract, amount_minor: int) -> None:
    terms = templates.get(uow, contract.template_id).terms
    now = covers_of(uow, [contract])[contract.contract_id]
    left = Cover(now.claims_minor, now.value_minor, now.held_minor - amount_minor)
    if not left.is_within(terms.ltv_max_bp):
        ratio = left.ltv_bp
        shown = "more than all" if ratio is None else percent(ratio)
        raise CoverNeeded.of(shown, percent(terms.ltv_max_bp))


def _recorded(
    uow: UnitOfWork,
    contract: Contract,
    kind: TopUpKind,
    amount: Money,
    held_minor_before: int,
    reason: str | None,
    journal: Journal,
) -> TopUp:
    is_received = kind is TopUpKind.RECEIVED
    moved = amount.amount_minor if is_received else -amount.amount_minor
    made = TopUp(
        top_up_id=new_id("tup"),
        contract_id=contract.contract_id,
        kind=kind,
        amount=amount,
        held_after_minor=held_minor_before + moved,
        reason=reason,
        journal_id=journal.journal_id,
        moved_on=uow.today,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert_top_up(uow, made)
    details = {"top_up_id": made.top_up_id, "amount": str(amount)}
    audit.record(uow, [Deed(f"pledge.top_up_{kind}", contract.contract_id, reason, details)])
    name = names.TOP_UP_RECEIVED if is_received else names.TOP_UP_RETURNED
    outbox.record(uow, [Event(name, contract.contract_id, top_up_out(made))])
    return made
