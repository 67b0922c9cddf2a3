-- Opens a unit of work for the holder of a key: finds it, binds the transaction to its
-- institution, and answers who acts. One round trip; a revoked key finds nothing.
create or replace function access.enter_with_key(p_key_hash bytea)
returns table (institution_id integer, institution text, user_id text, key_id text, scopes text[],
               roles text[], is_live boolean, clock_frozen_at timestamptz, time_zone text,
               shariah_profile text, rate_limit_per_minute integer, bound text)
language sql volatile security definer set search_path = pg_catalog, access, pg_temp
as $$
  select i.institution_id, i.id, u.user_id, k.key_id, k.scopes, u.roles, i.is_live,
         i.clock_frozen_at, i.time_zone, i.shariah_profile, i.rate_limit_per_minute,
         set_config('sanduq.institution_id', i.institution_id::text, true)
    from api_key k
    join institution i on i.institution_id = k.institution_id
    join staff_user u on u.institution_id = k.institution_id and u.user_id = k.user_id
   where k.key_hash = p_key_hash and k.status = 'ACTIVE' and u.is_active
$$;
