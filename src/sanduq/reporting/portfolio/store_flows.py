"""SQL of what flowed in a span: losses, dues and payments, income and expense, loans paid out."""

from __future__ import annotations

from dataclasses import dataclass

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.money import Asset
from sanduq.microfinance.loans.book import IS_FINANCING
from sanduq.obligations.as_of import collected_between, dues_between
from sanduq.reporting.portfolio.model import Span
from sanduq.reporting.portfolio.store import CURRENCY, bound_span

METHODS_OF_OTHERS = ("third_party", "guarantee", "common_fund")
"""Ways by which somebody else paid for the borrower."""


@dataclass(frozen=True, slots=True)
class Losses:
    """Flows of a span from the journals that name them, and the allowance at its end."""

    written_off_minor: int = 0
    forgiven_minor: int = 0
    recovered_minor: int = 0
    settled_by_others_minor: int = 0
    allowance_minor: int = 0


# A reversed journal bears its kind with an ending, and the same amounts turned round. The list
# is the predicate of the index `journal_of_losses`.
_LOSS_KINDS = (
    "('loan.written_off', 'loan.written_off.reversed', 'loan.forgiven', 'loan.forgiven.reversed',"
    " 'loan.recovered', 'loan.recovered.reversed')"
)
_CLAIMS = "('1100', '1300', '1390', '1400', '1420', '1600')"


def losses(uow: UnitOfWork, span: Span, asset: Asset | None) -> dict[str, Losses]:
    """Losses by asset text."""
    rows = uow.all(
        "select asset, sum(written_off)::bigint, sum(forgiven)::bigint, sum(recovered)::bigint,"
        " sum(settled)::bigint, sum(allowance)::bigint from ("
        " select a.asset,"
        f"  sum(case when k.kind = 'loan.written_off' and a.code in {_CLAIMS}"
        "   then -e.amount_minor else 0 end) as written_off,"
        f"  sum(case when k.kind = 'loan.forgiven' and a.code in {_CLAIMS}"
        "   then -e.amount_minor else 0 end) as forgiven,"
        "  sum(case when k.kind = 'loan.recovered' and a.code in ('1000', '1010')"
        "   then e.amount_minor else 0 end) as recovered,"
        "  0 as settled, 0 as allowance"
        " from ledger.journal j join ledger.entry e using (institution_id, journal_seq)"
        " join ledger.account a using (institution_id, account_id)"
        " cross join lateral (select regexp_replace(j.kind, '\\.reversed$', '') as kind) k"
        " where j.institution_id = %(institution)s"
        " and j.effective_on between %(from_on)s and %(to_on)s"
        f" and j.kind in {_LOSS_KINDS}"
        " group by a.asset"
        " union all"
        " select r.asset, 0, 0, 0, sum(r.principal_minor + r.fee_minor), 0"
        " from obligations.repayment r where r.institution_id = %(institution)s"
        " and r.received_on between %(from_on)s and %(to_on)s and r.method = any(%(others)s)"
        " group by r.asset"
        " union all"
        " select a.asset, 0, 0, 0, 0, -sum(e.amount_minor)"
        " from ledger.account a join ledger.entry e using (institution_id, account_id)"
        " join ledger.journal j using (institution_id, journal_seq)"
        " where a.institution_id = %(institution)s and a.code = '1190'"
        " and j.effective_on <= %(to_on)s group by a.asset) f"
        f" where true{CURRENCY.format('f')} group by asset",
        {
            **bound_span(uow, span, asset),
            "others": ["fund", "common_fund", "zakat", "third_party"],
        },
    )
    return {row[0]: Losses(*row[1:]) for row in rows}


def repayment_rows(uow: UnitOfWork, span: Span, asset: Asset | None) -> list[Row]:
    """Dues, payments and terms of a span, one row for each currency."""
    currency = f"(%(asset)s::text is null or o.asset = %(asset)s) and {IS_FINANCING}"
    return uow.all(
        "select asset, sum(due)::bigint, sum(on_time)::bigint, sum(late)::bigint,"
        " sum(arrears)::bigint, sum(arrears_paid)::bigint, sum(called)::bigint,"
        " sum(called_paid)::bigint, sum(ended)::bigint, sum(ended_on_time)::bigint,"
        " sum(ended_minor)::bigint, sum(ended_on_time_minor)::bigint,"
        " sum(term_days)::bigint, sum(weight)::bigint from ("
        " select asset, sum(minor) as due, sum(on_time_minor) as on_time, sum(late_minor) as late,"
        "  0 as arrears, 0 as arrears_paid, 0 as called, 0 as called_paid,"
        "  count(*) filter (where is_last) as ended,"
        "  count(*) filter (where is_last and on_time_minor = minor) as ended_on_time,"
        "  coalesce(sum(principal_minor) filter (where is_last), 0) as ended_minor,"
        "  coalesce(sum(principal_minor) filter (where is_last and on_time_minor = minor), 0)"
        "   as ended_on_time_minor,"
        "  sum((due_on - started_on) * minor) as term_days, sum(minor) as weight"
        f" from ({dues_between(currency)}) d group by asset"
        " union all"
        " select asset, 0, 0, 0, sum(arrears_minor), sum(arrears_paid_minor), sum(called_minor),"
        "  sum(called_paid_minor), 0, 0, 0, 0, 0, 0"
        f" from ({collected_between(currency)}) c group by asset) f"
        " group by asset order by asset",
        bound_span(uow, span, asset),
    )


def profit_rows(uow: UnitOfWork, span: Span, asset: Asset | None) -> list[Row]:
    """(asset, code, is of gold, is of a fund, debits less credits) of income and expense accounts.

    Gold: the journal carries a sale of gold. Of a fund: a fund of donors pays in the same journal.
    """
    return uow.all(
        "select a.asset, a.code, m.is_gold, m.is_fund, sum(e.amount_minor)::bigint"
        " from ledger.journal j join ledger.entry e using (institution_id, journal_seq)"
        " join ledger.account a using (institution_id, account_id)"
        " cross join lateral (select"
        "  a.code = '5300' and exists (select from ledger.entry x"
        "   join ledger.account y using (institution_id, account_id)"
        "   where x.institution_id = j.institution_id and x.journal_seq = j.journal_seq"
        "   and y.code = '4600') as is_gold,"
        "  exists (select from ledger.entry x join ledger.account y"
        "   using (institution_id, account_id) where x.institution_id = j.institution_id"
        "   and x.journal_seq = j.journal_seq and y.code in ('3110', '3200', '3300')) as is_fund) m"
        " where j.institution_id = %(institution)s and a.fund = 'own'"
        " and a.class in ('income', 'expense')"
        " and j.effective_on between %(from_on)s and %(to_on)s"
        f"{CURRENCY.format('a')} group by a.asset, a.code, m.is_gold, m.is_fund",
        bound_span(uow, span, asset),
    )


def disbursements(uow: UnitOfWork, span: Span, asset: Asset | None) -> dict[str, tuple[int, int]]:
    """How many loans were paid out in a span, and how much, by asset text."""
    rows = uow.all(
        "select l.asset, count(*), sum(l.amount_minor)::bigint from microfinance.loan l"
        " where l.institution_id = %(institution)s"
        " and l.disbursed_at >= %(from_on)s::date::timestamp at time zone %(time_zone)s"
        " and l.disbursed_at < (%(to_on)s::date + 1)::timestamp at time zone %(time_zone)s"
        f"{CURRENCY.format('l')} group by l.asset",
        bound_span(uow, span, asset),
    )
    return {row[0]: (row[1], row[2]) for row in rows}
