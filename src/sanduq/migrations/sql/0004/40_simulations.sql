-- A simulation with what it was asked: floats, for thinking with, and nothing in the books rests
-- on one. The same parameters and seed give the same results with the same engine.
create table sarf.simulation (
  institution_id integer not null references access.institution,
  simulation_id  text not null,
  external_id    text,
  model          text not null check (model in ('given', 'historical', 'gbm', 'bootstrap')),
  paths          bigint not null check (paths > 0),
  months         integer not null check (months > 0),
  seed           bigint not null check (seed >= 0),
  engine_version text not null,
  parameters     json not null,
  results        json not null,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, simulation_id)
);
create unique index simulation_external on sarf.simulation (institution_id, external_id)
  where external_id is not null;
create index simulation_newest on sarf.simulation
  (institution_id, created_at desc, simulation_id desc);
create index simulation_by_model on sarf.simulation
  (institution_id, model, created_at desc, simulation_id desc);
create trigger append_only before update or delete or truncate on sarf.simulation
  for each statement execute function ledger.refuse_change();
