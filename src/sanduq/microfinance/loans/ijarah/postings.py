"""Events of a lease as journals: the only place that knows both a lease and an account."""

from __future__ import annotations

from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit, without_zeros
from sanduq.microfinance.loans.ijarah.model import Lease, Position
from sanduq.obligations.receipts.model import Parts, PayDebt
from sanduq.obligations.receipts.postings import cash_place, credit_place, money_in
from sanduq.obligations.receipts.postings import receipt as receipt_journal

LEASED, DEPRECIATION = "1500", "1590"
RENT, ADVANCE, DEPOSIT = "1600", "2020", "2300"
REVENUE, RECOVERIES, OTHER_INCOME = "4500", "4700", "4900"
IMPAIRMENT, DEPRECIATION_COST, MAINTENANCE = "5200", "5400", "5600"


def own(code: str, asset: Asset, ijarah_id: str) -> AccountPlace:
    """An account kept for one lease."""
    return AccountPlace(code, asset, subject=ijarah_id)


def places(lease: Lease) -> list[AccountPlace]:
    """Every account that a lease may come to need."""
    asset = lease.asset
    return [
        cash_place(asset, lease.branch_id),
        credit_place(asset, lease.lessee_id),
        *(own(code, asset, lease.ijarah_id)
          for code in (LEASED, DEPRECIATION, RENT, ADVANCE, DEPOSIT)),
        *(AccountPlace(code, asset)
          for code in (REVENUE, RECOVERIES, OTHER_INCOME, IMPAIRMENT, DEPRECIATION_COST,
                       MAINTENANCE)),
    ]  # fmt: skip


def _journal(lease: Lease, kind: str, on: date, *entries: Entry) -> Journal | None:
    said = without_zeros(*entries)
    if not said:
        return None
    return Journal(new_id("jrn"), kind, on, said, reference=lease.loan_id)


def acquisition(lease: Lease, cost_minor: int, on: date) -> Journal | None:
    """The asset bought and paid for (FAS 32 ¶59, 61-62)."""
    return _journal(
        lease, "ijarah.acquired", on,
        debit(own(LEASED, lease.asset, lease.ijarah_id), cost_minor),
        credit(cash_place(lease.asset, lease.branch_id), cost_minor),
    )  # fmt: skip


def taken_over(lease: Lease, former: Lease, on: date) -> Journal | None:
    """An asset that came back from one lease is let under another, at what the books hold."""
    return _journal(
        lease, "ijarah.taken_over", on,
        debit(own(LEASED, lease.asset, lease.ijarah_id), former.cost_minor),
        credit(own(LEASED, lease.asset, former.ijarah_id), former.cost_minor),
        debit(own(DEPRECIATION, lease.asset, former.ijarah_id), former.depreciated_minor),
        credit(own(DEPRECIATION, lease.asset, lease.ijarah_id), former.depreciated_minor),
    )  # fmt: skip


def _moved(lease: Lease, before: Position, after: Position) -> tuple[Entry, ...]:
    """What the lessee owes and has paid ahead, from one position to the next."""
    asset, ijarah_id = lease.asset, lease.ijarah_id
    return (
        debit(own(RENT, asset, ijarah_id), after.receivable_minor - before.receivable_minor),
        credit(own(ADVANCE, asset, ijarah_id), after.advance_minor - before.advance_minor),
    )


def restatement(
    lease: Lease, kind: str, on: date, before: Position, after: Position
) -> Journal | None:
    """Rent billed, or credited, or given back: nothing where the position stays as it was.

    Billing uses up rent paid ahead before it makes a receivable (FAS 32 ¶60, 74); a credit note
    takes revenue back; what was paid beyond all rents is owed to the lessee; forgiveness that is
    no longer needed is no loss.
    """
    return _journal(
        lease, kind, on,
        *_moved(lease, before, after),
        credit(AccountPlace(REVENUE, lease.asset), after.earned_minor - before.earned_minor),
        credit(
            credit_place(lease.asset, lease.lessee_id),
            after.refunded_minor - before.refunded_minor,
        ),
        credit(AccountPlace(IMPAIRMENT, lease.asset), before.cleared_minor - after.cleared_minor),
    )  # fmt: skip


def cleared(lease: Lease, before: Position, after: Position) -> tuple[Entry, ...]:
    """The entries that take forgiven rent off the books, whoever bears it."""
    return without_zeros(*_moved(lease, before, after))


def receipt(command: PayDebt, parts: Parts, lease: Lease, paid_minor: int) -> Journal:
    """Money received: against rent billed and unpaid first, the rest as rent paid ahead.

    `paid_minor` is what was paid before it.
    """
    received = money_in(
        command, branch_id=lease.branch_id, debtor_id=lease.lessee_id, fund="own", pool_id=None,
        parts=parts,
    )  # fmt: skip
    before = lease.position(paid_minor)
    after = lease.position(paid_minor + parts.principal_minor)
    return receipt_journal(
        "ijarah.rent_received", command, parts, *received, *_moved(lease, before, after)
    )


def taken_back(
    reversal: Journal, lease: Lease, paid_minor: int, principal_minor: int
) -> Journal | None:
    """What goes beside the plain reversal of a receipt: rent it had paid ahead may since have
    been billed, so that what it takes from rent paid ahead is owed now, or the other way round."""
    before, after = lease.position(paid_minor), lease.position(paid_minor - principal_minor)
    ours = [own(code, lease.asset, lease.ijarah_id) for code in (RENT, ADVANCE)]
    moves = {
        place: sum(e.amount_minor for e in _moved(lease, before, after) if e.place == place)
        - sum(e.amount_minor for e in reversal.entries if e.place == place)
        for place in ours
    }
    return _journal(
        lease, "ijarah.receipt_taken_back", reversal.effective_on,
        *(debit(place, amount) for place, amount in moves.items()),
    )  # fmt: skip


def depreciation(lease: Lease, amount_minor: int, on: date) -> Journal | None:
    """The asset written down by the use of a month (FAS 32 ¶67-69)."""
    return _journal(
        lease, "ijarah.depreciated", on,
        debit(AccountPlace(DEPRECIATION_COST, lease.asset), amount_minor),
        credit(own(DEPRECIATION, lease.asset, lease.ijarah_id), amount_minor),
    )  # fmt: skip


def maintenance(lease: Lease, amount_minor: int, on: date) -> Journal | None:
    """A repair or takaful the lessor paid (FAS 32 ¶80(c))."""
    return _journal(
        lease, "ijarah.maintained", on,
        debit(AccountPlace(MAINTENANCE, lease.asset), amount_minor),
        credit(cash_place(lease.asset, lease.branch_id), amount_minor),
    )  # fmt: skip


def compensation(lease: Lease, amount_minor: int, on: date) -> Journal | None:
    """The lessee made good a loss that was his fault."""
    return _journal(
        lease, "ijarah.compensated", on,
        debit(cash_place(lease.asset, lease.branch_id), amount_minor),
        credit(AccountPlace(RECOVERIES, lease.asset), amount_minor),
    )  # fmt: skip


def loss(lease: Lease, on: date) -> Journal | None:
    """The asset is gone: what the books held of it is written off (FAS 32 ¶71)."""
    return _journal(
        lease, "ijarah.lost", on,
        debit(AccountPlace(IMPAIRMENT, lease.asset), lease.carrying_minor),
        debit(own(DEPRECIATION, lease.asset, lease.ijarah_id), lease.depreciated_minor),
        credit(own(LEASED, lease.asset, lease.ijarah_id), lease.cost_minor),
    )  # fmt: skip


def transfer(lease: Lease, price_minor: int, on: date) -> Journal | None:
    """Ownership passes by gift (no price) or sale (FAS 32 ¶69(c), 92).

    What the books still hold beyond the price is used up with it; a price beyond is income.
    """
    asset = lease.asset
    left_minor = lease.carrying_minor - price_minor
    return _journal(
        lease, "ijarah.transferred", on,
        debit(cash_place(asset, lease.branch_id), price_minor),
        debit(own(DEPRECIATION, asset, lease.ijarah_id), lease.depreciated_minor),
        debit(AccountPlace(DEPRECIATION_COST, asset), max(left_minor, 0)),
        credit(AccountPlace(OTHER_INCOME, asset), max(-left_minor, 0)),
        credit(own(LEASED, asset, lease.ijarah_id), lease.cost_minor),
    )  # fmt: skip


def deposit_taken(lease: Lease, amount_minor: int, on: date) -> Journal | None:
    """A deposit given with the promise to lease: a trust."""
    return _journal(
        lease, "ijarah.deposit_taken", on,
        debit(cash_place(lease.asset, lease.branch_id), amount_minor),
        credit(own(DEPOSIT, lease.asset, lease.ijarah_id), amount_minor),
    )  # fmt: skip


def deposit_released(lease: Lease, kept_minor: int, on: date) -> Journal | None:
    """The deposit given back, less an actual loss."""
    return _journal(
        lease, "ijarah.deposit_released", on,
        debit(own(DEPOSIT, lease.asset, lease.ijarah_id), lease.deposit_minor),
        credit(AccountPlace(RECOVERIES, lease.asset), kept_minor),
        credit(cash_place(lease.asset, lease.branch_id), lease.deposit_minor - kept_minor),
    )  # fmt: skip
