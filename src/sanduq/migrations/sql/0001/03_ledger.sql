create schema ledger;

create table ledger.account (
  institution_id integer not null references access.institution,
  account_id     text not null,
  code           text not null,
  name           text not null,
  asset          text not null,
  fund           text not null,
  class          text not null
    check (class in ('asset', 'liability', 'equity', 'income', 'expense')),
  subject        text,
  floor_minor    bigint,
  opened_at      timestamptz not null,
  primary key (institution_id, account_id)
);
create unique index account_place on ledger.account
  (institution_id, code, asset, fund, coalesce(subject, ''));
create index account_by_subject on ledger.account (institution_id, subject)
  where subject is not null;
create index account_by_opening on ledger.account (institution_id, opened_at, account_id);
create index account_by_code on ledger.account (institution_id, code, opened_at, account_id);
create index account_by_fund on ledger.account (institution_id, fund, opened_at, account_id);
create index account_by_asset on ledger.account (institution_id, asset, opened_at, account_id);

create table ledger.balance (
  institution_id integer not null,
  account_id     text not null,
  balance_minor  bigint not null,
  version        bigint not null check (version >= 0),
  primary key (institution_id, account_id),
  foreign key (institution_id, account_id) references ledger.account
) with (fillfactor = 70);

create table ledger.journal (
  institution_id integer not null,
  journal_id     text not null,
  journal_seq    bigint not null,
  kind           text not null,
  effective_on   date not null,
  recorded_at    timestamptz not null,
  actor          text not null,
  request_id     text not null,
  reference      text,
  memo           text,
  reverses       text,
  primary key (institution_id, journal_id),
  constraint journal_reverses_known
    foreign key (institution_id, reverses) references ledger.journal (institution_id, journal_id)
);
create unique index journal_in_order on ledger.journal (institution_id, journal_seq);
create unique index journal_reverses_once on ledger.journal (institution_id, reverses)
  where reverses is not null;
create index journal_by_reference on ledger.journal (institution_id, reference, journal_id)
  where reference is not null;
create index journal_by_effective on ledger.journal (institution_id, effective_on);

create table ledger.entry (
  institution_id      integer not null,
  journal_seq         bigint not null,
  line                integer not null,
  account_id          text not null,
  amount_minor        bigint not null check (amount_minor <> 0),
  balance_after_minor bigint not null,
  version_after       bigint not null,
  primary key (institution_id, journal_seq, line)
);
create unique index entry_by_account on ledger.entry (institution_id, account_id, version_after);

create table ledger.chain_head (
  institution_id integer primary key references access.institution,
  block_seq      bigint not null,
  journal_seq    bigint not null,
  recorded_at    timestamptz not null,
  hash           bytea not null
) with (fillfactor = 50);

create table ledger.chain_block (
  institution_id    integer not null,
  block_seq         bigint not null,
  first_journal_seq bigint not null,
  last_journal_seq  bigint not null,
  recorded_at       timestamptz not null,
  previous_hash     bytea not null,
  hash              bytea not null,
  primary key (institution_id, block_seq)
);

create table ledger.period (
  institution_id integer not null references access.institution,
  starts_on      date not null,
  ends_on        date not null,
  closed_at      timestamptz not null,
  closed_by      text not null,
  primary key (institution_id, starts_on),
  check (ends_on >= starts_on)
);

-- The second wall: even the owner of these tables cannot edit what was written by accident.
create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on %.% is not possible: what is written stays',
    tg_op, tg_table_schema, tg_table_name using errcode = 'SQ012';
end
$$;
create trigger append_only before update or delete or truncate on ledger.journal
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.entry
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.chain_block
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on audit.record
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on events.event
  for each statement execute function ledger.refuse_change();
