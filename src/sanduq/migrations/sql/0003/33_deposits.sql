-- Things left for safe-keeping alone, by the same tariff as a pledge. What lies in the vault is in
-- the custody register; in the books there is only the fee for keeping it.
create table rahnu.deposit (
  institution_id        integer not null references access.institution,
  deposit_id            text not null,
  external_id           text,
  status                text not null check (status in ('OPEN', 'WITHDRAWN')),
  owner_id              text not null,
  branch_id             text not null,
  asset                 text not null,
  liability_basis       text not null check (liability_basis in ('amanah', 'damanah')),
  fee_policy_id         text,
  weight_mg             bigint not null check (weight_mg > 0),
  volume_mm3            bigint not null check (volume_mm3 >= 0),
  item_count            integer not null check (item_count > 0),
  vault_class           integer not null check (vault_class > 0),
  takaful_premium_minor bigint not null check (takaful_premium_minor >= 0),
  fee_monthly_minor     bigint check (fee_monthly_minor >= 0),
  kept_from_on          date,
  fee_until_on          date,
  fee_accrued_minor     bigint not null check (fee_accrued_minor >= 0),
  fee_paid_minor        bigint not null check (fee_paid_minor between 0 and fee_accrued_minor),
  pledged_to            text,
  release_id            text,
  withdrawn_at          timestamptz,
  metadata              json not null,
  created_at            timestamptz not null,
  created_by            text not null,
  version               integer not null,
  primary key (institution_id, deposit_id),
  foreign key (institution_id, owner_id) references parties.party,
  foreign key (institution_id, branch_id) references access.branch,
  foreign key (institution_id, fee_policy_id) references rahnu.fee_policy,
  check (liability_basis = 'amanah' or fee_policy_id is null),
  check (pledged_to is null or liability_basis = 'amanah'),
  check ((status = 'WITHDRAWN') = (withdrawn_at is not null))
);
create unique index deposit_external on rahnu.deposit (institution_id, external_id)
  where external_id is not null;
create index deposit_newest on rahnu.deposit (institution_id, created_at desc, deposit_id desc);
create index deposit_by_owner on rahnu.deposit
  (institution_id, owner_id, created_at desc, deposit_id desc);
create index deposit_by_status on rahnu.deposit
  (institution_id, status, created_at desc, deposit_id desc);
create index deposit_accruing on rahnu.deposit (institution_id, deposit_id)
  where status = 'OPEN' and kept_from_on is not null and fee_until_on is null
    and fee_policy_id is not null;

create table rahnu.deposit_item (
  institution_id integer not null,
  deposit_id     text not null,
  item_id        text not null,
  is_open        boolean not null,
  primary key (institution_id, deposit_id, item_id),
  foreign key (institution_id, deposit_id) references rahnu.deposit,
  foreign key (institution_id, item_id) references assets.item
);
create unique index deposit_item_once on rahnu.deposit_item (institution_id, item_id)
  where is_open;

-- A payment of the fee is a fact.
create table rahnu.deposit_payment (
  institution_id integer not null,
  payment_id     text not null,
  deposit_id     text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  paid_on        date not null,
  reference      text,
  journal_id     text not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, payment_id),
  foreign key (institution_id, deposit_id) references rahnu.deposit
);
create index deposit_payment_by_deposit on rahnu.deposit_payment
  (institution_id, deposit_id, recorded_at desc, payment_id desc);
create trigger append_only before update or delete or truncate on rahnu.deposit_payment
  for each statement execute function ledger.refuse_change();
