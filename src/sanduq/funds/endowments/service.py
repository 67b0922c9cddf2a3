"""Endowments: recorded, reviewed, approved, closed; and the door to their money for other rooms.

What comes in and is used is in `income`, what the corpus suffers in `corpus`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed as Act
from sanduq.events import service as outbox
from sanduq.funds.endowments import events, postings, store
from sanduq.funds.endowments.errors import EndowmentStepRefused, UnknownEndowment
from sanduq.funds.endowments.facts import Action, CorpusFall, Joined, Purse, Use
from sanduq.funds.endowments.keeping import (
    change_of,
    keep_rules,
    locked,
    require_currency,
    standing_of,
    state_of,
)
from sanduq.funds.endowments.model import (
    QARD,
    AssetForm,
    ChangeKind,
    Endowment,
    NewEndowment,
    Status,
    Step,
)
from sanduq.funds.endowments.model_income import (
    EndowmentState,
    lendable_minor,
    nazir_owed_minor,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import FundsInsufficient, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Journal
from sanduq.parties import service as parties

APPROVE = "endowment.approve"


def create_endowment(uow: UnitOfWork, new: NewEndowment) -> EndowmentState:
    """Records an endowment as a draft; a deed without a date is of today.

    Refuses NOT_FOUND a founder, nazir or kin who is no party here; VALIDATION_ERROR a deed of a
    day ahead or one that ends before it begins; SHARIAH_VIOLATION an incomplete deed (WQF-14);
    CONFLICT an external_id already used.
    """
    deed = replace(new.deed, deed_on=new.deed.deed_on or uow.today)
    if deed.deed_on is not None and deed.deed_on > uow.today:
        raise ValidationFailed.field("deed_date", "in_the_future", "that day has not come yet")
    if deed.ends_on is not None and deed.deed_on is not None and deed.ends_on <= deed.deed_on:
        message = "a waqf made for a time ends after the day of its deed"
        raise ValidationFailed.field("ends_on", "not_after_start", message)
    parties.load_parties(uow, {deed.founder_id, deed.nazir_id, *deed.nazir_kin_ids})
    record = Endowment(
        **{each.name: getattr(new, each.name) for each in fields(NewEndowment)} | {"deed": deed},
        endowment_id=new_id("wqf"),
        status=Status.DRAFT,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    keep_rules(uow, record, Action.CREATE, standing=None)
    store.insert(uow, record)
    state = state_of(uow, record)
    audit.record(uow, [Act("endowment.create", record.endowment_id)])
    outbox.record(uow, [events.of_state(events.CREATED, state)])
    return state


def submit_endowment(
    uow: UnitOfWork, endowment_id: str, *, if_match: str | None = None
) -> EndowmentState:
    """Hands a draft to the Shariah review and asks another person to approve it.

    Refuses NOT_FOUND; CONFLICT anything but a draft, or one changed since it was read.
    """
    record = locked(uow, endowment_id, if_match=if_match)
    store.set_status(uow, endowment_id, record.after(Step.SUBMIT))
    value = Money(record.deed.asset_value_minor, record.asset)
    access.request_approvals(uow, APPROVE, [(endowment_id, value)])
    return _stepped(uow, endowment_id, "endowment.submit", events.SUBMITTED)


def approve_endowment(
    uow: UnitOfWork, endowment_id: str, *, reason: str | None = None, if_match: str | None = None
) -> EndowmentState:
    """Makes an endowment active: from now on it binds (SS 60 2/3). Cash endowed is booked.

    Refuses NOT_FOUND; CONFLICT anything but a submitted endowment; FORBIDDEN whoever submitted
    it and roles without `endowment.approve`; SHARIAH_VIOLATION a deed that lacks something.
    """
    record = locked(uow, endowment_id, if_match=if_match)
    to = record.after(Step.APPROVE)
    access.decide(uow, APPROVE, endowment_id, is_approved=True, reason=reason)
    value = record.deed.asset_value_minor
    journals: list[Journal] = []
    if record.deed.asset_form is AssetForm.CASH:
        journals = [postings.endowed(record, value, uow.today)]
    keep_rules(uow, record, Action.APPROVE, standing=None, journals=journals)
    store.set_status(uow, endowment_id, to)
    change = change_of(
        uow,
        record,
        ChangeKind.ENDOWED,
        value,
        journal_id=journals[0].journal_id if journals else None,
    )
    store.insert_changes(uow, [change])
    ledger.open_accounts(uow, postings.places(record))
    if journals:
        ledger.post(uow, journals)
    return _stepped(uow, endowment_id, APPROVE, events.APPROVED, reason)


def send_back_endowment(
    uow: UnitOfWork, endowment_id: str, *, reason: str | None
) -> EndowmentState:
    """Returns a submitted endowment to its maker as a draft.

    Refuses NOT_FOUND, CONFLICT out of order, FORBIDDEN roles without `endowment.approve`,
    VALIDATION_ERROR without a reason.
    """
    if reason is None:
        raise ValidationFailed.field("reason", "missing_field", "reason is missing")
    record = locked(uow, endowment_id)
    to = record.after(Step.SEND_BACK)
    access.decide(uow, APPROVE, endowment_id, is_approved=False, reason=reason)
    store.set_status(uow, endowment_id, to)
    return _stepped(uow, endowment_id, "endowment.send_back", events.SENT_BACK, reason)


def close_endowment(
    uow: UnitOfWork, endowment_id: str, *, reason: str | None = None
) -> EndowmentState:
    """Ends a waqf made for a time once that time is over; the corpus goes back to the founder.

    Refuses NOT_FOUND; FORBIDDEN roles without `endowment.approve`; SHARIAH_VIOLATION a perpetual
    waqf or one whose time is not over (WQF-02); CONFLICT while income is undistributed;
    FUNDS_INSUFFICIENT while pools hold part of the corpus.
    """
    record = locked(uow, endowment_id)
    to = record.after(Step.CLOSE)
    access.require_authority(uow, APPROVE, None)
    standing = standing_of(uow, record)
    booked, whole = standing.booked_minor, standing.corpus_minor
    journals = [postings.returned(record, booked, uow.today)] if booked else []
    fall = CorpusFall(ChangeKind.RETURNED, whole, reason, record.deed.deed_document)
    keep_rules(
        uow, record, Action.CLOSE, standing=standing, journals=journals, fall=fall, is_ending=True
    )
    if standing.undistributed_minor:
        raise EndowmentStepRefused(
            f"{Money(standing.undistributed_minor, record.asset)} of income is undistributed:"
            " distribute it first, then close"
        )
    parts = [(booked, journals[0].journal_id if journals else None), (whole - booked, None)]
    store.insert_changes(
        uow,
        [
            change_of(uow, record, ChangeKind.RETURNED, -minor, journal_id=journal, reason=reason)
            for minor, journal in parts
            if minor
        ],
    )
    store.set_status(uow, endowment_id, to)
    if journals:
        ledger.post(uow, journals)
    return _stepped(uow, endowment_id, "endowment.close", events.CLOSED, reason)


def get_endowment(uow: UnitOfWork, endowment_id: str) -> EndowmentState:
    """One endowment and where it stands. Refuses NOT_FOUND."""
    record = store.get(uow, endowment_id)
    if record is None:
        raise UnknownEndowment
    return state_of(uow, record)


def list_endowments(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[EndowmentState]:
    """Endowments with where each stands, newest first."""
    page = store.select_page(uow, request, filters)
    found = store.standings(uow, page.items)
    states = [
        EndowmentState(
            one, found[one.endowment_id], nazir_owed_minor(one, found[one.endowment_id], uow.today)
        )
        for one in page.items
    ]
    return Page(states, page.has_more, page.request, page.next_cursor, page.total)


def require_purpose(
    uow: UnitOfWork,
    wqf_id: str,
    purpose: str,
    *,
    is_from_corpus: bool = False,
    amount: Money | None = None,
) -> None:
    """Lets a room spend an endowment's money on `purpose`, or refuses.

    `purpose` is `absorb_default`, `subsidise_cost`, `qard` or `beneficiary:<category>`. The caller
    then debits the income (3110) and credits the cash (1000) of the endowment's fund, whose
    floors decide between many at once. Refuses NOT_FOUND; CONFLICT unless the endowment is
    active; VALIDATION_ERROR another currency; SHARIAH_VIOLATION a purpose the deed does not name
    (WQF-03), a default absorbed from the corpus (WQF-05) or other use of it (WQF-01), spending
    while the corpus has a gap or the nazir's pay is owed (WQF-07).
    """
    record = get_endowment(uow, wqf_id).endowment
    record.require_active(purpose)
    if amount is not None:
        require_currency(record, amount)
    purse = Purse.CORPUS if is_from_corpus else Purse.INCOME
    use = Use(purpose, purse, amount.amount_minor if amount is not None else None)
    keep_rules(uow, record, Action.USE, standing=standing_of(uow, record), uses=(use,))


def note_use(uow: UnitOfWork, wqf_id: str, purpose: str, amount: Money, *, reference: str) -> None:
    """Writes down, in the endowment's own audit trail, what a room spent of its income."""
    details = {"purpose": purpose, "amount": amount, "currency": amount.asset.code}
    audit.record(uow, [Act("endowment.use", wqf_id, None, {**details, "reference": reference})])


def require_lendable(
    uow: UnitOfWork,
    wqf_id: str,
    amount: Money,
    *,
    is_corpus: bool,
    security: str | None,
    joined: Joined | None = None,
) -> Endowment:
    """Lets a pool take an endowment's money to lend it as qard; the endowment stays locked.

    Refuses NOT_FOUND; CONFLICT unless active; VALIDATION_ERROR another currency;
    SHARIAH_VIOLATION without the founder's or a resolution's leave, or unsecured (WQF-04), or
    joined with endowments of other purposes (WQF-06); FUNDS_INSUFFICIENT more of the corpus than
    is there and not lent already.
    """
    record = locked(uow, wqf_id)
    record.require_active("lending its money")
    require_currency(record, amount)
    standing = standing_of(uow, record)
    use = Use(QARD, Purse.CORPUS if is_corpus else Purse.INCOME, amount.amount_minor)
    keep_rules(
        uow, record, Action.LEND, standing=standing, uses=(use,), security=security, joined=joined
    )
    if is_corpus:
        free = lendable_minor(standing, store.placed_with_pools_minor(uow, wqf_id))
        if amount.amount_minor > free:
            raise FundsInsufficient(
                f"the corpus of {wqf_id} has {Money(max(0, free), record.asset)} that is not with"
                f" pools already; {amount} was asked for: place less"
            )
    return record


def deeds_of(uow: UnitOfWork, wqf_ids: list[str]) -> list[Endowment]:
    """The endowments of these ids; ids nobody knows are left out."""
    return store.load(uow, wqf_ids) if wqf_ids else []


def lose_on_qard(
    uow: UnitOfWork,
    wqf_id: str,
    amount: Money,
    claim: AccountPlace,
    *,
    is_corpus: bool,
    reason: str,
    reference: str,
) -> Journal:
    """Records that a qard of waqf money will not come back; the journal is the caller's to post.

    Of corpus it leaves a gap (WQF-13); of income it lowers what is left to distribute. The
    journal credits `claim`, which must be an account of the endowment's fund. Refuses NOT_FOUND,
    VALIDATION_ERROR another currency, SHARIAH_VIOLATION without reason and reference (WQF-01) or
    a claim of another fund (WQF-06).
    """
    record = locked(uow, wqf_id)
    require_currency(record, amount)
    minor = amount.amount_minor
    journal = postings.lost_on_qard(
        record, minor, uow.today, reference, claim=claim, is_corpus=is_corpus
    )
    fall = CorpusFall(ChangeKind.LOST_ON_QARD, minor, reason, reference)
    keep_rules(
        uow,
        record,
        Action.LOSE,
        standing=standing_of(uow, record),
        journals=[journal],
        fall=fall if is_corpus else None,
    )
    ledger.open_accounts(uow, [entry.place for entry in journal.entries])
    audit.record(uow, [Act("endowment.lose_on_qard", wqf_id, reason, {"reference": reference})])
    if is_corpus:
        change = change_of(
            uow, record, ChangeKind.LOST_ON_QARD, -minor,
            journal_id=journal.journal_id, reason=reason, evidence=reference, reference=reference,
        )  # fmt: skip
        store.insert_changes(uow, [change])
        outbox.record(uow, [events.changed(events.LOSS_RECORDED, change, record)])
    return journal


def _stepped(
    uow: UnitOfWork, endowment_id: str, action: str, event: str, reason: str | None = None
) -> EndowmentState:
    state = get_endowment(uow, endowment_id)
    audit.record(uow, [Act(action, endowment_id, reason)])
    outbox.record(uow, [events.of_state(event, state)])
    return state
