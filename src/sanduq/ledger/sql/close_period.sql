-- Closes the days p_starts_on .. p_ends_on for posting. Refuses an end before its start (SQ002)
-- and an overlap with a period closed before (SQ011): a closed day is closed once and stays so.
create or replace function ledger.close_period(
  p_institution_id integer,
  p_starts_on      date,
  p_ends_on        date,
  p_closed_at      timestamptz,
  p_closed_by      text
) returns void
language plpgsql security definer set search_path = pg_catalog, ledger, pg_temp
as $$
begin
  if p_institution_id is distinct from
     nullif(current_setting('sanduq.institution_id', true), '')::integer then
    raise exception 'not the institution of this unit of work' using errcode = 'SQ001';
  end if;
  if p_starts_on is null or p_ends_on is null or p_ends_on < p_starts_on
     or not isfinite(p_starts_on) or not isfinite(p_ends_on) then
    raise exception 'a period ends on or after the day it starts' using errcode = 'SQ002';
  end if;
  -- Posting holds this row until it commits: no journal can slip into the period while it closes.
  insert into chain_head (institution_id, block_seq, journal_seq, recorded_at, hash)
  values (p_institution_id, 0, 0, p_closed_at, sha256(int4send(p_institution_id)))
  on conflict do nothing;
  perform 1 from chain_head h where h.institution_id = p_institution_id for no key update;
  if exists (select from period p where p.institution_id = p_institution_id
                and p.starts_on <= p_ends_on and p.ends_on >= p_starts_on) then
    raise exception 'the period overlaps a closed one' using errcode = 'SQ011';
  end if;
  insert into period (institution_id, starts_on, ends_on, closed_at, closed_by)
  values (p_institution_id, p_starts_on, p_ends_on, p_closed_at, p_closed_by);
end
$$;
