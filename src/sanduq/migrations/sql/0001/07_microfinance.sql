create schema microfinance;

create table microfinance.product (
  institution_id         integer not null references access.institution,
  product_id             text not null,
  external_id            text,
  name                   text not null,
  type                   text not null,
  asset                  text not null,
  status                 text not null
    check (status in ('DRAFT', 'PENDING_APPROVAL', 'ACTIVE', 'RETIRED')),
  amount_min_minor       bigint not null check (amount_min_minor > 0),
  amount_max_minor       bigint not null,
  instalments_min        integer not null check (instalments_min > 0),
  instalments_max        integer not null,
  frequencies            text[] not null,
  grace_months_max       integer not null check (grace_months_max >= 0),
  fee_formula            text,
  component_order        text not null,
  schedule_anchor        json not null,
  working_days           text not null,
  multiple_of_minor      bigint not null check (multiple_of_minor >= 1),
  kyc_tier_min           text not null,
  disclosure             text not null check (disclosure in ('required', 'attested')),
  prerequisites          json not null,
  resolution_id          text,
  template_hash          bytea not null,
  approved_hash          bytea,
  is_default             boolean not null,
  metadata               json not null,
  created_at             timestamptz not null,
  created_by             text not null,
  approved_at            timestamptz,
  approved_by            text,
  version                integer not null,
  primary key (institution_id, product_id),
  foreign key (institution_id, resolution_id) references shariah.resolution,
  foreign key (institution_id, kyc_tier_min) references parties.kyc_tier,
  check (amount_max_minor >= amount_min_minor),
  check (instalments_max >= instalments_min),
  check (approved_by is null or approved_by <> created_by)
);
create unique index product_external on microfinance.product (institution_id, external_id)
  where external_id is not null;
create unique index product_default on microfinance.product (institution_id, type, asset)
  where is_default and status = 'ACTIVE';
create index product_by_type on microfinance.product (institution_id, type, product_id);
create index product_by_asset on microfinance.product (institution_id, asset, product_id);
create index product_by_status on microfinance.product (institution_id, status, product_id);

create table microfinance.lending_group (
  institution_id integer not null references access.institution,
  group_id       text not null,
  name           text not null,
  type           text not null,
  created_at     timestamptz not null,
  primary key (institution_id, group_id)
);

create table microfinance.loan (
  institution_id      integer not null references access.institution,
  loan_id             text not null,
  external_id         text,
  type                text not null,
  status              text not null,
  contract_id         text not null,
  product_id          text not null,
  borrower_id         text not null,
  group_id            text,
  branch_id           text not null,
  asset               text not null,
  amount_minor        bigint not null check (amount_minor > 0),
  service_fee_minor   bigint not null check (service_fee_minor >= 0),
  purpose             text not null,
  purpose_description text,
  instalments         integer not null check (instalments > 0),
  instalment_minor    bigint not null,
  frequency           text not null,
  grace_months        integer not null,
  planned_first_due_on date not null,
  metadata            jsonb not null,
  reason              text,
  created_at          timestamptz not null,
  created_by          text not null,
  approved_at         timestamptz,
  approved_by         text,
  disbursed_at        timestamptz,
  disbursed_by        text,
  closed_at           timestamptz,
  version             integer not null,
  primary key (institution_id, loan_id),
  foreign key (institution_id, borrower_id) references parties.party,
  foreign key (institution_id, product_id) references microfinance.product,
  foreign key (institution_id, group_id) references microfinance.lending_group,
  check (approved_by is null or approved_by <> created_by),
  check (disbursed_by is null or disbursed_by <> approved_by)
);
create unique index loan_external on microfinance.loan (institution_id, external_id)
  where external_id is not null;
create index loan_by_created on microfinance.loan (institution_id, created_at desc, loan_id desc);
create index loan_by_status on microfinance.loan (institution_id, status, loan_id);
create index loan_by_borrower on microfinance.loan (institution_id, borrower_id);
create index loan_by_group on microfinance.loan (institution_id, group_id)
  where group_id is not null;
create index loan_by_branch on microfinance.loan (institution_id, branch_id);
create index loan_by_type on microfinance.loan (institution_id, type, loan_id);
create index loan_by_product on microfinance.loan (institution_id, product_id);
create index loan_by_metadata on microfinance.loan using gin (metadata jsonb_path_ops);
create index loan_by_contract on microfinance.loan (institution_id, contract_id);

create schema api;
create table api.idempotency_key (
  institution_id integer not null,
  key            text not null,
  fingerprint    bytea not null,
  status         integer,
  body           bytea,
  created_at     timestamptz not null,
  primary key (institution_id, key)
);
