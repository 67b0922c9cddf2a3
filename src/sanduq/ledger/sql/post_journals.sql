-- The only writer of journals. One call posts one journal or ten thousand and seals them in one
-- block of the institution's chain. Checks run in this order; the first that fails decides:
--   SQ001 not this institution   SQ002 malformed arrays     SQ003 zero amount
--   SQ004 unknown account        SQ005 one-legged journal   SQ006 unbalanced per asset and fund
--   SQ007 period closed          SQ008 duplicate journal    SQ009 reversed already
--   SQ010 floor broken           22003 out of range
-- A floor is kept at the end of the block: what is committed never lies below it.
-- The chain's head is locked before any balance and until commit: however many calls a unit of
-- work makes, and in whatever order of accounts, no two postings can wait for one another.
-- It also gives recorded times one order: a block never claims to be older than the one before.
create or replace function ledger.post_journals(
  p_institution_id integer,
  p_recorded_at    timestamptz,
  p_journal_id     text[],
  p_kind           text[],
  p_effective_on   date[],
  p_actor          text[],
  p_request_id     text[],
  p_reference      text[],
  p_memo           text[],
  p_reverses       text[],
  p_entry_journal  integer[],
  p_entry_account  text[],
  p_entry_amount   bigint[]
) returns table (block_seq bigint, first_journal_seq bigint, last_journal_seq bigint)
language plpgsql security definer set search_path = pg_catalog, ledger, pg_temp
as $$
declare
  v_journals integer := cardinality(p_journal_id);
  v_entries  integer := cardinality(p_entry_journal);
  v_head     ledger.chain_head%rowtype;
  v_name     text;
  v_unknown  text;
  v_uneven   text;
  v_body     bytea;
  v_header   bytea;
  v_hash     bytea;
  v_recorded timestamptz;
begin
  if p_institution_id is distinct from
     nullif(current_setting('sanduq.institution_id', true), '')::integer then
    raise exception 'not the institution of this unit of work' using errcode = 'SQ001';
  end if;
  if v_journals is null or v_journals = 0 or v_entries is null
     or v_journals <> cardinality(p_kind) or v_journals <> cardinality(p_effective_on)
     or v_journals <> cardinality(p_actor) or v_journals <> cardinality(p_request_id)
     or v_journals <> cardinality(p_reference) or v_journals <> cardinality(p_memo)
     or v_journals <> cardinality(p_reverses)
     or v_entries <> cardinality(p_entry_account) or v_entries <> cardinality(p_entry_amount)
     or exists (select from unnest(p_entry_journal) j
                 where j is null or j < 1 or j > v_journals)
     or array_position(p_entry_account, null) is not null
     or array_position(p_journal_id, null) is not null or array_position(p_kind, null) is not null
     or array_position(p_actor, null) is not null or array_position(p_request_id, null) is not null
     or p_recorded_at is null or not isfinite(p_recorded_at)
     or exists (select from unnest(p_effective_on) d where d is null or not isfinite(d)) then
    raise exception 'journals and entries do not fit together' using errcode = 'SQ002';
  end if;
  if exists (select from unnest(p_entry_amount) a where a is null or a = 0) then
    raise exception 'an entry of zero says nothing' using errcode = 'SQ003';
  end if;

  -- One look at each entry's account answers both questions; they are refused in their order.
  with side as (
    select e.journal, sum(e.amount) as rest,
           min(e.account_id) filter (where a.account_id is null) as unknown
      from unnest(p_entry_journal, p_entry_account, p_entry_amount) e(journal, account_id, amount)
      left join account a
        on a.institution_id = p_institution_id and a.account_id = e.account_id
     group by e.journal, a.asset, a.fund
  )
  select min(s.unknown), p_journal_id[min(s.journal) filter (where s.rest <> 0)]
    into v_unknown, v_uneven
    from side s;
  if v_unknown is not null then
    raise exception 'account % is not open', v_unknown using errcode = 'SQ004', detail = v_unknown;
  end if;

  select p_journal_id[j.n] into v_name
    from generate_series(1, v_journals) j(n)
    left join (select e.journal, count(*) as lines
                 from unnest(p_entry_journal) e(journal) group by e.journal) c on c.journal = j.n
   where coalesce(c.lines, 0) < 2 limit 1;
  if found then
    raise exception 'journal % has fewer than two entries', v_name
      using errcode = 'SQ005', detail = v_name;
  end if;
  if v_uneven is not null then
    raise exception 'journal % does not balance per asset and fund', v_uneven
      using errcode = 'SQ006', detail = v_uneven;
  end if;

  -- Closing a period takes the head too: what is checked from here on stays true until commit.
  select h.* into v_head from chain_head h
   where h.institution_id = p_institution_id for no key update;
  v_recorded := greatest(p_recorded_at, v_head.recorded_at);

  select p_journal_id[j.n] into v_name
    from unnest(p_effective_on) with ordinality j(effective_on, n)
    join period p on p.institution_id = p_institution_id
     and j.effective_on between p.starts_on and p.ends_on
   limit 1;
  if found then
    raise exception 'journal % falls in a closed period', v_name
      using errcode = 'SQ007', detail = v_name;
  end if;

  begin
    insert into journal (institution_id, journal_seq, journal_id, kind, effective_on, recorded_at,
                         actor, request_id, reference, memo, reverses)
    select p_institution_id, v_head.journal_seq + j.n, j.journal_id, j.kind, j.effective_on,
           v_recorded, j.actor, j.request_id, j.reference, j.memo, j.reverses
      from unnest(p_journal_id, p_kind, p_effective_on, p_actor, p_request_id, p_reference, p_memo,
                  p_reverses) with ordinality
           j(journal_id, kind, effective_on, actor, request_id, reference, memo, reverses, n);
  exception
    when unique_violation then
      get stacked diagnostics v_name = constraint_name;
      if v_name = 'journal_reverses_once' then
        raise exception 'the journal is reversed already' using errcode = 'SQ009';
      end if;
      if v_name = 'journal_pkey' then
        raise exception 'a journal id is used already' using errcode = 'SQ008';
      end if;
      raise;
    when foreign_key_violation then
      raise exception 'the journal to reverse does not exist' using errcode = 'SQ002';
  end;

  with line as (
    select e.journal, e.n, e.account_id, e.amount,
           b.balance_minor + sum(e.amount) over w as balance_after_minor,
           b.version + row_number() over w as version_after
      from unnest(p_entry_journal, p_entry_account, p_entry_amount) with ordinality
           e(journal, account_id, amount, n)
      join balance b on b.institution_id = p_institution_id and b.account_id = e.account_id
    window w as (partition by e.account_id order by e.journal, e.n
                 rows between unbounded preceding and current row)
  ), written as (
    insert into entry (institution_id, journal_seq, line, account_id, amount_minor,
                       balance_after_minor, version_after)
    select p_institution_id, v_head.journal_seq + l.journal,
           row_number() over (partition by l.journal order by l.n),
           l.account_id, l.amount, l.balance_after_minor::bigint, l.version_after
      from line l
    returning journal_seq, line, account_id, amount_minor, balance_after_minor, version_after
  ), record as (
    select w.journal_seq, count(*)::integer as lines,
           string_agg(int4send(octet_length(w.account_id)) || convert_to(w.account_id, 'UTF8')
                      || int8send(w.amount_minor) || int8send(w.balance_after_minor)
                      || int8send(w.version_after), ''::bytea order by w.line) as entries
      from written w group by w.journal_seq
  )
  select string_agg(
           ledger.sealed_text(p_journal_id[j.n]) || ledger.sealed_text(p_kind[j.n])
           || int4send(p_effective_on[j.n] - date '1970-01-01')
           || ledger.sealed_text(p_actor[j.n]) || ledger.sealed_text(p_request_id[j.n])
           || ledger.sealed_text(p_reference[j.n]) || ledger.sealed_text(p_memo[j.n])
           || ledger.sealed_text(p_reverses[j.n]) || int4send(r.lines) || r.entries,
           ''::bytea order by j.n)
    into v_body
    from record r
    cross join lateral (select (r.journal_seq - v_head.journal_seq)::integer as n) j;

  with moved as (
    update balance b
       set balance_minor = b.balance_minor + s.amount, version = b.version + s.lines
      from (select e.account_id, sum(e.amount)::bigint as amount, count(*) as lines
              from unnest(p_entry_account, p_entry_amount) e(account_id, amount)
             group by e.account_id) s
     where b.institution_id = p_institution_id and b.account_id = s.account_id
    returning b.account_id, b.balance_minor
  )
  select a.account_id into v_name
    from moved m
    join account a on a.institution_id = p_institution_id and a.account_id = m.account_id
   where a.floor_minor is not null
     and (case when a.class in ('asset', 'expense') then m.balance_minor else -m.balance_minor end)
         < a.floor_minor
   limit 1;
  if found then
    raise exception 'account % would fall below its floor', v_name
      using errcode = 'SQ010', detail = v_name;
  end if;

  v_header := '\x01'::bytea || int4send(p_institution_id) || int8send(v_head.block_seq + 1)
    || int8send(v_head.journal_seq + 1) || int4send(v_journals)
    || int8send((extract(epoch from v_recorded) * 1000000)::bigint) || v_head.hash;
  v_hash := sha256(v_header || v_body);

  insert into chain_block (institution_id, block_seq, first_journal_seq, last_journal_seq,
                           recorded_at, previous_hash, hash)
  values (p_institution_id, v_head.block_seq + 1, v_head.journal_seq + 1,
          v_head.journal_seq + v_journals, v_recorded, v_head.hash, v_hash);
  update chain_head h
     set block_seq = v_head.block_seq + 1, journal_seq = v_head.journal_seq + v_journals,
         recorded_at = v_recorded, hash = v_hash
   where h.institution_id = p_institution_id;

  return query
  select v_head.block_seq + 1, v_head.journal_seq + 1, v_head.journal_seq + v_journals;
end
$$;
