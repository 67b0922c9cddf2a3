"""Loans against their debts: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_FAULTS = (
    "select l.loan_id, l.status, coalesce(o.status, 'no debt') as debt,"
    " coalesce(o.principal_paid_minor + o.fee_paid_minor, 0) as paid"
    " from microfinance.loan l left join obligations.obligation o"
    "  on o.institution_id = l.institution_id and o.obligation_id = l.contract_id"
    # A salam owes goods, not money: its own check knows its states.
    " where l.institution_id = %s and l.type <> 'salam_micro' and not case"
    "  when l.status in ('PENDING_APPROVAL', 'APPROVED', 'REJECTED', 'CANCELLED')"
    "    then o.status is null"
    # A lease goes on although its rents are all paid, or fell away, ahead of its end.
    "  when l.type = 'service_ijarah' and l.status in ('DISBURSED', 'REPAYING')"
    "    then o.status in ('ACTIVE', 'SETTLED')"
    "  when l.status = 'DISBURSED'"
    "    then o.status = 'ACTIVE' and o.principal_paid_minor + o.fee_paid_minor = 0"
    "  when l.status = 'REPAYING'"
    "    then o.status = 'ACTIVE' and o.principal_paid_minor + o.fee_paid_minor > 0"
    "  when l.status = 'COMPLETED' then o.status = 'SETTLED'"
    "  else true end"
    " order by l.loan_id limit 10"
)


def check_loans(uow: UnitOfWork) -> Iterator[str]:
    """A loan's state is the one its debt and payments call for."""
    for loan_id, status, debt, paid in uow.all(_FAULTS, uow.institution_id):
        yield f"{loan_id} is {status} while its debt is {debt} with {paid} minor units paid"
