-- What keeping really cost, receipt by receipt, and what was done with custody fees beyond it. A
-- receipt is taken back by a row of its own with a negative amount that names it.
create table rahnu.custody_cost (
  institution_id    integer not null references access.institution,
  custody_cost_id   text not null,
  external_id       text,
  asset             text not null,
  amount_minor      bigint not null check (amount_minor <> 0),
  kind              text not null check (kind in ('bags', 'guard_third_party', 'seals',
                      'security_service', 'takaful_premium', 'vault_rent', 'weighing')),
  branch_id         text not null,
  incurred_on       date not null,
  receipt_reference text not null,
  reverses          text,
  reason            text,
  journal_id        text not null,
  metadata          json not null,
  created_at        timestamptz not null,
  created_by        text not null,
  primary key (institution_id, custody_cost_id),
  foreign key (institution_id, branch_id) references access.branch,
  foreign key (institution_id, reverses) references rahnu.custody_cost,
  check ((reverses is null) = (amount_minor > 0)),
  check ((reverses is null) = (reason is null))
);
create unique index custody_cost_external on rahnu.custody_cost (institution_id, external_id)
  where external_id is not null;
create unique index custody_cost_reversed_once on rahnu.custody_cost (institution_id, reverses)
  where reverses is not null;
create index custody_cost_by_asset on rahnu.custody_cost
  (institution_id, asset, custody_cost_id desc);
create index custody_cost_by_kind on rahnu.custody_cost
  (institution_id, kind, custody_cost_id desc);
create index custody_cost_by_branch on rahnu.custody_cost
  (institution_id, branch_id, custody_cost_id desc);
create index custody_cost_by_day on rahnu.custody_cost (institution_id, incurred_on);
create trigger append_only before update or delete or truncate on rahnu.custody_cost
  for each statement execute function ledger.refuse_change();

create table rahnu.custody_fee_true_up (
  institution_id integer not null references access.institution,
  true_up_id     text not null,
  asset          text not null,
  from_on        date not null,
  to_on          date not null,
  fees_minor     bigint not null,
  cost_minor     bigint not null,
  surplus_minor  bigint not null check (surplus_minor > 0),
  surplus_use    text not null check (surplus_use in ('refund_provision', 'charity')),
  owners         integer not null check (owners >= 0),
  resolution_id  text,
  journal_id     text not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, true_up_id),
  foreign key (institution_id, resolution_id) references shariah.resolution,
  check (to_on >= from_on),
  check ((surplus_use = 'refund_provision') = (owners > 0))
);
create index custody_fee_true_up_by_period on rahnu.custody_fee_true_up
  (institution_id, asset, from_on);
create index custody_fee_true_up_listed on rahnu.custody_fee_true_up
  (institution_id, asset, true_up_id desc);
create trigger append_only before update or delete or truncate on rahnu.custody_fee_true_up
  for each statement execute function ledger.refuse_change();
