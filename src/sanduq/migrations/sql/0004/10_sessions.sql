-- One exchange of gold and money: offered, accepted, both sides received, closed in one sitting.
-- A session knows its counterparty, its pieces and its price, and nothing of any other session.
create table sarf.session (
  institution_id   integer not null references access.institution,
  session_id       text not null,
  external_id      text,
  kind             text not null check (kind in ('PURCHASE', 'BUY_BACK', 'RESALE', 'EXCHANGE')),
  status           text not null
    check (status in ('OPEN', 'ACCEPTED', 'CLOSED', 'UNWOUND', 'VOID')),
  branch_id        text not null,
  customer_id      text not null,
  asset            text not null,
  price_minor      bigint not null check (price_minor >= 0),
  market_minor     bigint not null check (market_minor >= 0),
  price_board_id   text not null,
  service_fee_minor  bigint not null check (service_fee_minor >= 0),
  service_cost_minor bigint not null check (service_cost_minor >= 0),
  terms            json not null,
  wording          text,
  opened_at        timestamptz not null,
  opened_by        text not null,
  opened_on        date not null,
  expires_at       timestamptz not null,
  accepted_at      timestamptz,
  accepted_by_id   text,
  accepted_note    text,
  ended_at         timestamptz,
  ended_by         text,
  ended_how        text,
  end_reason       text,
  release_id       text,
  return_ids       text[] not null default '{}',
  journal_id       text,
  reversal_id      text,
  money_due_back_minor bigint not null default 0 check (money_due_back_minor >= 0),
  money_back       json,
  metadata         json not null,
  version          integer not null,
  primary key (institution_id, session_id),
  foreign key (institution_id, customer_id) references parties.party,
  foreign key (institution_id, branch_id) references access.branch,
  check ((status in ('OPEN', 'ACCEPTED')) = (ended_at is null)),
  check (status not in ('ACCEPTED', 'CLOSED', 'VOID') or accepted_at is not null),
  check ((status in ('CLOSED', 'VOID')) = (journal_id is not null)),
  check (service_fee_minor <= service_cost_minor)
);
create unique index session_external on sarf.session (institution_id, external_id)
  where external_id is not null;
create index session_newest on sarf.session
  (institution_id, opened_at desc, session_id desc);
create index session_by_status on sarf.session
  (institution_id, status, opened_at desc, session_id desc);
create index session_by_kind on sarf.session
  (institution_id, kind, opened_at desc, session_id desc);
create index session_by_customer on sarf.session
  (institution_id, customer_id, opened_at desc, session_id desc);
create index session_unfinished on sarf.session (institution_id, opened_on)
  where status in ('OPEN', 'ACCEPTED');
create index session_by_branch on sarf.session
  (institution_id, branch_id, opened_at desc, session_id desc);

-- What changes hands: `IN` comes to the institution, `OUT` leaves it.
create table sarf.session_piece (
  institution_id  integer not null references access.institution,
  session_id      text not null,
  item_id         text not null,
  direction       text not null check (direction in ('IN', 'OUT')),
  valuation_id    text,
  kind            text not null,
  gross_weight_mg bigint not null check (gross_weight_mg > 0),
  net_weight_mg   bigint not null check (net_weight_mg > 0),
  fineness_bp     integer not null check (fineness_bp > 0),
  fine_weight_mg  bigint not null check (fine_weight_mg > 0),
  primary key (institution_id, session_id, item_id),
  foreign key (institution_id, session_id) references sarf.session
);
create index session_piece_by_item on sarf.session_piece (institution_id, item_id);
create trigger append_only before update or delete or truncate on sarf.session_piece
  for each statement execute function ledger.refuse_change();

-- Who received what, when, where and how: one row for each leg of a session.
create table sarf.possession (
  institution_id   integer not null references access.institution,
  session_id       text not null,
  leg              text not null check (leg in ('GOLD_IN', 'GOLD_OUT', 'MONEY')),
  kind             text not null,
  received_by_id   text not null,
  handed_over_by   text not null,
  place            text not null,
  amount_minor     bigint,
  fine_weight_mg   bigint,
  reference        text,
  received_at      timestamptz not null,
  recorded_at      timestamptz not null,
  recorded_by      text not null,
  primary key (institution_id, session_id, leg),
  foreign key (institution_id, session_id) references sarf.session
);
create trigger append_only before update or delete or truncate on sarf.possession
  for each statement execute function ledger.refuse_change();

-- Gold the institution owns, piece by piece, at what it cost.
create table sarf.piece (
  institution_id      integer not null references access.institution,
  piece_id            text not null,
  item_id             text not null,
  status              text not null
    check (status in ('HELD', 'RESERVED', 'SOLD', 'RETURNED', 'EXCHANGED', 'LOST')),
  asset               text not null,
  kind                text not null,
  gross_weight_mg     bigint not null check (gross_weight_mg > 0),
  net_weight_mg       bigint not null check (net_weight_mg > 0),
  fineness_bp         integer not null check (fineness_bp > 0),
  fine_weight_mg      bigint not null check (fine_weight_mg > 0),
  cost_minor          bigint not null check (cost_minor >= 0),
  written_down_minor  bigint not null default 0
    check (written_down_minor between 0 and cost_minor),
  branch_id           text not null,
  acquired_session_id text not null,
  acquired_on         date not null,
  session_id          text,
  left_on             date,
  version             integer not null,
  primary key (institution_id, piece_id),
  foreign key (institution_id, acquired_session_id) references sarf.session,
  foreign key (institution_id, session_id) references sarf.session,
  check ((status in ('HELD', 'LOST')) = (session_id is null)),
  check ((status in ('HELD', 'RESERVED')) = (left_on is null))
);
create unique index piece_owned_once on sarf.piece (institution_id, item_id)
  where status in ('HELD', 'RESERVED');
create index piece_by_status on sarf.piece
  (institution_id, status, asset, acquired_on, piece_id);
create index piece_newest on sarf.piece (institution_id, piece_id desc);
create index piece_by_item on sarf.piece (institution_id, item_id);
create index piece_by_session on sarf.piece (institution_id, acquired_session_id);
create index piece_by_leaving on sarf.piece (institution_id, session_id)
  where session_id is not null;
