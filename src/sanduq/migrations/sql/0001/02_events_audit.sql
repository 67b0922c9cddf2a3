-- Tables that grow with every request do not refer to the institution by foreign key: row-level
-- security admits rows of the bound institution only, and each key check would lock its row.
create schema events;
create table events.event (
  institution_id integer not null,
  event_id       text not null,
  type           text not null,
  version        text not null,
  subject_id     text not null,
  occurred_at    timestamptz not null,
  is_live        boolean not null,
  data           json not null,
  metadata       json not null,
  primary key (institution_id, event_id)
);
create index event_by_type on events.event (institution_id, type, event_id);
create index event_by_subject on events.event (institution_id, subject_id, event_id);

create schema audit;
create table audit.record (
  institution_id integer not null,
  record_id      text not null,
  at             timestamptz not null,
  user_id        text not null,
  credential_id  text not null,
  request_id     text not null,
  action         text not null,
  subject_id     text not null,
  reason         text,
  details        json not null,
  primary key (institution_id, record_id)
);
create index record_by_subject on audit.record (institution_id, subject_id, record_id);
create index record_by_user on audit.record (institution_id, user_id, record_id);
create index record_by_action on audit.record (institution_id, action, record_id);
