-- The sarf rail: its room, and what the roles of institutions founded earlier may do there.
-- Limits an institution has set itself stay as they are.
create schema if not exists sarf;

insert into access.role
select i.institution_id, new.role, new.name, new.scopes
from access.institution i, (values
  ('gold_dealer', 'Gold dealer', array[
    'custody:read', 'events:read', 'gold:write', 'kyc:write', 'ledger:read',
    'parties:write', 'sarf:write', 'shariah:read'
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
  ('branch_manager', array['sarf:write']),
  ('finance_officer', array['sarf:write']),
  ('shariah_reviewer', array['sarf:write'])
) as new (role, scopes)
where r.role = new.role;

insert into access.role_limit
select r.institution_id, new.role, new.action, '*', new.limit_minor
from access.role r join (values
  ('branch_manager', 'sarf.session', 100000000::bigint),
  ('branch_manager', 'sarf.promise', 9000000000000000::bigint),
  ('branch_manager', 'sarf.price_lower', 9000000000000000::bigint),
  ('branch_manager', 'sarf.resale', 9000000000000000::bigint),
  ('branch_manager', 'sarf.void', 9000000000000000::bigint),
  ('branch_manager', 'sarf.revalue', 9000000000000000::bigint),
  ('branch_manager', 'sarf.loss', 9000000000000000::bigint),
  ('gold_dealer', 'sarf.session', 50000000::bigint),
  ('gold_dealer', 'sarf.promise', 50000000::bigint),
  ('finance_officer', 'sarf.resale', 9000000000000000::bigint),
  ('finance_officer', 'sarf.void', 9000000000000000::bigint),
  ('finance_officer', 'sarf.revalue', 9000000000000000::bigint),
  ('finance_officer', 'sarf.loss', 9000000000000000::bigint),
  ('shariah_reviewer', 'sarf_terms.approve', 9000000000000000::bigint)
) as new (role, action, limit_minor) on r.role = new.role
on conflict do nothing;
