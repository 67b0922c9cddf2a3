create schema if not exists funds;

-- An endowment with its deed. The state moves; the deed does not, once the endowment is active.
create table funds.endowment (
  institution_id       integer not null references access.institution,
  endowment_id         text not null,
  external_id          text,
  name                 text not null,
  kind                 text not null check (kind in ('khayri', 'ahli', 'mushtarak')),
  asset                text not null,
  asset_form           text not null check (asset_form in ('cash', 'in_kind')),
  asset_description    text not null,
  asset_value_minor    bigint not null check (asset_value_minor > 0),
  is_specific          boolean not null,
  founder_id           text not null,
  founder_capacity     text not null,
  nazir_id             text not null,
  nazir_kin_ids        text[] not null,
  nazir_pay_kind       text not null check (nazir_pay_kind in ('none', 'sum', 'share')),
  nazir_pay_minor      bigint not null check (nazir_pay_minor >= 0),
  nazir_pay_bp         integer not null check (nazir_pay_bp between 0 and 10000),
  distribution_frequency text not null,
  beneficiaries        json not null,
  purposes             text[] not null,
  conditions           text[] not null,
  deed_on              date not null,
  deed_document        text,
  ends_on              date check (ends_on > deed_on),
  is_qard_allowed      boolean not null,
  is_income_retention_allowed boolean not null,
  status               text not null
    check (status in ('DRAFT', 'PENDING_SHARIAH_REVIEW', 'ACTIVE', 'CLOSED')),
  created_at           timestamptz not null,
  created_by           text not null,
  approved_at          timestamptz,
  approved_by          text,
  closed_at            timestamptz,
  metadata             json not null,
  version              integer not null check (version > 0),
  primary key (institution_id, endowment_id),
  foreign key (institution_id, founder_id) references parties.party,
  foreign key (institution_id, nazir_id) references parties.party,
  check (status in ('DRAFT', 'PENDING_SHARIAH_REVIEW') or approved_at is not null),
  check (status <> 'CLOSED' or (closed_at is not null and ends_on is not null))
);
create unique index endowment_external on funds.endowment (institution_id, external_id)
  where external_id is not null;
create index endowment_by_created on funds.endowment
  (institution_id, created_at desc, endowment_id desc);
create index endowment_by_status on funds.endowment
  (institution_id, status, created_at desc, endowment_id desc);
create index endowment_by_kind on funds.endowment
  (institution_id, kind, created_at desc, endowment_id desc);
create index endowment_by_founder on funds.endowment
  (institution_id, founder_id, created_at desc, endowment_id desc);
create index endowment_by_nazir on funds.endowment (institution_id, nazir_id);
create index endowment_by_asset on funds.endowment
  (institution_id, asset, created_at desc, endowment_id desc);

-- What made the corpus larger or smaller; without a journal it is a thing, valued and not booked.
create table funds.corpus_change (
  institution_id integer not null,
  change_id      text not null,
  endowment_id   text not null,
  kind           text not null check (kind in ('ENDOWED', 'ADDED', 'RETAINED', 'RESTORED', 'LOST',
                                               'LOST_ON_QARD', 'EXCHANGED', 'RETURNED')),
  amount_minor   bigint not null,
  journal_id     text,
  reason         text,
  evidence       text,
  reference      text,
  changed_on     date not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, change_id),
  foreign key (institution_id, endowment_id) references funds.endowment,
  check ((kind in ('LOST', 'LOST_ON_QARD', 'RETURNED')) = (amount_minor < 0)),
  check (amount_minor <> 0 or kind = 'EXCHANGED')
);
create index corpus_change_by_endowment on funds.corpus_change
  (institution_id, endowment_id, change_id);
create trigger append_only before update or delete or truncate on funds.corpus_change
  for each statement execute function ledger.refuse_change();

-- Money that reached an endowment: what its asset earned, or what somebody gave it.
create table funds.endowment_receipt (
  institution_id integer not null,
  receipt_id     text not null,
  external_id    text,
  endowment_id   text not null,
  kind           text not null check (kind in ('INCOME', 'CONTRIBUTION')),
  intent         text check (intent in ('waqf', 'hibah', 'sadaqah')),
  amount_minor   bigint not null check (amount_minor > 0),
  donor_id       text,
  description    text,
  received_on    date not null,
  journal_id     text not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  metadata       json not null,
  primary key (institution_id, receipt_id),
  foreign key (institution_id, endowment_id) references funds.endowment,
  foreign key (institution_id, donor_id) references parties.party,
  check ((kind = 'CONTRIBUTION') = (intent is not null))
);
create index endowment_receipt_by_endowment on funds.endowment_receipt
  (institution_id, endowment_id, kind, receipt_id);
create unique index endowment_receipt_external on funds.endowment_receipt
  (institution_id, external_id) where external_id is not null;
create trigger append_only before update or delete or truncate on funds.endowment_receipt
  for each statement execute function ledger.refuse_change();

-- One use of income: the corpus made whole, the nazir paid, then the beneficiaries.
create table funds.distribution (
  institution_id  integer not null,
  distribution_id text not null,
  external_id     text,
  endowment_id    text not null,
  recipient       text not null check (recipient in ('beneficiaries', 'nazir')),
  amount_minor    bigint not null check (amount_minor > 0),
  restored_minor  bigint not null check (restored_minor >= 0),
  nazir_minor     bigint not null check (nazir_minor >= 0),
  shares          json not null,
  memo            text,
  distributed_on  date not null,
  created_at      timestamptz not null,
  created_by      text not null,
  metadata        json not null,
  primary key (institution_id, distribution_id),
  foreign key (institution_id, endowment_id) references funds.endowment,
  check (restored_minor + nazir_minor <= amount_minor)
);
create index distribution_by_endowment on funds.distribution
  (institution_id, endowment_id, created_at desc, distribution_id desc);
create unique index distribution_external on funds.distribution (institution_id, external_id)
  where external_id is not null;
create trigger append_only before update or delete or truncate on funds.distribution
  for each statement execute function ledger.refuse_change();

-- A pool is money set apart to be lent again and again.
create table funds.pool (
  institution_id  integer not null references access.institution,
  pool_id         text not null,
  external_id     text,
  name            text not null,
  asset           text not null,
  permitted_uses  text[] not null check (cardinality(permitted_uses) > 0),
  security_policy text,
  status          text not null check (status in ('PENDING_APPROVAL', 'ACTIVE', 'REJECTED')),
  created_at      timestamptz not null,
  created_by      text not null,
  approved_at     timestamptz,
  approved_by     text,
  metadata        json not null,
  version         integer not null check (version > 0),
  primary key (institution_id, pool_id),
  check (approved_by is null or approved_by <> created_by),
  check (status <> 'ACTIVE' or approved_at is not null)
);
create unique index pool_external on funds.pool (institution_id, external_id)
  where external_id is not null;
create index pool_by_created on funds.pool (institution_id, created_at desc, pool_id desc);
create index pool_by_status on funds.pool
  (institution_id, status, created_at desc, pool_id desc);
create index pool_by_asset on funds.pool (institution_id, asset, created_at desc, pool_id desc);

-- Whose money a pool holds: one source for each fund, drawn on in the order of their numbers.
create table funds.pool_source (
  institution_id integer not null,
  pool_id        text not null,
  source_no      integer not null check (source_no > 0),
  kind           text not null
    check (kind in ('own', 'waqf_corpus', 'waqf_income', 'sadaqah', 'zakat')),
  fund           text not null,
  endowment_id   text,
  branch_id      text,
  created_at     timestamptz not null,
  primary key (institution_id, pool_id, source_no),
  foreign key (institution_id, pool_id) references funds.pool,
  foreign key (institution_id, endowment_id) references funds.endowment,
  foreign key (institution_id, branch_id) references access.branch,
  check ((kind in ('waqf_corpus', 'waqf_income')) = (endowment_id is not null)),
  check ((kind = 'own') = (branch_id is not null))
);
create unique index pool_source_fund on funds.pool_source (institution_id, pool_id, fund);
create index pool_source_by_endowment on funds.pool_source (institution_id, endowment_id)
  where endowment_id is not null;

-- Capital put into a pool (above zero) or taken back (below).
create table funds.pool_placement (
  institution_id integer not null,
  placement_id   text not null,
  pool_id        text not null,
  source_no      integer not null,
  amount_minor   bigint not null check (amount_minor <> 0),
  memo           text,
  placed_on      date not null,
  journal_id     text not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, placement_id),
  foreign key (institution_id, pool_id, source_no) references funds.pool_source
);
create index pool_placement_by_source on funds.pool_placement
  (institution_id, pool_id, source_no, placement_id);
create trigger append_only before update or delete or truncate on funds.pool_placement
  for each statement execute function ledger.refuse_change();

-- Claims that givers' money was lent on: given up (below zero), and what came back of them after.
create table funds.pool_loss (
  institution_id integer not null,
  loss_id        text not null,
  pool_id        text not null,
  source_no      integer not null,
  amount_minor   bigint not null check (amount_minor <> 0),
  reason         text,
  reference      text not null,
  lost_on        date not null,
  journal_id     text not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, loss_id),
  foreign key (institution_id, pool_id, source_no) references funds.pool_source
);
create index pool_loss_by_source on funds.pool_loss
  (institution_id, pool_id, source_no, loss_id);
create trigger append_only before update or delete or truncate on funds.pool_loss
  for each statement execute function ledger.refuse_change();
