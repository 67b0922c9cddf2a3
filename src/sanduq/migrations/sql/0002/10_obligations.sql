-- A repayment is a fact about a debt, whatever contract the debt came from.
alter table qard.repayment set schema obligations;
alter table obligations.repayment rename column qard_id to obligation_id;
alter table obligations.repayment rename constraint repayment_institution_id_qard_id_fkey
  to repayment_obligation;
alter table obligations.repayment drop constraint repayment_obligation;
alter table obligations.repayment add constraint repayment_obligation
  foreign key (institution_id, obligation_id) references obligations.obligation;
create index repayment_by_obligation on obligations.repayment
  (institution_id, obligation_id, received_on);

-- Whose money is owed: the ledger fund the claim belongs to, and the pool it revolves in.
alter table obligations.obligation add column fund text not null default 'own';
alter table obligations.obligation add column pool_id text;
alter table obligations.obligation add constraint obligation_pool
  check (pool_id is not null or fund = 'own');
create index obligation_by_pool on obligations.obligation (institution_id, pool_id)
  where pool_id is not null;

alter table qard.contract add column fund text not null default 'own';
alter table qard.contract add column pool_id text;

-- A written-off debt leaves the portfolio on that day, while the claim survives.
alter table obligations.obligation add column written_off_on date;
