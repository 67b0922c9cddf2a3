-- The clients of a program whose loans were paid out by the end of the period, with the place and
-- the likelihood of poverty they last told of. Responses whose consent was taken back are no more.
with client as (
  select l.borrower_id as party_id
    from microfinance.program_loan e
    join microfinance.loan l on l.institution_id = e.institution_id and l.loan_id = e.loan_id
   where e.institution_id = %(institution)s and e.program_id = %(program)s
     and l.disbursed_at < (%(ends_on)s::date + 1)::timestamp at time zone %(zone)s
   group by l.borrower_id
), response as (
  select r.response_id, r.party_id, r.kind, r.collected_on, r.location, r.poverty_likelihood_bp
    from microfinance.survey_response r
    join client using (party_id)
   where r.institution_id = %(institution)s and r.program_id = %(program)s
     and r.collected_on <= %(ends_on)s
     and not exists (select from microfinance.survey_withdrawal w
                      where w.institution_id = r.institution_id
                        and w.response_id = r.response_id)
), said as (
  select party_id,
         (array_agg(location order by collected_on desc, response_id desc)
            filter (where location is not null))[1] as location,
         (array_agg(poverty_likelihood_bp order by collected_on desc, response_id desc)
            filter (where poverty_likelihood_bp is not null))[1] as likelihood_bp,
         bool_or(kind = 'baseline') as has_before,
         bool_or(kind <> 'baseline' and collected_on >= %(starts_on)s) as has_after
    from response
   group by party_id
), person as (
  select c.party_id, coalesce(p.gender, 'not_stated') as gender,
         coalesce(s.location, 'not_stated') as location, s.likelihood_bp,
         coalesce(s.has_before and s.has_after, false) as is_paired
    from client c
    join parties.party p on p.institution_id = %(institution)s and p.party_id = c.party_id
    left join said s on s.party_id = c.party_id
)
