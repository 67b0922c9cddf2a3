-- Lending groups: people who know one another, borrow one by one and answer for one another.
alter table microfinance.lending_group add column external_id text;
alter table microfinance.lending_group add column status text;
alter table microfinance.lending_group add column asset text;
alter table microfinance.lending_group add column branch_id text;
alter table microfinance.lending_group add column facilitator_id text;
alter table microfinance.lending_group add column max_members integer not null default 10;
alter table microfinance.lending_group add column contribution_minor bigint not null default 0;
alter table microfinance.lending_group
  add column contribution_frequency text not null default 'monthly';
alter table microfinance.lending_group
  add column claim_order text not null default 'debtor_fund_members';
alter table microfinance.lending_group add column cycle_months integer not null default 12;
alter table microfinance.lending_group
  add column allows_other_groups boolean not null default false;
alter table microfinance.lending_group add column reason text;
alter table microfinance.lending_group add column activated_at timestamptz;
alter table microfinance.lending_group add column suspended_on date;
alter table microfinance.lending_group add column suspended_until_on date;
alter table microfinance.lending_group add column closed_at timestamptz;
alter table microfinance.lending_group add column metadata json not null default '{}';
alter table microfinance.lending_group add column created_by text;
alter table microfinance.lending_group add column version integer not null default 1;

-- Groups entered before had a name and a kind: they lend on, in their institution's currency.
update microfinance.lending_group g
   set status = 'ACTIVE', activated_at = g.created_at, created_by = 'user_system',
       type = case when g.type in ('solidarity', 'village_bank', 'joint_liability') then g.type
                   else 'solidarity' end,
       asset = i.currency || case
         when i.currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then '/3'
         when i.currency in ('GNF', 'JPY', 'UGX', 'XAF', 'XOF') then '/0' else '/2' end,
       branch_id = (select b.branch_id from access.branch b
                     where b.institution_id = g.institution_id and b.is_default)
  from access.institution i
 where i.institution_id = g.institution_id;

alter table microfinance.lending_group alter column status set not null;
alter table microfinance.lending_group alter column asset set not null;
alter table microfinance.lending_group alter column branch_id set not null;
alter table microfinance.lending_group alter column created_by set not null;
alter table microfinance.lending_group
  add constraint group_status check (status in ('FORMING', 'ACTIVE', 'SUSPENDED', 'CLOSED')),
  add constraint group_type check (type in ('solidarity', 'village_bank', 'joint_liability')),
  add constraint group_claim_order
    check (claim_order in ('debtor_fund_members', 'debtor_members')),
  add constraint group_frequency
    check (contribution_frequency in ('weekly', 'biweekly', 'monthly')),
  add constraint group_max_members check (max_members between 2 and 500),
  add constraint group_contribution check (contribution_minor >= 0),
  add constraint group_cycle check (cycle_months between 1 and 120),
  add constraint group_branch foreign key (institution_id, branch_id) references access.branch,
  add constraint group_facilitator
    foreign key (institution_id, facilitator_id) references access.staff_user;
create unique index lending_group_external on microfinance.lending_group
  (institution_id, external_id) where external_id is not null;
create index lending_group_by_created on microfinance.lending_group
  (institution_id, created_at desc, group_id desc);
create index lending_group_by_status on microfinance.lending_group
  (institution_id, status, created_at desc, group_id desc);
create index lending_group_by_type on microfinance.lending_group
  (institution_id, type, created_at desc, group_id desc);
create index lending_group_by_branch on microfinance.lending_group
  (institution_id, branch_id, created_at desc, group_id desc);
create index lending_group_by_facilitator on microfinance.lending_group
  (institution_id, facilitator_id, created_at desc, group_id desc);

-- One stay of one person in one group; who comes back gets another row.
create table microfinance.group_member (
  institution_id integer not null,
  membership_id  text not null,
  group_id       text not null,
  party_id       text not null,
  role           text not null check (role in ('member', 'chair', 'treasurer', 'secretary')),
  joined_on      date not null,
  left_on        date,
  left_reason    text,
  created_at     timestamptz not null,
  created_by     text not null,
  version        integer not null,
  primary key (institution_id, membership_id),
  foreign key (institution_id, group_id) references microfinance.lending_group,
  foreign key (institution_id, party_id) references parties.party,
  check (left_on >= joined_on),
  check ((left_on is null) = (left_reason is null))
);
create unique index group_member_once on microfinance.group_member
  (institution_id, group_id, party_id) where left_on is null;
create unique index group_office_once on microfinance.group_member
  (institution_id, group_id, role) where left_on is null and role <> 'member';
create index group_member_by_group on microfinance.group_member
  (institution_id, group_id, created_at desc, membership_id desc);
create index group_member_by_party on microfinance.group_member (institution_id, party_id);

-- Offices held, one row per election.
create table microfinance.group_role (
  institution_id integer not null,
  role_id        text not null,
  membership_id  text not null,
  role           text not null,
  from_on        date not null,
  reason         text,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, role_id),
  foreign key (institution_id, membership_id) references microfinance.group_member
);
create index group_role_by_member on microfinance.group_role
  (institution_id, membership_id, role_id);
create trigger append_only before update or delete or truncate on microfinance.group_role
  for each statement execute function ledger.refuse_change();

-- When a group meets: every week or two on a weekday, or once a month on a day of the month or on
-- the nth weekday (5 and -1: the last one). A calendar is replaced, never edited.
create table microfinance.meeting_calendar (
  institution_id integer not null,
  calendar_id    text not null,
  group_id       text not null,
  frequency      text not null check (frequency in ('weekly', 'biweekly', 'monthly')),
  weekday        integer check (weekday between 0 and 6),
  nth            integer check (nth in (1, 2, 3, 4, 5, -1)),
  day_of_month   integer check (day_of_month between 1 and 31),
  starts_on      date not null,
  starts_at      time not null,
  place          text not null,
  periods        integer not null check (periods between 1 and 260),
  replaced_at    timestamptz,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, calendar_id),
  foreign key (institution_id, group_id) references microfinance.lending_group,
  check (case when frequency <> 'monthly'
              then weekday is not null and nth is null and day_of_month is null
              when day_of_month is not null then weekday is null and nth is null
              else weekday is not null and nth is not null end)
);
create unique index meeting_calendar_live on microfinance.meeting_calendar
  (institution_id, group_id) where replaced_at is null;

create table microfinance.meeting (
  institution_id integer not null,
  meeting_id     text not null,
  group_id       text not null,
  calendar_id    text not null,
  planned_on     date not null,
  meets_on       date not null,
  starts_at      time not null,
  place          text not null,
  status         text not null check (status in ('PLANNED', 'HELD', 'CANCELLED')),
  minutes        text,
  created_at     timestamptz not null,
  version        integer not null,
  primary key (institution_id, meeting_id),
  foreign key (institution_id, group_id) references microfinance.lending_group,
  foreign key (institution_id, calendar_id) references microfinance.meeting_calendar
);
create unique index meeting_by_day on microfinance.meeting
  (institution_id, group_id, meets_on) where status <> 'CANCELLED';
create index meeting_by_calendar on microfinance.meeting
  (institution_id, calendar_id, planned_on);
create index meeting_by_day_of_all on microfinance.meeting (institution_id, meets_on);

create table microfinance.meeting_move (
  institution_id integer not null,
  move_id        text not null,
  meeting_id     text not null,
  from_on        date not null,
  to_on          date not null,
  place          text not null,
  reason         text not null,
  borrowers_agree boolean not null,
  loan_ids       text[] not null,
  moved_at       timestamptz not null,
  moved_by       text not null,
  primary key (institution_id, move_id),
  foreign key (institution_id, meeting_id) references microfinance.meeting
);
create index meeting_move_by_meeting on microfinance.meeting_move
  (institution_id, meeting_id, move_id);
create trigger append_only before update or delete or truncate on microfinance.meeting_move
  for each statement execute function ledger.refuse_change();

create table microfinance.attendance (
  institution_id integer not null,
  meeting_id     text not null,
  party_id       text not null,
  mark           text not null check (mark in ('P', 'A', 'AA', 'L')),
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, meeting_id, party_id),
  foreign key (institution_id, meeting_id) references microfinance.meeting,
  foreign key (institution_id, party_id) references parties.party
);
create index attendance_by_party on microfinance.attendance (institution_id, party_id);

-- One member's own word to answer for the others, up to a cap. `called_minor` is what calls that
-- stand have taken of it: the check keeps two calls at once from going past the cap (KFL-09).
-- `standing_loan_ids`: debts it goes on standing for after it was withdrawn for later ones.
create table microfinance.guarantee (
  institution_id       integer not null,
  guarantee_id         text not null,
  external_id          text,
  group_id             text not null,
  guarantor_id         text not null,
  status               text not null check (status in ('ACTIVE', 'WITHDRAWN', 'RELEASED')),
  asset                text not null,
  cap_minor            bigint not null check (cap_minor > 0),
  called_minor         bigint not null check (called_minor between 0 and cap_minor),
  scope                text not null check (scope in ('cycle', 'loans')),
  loan_ids             text[] not null,
  standing_loan_ids    text[] not null,
  from_on              date not null,
  to_on                date not null,
  has_recourse         boolean not null,
  consent_given_on     date not null,
  consent_method       text not null
    check (consent_method in ('signature', 'thumb', 'witnessed')),
  consent_document     text not null,
  explained_minor      bigint not null,
  annual_surplus_minor bigint,
  guarantor_state      text not null,
  ended_on             date,
  ended_reason         text,
  metadata             json not null,
  created_at           timestamptz not null,
  created_by           text not null,
  version              integer not null,
  primary key (institution_id, guarantee_id),
  foreign key (institution_id, group_id) references microfinance.lending_group,
  foreign key (institution_id, guarantor_id) references parties.party,
  check (to_on >= from_on),
  check (scope = 'cycle' or cardinality(loan_ids) > 0),
  check ((status = 'ACTIVE') = (ended_on is null))
);
create unique index guarantee_external on microfinance.guarantee (institution_id, external_id)
  where external_id is not null;
create index guarantee_by_group on microfinance.guarantee
  (institution_id, group_id, created_at desc, guarantee_id desc);
create index guarantee_by_guarantor on microfinance.guarantee (institution_id, guarantor_id);

-- What the group was asked to pay of one member's overdue debt, and who was asked for how much.
create table microfinance.guarantee_call (
  institution_id integer not null,
  call_id        text not null,
  external_id    text,
  group_id       text not null,
  loan_id        text not null,
  debtor_id      text not null,
  status         text not null check (status in ('OPEN', 'PART_PAID', 'PAID', 'CANCELLED')),
  asset          text not null,
  rule           text not null
    check (rule in ('equal', 'pro_rata_to_cap', 'common_fund_first')),
  overdue_minor  bigint not null,
  amount_minor   bigint not null check (amount_minor > 0 and amount_minor <= overdue_minor),
  paid_minor     bigint not null check (paid_minor between 0 and amount_minor),
  reason         text not null,
  cancel_reason  text,
  closed_at      timestamptz,
  created_at     timestamptz not null,
  created_by     text not null,
  version        integer not null,
  primary key (institution_id, call_id),
  foreign key (institution_id, group_id) references microfinance.lending_group,
  foreign key (institution_id, loan_id) references microfinance.loan
);
create unique index guarantee_call_external on microfinance.guarantee_call
  (institution_id, external_id) where external_id is not null;
create unique index guarantee_call_open on microfinance.guarantee_call (institution_id, loan_id)
  where status in ('OPEN', 'PART_PAID');
create index guarantee_call_by_group on microfinance.guarantee_call
  (institution_id, group_id, created_at desc, call_id desc);

create table microfinance.guarantee_share (
  institution_id integer not null,
  call_id        text not null,
  payer_id       text not null,
  guarantee_id   text,
  amount_minor   bigint not null check (amount_minor > 0),
  paid_minor     bigint not null check (paid_minor between 0 and amount_minor),
  primary key (institution_id, call_id, payer_id),
  foreign key (institution_id, call_id) references microfinance.guarantee_call,
  foreign key (institution_id, guarantee_id) references microfinance.guarantee,
  check ((guarantee_id is null) = (payer_id = 'common_fund'))
);
create index guarantee_share_by_guarantee on microfinance.guarantee_share
  (institution_id, guarantee_id) where guarantee_id is not null;

-- A payment on a call is a repayment of the loan; a reversal is another row that names it.
create table microfinance.guarantee_payment (
  institution_id integer not null,
  payment_id     text not null,
  call_id        text not null,
  payer_id       text not null,
  amount_minor   bigint not null check (amount_minor <> 0),
  repayment_id   text not null,
  reverses       text,
  paid_on        date not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, payment_id),
  foreign key (institution_id, call_id, payer_id) references microfinance.guarantee_share,
  foreign key (institution_id, repayment_id) references obligations.repayment,
  check ((reverses is null) = (amount_minor > 0))
);
create index guarantee_payment_by_call on microfinance.guarantee_payment
  (institution_id, call_id, payment_id);
create unique index guarantee_payment_by_repayment on microfinance.guarantee_payment
  (institution_id, repayment_id);
create unique index guarantee_payment_reversed_once on microfinance.guarantee_payment
  (institution_id, reverses) where reverses is not null;
create trigger append_only before update or delete or truncate on microfinance.guarantee_payment
  for each statement execute function ledger.refuse_change();

-- What a member owes the one who paid for him: exactly that, and it never grows (KFL-05, KFL-06).
-- A memo between members: it stands in no account of the institution.
create table microfinance.recourse (
  institution_id  integer not null,
  recourse_id     text not null,
  group_id        text not null,
  call_id         text not null,
  payment_id      text not null,
  creditor_id     text not null,
  debtor_id       text not null,
  asset           text not null,
  amount_minor    bigint not null check (amount_minor > 0),
  recovered_minor bigint not null check (recovered_minor between 0 and amount_minor),
  status          text not null check (status in ('OPEN', 'RECOVERED', 'CANCELLED')),
  created_at      timestamptz not null,
  created_by      text not null,
  version         integer not null,
  primary key (institution_id, recourse_id),
  foreign key (institution_id, group_id) references microfinance.lending_group,
  foreign key (institution_id, payment_id) references microfinance.guarantee_payment,
  check (status <> 'RECOVERED' or recovered_minor = amount_minor)
);
create unique index recourse_by_payment on microfinance.recourse (institution_id, payment_id);
create index recourse_by_group on microfinance.recourse
  (institution_id, group_id, created_at desc, recourse_id desc);
create index recourse_by_debtor on microfinance.recourse (institution_id, debtor_id);
create index recourse_by_creditor on microfinance.recourse (institution_id, creditor_id);

create table microfinance.recourse_recovery (
  institution_id integer not null,
  recovery_id    text not null,
  recourse_id    text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  recovered_on   date not null,
  note           text,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, recovery_id),
  foreign key (institution_id, recourse_id) references microfinance.recourse
);
create index recourse_recovery_by_recourse on microfinance.recourse_recovery
  (institution_id, recourse_id, recovery_id);
create trigger append_only before update or delete or truncate on microfinance.recourse_recovery
  for each statement execute function ledger.refuse_change();
