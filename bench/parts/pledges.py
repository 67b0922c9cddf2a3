"""A book of pledges: rows made in the database, each as the services would leave it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import psycopg

from parts.world import World
from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.json import dumps
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.rahnu.templates.model import PledgeTerms

TEMPLATE, POLICY, BOARD = "rpt_bench", "cfp_bench", "pbd_bench_00"

# Weights from 10 to 60 g of 916, 999.9 or 750; every third pledge has two things. At 200.00 a gram
# the debts lie between 40% and 70% of the value, evenly. Every tenth has a second stretch of fee,
# every twentieth cash beside it, every fiftieth a debt on other books.
_PLEDGES = """
create temporary table made on commit drop as
select n, 'rhn_' || lpad(n::text, 26, '0') as contract_id,
       10000 + n * 7919 %% 50000 as gross_mg,
       (array[9160, 9999, 7500])[1 + n %% 3] as fineness_bp,
       case when n %% 3 = 0 then 2 else 1 end as things,
       4000 + n::bigint * 104729 %% 3000 as share_bp,
       case when n %% 50 = 0 then null else 'qrd_' || lpad(n::text, 26, '0') end as debt_id
  from generate_series(1, %(count)s) n;
alter table made add column value_minor bigint;
update made set value_minor
  = things * (gross_mg * fineness_bp / 1000 * 20000000::bigint / 10000000);
analyze made;
insert into obligations.obligation (institution_id, obligation_id, debtor_id, branch_id, asset,
  status, component_order, principal_minor, fee_minor, principal_paid_minor, fee_paid_minor,
  schedule_version, oldest_unpaid_due_on, next_call_on, called_minor, ageing_class, started_on,
  version, fund)
select %(institution)s, debt_id, %(pledgor)s, %(branch)s, 'USD/2', 'ACTIVE', 'pro_rata',
  value_minor * share_bp / 10000, 0, 0, 0, 1, %(day)s::date + 150, %(day)s::date + 150, 0,
  'current', %(day)s::date - 30, 1, 'own'
  from made where debt_id is not null;
insert into obligations.schedule (institution_id, obligation_id, version, due_on, principal_minor,
  fee_minor, reason, created_at, created_by)
select %(institution)s, debt_id, 1, array[%(day)s::date + 150],
  array[value_minor * share_bp / 10000], array[0], 'bench', %(now)s, %(user)s
  from made where debt_id is not null;
insert into assets.item (institution_id, item_id, owner_id, kind, metal, description,
  gross_weight_mg, stone_weight_mg, other_weight_mg, fineness_bp, metadata, created_at, created_by)
select %(institution)s, 'itm_' || lpad(n::text, 24, '0') || t, %(pledgor)s, 'jewellery', 'gold',
  'bench', gross_mg, 0, 0, fineness_bp, '{}', %(now)s, %(user)s
  from made, generate_series(1, things) t;
insert into assets.valuation (institution_id, valuation_id, item_id, metal, gross_weight_mg,
  stone_weight_mg, other_weight_mg, fineness_bp, tests, method, price_board_id, price_source,
  priced_at, haircut_bp, policy_version, value_minor, asset, second_required, second_reasons,
  is_customer_present, metadata, valid_until, created_at, created_by)
select %(institution)s, 'val_' || lpad(n::text, 24, '0') || t,
  'itm_' || lpad(n::text, 24, '0') || t, 'gold', gross_mg, 0, 0, fineness_bp, '[]', 'fine_price',
  %(board)s, 'market', %(now)s, 0, 0, value_minor / things, 'USD/2', 'witness', '{}', true,
  '{}', %(now)s + interval '1 day', %(now)s, %(user)s
  from made, generate_series(1, things) t;
insert into rahnu.contract (institution_id, contract_id, status, pledgor_id, pledgee_id,
  borrower_id, branch_id, template_id, fee_policy_id, asset, description, ltv_bp, appraised_minor,
  secured_minor, fee_monthly_minor, has_owner_declared, debt_kind, debt_id, is_own_loan,
  outside_debt, term_months, instalments, matures_on, extension_count, renewal_count,
  review_resolutions, executed_at, valued_at, fee_from_on, fee_accrued_minor, fee_paid_minor,
  margin_flag, metadata, created_at, created_by, version)
select %(institution)s, contract_id, 'ACTIVE', %(pledgor)s, %(pledgor)s, %(pledgor)s, %(branch)s,
  %(template)s, %(policy)s, 'USD/2', 'bench', 7000, value_minor, value_minor * 7000 / 10000,
  1000, true, case when debt_id is null then 'outside' else 'qard' end, debt_id, true,
  case when debt_id is null then json_build_object('kind', 'qard', 'reference', 'REF',
    'creditor', 'another', 'amount_minor', value_minor * share_bp / 10000,
    'due_on', (%(day)s::date + 150)::text, 'is_trust', false, 'is_limited_to_fault', false) end,
  6, 1, %(day)s::date + 150, 0, 0, '{}', %(now)s, %(now)s, %(day)s::date - 30, 0, 0, 'none',
  '{}', %(now)s, %(user)s, 1
  from made;
insert into rahnu.contract_item (institution_id, contract_id, item_id, number, status, stated_type,
  stated_value_minor, valuation_id, value_minor, joined_at)
select %(institution)s, contract_id, 'itm_' || lpad(n::text, 24, '0') || t, t, 'PLEDGED', 'gold',
  value_minor / things, 'val_' || lpad(n::text, 24, '0') || t, value_minor / things, %(now)s
  from made, generate_series(1, things) t;
insert into rahnu.fee_segment (institution_id, contract_id, number, from_on, monthly_minor,
  recorded_at, recorded_by)
select %(institution)s, contract_id, s, %(day)s::date - 40 + 10 * s, 1000, %(now)s, %(user)s
  from made, generate_series(1, case when n %% 10 = 0 then 2 else 1 end) s;
insert into rahnu.top_up (institution_id, contract_id, top_up_id, kind, asset, amount_minor,
  held_after_minor, journal_id, moved_on, created_at, created_by)
select %(institution)s, contract_id, 'tup_' || n, 'received', 'USD/2', 10000, 10000, 'jrn_bench',
  %(day)s, %(now)s, %(user)s
  from made where n %% 20 = 0;
"""

_FOUNDED = """
insert into rahnu.fee_policy (institution_id, fee_policy_id, name, asset, period, expression,
  components, status, created_at, created_by, metadata, version)
values (%(institution)s, %(policy)s, 'bench', 'USD/2', 'month', '10', array['custody'], 'DRAFT',
  %(now)s, %(user)s, '{}', 1);
insert into rahnu.template (institution_id, template_id, name, asset, status, terms, clauses,
  fee_policy_id, template_hash, is_default, metadata, created_at, created_by, version)
values (%(institution)s, %(template)s, 'bench', 'USD/2', 'DRAFT', %(terms)s, '[]', %(policy)s,
  '', false, '{}', %(now)s, %(user)s, 1);
"""

_BOARD = """
insert into assets.price_board (institution_id, price_board_id, metal, asset, method, fineness_bp,
  price_per_kg_minor, quoted_unit, effective_at, source, observed_at, metadata, created_at,
  created_by)
values (%(institution)s, %(board)s, 'gold', 'USD/2', 'fine_price', array[10000], array[%(price)s],
  'gram', %(now)s, 'bench', %(now)s, '{}', %(now)s, %(user)s);
insert into assets.price_board_decision (institution_id, price_board_id, metal, asset, status,
  in_force_at, proposed_by, decided_at, decided_by)
values (%(institution)s, %(board)s, 'gold', 'USD/2', 'PUBLISHED', %(now)s, %(user)s, %(now)s,
  'bench');
"""


def load_pledges(world: World, count: int) -> float:
    """Writes `count` pledges in force with their debts, things, valuations and fees; seconds."""
    started = time.perf_counter()
    hang_board(world, 20_000_000, BOARD)
    with world.work(demo.NOW) as uow:
        (pledgor,) = parties.create_parties(uow, [NewParty(PartyKind.PERSON, "Pledgor")])
        values = {
            "institution": uow.institution_id,
            "count": count,
            "pledgor": pledgor.party_id,
            "branch": access.default_branch(uow),
            "template": TEMPLATE,
            "policy": POLICY,
            "board": BOARD,
            "terms": dumps(asdict(PledgeTerms())).decode(),
            "day": demo.NOW.date(),
        }
    _run(world, _FOUNDED + _PLEDGES, values)
    world.owner("vacuum (analyze)")
    return time.perf_counter() - started


def hang_board(world: World, price_per_kg_minor: int, board_id: str) -> None:
    """A fine price in force from now on; of two at one instant the one with the later id."""
    with world.work(demo.NOW) as uow:
        values = {"institution": uow.institution_id, "board": board_id, "price": price_per_kg_minor}
    _run(world, _BOARD, values)


def _run(world: World, statements: str, values: dict[str, Any]) -> None:
    """Runs statements one after another as the owner, in one transaction."""
    bound = {**values, "now": demo.NOW, "user": demo.MAKER}
    with psycopg.connect(world.owner_url, cursor_factory=psycopg.ClientCursor) as connection:
        for statement in statements.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode(), bound)
