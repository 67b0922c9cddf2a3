"""Donations as journals: the only place that knows both a donation and an account."""

from __future__ import annotations

from datetime import date

from sanduq.funds.donations.model import Donation
from sanduq.funds.purposes.model import fund_of
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Journal, credit, debit

CASH, RESTRICTED = "1000", "3200"


def cash_place(asset: Asset, purpose: str) -> AccountPlace:
    """The money of a purpose that is neither lent nor spent."""
    return AccountPlace(CASH, asset, fund_of(purpose))


def restricted_place(asset: Asset, purpose: str) -> AccountPlace:
    """What was given for a purpose and not spent yet; it never falls below zero."""
    return AccountPlace(RESTRICTED, asset, fund_of(purpose))


def places(asset: Asset, purpose: str) -> list[AccountPlace]:
    """The accounts a purpose needs open."""
    return [cash_place(asset, purpose), restricted_place(asset, purpose)]


def received(donation: Donation, on: date, reference: str | None) -> Journal:
    """The gift came: Dr 1000 Cr 3200, both in the fund of its purpose."""
    entries = (
        debit(cash_place(donation.asset, donation.purpose), donation.amount_minor),
        credit(restricted_place(donation.asset, donation.purpose), donation.amount_minor),
    )
    return Journal(
        new_id("jrn"), "sadaqah.received", on, entries,
        reference=donation.donation_id, memo=reference,
    )  # fmt: skip


def released(donation: Donation, to_purpose: str, amount_minor: int, on: date) -> Journal:
    """Another purpose: the money leaves one fund and enters the other, each in balance."""
    asset = donation.asset
    entries = (
        debit(restricted_place(asset, donation.purpose), amount_minor),
        credit(cash_place(asset, donation.purpose), amount_minor),
        debit(cash_place(asset, to_purpose), amount_minor),
        credit(restricted_place(asset, to_purpose), amount_minor),
    )
    return Journal(
        new_id("jrn"), "sadaqah.restriction_released", on, entries, reference=donation.donation_id
    )
