"""Which routers, event handlers, decisions and checks make up the application."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter

from sanduq.api import decisions, platform, pledge_registry, sarf_registry
from sanduq.events.service import subscribe
from sanduq.funds.charity import routes as charity
from sanduq.funds.donations import routes as donations
from sanduq.funds.endowments import routes as endowments
from sanduq.funds.endowments.checks import check_endowments
from sanduq.funds.overview import routes as funds
from sanduq.funds.pledges import routes as pledges
from sanduq.funds.pools import routes as pools
from sanduq.funds.pools.checks import check_pools
from sanduq.funds.purposes import routes as purposes
from sanduq.funds.spending import routes as spending
from sanduq.funds.spending.checks import check_pledges, check_sadaqah, check_zakat
from sanduq.funds.zakat import routes as zakat
from sanduq.funds.zakat import service as zakat_service
from sanduq.ledger.service import register_closing_check
from sanduq.ledger.verify import register_check
from sanduq.microfinance.collection import routes as collection
from sanduq.microfinance.collection.checks import check_collections
from sanduq.microfinance.collection.tills import routes as tills
from sanduq.microfinance.common_fund import covers as fund_covers
from sanduq.microfinance.common_fund import routes as common_fund
from sanduq.microfinance.common_fund import service as common_fund_service
from sanduq.microfinance.common_fund.checks import check_common_funds
from sanduq.microfinance.groups import routes as groups
from sanduq.microfinance.groups import service as groups_service
from sanduq.microfinance.groups.guarantees import routes as guarantees
from sanduq.microfinance.groups.meetings import routes as meetings
from sanduq.microfinance.groups.meetings import service as meetings_service
from sanduq.microfinance.groups.members import routes as group_members
from sanduq.microfinance.groups.performance import routes as group_performance
from sanduq.microfinance.guarantee_calls import discharging, recourses
from sanduq.microfinance.guarantee_calls import events as guarantee_events
from sanduq.microfinance.guarantee_calls import routes as guarantee_calls
from sanduq.microfinance.guarantee_calls import service as guarantee_calls_service
from sanduq.microfinance.guarantee_calls.checks import check_groups, check_guarantees
from sanduq.microfinance.loans import events as loan_events
from sanduq.microfinance.loans import routes as loans
from sanduq.microfinance.loans import routes_contract as loan_contracts
from sanduq.microfinance.loans import routes_deliver as deliveries
from sanduq.microfinance.loans.checks import check_loans
from sanduq.microfinance.loans.hardship import forgiving
from sanduq.microfinance.loans.hardship import routes as hardship
from sanduq.microfinance.loans.hardship import routes_holidays as holidays
from sanduq.microfinance.loans.hardship.checks import check_collection_costs, check_written_off
from sanduq.microfinance.loans.ijarah import checks as ijarah_checks
from sanduq.microfinance.loans.ijarah import end_of_day as ijarah_days
from sanduq.microfinance.loans.ijarah import routes as ijarah
from sanduq.microfinance.loans.murabaha import profit as murabaha_profit
from sanduq.microfinance.loans.murabaha import routes as murabaha
from sanduq.microfinance.loans.murabaha.checks import check_murabahas
from sanduq.microfinance.loans.salam import routes as salam
from sanduq.microfinance.loans.salam import routes_trade as salam_trade
from sanduq.microfinance.loans.salam.checks import check_goods, check_salam
from sanduq.microfinance.loans.salam.end_of_day import lapse_unpaid_prices
from sanduq.microfinance.products import routes as products
from sanduq.microfinance.programs import routes as programs
from sanduq.microfinance.programs.impact import routes as impact
from sanduq.microfinance.programs.indicators import routes as indicators
from sanduq.microfinance.programs.surveys import routes as surveys
from sanduq.obligations.checks import check_debts, check_repayments
from sanduq.obligations.end_of_day import register_step
from sanduq.qard.checks import check_receivables
from sanduq.qard.true_ups import routes as true_ups
from sanduq.qard.true_ups import service as true_ups_service
from sanduq.reporting.portfolio import routes as portfolio
from sanduq.reporting.portfolio.checks import check_portfolio


def routers() -> list[APIRouter]:
    """Every router, in the order the contract lists them."""
    return [
        loans.router,
        loan_contracts.router,
        hardship.router,
        holidays.router,
        murabaha.router,
        deliveries.router,
        ijarah.router,
        salam.router,
        salam_trade.router,
        groups.router,
        group_members.router,
        meetings.router,
        guarantees.router,
        guarantee_calls.router,
        group_performance.router,
        common_fund.router,
        collection.router,
        tills.router,
        products.router,
        true_ups.router,
        programs.router,
        surveys.router,
        impact.router,
        indicators.router,
        endowments.router,
        pools.router,
        donations.router,
        pledges.router,
        funds.router,
        purposes.router,
        spending.router,
        zakat.router,
        charity.router,
        portfolio.router,
        *pledge_registry.routers(),
        *sarf_registry.routers(),
        *platform.routers(),
    ]


@cache
def wire() -> None:
    """Connects upper rooms to lower ones; once per process, whatever kind of process it is."""
    platform.wire()
    decisions.wire()
    register_check("debts", check_debts)
    register_check("receivables", check_receivables)
    register_check("repayments", check_repayments)
    register_check("loans", check_loans)
    register_closing_check(true_ups_service.require_resolved)
    register_check("collection costs", check_collection_costs)
    register_check("write-offs", check_written_off)
    register_check("murabahas", check_murabahas)
    register_step(murabaha_profit.END_OF_DAY, murabaha_profit.earn_through)
    for name, check in ijarah_checks.CHECKS.items():
        register_check(name, check)
    register_step(ijarah_days.DEPRECIATION, ijarah_days.depreciate)
    register_step(ijarah_days.RENT, ijarah_days.bill_rents)
    register_step(ijarah_days.TRANSFER, ijarah_days.pass_gifts)
    register_check("salam", check_salam)
    register_check("salam goods", check_goods)
    register_step("salam_price", lapse_unpaid_prices)
    register_check("endowments", check_endowments)
    register_check("pools", check_pools)
    register_check("sadaqah", check_sadaqah)
    register_check("zakat", check_zakat)
    register_check("pledges", check_pledges)
    register_closing_check(zakat_service.require_distributed)
    register_check("groups", check_groups)
    register_check("guarantees", check_guarantees)
    register_step("meetings", meetings_service.plan_ahead)
    register_check("portfolio", check_portfolio)
    pledge_registry.wire()
    sarf_registry.wire()
    subscribe(loan_events.REPAYMENT_REVERSED, recourses.follow_reversals)
    forgiving.on_forgiven(discharging.free_guarantors)
    register_check("common funds", check_common_funds)
    register_check("collections", check_collections)
    groups_service.register_closing_check(common_fund_service.require_closed)
    guarantee_calls_service.register_fund_payer(fund_covers.refuse_unsigned)
    subscribe(loan_events.REPAYMENT_REVERSED, fund_covers.follow_reversals)
    subscribe(guarantee_events.RECOURSE_RECOVERED, fund_covers.follow_recoveries)
