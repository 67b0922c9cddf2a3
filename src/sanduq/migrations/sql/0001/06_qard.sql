create schema qard;

create table qard.cost_study (
  institution_id     integer not null references access.institution,
  cost_study_id      text not null,
  external_id        text,
  product_type       text not null,
  asset              text not null,
  study_on           date not null,
  loan_count         integer not null check (loan_count > 0),
  subsidy_minor      bigint not null check (subsidy_minor >= 0),
  allocation_method  text not null check (allocation_method in ('per_loan', 'pool_pro_rata')),
  resolution_id      text,
  lines              json not null,
  direct_cost_minor  bigint not null,
  fee_limit_minor    bigint not null,
  created_at         timestamptz not null,
  created_by         text not null,
  finance_approved_by text,
  finance_approved_at timestamptz,
  shariah_approved_by text,
  shariah_approved_at timestamptz,
  metadata           json not null,
  version            integer not null,
  primary key (institution_id, cost_study_id),
  foreign key (institution_id, resolution_id) references shariah.resolution,
  check (finance_approved_by is null or finance_approved_by <> created_by),
  check (shariah_approved_by is null or shariah_approved_by <> created_by)
);
create unique index cost_study_external on qard.cost_study (institution_id, external_id)
  where external_id is not null;
create index cost_study_by_product on qard.cost_study
  (institution_id, product_type, asset, study_on desc);
create index cost_study_by_asset on qard.cost_study (institution_id, asset, cost_study_id);

create table qard.contract (
  institution_id  integer not null references access.institution,
  qard_id         text not null,
  serves_id       text not null,
  borrower_id     text not null,
  branch_id       text not null,
  asset           text not null,
  principal_minor bigint not null check (principal_minor > 0),
  fee_minor       bigint not null check (fee_minor >= 0),
  component_order text not null,
  cost_study_id   text,
  status          text not null
    check (status in ('AGREED', 'ACTIVE', 'SETTLED', 'CANCELLED', 'WRITTEN_OFF')),
  disbursed_on    date,
  journal_id      text,
  created_at      timestamptz not null,
  created_by      text not null,
  primary key (institution_id, qard_id),
  foreign key (institution_id, borrower_id) references parties.party,
  foreign key (institution_id, cost_study_id) references qard.cost_study
);
create unique index contract_serves on qard.contract (institution_id, serves_id);
create index contract_by_borrower on qard.contract (institution_id, borrower_id);

-- A repayment is a fact; a reversal is another row that names it and takes the same amounts back.
create table qard.repayment (
  institution_id  integer not null,
  repayment_id    text not null,
  external_id     text,
  qard_id         text not null,
  serves_id       text not null,
  amount_minor    bigint not null check (amount_minor <> 0),
  principal_minor bigint not null,
  fee_minor       bigint not null,
  credit_minor    bigint not null,
  gift_minor      bigint not null,
  asset           text not null,
  method          text not null,
  reference       text,
  received_on     date not null,
  journal_id      text not null,
  reverses        text,
  reason          text,
  recorded_at     timestamptz not null,
  recorded_by     text not null,
  metadata        json not null,
  primary key (institution_id, repayment_id),
  foreign key (institution_id, qard_id) references qard.contract,
  check (amount_minor = principal_minor + fee_minor + credit_minor + gift_minor)
);
create index repayment_by_contract on qard.repayment (institution_id, serves_id, repayment_id);
create unique index repayment_external on qard.repayment (institution_id, external_id)
  where external_id is not null;
create unique index repayment_reversed_once on qard.repayment (institution_id, reverses)
  where reverses is not null;
create index repayment_by_received on qard.repayment (institution_id, received_on);
create trigger append_only before update or delete or truncate on qard.repayment
  for each statement execute function ledger.refuse_change();
create index contract_by_asset on qard.contract
  (institution_id, asset, created_at desc, qard_id desc);
