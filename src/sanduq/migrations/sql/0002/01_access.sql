-- What the roles of institutions founded earlier may do in the rooms that are new. Limits an
-- institution has set itself stay as they are.
insert into access.role
select i.institution_id, new.role, new.name, new.scopes
from access.institution i, (values
  ('fund_manager', 'Fund manager', array[
    'events:read', 'funds:write', 'ledger:read', 'microfinance:read', 'parties:write',
    'reports:read', 'sadaqah:write', 'waqf:write'
  ]),
  ('impact_officer', 'Impact officer', array[
    'events:read', 'microfinance:write', 'parties:read', 'reports:read'
  ])
) as new (role, name, scopes)
on conflict do nothing;

-- The scopes their decisions need; a right to write takes the place of the right to read.
update access.role r set scopes = (
  select array_agg(distinct scope order by scope) from unnest(r.scopes || new.scopes) scope
  where replace(scope, ':read', ':write') = scope
    or not replace(scope, ':read', ':write') = any(r.scopes || new.scopes)
)
from (values
  ('finance_officer', array['microfinance:write', 'funds:write', 'sadaqah:write', 'waqf:write']),
  ('shariah_reviewer', array['microfinance:write', 'funds:write', 'sadaqah:read', 'waqf:write'])
) as new (role, scopes)
where r.role = new.role;

insert into access.role_limit
select r.institution_id, new.role, new.action, '*', new.limit_minor
from access.role r join (values
  ('field_officer', 'loan.assess', 9000000000000000::bigint),
  ('field_officer', 'trade.step', 50000000::bigint),
  ('field_officer', 'guarantee.call', 9000000000000000::bigint),
  ('branch_manager', 'loan.assess', 9000000000000000::bigint),
  ('branch_manager', 'loan.default', 9000000000000000::bigint),
  ('branch_manager', 'loan.write_off', 10000000::bigint),
  ('branch_manager', 'loan.forgive', 10000000::bigint),
  ('branch_manager', 'loan.rebate', 9000000000000000::bigint),
  ('branch_manager', 'loan.charge', 9000000000000000::bigint),
  ('branch_manager', 'trade.step', 9000000000000000::bigint),
  ('branch_manager', 'group.close', 9000000000000000::bigint),
  ('branch_manager', 'common_fund.pay', 9000000000000000::bigint),
  ('branch_manager', 'guarantee.call', 9000000000000000::bigint),
  ('branch_manager', 'program.approve', 9000000000000000::bigint),
  ('branch_manager', 'till.settle', 100000::bigint),
  ('finance_officer', 'fee.true_up', 9000000000000000::bigint),
  ('finance_officer', 'cost.record', 9000000000000000::bigint),
  ('finance_officer', 'pool.approve', 9000000000000000::bigint),
  ('finance_officer', 'fund.distribute', 9000000000000000::bigint),
  ('finance_officer', 'fund.spend', 9000000000000000::bigint),
  ('finance_officer', 'zakat.pay', 9000000000000000::bigint),
  ('finance_officer', 'loan.write_off', 9000000000000000::bigint),
  ('finance_officer', 'till.settle', 9000000000000000::bigint),
  ('fund_manager', 'fund.distribute', 50000000::bigint),
  ('fund_manager', 'fund.spend', 50000000::bigint),
  ('fund_manager', 'zakat.pay', 50000000::bigint),
  ('fund_manager', 'loan.forgive', 9000000000000000::bigint),
  ('impact_officer', 'program.approve', 9000000000000000::bigint),
  ('shariah_reviewer', 'endowment.approve', 9000000000000000::bigint),
  ('shariah_reviewer', 'charity.spend', 9000000000000000::bigint)
) as new (role, action, limit_minor) on r.role = new.role
on conflict do nothing;
