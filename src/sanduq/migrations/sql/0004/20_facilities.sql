-- A quote is no offer: it tells what the board would give, and begins the time to think.
create table sarf.quote (
  institution_id     integer not null references access.institution,
  quote_id           text not null,
  external_id        text,
  customer_id        text not null,
  branch_id          text not null,
  asset              text not null,
  terms_id           text not null,
  price_board_id     text not null,
  language           text not null,
  lines              json not null,
  fine_weight_mg     bigint not null check (fine_weight_mg > 0),
  market_minor       bigint not null check (market_minor > 0),
  price_minor        bigint not null check (price_minor > 0),
  disclosure_version text not null,
  disclosure         json not null,
  offer_from         timestamptz not null,
  expires_at         timestamptz not null,
  created_at         timestamptz not null,
  created_by         text not null,
  metadata           json not null,
  primary key (institution_id, quote_id),
  foreign key (institution_id, customer_id) references parties.party,
  foreign key (institution_id, branch_id) references access.branch,
  foreign key (institution_id, terms_id) references sarf.terms
);
create unique index quote_external on sarf.quote (institution_id, external_id)
  where external_id is not null;
create index quote_newest on sarf.quote (institution_id, created_at desc, quote_id desc);
create index quote_by_customer on sarf.quote
  (institution_id, customer_id, created_at desc, quote_id desc);
create trigger append_only before update or delete or truncate on sarf.quote
  for each statement execute function ledger.refuse_change();

-- What one customer and the institution do together: a sale, perhaps a promise, perhaps purchases.
-- It holds the names of the sessions; no session holds its name.
create table sarf.facility (
  institution_id      integer not null references access.institution,
  facility_id         text not null,
  external_id         text,
  status              text not null check (status in ('QUOTED', 'SESSION1_OPEN', 'SOLD',
    'PROMISE_ISSUED', 'WINDOW_OPEN', 'SESSION2_OPEN', 'PART_BOUGHT', 'BOUGHT_BACK', 'LAPSED',
    'CLOSED', 'VOID_UNWOUND', 'CANCELLED')),
  customer_id         text not null,
  branch_id           text not null,
  asset               text not null,
  terms_id            text not null,
  quote_id            text not null,
  language            text not null,
  item_ids            text[] not null,
  owner_declaration   text not null,
  stolen_goods_check  text not null,
  independent_quote   json,
  acknowledged_lines  text[] not null,
  acknowledged_at     timestamptz not null,
  purchase_session_id text,
  sold_at             timestamptz,
  fine_weight_mg      bigint,
  price_minor         bigint,
  provision_minor     bigint not null default 0 check (provision_minor >= 0),
  ended_at            timestamptz,
  end_reason          text,
  created_at          timestamptz not null,
  created_by          text not null,
  metadata            json not null,
  version             integer not null,
  primary key (institution_id, facility_id),
  foreign key (institution_id, customer_id) references parties.party,
  foreign key (institution_id, branch_id) references access.branch,
  foreign key (institution_id, terms_id) references sarf.terms,
  foreign key (institution_id, quote_id) references sarf.quote,
  foreign key (institution_id, purchase_session_id) references sarf.session,
  check ((sold_at is null) = (fine_weight_mg is null)),
  check ((sold_at is null) = (price_minor is null))
);
create unique index facility_external on sarf.facility (institution_id, external_id)
  where external_id is not null;
create unique index facility_by_quote on sarf.facility (institution_id, quote_id);
create index facility_newest on sarf.facility (institution_id, created_at desc, facility_id desc);
create index facility_by_status on sarf.facility
  (institution_id, status, created_at desc, facility_id desc);
create index facility_by_customer on sarf.facility
  (institution_id, customer_id, created_at desc, facility_id desc);
create index facility_by_branch on sarf.facility
  (institution_id, branch_id, created_at desc, facility_id desc);
create index facility_by_session on sarf.facility (institution_id, purchase_session_id)
  where purchase_session_id is not null;

-- The institution's one-sided promise to sell, a paper of its own. It binds nobody else.
create table sarf.promise (
  institution_id  integer not null references access.institution,
  promise_id      text not null,
  facility_id     text not null,
  status          text not null
    check (status in ('ISSUED', 'OPEN', 'FULFILLED', 'LAPSED', 'WITHDRAWN')),
  promisee_id     text not null,
  asset           text not null,
  fine_weight_mg  bigint not null check (fine_weight_mg > 0),
  bought_fine_mg  bigint not null default 0
    check (bought_fine_mg between 0 and fine_weight_mg),
  cap_bp          integer not null check (cap_bp > 0 and cap_bp <= 10000),
  price_formula   text not null,
  opens_on        date not null,
  closes_on       date not null,
  language        text not null,
  wording         text not null,
  wording_hash    text not null,
  issued_at       timestamptz not null,
  issued_by       text not null,
  ended_on        date,
  version         integer not null,
  primary key (institution_id, promise_id),
  unique (institution_id, facility_id),
  foreign key (institution_id, facility_id) references sarf.facility,
  check (opens_on <= closes_on),
  check ((status in ('ISSUED', 'OPEN')) = (ended_on is null)),
  check (status <> 'FULFILLED' or bought_fine_mg = fine_weight_mg)
);
create index promise_newest on sarf.promise (institution_id, issued_at desc, promise_id desc);
create index promise_by_status on sarf.promise
  (institution_id, status, issued_at desc, promise_id desc);
create index promise_opening on sarf.promise (institution_id, opens_on) where status = 'ISSUED';
create index promise_closing on sarf.promise (institution_id, closes_on)
  where status in ('ISSUED', 'OPEN');
create index promise_by_promisee on sarf.promise
  (institution_id, promisee_id, issued_at desc, promise_id desc);

-- What the customer asks for in the window, if he does: pieces, weight and the price of that day.
create table sarf.buy_back (
  institution_id   integer not null references access.institution,
  buy_back_id      text not null,
  facility_id      text not null,
  promise_id       text not null,
  status           text not null check (status in
    ('AWAITING_APPROVAL', 'AGREED', 'SESSION_OPEN', 'BOUGHT', 'REFUSED', 'ENDED')),
  item_ids         text[] not null,
  fine_weight_mg   bigint not null check (fine_weight_mg > 0),
  cap_minor        bigint not null check (cap_minor >= 0),
  price_minor      bigint not null check (price_minor >= 0 and price_minor <= cap_minor),
  price_board_id   text not null,
  asked_on         date not null,
  reason           text,
  approved_by      text,
  session_id       text,
  provision_used_minor bigint not null default 0 check (provision_used_minor >= 0),
  created_at       timestamptz not null,
  created_by       text not null,
  version          integer not null,
  primary key (institution_id, buy_back_id),
  foreign key (institution_id, facility_id) references sarf.facility,
  foreign key (institution_id, promise_id) references sarf.promise,
  foreign key (institution_id, session_id) references sarf.session
);
create unique index buy_back_one_open on sarf.buy_back (institution_id, facility_id)
  where status in ('AWAITING_APPROVAL', 'AGREED', 'SESSION_OPEN');
create index buy_back_by_facility on sarf.buy_back
  (institution_id, facility_id, created_at desc, buy_back_id desc);
create index buy_back_by_session on sarf.buy_back (institution_id, session_id)
  where session_id is not null;
create index buy_back_newest on sarf.buy_back
  (institution_id, created_at desc, buy_back_id desc);
