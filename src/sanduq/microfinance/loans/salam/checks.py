"""Salam against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_BOOKED = (
    "(select coalesce(sum(b.balance_minor), 0) from ledger.account a join ledger.balance b"
    " on b.institution_id = a.institution_id and b.account_id = a.account_id"
    " where a.institution_id = s.institution_id and a.subject = s.{subject} and a.code = '{code}')"
)
_CAPITAL = (
    "select s.contract_id, s.capital_open_minor, "
    + _BOOKED.format(subject="contract_id", code="1400")
    + " as booked from microfinance.salam_contract s where s.institution_id = %s"
)
_SETTLED = (
    "select s.contract_id, s.quantity_milli - s.lapsed_milli as sold, s.delivered_milli"
    " + s.substituted_milli + s.cancelled_milli as settled, s.paid_minor, s.capital_open_minor,"
    " (select sum(d) from unnest(s.due_milli) d) as due, s.stage, s.oldest_undelivered_due_on"
    " from microfinance.salam_contract s where s.institution_id = %s"
)
_GOODS = (
    "select s.contract_id, coalesce(g.cost, 0) as cost, "
    + _BOOKED.format(subject="contract_id", code="1410")
    + " as booked from microfinance.salam_contract s"
    " left join (select institution_id, contract_id, sum(left_cost_minor) as cost"
    "  from microfinance.salam_goods group by institution_id, contract_id) g"
    " on g.institution_id = s.institution_id and g.contract_id = s.contract_id"
    " where s.institution_id = %s"
)
_LOTS = (
    "select g.goods_id, g.left_milli, g.left_cost_minor, sum(m.quantity_milli) as quantity,"
    " sum(m.cost_minor) as cost from microfinance.salam_goods g"
    " join microfinance.salam_goods_move m on m.institution_id = g.institution_id"
    "  and m.goods_id = g.goods_id where g.institution_id = %s"
    " group by g.goods_id, g.left_milli, g.left_cost_minor"
)
_REFUNDS = (
    "select s.contract_id, s.refundable_minor, coalesce(o.principal_minor, 0) as claimed,"
    " coalesce(o.principal_minor - o.principal_paid_minor, 0) as owed, o.status, "
    + _BOOKED.format(subject="contract_id", code="1420")
    + " as booked from microfinance.salam_contract s"
    " left join obligations.obligation o on o.institution_id = s.institution_id"
    "  and o.obligation_id = s.contract_id where s.institution_id = %s"
)
_LOANS = (
    "select l.loan_id, l.status, s.stage, coalesce(o.status, 'no debt') as debt"
    " from microfinance.loan l join microfinance.salam_contract s"
    "  on s.institution_id = l.institution_id and s.contract_id = l.contract_id"
    " left join obligations.obligation o on o.institution_id = l.institution_id"
    "  and o.obligation_id = l.contract_id"
    " where l.institution_id = %s and (l.stage is distinct from s.stage or not case"
    "  when l.status in ('PENDING_APPROVAL', 'REJECTED') then s.paid_minor = 0"
    "  when l.status = 'CANCELLED' then s.paid_minor = 0 and s.stage = 'CANCELLED'"
    "  when l.status = 'APPROVED' then s.stage in ('AGREED', 'PRICE_PARTLY_PAID')"
    "  when l.status = 'COMPLETED' then s.stage = 'ENDED'"
    "    and coalesce(o.status, 'SETTLED') = 'SETTLED'"
    "  when l.status in ('DISBURSED', 'REPAYING') then s.stage in ('PRICE_PAID',"
    "    'PARTLY_DELIVERED', 'ENDED') and (s.stage <> 'ENDED' or o.status = 'ACTIVE')"
    "  else true end)"
)
_PARALLEL = (
    "select s.parallel_id, s.price_minor - s.earned_minor as owed, -"
    + _BOOKED.format(subject="parallel_id", code="2400")
    + " as booked from microfinance.parallel_salam s where s.institution_id = %s"
)


def _faults(uow: UnitOfWork, query: str, condition: str) -> list[tuple[object, ...]]:
    return uow.all(
        f"select * from ({query}) f where {condition} limit 10",
        uow.institution_id,
    )


def check_salam(uow: UnitOfWork) -> Iterator[str]:
    """Account 1400 of each contract is the capital of what is undelivered, its days add up to
    what was sold, and the loan is in the state that goods and refunds call for."""
    for row in _faults(uow, _CAPITAL, "capital_open_minor <> booked"):
        yield f"{row[0]} has {row[1]} minor units of capital undelivered, account 1400 {row[2]}"
    for row in _faults(
        uow,
        _SETTLED,
        "sold <> due or settled > sold or (stage = 'ENDED') <> (settled = sold)"
        " or (stage in ('PRICE_PAID', 'PARTLY_DELIVERED', 'ENDED')"
        " and capital_open_minor <> div(paid_minor::numeric * (sold - settled), sold))"
        " or (oldest_undelivered_due_on is null)"
        " <> (stage not in ('PRICE_PAID', 'PARTLY_DELIVERED'))",
    ):
        yield f"{row[0]} sold {row[1]}, settled {row[2]}, days for {row[5]}, and is {row[6]}"
    for row in _faults(
        uow, _REFUNDS, "claimed > refundable_minor or (status in ('ACTIVE', 'SETTLED')"
        " and owed <> booked)",
    ):  # fmt: skip
        yield f"{row[0]} is to refund {row[1]}, owes {row[3]} of {row[2]}, account 1420 {row[5]}"
    for row in uow.all("select * from (" + _LOANS + ") f limit 10", uow.institution_id):
        yield f"{row[0]} is {row[1]} while its salam is {row[2]} and its debt {row[3]}"


def check_goods(uow: UnitOfWork) -> Iterator[str]:
    """Goods in hand cost what account 1410 of their contract holds, and are what moved in less
    what moved out; what buyers paid ahead is account 2400."""
    for row in _faults(uow, _GOODS, "cost <> booked"):
        yield f"goods of {row[0]} in hand cost {row[1]} minor units, account 1410 {row[2]}"
    for row in _faults(uow, _LOTS, "left_milli <> quantity or left_cost_minor <> cost"):
        yield f"{row[0]} holds {row[1]} at {row[2]}, its moves add up to {row[3]} at {row[4]}"
    for row in _faults(uow, _PARALLEL, "owed <> booked"):
        yield f"{row[0]} owes goods for {row[1]} minor units, account 2400 {row[2]}"
