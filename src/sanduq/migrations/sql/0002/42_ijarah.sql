-- A lease: its terms as agreed, and how far it has come. `earned_minor` is rent billed less what
-- was credited of it; `refunded_minor` is rent given back, `cleared_minor` rent forgiven or written
-- off.
create table microfinance.ijarah (
  institution_id       integer not null references access.institution,
  ijarah_id            text not null,
  loan_id              text not null,
  lessee_id            text not null,
  branch_id            text not null,
  asset                text not null,
  status               text not null check (status in ('AGREED', 'ACQUIRED', 'DELIVERED',
                         'RETURNED', 'TRANSFERRED', 'LOST', 'ENDED', 'CANCELLED')),
  terms                json not null,
  clauses              json not null,
  asset_reference      text,
  supplier_id          text,
  cost_minor           bigint not null check (cost_minor >= 0),
  acquired_on          date,
  delivered_on         date,
  ends_on              date,
  lease_document       text,
  gift_document        text,
  earned_minor         bigint not null check (earned_minor >= 0),
  refunded_minor       bigint not null check (refunded_minor >= 0),
  cleared_minor        bigint not null check (cleared_minor >= 0),
  depreciated_minor    bigint not null check (depreciated_minor between 0 and cost_minor),
  depreciable_minor    bigint not null check (depreciable_minor between 0 and cost_minor),
  depreciation_months  integer not null check (depreciation_months >= 0),
  months_depreciated   integer not null,
  next_depreciation_on date,
  deposit_minor        bigint not null check (deposit_minor >= 0),
  closed_on            date,
  created_at           timestamptz not null,
  created_by           text not null,
  version              integer not null,
  primary key (institution_id, ijarah_id),
  foreign key (institution_id, lessee_id) references parties.party,
  check (months_depreciated between 0 and depreciation_months)
);
create unique index ijarah_by_loan on microfinance.ijarah (institution_id, loan_id);
create index ijarah_by_lessee on microfinance.ijarah (institution_id, lessee_id);
-- One asset is held by one lease at a time (rule IJR-16): a race ends here.
create unique index ijarah_asset_held on microfinance.ijarah (institution_id, asset_reference)
  where asset_reference is not null and status in ('AGREED', 'ACQUIRED', 'DELIVERED');
create index ijarah_by_asset_reference on microfinance.ijarah (institution_id, asset_reference)
  where asset_reference is not null;
create index ijarah_depreciation on microfinance.ijarah (institution_id, next_depreciation_on)
  where next_depreciation_on is not null;

create table microfinance.ijarah_rent (
  institution_id integer not null,
  ijarah_id      text not null,
  number         integer not null check (number > 0),
  starts_on      date not null,
  ends_on        date not null,
  due_on         date not null,
  rent_minor     bigint not null check (rent_minor >= 0),
  credited_minor bigint not null check (credited_minor between 0 and rent_minor),
  days_unusable  integer not null check (days_unusable >= 0),
  billed_on      date,
  primary key (institution_id, ijarah_id, number),
  foreign key (institution_id, ijarah_id) references microfinance.ijarah,
  check (ends_on >= starts_on)
);
create index ijarah_rent_unbilled on microfinance.ijarah_rent (institution_id, due_on)
  where billed_on is null;

create table microfinance.ijarah_downtime (
  institution_id     integer not null,
  ijarah_id          text not null,
  from_on            date not null,
  fault              text not null check (fault in ('none', 'lessee')),
  report             text not null,
  until_on           date,
  counted_through_on date,
  recorded_at        timestamptz not null,
  recorded_by        text not null,
  primary key (institution_id, ijarah_id, from_on),
  foreign key (institution_id, ijarah_id) references microfinance.ijarah,
  check (until_on >= from_on)
);
create unique index ijarah_downtime_open on microfinance.ijarah_downtime
  (institution_id, ijarah_id) where until_on is null;

-- Every step taken on a lease is a fact: when, by whom, on what evidence.
create table microfinance.ijarah_step (
  institution_id integer not null,
  step_id        text not null,
  ijarah_id      text not null,
  kind           text not null,
  taken_on       date not null,
  document       text,
  amount_minor   bigint,
  journal_id     text,
  details        json not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, step_id),
  foreign key (institution_id, ijarah_id) references microfinance.ijarah
);
create index ijarah_step_by_lease on microfinance.ijarah_step
  (institution_id, ijarah_id, step_id);
create trigger append_only before update or delete or truncate on microfinance.ijarah_step
  for each statement execute function ledger.refuse_change();
