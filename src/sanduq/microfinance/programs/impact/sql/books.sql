-- Per part of the people: what the loans of the program did in the period, from the schedules in
-- force at its end and the repayments received by then. Only the books are asked.
, enrolled as (
  select l.loan_id, l.contract_id, l.borrower_id, l.type, l.purpose, l.amount_minor, l.officer_id,
         (l.disbursed_at at time zone %(zone)s)::date as paid_out_on,
         (coalesce(l.closed_at, l.written_off_at) at time zone %(zone)s)::date as closed_on,
         (l.written_off_at at time zone %(zone)s)::date as written_off_on,
         not exists (select from microfinance.loan o
                      where o.institution_id = l.institution_id and o.borrower_id = l.borrower_id
                        and o.disbursed_at < %(starts_on)s::timestamp at time zone %(zone)s)
           as is_new
    from microfinance.program_loan e
    join microfinance.loan l on l.institution_id = e.institution_id and l.loan_id = e.loan_id
   where e.institution_id = %(institution)s and e.program_id = %(program)s
     and l.disbursed_at < (%(ends_on)s::date + 1)::timestamp at time zone %(zone)s
), received as (
  select n.loan_id,
         coalesce(sum(r.principal_minor), 0) as principal_paid,
         coalesce(sum(r.principal_minor + r.fee_minor), 0) as paid,
         coalesce(sum(r.principal_minor + r.fee_minor)
                    filter (where r.received_on >= %(starts_on)s), 0) as repaid
    from enrolled n
    left join obligations.repayment r
      on r.institution_id = %(institution)s and r.obligation_id = n.contract_id
     and r.received_on <= %(ends_on)s
   group by n.loan_id
), version as (
  select n.loan_id, n.contract_id, s.version, s.created_at, t.total_minor,
         lag(t.total_minor) over (partition by n.loan_id order by s.version) as before_minor
    from enrolled n
    join obligations.schedule s
      on s.institution_id = %(institution)s and s.obligation_id = n.contract_id
   cross join lateral (select sum(part) as total_minor
                         from unnest(s.principal_minor || s.fee_minor) part) t
), chosen as (
  -- The version in force at the end; one made later, by bringing a loan in from elsewhere, still
  -- is the first there was. Versions of one sum were agreed anew; smaller ones were reductions.
  select loan_id, contract_id,
         coalesce(max(version) filter (
                    where created_at < (%(ends_on)s::date + 1)::timestamp at time zone %(zone)s),
                  min(version)) as version,
         max((created_at at time zone %(zone)s)::date) filter (
           where before_minor = total_minor
             and created_at < (%(ends_on)s::date + 1)::timestamp at time zone %(zone)s)
           as rescheduled_on
    from version
   group by loan_id, contract_id
), line as (
  select c.loan_id, c.rescheduled_on, i.due_on, i.principal_minor,
         i.principal_minor + i.fee_minor as total_minor, i.cumulative_minor,
         max(i.due_on) over (partition by c.loan_id) as last_due_on,
         i.due_on between %(starts_on)s and %(ends_on)s as is_of_period,
         case when i.due_on <= %(ends_on)s then
           (select coalesce(sum(r.principal_minor + r.fee_minor), 0)
              from obligations.repayment r
             where r.institution_id = %(institution)s and r.obligation_id = c.contract_id
               and r.received_on <= i.due_on)
         end as paid_by_then
    from chosen c
    join obligations.instalment i
      on i.institution_id = %(institution)s and i.obligation_id = c.contract_id
     and i.version = c.version
), debt as (
  select n.loan_id, sum(n.principal_minor) as principal_minor,
         min(n.due_on) filter (where n.total_minor > 0 and n.cumulative_minor > v.paid)
           as unpaid_since,
         sum(n.total_minor) filter (where n.is_of_period) as due_minor,
         sum(greatest(0, least(n.total_minor,
                               n.paid_by_then - (n.cumulative_minor - n.total_minor))))
           filter (where n.is_of_period) as on_time_minor,
         bool_or(n.is_of_period) filter (where n.due_on = n.last_due_on) as is_ended,
         bool_and(n.paid_by_then >= n.cumulative_minor) filter (where n.due_on = n.last_due_on)
           as is_on_time,
         -- A loan agreed anew counts as at risk until three instalments were paid on their day.
         count(*) filter (where n.rescheduled_on is not null) > 0
           and count(*) filter (where n.total_minor > 0 and n.due_on > n.rescheduled_on
                                  and n.paid_by_then >= n.cumulative_minor) < 3
           as is_rescheduled
    from line n
    join received v using (loan_id)
   group by n.loan_id
), standing as (
  select n.borrower_id, n.type, n.purpose, n.amount_minor, n.officer_id, p.gender, p.location,
         v.repaid, d.due_minor, d.on_time_minor, d.is_ended, n.is_new,
         d.is_ended and d.is_on_time as is_whole, coalesce(d.is_rescheduled, false) as is_anew,
         %(ends_on)s::date - d.unpaid_since as days_late,
         case when n.written_off_on <= %(ends_on)s then 0
              else greatest(0, coalesce(d.principal_minor, 0) - v.principal_paid)
         end as owed,
         n.paid_out_on >= %(starts_on)s as is_paid_out,
         n.closed_on is null or n.closed_on >= %(starts_on)s as is_open,
         n.closed_on is null or n.closed_on > %(ends_on)s as is_open_at_end
    from enrolled n
    join person p on p.party_id = n.borrower_id
    join received v on v.loan_id = n.loan_id
    left join debt d on d.loan_id = n.loan_id
)
select part.dimension, part.cell,
       count(distinct borrower_id) filter (where is_open) as clients,
       count(distinct borrower_id) filter (where is_new and is_paid_out) as clients_new,
       count(distinct borrower_id) filter (where is_open and type = 'salam_micro') as smallholders,
       count(distinct borrower_id)
         filter (where is_paid_out and purpose = any(%(new_business)s)) as new_businesses,
       count(distinct borrower_id) filter (where is_open and not is_paid_out) as active_start,
       count(distinct borrower_id) filter (where is_open_at_end) as active_end,
       count(distinct borrower_id) filter (where is_open_at_end and is_new) as new_at_end,
       count(distinct officer_id) filter (where is_open_at_end) as officers,
       count(*) filter (where is_paid_out) as disbursed_number,
       coalesce(sum(amount_minor) filter (where is_paid_out), 0)::bigint as disbursed_minor,
       count(distinct borrower_id) filter (where is_paid_out) as disbursed_clients,
       count(*) filter (where owed > 0) as outstanding_number,
       coalesce(sum(owed), 0)::bigint as outstanding_minor,
       count(distinct borrower_id) filter (where owed > 0) as outstanding_clients,
       coalesce(sum(repaid), 0)::bigint as repaid_minor,
       count(distinct borrower_id) filter (where repaid <> 0) as repaid_clients,
       coalesce(sum(due_minor), 0)::bigint as due_minor,
       coalesce(sum(on_time_minor), 0)::bigint as on_time_minor,
       count(distinct borrower_id) filter (where due_minor > 0) as due_clients,
       count(*) filter (where is_whole) as fully_repaid_number,
       coalesce(sum(amount_minor) filter (where is_whole), 0)::bigint as fully_repaid_minor,
       count(distinct borrower_id) filter (where is_whole) as fully_repaid_clients,
       count(distinct borrower_id) filter (where is_ended) as ended_clients,
       coalesce(sum(owed) filter (where days_late > 30 or is_anew), 0)::bigint as risk_30_minor,
       count(distinct borrower_id)
         filter (where owed > 0 and (days_late > 30 or is_anew)) as risk_30_clients,
       coalesce(sum(owed) filter (where days_late > 60 or is_anew), 0)::bigint as risk_60_minor,
       count(distinct borrower_id)
         filter (where owed > 0 and (days_late > 60 or is_anew)) as risk_60_clients,
       coalesce(sum(owed) filter (where days_late > 90 or is_anew), 0)::bigint as risk_90_minor,
       count(distinct borrower_id)
         filter (where owed > 0 and (days_late > 90 or is_anew)) as risk_90_clients
  from standing
 cross join lateral (values
         ('all', 'all'), ('gender', gender), ('location', location), ('purpose', purpose)
       ) part(dimension, cell)
 group by part.dimension, part.cell
 order by part.dimension, part.cell
