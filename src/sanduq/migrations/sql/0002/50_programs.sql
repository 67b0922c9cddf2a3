-- Programs: which loans are to do what good, and what became of it.
create table microfinance.program (
  institution_id   integer not null references access.institution,
  program_id       text not null,
  external_id      text,
  name             text not null,
  description      text,
  status           text not null
    check (status in ('DRAFT', 'PENDING_APPROVAL', 'ACTIVE', 'CLOSED')),
  starts_on        date not null,
  ends_on          date,
  asset            text not null,
  branch_ids       text[] not null,
  product_ids      text[] not null,
  group_ids        text[] not null,
  pool_id          text,
  subsidy          json,
  absorption_order text[] not null,
  targets          json not null,
  metadata         json not null,
  reason           text,
  created_at       timestamptz not null,
  created_by       text not null,
  approved_at      timestamptz,
  approved_by      text,
  closed_at        timestamptz,
  closed_by        text,
  version          integer not null,
  primary key (institution_id, program_id),
  check (ends_on is null or ends_on >= starts_on),
  check (approved_by is null or approved_by <> created_by)
);
create unique index program_external on microfinance.program (institution_id, external_id)
  where external_id is not null;
create index program_by_created on microfinance.program
  (institution_id, created_at desc, program_id desc);
create index program_by_status on microfinance.program
  (institution_id, status, created_at desc, program_id desc);
create index program_by_pool on microfinance.program (institution_id, pool_id)
  where pool_id is not null;

-- A loan belongs to one program at most, so that no borrower is counted for two.
create table microfinance.program_loan (
  institution_id integer not null,
  program_id     text not null,
  loan_id        text not null,
  enrolled_on    date not null,
  enrolled_at    timestamptz not null,
  enrolled_by    text not null,
  primary key (institution_id, loan_id),
  foreign key (institution_id, program_id) references microfinance.program,
  foreign key (institution_id, loan_id) references microfinance.loan
);
create index program_loan_by_program on microfinance.program_loan
  (institution_id, program_id, loan_id);
create trigger append_only before update or delete or truncate on microfinance.program_loan
  for each statement execute function ledger.refuse_change();

-- The institution's own indicators, beside the catalogue everyone has. A definition is a fact:
-- changing it would change what values already recorded mean.
create table microfinance.indicator (
  institution_id  integer not null references access.institution,
  code            text not null,
  name            text not null,
  description     text,
  category        text not null,
  unit            text not null check (unit in ('count', 'money', 'share', 'number', 'yes_no')),
  aggregate       text not null
    check (aggregate in ('sum', 'mean', 'share', 'change', 'growth')),
  direction       text not null check (direction in ('up', 'down')),
  source          text not null check (source in ('survey', 'economic')),
  disaggregations text[] not null,
  iris_code       text,
  iris_version    text,
  created_at      timestamptz not null,
  created_by      text not null,
  primary key (institution_id, code),
  check ((iris_code is null) = (iris_version is null))
);
create index indicator_by_created on microfinance.indicator
  (institution_id, created_at desc, code desc);
create index indicator_by_category on microfinance.indicator
  (institution_id, category, created_at desc, code desc);
create trigger append_only before update or delete or truncate on microfinance.indicator
  for each statement execute function ledger.refuse_change();

-- Scorecards are other people's work, loaded by who may use them.
create table microfinance.poverty_scorecard (
  institution_id integer not null references access.institution,
  scorecard_id   text not null,
  country        text not null,
  version        text not null,
  line           text not null,
  questions      json not null,
  lookup         json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, scorecard_id)
);
create unique index poverty_scorecard_once on microfinance.poverty_scorecard
  (institution_id, country, version, line);
create index poverty_scorecard_by_created on microfinance.poverty_scorecard
  (institution_id, created_at desc, scorecard_id desc);
create trigger append_only before update or delete or truncate on microfinance.poverty_scorecard
  for each statement execute function ledger.refuse_change();

create table microfinance.survey (
  institution_id integer not null,
  survey_id      text not null,
  program_id     text not null,
  name           text not null,
  kind           text not null check (kind in ('baseline', 'follow_up', 'exit')),
  questions      json not null,
  scorecard_id   text,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, survey_id),
  foreign key (institution_id, program_id) references microfinance.program,
  foreign key (institution_id, scorecard_id) references microfinance.poverty_scorecard
);
create index survey_by_program on microfinance.survey
  (institution_id, program_id, created_at desc, survey_id desc);
create trigger append_only before update or delete or truncate on microfinance.survey
  for each statement execute function ledger.refuse_change();

-- What one person answered on one day, with the consent to use it. Never without consent.
create table microfinance.survey_response (
  institution_id          integer not null,
  response_id             text not null,
  survey_id               text not null,
  program_id              text not null,
  kind                    text not null,
  party_id                text not null,
  collected_on            date not null,
  location                text check (location in ('rural', 'urban', 'peri_urban')),
  is_consented            boolean not null check (is_consented),
  consented_on            date not null,
  consent_method          text not null,
  answers                 json not null,
  score                   integer check (score between 0 and 100),
  poverty_likelihood_bp   integer check (poverty_likelihood_bp between 0 and 10000),
  recorded_at             timestamptz not null,
  recorded_by             text not null,
  primary key (institution_id, response_id),
  foreign key (institution_id, survey_id) references microfinance.survey,
  foreign key (institution_id, party_id) references parties.party,
  check (consented_on <= collected_on)
);
create unique index survey_response_once on microfinance.survey_response
  (institution_id, survey_id, party_id, collected_on);
create index survey_response_by_survey on microfinance.survey_response
  (institution_id, survey_id, recorded_at desc, response_id desc);
create index survey_response_by_program on microfinance.survey_response
  (institution_id, program_id, party_id, collected_on);
create trigger append_only before update or delete or truncate on microfinance.survey_response
  for each statement execute function ledger.refuse_change();

create table microfinance.survey_answer (
  institution_id integer not null,
  response_id    text not null,
  indicator      text not null,
  value          numeric(24, 6) not null,
  primary key (institution_id, response_id, indicator),
  foreign key (institution_id, response_id) references microfinance.survey_response
);
create trigger append_only before update or delete or truncate on microfinance.survey_answer
  for each statement execute function ledger.refuse_change();

-- Consent can be taken back; from then on the response is counted nowhere.
create table microfinance.survey_withdrawal (
  institution_id integer not null,
  response_id    text not null,
  reason         text,
  withdrawn_at   timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, response_id),
  foreign key (institution_id, response_id) references microfinance.survey_response
);
create trigger append_only before update or delete or truncate on microfinance.survey_withdrawal
  for each statement execute function ledger.refuse_change();

-- Metrics reported by people, as opposed to those the books know.
create table microfinance.impact_record (
  institution_id integer not null,
  record_id      text not null,
  program_id     text not null,
  starts_on      date not null,
  ends_on        date not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, record_id),
  foreign key (institution_id, program_id) references microfinance.program,
  check (ends_on >= starts_on)
);
create trigger append_only before update or delete or truncate on microfinance.impact_record
  for each statement execute function ledger.refuse_change();

create table microfinance.impact_metric (
  institution_id integer not null,
  record_id      text not null,
  line           integer not null,
  program_id     text not null,
  ends_on        date not null,
  indicator      text not null,
  value          numeric(24, 6) not null,
  respondents    integer check (respondents >= 0),
  source         text not null,
  iris_version   text,
  dimension      text,
  cell           text,
  primary key (institution_id, record_id, line),
  foreign key (institution_id, record_id) references microfinance.impact_record,
  check ((dimension is null) = (cell is null)),
  check (dimension is null or respondents is not null)
);
create index impact_metric_by_program on microfinance.impact_metric
  (institution_id, program_id, ends_on, indicator);
create trigger append_only before update or delete or truncate on microfinance.impact_metric
  for each statement execute function ledger.refuse_change();
