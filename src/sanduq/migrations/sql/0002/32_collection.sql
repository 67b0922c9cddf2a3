-- One meeting collected, once: what was asked, recorded and refused, and the cash that was counted.
-- `difference_minor`: cash above (or, negative, below) what was recorded; it stands on the till
-- account of the officer by `journal_id`.
create table microfinance.collection (
  institution_id   integer not null,
  meeting_id       text not null,
  collection_id    text not null,
  group_id         text not null,
  branch_id        text not null,
  officer_id       text not null,
  asset            text not null,
  mode             text not null check (mode in ('rows', 'whole')),
  received_on      date not null,
  asked_minor      bigint not null check (asked_minor >= 0),
  repaid_minor     bigint not null check (repaid_minor >= 0),
  contributed_minor bigint not null check (contributed_minor >= 0),
  counted_minor    bigint not null check (counted_minor >= 0),
  difference_minor bigint not null,
  denominations    json not null,
  not_listed       text[] not null,
  journal_id       text,
  created_at       timestamptz not null,
  created_by       text not null,
  primary key (institution_id, meeting_id),
  foreign key (institution_id, meeting_id) references microfinance.meeting,
  foreign key (institution_id, group_id) references microfinance.lending_group,
  foreign key (institution_id, officer_id) references access.staff_user,
  check (counted_minor = repaid_minor + contributed_minor + difference_minor),
  check (repaid_minor + contributed_minor <= asked_minor),
  check ((difference_minor <> 0) = (journal_id is not null))
);
create unique index collection_id on microfinance.collection (institution_id, collection_id);
create index collection_by_group on microfinance.collection (institution_id, group_id);
create index collection_by_officer on microfinance.collection (institution_id, officer_id);
create trigger append_only before update or delete or truncate on microfinance.collection
  for each statement execute function ledger.refuse_change();

create table microfinance.collection_row (
  institution_id     integer not null,
  meeting_id         text not null,
  place              integer not null,
  party_id           text not null,
  attendance         text not null check (attendance in ('P', 'A', 'AA', 'L')),
  status             text not null check (status in ('RECORDED', 'REFUSED')),
  receipt_number     text,
  contribution_minor bigint not null check (contribution_minor >= 0),
  contribution_id    text,
  note               text,
  refusal_code       text,
  refusal_message    text,
  primary key (institution_id, meeting_id, place),
  foreign key (institution_id, meeting_id) references microfinance.collection,
  check ((status = 'REFUSED') = (refusal_code is not null)),
  check ((refusal_code is null) = (refusal_message is null)),
  check ((status = 'RECORDED' and contribution_minor > 0) = (contribution_id is not null))
);
create unique index collection_row_once on microfinance.collection_row
  (institution_id, meeting_id, party_id) where status = 'RECORDED';
create unique index collection_row_receipt on microfinance.collection_row
  (institution_id, receipt_number) where receipt_number is not null and status = 'RECORDED';
create trigger append_only before update or delete or truncate on microfinance.collection_row
  for each statement execute function ledger.refuse_change();

create table microfinance.collection_payment (
  institution_id integer not null,
  meeting_id     text not null,
  place          integer not null,
  number         integer not null,
  loan_id        text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  repayment_id   text,
  primary key (institution_id, meeting_id, place, number),
  foreign key (institution_id, meeting_id, place) references microfinance.collection_row
);
create index collection_payment_by_loan on microfinance.collection_payment
  (institution_id, loan_id);
create trigger append_only before update or delete or truncate on microfinance.collection_payment
  for each statement execute function ledger.refuse_change();

-- What brought an officer's till nearer to even; never by the officer himself.
create table microfinance.till_settlement (
  institution_id integer not null,
  settlement_id  text not null,
  officer_id     text not null,
  branch_id      text not null,
  direction      text not null check (direction in ('paid_in', 'paid_out')),
  amount_minor   bigint not null check (amount_minor > 0),
  asset          text not null,
  reason         text not null,
  reference      text,
  settled_on     date not null,
  journal_id     text not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, settlement_id),
  foreign key (institution_id, officer_id) references access.staff_user,
  foreign key (institution_id, branch_id) references access.branch,
  check (created_by <> officer_id)
);
create index till_settlement_by_officer on microfinance.till_settlement
  (institution_id, officer_id, settlement_id desc);
create index till_settlement_by_branch on microfinance.till_settlement (institution_id, branch_id);
create trigger append_only before update or delete or truncate on microfinance.till_settlement
  for each statement execute function ledger.refuse_change();
