-- What a sale left for the owner: a debt to him from that day on, whoever finds him and when
-- (rules RHN-20, RHN-34). It lies in account 2200 under its own id and is never income.
create table rahnu.surplus (
  institution_id      integer not null,
  surplus_id          text not null,
  contract_id         text not null,
  sale_id             text not null,
  pledgor_id          text not null,
  branch_id           text not null,
  asset               text not null,
  status              text not null check (status in ('RECORDED', 'PAID', 'TRANSFERRED')),
  amount_minor        bigint not null check (amount_minor > 0),
  sold_on             date not null,
  pay_by_on           date not null,
  statement_notice_id text,
  statement_on        date,
  settled_on          date,
  created_at          timestamptz not null,
  created_by          text not null,
  version             integer not null,
  primary key (institution_id, surplus_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, sale_id) references rahnu.sale,
  foreign key (institution_id, pledgor_id) references parties.party,
  foreign key (institution_id, branch_id) references access.branch,
  check ((status = 'RECORDED') = (settled_on is null))
);
create unique index surplus_of_sale on rahnu.surplus (institution_id, sale_id);
create index surplus_by_status on rahnu.surplus (institution_id, status, surplus_id desc);
create index surplus_by_pledgor on rahnu.surplus (institution_id, pledgor_id, surplus_id desc);
create index surplus_by_contract on rahnu.surplus (institution_id, contract_id, surplus_id desc);
create index surplus_by_branch on rahnu.surplus (institution_id, branch_id, surplus_id desc);
create index surplus_by_asset on rahnu.surplus (institution_id, asset, surplus_id desc);
create index surplus_by_day on rahnu.surplus (institution_id, sold_on) where status = 'RECORDED';

-- Every attempt to find the owner.
create table rahnu.surplus_tracing (
  institution_id integer not null,
  surplus_id     text not null,
  number         integer not null check (number > 0),
  tried_on       date not null,
  method         text not null check (method in (
    'letter', 'phone', 'visit', 'message', 'kin', 'advertisement', 'registry')),
  outcome        text not null check (outcome in ('reached', 'not_reached', 'moved', 'deceased')),
  note           text not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, surplus_id, number),
  foreign key (institution_id, surplus_id) references rahnu.surplus
);
create trigger append_only before update or delete or truncate on rahnu.surplus_tracing
  for each statement execute function ledger.refuse_change();

-- The whole of a surplus going out: to the owner or who stands for him, or, unclaimed, to whom the
-- law says. Asked for by one, decided by another.
create table rahnu.surplus_payout (
  institution_id integer not null,
  payout_id      text not null,
  surplus_id     text not null,
  kind           text not null check (kind in ('payment', 'authority', 'charity')),
  status         text not null check (status in ('PENDING', 'DONE', 'REJECTED')),
  asset          text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  recipient_id   text,
  capacity       text check (capacity in ('owner', 'heir', 'agent')),
  mandate_id     text,
  proof          text,
  method         text not null,
  reference      text,
  resolution_id  text,
  reason         text,
  requested_at   timestamptz not null,
  requested_by   text not null,
  decided_at     timestamptz,
  decided_by     text,
  done_on        date,
  journal_id     text,
  primary key (institution_id, payout_id),
  foreign key (institution_id, surplus_id) references rahnu.surplus,
  foreign key (institution_id, recipient_id) references parties.party,
  check ((kind = 'payment') = (recipient_id is not null and capacity is not null)),
  check (kind <> 'charity' or resolution_id is not null),
  check ((status = 'DONE') = (journal_id is not null and done_on is not null)),
  check (status <> 'DONE' or decided_by <> requested_by)
);
-- One way out at a time, and one in all.
create unique index surplus_payout_open on rahnu.surplus_payout (institution_id, surplus_id)
  where status in ('PENDING', 'DONE');
create index surplus_payout_by_surplus on rahnu.surplus_payout
  (institution_id, surplus_id, payout_id desc);
create index surplus_payout_by_recipient on rahnu.surplus_payout (institution_id, recipient_id)
  where recipient_id is not null;

-- How long a surplus is kept for its owner before it may go where the law says.
create table rahnu.surplus_policy (
  institution_id     integer not null,
  number             integer not null check (number > 0),
  unclaimed_days     integer not null check (unclaimed_days between 30 and 36500),
  traces_min         integer not null check (traces_min between 1 and 100),
  authority_name     text,
  legal_basis        text not null,
  set_at             timestamptz not null,
  set_by             text not null,
  primary key (institution_id, number)
);
create trigger append_only before update or delete or truncate on rahnu.surplus_policy
  for each statement execute function ledger.refuse_change();

-- What nobody fetched may go to charity by the board's resolution.
alter table funds.charity_receipt drop constraint if exists charity_receipt_source_check;
alter table funds.charity_receipt add constraint charity_receipt_source_check
  check (source in ('late_pledge', 'tainted_income', 'fee_surplus', 'unclaimed_surplus'));
