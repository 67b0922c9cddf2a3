create schema obligations;

-- One debt. What is paid is a running total; which instalment it covers is derived from the
-- schedule, which is never edited: a reschedule adds a version.
create table obligations.obligation (
  institution_id         integer not null references access.institution,
  obligation_id          text not null,
  debtor_id              text not null,
  branch_id              text not null,
  asset                  text not null,
  status                 text not null
    check (status in ('ACTIVE', 'SETTLED', 'WRITTEN_OFF', 'CANCELLED')),
  component_order        text not null,
  principal_minor        bigint not null check (principal_minor >= 0),
  fee_minor              bigint not null check (fee_minor >= 0),
  principal_paid_minor   bigint not null check (principal_paid_minor between 0 and principal_minor),
  fee_paid_minor         bigint not null check (fee_paid_minor between 0 and fee_minor),
  schedule_version       integer not null,
  oldest_unpaid_due_on   date,
  next_call_on           date,
  called_minor           bigint not null check (called_minor >= 0),
  ageing_class           text not null,
  started_on             date not null,
  settled_on             date,
  version                integer not null,
  primary key (institution_id, obligation_id),
  foreign key (institution_id, debtor_id) references parties.party
) with (fillfactor = 80);
create index obligation_by_debtor on obligations.obligation (institution_id, debtor_id);
create index obligation_unpaid on obligations.obligation (institution_id, oldest_unpaid_due_on)
  where status = 'ACTIVE';
create index obligation_next_call on obligations.obligation (institution_id, next_call_on)
  where status = 'ACTIVE';

create table obligations.schedule (
  institution_id  integer not null,
  obligation_id   text not null,
  version         integer not null,
  due_on          date[] not null,
  principal_minor bigint[] not null,
  fee_minor       bigint[] not null,
  reason          text not null,
  created_at      timestamptz not null,
  created_by      text not null,
  primary key (institution_id, obligation_id, version),
  foreign key (institution_id, obligation_id) references obligations.obligation,
  check (cardinality(due_on) = cardinality(principal_minor)),
  check (cardinality(due_on) = cardinality(fee_minor))
);
create trigger append_only before update or delete or truncate on obligations.schedule
  for each statement execute function ledger.refuse_change();

create view obligations.instalment with (security_invoker = true) as
  select s.institution_id, s.obligation_id, s.version, i.number::integer as number, i.due_on,
         i.principal_minor, i.fee_minor,
         sum(i.principal_minor + i.fee_minor) over
           (partition by s.institution_id, s.obligation_id, s.version order by i.number)::bigint
           as cumulative_minor
    from obligations.schedule s
   cross join lateral unnest(s.due_on, s.principal_minor, s.fee_minor) with ordinality
         i(due_on, principal_minor, fee_minor, number);

create table obligations.ageing_snapshot (
  institution_id    integer not null references access.institution,
  business_on       date not null,
  branch_id         text not null,
  asset             text not null,
  ageing_class      text not null,
  obligations       bigint not null,
  outstanding_minor bigint not null,
  overdue_minor     bigint not null,
  primary key (institution_id, business_on, branch_id, asset, ageing_class)
);

create table obligations.end_of_day_step (
  institution_id integer not null references access.institution,
  business_on    date not null,
  step           text not null,
  finished_at    timestamptz not null,
  row_count      bigint not null,
  primary key (institution_id, business_on, step)
);
