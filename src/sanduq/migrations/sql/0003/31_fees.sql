-- What keeping gold costs, and what is charged for it. A fee policy reads weight, volume, number,
-- days, vault class and the actual premium; nothing of a loan.
create table rahnu.custody_cost_study (
  institution_id        integer not null references access.institution,
  custody_cost_study_id text not null,
  external_id           text,
  asset                 text not null,
  study_on              date not null,
  period_from_on        date not null,
  period_to_on          date not null,
  item_months           bigint not null check (item_months > 0),
  mg_months             bigint not null check (mg_months > 0),
  lines                 json not null,
  created_at            timestamptz not null,
  created_by            text not null,
  finance_approved_by   text,
  finance_approved_at   timestamptz,
  shariah_approved_by   text,
  shariah_approved_at   timestamptz,
  metadata              json not null,
  version               integer not null,
  primary key (institution_id, custody_cost_study_id),
  check (period_from_on <= period_to_on and period_to_on <= study_on),
  check (finance_approved_by is null or finance_approved_by <> created_by),
  check (shariah_approved_by is null or shariah_approved_by <> created_by),
  check (finance_approved_by is null or finance_approved_by <> shariah_approved_by)
);
create unique index custody_cost_study_external on rahnu.custody_cost_study
  (institution_id, external_id) where external_id is not null;
create index custody_cost_study_by_asset on rahnu.custody_cost_study
  (institution_id, asset, study_on desc, custody_cost_study_id desc);
create index custody_cost_study_listed on rahnu.custody_cost_study
  (institution_id, asset, created_at desc, custody_cost_study_id desc);
create index custody_cost_study_newest on rahnu.custody_cost_study
  (institution_id, created_at desc, custody_cost_study_id desc);

create table rahnu.fee_policy (
  institution_id        integer not null references access.institution,
  fee_policy_id         text not null,
  external_id           text,
  name                  text not null,
  asset                 text not null,
  period                text not null check (period in ('month', 'total')),
  expression            text not null,
  components            text[] not null,
  description           text,
  resolution_id         text,
  status                text not null check (status in ('DRAFT', 'ACTIVE', 'RETIRED')),
  created_at            timestamptz not null,
  created_by            text not null,
  custody_cost_study_id text,
  approved_at           timestamptz,
  approved_by           text,
  retired_at            timestamptz,
  metadata              json not null,
  version               integer not null,
  primary key (institution_id, fee_policy_id),
  foreign key (institution_id, resolution_id) references shariah.resolution,
  foreign key (institution_id, custody_cost_study_id) references rahnu.custody_cost_study,
  check (approved_by is null or approved_by <> created_by),
  check (status <> 'ACTIVE' or (approved_by is not null and resolution_id is not null
    and custody_cost_study_id is not null))
);
create unique index fee_policy_external on rahnu.fee_policy (institution_id, external_id)
  where external_id is not null;
create index fee_policy_by_status on rahnu.fee_policy
  (institution_id, status, created_at desc, fee_policy_id desc);
create index fee_policy_by_asset on rahnu.fee_policy
  (institution_id, asset, created_at desc, fee_policy_id desc);
create index fee_policy_newest on rahnu.fee_policy
  (institution_id, created_at desc, fee_policy_id desc);
