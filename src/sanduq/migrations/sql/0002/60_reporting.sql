-- Ways into the facts for reports as of past days. No new truth: reports read, they store nothing.

-- A past day differs from today by what came after it: later schedules, write-offs, and payments
-- and journals, which have theirs already.
create index schedule_later on obligations.schedule (institution_id, created_at)
  where version > 1;
create index obligation_written_off on obligations.obligation (institution_id, written_off_on)
  where written_off_on is not null;

-- Debts by their beginning, and schedules whose last day lies in a span or after it.
create index obligation_by_start on obligations.obligation (institution_id, started_on);
create index schedule_by_last_due on obligations.schedule
  (institution_id, (due_on[cardinality(due_on)]));
create index loan_by_disbursement on microfinance.loan (institution_id, disbursed_at)
  where disbursed_at is not null;

-- The few journals that write off, forgive or recover: posting others costs nothing more.
create index journal_of_losses on ledger.journal (institution_id, effective_on)
  where kind in ('loan.written_off', 'loan.written_off.reversed', 'loan.forgiven',
                 'loan.forgiven.reversed', 'loan.recovered', 'loan.recovered.reversed');

-- Of a member who left a group: what was last found of his means.
create index solvency_by_party on microfinance.solvency_assessment
  (institution_id, party_id, assessed_on desc);
-- Meetings held and calls made by a group, by day.
create index meeting_by_group on microfinance.meeting (institution_id, group_id, meets_on);
