-- What may be bought by salam: of what kind, in what unit, what must be said of it (SLM-03 to 05),
-- and in which months it is to be had (SLM-08; none named: all year).
create table microfinance.commodity (
  institution_id integer not null references access.institution,
  commodity_id   text not null,
  code           text not null,
  external_id    text,
  name           text not null,
  kind           text not null,
  unit           text not null,
  is_fungible    boolean not null,
  required_specifications text[] not null,
  harvest_months integer[] not null,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, commodity_id),
  check (1 <= all (harvest_months) and 12 >= all (harvest_months))
);
create unique index commodity_code on microfinance.commodity (institution_id, code);
create unique index commodity_external on microfinance.commodity (institution_id, external_id)
  where external_id is not null;
create index commodity_by_created on microfinance.commodity
  (institution_id, created_at desc, commodity_id desc);

-- One salam. Quantities are thousandths of the unit. `due_on` and `due_milli` are the days of
-- delivery of all that was sold and has not lapsed; which of them are covered is derived.
create table microfinance.salam_contract (
  institution_id       integer not null references access.institution,
  contract_id          text not null,
  loan_id              text not null,
  seller_id            text not null,
  branch_id            text not null,
  asset                text not null,
  commodity_code       text not null,
  quantity_milli       bigint not null check (quantity_milli > 0),
  quantity_unit        text not null,
  price_per_unit_minor bigint not null check (price_per_unit_minor > 0),
  capital_minor        bigint not null check (capital_minor > 0),
  specifications       jsonb not null,
  delivery_place       text not null,
  freight_payer        text not null check (freight_payer in ('seller', 'buyer')),
  securities           json not null,
  due_on               date[] not null,
  due_milli            bigint[] not null,
  price_window_days    integer not null check (price_window_days between 0 and 3),
  stage                text not null check (stage in ('AGREED', 'PRICE_PARTLY_PAID', 'PRICE_PAID',
                         'PARTLY_DELIVERED', 'ENDED', 'CANCELLED')),
  paid_minor           bigint not null check (paid_minor between 0 and capital_minor),
  paid_by              text,
  contracted_on        date,
  lapsed_milli         bigint not null check (lapsed_milli >= 0),
  delivered_milli      bigint not null check (delivered_milli >= 0),
  substituted_milli    bigint not null check (substituted_milli >= 0),
  cancelled_milli      bigint not null check (cancelled_milli >= 0),
  refundable_minor     bigint not null check (refundable_minor between 0 and paid_minor),
  capital_open_minor   bigint not null check (capital_open_minor between 0 and paid_minor),
  oldest_undelivered_due_on date,
  created_at           timestamptz not null,
  created_by           text not null,
  version              integer not null,
  primary key (institution_id, contract_id),
  foreign key (institution_id, seller_id) references parties.party,
  check (lapsed_milli + delivered_milli + substituted_milli + cancelled_milli <= quantity_milli),
  check (cardinality(due_on) = cardinality(due_milli) and cardinality(due_on) > 0)
) with (fillfactor = 80);
create unique index salam_contract_loan on microfinance.salam_contract (institution_id, loan_id);
create index salam_contract_by_seller on microfinance.salam_contract
  (institution_id, commodity_code, seller_id);
create index salam_contract_undelivered on microfinance.salam_contract
  (institution_id, oldest_undelivered_due_on) where capital_open_minor > 0;
create index salam_contract_price_open on microfinance.salam_contract (institution_id)
  where stage = 'PRICE_PARTLY_PAID';

-- A step is a fact: who did what, when, on what evidence.
create table microfinance.salam_step (
  institution_id integer not null,
  step_id        text not null,
  contract_id    text not null,
  kind           text not null,
  occurred_on    date not null,
  quantity_milli bigint not null check (quantity_milli >= 0),
  amount_minor   bigint not null check (amount_minor >= 0),
  asset          text not null,
  details        json not null,
  journal_id     text,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, step_id),
  foreign key (institution_id, contract_id) references microfinance.salam_contract
);
create index salam_step_by_contract on microfinance.salam_step
  (institution_id, contract_id, step_id);
create trigger append_only before update or delete or truncate on microfinance.salam_step
  for each statement execute function ledger.refuse_change();

-- Goods in hand, lot by lot; account 1410 of the contract holds their cost.
create table microfinance.salam_goods (
  institution_id  integer not null,
  goods_id        text not null,
  contract_id     text not null,
  branch_id       text not null,
  asset           text not null,
  commodity_code  text not null,
  quantity_unit   text not null,
  specifications  jsonb not null,
  quality         text not null check (quality in ('as_agreed', 'better', 'worse')),
  place           text not null,
  received_on     date not null,
  quantity_milli  bigint not null check (quantity_milli > 0),
  left_milli      bigint not null check (left_milli between 0 and quantity_milli),
  cost_minor      bigint not null check (cost_minor >= 0),
  left_cost_minor bigint not null check (left_cost_minor between 0 and cost_minor),
  created_at      timestamptz not null,
  created_by      text not null,
  primary key (institution_id, goods_id),
  foreign key (institution_id, contract_id) references microfinance.salam_contract,
  check (left_milli > 0 or left_cost_minor = 0)
) with (fillfactor = 80);
create index salam_goods_by_contract on microfinance.salam_goods
  (institution_id, contract_id, goods_id);
create index salam_goods_in_hand on microfinance.salam_goods
  (institution_id, commodity_code, asset, goods_id) where left_milli > 0;
create index salam_goods_by_created on microfinance.salam_goods
  (institution_id, created_at desc, goods_id desc);

create table microfinance.salam_goods_move (
  institution_id integer not null,
  move_id        text not null,
  goods_id       text not null,
  kind           text not null check (kind in ('receipt', 'sale', 'parallel', 'write_down')),
  quantity_milli bigint not null,
  cost_minor     bigint not null,
  reference      text not null,
  journal_id     text,
  moved_on       date not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, move_id),
  foreign key (institution_id, goods_id) references microfinance.salam_goods
);
create index salam_goods_move_by_goods on microfinance.salam_goods_move
  (institution_id, goods_id, move_id);
create trigger append_only before update or delete or truncate on microfinance.salam_goods_move
  for each statement execute function ledger.refuse_change();

-- Like goods sold by salam to another: a contract of its own, tied to no other (SLM-16).
create table microfinance.parallel_salam (
  institution_id       integer not null references access.institution,
  parallel_id          text not null,
  external_id          text,
  buyer_id             text not null,
  branch_id            text not null,
  asset                text not null,
  commodity_code       text not null,
  quantity_milli       bigint not null check (quantity_milli > 0),
  quantity_unit        text not null,
  price_per_unit_minor bigint not null check (price_per_unit_minor > 0),
  price_minor          bigint not null check (price_minor > 0),
  specifications       jsonb not null,
  delivery_on          date not null,
  delivery_place       text not null,
  notes                text,
  delivered_milli      bigint not null check (delivered_milli between 0 and quantity_milli),
  earned_minor         bigint not null check (earned_minor between 0 and price_minor),
  status               text not null check (status in ('ACTIVE', 'COMPLETED')),
  metadata             jsonb not null,
  created_at           timestamptz not null,
  created_by           text not null,
  version              integer not null,
  primary key (institution_id, parallel_id),
  foreign key (institution_id, buyer_id) references parties.party,
  check ((status = 'COMPLETED') = (delivered_milli = quantity_milli)),
  check ((status = 'COMPLETED') = (earned_minor = price_minor))
) with (fillfactor = 80);
create unique index parallel_salam_external on microfinance.parallel_salam
  (institution_id, external_id) where external_id is not null;
create index parallel_salam_by_created on microfinance.parallel_salam
  (institution_id, created_at desc, parallel_id desc);
create index parallel_salam_by_buyer on microfinance.parallel_salam (institution_id, buyer_id);
create index parallel_salam_by_status on microfinance.parallel_salam
  (institution_id, status, created_at desc, parallel_id desc);

-- Capital at risk in goods not delivered, for figures of the portfolio: days late are counted
-- from `oldest_undelivered_due_on`.
create view microfinance.salam_exposure with (security_invoker = true) as
select institution_id, loan_id, branch_id, asset,
       capital_open_minor as capital_undelivered_minor, oldest_undelivered_due_on, seller_id
  from microfinance.salam_contract
 where capital_open_minor > 0;
