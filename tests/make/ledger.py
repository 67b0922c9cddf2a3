"""Builders of the ledger: accounts, journals and a random year of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, currency
from sanduq.ledger import service
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit

USD = currency("USD")
DAY = date(2024, 1, 15)
CASH = AccountPlace("1000", USD, subject="br_main")
CAPITAL = AccountPlace("3000", USD)


def receivable(number: int, asset: Asset = USD) -> AccountPlace:
    """What one borrower owes."""
    return AccountPlace("1120", asset, subject=f"mfl_{number:04}")


def a_journal(
    source: AccountPlace,
    target: AccountPlace,
    amount_minor: int,
    *,
    effective_on: date = DAY,
    kind: str = "test.moved",
    reference: str | None = None,
    memo: str | None = None,
) -> Journal:
    """Moves an amount: credits `source`, debits `target`."""
    entries = (debit(target, amount_minor), credit(source, amount_minor))
    return Journal(new_id("jrn"), kind, effective_on, entries, reference=reference, memo=memo)


def post_move(
    uow: UnitOfWork, source: AccountPlace, target: AccountPlace, amount_minor: int
) -> Journal:
    """Opens both accounts and posts one journal between them."""
    service.open_accounts(uow, [source, target])
    journal = a_journal(source, target, amount_minor)
    service.post(uow, [journal])
    return journal


def random_year(seed: int, assets: Sequence[Asset], count: int) -> list[Journal]:
    """Journals of two to six lines spread over 2023, in several funds, no account with a floor."""
    dice = random.Random(seed)
    codes = ("3000", "3090", "4100", "4800", "5100", "5200", "2210", "1190")
    funds = ("own", "waqf:mosque", "sadaqah:school_meals")
    found = []
    for number in range(count):
        entries: list[Entry] = []
        for asset in dice.sample(list(assets), dice.choice((1, 1, 2))):
            fund = dice.choice(funds)
            places = [AccountPlace(code, asset, fund) for code in dice.sample(codes, 3)]
            amounts = [dice.randint(1, 10**9) * dice.choice((1, -1)) for _ in places[1:]]
            if sum(amounts) == 0:
                amounts[0] += 1
            amounts.append(-sum(amounts))
            entries += [Entry(place, amount) for place, amount in zip(places, amounts, strict=True)]
        day = date(2023, 1, 1) + timedelta(days=dice.randrange(365))
        memo = dice.choice((None, 'said "so"; back\\slash', "صندوق | two\nlines, comma"))
        found.append(
            Journal(new_id("jrn"), "test.year", day, tuple(entries), f"ref_{number}", memo)
        )
    return found


def at(uow: UnitOfWork, seconds: int) -> UnitOfWork:
    """The same unit of work with its clock some seconds later (or, if negative, earlier)."""
    return replace(uow, clock=FixedClock(uow.now + timedelta(seconds=seconds)))
