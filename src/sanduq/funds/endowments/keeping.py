"""What every act on an endowment does: hold it, see where it stands, keep its rules."""

from __future__ import annotations

from typing import Any

from sanduq.funds.endowments import rules, store
from sanduq.funds.endowments.errors import EndowmentChanged, UnknownEndowment
from sanduq.funds.endowments.facts import Action, WaqfFacts
from sanduq.funds.endowments.model import (
    ChangeKind,
    CorpusChange,
    Endowment,
)
from sanduq.funds.endowments.model_income import (
    EndowmentState,
    Standing,
    nazir_owed_minor,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger.model import Journal
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile


def locked(uow: UnitOfWork, endowment_id: str, *, if_match: str | None = None) -> Endowment:
    """An endowment nobody else changes meanwhile. Refuses NOT_FOUND, CONFLICT a stale tag."""
    record = store.get(uow, endowment_id, is_locked=True)
    if record is None:
        raise UnknownEndowment
    if if_match is not None and record.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise EndowmentChanged
    return record


def require_currency(record: Endowment, amount: Money) -> None:
    """Refuses VALIDATION_ERROR money of another currency than the endowment's."""
    if amount.asset != record.asset:
        message = f"the endowment is kept in {record.asset.code}"
        raise ValidationFailed.field("currency", "wrong_currency", message)


def standing_of(uow: UnitOfWork, record: Endowment) -> Standing:
    """Where one endowment stands, read now."""
    return store.standings(uow, [record])[record.endowment_id]


def state_of(uow: UnitOfWork, record: Endowment) -> EndowmentState:
    """The endowment with where it stands."""
    standing = standing_of(uow, record)
    return EndowmentState(record, standing, nazir_owed_minor(record, standing, uow.today))


def keep_rules(
    uow: UnitOfWork,
    record: Endowment,
    action: Action,
    *,
    standing: Standing | None,
    journals: list[Journal] | None = None,
    **facts: Any,
) -> None:
    """Runs the rules of `action`, refuses what they stop, writes down what they found."""
    touched = {entry.place.fund for journal in journals or [] for entry in journal.entries}
    gathered = WaqfFacts(
        on=uow.today,
        deed=record.deed,
        fund=record.fund,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        gap_minor=standing.gap_minor if standing else 0,
        owed_to_nazir_minor=nazir_owed_minor(record, standing, uow.today) if standing else 0,
        funds_touched=frozenset(touched),
        **facts,
    )
    evaluations = rules.evaluate(gathered, action)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    name = f"endowment.{action}"
    shariah.store_evaluations(uow, record.endowment_id, name, evaluations, gathered)


def change_of(
    uow: UnitOfWork,
    record: Endowment,
    kind: ChangeKind,
    amount_minor: int,
    *,
    journal_id: str | None,
    reason: str | None = None,
    evidence: str | None = None,
    reference: str | None = None,
) -> CorpusChange:
    """A change of the corpus, of today and by this unit of work's actor."""
    return CorpusChange(
        new_id("wqc"), record.endowment_id, kind, amount_minor, journal_id, reason, evidence,
        reference, uow.today, uow.now, uow.actor.user_id,
    )  # fmt: skip
