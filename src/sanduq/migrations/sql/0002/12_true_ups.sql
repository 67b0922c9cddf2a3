-- What serving loans really cost, receipt by receipt, and what was done with fees beyond it.
create table qard.direct_cost (
  institution_id integer not null references access.institution,
  cost_id        text not null,
  asset          text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  category       text not null,
  receipt        text not null,
  branch_id      text not null,
  incurred_on    date not null,
  journal_id     text not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, cost_id),
  foreign key (institution_id, branch_id) references access.branch
);
create index direct_cost_by_day on qard.direct_cost (institution_id, asset, incurred_on);
create trigger append_only before update or delete or truncate on qard.direct_cost
  for each statement execute function ledger.refuse_change();

create table qard.fee_true_up (
  institution_id    integer not null references access.institution,
  true_up_id        text not null,
  asset             text not null,
  starts_on         date not null,
  ends_on           date not null,
  fees_minor        bigint not null,
  direct_cost_minor bigint not null,
  surplus_minor     bigint not null check (surplus_minor > 0),
  outcome           text not null check (outcome in ('refund', 'charity')),
  borrowers         integer not null,
  journal_id        text not null,
  created_at        timestamptz not null,
  created_by        text not null,
  primary key (institution_id, true_up_id),
  check (ends_on >= starts_on)
);
create index fee_true_up_by_period on qard.fee_true_up (institution_id, asset, starts_on);
create trigger append_only before update or delete or truncate on qard.fee_true_up
  for each statement execute function ledger.refuse_change();
