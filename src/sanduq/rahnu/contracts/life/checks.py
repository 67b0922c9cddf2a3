"""The life of pledges against the ledger and the vault: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.fees.accrual import accrued_minor

CHUNK = 1_000

_DUE = (
    "select c.contract_id, c.fee_accrued_minor - c.fee_paid_minor as due,"
    " coalesce(sum(b.balance_minor), 0)::bigint as booked"
    " from rahnu.contract c"
    " left join ledger.account a on a.institution_id = c.institution_id"
    "  and a.subject = c.contract_id and a.code = '1120' and a.asset = c.asset"
    " left join ledger.balance b on b.institution_id = a.institution_id"
    "  and b.account_id = a.account_id"
    " where c.institution_id = %s"
    " group by c.contract_id, c.fee_accrued_minor, c.fee_paid_minor"
)
_PAID = (
    "select c.contract_id, c.fee_paid_minor as paid, coalesce(p.paid, 0)::bigint"
    "  + coalesce(s.paid, 0)::bigint as recorded"
    " from rahnu.contract c"
    " left join (select contract_id, sum(amount_minor) as paid from rahnu.fee_payment"
    "   where institution_id = %(institution)s group by contract_id) p using (contract_id)"
    " left join (select contract_id, sum(to_fee_minor) as paid from rahnu.sale"
    "   where institution_id = %(institution)s and status = 'EXECUTED' group by contract_id) s"
    "  using (contract_id)"
    " where c.institution_id = %(institution)s"
)
_STOPPED = (
    "select contract_id, fee_accrued_minor, fee_until_on from rahnu.contract"
    " where institution_id = %s and fee_until_on is not null and contract_id > %s"
    " order by contract_id limit %s"
)
_OWING = (
    "select contract_id, fee_accrued_minor - fee_paid_minor from rahnu.contract"
    " where institution_id = %s and status = 'RELEASED' and fee_accrued_minor <> fee_paid_minor"
    " order by contract_id limit 10"
)
_PLACES = (
    "select i.contract_id, i.item_id, i.status, h.position"
    " from rahnu.contract_item i"
    " left join custody.holding h on h.institution_id = i.institution_id and h.item_id = i.item_id"
    " where i.institution_id = %s and ("
    "  (i.status = 'PLEDGED' and (h.bag_id is null or h.subject_id <> i.contract_id))"
    "  or (i.status = 'LOST' and h.subject_id = i.contract_id and h.bag_id is not null))"
    " order by i.item_id limit 10"
)
_STATES = (
    "select c.contract_id, c.status, i.item_id from rahnu.contract c"
    " join rahnu.contract_item i using (institution_id, contract_id)"
    " where c.institution_id = %s and i.status = 'PLEDGED'"
    "  and c.status not in ('ACTIVE', 'MARGIN_CALL') order by c.contract_id limit 10"
)
_HELD = (
    "select l.loss_id, l.liability_minor - l.set_off_minor + l.indemnity_minor - l.paid_minor"
    "  as due, coalesce(-sum(b.balance_minor), 0)::bigint as booked"
    " from rahnu.loss l"
    " left join ledger.account a on a.institution_id = l.institution_id"
    "  and a.subject = l.loss_id and a.code = '2200' and a.asset = l.asset"
    " left join ledger.balance b on b.institution_id = a.institution_id"
    "  and b.account_id = a.account_id"
    " where l.institution_id = %s group by l.loss_id, l.liability_minor, l.set_off_minor,"
    "  l.indemnity_minor, l.paid_minor"
)
_MOVED = (
    "select l.loss_id, l.indemnity_minor, l.paid_minor, coalesce(sum(p.amount_minor)"
    "  filter (where p.kind = 'indemnity'), 0)::bigint as received, coalesce(sum(p.amount_minor)"
    "  filter (where p.kind = 'paid_out'), 0)::bigint as paid"
    " from rahnu.loss l left join rahnu.loss_payment p"
    "  on p.institution_id = l.institution_id and p.loss_id = l.loss_id"
    " where l.institution_id = %s group by l.loss_id, l.indemnity_minor, l.paid_minor"
)


def check_pledge_fees(uow: UnitOfWork) -> Iterator[str]:
    """What the books say is owed for keeping is what was charged less what was paid; what was
    paid is the sum of its payments; a fee that stopped is what its days come to."""
    for row in uow.all(
        "select * from (" + _DUE + ") f where due <> booked order by contract_id limit 10",
        uow.institution_id,
    ):
        yield f"{row[0]} owes {row[1]} minor units of custody fee, its account holds {row[2]}"
    for row in uow.all(
        "select * from (" + _PAID + ") f where paid <> recorded order by contract_id limit 10",
        {"institution": uow.institution_id},
    ):
        yield f"{row[0]} says {row[1]} minor units of fee were paid, its payments make {row[2]}"
    for row in uow.all(_OWING, uow.institution_id):
        yield f"{row[0]} is RELEASED with {row[1]} minor units of custody fee unpaid"
    after = ""
    while rows := uow.all(_STOPPED, uow.institution_id, after, CHUNK):
        segments = contract_store.segments_of(uow, [row[0] for row in rows])
        for contract_id, charged, until_on in rows:
            due = accrued_minor(segments[contract_id], until_on) if segments[contract_id] else 0
            if due != charged:
                yield (
                    f"{contract_id} was charged {charged} minor units to {until_on}, when its fee"
                    f" stopped; its days come to {due}"
                )
        after = rows[-1][0]


def check_pledge_items(uow: UnitOfWork) -> Iterator[str]:
    """What is pledged lies in custody for its pledge, what is lost does not, and nothing is
    pledged under a pledge that is not in force."""
    for row in uow.all(_PLACES, uow.institution_id):
        yield f"{row[1]} is {row[2]} under {row[0]}, the register has it at {row[3]}"
    for row in uow.all(_STATES, uow.institution_id):
        yield f"{row[2]} is pledged under {row[0]}, which is {row[1]}"


def check_losses(uow: UnitOfWork) -> Iterator[str]:
    """What is held for owners of lost things is what the books say, and what moved on it."""
    for row in uow.all(
        "select * from (" + _HELD + ") f where due <> booked order by loss_id limit 10",
        uow.institution_id,
    ):
        yield f"{row[0]} holds {row[1]} minor units for the owner, its account {row[2]}"
    for row in uow.all(
        "select * from (" + _MOVED + ") f where indemnity_minor <> received"
        " or paid_minor <> paid order by loss_id limit 10",
        uow.institution_id,
    ):
        yield f"{row[0]} counts {row[1]} and {row[2]}, its payments make {row[3]} and {row[4]}"
