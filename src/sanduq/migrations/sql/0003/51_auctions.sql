-- People who may not buy a pledge because they stand on the creditor's side (rule RHN-25).
create table rahnu.related_party (
  institution_id integer not null,
  party_id       text not null,
  relation       text not null check (relation in (
    'staff', 'valuer', 'kin', 'owner', 'affiliate')),
  user_id        text,
  note           text,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  ended_on       date,
  ended_by       text,
  primary key (institution_id, party_id),
  foreign key (institution_id, party_id) references parties.party,
  foreign key (institution_id, user_id) references access.staff_user
);
create index related_party_newest on rahnu.related_party
  (institution_id, recorded_at desc, party_id desc);
create index related_party_by_relation on rahnu.related_party
  (institution_id, relation, recorded_at desc);
create index related_party_by_user on rahnu.related_party (institution_id, user_id)
  where user_id is not null;

create table rahnu.auction (
  institution_id      integer not null,
  auction_id          text not null,
  external_id         text,
  name                text not null,
  status              text not null check (status in (
    'PLANNED', 'ANNOUNCED', 'OPEN', 'CLOSED', 'SETTLED', 'CANCELLED')),
  mode                text not null check (mode in ('sealed', 'open')),
  asset               text not null,
  branch_id           text not null,
  channel             text not null,
  place               text not null,
  announced_on        date,
  announcement        text,
  opens_at            timestamptz not null,
  closes_at           timestamptz not null,
  auctioneer_party_id text,
  licence             text,
  is_licence_required boolean not null,
  bids_max_per_bidder integer check (bids_max_per_bidder > 0),
  payment_days        integer not null check (payment_days between 0 and 60),
  metadata            jsonb not null,
  reason              text,
  created_at          timestamptz not null,
  created_by          text not null,
  opened_at           timestamptz,
  opened_by           text,
  closed_at           timestamptz,
  closed_by           text,
  settled_at          timestamptz,
  version             integer not null,
  primary key (institution_id, auction_id),
  foreign key (institution_id, branch_id) references access.branch,
  foreign key (institution_id, auctioneer_party_id) references parties.party,
  check (closes_at > opens_at),
  check (closed_by is null or closed_by <> opened_by),
  check (status not in ('ANNOUNCED', 'OPEN', 'CLOSED', 'SETTLED') or announced_on is not null),
  check (status not in ('OPEN', 'CLOSED', 'SETTLED') or opened_at is not null),
  check (status not in ('CLOSED', 'SETTLED') or closed_at is not null)
);
create unique index auction_external_id on rahnu.auction (institution_id, external_id)
  where external_id is not null;
create index auction_by_status on rahnu.auction (institution_id, status, auction_id desc);
create index auction_by_branch on rahnu.auction (institution_id, branch_id, auction_id desc);
create index auction_by_asset on rahnu.auction (institution_id, asset, auction_id desc);
create index auction_by_mode on rahnu.auction (institution_id, mode, auction_id desc);
create index auction_by_auctioneer on rahnu.auction (institution_id, auctioneer_party_id)
  where auctioneer_party_id is not null;

-- One thing or several of one pledge, put up together. `market_minor` is their worth on the price
-- board of `priced_at`; the reserve rests on it and never on the debt (rule ARN-06).
create table rahnu.lot (
  institution_id     integer not null,
  lot_id             text not null,
  auction_id         text not null,
  contract_id        text not null,
  number             integer not null check (number > 0),
  status             text not null check (status in (
    'LISTED', 'AWARDED', 'PAID', 'SOLD', 'UNSOLD', 'WITHDRAWN')),
  asset              text not null,
  attempt            integer not null check (attempt between 1 and 9),
  is_best_price      boolean not null,
  market_minor       bigint not null check (market_minor > 0),
  priced_at          timestamptz not null,
  price_board_ids    text[] not null,
  reserve_minor      bigint not null check (reserve_minor > 0),
  needed_minor       bigint not null check (needed_minor > 0),
  awarded_bid_id     text,
  awarded_to         text,
  awarded_minor      bigint check (awarded_minor > 0),
  awarded_at         timestamptz,
  awarded_by         text,
  pay_by_on          date,
  passed_bid_ids     text[] not null,
  paid_at            timestamptz,
  paid_by            text,
  payment_method     text,
  payment_reference  text,
  journal_id         text,
  reason             text,
  created_at         timestamptz not null,
  created_by         text not null,
  ended_at           timestamptz,
  version            integer not null,
  primary key (institution_id, lot_id),
  foreign key (institution_id, auction_id) references rahnu.auction,
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, awarded_to) references parties.party,
  check ((status in ('AWARDED', 'PAID', 'SOLD')) = (awarded_bid_id is not null)),
  check ((awarded_bid_id is null) = (awarded_to is null)),
  check ((awarded_bid_id is null) = (awarded_minor is null)),
  check ((status in ('PAID', 'SOLD')) = (journal_id is not null and paid_at is not null))
);
create unique index lot_number on rahnu.lot (institution_id, auction_id, number);
create index lot_by_contract on rahnu.lot (institution_id, contract_id, lot_id desc);
create index lot_by_status on rahnu.lot (institution_id, status, lot_id desc);
create index lot_by_auction on rahnu.lot (institution_id, auction_id, lot_id desc);
create index lot_by_buyer on rahnu.lot (institution_id, awarded_to) where awarded_to is not null;

create table rahnu.lot_item (
  institution_id integer not null,
  lot_id         text not null,
  item_id        text not null,
  market_minor   bigint not null check (market_minor > 0),
  is_open        boolean not null,
  primary key (institution_id, lot_id, item_id),
  foreign key (institution_id, lot_id) references rahnu.lot,
  foreign key (institution_id, item_id) references assets.item
);
-- A thing is put up once at a time.
create unique index lot_item_open on rahnu.lot_item (institution_id, item_id) where is_open;
create index lot_item_by_item on rahnu.lot_item (institution_id, item_id);

create table rahnu.bidder (
  institution_id integer not null,
  auction_id     text not null,
  party_id       text not null,
  paddle         integer not null check (paddle > 0),
  registered_at  timestamptz not null,
  registered_by  text not null,
  primary key (institution_id, auction_id, party_id),
  foreign key (institution_id, auction_id) references rahnu.auction,
  foreign key (institution_id, party_id) references parties.party
);
create unique index bidder_paddle on rahnu.bidder (institution_id, auction_id, paddle);
create index bidder_by_party on rahnu.bidder (institution_id, party_id);
create trigger append_only before update or delete or truncate on rahnu.bidder
  for each statement execute function ledger.refuse_change();

-- A bid binds until the session ends: it is never changed and never taken back (rule ARN-05).
-- One below the reserve is written down and cannot win.
create table rahnu.bid (
  institution_id integer not null,
  bid_id         text not null,
  lot_id         text not null,
  auction_id     text not null,
  party_id       text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  is_accepted    boolean not null,
  bid_at         timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, bid_id),
  foreign key (institution_id, lot_id) references rahnu.lot,
  foreign key (institution_id, auction_id, party_id) references rahnu.bidder
);
create index bid_by_lot on rahnu.bid (institution_id, lot_id, bid_id desc);
create index bid_by_party on rahnu.bid (institution_id, auction_id, party_id, bid_id desc);
create trigger append_only before update or delete or truncate on rahnu.bid
  for each statement execute function ledger.refuse_change();
