-- What owned gold and open promises were measured at, run by run. A run is a fact; what it booked
-- stands on the facility, on the piece and in one journal.
create table sarf.revaluation (
  institution_id          integer not null references access.institution,
  revaluation_id          text not null,
  asset                   text not null,
  cause                   text not null check (cause in ('requested', 'month_end')),
  price_board_id          text not null,
  revalued_on             date not null,
  promise_count           integer not null check (promise_count >= 0),
  piece_count             integer not null check (piece_count >= 0),
  provision_before_minor  bigint not null check (provision_before_minor >= 0),
  provision_after_minor   bigint not null check (provision_after_minor >= 0),
  write_down_before_minor bigint not null check (write_down_before_minor >= 0),
  write_down_after_minor  bigint not null check (write_down_after_minor >= 0),
  journal_id              text,
  created_at              timestamptz not null,
  created_by              text not null,
  primary key (institution_id, revaluation_id),
  check (journal_id is not null
         or (provision_before_minor = provision_after_minor
             and write_down_before_minor = write_down_after_minor))
);
create index revaluation_by_asset on sarf.revaluation
  (institution_id, asset, revaluation_id desc);
create index revaluation_by_day on sarf.revaluation (institution_id, revalued_on, asset);
create trigger append_only before update or delete or truncate on sarf.revaluation
  for each statement execute function ledger.refuse_change();

-- What the register of promises, their cover and the signs of a disguised loan are read by.
create index promise_by_asset on sarf.promise
  (institution_id, asset, issued_at desc, promise_id desc);
create index promise_by_opening on sarf.promise (institution_id, opens_on);
create index promise_by_closing on sarf.promise (institution_id, closes_on);
create index promise_live on sarf.promise (institution_id, asset, facility_id)
  where status in ('ISSUED', 'OPEN');
create index promise_by_end on sarf.promise (institution_id, asset, ended_on)
  where ended_on is not null;
create index facility_provided on sarf.facility (institution_id, asset, facility_id)
  where provision_minor > 0;
create index buy_back_by_promise on sarf.buy_back (institution_id, promise_id, status);
create index session_ended on sarf.session (institution_id, kind, asset, ended_at)
  where status = 'CLOSED';
