create schema parties;

create table parties.kyc_tier (
  institution_id       integer not null references access.institution,
  tier                 text not null,
  rank                 integer not null,
  name                 text not null,
  required_documents   text[] not null,
  primary key (institution_id, tier),
  unique (institution_id, rank)
);

create table parties.kyc_tier_limit (
  institution_id integer not null,
  tier           text not null,
  asset          text not null,
  exposure_minor bigint not null check (exposure_minor >= 0),
  primary key (institution_id, tier, asset),
  foreign key (institution_id, tier) references parties.kyc_tier
);

create table parties.party (
  institution_id integer not null references access.institution,
  party_id       text not null,
  external_id    text,
  kind           text not null check (kind in ('person', 'organisation')),
  name           text not null,
  birth_on       date,
  gender         text check (gender in ('female', 'male')),
  phone          text,
  address        text,
  language       text not null,
  kyc_tier       text not null,
  is_interdicted boolean not null,
  branch_id      text,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  version        integer not null,
  primary key (institution_id, party_id),
  foreign key (institution_id, kyc_tier) references parties.kyc_tier
);
create unique index party_external on parties.party (institution_id, external_id) where external_id is not null;
create index party_by_created on parties.party (institution_id, created_at desc, party_id desc);
create index party_by_tier on parties.party (institution_id, kyc_tier);
create index party_by_kind on parties.party (institution_id, kind);
create index party_by_name on parties.party (institution_id, lower(name));

create table parties.verification (
  institution_id  integer not null,
  verification_id text not null,
  party_id        text not null,
  documents       json not null,
  tier            text not null,
  verified_by     text not null,
  created_at      timestamptz not null,
  primary key (institution_id, verification_id),
  foreign key (institution_id, party_id) references parties.party,
  foreign key (institution_id, tier) references parties.kyc_tier
);
create index verification_by_party on parties.verification (institution_id, party_id);

create schema shariah;

create table shariah.resolution (
  institution_id integer not null references access.institution,
  resolution_id  text not null,
  title          text not null,
  question       text not null,
  ruling         text not null,
  scope          text[] not null,
  signers        text[] not null,
  is_demonstration boolean not null,
  valid_from     date not null,
  valid_to       date not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, resolution_id),
  check (valid_to > valid_from)
);

create table shariah.evaluation (
  institution_id   integer not null references access.institution,
  evaluation_id    text not null,
  subject_id       text not null,
  action           text not null,
  rule_id          text not null,
  rulebook_version text not null,
  inputs_hash      bytea not null,
  has_passed       boolean not null,
  findings         json not null,
  evaluated_at     timestamptz not null,
  primary key (institution_id, evaluation_id)
);
create index evaluation_by_subject on shariah.evaluation (institution_id, subject_id, evaluation_id);
create index evaluation_by_rule on shariah.evaluation (institution_id, rule_id, evaluation_id);
create trigger append_only before update or delete or truncate on shariah.evaluation
  for each statement execute function ledger.refuse_change();
