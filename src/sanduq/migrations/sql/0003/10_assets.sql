-- Things of value, what they are tested with, what metal is worth, and what officers found. Every
-- row here is a fact: what is decided later is a row of its own, and nothing is changed.

create table assets.valuation_policy (
  institution_id          integer not null references access.institution,
  version                 integer not null check (version > 0),
  second_valuer_limits    json not null,
  haircut_bp              integer not null check (haircut_bp between 0 and 10000),
  bands                   json not null,
  price_stale_hours       integer not null check (price_stale_hours between 1 and 24),
  spike_limit_bp          integer not null check (spike_limit_bp between 0 and 10000),
  valuation_max_age_hours integer not null check (valuation_max_age_hours between 1 and 24),
  xrf_tolerance_bp        integer not null check (xrf_tolerance_bp between 0 and 10000),
  weight_tolerance_mg     bigint not null check (weight_tolerance_mg >= 0),
  value_tolerance_bp      integer not null check (value_tolerance_bp between 0 and 10000),
  reason                  text,
  created_at              timestamptz not null,
  created_by              text not null,
  primary key (institution_id, version)
);
create trigger append_only before update or delete or truncate on assets.valuation_policy
  for each statement execute function ledger.refuse_change();

-- Weights in milligrams, fineness in parts per ten thousand as declared or stamped.
create table assets.item (
  institution_id  integer not null references access.institution,
  item_id         text not null,
  owner_id        text not null,
  kind            text not null check (kind in ('bar', 'coin', 'jewellery', 'other')),
  metal           text not null check (metal in ('gold', 'silver', 'none')),
  description     text not null,
  marks           text,
  serial          text,
  gross_weight_mg bigint not null check (gross_weight_mg > 0),
  stone_weight_mg bigint not null check (stone_weight_mg >= 0),
  other_weight_mg bigint not null check (other_weight_mg >= 0),
  fineness_bp     integer check (fineness_bp between 1 and 10000),
  volume_mm3      bigint check (volume_mm3 > 0),
  external_id     text,
  metadata        json not null,
  created_at      timestamptz not null,
  created_by      text not null,
  primary key (institution_id, item_id),
  check (stone_weight_mg + other_weight_mg <= gross_weight_mg),
  check (metal = 'none' or stone_weight_mg + other_weight_mg < gross_weight_mg),
  check (metal <> 'none' or fineness_bp is null)
);
create unique index item_external on assets.item (institution_id, external_id)
  where external_id is not null;
create index item_by_owner on assets.item (institution_id, owner_id, item_id desc);
create index item_by_kind on assets.item (institution_id, kind, item_id desc);
create index item_by_metal on assets.item (institution_id, metal, item_id desc);
create index item_by_serial on assets.item (institution_id, serial, item_id desc)
  where serial is not null;
create index item_by_day on assets.item (institution_id, created_at, item_id);
create trigger append_only before update or delete or truncate on assets.item
  for each statement execute function ledger.refuse_change();

create table assets.item_photo (
  institution_id integer not null,
  photo_id       text not null,
  item_id        text not null,
  media_type     text not null check (media_type in ('image/jpeg', 'image/png', 'image/webp')),
  sha256         text not null check (length(sha256) = 64),
  size_bytes     integer not null check (size_bytes between 1 and 2097152),
  content        bytea not null check (octet_length(content) = size_bytes),
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, photo_id),
  foreign key (institution_id, item_id) references assets.item
);
create unique index photo_once on assets.item_photo (institution_id, item_id, sha256);
create index photo_by_item on assets.item_photo (institution_id, item_id, photo_id desc);
create trigger append_only before update or delete or truncate on assets.item_photo
  for each statement execute function ledger.refuse_change();

create table assets.instrument (
  institution_id integer not null references access.institution,
  instrument_id  text not null,
  kind           text not null check (kind in
    ('balance', 'density_kit', 'xrf', 'acid_set', 'ultrasonic', 'magnet')),
  serial         text not null,
  description    text,
  external_id    text,
  metadata       json not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, instrument_id)
);
create unique index instrument_serial on assets.instrument (institution_id, kind, serial);
create unique index instrument_external on assets.instrument (institution_id, external_id)
  where external_id is not null;
create index instrument_by_kind on assets.instrument (institution_id, kind, instrument_id desc);
create trigger append_only before update or delete or truncate on assets.instrument
  for each statement execute function ledger.refuse_change();

create table assets.calibration (
  institution_id integer not null,
  calibration_id text not null,
  instrument_id  text not null,
  calibrated_on  date not null,
  valid_until_on date not null,
  certificate    text,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, calibration_id),
  foreign key (institution_id, instrument_id) references assets.instrument,
  check (valid_until_on >= calibrated_on)
);
create index calibration_newest on assets.calibration
  (institution_id, instrument_id, calibrated_on desc, calibration_id desc);
create trigger append_only before update or delete or truncate on assets.calibration
  for each statement execute function ledger.refuse_change();

-- Prices in minor units per kilogram, by fineness: one for a fine price (with the fineness it was
-- quoted for), one for each grade otherwise.
create table assets.price_board (
  institution_id     integer not null references access.institution,
  price_board_id     text not null,
  metal              text not null check (metal in ('gold', 'silver')),
  asset              text not null,
  method             text not null check (method in ('fine_price', 'per_grade')),
  fineness_bp        integer[] not null,
  price_per_kg_minor bigint[] not null,
  quoted_unit        text not null check (quoted_unit in ('gram', 'troy_ounce')),
  effective_at       timestamptz not null,
  source             text not null,
  observed_at        timestamptz not null,
  spike_explanation  text,
  external_id        text,
  metadata           json not null,
  created_at         timestamptz not null,
  created_by         text not null,
  primary key (institution_id, price_board_id),
  check (cardinality(fineness_bp) > 0),
  check (cardinality(fineness_bp) = cardinality(price_per_kg_minor)),
  check (method = 'per_grade' or cardinality(fineness_bp) = 1),
  check (0 < all (price_per_kg_minor))
);
create unique index price_board_external on assets.price_board (institution_id, external_id)
  where external_id is not null;
create index price_board_by_metal on assets.price_board
  (institution_id, metal, asset, price_board_id desc);
create index price_board_by_effect on assets.price_board
  (institution_id, effective_at, price_board_id);
create trigger append_only before update or delete or truncate on assets.price_board
  for each statement execute function ledger.refuse_change();

-- What another user decided. In force from the later of its hour and this decision: no board ever
-- reaches back to what was valued before it.
create table assets.price_board_decision (
  institution_id integer not null,
  price_board_id text not null,
  metal          text not null,
  asset          text not null,
  status         text not null check (status in ('PUBLISHED', 'REJECTED')),
  in_force_at    timestamptz not null,
  proposed_by    text not null,
  decided_at     timestamptz not null,
  decided_by     text not null,
  reason         text,
  primary key (institution_id, price_board_id),
  foreign key (institution_id, price_board_id) references assets.price_board,
  check (decided_by <> proposed_by)
);
create index price_board_in_force on assets.price_board_decision
  (institution_id, metal, asset, in_force_at desc, price_board_id desc)
  where status = 'PUBLISHED';
create trigger append_only before update or delete or truncate on assets.price_board_decision
  for each statement execute function ledger.refuse_change();

create table assets.valuation (
  institution_id      integer not null,
  valuation_id        text not null,
  item_id             text not null,
  metal               text not null check (metal in ('gold', 'silver', 'none')),
  gross_weight_mg     bigint not null check (gross_weight_mg > 0),
  stone_weight_mg     bigint not null check (stone_weight_mg >= 0),
  other_weight_mg     bigint not null check (other_weight_mg >= 0),
  fineness_bp         integer check (fineness_bp between 1 and 10000),
  tests               json not null,
  basis               text,
  balance_id          text,
  method              text not null check (method in ('fine_price', 'per_grade', 'stated')),
  price_board_id      text,
  price_source        text not null,
  priced_at           timestamptz not null,
  haircut_bp          integer not null check (haircut_bp between 0 and 10000),
  policy_version      integer not null,
  value_minor         bigint not null check (value_minor >= 0),
  asset               text not null,
  second_required     text not null check (second_required in ('witness', 'valuer')),
  second_reasons      text[] not null,
  is_customer_present boolean not null,
  notes               text,
  external_id         text,
  metadata            json not null,
  valid_until         timestamptz not null,
  created_at          timestamptz not null,
  created_by          text not null,
  primary key (institution_id, valuation_id),
  foreign key (institution_id, item_id) references assets.item,
  foreign key (institution_id, price_board_id) references assets.price_board,
  foreign key (institution_id, balance_id) references assets.instrument,
  check (stone_weight_mg + other_weight_mg <= gross_weight_mg),
  check ((metal = 'none') = (method = 'stated')),
  check ((metal = 'none') = (fineness_bp is null)),
  check ((method = 'stated') = (price_board_id is null)),
  check ((method = 'stated') = (basis is not null)),
  check (valid_until > created_at)
);
create unique index valuation_external on assets.valuation (institution_id, external_id)
  where external_id is not null;
create index valuation_by_item on assets.valuation (institution_id, item_id, valuation_id desc);
create index valuation_by_valuer on assets.valuation
  (institution_id, created_by, valuation_id desc);
create index valuation_by_day on assets.valuation (institution_id, created_at, valuation_id);
create trigger append_only before update or delete or truncate on assets.valuation
  for each statement execute function ledger.refuse_change();

-- The second officer: one for each valuation, and never its valuer.
create table assets.valuation_second (
  institution_id integer not null,
  valuation_id   text not null,
  status         text not null check (status in ('CONFIRMED', 'DISPUTED')),
  is_agreed      boolean not null,
  findings       json,
  notes          text,
  valuer_id      text not null,
  created_at     timestamptz not null,
  created_by     text not null,
  primary key (institution_id, valuation_id),
  foreign key (institution_id, valuation_id) references assets.valuation,
  check (created_by <> valuer_id),
  check (is_agreed or status = 'DISPUTED')
);
create index valuation_second_by_status on assets.valuation_second
  (institution_id, status, valuation_id desc);
create trigger append_only before update or delete or truncate on assets.valuation_second
  for each statement execute function ledger.refuse_change();
