-- Per indicator and part of the people: sums of the last answers before and in the period. A
-- person counts for the poor with the likelihood of being poor, and for the others with the rest.
, paired as (
  select r.party_id, a.indicator,
         (array_agg(a.value order by r.collected_on desc, r.response_id desc)
            filter (where r.kind = 'baseline'))[1] as before,
         (array_agg(a.value order by r.collected_on desc, r.response_id desc)
            filter (where r.kind <> 'baseline'))[1] as after
    from response r
    join microfinance.survey_answer a
      on a.institution_id = %(institution)s and a.response_id = r.response_id
   where r.kind = 'baseline' or r.collected_on >= %(starts_on)s
   group by r.party_id, a.indicator
)
select indicator, part.dimension, part.cell,
       coalesce(sum(weight) filter (where after is not null), 0),
       coalesce(sum(weight * after), 0),
       coalesce(sum(weight) filter (where after is not null and before is not null), 0),
       coalesce(sum(weight * before) filter (where after is not null), 0),
       coalesce(sum(weight * after) filter (where before is not null), 0),
       (percentile_disc(0.5) within group (order by after - before)
        + percentile_disc(0.5) within group (order by after - before desc)) / 2,
       count(*) filter (where before > 0 and after >= 2 * before),
       count(*) filter (where after > before and not (before > 0 and after >= 2 * before)),
       count(*) filter (where after = before),
       count(*) filter (where after < before)
  from paired
  join person using (party_id)
 cross join lateral (values
         ('all', 'all', 1::numeric),
         ('gender', gender, 1),
         ('location', location, 1),
         ('poverty', 'poor', likelihood_bp / 10000.0),
         ('poverty', 'not_poor', 1 - likelihood_bp / 10000.0),
         ('poverty', 'unknown', case when likelihood_bp is null then 1 end)
       ) part(dimension, cell, weight)
 where weight is not null
 group by indicator, part.dimension, part.cell
 order by indicator, part.dimension, part.cell
