create schema if not exists funds;

-- What sadaqah may be given for. Once given to, a purpose is never widened: there is no update.
-- `earmarked_for`: the one organisation or project the giver named.
create table funds.purpose (
  institution_id integer not null references access.institution,
  code           text not null,
  name           text not null,
  uses           text[] not null check (cardinality(uses) > 0),
  earmarked_for  text,
  is_standard    boolean not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, code)
);
create index purpose_by_created on funds.purpose (institution_id, created_at desc, code desc);
create trigger append_only before update or delete or truncate on funds.purpose
  for each statement execute function ledger.refuse_change();

-- A pledge is an intention, never a debt: nothing of it stands in the ledger.
create table funds.pledge (
  institution_id   integer not null references access.institution,
  pledge_id        text not null,
  external_id      text,
  donor_id         text not null,
  asset            text not null,
  amount_minor     bigint not null check (amount_minor > 0),
  frequency        text not null check (frequency in ('weekly', 'monthly', 'quarterly', 'yearly')),
  project_id       text,
  category         text not null,
  purpose          text not null,
  duration_months  integer not null check (duration_months between 1 and 120),
  starts_on        date not null,
  instalment_count integer not null check (instalment_count > 0),
  received_minor   bigint not null check (received_minor >= 0),
  status           text not null check (status in ('ACTIVE', 'FULFILLED', 'CANCELLED')),
  metadata         json not null,
  created_at       timestamptz not null,
  created_by       text not null,
  version          integer not null check (version > 0),
  primary key (institution_id, pledge_id),
  constraint pledge_donor foreign key (institution_id, donor_id) references parties.party,
  foreign key (institution_id, purpose) references funds.purpose
);
create unique index pledge_external on funds.pledge (institution_id, external_id)
  where external_id is not null;
create index pledge_by_status on funds.pledge (institution_id, status, pledge_id desc);
create index pledge_by_donor on funds.pledge (institution_id, donor_id, pledge_id desc);
create index pledge_by_project on funds.pledge (institution_id, project_id, pledge_id desc)
  where project_id is not null;
create index pledge_by_asset on funds.pledge (institution_id, asset, pledge_id desc);

-- `released_minor`: what the donor or the board let go to another purpose since.
create table funds.donation (
  institution_id   integer not null references access.institution,
  donation_id      text not null,
  external_id      text,
  donor_id         text,
  asset            text not null,
  amount_minor     bigint not null check (amount_minor > 0),
  kind             text not null check (kind in ('one_time', 'recurring')),
  category         text not null,
  purpose          text not null,
  recipient_org_id text,
  is_anonymous     boolean not null,
  dedication       text,
  pledge_id        text,
  status           text not null check (status in ('PENDING', 'RECEIVED', 'CANCELLED')),
  received_on      date,
  journal_id       text,
  released_minor   bigint not null,
  metadata         json not null,
  created_at       timestamptz not null,
  created_by       text not null,
  version          integer not null check (version > 0),
  primary key (institution_id, donation_id),
  constraint donation_donor foreign key (institution_id, donor_id) references parties.party,
  constraint donation_recipient
    foreign key (institution_id, recipient_org_id) references parties.party,
  constraint donation_pledge foreign key (institution_id, pledge_id) references funds.pledge,
  foreign key (institution_id, purpose) references funds.purpose,
  check (donor_id is not null or is_anonymous),
  check (released_minor between 0 and amount_minor),
  check ((status = 'RECEIVED') = (journal_id is not null)),
  check ((status = 'RECEIVED') = (received_on is not null))
);
create unique index donation_external on funds.donation (institution_id, external_id)
  where external_id is not null;
create index donation_by_status on funds.donation (institution_id, status, donation_id desc);
create index donation_by_donor on funds.donation (institution_id, donor_id, donation_id desc);
create index donation_by_category on funds.donation (institution_id, category, donation_id desc);
create index donation_by_purpose on funds.donation (institution_id, purpose, donation_id desc);
create index donation_by_asset on funds.donation (institution_id, asset, donation_id desc);
create index donation_by_pledge on funds.donation (institution_id, pledge_id, donation_id desc)
  where pledge_id is not null;

create table funds.restriction_release (
  institution_id  integer not null,
  release_id      text not null,
  donation_id     text not null,
  from_purpose    text not null,
  to_purpose      text not null,
  asset           text not null,
  amount_minor    bigint not null check (amount_minor > 0),
  donor_statement text,
  resolution_id   text,
  journal_id      text not null,
  created_at      timestamptz not null,
  created_by      text not null,
  primary key (institution_id, release_id),
  foreign key (institution_id, donation_id) references funds.donation,
  foreign key (institution_id, from_purpose) references funds.purpose (institution_id, code),
  foreign key (institution_id, to_purpose) references funds.purpose (institution_id, code),
  foreign key (institution_id, resolution_id) references shariah.resolution,
  check (from_purpose <> to_purpose),
  check (donor_statement is not null or resolution_id is not null)
);
create index restriction_release_by_donation on funds.restriction_release
  (institution_id, donation_id, release_id);
create trigger append_only before update or delete or truncate on funds.restriction_release
  for each statement execute function ledger.refuse_change();

-- One drawing on a fund, by whatever room.
create table funds.spending (
  institution_id integer not null references access.institution,
  spending_id    text not null,
  kind           text not null check (kind in ('waqf', 'sadaqah', 'zakat', 'charity', 'own')),
  fund           text not null,
  asset          text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  use            text not null,
  subject_id     text not null,
  party_id       text,
  debtor_state   text,
  journal_id     text not null,
  note           text,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, spending_id),
  constraint spending_party foreign key (institution_id, party_id) references parties.party
);
create index spending_by_kind on funds.spending (institution_id, kind, spending_id desc);
create index spending_by_fund on funds.spending (institution_id, fund, spending_id desc);
create index spending_by_use on funds.spending (institution_id, use, spending_id desc);
create index spending_by_subject on funds.spending (institution_id, subject_id, spending_id desc);
create index spending_by_party on funds.spending (institution_id, party_id, spending_id desc)
  where party_id is not null;
create trigger append_only before update or delete or truncate on funds.spending
  for each statement execute function ledger.refuse_change();

-- What came back to the fund that paid. The number makes two returns at one moment collide, so
-- that together they never give back more than was spent.
create table funds.spending_return (
  institution_id       integer not null,
  return_id            text not null,
  spending_id          text not null,
  number               integer not null check (number > 0),
  amount_minor         bigint not null check (amount_minor > 0),
  returned_after_minor bigint not null,
  spent_minor          bigint not null,
  journal_id           text not null,
  note                 text,
  created_at           timestamptz not null,
  created_by           text not null,
  primary key (institution_id, return_id),
  foreign key (institution_id, spending_id) references funds.spending,
  constraint spending_return_in_turn unique (institution_id, spending_id, number),
  check (returned_after_minor between amount_minor and spent_minor)
);
create trigger append_only before update or delete or truncate on funds.spending_return
  for each statement execute function ledger.refuse_change();

create table funds.zakat_receipt (
  institution_id integer not null references access.institution,
  receipt_id     text not null,
  external_id    text,
  payer_id       text,
  asset          text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  received_on    date not null,
  reference      text,
  journal_id     text not null,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, receipt_id),
  constraint zakat_payer foreign key (institution_id, payer_id) references parties.party
);
create unique index zakat_receipt_external on funds.zakat_receipt (institution_id, external_id)
  where external_id is not null;
create index zakat_receipt_by_asset on funds.zakat_receipt
  (institution_id, asset, received_on, receipt_id);
create index zakat_receipt_by_payer on funds.zakat_receipt
  (institution_id, payer_id, receipt_id desc) where payer_id is not null;
create trigger append_only before update or delete or truncate on funds.zakat_receipt
  for each statement execute function ledger.refuse_change();

create table funds.zakat_payment (
  institution_id integer not null references access.institution,
  payment_id     text not null,
  external_id    text,
  recipient_id   text not null,
  asset          text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  asnaf_code     text not null check (asnaf_code in ('FUQARA', 'MASAKIN', 'AMILIN', 'MUALLAFAH',
    'RIQAB', 'GHARIMIN', 'FI_SABILILLAH', 'IBN_SABIL')),
  resolution_id  text not null,
  payee          text not null check (payee in ('recipient', 'creditor')),
  paid_to        text not null,
  evidence       json,
  paid_on        date not null,
  reference      text,
  journal_id     text not null,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, payment_id),
  constraint zakat_recipient foreign key (institution_id, recipient_id) references parties.party,
  foreign key (institution_id, resolution_id) references shariah.resolution
);
create unique index zakat_payment_external on funds.zakat_payment (institution_id, external_id)
  where external_id is not null;
create index zakat_payment_by_asset on funds.zakat_payment (institution_id, asset, payment_id desc);
create index zakat_payment_by_asnaf on funds.zakat_payment
  (institution_id, asnaf_code, payment_id desc);
create index zakat_payment_by_recipient on funds.zakat_payment
  (institution_id, recipient_id, paid_on, payment_id desc);
create trigger append_only before update or delete or truncate on funds.zakat_payment
  for each statement execute function ledger.refuse_change();

-- The share of zakat the board allows its administrators; the latest counts. Payments to them
-- lock it, so that two at one moment do not exceed it together.
create table funds.zakat_cap (
  institution_id integer not null references access.institution,
  cap_id         text not null,
  share_bp       integer not null check (share_bp between 0 and 10000),
  resolution_id  text not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, cap_id),
  foreign key (institution_id, resolution_id) references shariah.resolution
);
create trigger append_only before update or delete or truncate on funds.zakat_cap
  for each statement execute function ledger.refuse_change();

create table funds.charity_receipt (
  institution_id integer not null references access.institution,
  receipt_id     text not null,
  external_id    text,
  source         text not null check (source in ('late_pledge', 'tainted_income', 'fee_surplus')),
  came_from      text not null,
  asset          text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  received_on    date not null,
  journal_id     text not null,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, receipt_id)
);
create unique index charity_receipt_external on funds.charity_receipt (institution_id, external_id)
  where external_id is not null;
create index charity_receipt_by_source on funds.charity_receipt
  (institution_id, source, receipt_id desc);
create index charity_receipt_by_origin on funds.charity_receipt
  (institution_id, came_from, receipt_id desc);
create index charity_receipt_by_asset on funds.charity_receipt
  (institution_id, asset, received_on, receipt_id);
create trigger append_only before update or delete or truncate on funds.charity_receipt
  for each statement execute function ledger.refuse_change();

create table funds.charity_payment (
  institution_id integer not null references access.institution,
  payment_id     text not null,
  external_id    text,
  beneficiary_id text not null,
  asset          text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  use            text not null,
  description    text not null,
  status         text not null check (status in ('PENDING_APPROVAL', 'PAID', 'REJECTED')),
  paid_on        date,
  journal_id     text,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  version        integer not null check (version > 0),
  primary key (institution_id, payment_id),
  constraint charity_beneficiary
    foreign key (institution_id, beneficiary_id) references parties.party,
  check ((status = 'PAID') = (journal_id is not null and paid_on is not null))
);
create unique index charity_payment_external on funds.charity_payment (institution_id, external_id)
  where external_id is not null;
create index charity_payment_by_status on funds.charity_payment
  (institution_id, status, payment_id desc);
create index charity_payment_by_beneficiary on funds.charity_payment
  (institution_id, beneficiary_id, payment_id desc);
create index charity_payment_by_asset on funds.charity_payment
  (institution_id, asset, paid_on, payment_id);
