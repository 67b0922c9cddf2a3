create schema access;

create table access.institution (
  institution_id        integer primary key,
  id                    text not null unique,
  name                  text not null,
  is_live               boolean not null,
  time_zone             text not null,
  currency              text not null,
  shariah_profile       text not null,
  weekend               integer[] not null,
  holidays              date[] not null,
  prohibited_purposes   text[] not null,
  majority_age_years    integer not null,
  rate_limit_per_minute integer not null,
  clock_frozen_at       timestamptz,
  closed_through_on     date not null,
  created_at            timestamptz not null,
  check (clock_frozen_at is null or not is_live)
);

create table access.branch (
  institution_id integer not null references access.institution,
  branch_id      text not null,
  name           text not null,
  is_default     boolean not null,
  created_at     timestamptz not null,
  primary key (institution_id, branch_id)
);
create index branch_by_created on access.branch (institution_id, created_at, branch_id);
create unique index branch_default_once on access.branch (institution_id) where is_default;

create table access.role (
  institution_id integer not null references access.institution,
  role           text not null,
  name           text not null,
  scopes         text[] not null,
  primary key (institution_id, role)
);

create table access.role_limit (
  institution_id integer not null,
  role           text not null,
  action         text not null,
  asset          text not null,
  limit_minor    bigint not null check (limit_minor >= 0),
  primary key (institution_id, role, action, asset),
  foreign key (institution_id, role) references access.role
);

create table access.staff_user (
  institution_id integer not null references access.institution,
  user_id        text not null,
  name           text not null,
  email          text,
  password_hash  text,
  roles          text[] not null,
  branch_id      text,
  is_active      boolean not null,
  created_at     timestamptz not null,
  primary key (institution_id, user_id),
  foreign key (institution_id, branch_id) references access.branch
);
create index staff_user_by_created on access.staff_user (institution_id, created_at, user_id);
create unique index staff_user_email on access.staff_user (institution_id, lower(email))
  where email is not null;

create table access.api_key (
  institution_id integer not null references access.institution,
  key_id         text not null,
  name           text not null,
  hint           text not null,
  key_hash       bytea not null,
  user_id        text not null,
  scopes         text[] not null,
  status         text not null check (status in ('PENDING_APPROVAL', 'ACTIVE', 'REVOKED')),
  created_at     timestamptz not null,
  created_by     text not null,
  approved_at    timestamptz,
  approved_by    text,
  revoked_at     timestamptz,
  primary key (institution_id, key_id),
  foreign key (institution_id, user_id) references access.staff_user,
  check (approved_by is null or approved_by <> created_by)
);
create index api_key_by_created on access.api_key (institution_id, created_at, key_id);
create unique index api_key_hash on access.api_key (key_hash, institution_id);

create table access.approval (
  institution_id integer not null references access.institution,
  approval_id    text not null,
  action         text not null,
  subject_id     text not null,
  asset          text,
  amount_minor   bigint,
  maker_id       text not null,
  requested_at   timestamptz not null,
  status         text not null check (status in ('PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
  checker_id     text,
  decided_at     timestamptz,
  reason         text,
  primary key (institution_id, approval_id),
  check (checker_id is null or status = 'WITHDRAWN' or checker_id <> maker_id),
  check ((status = 'PENDING') = (decided_at is null))
);
create unique index approval_pending_once on access.approval (institution_id, action, subject_id)
  where status = 'PENDING';
create index approval_by_status on access.approval (institution_id, status, approval_id);
create index approval_by_subject on access.approval (institution_id, subject_id);
