-- Opens accounts that are not open yet, each with its zero balance row, so that posting always
-- finds a row to lock. Ids come sorted from the caller and are written in that order.
create or replace function ledger.open_accounts(
  p_institution_id integer,
  p_opened_at      timestamptz,
  p_account_id     text[],
  p_code           text[],
  p_name           text[],
  p_asset          text[],
  p_fund           text[],
  p_class          text[],
  p_subject        text[],
  p_floor_minor    bigint[]
) returns integer
language plpgsql security definer set search_path = pg_catalog, ledger, pg_temp
as $$
declare
  v_opened integer;
begin
  if p_institution_id is distinct from
     nullif(current_setting('sanduq.institution_id', true), '')::integer then
    raise exception 'not the institution of this unit of work' using errcode = 'SQ001';
  end if;
  insert into chain_head (institution_id, block_seq, journal_seq, recorded_at, hash)
  values (p_institution_id, 0, 0, p_opened_at, sha256(int4send(p_institution_id)))
  on conflict do nothing;
  with opened as (
    insert into account (institution_id, account_id, code, name, asset, fund, class, subject,
                         floor_minor, opened_at)
    select p_institution_id, a.account_id, a.code, a.name, a.asset, a.fund, a.class, a.subject,
           a.floor_minor, p_opened_at
      from unnest(p_account_id, p_code, p_name, p_asset, p_fund, p_class, p_subject, p_floor_minor)
           a(account_id, code, name, asset, fund, class, subject, floor_minor)
     order by a.account_id
    on conflict (institution_id, account_id) do nothing
    returning account_id
  )
  insert into balance (institution_id, account_id, balance_minor, version)
  select p_institution_id, o.account_id, 0, 0 from opened o order by o.account_id;
  get diagnostics v_opened = row_count;
  return v_opened;
end
$$;
