"""The sale of a pledge: an auctioned lot in one act, any other sale by two people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

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
from sanduq.parties import service as parties
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.facts import Gathered
from sanduq.rahnu.contracts.liquidation.auctions import lots as auction_lots
from sanduq.rahnu.contracts.liquidation.auctions.model import OVER, LotStatus
from sanduq.rahnu.contracts.liquidation.market import market_of
from sanduq.rahnu.contracts.liquidation.notices.defaults import require_finding
from sanduq.rahnu.contracts.liquidation.sales import events, postings, sharing, store
from sanduq.rahnu.contracts.liquidation.sales.errors import (
    ItemInLot,
    LotNotPaid,
    LotOfAnother,
    NothingForCreditor,
    SaleChanged,
    SaleNotProposed,
    SaleUnknown,
    SameHand,
)
from sanduq.rahnu.contracts.liquidation.sales.facts import of_sale
from sanduq.rahnu.contracts.liquidation.sales.model import (
    NewSale,
    Sale,
    SaleItem,
    SaleMethod,
    SaleStatus,
    sale_costs_minor,
)
from sanduq.rahnu.contracts.liquidation.sales.schemas import sale_out
from sanduq.rahnu.contracts.liquidation.service import claims_of, keep_rules, known_of, pledged
from sanduq.rahnu.contracts.model import Contract, PledgeAction
from sanduq.rahnu.facts import RahnAction

LIQUIDATE = "pledge.liquidate"


def liquidate(uow: UnitOfWork, new: NewSale, *, etag: str | None = None) -> Sale:
    """Sells pledged things for a debt that is due and unpaid.

    A lot that was struck and paid is sold by this act, of another officer than struck it. A sale
    to a dealer, or by the owner to the creditor, is asked for here and made when another person
    approves it. Refuses NOT_FOUND; CONFLICT (state, a lot not paid, no finding about the debtor,
    a thing put up at an auction); FORBIDDEN without `pledge.liquidate`, and whoever struck the
    lot; LIMIT_EXCEEDED; VALIDATION_ERROR; NO_PRICE_BOARD; SHARIAH_VIOLATION a debt not due
    (RHN-23), no authority (RHN-22), a notice missing (ARN-02), a price under the market (RHN-24),
    the creditor as buyer (RHN-21, RHN-25), more than is needed (ARN-08).
    """
    contract = contracts.locked(uow, new.contract_id, PledgeAction.LIQUIDATE, etag)
    if new.method is SaleMethod.AUCTION:
        return _sell_lot(uow, contract, new)
    sale = _proposed(uow, contract, new)
    known = known_of(uow, contract)
    _keep(uow, known, sale, RahnAction.LIQUIDATE)
    store.insert(uow, sale)
    access.request_approvals(uow, LIQUIDATE, [(sale.sale_id, Money(sale.price_minor, sale.asset))])
    return told(uow, sale.sale_id, events.PROPOSED, "pledge.sale.propose")


def _proposed(uow: UnitOfWork, contract: Contract, new: NewSale) -> Sale:
    if new.buyer_id is None or new.price_minor is None or new.item_ids is None:
        missing = next(
            name
            for name, value in (
                ("buyer_id", new.buyer_id), ("price", new.price_minor), ("items", new.item_ids)
            )
            if value is None
        )  # fmt: skip
        raise ValidationFailed.field(
            missing, "missing_field", f"a sale that is no auction names its {missing}"
        )
    if new.lot_id is not None:
        raise ValidationFailed.field("lot_id", "not_an_auction", "only an auction sells a lot")
    parties.get_party(uow, new.buyer_id)
    _refuse_listed(uow, contract, new.item_ids)
    market = market_of(uow, contract, pledged(contract, new.item_ids))
    return replace(
        _sale(uow, contract, new),
        buyer_id=new.buyer_id,
        price_minor=new.price_minor,
        market_minor=market.total_minor,
        priced_at=market.priced_at,
        price_board_ids=market.board_ids,
        items=tuple(SaleItem(one, market.values[one]) for one in sorted(market.values)),
    )


def _refuse_listed(uow: UnitOfWork, contract: Contract, item_ids: tuple[str, ...]) -> None:
    for lot in auction_lots.of_contract(uow, contract.contract_id):
        if lot.status not in OVER and set(lot.item_ids) & set(item_ids):
            raise ItemInLot(f"{lot.lot_id} is {lot.status} and holds one of these things")


def _keep(uow: UnitOfWork, known: Gathered, sale: Sale, action: RahnAction) -> None:
    claims = claims_of(uow, known.contract, known.debt)
    is_own = sale.method is SaleMethod.OWNER_SALE
    owed = claims.payoff_minor if is_own else claims.needed_minor
    terms = known.template.terms
    costs = sale_costs_minor(sale.costs) if terms.has_owner_sale_costs else 0
    facts = of_sale(uow, known, sale, owed + costs)
    keep_rules(uow, sale.contract_id, action, facts)
    if not is_own:
        require_finding(uow, sale.contract_id)


def _sale(uow: UnitOfWork, contract: Contract, new: NewSale) -> Sale:
    """A sale as it is asked for; buyer, price and things are the caller's to fill in."""
    return Sale(
        sale_id=new_id("sal"),
        external_id=new.external_id,
        contract_id=contract.contract_id,
        method=new.method,
        status=SaleStatus.PROPOSED,
        lot_id=new.lot_id,
        buyer_id="",
        branch_id=contract.branch_id,
        asset=contract.asset,
        price_minor=0,
        market_minor=0,
        priced_at=uow.now,
        price_board_ids=(),
        costs=new.costs,
        quotes=new.quotes,
        owner_sale_contract=new.owner_sale_contract,
        payment_method=new.payment_method,
        payment_reference=new.payment_reference,
        has_owner_sale_costs=None,
        sale_costs_minor=None,
        owner_costs_minor=None,
        principal_due_minor=None,
        fee_due_minor=None,
        collection_minor=None,
        to_principal_minor=None,
        to_fee_minor=None,
        to_collection_minor=None,
        surplus_minor=None,
        shortfall_minor=None,
        repayment_id=None,
        surplus_id=None,
        journal_id=None,
        release_id=None,
        return_release_ids=(),
        creditor_journal_id=None,
        creditor_paid_on=None,
        sold_on=None,
        reason=None,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        executed_at=None,
        executed_by=None,
        version=1,
    )


def _sell_lot(uow: UnitOfWork, contract: Contract, new: NewSale) -> Sale:
    """Shares out the price of a lot that was struck and paid. The rules of the sale itself were
    kept when the hammer fell; what is asked here are those of the price."""
    if new.lot_id is None:
        raise ValidationFailed.field("lot_id", "missing_field", "name the lot that was struck")
    for name in ("buyer_id", "price_minor", "item_ids", "owner_sale_contract"):
        if getattr(new, name) is not None:
            field = name.removesuffix("_minor")
            raise ValidationFailed.field(
                field, "known_from_lot", f"the lot says its own {field}; leave it out"
            )
    lot = auction_lots.locked_lot(uow, new.lot_id)
    if lot.contract_id != contract.contract_id:
        raise LotOfAnother.field(
            "lot_id", "other_pledge", f"{lot.lot_id} holds things of {lot.contract_id}"
        )
    if lot.status is not LotStatus.PAID or lot.awarded_to is None or lot.awarded_minor is None:
        raise LotNotPaid(f"{lot.lot_id} is {lot.status}; take the price from its buyer first")
    access.require_authority(uow, LIQUIDATE, Money(lot.awarded_minor, lot.asset))
    if lot.awarded_by == uow.actor.user_id:
        raise SameHand
    sale = replace(
        _sale(uow, contract, new),
        buyer_id=lot.awarded_to,
        price_minor=lot.awarded_minor,
        market_minor=lot.market_minor,
        priced_at=lot.priced_at,
        price_board_ids=lot.price_board_ids,
        payment_method=lot.payment_method or new.payment_method,
        payment_reference=lot.payment_reference,
        items=tuple(SaleItem(one.item_id, one.market_minor) for one in lot.items),
    )
    store.insert(uow, sale)
    return sharing.share_out(uow, known_of(uow, contract), sale)


def approve(
    uow: UnitOfWork, sale_id: str, *, reason: str | None = None, etag: str | None = None
) -> Sale:
    """Makes a sale that was asked for: the price comes in and is shared out at once.

    The market and every rule are asked again. Refuses NOT_FOUND; CONFLICT (decided already, the
    pledge's state); FORBIDDEN who asked for it and roles without `pledge.liquidate`;
    LIMIT_EXCEEDED; NO_PRICE_BOARD; SHARIAH_VIOLATION as `liquidate`.
    """
    sale = _waiting(uow, sale_id, etag)
    contract = contracts.locked(uow, sale.contract_id, PledgeAction.LIQUIDATE)
    access.decide(uow, LIQUIDATE, sale_id, is_approved=True, reason=reason)
    _refuse_listed(uow, contract, tuple(sale.item_ids))
    market = market_of(uow, contract, pledged(contract, sale.item_ids))
    sale = replace(
        sale,
        market_minor=market.total_minor,
        priced_at=market.priced_at,
        price_board_ids=market.board_ids,
        items=tuple(SaleItem(one, market.values[one]) for one in sorted(market.values)),
    )
    known = known_of(uow, contract)
    _keep(uow, known, sale, RahnAction.SALE)
    store.update(
        uow, sale_id, market_minor=sale.market_minor, priced_at=sale.priced_at,
        price_board_ids=sale.price_board_ids, reason=reason,
    )  # fmt: skip
    return sharing.share_out(uow, known, sale)


def reject(uow: UnitOfWork, sale_id: str, *, reason: str, etag: str | None = None) -> Sale:
    """Refuses a sale that was asked for; nothing moves. Refuses as `approve`."""
    _waiting(uow, sale_id, etag)
    access.decide(uow, LIQUIDATE, sale_id, is_approved=False, reason=reason)
    store.update(uow, sale_id, status=SaleStatus.REJECTED, reason=reason)
    return told(uow, sale_id, events.REJECTED, "pledge.sale.reject", reason)


def decide(uow: UnitOfWork, sale_id: str, is_approved: bool, reason: str | None) -> None:
    """Carries out a decision taken on the approval itself."""
    if is_approved:
        approve(uow, sale_id, reason=reason)
    else:
        reject(uow, sale_id, reason=reason or "refused")


def pay_creditor(uow: UnitOfWork, sale_id: str, *, reference: str) -> Sale:
    """Pays what a sale recovered to the creditor of a debt on other books.

    Refuses NOT_FOUND, FORBIDDEN without `pledge.liquidate`, LIMIT_EXCEEDED, CONFLICT when
    nothing is owed to another creditor, or it was paid before.
    """
    sale = store.get(uow, sale_id, is_locked=True)
    if sale is None:
        raise SaleUnknown
    contract = contracts.get(uow, sale.contract_id)
    owed = sale.to_principal_minor or 0
    if contract.outside_debt is None or owed == 0 or sale.creditor_journal_id is not None:
        raise NothingForCreditor
    access.require_authority(uow, LIQUIDATE, Money(owed, sale.asset))
    journal = postings.creditor_paid(
        sale.asset, sale.contract_id, sale.branch_id, owed, uow.today, sale_id
    )
    store.update(uow, sale_id, creditor_journal_id=journal.journal_id, creditor_paid_on=uow.today)
    after = told(uow, sale_id, events.CREDITOR_PAID, "pledge.sale.pay_creditor", reference)
    ledger.open_accounts(uow, [entry.place for entry in journal.entries])
    ledger.post(uow, [journal])
    return after


def get(uow: UnitOfWork, sale_id: str) -> Sale:
    """One sale. Refuses NOT_FOUND."""
    found = store.get(uow, sale_id)
    if found is None:
        raise SaleUnknown
    return found


def search(uow: UnitOfWork, filters: Mapping[str, str], request: PageRequest) -> Page[Sale]:
    """Sales that match every filter, newest first."""
    return store.search(uow, filters, request)


def _waiting(uow: UnitOfWork, sale_id: str, etag: str | None) -> Sale:
    sale = store.get(uow, sale_id, is_locked=True)
    if sale is None:
        raise SaleUnknown
    if etag is not None and sale.etag not in [tag.strip() for tag in etag.split(",")]:
        raise SaleChanged
    if sale.status is not SaleStatus.PROPOSED:
        raise SaleNotProposed(f"this sale is {sale.status}; only a PROPOSED one is decided")
    return sale


def told(
    uow: UnitOfWork,
    sale_id: str,
    event: str,
    deed: str,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Sale:
    """The sale after a change, told to the audit log and to the outside."""
    sale = get(uow, sale_id)
    about = {"contract_id": sale.contract_id, **(details or {})}
    audit.record(uow, [Deed(deed, sale_id, reason, about)])
    outbox.record(uow, [Event(event, sale_id, sale_out(sale))])
    return sale
