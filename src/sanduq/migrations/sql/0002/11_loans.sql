-- `stage`: how far a trade contract has come; `particulars`: its terms as agreed, as the API
-- renders them; `repayable_minor`: the money the borrower owes in all (nothing, where goods are
-- owed); `officer_id`: the staff user in charge.
alter table microfinance.loan add column stage text;
alter table microfinance.loan add column particulars json;
alter table microfinance.loan add column repayable_minor bigint;
update microfinance.loan set repayable_minor = amount_minor + service_fee_minor;
alter table microfinance.loan alter column repayable_minor set not null;
alter table microfinance.loan add constraint loan_repayable check (repayable_minor >= 0);
alter table microfinance.loan add column officer_id text;
update microfinance.loan set officer_id = created_by;
alter table microfinance.loan alter column officer_id set not null;
create index loan_by_officer on microfinance.loan (institution_id, officer_id);
alter table microfinance.loan add column defaulted_at timestamptz;
alter table microfinance.loan add column written_off_at timestamptz;
alter table microfinance.loan add column settled_by text;

-- Settings of the trade contracts, part of what the board approves.
alter table microfinance.product add column clauses json not null default '{}';
