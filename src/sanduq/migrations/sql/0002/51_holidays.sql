-- What befalls everyone: one command gives all loans of a branch, group or program a holiday.
create table microfinance.payment_holiday (
  institution_id integer not null references access.institution,
  holiday_id     text not null,
  branch_id      text,
  group_id       text,
  program_id     text,
  months         integer check (months between 1 and 24),
  until_on       date,
  event          text not null,
  reason         text not null,
  document       text not null,
  given_count    integer not null check (given_count >= 0),
  refused_count  integer not null check (refused_count >= 0),
  given_on       date not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, holiday_id),
  foreign key (institution_id, group_id) references microfinance.lending_group,
  foreign key (institution_id, program_id) references microfinance.program,
  check (num_nonnulls(branch_id, group_id, program_id) > 0),
  check (num_nonnulls(months, until_on) = 1)
);
create trigger append_only before update or delete or truncate on microfinance.payment_holiday
  for each statement execute function ledger.refuse_change();

-- One result for each loan it reached: its instalments moved, or why they did not.
create table microfinance.payment_holiday_loan (
  institution_id integer not null,
  holiday_id     text not null,
  loan_id        text not null,
  from_due_on    date,
  to_due_on      date,
  schedule_version integer,
  code           text,
  message        text,
  primary key (institution_id, holiday_id, loan_id),
  foreign key (institution_id, holiday_id) references microfinance.payment_holiday,
  foreign key (institution_id, loan_id) references microfinance.loan,
  check ((code is null) = (schedule_version is not null)),
  check ((code is null) = (message is null))
);
create index holiday_by_loan on microfinance.payment_holiday_loan
  (institution_id, loan_id, holiday_id desc);
create trigger append_only before update or delete or truncate on microfinance.payment_holiday_loan
  for each statement execute function ledger.refuse_change();
