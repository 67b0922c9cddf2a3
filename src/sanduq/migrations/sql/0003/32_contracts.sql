-- The pledge contract. It holds no asset of ours: gold lies in the custody register alone, and in
-- the books there is only the debt it secures and the fee for keeping it.
-- `fee_accrued_minor` and `fee_paid_minor` are running totals; what they should be follows from
-- the segments and the journals, and is recomputed by verification.
create table rahnu.contract (
  institution_id     integer not null,
  contract_id        text not null,
  external_id        text,
  status             text not null check (status in (
    'DRAFT', 'PENDING_SHARIAH_REVIEW', 'SHARIAH_APPROVED', 'ACTIVE', 'MARGIN_CALL', 'RELEASED',
    'LIQUIDATED', 'TERMINATED')),
  pledgor_id         text not null,
  pledgee_id         text not null,
  borrower_id        text not null,
  branch_id          text not null,
  template_id        text not null,
  fee_policy_id      text not null,
  asset              text not null,
  description        text not null,
  ltv_bp             integer not null check (ltv_bp between 1 and 10000),
  appraised_minor    bigint not null check (appraised_minor > 0),
  secured_minor      bigint not null check (secured_minor between 0 and appraised_minor),
  fee_monthly_minor  bigint not null check (fee_monthly_minor >= 0),
  has_owner_declared boolean not null,
  owner_consent_id   text,
  debt_kind          text check (debt_kind in ('qard', 'debt', 'outside')),
  debt_id            text,
  is_own_loan        boolean not null,
  outside_debt       json,
  loan_minor         bigint check (loan_minor > 0),
  pool_id            text,
  term_months        integer not null check (term_months > 0),
  instalments        integer not null check (instalments > 0),
  matures_on         date,
  extension_count    integer not null check (extension_count >= 0),
  renewal_count      integer not null check (renewal_count >= 0),
  review_resolutions text[] not null,
  reviewed_at        timestamptz,
  reviewed_by        text,
  disclosure_version text,
  disclosed_at       timestamptz,
  disclosed_by       text,
  ticket_number      text,
  executed_at        timestamptz,
  executed_by        text,
  valued_at          timestamptz,
  fee_from_on        date,
  fee_until_on       date,
  fee_accrued_minor  bigint not null check (fee_accrued_minor >= 0),
  fee_paid_minor     bigint not null check (fee_paid_minor >= 0),
  margin_flag        text not null check (margin_flag in ('none', 'watch', 'call', 'critical')),
  margin_called_on   date,
  metadata           jsonb not null,
  reason             text,
  created_at         timestamptz not null,
  created_by         text not null,
  closed_at          timestamptz,
  version            integer not null,
  primary key (institution_id, contract_id),
  foreign key (institution_id, pledgor_id) references parties.party,
  foreign key (institution_id, pledgee_id) references parties.party,
  foreign key (institution_id, borrower_id) references parties.party,
  foreign key (institution_id, branch_id) references access.branch,
  foreign key (institution_id, template_id) references rahnu.template,
  foreign key (institution_id, fee_policy_id) references rahnu.fee_policy,
  foreign key (institution_id, pool_id) references funds.pool,
  check ((debt_kind is null) = (debt_id is null) or debt_kind = 'outside'),
  check (fee_paid_minor <= fee_accrued_minor),
  check (margin_flag = 'none' or status in ('ACTIVE', 'MARGIN_CALL', 'LIQUIDATED', 'RELEASED',
    'TERMINATED'))
);
create unique index contract_external_id on rahnu.contract (institution_id, external_id)
  where external_id is not null;
create unique index contract_ticket on rahnu.contract (institution_id, ticket_number)
  where ticket_number is not null;
create index contract_newest on rahnu.contract (institution_id, created_at desc, contract_id desc);
create index contract_by_status on rahnu.contract (institution_id, status, created_at desc);
create index contract_by_pledgor on rahnu.contract (institution_id, pledgor_id);
create index contract_by_borrower on rahnu.contract (institution_id, borrower_id);
create index contract_by_pledgee on rahnu.contract (institution_id, pledgee_id);
create index contract_by_branch on rahnu.contract (institution_id, branch_id, created_at desc);
create index contract_by_asset on rahnu.contract (institution_id, asset, created_at desc);
create index contract_by_template on rahnu.contract (institution_id, template_id);
create index contract_by_policy on rahnu.contract (institution_id, fee_policy_id);
create index contract_by_pool on rahnu.contract (institution_id, pool_id)
  where pool_id is not null;
create index contract_by_debt on rahnu.contract (institution_id, debt_id) where debt_id is not null;
create index contract_by_maturity on rahnu.contract (institution_id, matures_on)
  where status in ('ACTIVE', 'MARGIN_CALL');
create index contract_by_flag on rahnu.contract (institution_id, margin_flag)
  where margin_flag <> 'none';
create index contract_metadata on rahnu.contract using gin (metadata jsonb_path_ops);

-- The things under a contract, each as it was stated and as it was valued. A thing that left is
-- kept with the day: the history of a pledge is never rewritten.
create table rahnu.contract_item (
  institution_id     integer not null,
  contract_id        text not null,
  item_id            text not null,
  number             integer not null check (number > 0),
  status             text not null check (status in (
    'PROPOSED', 'PLEDGED', 'RELEASED', 'SOLD', 'LOST', 'WITHDRAWN')),
  stated_type        text not null,
  stated_value_minor bigint not null check (stated_value_minor >= 0),
  valuation_id       text,
  value_minor        bigint not null check (value_minor >= 0),
  joined_at          timestamptz not null,
  left_at            timestamptz,
  primary key (institution_id, contract_id, item_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, item_id) references assets.item,
  check ((status in ('PROPOSED', 'PLEDGED')) = (left_at is null))
);
create unique index contract_item_pledged_once on rahnu.contract_item (institution_id, item_id)
  where status = 'PLEDGED';
create index contract_item_by_item on rahnu.contract_item (institution_id, item_id);

-- What a month of custody costs the owner from a day on; a new line when the things change.
create table rahnu.fee_segment (
  institution_id integer not null,
  contract_id    text not null,
  number         integer not null check (number > 0),
  from_on        date not null,
  monthly_minor  bigint not null check (monthly_minor >= 0),
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, contract_id, number),
  foreign key (institution_id, contract_id) references rahnu.contract
);
create trigger append_only before update or delete or truncate on rahnu.fee_segment
  for each statement execute function ledger.refuse_change();

-- Pledge tickets are numbered without gaps by branch and year.
create table rahnu.ticket_series (
  institution_id integer not null,
  branch_id      text not null,
  year           integer not null,
  last_number    integer not null check (last_number > 0),
  primary key (institution_id, branch_id, year),
  foreign key (institution_id, branch_id) references access.branch
);

-- A draft may be given another loan: the agreement before is cancelled and stays on record.
drop index qard.contract_serves;
create unique index contract_serves on qard.contract (institution_id, serves_id)
  where status <> 'CANCELLED';
