-- Default is a path of facts: a demand, what is known of the debtor's means, the decision.
create table microfinance.demand (
  institution_id integer not null,
  demand_id      text not null,
  loan_id        text not null,
  demanded_on    date not null,
  respond_by_on  date not null,
  channel        text not null
    check (channel in ('visit', 'letter', 'phone', 'message', 'meeting')),
  overdue_minor  bigint not null check (overdue_minor > 0),
  note           text,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, demand_id),
  foreign key (institution_id, loan_id) references microfinance.loan,
  check (respond_by_on >= demanded_on)
);
create index demand_by_loan on microfinance.demand (institution_id, loan_id, demand_id desc);
create trigger append_only before update or delete or truncate on microfinance.demand
  for each statement execute function ledger.refuse_change();

create table microfinance.solvency_assessment (
  institution_id integer not null,
  assessment_id  text not null,
  loan_id        text not null,
  party_id       text not null,
  state          text not null
    check (state in ('unknown', 'solvent_delaying', 'insolvent', 'excused')),
  findings       text not null,
  document       text,
  assessed_on    date not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, assessment_id),
  foreign key (institution_id, loan_id) references microfinance.loan,
  foreign key (institution_id, party_id) references parties.party
);
create index solvency_by_loan on microfinance.solvency_assessment
  (institution_id, loan_id, assessment_id desc);
create trigger append_only before update or delete or truncate
  on microfinance.solvency_assessment
  for each statement execute function ledger.refuse_change();

-- What it cost to collect, by receipts of third parties: a debt of its own beside the loan's.
create table microfinance.collection_cost (
  institution_id integer not null,
  cost_id        text not null,
  loan_id        text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  asset          text not null,
  payee          text not null,
  receipt        text not null,
  incurred_on    date not null,
  journal_id     text not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, cost_id),
  foreign key (institution_id, loan_id) references microfinance.loan
);
create index collection_cost_by_loan on microfinance.collection_cost
  (institution_id, loan_id, cost_id desc);
create trigger append_only before update or delete or truncate on microfinance.collection_cost
  for each statement execute function ledger.refuse_change();

-- A write-off is asked for by one and carried out when another approves. `fund` absorbs the
-- loss: the institution's own allowance, or a donor fund; what is recovered returns to it.
create table microfinance.write_off (
  institution_id  integer not null,
  write_off_id    text not null,
  loan_id         text not null,
  asset           text not null,
  fund            text not null,
  resolution_id   text,
  reason          text not null,
  status          text not null check (status in ('PENDING', 'POSTED', 'REFUSED')),
  principal_minor bigint,
  fee_minor       bigint,
  written_off_on  date,
  journal_id      text,
  spending_id     text,
  created_at      timestamptz not null,
  created_by      text not null,
  decided_at      timestamptz,
  decided_by      text,
  primary key (institution_id, write_off_id),
  foreign key (institution_id, loan_id) references microfinance.loan,
  check ((status = 'POSTED') = (journal_id is not null)),
  check (decided_by is null or decided_by <> created_by)
);
create unique index write_off_once on microfinance.write_off (institution_id, loan_id)
  where status in ('PENDING', 'POSTED');

-- The owner of the money gives up the claim, in whole or in part.
create table microfinance.forgiveness (
  institution_id  integer not null,
  forgiveness_id  text not null,
  loan_id         text not null,
  asset           text not null,
  fund            text not null,
  principal_minor bigint not null check (principal_minor >= 0),
  fee_minor       bigint not null check (fee_minor >= 0),
  authority       text not null,
  reason          text not null,
  forgiven_on     date not null,
  journal_id      text,
  created_at      timestamptz not null,
  created_by      text not null,
  primary key (institution_id, forgiveness_id),
  foreign key (institution_id, loan_id) references microfinance.loan,
  check (principal_minor + fee_minor > 0)
);
create index forgiveness_by_loan on microfinance.forgiveness
  (institution_id, loan_id, forgiveness_id desc);
create trigger append_only before update or delete or truncate on microfinance.forgiveness
  for each statement execute function ledger.refuse_change();
