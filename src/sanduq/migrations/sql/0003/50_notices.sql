-- The notices of a pledge before its thing may be sold (rule ARN-02). One that is due is made as
-- PENDING at the end of a day; whoever sends it writes down how. That it arrived is a fact beside.
create table rahnu.notice (
  institution_id  integer not null,
  notice_id       text not null,
  contract_id     text not null,
  kind            text not null check (kind in (
    'reminder', 'maturity', 'default', 'auction', 'sale_statement', 'margin')),
  status          text not null check (status in ('PENDING', 'SENT', 'WITHDRAWN')),
  recipient_id    text not null,
  branch_id       text not null,
  due_on          date not null,
  channel         text check (channel in ('post', 'sms', 'phone', 'hand', 'email')),
  address         text,
  sent_on         date,
  proof_reference text,
  sale_on         date,
  place           text,
  asset           text not null,
  reserve_minor   bigint check (reserve_minor > 0),
  payoff_minor    bigint check (payoff_minor >= 0),
  note            text,
  metadata        json not null,
  created_at      timestamptz not null,
  created_by      text not null,
  sent_by         text,
  version         integer not null,
  primary key (institution_id, notice_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, recipient_id) references parties.party,
  foreign key (institution_id, branch_id) references access.branch,
  check ((status = 'SENT') = (sent_on is not null and channel is not null and sent_by is not null))
);
create index notice_by_contract on rahnu.notice
  (institution_id, contract_id, created_at desc, notice_id desc);
create index notice_by_status on rahnu.notice
  (institution_id, status, created_at desc, notice_id desc);
create index notice_by_kind on rahnu.notice
  (institution_id, kind, created_at desc, notice_id desc);
create index notice_by_recipient on rahnu.notice
  (institution_id, recipient_id, created_at desc, notice_id desc);
create index notice_by_branch on rahnu.notice
  (institution_id, branch_id, created_at desc, notice_id desc);
create index notice_newest on rahnu.notice (institution_id, created_at desc, notice_id desc);
create index notice_by_due on rahnu.notice (institution_id, due_on) where status = 'PENDING';
-- The end of a day may run twice; what it makes for one maturity is made once.
create unique index notice_made_once on rahnu.notice (institution_id, contract_id, kind, due_on)
  where created_by = 'user_system';

create table rahnu.notice_delivery (
  institution_id integer not null,
  notice_id      text not null,
  number         integer not null check (number > 0),
  outcome        text not null check (outcome in ('delivered', 'refused', 'undeliverable')),
  delivered_on   date not null,
  proof          text not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, notice_id, number),
  foreign key (institution_id, notice_id) references rahnu.notice
);
create trigger append_only before update or delete or truncate on rahnu.notice_delivery
  for each statement execute function ledger.refuse_change();

-- What was found out about the debtor before anything is done about a default (rule DEF-01).
create table rahnu.default_finding (
  institution_id integer not null,
  finding_id     text not null,
  contract_id    text not null,
  party_id       text not null,
  finding        text not null check (finding in (
    'solvent_delaying', 'insolvent', 'excused', 'unknown')),
  evidence       text not null,
  document       text,
  demanded_on    date not null,
  assessed_on    date not null check (assessed_on >= demanded_on),
  assessed_by    text not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, finding_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, party_id) references parties.party
);
create index default_finding_by_contract on rahnu.default_finding
  (institution_id, contract_id, finding_id desc);
create index default_finding_by_party on rahnu.default_finding
  (institution_id, party_id, finding_id desc);
create trigger append_only before update or delete or truncate on rahnu.default_finding
  for each statement execute function ledger.refuse_change();

-- What the owner agreed to about a sale after signing, or what a court ordered in his place.
create table rahnu.sale_consent (
  institution_id integer not null,
  consent_id     text not null,
  contract_id    text not null,
  kind           text not null check (kind in (
    'confirmed_at_default', 'fresh', 'court_order', 'below_market', 'best_price')),
  given_by       text not null,
  reference      text not null,
  given_on       date not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, consent_id),
  foreign key (institution_id, contract_id) references rahnu.contract
);
create index sale_consent_by_contract on rahnu.sale_consent
  (institution_id, contract_id, consent_id desc);
create trigger append_only before update or delete or truncate on rahnu.sale_consent
  for each statement execute function ledger.refuse_change();
