"""SQL of deposits, their things and the payments of their fee."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.deposits.errors import DepositExternalIdTaken, ItemDepositedAlready
from sanduq.rahnu.deposits.model import Deposit, DepositPayment, DepositStatus
from sanduq.rahnu.facts import DepositBasis
from sanduq.rahnu.fees.model import FeeBasis

_SELECT = sql.SQL(
    "select d.deposit_id, d.external_id, d.status, d.owner_id, d.branch_id, d.asset,"
    " (select array_agg(i.item_id order by i.item_id) from rahnu.deposit_item i"
    "   where i.institution_id = d.institution_id and i.deposit_id = d.deposit_id),"
    " d.liability_basis, d.fee_policy_id, d.weight_mg, d.volume_mm3, d.item_count, d.vault_class,"
    " d.takaful_premium_minor, d.fee_monthly_minor, d.kept_from_on, d.fee_until_on,"
    " d.fee_accrued_minor, d.fee_paid_minor, d.pledged_to, d.release_id, d.withdrawn_at,"
    " d.metadata, d.created_at, d.created_by, d.version"
    " from rahnu.deposit d where d.institution_id = %(institution)s"
)
_ACCRUING = (
    " and status = 'OPEN' and kept_from_on is not null and fee_until_on is null"
    " and fee_policy_id is not null"
)


def insert(uow: UnitOfWork, made: Deposit) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into rahnu.deposit (institution_id, deposit_id, external_id, status,"
                " owner_id, branch_id, asset, liability_basis, fee_policy_id, weight_mg,"
                " volume_mm3, item_count, vault_class, takaful_premium_minor, fee_monthly_minor,"
                " fee_accrued_minor, fee_paid_minor, metadata, created_at, created_by, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,0,0,%s::json,%s,%s,%s)",
                uow.institution_id, made.deposit_id, made.external_id, made.status.value,
                made.owner_id, made.branch_id, str(made.asset), made.liability_basis.value,
                made.fee_policy_id, made.basis.weight_mg, made.basis.volume_mm3,
                made.basis.item_count, made.basis.vault_class, made.basis.takaful_premium_minor,
                made.fee_monthly_minor, dumps(dict(made.metadata)).decode(), made.created_at,
                made.created_by, made.version,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise DepositExternalIdTaken from None
    try:
        with uow.savepoint():
            uow.execute(
                "insert into rahnu.deposit_item select %s, %s, item_id, true"
                " from unnest(%s::text[]) item_id",
                uow.institution_id, made.deposit_id, list(made.item_ids),
            )  # fmt: skip
    except errors.UniqueViolation:
        raise ItemDepositedAlready from None


def load(uow: UnitOfWork, ids: Collection[str], *, is_locked: bool = False) -> dict[str, Deposit]:
    """The deposits of these ids; locked in the order of their ids if asked."""
    tail = " and d.deposit_id = any(%(ids)s) order by d.deposit_id"
    rows = uow.composed(
        _SELECT + sql.SQL(tail + (" for update of d" if is_locked else "")),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return {row[0]: _deposit(row) for row in rows}


def accruing(uow: UnitOfWork) -> dict[str, Deposit]:
    """Every deposit whose fee runs, locked in the order of their ids."""
    ids = uow.all(
        "select deposit_id from rahnu.deposit where institution_id = %s" + _ACCRUING,
        uow.institution_id,
    )
    return load(uow, [row[0] for row in ids], is_locked=True) if ids else {}


def set_accrued(uow: UnitOfWork, totals: Mapping[str, int]) -> None:
    """Writes the fee charged so far of many deposits, in one statement."""
    uow.execute(
        "update rahnu.deposit d set fee_accrued_minor = t.total_minor, version = d.version + 1"
        " from unnest(%s::text[], %s::bigint[]) t(deposit_id, total_minor)"
        " where d.institution_id = %s and d.deposit_id = t.deposit_id",
        list(totals), list(totals.values()), uow.institution_id,
    )  # fmt: skip


def save(uow: UnitOfWork, deposit: Deposit) -> None:
    """Writes what time and its owner's acts change; what was deposited never does."""
    uow.execute(
        "update rahnu.deposit set status = %s, liability_basis = %s, kept_from_on = %s,"
        " fee_until_on = %s, fee_accrued_minor = %s, fee_paid_minor = %s, pledged_to = %s,"
        " release_id = %s, withdrawn_at = %s, version = version + 1"
        " where institution_id = %s and deposit_id = %s",
        deposit.status.value, deposit.liability_basis.value, deposit.kept_from_on,
        deposit.fee_until_on, deposit.fee_accrued_minor, deposit.fee_paid_minor,
        deposit.pledged_to, deposit.release_id, deposit.withdrawn_at, uow.institution_id,
        deposit.deposit_id,
    )  # fmt: skip


def free_items(uow: UnitOfWork, deposit_id: str) -> None:
    """Lets the things of a deposit be deposited anew."""
    uow.execute(
        "update rahnu.deposit_item set is_open = false"
        " where institution_id = %s and deposit_id = %s and is_open",
        uow.institution_id, deposit_id,
    )  # fmt: skip


def insert_payment(uow: UnitOfWork, payment: DepositPayment) -> None:
    uow.execute(
        "insert into rahnu.deposit_payment values (%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, payment.payment_id, payment.deposit_id, payment.amount.amount_minor,
        payment.paid_on, payment.reference, payment.journal_id, payment.recorded_at,
        payment.recorded_by,
    )  # fmt: skip


def payments(uow: UnitOfWork, deposit: Deposit, request: PageRequest) -> Page[DepositPayment]:
    rows, total = newest_first(
        uow,
        sql.SQL(
            "select payment_id, amount_minor, paid_on, reference, journal_id, recorded_at,"
            " recorded_by from rahnu.deposit_payment"
            " where institution_id = %(institution)s and deposit_id = %(deposit)s"
        ),
        {"institution": uow.institution_id, "deposit": deposit.deposit_id},
        request,
        order=["recorded_at", "payment_id"],
    )
    found = [
        DepositPayment(
            row[0], deposit.deposit_id, Money(row[1], deposit.asset), row[2], row[3], row[4],
            row[5], row[6],
        )
        for row in rows
    ]  # fmt: skip
    return Page.of(found, request, lambda one: (one.recorded_at, one.payment_id), total)


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[Deposit]:
    query: sql.Composable = _SELECT
    for column, wanted in filters.items():
        if wanted is not None:
            place = sql.SQL(" and d.{} = {}").format(
                sql.Identifier(column), sql.Placeholder(column)
            )
            query = query + place
    parameters = {"institution": uow.institution_id, **filters}
    order = ["created_at", "deposit_id"]
    rows, total = newest_first(uow, query, parameters, request, order=order)
    found = [_deposit(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.deposit_id), total)


def _deposit(row: Row) -> Deposit:
    return Deposit(
        deposit_id=row[0],
        external_id=row[1],
        status=DepositStatus(row[2]),
        owner_id=row[3],
        branch_id=row[4],
        asset=asset_from_text(row[5]),
        item_ids=tuple(row[6] or ()),
        liability_basis=DepositBasis(row[7]),
        fee_policy_id=row[8],
        basis=FeeBasis(*row[9:14]),
        fee_monthly_minor=row[14],
        kept_from_on=row[15],
        fee_until_on=row[16],
        fee_accrued_minor=row[17],
        fee_paid_minor=row[18],
        pledged_to=row[19],
        release_id=row[20],
        withdrawn_at=row[21],
        metadata=row[22],
        created_at=row[23],
        created_by=row[24],
        version=row[25],
    )
