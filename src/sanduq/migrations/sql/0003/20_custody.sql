-- Things kept in trust: where they lie, who put them there, how they left. Nothing here is an asset
-- of the institution and nothing here is money.
create table custody.setting (
  institution_id      integer primary key references access.institution,
  weight_tolerance_mg bigint not null check (weight_tolerance_mg between 0 and 1000),
  set_at              timestamptz not null,
  set_by              text not null
);

-- A vault, and cabinets, trays and slots in it. `path` is its names from the vault down.
create table custody.place (
  institution_id  integer not null references access.institution,
  place_id        text not null,
  external_id     text,
  branch_id       text not null,
  parent_id       text,
  kind            text not null check (kind in ('vault', 'cabinet', 'tray', 'slot')),
  name            text not null check (position('/' in name) = 0),
  path            text not null,
  vault_class     integer not null check (vault_class >= 1),
  capacity        integer not null check (capacity >= 0),
  is_open         boolean not null,
  keeper_party_id text,
  metadata        json not null,
  created_at      timestamptz not null,
  created_by      text not null,
  version         integer not null,
  primary key (institution_id, place_id),
  foreign key (institution_id, branch_id) references access.branch,
  foreign key (institution_id, parent_id) references custody.place,
  foreign key (institution_id, keeper_party_id) references parties.party,
  check ((kind = 'vault') = (parent_id is null))
);
create unique index place_path on custody.place (institution_id, branch_id, path);
create unique index place_external on custody.place (institution_id, external_id)
  where external_id is not null;
create index place_by_branch on custody.place (institution_id, branch_id, place_id desc);
create index place_by_parent on custody.place (institution_id, parent_id, place_id desc);
create index place_by_keeper on custody.place (institution_id, keeper_party_id)
  where keeper_party_id is not null;

-- A sealed bag. It stands at `place_id`, or on the way from there while `move_id` names a
-- transport.
create table custody.bag (
  institution_id      integer not null references access.institution,
  bag_id              text not null,
  external_id         text,
  bag_number          text not null,
  seal_number         text not null,
  subject_id          text not null,
  basis               text not null check (basis in ('pledge', 'deposit', 'own')),
  status              text not null check (status in ('AWAITING_SECOND', 'IN_CUSTODY', 'OPENED',
                        'EMPTY', 'CANCELLED')),
  place_id            text not null,
  move_id             text,
  received_weight_mg  bigint not null check (received_weight_mg > 0),
  confirmed_weight_mg bigint check (confirmed_weight_mg > 0),
  sealed_weight_mg    bigint not null check (sealed_weight_mg > 0),
  first_officer_id    text not null,
  second_officer_id   text,
  received_at         timestamptz not null,
  confirmed_at        timestamptz,
  ended_at            timestamptz,
  pledgor_consent     text,
  pledgee_consent     text,
  metadata            json not null,
  version             integer not null,
  primary key (institution_id, bag_id),
  foreign key (institution_id, place_id) references custody.place,
  foreign key (institution_id, first_officer_id) references access.staff_user,
  foreign key (institution_id, second_officer_id) references access.staff_user,
  check (second_officer_id <> first_officer_id),
  check ((second_officer_id is null) = (confirmed_at is null)),
  check (status not in ('IN_CUSTODY', 'OPENED') or second_officer_id is not null),
  check (move_id is null or status = 'IN_CUSTODY')
);
create unique index bag_number_held on custody.bag (institution_id, bag_number)
  where status in ('AWAITING_SECOND', 'IN_CUSTODY', 'OPENED');
create unique index bag_seal_held on custody.bag (institution_id, seal_number)
  where status in ('AWAITING_SECOND', 'IN_CUSTODY', 'OPENED');
create unique index bag_external on custody.bag (institution_id, external_id)
  where external_id is not null;
create index bag_by_subject on custody.bag (institution_id, subject_id, bag_id desc);
create index bag_by_status on custody.bag (institution_id, status, bag_id desc);
create index bag_by_place on custody.bag (institution_id, place_id, bag_id desc);
create index bag_by_number on custody.bag (institution_id, bag_number, bag_id desc);

-- What a move, a broken seal or a new seal was: proposed by one officer, confirmed by another.
create table custody.move (
  institution_id    integer not null references access.institution,
  move_id           text not null,
  kind              text not null check (kind in ('transport', 'opening', 'resealing')),
  bag_id            text not null,
  subject_id        text not null,
  status            text not null check (status in ('PROPOSED', 'CONFIRMED', 'RETURNED',
                      'CANCELLED')),
  from_place_id     text not null,
  to_place_id       text not null,
  reason            text not null,
  seal_number       text not null,
  present           text[] not null,
  item_ids          text[] not null,
  pledgor_consent   text,
  pledgee_consent   text,
  first_weight_mg   bigint not null check (first_weight_mg > 0),
  second_weight_mg  bigint check (second_weight_mg > 0),
  first_officer_id  text not null,
  second_officer_id text,
  created_at        timestamptz not null,
  closed_at         timestamptz,
  version           integer not null,
  primary key (institution_id, move_id),
  foreign key (institution_id, bag_id) references custody.bag,
  foreign key (institution_id, from_place_id) references custody.place,
  foreign key (institution_id, to_place_id) references custody.place,
  foreign key (institution_id, first_officer_id) references access.staff_user,
  foreign key (institution_id, second_officer_id) references access.staff_user,
  check (status not in ('CONFIRMED', 'RETURNED') or second_officer_id <> first_officer_id),
  check (status not in ('CONFIRMED', 'RETURNED')
         or (second_weight_mg is not null and second_officer_id is not null))
);
create unique index move_open on custody.move (institution_id, bag_id) where status = 'PROPOSED';
create index move_by_bag on custody.move (institution_id, bag_id, move_id desc);
create index move_by_status on custody.move (institution_id, status, move_id desc);
create index move_by_subject on custody.move (institution_id, subject_id, move_id desc);
create index move_by_from on custody.move (institution_id, from_place_id);
create index move_by_to on custody.move (institution_id, to_place_id, status);

-- Where each thing that was ever received is now: one row an item, so it is in one place. `bag_id`
-- is null once it left. The rest is what it is recognised by.
create table custody.holding (
  institution_id integer not null references access.institution,
  item_id        text not null,
  position       text not null,
  bag_id         text,
  subject_id     text not null,
  owner_id       text not null,
  metal          text not null,
  gross_weight_mg bigint not null check (gross_weight_mg > 0),
  net_weight_mg  bigint not null check (net_weight_mg between 0 and gross_weight_mg),
  fine_weight_mg bigint not null check (fine_weight_mg between 0 and net_weight_mg),
  fineness_bp    integer check (fineness_bp between 1 and 10000),
  serial_key     text,
  marks_key      text,
  step           integer not null check (step > 0),
  primary key (institution_id, item_id),
  foreign key (institution_id, item_id) references assets.item,
  foreign key (institution_id, bag_id) references custody.bag,
  check (bag_id is null or position = 'bag:' || bag_id),
  check (bag_id is not null or position not like 'bag:%')
);
create index holding_by_bag on custody.holding (institution_id, bag_id) where bag_id is not null;
create index holding_by_subject on custody.holding (institution_id, subject_id, item_id)
  where bag_id is not null;
create index holding_by_serial on custody.holding (institution_id, serial_key)
  where bag_id is not null and serial_key is not null;
create index holding_by_marks on custody.holding (institution_id, marks_key, gross_weight_mg)
  where bag_id is not null and marks_key is not null;

create table custody.item_photo (
  institution_id integer not null,
  photo_hash     text not null,
  item_id        text not null,
  primary key (institution_id, photo_hash, item_id),
  foreign key (institution_id, item_id) references custody.holding
);
create index item_photo_by_item on custody.item_photo (institution_id, item_id);

-- Every change of place, of an item (between owners, bags and the way out) or of a bag (between
-- places and the way), as a chain of steps: each begins where the one before it ended.
create table custody.movement (
  institution_id integer not null references access.institution,
  thing_id       text not null,
  step           integer not null check (step > 0),
  movement_id    text not null,
  kind           text not null check (kind in ('received', 'cancelled', 'departed', 'arrived',
                   'returned', 'rebagged', 'handed_over', 'lost', 'emptied')),
  from_position  text not null,
  to_position    text not null,
  weight_mg      bigint not null check (weight_mg > 0),
  fine_weight_mg bigint not null check (fine_weight_mg between 0 and weight_mg),
  reference_id   text not null,
  moved_at       timestamptz not null,
  moved_by       text not null,
  primary key (institution_id, thing_id, step),
  check (from_position <> to_position)
);
create unique index movement_by_id on custody.movement (institution_id, movement_id desc);
create index movement_by_thing on custody.movement (institution_id, thing_id, movement_id desc);
create index movement_by_reference on custody.movement
  (institution_id, reference_id, movement_id desc);
create trigger append_only before update or delete or truncate on custody.movement
  for each statement execute function ledger.refuse_change();

-- An order to let things go: the only way out of the register.
create table custody.release_order (
  institution_id     integer not null references access.institution,
  release_id         text not null,
  subject_id         text not null,
  branch_id          text not null,
  recipient_id       text not null,
  agent_id           text,
  reason             text not null check (reason in ('redemption', 'partial', 'swap', 'sale',
                       'return', 'deposit_withdrawal', 'terminated')),
  proof              text,
  status             text not null check (status in ('READY', 'HANDED_OVER', 'CANCELLED')),
  pledgor_consent    text,
  pledgee_consent    text,
  hand_over          json,
  first_officer_id   text,
  second_officer_id  text,
  items_weight_mg    bigint check (items_weight_mg > 0),
  handed_over_at     timestamptz,
  cancelled_at       timestamptz,
  cancelled_by       text,
  cancel_reason      text,
  created_at         timestamptz not null,
  created_by         text not null,
  version            integer not null,
  primary key (institution_id, release_id),
  foreign key (institution_id, branch_id) references access.branch,
  foreign key (institution_id, recipient_id) references parties.party,
  foreign key (institution_id, agent_id) references parties.party,
  foreign key (institution_id, first_officer_id) references access.staff_user,
  foreign key (institution_id, second_officer_id) references access.staff_user,
  check (second_officer_id <> first_officer_id),
  check (status <> 'HANDED_OVER' or (second_officer_id is not null
         and first_officer_id is not null and handed_over_at is not null)),
  check (agent_id is null or proof is not null)
);
create index release_order_by_subject on custody.release_order
  (institution_id, subject_id, release_id desc);
create index release_order_by_status on custody.release_order
  (institution_id, status, release_id desc);
create index release_order_by_branch on custody.release_order
  (institution_id, branch_id, release_id desc);
create index release_order_by_recipient on custody.release_order (institution_id, recipient_id);
create index release_order_by_agent on custody.release_order (institution_id, agent_id)
  where agent_id is not null;

create table custody.release_item (
  institution_id integer not null,
  release_id     text not null,
  item_id        text not null,
  is_open        boolean not null,
  primary key (institution_id, release_id, item_id),
  foreign key (institution_id, release_id) references custody.release_order,
  foreign key (institution_id, item_id) references custody.holding
);
-- A thing is promised to one recipient at a time: a race ends here.
create unique index release_item_open on custody.release_item (institution_id, item_id)
  where is_open;
create index release_item_by_item on custody.release_item (institution_id, item_id);

-- A count of what lies in a branch, or in one place and all within it, without knowing what should.
create table custody.stocktake (
  institution_id      integer not null references access.institution,
  stocktake_id        text not null,
  branch_id           text not null,
  place_id            text,
  scope_path          text,
  status              text not null check (status in ('COUNTING', 'RECOUNTING', 'COUNTED',
                        'FINISHED', 'CANCELLED')),
  seed                bigint not null,
  sample_size         integer not null check (sample_size >= 0),
  weight_tolerance_mg bigint not null check (weight_tolerance_mg >= 0),
  recounted_place_ids text[] not null,
  result              json,
  certificate         json,
  first_signer_id     text,
  first_signed_at     timestamptz,
  second_signer_id    text,
  second_signed_at    timestamptz,
  cancel_reason       text,
  created_at          timestamptz not null,
  created_by          text not null,
  closed_at           timestamptz,
  version             integer not null,
  primary key (institution_id, stocktake_id),
  foreign key (institution_id, branch_id) references access.branch,
  foreign key (institution_id, place_id) references custody.place,
  foreign key (institution_id, first_signer_id) references access.staff_user,
  foreign key (institution_id, second_signer_id) references access.staff_user,
  check (second_signer_id <> first_signer_id),
  check ((status = 'FINISHED') = (certificate is not null)),
  check (status <> 'FINISHED' or second_signer_id is not null)
);
create index stocktake_by_branch on custody.stocktake
  (institution_id, branch_id, stocktake_id desc);
create index stocktake_by_status on custody.stocktake
  (institution_id, status, stocktake_id desc);
create index stocktake_by_place on custody.stocktake (institution_id, place_id)
  where place_id is not null;

create table custody.stocktake_expected (
  institution_id integer not null,
  stocktake_id   text not null,
  bag_id         text not null,
  bag_number     text not null,
  seal_number    text not null,
  place_id       text not null,
  weight_mg      bigint not null,
  is_sealed      boolean not null,
  is_sampled     boolean not null,
  primary key (institution_id, stocktake_id, bag_id),
  foreign key (institution_id, stocktake_id) references custody.stocktake,
  foreign key (institution_id, bag_id) references custody.bag
);
create trigger append_only before update or delete or truncate on custody.stocktake_expected
  for each statement execute function ledger.refuse_change();

create table custody.stocktake_scan (
  institution_id integer not null,
  stocktake_id   text not null,
  number         integer not null check (number > 0),
  count_round    integer not null check (count_round in (1, 2)),
  place_id       text not null,
  bag_number     text not null,
  seal_number    text not null,
  weight_mg      bigint check (weight_mg > 0),
  scanned_at     timestamptz not null,
  scanned_by     text not null,
  primary key (institution_id, stocktake_id, number),
  foreign key (institution_id, stocktake_id) references custody.stocktake,
  foreign key (institution_id, place_id) references custody.place
);
create trigger append_only before update or delete or truncate on custody.stocktake_scan
  for each statement execute function ledger.refuse_change();

-- Takaful on what lies in a branch. Conventional insurance is not recorded here at all.
create table custody.takaful_cover (
  institution_id integer not null references access.institution,
  cover_id       text not null,
  external_id    text,
  branch_id      text not null,
  provider       text not null,
  policy_number  text not null,
  asset          text not null,
  covered_minor  bigint not null check (covered_minor > 0),
  premium_minor  bigint not null check (premium_minor >= 0),
  valid_from_on  date not null,
  valid_to_on    date not null,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, cover_id),
  foreign key (institution_id, branch_id) references access.branch,
  check (valid_to_on >= valid_from_on)
);
create unique index takaful_cover_policy on custody.takaful_cover
  (institution_id, provider, policy_number, branch_id, valid_from_on);
create unique index takaful_cover_external on custody.takaful_cover (institution_id, external_id)
  where external_id is not null;
create index takaful_cover_by_branch on custody.takaful_cover
  (institution_id, branch_id, cover_id desc);
create index takaful_cover_by_validity on custody.takaful_cover
  (institution_id, valid_to_on, valid_from_on);
create trigger append_only before update or delete or truncate on custody.takaful_cover
  for each statement execute function ledger.refuse_change();
