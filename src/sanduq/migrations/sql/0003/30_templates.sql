-- The terms under which pledges are taken. What was approved keeps its fingerprint: only the
-- licence and the notes beside it may change afterwards.
create table rahnu.template (
  institution_id integer not null references access.institution,
  template_id    text not null,
  external_id    text,
  name           text not null,
  asset          text not null,
  status         text not null check (status in ('DRAFT', 'ACTIVE', 'RETIRED')),
  terms          json not null,
  clauses        json not null,
  licence        json,
  fee_policy_id  text,
  resolution_id  text,
  template_hash  bytea not null,
  approved_hash  bytea,
  is_default     boolean not null,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  approved_at    timestamptz,
  approved_by    text,
  version        integer not null,
  primary key (institution_id, template_id),
  foreign key (institution_id, resolution_id) references shariah.resolution,
  check (approved_by is null or approved_by <> created_by),
  check (status <> 'ACTIVE' or approved_hash = template_hash),
  check ((approved_hash is null) = (approved_by is null))
);
create unique index template_external on rahnu.template (institution_id, external_id)
  where external_id is not null;
create unique index template_default on rahnu.template (institution_id, asset)
  where is_default and status = 'ACTIVE';
create index template_by_asset on rahnu.template
  (institution_id, asset, created_at desc, template_id desc);
create index template_by_status on rahnu.template
  (institution_id, status, created_at desc, template_id desc);
create index template_newest on rahnu.template (institution_id, created_at desc, template_id desc);
