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
  institution_id      integer not null references access.institution,
  party_id            text not null,
  external_id         text,
  kind                text not null check (kind in ('person', 'organisation')),
  name                text not null,
  name_lower          text not null generated always as (lower(name)) stored,
  birth_on            date,
  gender              text check (gender in ('female', 'male')),
  phone               text,
  address             text,
  language            text not null check (language in ('en', 'ms', 'ar', 'fr')),
  branch_id           text not null,
  kyc_tier            text not null,
  kyc_tier_through_on date,
  is_interdicted      boolean not null,
  metadata            json not null,
  created_at          timestamptz not null,
  created_by          text not null,
  version             integer not null check (version > 0),
  primary key (institution_id, party_id),
  foreign key (institution_id, kyc_tier) references parties.kyc_tier,
  constraint party_branch foreign key (institution_id, branch_id) references access.branch,
  check (kind = 'person' or (birth_on is null and gender is null))
);
create unique index party_external on parties.party (institution_id, external_id)
  where external_id is not null;
create index party_by_created on parties.party (institution_id, created_at desc, party_id desc);
create index party_by_tier on parties.party
  (institution_id, kyc_tier, created_at desc, party_id desc);
create index party_by_kind on parties.party (institution_id, kind, created_at desc, party_id desc);
-- A column, because row-level security lets no condition on lower(name) reach an index.
create index party_by_name on parties.party (institution_id, name_lower text_pattern_ops);
create index party_by_tier_through on parties.party (institution_id, kyc_tier_through_on)
  where kyc_tier_through_on is not null;

-- A verification is a fact. The tier it names is what all documents held on its day allowed.
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
create index verification_by_created on parties.verification
  (institution_id, created_at desc, verification_id desc);
create index verification_by_party on parties.verification
  (institution_id, party_id, created_at desc, verification_id desc);

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
create index resolution_by_validity on shariah.resolution (institution_id, valid_to, valid_from);

create table shariah.evaluation (
  institution_id   integer not null,
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
create index evaluation_by_subject on shariah.evaluation
  (institution_id, subject_id, evaluation_id);
create index evaluation_by_rule on shariah.evaluation (institution_id, rule_id, evaluation_id);
create trigger append_only before update or delete or truncate on shariah.evaluation
  for each statement execute function ledger.refuse_change();
