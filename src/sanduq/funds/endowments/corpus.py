"""What a corpus suffers: losses, and the exchange of its asset for another (istibdal)."""

from __future__ import annotations

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed as Act
from sanduq.events import service as outbox
from sanduq.funds.endowments import events, postings, store
from sanduq.funds.endowments.errors import EndowmentStepRefused
from sanduq.funds.endowments.facts import Action, CorpusFall
from sanduq.funds.endowments.keeping import (
    change_of,
    keep_rules,
    locked,
    require_currency,
    standing_of,
    state_of,
)
from sanduq.funds.endowments.model import (
    AssetForm,
    ChangeKind,
    CorpusChange,
    Endowment,
    Exchange,
)
from sanduq.funds.endowments.model_income import (
    EndowmentState,
)
from sanduq.funds.endowments.service import APPROVE, get_endowment
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import FundsInsufficient
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Entry, credit, without_zeros
from sanduq.parties import service as parties

SPEND = "fund.spend"


def record_loss(
    uow: UnitOfWork,
    endowment_id: str,
    amount: Money,
    *,
    reason: str | None,
    evidence: str | None,
) -> tuple[CorpusChange, Endowment]:
    """Writes down that part of the corpus is gone: cash from the books, a thing from the register.

    It leaves a gap that income closes before anything else. Refuses NOT_FOUND; CONFLICT unless
    active; FORBIDDEN and LIMIT_EXCEEDED without authority for `fund.spend`; SHARIAH_VIOLATION a
    loss without reason and evidence (WQF-01); FUNDS_INSUFFICIENT more than there is.
    """
    record = locked(uow, endowment_id)
    record.require_active("a loss")
    require_currency(record, amount)
    access.require_authority(uow, SPEND, amount)
    minor, standing = amount.amount_minor, standing_of(uow, record)
    journals = []
    if record.deed.asset_form is AssetForm.CASH:
        journals = [postings.lost(record, minor, uow.today, endowment_id)]
    elif minor > standing.corpus_minor - standing.booked_minor:
        raise FundsInsufficient("the asset is not worth as much as is said to be lost")
    fall = CorpusFall(ChangeKind.LOST, minor, reason, evidence)
    keep_rules(uow, record, Action.LOSE, standing=standing, journals=journals, fall=fall)
    change = change_of(
        uow,
        record,
        ChangeKind.LOST,
        -minor,
        journal_id=journals[0].journal_id if journals else None,
        reason=reason,
        evidence=evidence,
    )
    store.insert_changes(uow, [change])
    audit.record(uow, [Act("endowment.lose", endowment_id, reason)])
    outbox.record(uow, [events.changed(events.LOSS_RECORDED, change, record)])
    if journals:
        ledger.post(uow, journals)
    return change, record


def regain_on_qard(
    uow: UnitOfWork,
    endowment_id: str,
    amount: Money,
    *,
    is_corpus: bool,
    journal_id: str,
    reference: str,
) -> tuple[Entry, ...]:
    """The endowment's side of money that came back on a qard it had given up: what to credit.

    It closes the gap the loss left; what income has closed of it meanwhile is income again
    (DEF-17, WQF-13). The entries are the caller's to post in the journal named, beside a debit
    of the endowment's cash. Refuses NOT_FOUND, VALIDATION_ERROR another currency.
    """
    record = locked(uow, endowment_id)
    require_currency(record, amount)
    standing = standing_of(uow, record)
    to_gap = min(amount.amount_minor, standing.gap_minor) if is_corpus else 0
    keep_rules(uow, record, Action.RESTORE, standing=standing, restored_minor=to_gap)
    details = {"amount": amount, "currency": amount.asset.code, "reference": reference}
    audit.record(uow, [Act("endowment.regain_on_qard", endowment_id, None, details)])
    if to_gap:
        change = change_of(
            uow, record, ChangeKind.RESTORED, to_gap,
            journal_id=journal_id, reason="recovered", evidence=reference, reference=reference,
        )  # fmt: skip
        store.insert_changes(uow, [change])
        outbox.record(uow, [events.changed(events.CORPUS_RESTORED, change, record)])
    _, corpus, income = postings.places(record)
    ledger.open_accounts(uow, [corpus, income])
    return without_zeros(credit(corpus, to_gap), credit(income, amount.amount_minor - to_gap))


def exchange_asset(uow: UnitOfWork, endowment_id: str, exchange: Exchange) -> EndowmentState:
    """Replaces the asset of an endowment by another of no less value and income.

    Refuses NOT_FOUND; CONFLICT unless active, for a cash waqf, and where the replacement is worth
    less than the corpus on record (record the loss of value first); FORBIDDEN roles without
    `endowment.approve`; SHARIAH_VIOLATION any of the five conditions (WQF-10), or the nazir or
    his kin on the other side (WQF-09).
    """
    record = locked(uow, endowment_id)
    record.require_active("an exchange")
    require_currency(record, exchange.new_value)
    access.require_authority(uow, APPROVE, exchange.new_value)
    if record.deed.asset_form is AssetForm.CASH:
        raise EndowmentStepRefused("money is not exchanged: a cash waqf keeps its amount (WQF-10)")
    other = exchange.counterparty_id
    if other is not None:
        parties.load_parties(uow, {other})
    standing = standing_of(uow, record)
    keep_rules(
        uow,
        record,
        Action.EXCHANGE,
        standing=standing,
        exchange=exchange,
        counterparty_ids=(other,) if other is not None else (),
    )
    gained = exchange.new_value.amount_minor - (standing.corpus_minor - standing.booked_minor)
    if gained < 0:
        raise EndowmentStepRefused(
            f"the replacement is worth {Money(-gained, record.asset)} less than the corpus on"
            " record: record that loss of value first (WQF-01)"
        )
    store.set_asset(uow, endowment_id, exchange.new_description, exchange.new_value.amount_minor)
    change = change_of(
        uow,
        record,
        ChangeKind.EXCHANGED,
        gained,
        journal_id=None,
        reason=exchange.benefit,
        evidence=exchange.valuation_document,
        reference=other,
    )
    store.insert_changes(uow, [change])
    state = state_of(uow, get_endowment(uow, endowment_id).endowment)
    audit.record(uow, [Act("endowment.exchange", endowment_id, exchange.benefit)])
    outbox.record(uow, [events.of_state(events.EXCHANGED, state)])
    return state
