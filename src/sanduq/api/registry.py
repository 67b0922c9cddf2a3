"""Which routers, event handlers, decisions and checks make up the application."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter

from sanduq.api import decisions, platform, pledge_debts
from sanduq.assets.instruments import routes as instruments
from sanduq.assets.items import events as item_events
from sanduq.assets.items import routes as items
from sanduq.assets.policies import routes as valuation_policies
from sanduq.assets.price_boards import routes as price_boards
from sanduq.assets.valuations import routes as valuations
from sanduq.custody.bags import routes as custody_bags
from sanduq.custody.kya import routes as custody_kya
from sanduq.custody.kya import service as custody_kya_service
from sanduq.custody.moves import routes as custody_moves
from sanduq.custody.places import routes as custody_places
from sanduq.custody.register import routes as custody_register
from sanduq.custody.register.checks import check_custody
from sanduq.custody.releases import routes as custody_releases
from sanduq.custody.stocktakes import routes as stocktakes
from sanduq.custody.takaful import routes as takaful
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
from sanduq.rahnu.contracts import routes as pledges_contracts
from sanduq.rahnu.deposits import routes as deposits
from sanduq.rahnu.deposits import service as deposits_service
from sanduq.rahnu.deposits.checks import check_custody_fees
from sanduq.rahnu.fees import routes as fee_policies
from sanduq.rahnu.fees.cost_studies import routes as custody_costs
from sanduq.rahnu.fees.costs import routes as custody_receipts
from sanduq.rahnu.fees.costs.checks import check_costs
from sanduq.rahnu.fees.true_ups import routes as custody_true_ups
from sanduq.rahnu.fees.true_ups import service as custody_true_ups_service
from sanduq.rahnu.fees.true_ups.checks import check_true_ups
from sanduq.rahnu.life.checks import check_losses, check_pledge_fees, check_pledge_items
from sanduq.rahnu.life.losses import routes as pledge_losses
from sanduq.rahnu.life.payments import routes as pledge_payments
from sanduq.rahnu.life.people import routes as pledge_people
from sanduq.rahnu.life.things import routes as pledge_things
from sanduq.rahnu.liquidation.auctions import lots as auction_lots
from sanduq.rahnu.liquidation.auctions import routes as auctions
from sanduq.rahnu.liquidation.auctions import routes_lots as auctioned_lots
from sanduq.rahnu.liquidation.checks import CHECKS as LIQUIDATION_CHECKS
from sanduq.rahnu.liquidation.notices import end_of_day as pledge_notices_due
from sanduq.rahnu.liquidation.notices import routes as pledge_notices
from sanduq.rahnu.liquidation.notices import service as pledge_notices_service
from sanduq.rahnu.liquidation.sales import routes as pledge_sales
from sanduq.rahnu.liquidation.sales.payers import register_payer
from sanduq.rahnu.liquidation.surplus import routes as pledge_surplus
from sanduq.rahnu.liquidation.surplus import service as pledge_surplus_service
from sanduq.rahnu.margin import book as pledge_book
from sanduq.rahnu.margin import routes as margins
from sanduq.rahnu.margin import service as margin_service
from sanduq.rahnu.margin.checks import check_margins, check_top_ups
from sanduq.rahnu.tariffs import routes as tariffs
from sanduq.rahnu.templates import routes as pledge_templates
from sanduq.rahnu.terms import end_of_day as pledge_fees
from sanduq.rahnu.terms import routes as pledge_terms
from sanduq.reporting.pledges import routes as pledge_reports
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
        pledge_reports.router,
        items.router,
        valuations.router,
        instruments.router,
        price_boards.router,
        valuation_policies.router,
        custody_bags.router,
        custody_kya.router,
        custody_moves.router,
        custody_places.router,
        custody_register.router,
        custody_releases.router,
        stocktakes.router,
        takaful.router,
        fee_policies.router,
        custody_costs.router,
        custody_true_ups.router,
        custody_receipts.router,
        tariffs.router,
        pledges_contracts.router,
        pledge_payments.router,
        pledge_things.router,
        pledge_people.router,
        pledge_losses.router,
        pledge_templates.router,
        margins.router,
        pledge_terms.router,
        pledge_notices.router,
        auctions.router,
        auctioned_lots.router,
        pledge_sales.router,
        pledge_surplus.router,
        deposits.router,
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
    register_check("custody", check_custody)
    subscribe(item_events.PHOTOGRAPHED, custody_kya_service.follow_photos)
    register_check("custody fees", check_custody_fees)
    register_check("custody costs", check_costs)
    register_check("custody true-ups", check_true_ups)
    register_closing_check(custody_true_ups_service.require_resolved)
    register_step(deposits_service.END_OF_DAY, deposits_service.accrue)
    subscribe("custody.bag.confirmed", deposits_service.follow_bags)
    subscribe("custody.release.handed_over", deposits_service.follow_handed_over)
    subscribe("custody.release.cancelled", deposits_service.follow_cancelled)
    register_check("pledge fees", check_pledge_fees)
    register_check("pledged items", check_pledge_items)
    register_check("pledge losses", check_losses)
    register_check("pledge margins", check_margins)
    register_check("top-ups", check_top_ups)
    register_step(pledge_book.END_OF_DAY, pledge_book.revalue_after_publication)
    register_step(pledge_fees.END_OF_DAY, pledge_fees.charge_month)
    register_step(pledge_notices_due.END_OF_DAY, pledge_notices_due.make_due)
    for name, check in LIQUIDATION_CHECKS.items():
        register_check(name, check)
    register_payer(pledge_debts.pay_loan)
    subscribe("rahnu.pledge.released", auction_lots.follow_releases)
    subscribe("rahnu.pledge.released", pledge_notices_service.withdraw_pending)
    subscribe("rahnu.notice.sent", pledge_surplus_service.follow_statements)
    for ended in margin_service.PLEDGE_ENDED:
        subscribe(ended, margin_service.follow_ended)
    subscribe(loan_events.REPAYMENT_REVERSED, recourses.follow_reversals)
    forgiving.on_forgiven(discharging.free_guarantors)
    register_check("common funds", check_common_funds)
    register_check("collections", check_collections)
    groups_service.register_closing_check(common_fund_service.require_closed)
    guarantee_calls_service.register_fund_payer(fund_covers.refuse_unsigned)
    subscribe(loan_events.REPAYMENT_REVERSED, fund_covers.follow_reversals)
    subscribe(guarantee_events.RECOURSE_RECOVERED, fund_covers.follow_recoveries)
