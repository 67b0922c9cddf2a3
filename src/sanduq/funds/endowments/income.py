"""Money that reaches an endowment, and its use in the order of the deed and of rule WQF-07."""

from __future__ import annotations

from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed as Act
from sanduq.events import service as outbox
from sanduq.funds.endowments import events, postings, store
from sanduq.funds.endowments.errors import EndowmentStepRefused
from sanduq.funds.endowments.facts import Action, Purse, Use
from sanduq.funds.endowments.keeping import (
    change_of,
    keep_rules,
    locked,
    require_currency,
    standing_of,
    state_of,
)
from sanduq.funds.endowments.model import (
    NAZIR_PAY,
    ChangeKind,
    CorpusChange,
    Endowment,
    Intent,
    Recipient,
)
from sanduq.funds.endowments.model_income import (
    Distribute,
    Distribution,
    Movement,
    Receipt,
    ReceiveMoney,
    Share,
    Statement,
    Waterfall,
    divide,
    nazir_owed_minor,
    split,
)
from sanduq.funds.endowments.service import get_endowment
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.parties import service as parties

DISTRIBUTE = "fund.distribute"


def receive(
    uow: UnitOfWork, endowment_id: str, command: ReceiveMoney, *, is_gift: bool
) -> tuple[Receipt, Endowment]:
    """Takes in what the asset earned, or a gift as its giver meant it (SS 60 9/5/3).

    A gift meant as waqf joins the corpus; hibah and sadaqah are property of the waqf and are used
    as income is. Refuses NOT_FOUND; CONFLICT unless active or for an external_id already used;
    VALIDATION_ERROR another currency or a day ahead; SHARIAH_VIOLATION a gift without its intent
    (WQF-12).
    """
    record = locked(uow, endowment_id)
    record.require_active("money received")
    require_currency(record, command.amount)
    on = command.received_on or uow.today
    if on > uow.today:
        raise ValidationFailed.field("received_on", "in_the_future", "that day has not come yet")
    if command.donor_id is not None:
        parties.load_parties(uow, {command.donor_id})
    receipt_id, minor = new_id("wqr"), command.amount.amount_minor
    journal = _receipt_journal(record, command, on, receipt_id, is_gift=is_gift)
    action = Action.CONTRIBUTE if is_gift else Action.RECEIVE
    keep_rules(
        uow,
        record,
        action,
        standing=standing_of(uow, record),
        journals=[journal],
        is_gift=is_gift,
        intent=command.intent,
    )
    receipt = Receipt(
        receipt_id, endowment_id, minor, command.intent, command.donor_id, command.description,
        on, journal.journal_id, uow.now, uow.actor.user_id, command.external_id, command.metadata,
    )  # fmt: skip
    store.insert_receipt(uow, receipt)
    if command.intent is Intent.WAQF:
        change = change_of(
            uow, record, ChangeKind.ADDED, minor,
            journal_id=journal.journal_id, reference=receipt_id,
        )  # fmt: skip
        store.insert_changes(uow, [change])
    audit.record(uow, [Act(f"endowment.{action}", endowment_id, None, {"receipt_id": receipt_id})])
    outbox.record(uow, [events.received(receipt, record)])
    ledger.post(uow, [journal])
    return receipt, record


def _receipt_journal(
    record: Endowment, command: ReceiveMoney, on: date, receipt_id: str, *, is_gift: bool
) -> Journal:
    minor = command.amount.amount_minor
    if not is_gift:
        return postings.received(record, minor, on, receipt_id)
    if command.intent is Intent.WAQF:
        return postings.added(record, minor, on, receipt_id)
    return postings.given(record, minor, on, receipt_id)


def distribute(
    uow: UnitOfWork, endowment_id: str, command: Distribute
) -> tuple[Distribution, Endowment]:
    """Uses income: first the corpus is made whole, then the nazir is paid, then the beneficiaries.

    What reaches the beneficiaries is divided by the shares of the deed and adds up exactly. With
    `recipient` nazir nothing goes further than to him. Refuses NOT_FOUND; FORBIDDEN and
    LIMIT_EXCEEDED without authority for `fund.distribute`; CONFLICT unless active, where the
    deed names no beneficiary, or for an external_id already used; SHARIAH_VIOLATION more pay than
    the nazir has earned (WQF-08) or a payee who is the nazir or his kin (WQF-09);
    FUNDS_INSUFFICIENT more than the income or the cash there is.
    """
    record = locked(uow, endowment_id)
    record.require_active("distribution")
    require_currency(record, command.amount)
    access.require_authority(uow, DISTRIBUTE, command.amount)
    if command.payees:
        parties.load_parties(uow, set(command.payees.values()))
    standing = standing_of(uow, record)
    owed = nazir_owed_minor(record, standing, uow.today)
    plan = divide(command.amount.amount_minor, standing.gap_minor, owed)
    if command.recipient is Recipient.NAZIR:
        plan = Waterfall(plan.restored_minor, plan.nazir_minor + plan.purposes_minor, 0)
    shares = _shares(record, plan.purposes_minor, command)
    distribution_id = new_id("wqd")
    restored, journals = _journals(uow, record, plan, distribution_id)
    uses = [Use(f"beneficiary:{s.category}", Purse.INCOME, s.amount_minor) for s in shares]
    if plan.nazir_minor:
        uses.append(Use(NAZIR_PAY, Purse.INCOME, plan.nazir_minor))
    keep_rules(
        uow,
        record,
        Action.DISTRIBUTE,
        standing=standing,
        journals=journals,
        uses=tuple(uses),
        restored_minor=plan.restored_minor,
        counterparty_ids=tuple(command.payees.values()),
    )
    made = Distribution(
        distribution_id, endowment_id, command.recipient, command.amount.amount_minor,
        plan.restored_minor, plan.nazir_minor, shares, command.memo, uow.today, uow.now,
        uow.actor.user_id, command.external_id, command.metadata,
    )  # fmt: skip
    store.insert_distribution(uow, made)
    store.insert_changes(uow, restored)
    details = {"distribution_id": distribution_id}
    audit.record(uow, [Act("endowment.distribute", endowment_id, command.memo, details)])
    told = [events.changed(events.CORPUS_RESTORED, one, record) for one in restored]
    outbox.record(uow, [*told, events.distributed(made, record)])
    ledger.post(uow, journals)
    return made, record


def _journals(
    uow: UnitOfWork, record: Endowment, plan: Waterfall, reference: str
) -> tuple[list[CorpusChange], list[Journal]]:
    """The journals of a waterfall in its order, and the restoration on record."""
    changes, journals = [], []
    if plan.restored_minor:
        journal = postings.restored(record, plan.restored_minor, uow.today, reference)
        journals.append(journal)
        changes.append(
            change_of(
                uow, record, ChangeKind.RESTORED, plan.restored_minor,
                journal_id=journal.journal_id, reference=reference,
            )
        )  # fmt: skip
    if plan.nazir_minor:
        journals.append(postings.nazir_paid(record, plan.nazir_minor, uow.today, reference))
    if plan.purposes_minor:
        journals.append(postings.distributed(record, plan.purposes_minor, uow.today, reference))
    return changes, journals


def _shares(record: Endowment, amount_minor: int, command: Distribute) -> tuple[Share, ...]:
    """What each category of the deed receives."""
    named = record.deed.beneficiaries
    unknown = sorted(set(command.payees) - {each.category for each in named})
    if unknown:
        message = f"the deed names no beneficiaries {unknown[0]!r}"
        raise ValidationFailed.field("payees", "unknown_category", message)
    if not amount_minor:
        return ()
    if not named:
        raise EndowmentStepRefused(
            f"the deed of {record.endowment_id} names no beneficiaries: its income is used"
            f" for {', '.join(record.deed.purposes)} (rule WQF-03)"
        )
    parts = split(amount_minor, [each.share_bp for each in named])
    return tuple(
        Share(each.category, part, command.payees.get(each.category))
        for each, part in zip(named, parts, strict=True)
    )


def restore(
    uow: UnitOfWork, endowment_id: str, amount: Money, *, reason: str | None = None
) -> tuple[CorpusChange, Endowment]:
    """Makes the corpus whole from income; what is beyond the gap joins it, if that is allowed.

    The change returned is the last one made. Refuses NOT_FOUND; CONFLICT unless active;
    FORBIDDEN and LIMIT_EXCEEDED without authority for `fund.distribute`; SHARIAH_VIOLATION more
    than the gap without the deed's or a resolution's leave (WQF-15); FUNDS_INSUFFICIENT more than
    the income there is.
    """
    record = locked(uow, endowment_id)
    record.require_active("restoring the corpus")
    require_currency(record, amount)
    access.require_authority(uow, DISTRIBUTE, amount)
    standing = standing_of(uow, record)
    to_gap = min(amount.amount_minor, standing.gap_minor)
    beyond = amount.amount_minor - to_gap
    journals, changes = [], []
    for kind, minor, event in (
        (ChangeKind.RESTORED, to_gap, postings.restored),
        (ChangeKind.RETAINED, beyond, postings.retained),
    ):
        if not minor:
            continue
        journal = event(record, minor, uow.today, endowment_id)
        journals.append(journal)
        changes.append(
            change_of(
                uow, record, kind, minor,
                journal_id=journal.journal_id, reason=reason, reference=endowment_id,
            )
        )  # fmt: skip
    keep_rules(
        uow,
        record,
        Action.RESTORE,
        standing=standing,
        journals=journals,
        restored_minor=to_gap,
        retained_minor=beyond,
    )
    store.insert_changes(uow, changes)
    audit.record(uow, [Act("endowment.restore", endowment_id, reason)])
    outbox.record(uow, [events.changed(_told(one), one, record) for one in changes])
    ledger.post(uow, journals)
    return changes[-1], record


def _told(change: CorpusChange) -> str:
    is_gap = change.kind is ChangeKind.RESTORED
    return events.CORPUS_RESTORED if is_gap else events.CORPUS_ADDED


def list_distributions(
    uow: UnitOfWork, endowment_id: str, request: PageRequest
) -> tuple[Page[Distribution], Endowment]:
    """What an endowment gave out, newest first. Refuses NOT_FOUND."""
    record = get_endowment(uow, endowment_id).endowment
    return store.select_distributions(uow, endowment_id, request), record


def statement(
    uow: UnitOfWork, endowment_id: str, *, from_on: date | None, to_on: date | None
) -> Statement:
    """The income of a period with each of its uses, by effective day, both days included.

    Refuses NOT_FOUND, and VALIDATION_ERROR a period that ends before it starts.
    """
    record = get_endowment(uow, endowment_id).endowment
    until = to_on or uow.today
    if from_on is not None and until < from_on:
        raise ValidationFailed.field("to_date", "before_start", "to_date is before from_date")
    _, _, income = postings.places(record)
    opening, movements = store.income_by_kind(uow, income.account_id, from_on, until)
    found = tuple(Movement(kind, minor) for kind, minor in movements)
    return Statement(state_of(uow, record), from_on, until, opening, found)
