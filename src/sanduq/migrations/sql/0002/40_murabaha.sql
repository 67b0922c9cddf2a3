-- A murabaha: goods the institution buys, takes into possession and sells on at cost plus a
-- disclosed profit. The row holds the running state; what was done is in the steps.
-- Profit: `profit_minor` was deferred at the sale, `recognised_minor` is earned, `released_minor`
-- was given back (rebate, discount passed on); what is left of it stands in 1390.
create table microfinance.murabaha (
  institution_id    integer not null references access.institution,
  murabaha_id       text not null,
  loan_id           text not null,
  borrower_id       text not null,
  branch_id         text not null,
  asset             text not null,
  stage             text not null check (stage in ('REQUESTED', 'PROMISED', 'PURCHASED',
                      'POSSESSED', 'SOLD', 'DECLINED', 'RESOLD', 'CANCELLED')),
  terms             json not null,
  clauses           json not null,
  asset_reference   text,
  promise_binds     text check (promise_binds in ('none', 'customer', 'institution', 'both')),
  promised_at       timestamptz,
  margin_minor      bigint not null default 0 check (margin_minor >= 0),
  margin_held_minor bigint not null default 0 check (margin_held_minor between 0 and margin_minor),
  supplier_id       text,
  invoice_on        date,
  cost_minor        bigint not null check (cost_minor > 0),
  profit_minor      bigint not null check (profit_minor >= 0),
  inventory_minor   bigint not null default 0 check (inventory_minor >= 0),
  possessed_at      timestamptz,
  offered_at        timestamptz,
  sold_at           timestamptz,
  recognised_minor  bigint not null default 0 check (recognised_minor >= 0),
  released_minor    bigint not null default 0 check (released_minor >= 0),
  plan_version      integer,
  next_profit_on    date,
  created_at        timestamptz not null,
  created_by        text not null,
  version           integer not null,
  primary key (institution_id, murabaha_id),
  foreign key (institution_id, borrower_id) references parties.party,
  foreign key (institution_id, supplier_id) references parties.party,
  check (recognised_minor + released_minor <= profit_minor or stage <> 'SOLD'),
  check (supplier_id is null or supplier_id <> borrower_id)
);
create unique index murabaha_by_loan on microfinance.murabaha (institution_id, loan_id);
create index murabaha_by_borrower_goods on microfinance.murabaha
  (institution_id, borrower_id, asset_reference) where asset_reference is not null;
create index murabaha_by_next_profit on microfinance.murabaha (institution_id, next_profit_on)
  where next_profit_on is not null;

-- One step as it was taken, with its evidence: a fact.
create table microfinance.murabaha_step (
  institution_id integer not null,
  step_id        text not null,
  murabaha_id    text not null,
  kind           text not null,
  taken_at       timestamptz not null,
  document       text,
  amount_minor   bigint,
  journal_ids    text[] not null,
  details        json not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, step_id),
  foreign key (institution_id, murabaha_id) references microfinance.murabaha
);
create index murabaha_step_by_contract on microfinance.murabaha_step
  (institution_id, murabaha_id, step_id);
create trigger append_only before update or delete or truncate on microfinance.murabaha_step
  for each statement execute function ledger.refuse_change();

-- What of the profit each instalment earns, for one version of the debt's schedule. Days before
-- the plan was made are `recognised_minor`, whatever the dates here say.
create table microfinance.murabaha_profit_plan (
  institution_id   integer not null,
  murabaha_id      text not null,
  schedule_version integer not null,
  recognised_minor bigint not null check (recognised_minor >= 0),
  due_on           date[] not null,
  profit_minor     bigint[] not null,
  created_at       timestamptz not null,
  primary key (institution_id, murabaha_id, schedule_version),
  foreign key (institution_id, murabaha_id) references microfinance.murabaha,
  check (cardinality(due_on) = cardinality(profit_minor))
);
create trigger append_only before update or delete or truncate
  on microfinance.murabaha_profit_plan
  for each statement execute function ledger.refuse_change();
