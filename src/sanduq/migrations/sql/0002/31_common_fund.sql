-- The purse a group keeps for itself. One group has one, on one basis, for good (CMF-01).
create table microfinance.common_fund (
  institution_id        integer not null,
  group_id              text not null,
  fund_id               text not null,
  external_id           text,
  status                text not null check (status in ('OPEN', 'CLOSED')),
  basis                 text not null
    check (basis in ('TABARRU', 'MEMBER_DEPOSIT', 'TRUST_SAVINGS')),
  asset                 text not null,
  contribution_minor    bigint not null check (contribution_minor > 0),
  frequency             text not null check (frequency in ('weekly', 'biweekly', 'monthly')),
  bylaws_document       text not null,
  uses                  text[] not null,
  cover_nature          text check (cover_nature in ('gift', 'qard')),
  surplus_modes         text[] not null,
  exit_share_bps        integer not null check (exit_share_bps between 0 and 10000),
  custodian_use         text not null check (custodian_use in ('safekeeping', 'lender')),
  is_mandatory_for_loan boolean not null,
  placement             text,
  opened_on             date not null,
  closed_at             timestamptz,
  metadata              json not null,
  created_at            timestamptz not null,
  created_by            text not null,
  version               integer not null,
  primary key (institution_id, group_id),
  foreign key (institution_id, group_id) references microfinance.lending_group,
  check (not (custodian_use = 'lender' and is_mandatory_for_loan)),
  check ((status = 'CLOSED') = (closed_at is not null))
);
create unique index common_fund_id on microfinance.common_fund (institution_id, fund_id);
create unique index common_fund_external on microfinance.common_fund (institution_id, external_id)
  where external_id is not null;

-- Money that came in from members; `recovery`: what a member gave back of what was paid for him.
create table microfinance.fund_contribution (
  institution_id  integer not null,
  contribution_id text not null,
  group_id        text not null,
  party_id        text not null,
  kind            text not null check (kind in ('contribution', 'recovery')),
  amount_minor    bigint not null check (amount_minor > 0),
  asset           text not null,
  received_on     date not null,
  reference       text,
  journal_id      text not null,
  created_at      timestamptz not null,
  created_by      text not null,
  primary key (institution_id, contribution_id),
  foreign key (institution_id, group_id) references microfinance.common_fund,
  foreign key (institution_id, party_id) references parties.party
);
create index fund_contribution_by_group on microfinance.fund_contribution
  (institution_id, group_id, created_at desc, contribution_id desc);
create index fund_contribution_by_member on microfinance.fund_contribution
  (institution_id, group_id, party_id, created_at desc, contribution_id desc);
create index fund_contribution_by_party on microfinance.fund_contribution
  (institution_id, party_id);
create trigger append_only before update or delete or truncate on microfinance.fund_contribution
  for each statement execute function ledger.refuse_change();

-- A loan to a fund that cannot meet its payments: given back as it was lent (CMF-05).
create table microfinance.fund_loan (
  institution_id integer not null,
  fund_loan_id   text not null,
  group_id       text not null,
  lender_id      text not null,
  asset          text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  repaid_minor   bigint not null check (repaid_minor between 0 and amount_minor),
  reason         text not null,
  lent_on        date not null,
  journal_id     text not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, fund_loan_id),
  foreign key (institution_id, group_id) references microfinance.common_fund,
  foreign key (institution_id, lender_id) references parties.party
);
create index fund_loan_by_group on microfinance.fund_loan
  (institution_id, group_id, fund_loan_id);
create index fund_loan_by_lender on microfinance.fund_loan (institution_id, lender_id);

-- Money that goes out: asked for, signed by two officers of the group, paid with the second
-- signature (CMF-09).
create table microfinance.fund_payment (
  institution_id integer not null,
  payment_id     text not null,
  group_id       text not null,
  status         text not null check (status in ('ASKED', 'PAID', 'CANCELLED', 'RETURNED')),
  use            text not null check (use in ('cover_call', 'help_death_illness',
                   'return_on_leaving', 'costs', 'surplus', 'winding_up', 'repay_loan')),
  nature         text not null check (nature in ('gift', 'qard', 'due')),
  mode           text check (mode in ('charity', 'return_to_members')),
  asset          text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  beneficiary_id text,
  call_id        text,
  fund_loan_id   text,
  reason         text not null,
  cancel_reason  text,
  repayment_id   text,
  journal_id     text,
  paid_on        date,
  created_at     timestamptz not null,
  created_by     text not null,
  version        integer not null,
  primary key (institution_id, payment_id),
  foreign key (institution_id, group_id) references microfinance.common_fund,
  foreign key (institution_id, beneficiary_id) references parties.party,
  foreign key (institution_id, call_id) references microfinance.guarantee_call,
  foreign key (institution_id, fund_loan_id) references microfinance.fund_loan,
  check ((status in ('PAID', 'RETURNED')) = (paid_on is not null))
);
create index fund_payment_by_group on microfinance.fund_payment
  (institution_id, group_id, created_at desc, payment_id desc);
create index fund_payment_by_status on microfinance.fund_payment
  (institution_id, group_id, status, created_at desc, payment_id desc);
create index fund_payment_by_beneficiary on microfinance.fund_payment
  (institution_id, beneficiary_id) where beneficiary_id is not null;
create index fund_payment_by_call on microfinance.fund_payment
  (institution_id, call_id) where call_id is not null;
create index fund_payment_by_loan on microfinance.fund_payment
  (institution_id, fund_loan_id) where fund_loan_id is not null;
create unique index fund_payment_by_repayment on microfinance.fund_payment
  (institution_id, repayment_id) where repayment_id is not null;

-- To whom a payment goes, where it is somebody's own: it lowers what is that member's.
create table microfinance.fund_payment_share (
  institution_id integer not null,
  payment_id     text not null,
  party_id       text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  primary key (institution_id, payment_id, party_id),
  foreign key (institution_id, payment_id) references microfinance.fund_payment,
  foreign key (institution_id, party_id) references parties.party
);
create index fund_payment_share_by_party on microfinance.fund_payment_share
  (institution_id, party_id);
create trigger append_only before update or delete or truncate on microfinance.fund_payment_share
  for each statement execute function ledger.refuse_change();

create table microfinance.fund_signature (
  institution_id integer not null,
  payment_id     text not null,
  officer_id     text not null,
  role           text not null check (role in ('chair', 'treasurer', 'secretary')),
  signature      text not null,
  signed_at      timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, payment_id, officer_id),
  foreign key (institution_id, payment_id) references microfinance.fund_payment,
  foreign key (institution_id, officer_id) references parties.party
);
create index fund_signature_by_officer on microfinance.fund_signature (institution_id, officer_id);
create trigger append_only before update or delete or truncate on microfinance.fund_signature
  for each statement execute function ledger.refuse_change();
