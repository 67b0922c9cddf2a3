-- Values every pledge in force that holds things of one metal on a board, in one pass: things,
-- pledges, shares, flags, and the facts of them. Returns the pledges whose flag moved.
-- The same figures as `margin.model` and `fees.accrual` have, in whole numbers throughout: what is
-- rounded is rounded down once, and no share is rounded before it is compared. `offset 0` keeps a
-- figure that is used several times from being worked out each time.
create or replace function rahnu.revalue_book(
  p_institution_id     integer,
  p_run_id             text,
  p_metal              text,
  p_asset              text,
  p_price_board_id     text,
  p_quoted_fineness_bp integer,    -- null: a price per grade
  p_fineness_bp        integer[],
  p_price_per_kg_minor bigint[],
  p_haircut_bp         integer,
  p_day                date,
  p_at                 timestamptz,
  p_by                 text
) returns table (
  contract_id  text,
  flag_before  text,
  flag_after   text,
  claims_minor bigint,
  value_minor  bigint,
  held_minor   bigint
)
language plpgsql set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  c_flags constant text[] := array['none', 'watch', 'call', 'critical'];
begin
  if p_institution_id is distinct from
     nullif(current_setting('sanduq.institution_id', true), '')::integer then
    raise exception 'not the institution of this unit of work' using errcode = 'SQ001';
  end if;
  -- Every verb locks pledges in this order; what follows then sees what they committed.
  perform 1 from rahnu.contract c
    where c.institution_id = p_institution_id and c.asset = p_asset
      and c.status in ('ACTIVE', 'MARGIN_CALL')
    order by c.contract_id for no key update;

  return query
  with price as (
    select g.fineness_bp, g.price_per_kg_minor
      from unnest(p_fineness_bp, p_price_per_kg_minor) g(fineness_bp, price_per_kg_minor)
  ), thing as materialized (
    select ci.contract_id, ci.item_id, ci.value_minor as old_value,
           i.metal = p_metal and ci.valuation_id is not null as is_ours,
           case
             when i.metal <> p_metal then null
             when p_quoted_fineness_bp is not null then
               -- fine weight in tenths of a milligram, times the fine price
               div((v.gross_weight_mg - v.stone_weight_mg - v.other_weight_mg)
                     * v.fineness_bp / 1000 * fine.price_per_kg_minor::numeric
                     * (10000 - p_haircut_bp),
                   10000000::numeric * p_quoted_fineness_bp)
             else
               div((v.gross_weight_mg - v.stone_weight_mg - v.other_weight_mg)
                     * grade.price_per_kg_minor::numeric * (10000 - p_haircut_bp),
                   1000000::numeric * 10000)
           end::bigint as new_value
      from rahnu.contract c
      join rahnu.contract_item ci on ci.institution_id = p_institution_id
        and ci.contract_id = c.contract_id and ci.status = 'PLEDGED'
      join assets.item i on i.institution_id = p_institution_id and i.item_id = ci.item_id
      left join assets.valuation v on v.institution_id = p_institution_id
        and v.valuation_id = ci.valuation_id
      left join price fine on fine.fineness_bp = p_quoted_fineness_bp
      left join price grade on grade.fineness_bp = v.fineness_bp
     where c.institution_id = p_institution_id and c.asset = p_asset
       and c.status in ('ACTIVE', 'MARGIN_CALL')
  ), worth as (
    select t.contract_id, sum(coalesce(t.new_value, t.old_value))::bigint as value_minor,
           count(*) filter (where t.is_ours and t.new_value is null) as unpriced
      from thing t group by t.contract_id having bool_or(t.is_ours)
  ), grown as (
    -- whole months from a segment's start are exact, the days of the month begun count by its
    -- length; a segment ends where the next begins
    select s.contract_id,
           sum(s.monthly_minor * m.months
               + s.monthly_minor * (s.ends_on - m.begun_on) / (m.next_on - m.begun_on))::bigint
             as accrued_minor
      from (select f.contract_id, f.from_on, f.monthly_minor,
                   least(coalesce(lead(f.from_on) over (partition by f.contract_id
                                                        order by f.number), through.on_day),
                         through.on_day) as ends_on
              from rahnu.fee_segment f
              join rahnu.contract c on c.institution_id = p_institution_id
                and c.contract_id = f.contract_id and c.asset = p_asset
                and c.status in ('ACTIVE', 'MARGIN_CALL')
             cross join lateral (select least(p_day, coalesce(c.fee_until_on, p_day)) as on_day)
                   through
             where f.institution_id = p_institution_id) s
     cross join lateral (
       select ((extract(year from s.ends_on) - extract(year from s.from_on)) * 12
               + extract(month from s.ends_on) - extract(month from s.from_on))::integer as apart
       offset 0) a
     cross join lateral (
       select a.apart - ((s.from_on + a.apart * interval '1 month')::date > s.ends_on)::integer
              as months offset 0) w
     cross join lateral (
       select w.months, (s.from_on + w.months * interval '1 month')::date as begun_on,
              (s.from_on + (w.months + 1) * interval '1 month')::date as next_on
       offset 0) m
     where s.ends_on > s.from_on
     group by s.contract_id
  ), held as (
    select u.contract_id, sum(case u.kind when 'received' then u.amount_minor
                                          else -u.amount_minor end)::bigint as held_minor
      from rahnu.top_up u where u.institution_id = p_institution_id group by u.contract_id
  ), terms as materialized (
    -- read once for each template, not for each pledge
    select t.template_id,
           (t.terms ->> 'watch_bp')::bigint as watch_bp,
           (t.terms ->> 'margin_call_bp')::bigint as call_bp,
           (t.terms ->> 'critical_bp')::bigint as critical_bp,
           (t.terms ->> 'hysteresis_bp')::bigint as hysteresis_bp
      from rahnu.template t where t.institution_id = p_institution_id
  ), weighed as materialized (
    select c.contract_id, c.margin_flag as flag_before, c.appraised_minor as old_minor,
           greatest(w.value_minor, 1) as value_minor, w.unpriced,
           coalesce(h.held_minor, 0) as held_minor,
           case
             when c.debt_kind = 'outside' then (c.outside_debt ->> 'amount_minor')::bigint
             when o.obligation_id is not null then
               o.principal_minor + o.fee_minor - o.principal_paid_minor - o.fee_paid_minor
             when q.status = 'AGREED' then q.principal_minor + q.fee_minor
             else 0
           end + greatest(0, coalesce(g.accrued_minor, 0) - c.fee_paid_minor) as claims_minor,
           t.watch_bp, t.call_bp, t.critical_bp, t.hysteresis_bp
      from worth w
      join rahnu.contract c on c.institution_id = p_institution_id
        and c.contract_id = w.contract_id
      join terms t on t.template_id = c.template_id
      left join grown g on g.contract_id = w.contract_id
      left join held h on h.contract_id = w.contract_id
      left join obligations.obligation o on o.institution_id = p_institution_id
        and o.obligation_id = c.debt_id
      left join qard.contract q on q.institution_id = p_institution_id
        and q.qard_id = c.debt_id and o.obligation_id is null
  ), judged as materialized (
    select w.contract_id, w.flag_before, w.old_minor, w.value_minor, w.unpriced, w.held_minor,
           w.claims_minor, f.flag_after
      from weighed w
     cross join lateral (
       select w.claims_minor::numeric * 10000 as claims,
              (w.value_minor + w.held_minor)::numeric as cover,
              array_position(c_flags, w.flag_before) - 1 as was offset 0) n
     cross join lateral (
       -- reached: by the shares themselves; kept: by the shares less the hysteresis
       select c_flags[1 + greatest(
         case when n.claims <= 0 then 0
              when n.claims >= w.critical_bp * n.cover then 3
              when n.claims >= w.call_bp * n.cover then 2
              when n.claims >= w.watch_bp * n.cover then 1 else 0 end,
         least(n.was,
           case when n.claims <= 0 then 0
                when n.claims >= (w.critical_bp - w.hysteresis_bp) * n.cover then 3
                when n.claims >= (w.call_bp - w.hysteresis_bp) * n.cover then 2
                when n.claims >= (w.watch_bp - w.hysteresis_bp) * n.cover then 1
                else 0 end))] as flag_after) f
  ), items_written as (
    update rahnu.contract_item ci set value_minor = t.new_value
      from thing t
     where ci.institution_id = p_institution_id and ci.contract_id = t.contract_id
       and ci.item_id = t.item_id and t.new_value is not null and t.new_value <> t.old_value
  ), contracts_written as (
    update rahnu.contract c
       set appraised_minor = j.value_minor,
           secured_minor = div(j.value_minor::numeric * c.ltv_bp, 10000)::bigint,
           valued_at = p_at, version = c.version + 1
      from judged j
     where c.institution_id = p_institution_id and c.contract_id = j.contract_id
  ), facts as (
    insert into rahnu.revaluation (institution_id, contract_id, revaluation_id, basis,
      price_board_id, source, run_id, old_value_minor, new_value_minor, claims_minor, held_minor,
      flag_before, flag_after, revalued_at, revalued_by)
    select p_institution_id, j.contract_id, 'rvl_' || substr(p_run_id, 5), 'book',
           p_price_board_id, null, p_run_id, j.old_minor, j.value_minor, j.claims_minor,
           j.held_minor, j.flag_before, j.flag_after, p_at, p_by
      from judged j
  ), run as (
    insert into rahnu.book_revaluation (institution_id, run_id, metal, asset, price_board_id,
      revalued_on, pledge_count, unpriced_items, old_value_minor, new_value_minor, called_count,
      cured_count, created_at, created_by)
    select p_institution_id, p_run_id, p_metal, p_asset, p_price_board_id, p_day, count(*),
           coalesce(sum(j.unpriced), 0), coalesce(sum(j.old_minor), 0),
           coalesce(sum(j.value_minor), 0),
           count(*) filter (where j.flag_after in ('call', 'critical')
                              and j.flag_before not in ('call', 'critical')),
           count(*) filter (where j.flag_before in ('call', 'critical')
                              and j.flag_after not in ('call', 'critical')),
           p_at, p_by
      from judged j
  )
  select j.contract_id, j.flag_before, j.flag_after, j.claims_minor, j.value_minor, j.held_minor
    from judged j where j.flag_before <> j.flag_after;
end
$$;
