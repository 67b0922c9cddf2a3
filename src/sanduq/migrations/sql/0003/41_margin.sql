-- What pledges are worth from time to time, and how near claims have come to it. Values, flags and
-- cash held are facts: a later one is another row.
alter table rahnu.contract set (fillfactor = 80);
alter table rahnu.contract_item set (fillfactor = 80);
create index contract_in_force on rahnu.contract (institution_id, asset, contract_id)
  where status in ('ACTIVE', 'MARGIN_CALL');

create table rahnu.book_revaluation (
  institution_id  integer not null references access.institution,
  run_id          text not null,
  metal           text not null check (metal in ('gold', 'silver')),
  asset           text not null,
  price_board_id  text not null,
  revalued_on     date not null,
  pledge_count    integer not null check (pledge_count >= 0),
  unpriced_items  integer not null check (unpriced_items >= 0),
  old_value_minor bigint not null,
  new_value_minor bigint not null,
  called_count    integer not null check (called_count >= 0),
  cured_count     integer not null check (cured_count >= 0),
  created_at      timestamptz not null,
  created_by      text not null,
  primary key (institution_id, run_id)
);
create index book_revaluation_by_metal on rahnu.book_revaluation
  (institution_id, metal, asset, run_id desc);
create trigger append_only before update or delete or truncate on rahnu.book_revaluation
  for each statement execute function ledger.refuse_change();

create table rahnu.revaluation (
  institution_id  integer not null,
  contract_id     text not null,
  revaluation_id  text not null,
  basis           text not null check (basis in ('board', 'valuations', 'book')),
  price_board_id  text,
  source          text,
  run_id          text,
  old_value_minor bigint not null check (old_value_minor >= 0),
  new_value_minor bigint not null check (new_value_minor >= 0),
  claims_minor    bigint not null check (claims_minor >= 0),
  held_minor      bigint not null check (held_minor >= 0),
  flag_before     text not null check (flag_before in ('none', 'watch', 'call', 'critical')),
  flag_after      text not null check (flag_after in ('none', 'watch', 'call', 'critical')),
  revalued_at     timestamptz not null,
  revalued_by     text not null,
  primary key (institution_id, contract_id, revaluation_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  check ((basis = 'book') = (run_id is not null)),
  check (basis = 'valuations' or price_board_id is not null)
);
create trigger append_only before update or delete or truncate on rahnu.revaluation
  for each statement execute function ledger.refuse_change();

create table rahnu.margin_change (
  institution_id integer not null,
  contract_id    text not null,
  change_id      text not null,
  flag_before    text not null check (flag_before in ('none', 'watch', 'call', 'critical')),
  flag_after     text not null check (flag_after in ('none', 'watch', 'call', 'critical')),
  cause          text not null check (cause in (
    'price', 'valuation', 'claims', 'top_up', 'top_up_return', 'items', 'closed')),
  claims_minor   bigint not null check (claims_minor >= 0),
  value_minor    bigint not null check (value_minor >= 0),
  held_minor     bigint not null check (held_minor >= 0),
  changed_at     timestamptz not null,
  changed_by     text not null,
  primary key (institution_id, contract_id, change_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  check (flag_before <> flag_after)
);
create trigger append_only before update or delete or truncate on rahnu.margin_change
  for each statement execute function ledger.refuse_change();

-- A call is a notice, never a right to sell. Its delivery and its end are written on it once.
create table rahnu.margin_call (
  institution_id  integer not null,
  margin_call_id  text not null,
  contract_id     text not null,
  pledgor_id      text not null,
  branch_id       text not null,
  asset           text not null,
  flag            text not null check (flag in ('call', 'critical')),
  called_on       date not null,
  cure_by_on      date not null check (cure_by_on >= called_on),
  claims_minor    bigint not null check (claims_minor > 0),
  cover_minor     bigint not null check (cover_minor >= 0),
  notice          text not null,
  created_at      timestamptz not null,
  created_by      text not null,
  channel         text check (channel in ('visit', 'letter', 'phone', 'message', 'counter')),
  proof           text,
  delivered_on    date,
  delivered_by    text,
  ended_on        date,
  end_cause       text check (end_cause in (
    'price', 'valuation', 'claims', 'top_up', 'top_up_return', 'items', 'closed')),
  primary key (institution_id, margin_call_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  check ((channel is null) = (proof is null) and (channel is null) = (delivered_on is null)),
  check ((ended_on is null) = (end_cause is null))
);
create unique index margin_call_one_open on rahnu.margin_call (institution_id, contract_id)
  where ended_on is null;
create index margin_call_open on rahnu.margin_call (institution_id, margin_call_id desc)
  where ended_on is null;
create index margin_call_overdue on rahnu.margin_call (institution_id, cure_by_on)
  where ended_on is null;
create index margin_call_by_contract on rahnu.margin_call
  (institution_id, contract_id, margin_call_id desc);
create index margin_call_by_pledgor on rahnu.margin_call
  (institution_id, pledgor_id, margin_call_id desc);
create index margin_call_by_branch on rahnu.margin_call
  (institution_id, branch_id, margin_call_id desc);
create index margin_call_by_asset on rahnu.margin_call
  (institution_id, asset, margin_call_id desc);
create index margin_call_by_day on rahnu.margin_call (institution_id, called_on);

-- Cash of the owner, held beside the things; in the books it is owed to the owner (2200).
create table rahnu.top_up (
  institution_id   integer not null,
  contract_id      text not null,
  top_up_id        text not null,
  kind             text not null check (kind in ('received', 'returned')),
  asset            text not null,
  amount_minor     bigint not null check (amount_minor > 0),
  held_after_minor bigint not null check (held_after_minor >= 0),
  reason           text,
  journal_id       text not null,
  moved_on         date not null,
  created_at       timestamptz not null,
  created_by       text not null,
  primary key (institution_id, contract_id, top_up_id),
  foreign key (institution_id, contract_id) references rahnu.contract
);
create trigger append_only before update or delete or truncate on rahnu.top_up
  for each statement execute function ledger.refuse_change();

-- A term moved: an extension of the old one, or a new one in its place. The debt is never raised.
create table rahnu.term_change (
  institution_id       integer not null,
  contract_id          text not null,
  term_change_id       text not null,
  kind                 text not null check (kind in ('extension', 'renewal')),
  number               integer not null check (number > 0),
  months               integer not null check (months > 0),
  matured_on           date,
  matures_on           date not null,
  outstanding_minor    bigint not null check (outstanding_minor >= 0),
  paid_minor           bigint not null check (paid_minor >= 0),
  fee_paid_minor       bigint not null check (fee_paid_minor >= 0),
  reason               text,
  created_at           timestamptz not null,
  created_by           text not null,
  primary key (institution_id, contract_id, term_change_id),
  foreign key (institution_id, contract_id) references rahnu.contract
);
create trigger append_only before update or delete or truncate on rahnu.term_change
  for each statement execute function ledger.refuse_change();
