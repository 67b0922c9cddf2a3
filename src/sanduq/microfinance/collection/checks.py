"""Collections against their rows, repayments, contributions and journals: part of
`sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_SUMS = (
    "select c.collection_id, c.asked_minor, c.repaid_minor, c.contributed_minor,"
    "  coalesce(r.asked, 0) + coalesce(p.asked, 0), coalesce(p.repaid, 0),"
    "  coalesce(r.contributed, 0)"
    " from microfinance.collection c"
    " left join (select institution_id, meeting_id, sum(contribution_minor)::bigint as asked,"
    "   sum(contribution_minor) filter (where status = 'RECORDED')::bigint as contributed"
    "  from microfinance.collection_row group by 1, 2) r using (institution_id, meeting_id)"
    " left join (select p.institution_id, p.meeting_id, sum(p.amount_minor)::bigint as asked,"
    "   sum(p.amount_minor) filter (where r.status = 'RECORDED')::bigint as repaid"
    "  from microfinance.collection_payment p join microfinance.collection_row r"
    "   using (institution_id, meeting_id, place) group by 1, 2) p"
    "  using (institution_id, meeting_id)"
    " where c.institution_id = %s and (c.asked_minor, c.repaid_minor, c.contributed_minor)"
    "  <> (coalesce(r.asked, 0) + coalesce(p.asked, 0), coalesce(p.repaid, 0),"
    "   coalesce(r.contributed, 0)) order by c.collection_id limit 10"
)
_PAYMENTS = (
    "select c.collection_id, p.place, p.loan_id, p.amount_minor, f.amount_minor"
    " from microfinance.collection_payment p"
    " join microfinance.collection_row r using (institution_id, meeting_id, place)"
    " join microfinance.collection c using (institution_id, meeting_id)"
    " left join obligations.repayment f on f.institution_id = p.institution_id"
    "  and f.repayment_id = p.repayment_id and f.serves_id = p.loan_id"
    "  and f.received_on = c.received_on"
    " where p.institution_id = %s and case r.status when 'RECORDED'"
    "  then f.amount_minor is distinct from p.amount_minor else p.repayment_id is not null end"
    " order by c.collection_id, p.place limit 10"
)
_CONTRIBUTIONS = (
    "select c.collection_id, r.place, r.party_id, r.contribution_minor, f.amount_minor"
    " from microfinance.collection_row r"
    " join microfinance.collection c using (institution_id, meeting_id)"
    " left join microfinance.fund_contribution f on f.institution_id = r.institution_id"
    "  and f.contribution_id = r.contribution_id and f.party_id = r.party_id"
    "  and f.group_id = c.group_id"
    " where r.institution_id = %s and r.status = 'RECORDED' and r.contribution_minor > 0"
    "  and f.amount_minor is distinct from r.contribution_minor"
    " order by c.collection_id, r.place limit 10"
)
_DIFFERENCES = (
    "select c.collection_id, c.difference_minor, e.amount_minor"
    " from microfinance.collection c"
    " left join ledger.journal j on j.institution_id = c.institution_id"
    "  and j.journal_id = c.journal_id"
    " left join (select e.institution_id, e.journal_seq, a.subject, e.amount_minor"
    "   from ledger.entry e join ledger.account a using (institution_id, account_id)"
    "   where a.code = '1010') e on e.institution_id = j.institution_id"
    "  and e.journal_seq = j.journal_seq and e.subject = c.officer_id"
    " where c.institution_id = %s and c.difference_minor <> 0"
    "  and e.amount_minor is distinct from -c.difference_minor order by c.collection_id limit 10"
)

_TILLS = (
    "select t.officer_id, t.asset, coalesce(b.minor, 0), t.minor from ("
    "  select officer_id, asset, sum(minor)::bigint as minor from ("
    "   select officer_id, asset, -difference_minor as minor from microfinance.collection"
    "    where institution_id = %(institution)s"
    "   union all select officer_id, asset,"
    "    case direction when 'paid_in' then -amount_minor else amount_minor end"
    "    from microfinance.till_settlement where institution_id = %(institution)s) moved"
    "  group by officer_id, asset) t"
    " left join (select a.subject, a.asset, b.balance_minor as minor from ledger.account a"
    "  join ledger.balance b using (institution_id, account_id)"
    "  where a.institution_id = %(institution)s and a.code = '1010') b"
    "  on b.subject = t.officer_id and b.asset = t.asset"
    " where coalesce(b.minor, 0) <> t.minor order by t.officer_id, t.asset limit 10"
)


def check_collections(uow: UnitOfWork) -> Iterator[str]:
    """What was counted is what was repaid, contributed and left on the officer's till."""
    for row in uow.all(_SUMS, uow.institution_id):
        yield f"{row[0]} says {row[1:4]} asked, repaid and contributed; its rows say {row[4:]}"
    for row in uow.all(_PAYMENTS, uow.institution_id):
        yield f"{row[0]}, row {row[1]}: {row[3]} on {row[2]}, but its repayment says {row[4]}"
    for row in uow.all(_CONTRIBUTIONS, uow.institution_id):
        yield f"{row[0]}, row {row[1]}: {row[2]} gave {row[3]}, but the fund received {row[4]}"
    for row in uow.all(_DIFFERENCES, uow.institution_id):
        yield f"{row[0]} differs by {row[1]}; the till of its officer says {row[2]} (debit)"
    for row in uow.all(_TILLS, {"institution": uow.institution_id}):
        yield f"the till of {row[0]} in {row[1]} holds {row[2]}; its differences come to {row[3]}"
