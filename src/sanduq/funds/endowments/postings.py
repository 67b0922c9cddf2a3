"""Events of a waqf as journals, each within the endowment's own fund (AAOIFI FAS 37)."""

from __future__ import annotations

from datetime import date

from sanduq.funds.endowments.model import Endowment
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit

CASH, CORPUS, INCOME = "1000", "3100", "3110"


def cash_place(asset: Asset, fund: str) -> AccountPlace:
    """The endowment's own cash, that lent through pools apart."""
    return AccountPlace(CASH, asset, fund)


def corpus_place(asset: Asset, fund: str) -> AccountPlace:
    """The corpus kept in money."""
    return AccountPlace(CORPUS, asset, fund)


def income_place(asset: Asset, fund: str) -> AccountPlace:
    """Income received and not yet used."""
    return AccountPlace(INCOME, asset, fund)


def places(endowment: Endowment) -> tuple[AccountPlace, AccountPlace, AccountPlace]:
    """Cash, corpus and income of one endowment."""
    asset, fund = endowment.asset, endowment.fund
    return cash_place(asset, fund), corpus_place(asset, fund), income_place(asset, fund)


def endowed(endowment: Endowment, amount_minor: int, on: date) -> Journal:
    """The cash endowed is there."""
    cash, corpus, _ = places(endowment)
    return _journal("waqf.endowed", endowment, on, amount_minor, cash, corpus)


def added(endowment: Endowment, amount_minor: int, on: date, reference: str) -> Journal:
    """Cash given as waqf joins the corpus."""
    cash, corpus, _ = places(endowment)
    return _journal("waqf.corpus_added", endowment, on, amount_minor, cash, corpus, reference)


def received(endowment: Endowment, amount_minor: int, on: date, reference: str) -> Journal:
    """What the asset earned."""
    cash, _, income = places(endowment)
    return _journal("waqf.income_received", endowment, on, amount_minor, cash, income, reference)


def given(endowment: Endowment, amount_minor: int, on: date, reference: str) -> Journal:
    """A gift that is not itself waqf: property of the waqf, spent as its income is."""
    cash, _, income = places(endowment)
    return _journal("waqf.gift_received", endowment, on, amount_minor, cash, income, reference)


def restored(endowment: Endowment, amount_minor: int, on: date, reference: str) -> Journal:
    """Income closes a gap of the corpus."""
    _, corpus, income = places(endowment)
    return _journal("waqf.corpus_restored", endowment, on, amount_minor, income, corpus, reference)


def retained(endowment: Endowment, amount_minor: int, on: date, reference: str) -> Journal:
    """Income joins the corpus as the deed allows."""
    _, corpus, income = places(endowment)
    return _journal("waqf.income_retained", endowment, on, amount_minor, income, corpus, reference)


def nazir_paid(endowment: Endowment, amount_minor: int, on: date, reference: str) -> Journal:
    """The nazir's pay leaves the income."""
    cash, _, income = places(endowment)
    return _journal("waqf.nazir_paid", endowment, on, amount_minor, income, cash, reference)


def distributed(endowment: Endowment, amount_minor: int, on: date, reference: str) -> Journal:
    """Income reaches the beneficiaries."""
    cash, _, income = places(endowment)
    return _journal("waqf.distributed", endowment, on, amount_minor, income, cash, reference)


def lost(endowment: Endowment, amount_minor: int, on: date, reference: str) -> Journal:
    """Cash of the corpus is gone."""
    cash, corpus, _ = places(endowment)
    return _journal("waqf.lost", endowment, on, amount_minor, corpus, cash, reference)


def lost_on_qard(
    endowment: Endowment,
    amount_minor: int,
    on: date,
    reference: str,
    *,
    claim: AccountPlace,
    is_corpus: bool,
) -> Journal:
    """A claim on a borrower is given up: the part of the endowment that was lent bears it."""
    _, corpus, income = places(endowment)
    bearer = corpus if is_corpus else income
    return _journal("waqf.lost_on_qard", endowment, on, amount_minor, bearer, claim, reference)


def returned(endowment: Endowment, amount_minor: int, on: date) -> Journal:
    """A waqf made for a time has ended: the corpus goes where the deed says."""
    cash, corpus, _ = places(endowment)
    return _journal("waqf.returned", endowment, on, amount_minor, corpus, cash)


def _journal(
    kind: str,
    endowment: Endowment,
    on: date,
    amount_minor: int,
    debited: AccountPlace,
    credited: AccountPlace,
    reference: str | None = None,
) -> Journal:
    entries: tuple[Entry, ...] = (debit(debited, amount_minor), credit(credited, amount_minor))
    return Journal(new_id("jrn"), kind, on, entries, reference=reference or endowment.endowment_id)
