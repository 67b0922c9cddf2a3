"""What happens in a common fund, as journals: all in the fund `common:<group>`.

Gifts stand in 3400. What members still own, deposits and trust savings, is a liability in 2000,
one account to each member, so that its floor keeps one member's money from paying for another.
Money lent to the fund is a liability too, one account to each loan; a payment that gifts do not
cover and such money does is a deficit in 5900, until later gifts take it over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit, without_zeros
from sanduq.microfinance.common_fund.model import (
    Fund,
    Holdings,
    Payment,
    Use,
    covered_by_surplus,
    from_loans,
)

CASH, GIFTS, OWED, DEFICIT = "1000", "3400", "2000", "5900"


def fund_code(group_id: str) -> str:
    """The ledger's name of a group's fund."""
    return f"common:{group_id}"


def cash(asset: Asset, group_id: str) -> AccountPlace:
    """The fund's cash."""
    return AccountPlace(CASH, asset, fund_code(group_id))


def gifts(asset: Asset, group_id: str) -> AccountPlace:
    """What was given and not spent."""
    return AccountPlace(GIFTS, asset, fund_code(group_id))


def deficit(asset: Asset, group_id: str) -> AccountPlace:
    """What was spent beyond the gifts, out of loans to the fund."""
    return AccountPlace(DEFICIT, asset, fund_code(group_id))


def owed(asset: Asset, group_id: str, subject: str) -> AccountPlace:
    """What is one member's own, or is owed on one loan to the fund."""
    return AccountPlace(OWED, asset, fund_code(group_id), subject)


def places_of(fund: Fund, subjects: Sequence[str] = ()) -> list[AccountPlace]:
    """The accounts a fund works with: its own, and those of members or lenders named."""
    own = [cash(fund.asset, fund.group_id)]
    if not fund.basis.is_owned:
        own += [gifts(fund.asset, fund.group_id), deficit(fund.asset, fund.group_id)]
    return own + [owed(fund.asset, fund.group_id, subject) for subject in subjects]


def contributed(fund: Fund, party_id: str, amount_minor: int, on: date, reference: str) -> Journal:
    """Money in: a gift, or the member's own."""
    to = (
        owed(fund.asset, fund.group_id, party_id)
        if fund.basis.is_owned
        else gifts(fund.asset, fund.group_id)
    )
    return _journal(
        "common_fund.contribution", on, reference,
        debit(cash(fund.asset, fund.group_id), amount_minor), credit(to, amount_minor),
    )  # fmt: skip


def lent(fund: Fund, fund_loan_id: str, amount_minor: int, on: date) -> Journal:
    """A loan to the fund."""
    return _journal(
        "common_fund.lent", on, fund_loan_id,
        debit(cash(fund.asset, fund.group_id), amount_minor),
        credit(owed(fund.asset, fund.group_id, fund_loan_id), amount_minor),
    )  # fmt: skip


def paid(fund: Fund, payment: Payment, holdings: Holdings, on: date) -> Journal:
    """Money out: of members' own where there are shares of owners, else of what was given."""
    minor = payment.amount.amount_minor
    asset, group_id = fund.asset, fund.group_id
    entries: list[Entry]
    if payment.use is Use.REPAY_LOAN:
        assert payment.fund_loan_id is not None
        taken_over = covered_by_surplus(holdings, minor)
        entries = [
            debit(owed(asset, group_id, payment.fund_loan_id), minor),
            debit(gifts(asset, group_id), taken_over),
            credit(deficit(asset, group_id), taken_over),
        ]
    elif fund.basis.is_owned:
        entries = [debit(owed(asset, group_id, one), part) for one, part in payment.shares]
    else:
        borrowed = from_loans(holdings, minor)
        entries = [
            debit(gifts(asset, group_id), minor - borrowed),
            debit(deficit(asset, group_id), borrowed),
        ]
    entries.append(credit(cash(asset, group_id), minor))
    return _journal("common_fund.payment", on, payment.payment_id, *entries)


def _journal(kind: str, on: date, reference: str, *entries: Entry) -> Journal:
    return Journal(new_id("jrn"), kind, on, without_zeros(*entries), reference=reference)
