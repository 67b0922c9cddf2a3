-- The pledge rail: its rooms, and what the roles of institutions founded earlier may do there.
-- Limits an institution has set itself stay as they are.
create schema if not exists assets;
create schema if not exists custody;
create schema if not exists rahnu;

insert into access.role
select i.institution_id, new.role, new.name, new.scopes
from access.institution i, (values
  ('pawn_clerk', 'Counter clerk', array[
    'custody:read', 'events:read', 'gold:write', 'kyc:write', 'ledger:read', 'parties:write',
    'rahnu:write', 'shariah:read'
  ]),
  ('valuer', 'Valuer', array[
    'custody:read', 'events:read', 'gold:write', 'parties:read', 'rahnu:read'
  ]),
  ('vault_keeper', 'Vault keeper', array[
    'custody:write', 'events:read', 'gold:read', 'parties:read', 'rahnu:read'
  ]),
  ('auction_officer', 'Auction officer', array[
    'custody:read', 'events:read', 'gold:read', 'kyc:write', 'parties:write', 'rahnu:write'
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
  ('branch_manager', array['custody:write', 'gold:write', 'rahnu:write']),
  ('finance_officer', array['custody:write', 'gold:write', 'rahnu:write']),
  ('shariah_reviewer', array['custody:read', 'gold:read', 'rahnu:write'])
) as new (role, scopes)
where r.role = new.role;

insert into access.role_limit
select r.institution_id, new.role, new.action, '*', new.limit_minor
from access.role r join (values
  ('branch_manager', 'price_board.approve', 9000000000000000::bigint),
  ('branch_manager', 'valuation_policy.set', 9000000000000000::bigint),
  ('branch_manager', 'takaful.record', 9000000000000000::bigint),
  ('branch_manager', 'pledge.execute', 100000000::bigint),
  ('branch_manager', 'pledge.release', 9000000000000000::bigint),
  ('branch_manager', 'pledge.change', 9000000000000000::bigint),
  ('branch_manager', 'pledge.terminate', 9000000000000000::bigint),
  ('branch_manager', 'pledge.loss', 9000000000000000::bigint),
  ('branch_manager', 'pledge.liquidate', 100000000::bigint),
  ('branch_manager', 'auction.award', 9000000000000000::bigint),
  ('branch_manager', 'surplus.pay', 9000000000000000::bigint),
  ('branch_manager', 'stocktake.sign', 9000000000000000::bigint),
  ('branch_manager', 'custody.release', 9000000000000000::bigint),
  ('pawn_clerk', 'pledge.execute', 50000000::bigint),
  ('pawn_clerk', 'pledge.release', 9000000000000000::bigint),
  ('pawn_clerk', 'pledge.change', 9000000000000000::bigint),
  ('valuer', 'valuation.record', 9000000000000000::bigint),
  ('valuer', 'valuation.confirm', 9000000000000000::bigint),
  ('vault_keeper', 'custody.move', 9000000000000000::bigint),
  ('vault_keeper', 'custody.release', 9000000000000000::bigint),
  ('vault_keeper', 'stocktake.sign', 9000000000000000::bigint),
  ('auction_officer', 'auction.run', 9000000000000000::bigint),
  ('finance_officer', 'price_board.approve', 9000000000000000::bigint),
  ('finance_officer', 'takaful.record', 9000000000000000::bigint),
  ('finance_officer', 'custody_cost.approve_finance', 9000000000000000::bigint),
  ('finance_officer', 'pledge.liquidate', 9000000000000000::bigint),
  ('finance_officer', 'surplus.pay', 9000000000000000::bigint),
  ('finance_officer', 'surplus.transfer', 9000000000000000::bigint),
  ('finance_officer', 'stocktake.sign', 9000000000000000::bigint),
  ('shariah_reviewer', 'custody_cost.approve_shariah', 9000000000000000::bigint),
  ('shariah_reviewer', 'fee_policy.approve', 9000000000000000::bigint),
  ('shariah_reviewer', 'pledge_template.approve', 9000000000000000::bigint),
  ('shariah_reviewer', 'pledge.review', 9000000000000000::bigint),
  ('shariah_reviewer', 'surplus.transfer', 9000000000000000::bigint)
) as new (role, action, limit_minor) on r.role = new.role
on conflict do nothing;
