-- Every institution of this database, for the worker: it enters each in turn to do the day's work.
-- Names nothing that belongs to an institution's customers.
create or replace function access.institutions()
returns table (institution text, is_live boolean, is_frozen boolean, time_zone text,
               closed_through_on date)
language sql stable security definer set search_path = pg_catalog, access, pg_temp
as $$
  select i.id, i.is_live, i.clock_frozen_at is not null, i.time_zone, i.closed_through_on
    from institution i
   order by i.id
$$;
