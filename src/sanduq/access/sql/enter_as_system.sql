-- Opens a unit of work for an institution's own clockwork: no person, no roles, no scopes.
create or replace function access.enter_as_system(p_institution text)
returns table (institution_id integer, institution text, user_id text, key_id text, scopes text[],
               roles text[], is_live boolean, clock_frozen_at timestamptz, time_zone text,
               shariah_profile text, rate_limit_per_minute integer, bound text)
language sql volatile security definer set search_path = pg_catalog, access, pg_temp
as $$
  select i.institution_id, i.id, 'user_system', 'system', '{}'::text[], '{}'::text[], i.is_live,
         i.clock_frozen_at, i.time_zone, i.shariah_profile, i.rate_limit_per_minute,
         set_config('sanduq.institution_id', i.institution_id::text, true)
    from institution i
   where i.id = p_institution
$$;
