-- What happens to a pledge between its execution and its end. Everything here is a fact: what was
-- wrong is taken back by another fact that names it.

-- Money received from the pledgor: one row for what he paid, however it divides between the debt
-- and the keeping of the things. A reversal has negative amounts and `reverses`.
create table rahnu.repayment (
  institution_id     integer not null,
  repayment_id       text not null,
  external_id        text,
  contract_id        text not null,
  asset              text not null,
  amount_minor       bigint not null check (amount_minor <> 0),
  fee_minor          bigint not null,
  debt_minor         bigint not null,
  excess_minor       bigint not null,
  is_gift            boolean not null,
  apply_to           text not null check (apply_to in ('fee_then_debt', 'debt', 'fee')),
  obligation_id      text,
  debt_repayment_id  text,
  method             text not null,
  reference          text,
  received_on        date not null,
  debt_left_minor    bigint not null check (debt_left_minor >= 0),
  fee_left_minor     bigint not null check (fee_left_minor >= 0),
  journal_ids        text[] not null check (cardinality(journal_ids) > 0),
  reverses           text,
  reason             text,
  metadata           jsonb not null,
  recorded_at        timestamptz not null,
  recorded_by        text not null,
  primary key (institution_id, repayment_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, reverses) references rahnu.repayment,
  check (amount_minor = fee_minor + debt_minor + excess_minor),
  check ((reverses is null) = (amount_minor > 0)),
  check ((debt_repayment_id is null) = (debt_minor + excess_minor = 0))
);
create unique index repayment_external_id on rahnu.repayment (institution_id, external_id)
  where external_id is not null;
create unique index repayment_reversed_once on rahnu.repayment (institution_id, reverses)
  where reverses is not null;
create index repayment_by_contract on rahnu.repayment
  (institution_id, contract_id, repayment_id desc);
create trigger append_only before update or delete or truncate on rahnu.repayment
  for each statement execute function ledger.refuse_change();

-- What of the custody fee was paid, or given back because custody had ended before.
create table rahnu.fee_payment (
  institution_id integer not null,
  fee_payment_id text not null,
  contract_id    text not null,
  repayment_id   text,
  amount_minor   bigint not null check (amount_minor <> 0),
  kind           text not null check (kind in ('paid', 'reversed', 'given_back')),
  paid_on        date not null,
  journal_id     text not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, fee_payment_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, repayment_id) references rahnu.repayment,
  check ((kind = 'paid') = (amount_minor > 0))
);
create index fee_payment_by_contract on rahnu.fee_payment
  (institution_id, contract_id, fee_payment_id desc);
create index fee_payment_by_repayment on rahnu.fee_payment (institution_id, repayment_id)
  where repayment_id is not null;
create trigger append_only before update or delete or truncate on rahnu.fee_payment
  for each statement execute function ledger.refuse_change();

-- The balance of a debt on other books, as its creditor states it.
create table rahnu.debt_statement (
  institution_id    integer not null,
  statement_id      text not null,
  contract_id       text not null,
  asset             text not null,
  before_minor      bigint not null check (before_minor >= 0),
  outstanding_minor bigint not null check (outstanding_minor >= 0),
  stated_on         date not null,
  due_on            date,
  reference         text not null,
  recorded_at       timestamptz not null,
  recorded_by       text not null,
  primary key (institution_id, statement_id),
  foreign key (institution_id, contract_id) references rahnu.contract
);
create index debt_statement_by_contract on rahnu.debt_statement
  (institution_id, contract_id, statement_id desc);
create trigger append_only before update or delete or truncate on rahnu.debt_statement
  for each statement execute function ledger.refuse_change();

-- Who may act for the pledgor or his heirs, by a document; ended by `revoked_at`.
create table rahnu.agent (
  institution_id     integer not null,
  agent_id           text not null,
  contract_id        text not null,
  party_id           text not null,
  scopes             text[] not null check (cardinality(scopes) > 0
    and scopes <@ array['pledge', 'redeem', 'collect_surplus']),
  valid_until_on     date,
  document_reference text not null,
  is_by_heirs        boolean not null,
  created_at         timestamptz not null,
  created_by         text not null,
  revoked_at         timestamptz,
  revoked_by         text,
  revoke_reason      text,
  primary key (institution_id, agent_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, party_id) references parties.party,
  check ((revoked_at is null) = (revoked_by is null))
);
create index agent_by_contract on rahnu.agent (institution_id, contract_id, agent_id desc);
create index agent_by_party on rahnu.agent (institution_id, party_id);

-- The owner's own declaration that a ticket is lost, and the ticket issued in its place.
create table rahnu.ticket_loss (
  institution_id     integer not null,
  declaration_id     text not null,
  contract_id        text not null,
  number             integer not null check (number > 0),
  declared_by        text not null,
  statement          text not null,
  document_reference text,
  lost_ticket_number text not null,
  ticket_number      text not null,
  recorded_at        timestamptz not null,
  recorded_by        text not null,
  primary key (institution_id, declaration_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, declared_by) references parties.party,
  check (ticket_number <> lost_ticket_number)
);
create unique index ticket_loss_by_number on rahnu.ticket_loss
  (institution_id, contract_id, number);
create index ticket_loss_by_contract on rahnu.ticket_loss
  (institution_id, contract_id, declaration_id desc);
create index ticket_loss_by_party on rahnu.ticket_loss (institution_id, declared_by);
create trigger append_only before update or delete or truncate on rahnu.ticket_loss
  for each statement execute function ledger.refuse_change();

-- The death of a party. The pledge stays (rule RHN-35); the heirs stand where the dead stood.
-- The latest record of a party counts: heirs may be proved later.
create table rahnu.death (
  institution_id     integer not null,
  death_id           text not null,
  contract_id        text not null,
  capacity           text not null check (capacity in ('pledgor', 'borrower')),
  party_id           text not null,
  died_on            date,
  heir_ids           text[] not null,
  document_reference text not null,
  recorded_at        timestamptz not null,
  recorded_by        text not null,
  primary key (institution_id, death_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, party_id) references parties.party
);
create index death_by_contract on rahnu.death (institution_id, contract_id, death_id desc);
create index death_by_party on rahnu.death (institution_id, party_id);
create trigger append_only before update or delete or truncate on rahnu.death
  for each statement execute function ledger.refuse_change();

-- Things that left a pledge in force, joined it or took each other's place, and the whole given
-- back: what was decided on, as it stood that day.
create table rahnu.pledge_change (
  institution_id    integer not null,
  change_id         text not null,
  contract_id       text not null,
  kind              text not null check (kind in (
    'released', 'partially_released', 'item_added', 'swapped')),
  asset             text not null,
  in_item_ids       text[] not null,
  out_item_ids      text[] not null,
  debt_minor        bigint not null check (debt_minor >= 0),
  fee_due_minor     bigint not null check (fee_due_minor >= 0),
  value_minor       bigint not null check (value_minor >= 0),
  ltv_after_bp      integer,
  fee_before_minor  bigint not null check (fee_before_minor >= 0),
  fee_after_minor   bigint not null check (fee_after_minor >= 0),
  recipient_id      text,
  agent_id          text,
  capacity          text check (capacity in ('owner', 'agent', 'heirs')),
  release_ids       text[] not null,
  agreement         text,
  changed_on        date not null,
  recorded_at       timestamptz not null,
  recorded_by       text not null,
  primary key (institution_id, change_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  foreign key (institution_id, recipient_id) references parties.party,
  foreign key (institution_id, agent_id) references rahnu.agent,
  check ((cardinality(out_item_ids) > 0) = (cardinality(release_ids) > 0)),
  check (cardinality(release_ids) = 0 or recipient_id is not null)
);
create index pledge_change_by_contract on rahnu.pledge_change
  (institution_id, contract_id, change_id desc);
create index pledge_change_by_recipient on rahnu.pledge_change (institution_id, recipient_id)
  where recipient_id is not null;
create index pledge_change_by_agent on rahnu.pledge_change (institution_id, agent_id)
  where agent_id is not null;
create trigger append_only before update or delete or truncate on rahnu.pledge_change
  for each statement execute function ledger.refuse_change();

-- A thing lost or spoilt in custody: reported by one, judged by another. The keeper's hand is a
-- hand of trust (RHN-08); with fault he owes the like or the value (RHN-09). What he owes, or an
-- indemnity in the place of the thing, lies in account 2200 under the loss's own id.
create table rahnu.loss (
  institution_id     integer not null,
  loss_id            text not null,
  contract_id        text not null,
  asset              text not null,
  kind               text not null check (kind in ('loss', 'damage')),
  status             text not null check (status in ('REPORTED', 'DECIDED', 'REFUSED')),
  item_ids           text[] not null check (cardinality(item_ids) > 0),
  happened_on        date not null,
  description        text not null,
  fault_claimed      text not null check (fault_claimed in (
    'none', 'misconduct', 'negligence', 'breach')),
  reported_at        timestamptz not null,
  reported_by        text not null,
  fault              text check (fault in ('none', 'misconduct', 'negligence', 'breach')),
  remedy             text check (remedy in ('none', 'like', 'value')),
  fine_weight_mg     bigint not null check (fine_weight_mg >= 0),
  liability_mg       bigint not null check (liability_mg between 0 and fine_weight_mg),
  value_minor        bigint check (value_minor >= 0),
  liability_minor    bigint not null check (liability_minor >= 0),
  set_off_minor      bigint not null check (set_off_minor between 0 and liability_minor),
  agreement          text,
  price_board_ids    text[] not null,
  debt_before_minor  bigint,
  debt_after_minor   bigint,
  debt_repayment_id  text,
  journal_ids        text[] not null,
  reason             text,
  decided_at         timestamptz,
  decided_by         text,
  indemnity_minor    bigint not null check (indemnity_minor >= 0),
  paid_minor         bigint not null check (paid_minor >= 0),
  replaced_at        timestamptz,
  version            integer not null,
  primary key (institution_id, loss_id),
  foreign key (institution_id, contract_id) references rahnu.contract,
  check ((status = 'REPORTED') = (decided_at is null)),
  check (decided_by is null or decided_by <> reported_by),
  check ((status = 'DECIDED') = (fault is not null and remedy is not null)),
  check (fault is distinct from 'none' or (liability_mg = 0 and liability_minor = 0)),
  check (fault is null or fault = 'none' or liability_mg + liability_minor > 0),
  check (set_off_minor = 0 or agreement is not null),
  check (paid_minor <= liability_minor - set_off_minor + indemnity_minor)
);
create index loss_by_contract on rahnu.loss (institution_id, contract_id, loss_id desc);
create index loss_by_status on rahnu.loss (institution_id, status, loss_id desc);

-- Money that moved on a loss after it was judged: an indemnity received in the place of the thing,
-- or what the owner was paid.
create table rahnu.loss_payment (
  institution_id integer not null,
  payment_id     text not null,
  loss_id        text not null,
  kind           text not null check (kind in ('indemnity', 'paid_out')),
  amount_minor   bigint not null check (amount_minor > 0),
  recipient_id   text,
  method         text not null,
  reference      text,
  moved_on       date not null,
  journal_id     text not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  primary key (institution_id, payment_id),
  foreign key (institution_id, loss_id) references rahnu.loss,
  foreign key (institution_id, recipient_id) references parties.party,
  check ((kind = 'paid_out') = (recipient_id is not null))
);
create index loss_payment_by_loss on rahnu.loss_payment (institution_id, loss_id, payment_id desc);
create index loss_payment_by_recipient on rahnu.loss_payment (institution_id, recipient_id)
  where recipient_id is not null;
create trigger append_only before update or delete or truncate on rahnu.loss_payment
  for each statement execute function ledger.refuse_change();
