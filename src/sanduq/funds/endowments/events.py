"""What endowments tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.funds.endowments.model import CorpusChange, Endowment
from sanduq.funds.endowments.model_income import (
    Distribution,
    EndowmentState,
    Receipt,
)
from sanduq.funds.endowments.schemas_out import (
    change_out,
    distribution_out,
    endowment_out,
    receipt_out,
)

CREATED = "waqf.endowment.created"
SUBMITTED = "waqf.endowment.submitted"
SENT_BACK = "waqf.endowment.sent_back"
APPROVED = "waqf.endowment.approved"
EXCHANGED = "waqf.endowment.exchanged"
CLOSED = "waqf.endowment.closed"
INCOME_RECEIVED = "waqf.income.received"
CONTRIBUTION_RECEIVED = "waqf.contribution.received"
DISTRIBUTION_MADE = "waqf.distribution.made"
LOSS_RECORDED = "waqf.loss.recorded"
CORPUS_RESTORED = "waqf.corpus.restored"
CORPUS_ADDED = "waqf.corpus.added"

declare(
    EventType(CREATED, "An endowment was recorded as a draft.", "EndowmentOut"),
    EventType(SUBMITTED, "An endowment waits for Shariah review.", "EndowmentOut"),
    EventType(SENT_BACK, "An endowment was sent back to be corrected.", "EndowmentOut"),
    EventType(APPROVED, "An endowment is active; cash endowed is booked.", "EndowmentOut"),
    EventType(EXCHANGED, "The asset of an endowment was replaced by another.", "EndowmentOut"),
    EventType(CLOSED, "An endowment made for a time has ended.", "EndowmentOut"),
    EventType(INCOME_RECEIVED, "The asset of an endowment earned money.", "EndowmentReceiptOut"),
    EventType(CONTRIBUTION_RECEIVED, "Somebody gave money to an endowment.", "EndowmentReceiptOut"),
    EventType(DISTRIBUTION_MADE, "Income of an endowment was given out.", "DistributionOut"),
    EventType(LOSS_RECORDED, "The corpus of an endowment suffered a loss.", "CorpusChangeOut"),
    EventType(CORPUS_RESTORED, "Income closed a gap of the corpus.", "CorpusChangeOut"),
    EventType(CORPUS_ADDED, "Income joined the corpus as the deed allows.", "CorpusChangeOut"),
)


def of_state(type_name: str, state: EndowmentState) -> Event:
    """Something happened to the endowment as such."""
    return Event(type_name, state.endowment.endowment_id, endowment_out(state))


def received(receipt: Receipt, endowment: Endowment) -> Event:
    """Money reached an endowment."""
    name = INCOME_RECEIVED if receipt.intent is None else CONTRIBUTION_RECEIVED
    return Event(name, endowment.endowment_id, receipt_out(receipt, endowment))


def distributed(record: Distribution, endowment: Endowment) -> Event:
    """Income was used."""
    return Event(DISTRIBUTION_MADE, endowment.endowment_id, distribution_out(record, endowment))


def changed(type_name: str, change: CorpusChange, endowment: Endowment) -> Event:
    """The corpus became larger or smaller."""
    return Event(type_name, endowment.endowment_id, change_out(change, endowment))
