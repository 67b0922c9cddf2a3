"""The price of a pledge shared out, in one act: debt, custody fee, costs, and the owner's surplus.

Only what was sold leaves: with the debt covered the rest goes back to its owner, else it stays in
pledge. What the price lacks stays the same ordinary debt and does not grow (RHN-20).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.custody.register import service as register
from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import NewRelease, ReleaseReason
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Entry, Journal
from sanduq.obligations.receipts import service as receipts
from sanduq.obligations.receipts.model import Parts, PayDebt
from sanduq.obligations.service import Obligation
from sanduq.qard import service as qard
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.contracts.debts import SecuredDebt, secured_by_all
from sanduq.rahnu.contracts.facts import Gathered
from sanduq.rahnu.contracts.life.fees import charged_to, turned
from sanduq.rahnu.contracts.life.payments.service import paid_elsewhere
from sanduq.rahnu.contracts.liquidation.auctions import lots as auction_lots
from sanduq.rahnu.contracts.liquidation.auctions.facts import debtor_state
from sanduq.rahnu.contracts.liquidation.auctions.model import FALLEN, LotStatus
from sanduq.rahnu.contracts.liquidation.notices import service as notices
from sanduq.rahnu.contracts.liquidation.sales import events, postings, store
from sanduq.rahnu.contracts.liquidation.sales.errors import DebtPaidElsewhere
from sanduq.rahnu.contracts.liquidation.sales.facts import of_sharing
from sanduq.rahnu.contracts.liquidation.sales.model import (
    Sale,
    SaleMethod,
    SaleStatus,
    collection_costs_minor,
    sale_costs_minor,
    shared_columns,
)
from sanduq.rahnu.contracts.liquidation.sales.payers import pay_elsewhere
from sanduq.rahnu.contracts.liquidation.sales.postings import Lender, Shared
from sanduq.rahnu.contracts.liquidation.sales.schemas import sale_out
from sanduq.rahnu.contracts.liquidation.service import keep_rules, pledged
from sanduq.rahnu.contracts.liquidation.surplus import service as surpluses
from sanduq.rahnu.contracts.liquidation.surplus.service import LeftOver
from sanduq.rahnu.contracts.margin.top_ups import return_all
from sanduq.rahnu.contracts.model import (
    Contract,
    ContractItem,
    ItemStatus,
    MarginFlag,
    PledgeStatus,
)
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.model import Waterfall, secured_amount_minor, waterfall


@dataclass(frozen=True, slots=True)
class _OnDebt:
    """What the price did to the debt."""

    repayment_id: str | None = None
    is_settled: bool = False
    journals: tuple[Journal, ...] = ()
    entries: tuple[Entry, ...] = ()


def share_out(uow: UnitOfWork, known: Gathered, sale: Sale) -> Sale:
    """Executes a sale whose rules were kept: everything but the hand-over, posted in one call.

    Refuses CONFLICT a debt that no rail here can take the money for, SHARIAH_VIOLATION a sharing
    the rules refuse (RHN-14, RHN-20, ARN-09, ARN-10, DEF-07), FUNDS_INSUFFICIENT.
    """
    contract = known.contract
    sold = pledged(contract, sale.item_ids)
    debt = secured_by_all(uow, [contract], is_locked=True).get(contract.contract_id)
    segments = contract_store.segments_of(uow, [contract.contract_id])[contract.contract_id]
    until = uow.today if contract.fee_until_on is None else min(uow.today, contract.fee_until_on)
    charged = charged_to(uow, contract, segments, until)
    shared = _shared(known, sale, debt, charged.due_minor)
    facts = of_sharing(known, sale, shared, debtor_state(uow, contract.contract_id))
    keep_rules(uow, contract.contract_id, RahnAction.DISTRIBUTE, facts)
    surplus_id = new_id("sps") if shared.surplus_minor else None
    asked = Shared(
        sale.sale_id, contract.contract_id, contract.branch_id, contract.asset, shared,
        sale_costs_minor(sale.costs) + collection_costs_minor(sale.costs), surplus_id,
    )  # fmt: skip
    done = _pay_debt(uow, contract, asked)
    journal = _journal(uow, sale, asked, done)
    _settle_fee(uow, charged.contract, shared.to_fee_minor)
    rest = [one for one in pledged(contract) if one.item_id not in set(sale.item_ids)]
    is_over = _is_over(uow, sale, shared, debt, rest)
    turned_journals: tuple[Journal, ...] = ()
    if not is_over and rest:
        paid = replace(
            charged.contract,
            fee_paid_minor=charged.contract.fee_paid_minor + shared.to_fee_minor,
        )
        turned_journals = turned(uow, paid, segments, rest, uow.today).journals
    release_id, return_ids = _let_go(uow, contract, sale, sold, rest if is_over else [])
    store.update(
        uow, sale.sale_id, status=SaleStatus.EXECUTED, sold_on=uow.today, executed_at=uow.now,
        executed_by=uow.actor.user_id, journal_id=journal.journal_id,
        repayment_id=done.repayment_id, surplus_id=surplus_id, release_id=release_id,
        return_release_ids=return_ids,
        **shared_columns(shared, sale.costs, known.template.terms.has_owner_sale_costs),
    )  # fmt: skip
    _record_surplus(uow, known, sale, shared, surplus_id, journal.journal_id)
    after = _tell(uow, contract, sale, shared, is_over=is_over)
    returned = return_all(uow, contract, reason="the pledge was sold") if is_over else []
    journals = [*charged.journals, journal, *done.journals, *turned_journals, *returned]
    ledger.open_accounts(uow, {entry.place for one in journals for entry in one.entries})
    ledger.post(uow, journals)
    return after


def _shared(known: Gathered, sale: Sale, debt: SecuredDebt | None, fee_minor: int) -> Waterfall:
    """How the price divides. By agency only what is due may be taken; the owner who sells of his
    own will settles all he owes."""
    owed = 0
    if debt is not None:
        is_own = sale.method is SaleMethod.OWNER_SALE
        owed = debt.outstanding_minor if is_own else debt.due_now_minor
    return waterfall(
        sale.price_minor,
        sale_costs_minor(sale.costs),
        owed,
        fee_minor,
        collection_costs_minor(sale.costs),
        has_owner_sale_costs=known.template.terms.has_owner_sale_costs,
    )


def _pay_debt(uow: UnitOfWork, contract: Contract, shared: Shared) -> _OnDebt:
    """Takes the debt off the books by what the price pays of it, wherever it is kept."""
    amount = Money(shared.waterfall.to_principal_minor, contract.asset)
    if amount.amount_minor == 0:
        return _OnDebt(is_settled=shared.waterfall.principal_due_minor == 0)
    if contract.outside_debt is not None or contract.debt_id is None:
        return _OnDebt(
            is_settled=shared.waterfall.shortfall_minor == 0, entries=postings.to_creditor(shared)
        )
    elsewhere = paid_elsewhere(uow, contract)
    if elsewhere is not None:
        paid = pay_elsewhere(uow, contract.debt_id, amount, shared.sale_id)
        if paid is None:
            raise DebtPaidElsewhere(elsewhere)
        return _OnDebt(
            paid[0],
            amount.amount_minor == shared.waterfall.principal_due_minor,
            tuple(paid[1]),
            postings.handed_to_rail(shared),
        )
    return _pay_own(uow, contract, amount, shared)


def _pay_own(uow: UnitOfWork, contract: Contract, amount: Money, shared: Shared) -> _OnDebt:
    assert contract.debt_id is not None

    def journal_of(command: PayDebt, owed: Obligation, parts: Parts) -> Journal:
        return postings.debt_recovered(
            command, parts, Lender(owed.fund, owed.pool_id),
            contract_id=contract.contract_id, branch_id=contract.branch_id,
        )  # fmt: skip

    command = PayDebt(
        contract.debt_id, contract.contract_id, amount, uow.today, method="pledge_sale",
        reference=shared.sale_id,
    )  # fmt: skip
    results, journals = receipts.record_unposted(uow, [[command]], journal_of)
    result = results[0]
    if isinstance(result, Refusal):
        raise result
    repayment, owed = result[0].repayment, result[0].obligation
    assert repayment is not None
    assert owed is not None
    if owed.debt.is_settled:
        qard.settle(uow, [contract.debt_id])
    return _OnDebt(repayment.repayment_id, owed.debt.is_settled, tuple(journals))


def _journal(uow: UnitOfWork, sale: Sale, shared: Shared, done: _OnDebt) -> Journal:
    """All of a sale but the debt's own journal. A lot's price came in before."""
    entries = [*postings.sharing_entries(shared), *done.entries]
    if sale.method is not SaleMethod.AUCTION:
        is_bought = sale.method is SaleMethod.OWNER_SALE
        entries = [*postings.price_entries(shared, is_bought=is_bought), *entries]
        if is_bought and shared.surplus_id is not None:
            entries += postings.balance_paid(shared)
    return postings.sold(shared, uow.today, entries)


def _settle_fee(uow: UnitOfWork, contract: Contract, amount_minor: int) -> None:
    """Counts the fee the price paid; the sale itself is the record of that payment."""
    if amount_minor:
        contract_store.update(
            uow, contract.contract_id, fee_paid_minor=contract.fee_paid_minor + amount_minor
        )


def _is_over(
    uow: UnitOfWork,
    sale: Sale,
    shared: Waterfall,
    debt: SecuredDebt | None,
    rest: Sequence[ContractItem],
) -> bool:
    """Whether the pledge ends with this sale: nothing left to sell, or nothing left to sell for."""
    others = auction_lots.of_contract(uow, sale.contract_id)
    if any(lot.status in FALLEN and lot.lot_id != sale.lot_id for lot in others):
        return False
    left = 0 if debt is None else debt.outstanding_minor - shared.to_principal_minor
    return not rest or (left == 0 and shared.shortfall_minor == 0)


def _let_go(
    uow: UnitOfWork,
    contract: Contract,
    sale: Sale,
    sold: Sequence[ContractItem],
    rest: Sequence[ContractItem],
) -> tuple[str | None, tuple[str, ...]]:
    """Orders what was sold out to its buyer, and what is free to its owner.

    What is held by registration alone is not in the vault and needs no order.
    """
    held = register.load_holdings(uow, [one.item_id for one in (*sold, *rest)])
    to_buyer = tuple(one.item_id for one in sold if one.item_id in held)
    contract_store.set_item_status(uow, contract.contract_id, sale.item_ids, ItemStatus.SOLD)
    release_id = None
    if to_buyer:
        made = releases.order(
            uow,
            NewRelease(
                contract.contract_id, to_buyer, sale.buyer_id, None, ReleaseReason.SALE,
                sale.sale_id,
            ),
        )  # fmt: skip
        release_id = made.release_id
    if not rest:
        return release_id, ()
    contract_store.set_item_status(
        uow, contract.contract_id, [one.item_id for one in rest], ItemStatus.RELEASED
    )
    owners: dict[str, list[str]] = {}
    for one in rest:
        if one.item_id in held:
            owners.setdefault(one.item.owner_id, []).append(one.item_id)
    orders = [
        releases.order(
            uow,
            NewRelease(
                contract.contract_id, tuple(item_ids), owner_id, None, ReleaseReason.RETURN,
                sale.sale_id,
            ),
        )
        for owner_id, item_ids in sorted(owners.items())
    ]  # fmt: skip
    return release_id, tuple(one.release_id for one in orders)


def _record_surplus(
    uow: UnitOfWork,
    known: Gathered,
    sale: Sale,
    shared: Waterfall,
    surplus_id: str | None,
    journal_id: str,
) -> None:
    """Writes down what is the owner's from this day on, and the statement he is to receive."""
    contract = known.contract
    note = (
        f"sold {', '.join(sale.item_ids)} for {contract.money(sale.price_minor)}; of it"
        f" {contract.money(shared.recovered_minor)} paid the debt and the custody fee,"
        f" {contract.money(shared.costs_minor)} the costs; {contract.money(shared.surplus_minor)}"
        f" is yours; {contract.money(shared.shortfall_minor)} stays owed"
    )
    statement = notices.announce(uow, contract, note, shared.shortfall_minor)
    if surplus_id is None:
        return
    surpluses.record(
        uow,
        LeftOver(
            surplus_id=surplus_id,
            contract_id=contract.contract_id,
            sale_id=sale.sale_id,
            pledgor_id=contract.pledgor_id,
            branch_id=contract.branch_id,
            amount=contract.money(shared.surplus_minor),
            days=known.template.terms.surplus_days,
            statement_notice_id=statement.notice_id,
            paid_journal_id=journal_id if sale.method is SaleMethod.OWNER_SALE else None,
            asked_by=sale.created_by,
        ),
    )


def _tell(
    uow: UnitOfWork, contract: Contract, sale: Sale, shared: Waterfall, *, is_over: bool
) -> Sale:
    """Ends the pledge where it ends, and says what happened."""
    if is_over:
        for lot in auction_lots.of_contract(uow, contract.contract_id, is_locked=True):
            if lot.status is LotStatus.LISTED:
                auction_lots.withdrawn(uow, lot, "the debt is covered")
        notices.withdraw_waiting(uow, [contract.contract_id])
        contract_store.update(
            uow, contract.contract_id, status=PledgeStatus.LIQUIDATED, closed_at=uow.now,
            fee_until_on=contract.fee_until_on or uow.today, margin_flag=MarginFlag.NONE,
            margin_called_on=None,
        )  # fmt: skip
    else:
        kept = (one for one in pledged(contract) if one.item_id not in set(sale.item_ids))
        appraised = max(1, sum(one.value_minor for one in kept))
        contract_store.update(
            uow, contract.contract_id,
            appraised_minor=appraised,
            secured_minor=secured_amount_minor(appraised, contract.ltv_bp),
        )  # fmt: skip
    if sale.lot_id is not None:
        auction_lots.settle(uow, sale.lot_id)
    details = {
        "sale_id": sale.sale_id,
        "recovered_minor": shared.recovered_minor,
        "surplus_minor": shared.surplus_minor,
        "shortfall_minor": shared.shortfall_minor,
    }
    contracts.changed(
        uow, contract.contract_id, events.LIQUIDATED, "pledge.liquidated", details=details
    )
    made = store.get(uow, sale.sale_id)
    assert made is not None
    audit.record(uow, [Deed("pledge.sale", sale.sale_id, sale.reason, details)])
    outbox.record(uow, [Event(events.EXECUTED, sale.sale_id, sale_out(made))])
    return made
