-- Which questions a resolution answers, by name: `wafa`, `inah`, `gharar`.
alter table shariah.resolution add column answers text[] not null default '{}';

-- The terms under which facilities are opened, with every word a customer reads. What was
-- approved keeps its fingerprint: only the notes beside it may change afterwards.
create table sarf.terms (
  institution_id integer not null references access.institution,
  terms_id       text not null,
  external_id    text,
  name           text not null,
  asset          text not null,
  status         text not null check (status in ('DRAFT', 'ACTIVE', 'RETIRED')),
  settings       json not null,
  wordings       json not null,
  resolution_id  text,
  terms_hash     bytea not null,
  approved_hash  bytea,
  is_default     boolean not null,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  approved_at    timestamptz,
  approved_by    text,
  version        integer not null,
  primary key (institution_id, terms_id),
  foreign key (institution_id, resolution_id) references shariah.resolution,
  check (approved_by is null or approved_by <> created_by),
  check (status <> 'ACTIVE' or approved_hash is not null),
  check (status <> 'DRAFT' or approved_hash is null),
  check (approved_hash is null or approved_hash = terms_hash),
  check ((approved_hash is null) = (approved_by is null))
);
create unique index terms_external on sarf.terms (institution_id, external_id)
  where external_id is not null;
create unique index terms_default on sarf.terms (institution_id, asset)
  where is_default and status = 'ACTIVE';
create index terms_by_asset on sarf.terms (institution_id, asset, created_at desc, terms_id desc);
create index terms_by_status on sarf.terms (institution_id, status, created_at desc, terms_id desc);
create index terms_newest on sarf.terms (institution_id, created_at desc, terms_id desc);
