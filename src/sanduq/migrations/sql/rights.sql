-- Re-applied after every migration: what the application's role may touch, and only within the
-- institution of its unit of work. Ledger tables it may read; writing goes through functions.
do $$
declare
  t record;
begin
  -- Only what is not guarded yet is touched: a server that starts beside busy ones takes no locks.
  for t in select n.nspname as schema_name, c.relname as table_name
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r'
              and not (c.relrowsecurity
                       and exists (select from pg_policy p where p.polrelid = c.oid))
              and n.nspname in ('access', 'events', 'audit', 'ledger',
                  'parties', 'shariah', 'obligations', 'funds', 'qard', 'microfinance', 'api',
                  'assets', 'custody', 'rahnu', 'sarf')
  loop
    execute format('alter table %I.%I enable row level security', t.schema_name, t.table_name);
    execute format('create policy institution on %I.%I using (institution_id = '
                   '(select nullif(current_setting(''sanduq.institution_id'', true), '''')'
                   '::integer))',
                   t.schema_name, t.table_name);
  end loop;
end
$$;

grant usage on schema access, events, audit, ledger, parties, shariah, obligations, funds, qard,
  microfinance, api, assets, custody, rahnu, sarf to sanduq_app;
grant select on all tables in schema access, events, audit, ledger, parties, shariah, obligations,
  funds, qard, microfinance, api, assets, custody, rahnu, sarf to sanduq_app;
grant insert on events.event, audit.record, shariah.evaluation, shariah.resolution,
  obligations.schedule, obligations.repayment, parties.verification to sanduq_app;
grant insert, update on all tables in schema access, obligations, funds, qard, microfinance,
  parties, api, assets, custody, rahnu, sarf to sanduq_app;
revoke update on obligations.schedule, obligations.repayment, parties.verification from sanduq_app;
revoke update on funds.corpus_change, funds.endowment_receipt, funds.distribution,
  funds.pool_placement, funds.pool_loss from sanduq_app;
revoke update on funds.purpose, funds.restriction_release, funds.spending, funds.spending_return,
  funds.zakat_receipt, funds.zakat_payment, funds.charity_receipt from sanduq_app;
revoke update on microfinance.program_loan, microfinance.indicator,
  microfinance.poverty_scorecard, microfinance.survey, microfinance.survey_response,
  microfinance.survey_answer, microfinance.survey_withdrawal, microfinance.impact_record,
  microfinance.impact_metric from sanduq_app;
revoke update on microfinance.murabaha_step, microfinance.murabaha_profit_plan from sanduq_app;
revoke update on microfinance.group_role, microfinance.meeting_move,
  microfinance.guarantee_payment, microfinance.recourse_recovery from sanduq_app;
revoke update on microfinance.fund_contribution, microfinance.fund_payment_share,
  microfinance.fund_signature, microfinance.collection, microfinance.collection_row,
  microfinance.collection_payment, microfinance.till_settlement from sanduq_app;
revoke update on microfinance.salam_step, microfinance.salam_goods_move,
  microfinance.commodity from sanduq_app;
revoke update on microfinance.demand, microfinance.solvency_assessment,
  microfinance.collection_cost, microfinance.forgiveness, microfinance.payment_holiday,
  microfinance.payment_holiday_loan from sanduq_app;
revoke update on assets.valuation_policy, assets.item, assets.item_photo, assets.instrument,
  assets.calibration, assets.price_board, assets.price_board_decision, assets.valuation,
  assets.valuation_second from sanduq_app;
revoke update on rahnu.deposit_payment from sanduq_app;
revoke update on rahnu.notice_delivery, rahnu.default_finding, rahnu.sale_consent, rahnu.bidder,
  rahnu.bid, rahnu.sale_item, rahnu.surplus_tracing, rahnu.surplus_policy from sanduq_app;
revoke update on rahnu.book_revaluation, rahnu.revaluation, rahnu.margin_change, rahnu.top_up,
  rahnu.term_change from sanduq_app;
revoke update on rahnu.repayment, rahnu.fee_payment, rahnu.debt_statement, rahnu.ticket_loss,
  rahnu.death, rahnu.pledge_change, rahnu.loss_payment from sanduq_app;
revoke update on rahnu.custody_cost, rahnu.custody_fee_true_up from sanduq_app;
revoke update on custody.movement, custody.item_photo, custody.stocktake_expected,
  custody.stocktake_scan, custody.takaful_cover from sanduq_app;
revoke update on sarf.session_piece, sarf.possession, sarf.quote from sanduq_app;
revoke update on sarf.revaluation from sanduq_app;
revoke update on sarf.simulation from sanduq_app;
revoke insert on access.institution from sanduq_app;
revoke insert, update, delete, truncate on all tables in schema ledger from sanduq_app;
revoke execute on all functions in schema ledger, access, rahnu from public;
grant execute on all functions in schema ledger, access, rahnu to sanduq_app;

-- The job tables hold names of jobs, never an institution's data.
grant usage on schema procrastinate to sanduq_app;
grant select, insert, update, delete on all tables in schema procrastinate to sanduq_app;
grant usage on all sequences in schema procrastinate to sanduq_app;
grant execute on all functions in schema procrastinate to sanduq_app;
