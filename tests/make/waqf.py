"""Endowments and pools, as the API takes them and brought to a state by the services."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from typing import Any

from sanduq.funds.endowments import corpus, income, service
from sanduq.funds.endowments.facts import WaqfFacts
from sanduq.funds.endowments.model import (
    AssetForm,
    Beneficiary,
    CorpusChange,
    Deed,
    Frequency,
    Intent,
    Kind,
    NazirPay,
    PayKind,
    Recipient,
)
from sanduq.funds.endowments.model_income import (
    Distribute,
    Distribution,
    Receipt,
    ReceiveMoney,
    Standing,
)
from sanduq.funds.endowments.schemas import EndowmentIn
from sanduq.funds.pools import service as pools
from sanduq.funds.pools.model import Origin, SourceKind
from sanduq.funds.pools.schemas import PoolIn
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money, currency
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Resolution
from sanduq.shariah.schemas import ResolutionIn
from tests.make.offers import a_resolution

ENDOWMENTS = "/v1/rails/waqf/endowments"
POOLS = "/v1/funds/pools"
USD = currency("USD")
FOUNDER, NAZIR, KIN, STRANGER = "cpty_founder", "cpty_nazir", "cpty_kin", "cpty_stranger"

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def usd(dollars: int) -> Money:
    return Money(dollars * 100, USD)


def waqf_people(work: Work) -> None:
    """Those a deed names, and one it does not."""
    with work() as uow:
        parties.install_tiers(uow, [USD])
        parties.create_parties(
            uow,
            [
                NewParty(PartyKind.ORGANISATION, party_id, party_id)
                for party_id in (FOUNDER, NAZIR, KIN, STRANGER)
            ],
        )


def an_endowment(**changes: Any) -> dict[str, Any]:
    """The documented request: a building, its income for education and health."""
    body: dict[str, Any] = {
        "name": "Al-Noor building",
        "type": "khayri",
        "asset_description": "Commercial building, ground floor let to shops",
        "asset_value": 2000000,
        "currency": "USD",
        "waqif_id": FOUNDER,
        "nazir_id": NAZIR,
        "beneficiaries": [
            {"category": "education", "allocation_pct": "0.6"},
            {"category": "healthcare", "allocation_pct": "0.4"},
        ],
        "distribution_frequency": "quarterly",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def a_cash_waqf(**changes: Any) -> dict[str, Any]:
    """10,000 in cash that may be lent; a tenth of its income is the nazir's."""
    return an_endowment(
        **{
            "name": "Cash waqf for small livelihoods",
            "asset_type": "cash",
            "asset_description": "Cash",
            "asset_value": 10000,
            "qard_allowed": True,
            "purposes": ["absorb_default", "subsidise_cost"],
            "nazir_pay": {"type": "share", "share": "0.1"},
            "nazir_kin_ids": [KIN],
            **changes,
        }
    )


def active_waqf(work: Work, body: dict[str, Any] | None = None) -> str:
    """The id of an endowment another person approved."""
    with work() as uow:
        new = EndowmentIn(**(body or a_cash_waqf())).command()
        wqf_id = service.create_endowment(uow, new).endowment.endowment_id
        service.submit_endowment(uow, wqf_id)
    with work("user_shariah") as uow:
        service.approve_endowment(uow, wqf_id)
    return wqf_id


def earned(work: Work, wqf_id: str, amount: Money) -> None:
    """Income the endowed asset brought."""
    with work() as uow:
        command = ReceiveMoney(amount, None, None, "rent", None, None, {})
        income.receive(uow, wqf_id, command, is_gift=False)


def giving(
    amount: Money, recipient: Recipient = Recipient.BENEFICIARIES, **payees: str
) -> Distribute:
    return Distribute(amount, recipient, payees, None, None, {})


def active_pool(work: Work, **changes: Any) -> str:
    """The id of a pool for qard that another person approved, without capital."""
    body = {
        "name": "Revolving pool",
        "currency": "USD",
        "security_policy": "Guarantee of the group and a record of repayment",
        **changes,
    }
    with work() as uow:
        pool_id = pools.create_pool(uow, PoolIn(**body).command()).pool.pool_id
    with work("user_finance") as uow:
        pools.approve_pool(uow, pool_id)
    return pool_id


def filled(
    work: Work, pool_id: str, kind: SourceKind, amount: Money, owner: str | None = None
) -> None:
    """Capital of one kind: of an endowment, a purpose or a branch, whichever `owner` names."""
    is_waqf = kind in (SourceKind.WAQF_CORPUS, SourceKind.WAQF_INCOME)
    origin = Origin(
        kind,
        endowment_id=owner if is_waqf else None,
        purpose=owner if kind is SourceKind.SADAQAH else None,
        branch_id=(owner or "brn_main") if kind is SourceKind.OWN else None,
    )
    with work("user_finance") as uow:
        pools.place_capital(uow, pool_id, origin, amount)


def standing(work: Work, wqf_id: str) -> Standing:
    """Where an endowment stands now."""
    with work() as uow:
        return service.get_endowment(uow, wqf_id).standing


def given(
    work: Work, wqf_id: str, amount: Money, intent: Intent | None, donor_id: str | None = None
) -> Receipt:
    """A gift, as its giver meant it."""
    with work() as uow:
        command = ReceiveMoney(amount, intent, donor_id, None, None, None, {})
        return income.receive(uow, wqf_id, command, is_gift=True)[0]


def lost(
    work: Work,
    wqf_id: str,
    amount: Money,
    reason: str | None = "theft",
    evidence: str | None = "police report 7",
) -> CorpusChange:
    """Part of the corpus is gone."""
    with work("user_finance") as uow:
        return corpus.record_loss(uow, wqf_id, amount, reason=reason, evidence=evidence)[0]


def distributed(
    work: Work,
    wqf_id: str,
    amount: Money,
    recipient: Recipient = Recipient.BENEFICIARIES,
    **payees: str,
) -> Distribution:
    """Income used in its order."""
    with work("user_finance") as uow:
        return income.distribute(uow, wqf_id, giving(amount, recipient, **payees))[0]


def restored(work: Work, wqf_id: str, amount: Money) -> CorpusChange:
    """Income put to the corpus."""
    with work("user_finance") as uow:
        return income.restore(uow, wqf_id, amount)[0]


def ruled(work: Work, *scope: str) -> None:
    """The board speaks to these rules."""
    with work("user_shariah") as uow:
        shariah.create_resolution(uow, ResolutionIn(**a_resolution(*scope)).command())


def rule_ids(refused: Any) -> list[str]:
    """The rules by which something was refused."""
    return [each["rule_id"] for each in refused.value.details if each["severity"] == "block"]


def spent(work: Work, wqf_id: str, amount: Money, purpose: str) -> None:
    """Another room uses income: it asks at the door, then posts in the endowment's fund."""
    fund = f"waqf:{wqf_id}"
    with work("user_finance") as uow:
        service.require_purpose(uow, wqf_id, purpose, amount=amount)
        service.note_use(uow, wqf_id, purpose, amount, reference="spd_1")
        entries = (
            debit(AccountPlace("3110", USD, fund), amount.amount_minor),
            credit(AccountPlace("1000", USD, fund), amount.amount_minor),
        )
        ledger.post(uow, [Journal(new_id("jrn"), f"test.{purpose}", uow.today, entries)])


DEED = Deed(
    kind=Kind.KHAYRI,
    asset=USD,
    asset_form=AssetForm.CASH,
    asset_description="Cash",
    asset_value_minor=10_000_00,
    is_specific=True,
    founder_id=FOUNDER,
    founder_capacity="owner",
    nazir_id=NAZIR,
    nazir_kin_ids=(KIN,),
    nazir_pay=NazirPay(PayKind.SHARE, 0, 1_000),
    distribution_frequency=Frequency.QUARTERLY,
    beneficiaries=(Beneficiary("education", 6_000), Beneficiary("healthcare", 4_000)),
    purposes=("absorb_default", "subsidise_cost"),
    conditions=(),
    deed_on=date(2024, 1, 1),
    is_qard_allowed=True,
)
FACTS = WaqfFacts(on=date(2024, 1, 15), deed=DEED, fund="waqf:wqf_1")


def facts(**changes: Any) -> WaqfFacts:
    """Facts of an endowment in order, changed in some; `deed` takes changes of the deed."""
    deed = changes.pop("deed", {})
    return replace(FACTS, deed=replace(DEED, **deed), **changes)


def ruling(*rule_ids: str, until: date = date(2025, 1, 1)) -> tuple[Resolution, ...]:
    """A resolution on these rules, in force on the day of the facts unless it has ended."""
    return (Resolution("res_1", frozenset(rule_ids), date(2023, 1, 1), until),)
