"""Which routers, handlers and checks make up gold, custody and the pledge rail."""

from __future__ import annotations

from fastapi import APIRouter

from sanduq.api import pledge_debts
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
from sanduq.ledger.service import register_closing_check
from sanduq.ledger.verify import register_check
from sanduq.obligations.end_of_day import register_step
from sanduq.rahnu.contracts import routes as pledges_contracts
from sanduq.rahnu.contracts.life.checks import check_losses, check_pledge_fees, check_pledge_items
from sanduq.rahnu.contracts.life.losses import routes as pledge_losses
from sanduq.rahnu.contracts.life.payments import routes as pledge_payments
from sanduq.rahnu.contracts.life.people import routes as pledge_people
from sanduq.rahnu.contracts.life.things import routes as pledge_things
from sanduq.rahnu.contracts.liquidation.auctions import lots as auction_lots
from sanduq.rahnu.contracts.liquidation.auctions import routes as auctions
from sanduq.rahnu.contracts.liquidation.auctions import routes_lots as auctioned_lots
from sanduq.rahnu.contracts.liquidation.checks import CHECKS as LIQUIDATION_CHECKS
from sanduq.rahnu.contracts.liquidation.notices import end_of_day as pledge_notices_due
from sanduq.rahnu.contracts.liquidation.notices import routes as pledge_notices
from sanduq.rahnu.contracts.liquidation.notices import service as pledge_notices_service
from sanduq.rahnu.contracts.liquidation.sales import routes as pledge_sales
from sanduq.rahnu.contracts.liquidation.sales.payers import register_payer
from sanduq.rahnu.contracts.liquidation.surplus import routes as pledge_surplus
from sanduq.rahnu.contracts.liquidation.surplus import service as pledge_surplus_service
from sanduq.rahnu.contracts.margin import book as pledge_book
from sanduq.rahnu.contracts.margin import routes as margins
from sanduq.rahnu.contracts.margin import service as margin_service
from sanduq.rahnu.contracts.margin.checks import check_margins, check_top_ups
from sanduq.rahnu.contracts.terms import end_of_day as pledge_fees
from sanduq.rahnu.contracts.terms import routes as pledge_terms
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
from sanduq.rahnu.tariffs import routes as tariffs
from sanduq.rahnu.templates import routes as pledge_templates
from sanduq.reporting.pledges import routes as pledge_reports


def routers() -> list[APIRouter]:
    """Every router of these rooms, in the order the contract lists them."""
    return [
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
    ]


def wire() -> None:
    """Connects these rooms with those below and beside them."""
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
