-- Gold of the institution's own that is gone: reported by one, written off when another agrees.
create table sarf.gold_loss (
  institution_id integer not null references access.institution,
  loss_id        text not null,
  item_id        text not null,
  piece_id       text not null,
  cause          text not null check (cause in ('lost', 'stolen', 'seized', 'destroyed')),
  status         text not null
    check (status in ('AWAITING_APPROVAL', 'WRITTEN_OFF', 'REFUSED')),
  reason         text not null,
  evidence       text not null,
  asset          text not null,
  fine_weight_mg bigint not null check (fine_weight_mg > 0),
  amount_minor   bigint not null check (amount_minor >= 0),
  journal_id     text,
  reported_at    timestamptz not null,
  reported_by    text not null,
  decided_at     timestamptz,
  decided_by     text,
  primary key (institution_id, loss_id),
  foreign key (institution_id, piece_id) references sarf.piece,
  check ((status = 'AWAITING_APPROVAL') = (decided_at is null)),
  check ((status = 'WRITTEN_OFF') = (journal_id is not null)),
  check (decided_by is null or decided_by <> reported_by)
);
create unique index gold_loss_one_open on sarf.gold_loss (institution_id, piece_id)
  where status = 'AWAITING_APPROVAL';
create index gold_loss_newest on sarf.gold_loss
  (institution_id, reported_at desc, loss_id desc);
create index gold_loss_by_status on sarf.gold_loss
  (institution_id, status, reported_at desc, loss_id desc);
create index gold_loss_by_item on sarf.gold_loss
  (institution_id, item_id, reported_at desc, loss_id desc);
