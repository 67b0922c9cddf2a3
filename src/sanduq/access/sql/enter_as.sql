-- Opens a unit of work for a staff user named by the command line, the worker or the console.
create or replace function access.enter_as(p_institution text, p_user_id text)
returns table (institution_id integer, institution text, user_id text, key_id text, scopes text[],
               roles text[], is_live boolean, clock_frozen_at timestamptz, time_zone text,
               shariah_profile text, rate_limit_per_minute integer, bound text)
language sql volatile security definer set search_path = pg_catalog, access, pg_temp
as $$
  select i.institution_id, i.id, u.user_id, 'staff', coalesce(
           (select array_agg(distinct s) from role r, unnest(r.scopes) s
             where r.institution_id = i.institution_id and r.role = any (u.roles)), '{}'),
         u.roles, i.is_live, i.clock_frozen_at, i.time_zone, i.shariah_profile,
         i.rate_limit_per_minute,
         set_config('sanduq.institution_id', i.institution_id::text, true)
    from institution i
    join staff_user u on u.institution_id = i.institution_id
   where i.id = p_institution and u.user_id = p_user_id and u.is_active
$$;
