-- The sale of pledged things and how its price was shared out (rule RHN-20). A sale to a dealer or
-- to the creditor waits as PROPOSED for another person; an auctioned lot is sold in one act.
create table rahnu.sale (
  institution_id        integer not null,
  sale_id               text not null,
  external_id           text,
  contract_id           text not null,
  method                text not null check (method in ('auction', 'dealer', 'owner_sale')),
  status                text not null check (status in ('PROPOSED', 'EXECUTED', 'REJECTED')),
  lot_id                text,
  buyer_id              text not null,
  branch_id             text not null,
  asset                 text not null,
  price_minor           bigint not null check (price_minor > 0),
  market_minor          bigint not null check (market_minor > 0),
  priced_at             timestamptz not null,
  price_board_ids       text[] not null,
  costs                 json not null,
  quotes                json not null,
  owner_sale_contract   text,
  payment_method        text not null,
  payment_reference     text,
  has_owner_sale_costs  boolean,
  sale_costs_minor      bigint check (sale_costs_minor >= 0),
  owner_costs_minor     bigint check (owner_costs_minor >= 0),
  principal_due_minor   bigint check (principal_due_minor >= 0),
  fee_due_minor         bigint check (fee_due_minor >= 0),
  collection_minor      bigint check (collection_minor >= 0),
  to_principal_minor    bigint check (to_principal_minor >= 0),
  to_fee_minor          bigint check (to_fee_minor >= 0),
  to_collection_minor   bigint check (to_collection_minor >= 0),
  surplus_minor         bigint check (surplus_minor >= 0),
  shortfall_minor       bigint check (shortfall_minor >= 0),
  repayment_id          text,
  surplus_id            text,
  journal_id            text,
  release_id            text,
  return_release_ids    text[] not null,
  creditor_journal_id   text,
  creditor_paid_on      date,
  sold_on               date,
  reason                text,
  metadata              jsonb not null,
  created_at            timestamptz not null,
  created_by            text not null,
  executed_at           timestamptz,
  executed_by           text,
  version               integer not null,
  primary key (institution_id, sale_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, lot_id) references rahnu.lot,
  foreign key (institution_id, buyer_id) references parties.party,
  foreign key (institution_id, branch_id) references access.branch,
  check ((method = 'auction') = (lot_id is not null)),
  check ((status = 'EXECUTED') = (journal_id is not null and sold_on is not null)),
  check (method = 'auction' or executed_by is null or executed_by <> created_by),
  check (status <> 'EXECUTED' or price_minor
    = owner_costs_minor + to_principal_minor + to_fee_minor + to_collection_minor + surplus_minor),
  check (status <> 'EXECUTED' or shortfall_minor = principal_due_minor + fee_due_minor
    + collection_minor - to_principal_minor - to_fee_minor - to_collection_minor)
);
create unique index sale_external_id on rahnu.sale (institution_id, external_id)
  where external_id is not null;
create unique index sale_of_lot on rahnu.sale (institution_id, lot_id) where lot_id is not null;
create index sale_by_contract on rahnu.sale (institution_id, contract_id, sale_id desc);
create index sale_by_status on rahnu.sale (institution_id, status, sale_id desc);
create index sale_by_method on rahnu.sale (institution_id, method, sale_id desc);
create index sale_by_buyer on rahnu.sale (institution_id, buyer_id, sale_id desc);

create table rahnu.sale_item (
  institution_id integer not null,
  sale_id        text not null,
  item_id        text not null,
  market_minor   bigint not null check (market_minor > 0),
  primary key (institution_id, sale_id, item_id),
  foreign key (institution_id, sale_id) references rahnu.sale,
  foreign key (institution_id, item_id) references assets.item
);
create index sale_item_by_item on rahnu.sale_item (institution_id, item_id);
create trigger append_only before update or delete or truncate on rahnu.sale_item
  for each statement execute function ledger.refuse_change();
