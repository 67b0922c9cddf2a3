"""Guarantees: explained, given by each member in person, withdrawn before a debt arises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.days import add_months
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups import store as group_store
from sanduq.microfinance.groups.guarantees import events, store
from sanduq.microfinance.groups.guarantees.coverage import existing_debts
from sanduq.microfinance.groups.guarantees.errors import GuaranteeEnded, GuaranteeNotFound
from sanduq.microfinance.groups.guarantees.facts import (
    Action,
    ConsentFacts,
    GroupFacts,
    GuaranteeFacts,
    KafalahFacts,
)
from sanduq.microfinance.groups.guarantees.model import (
    Explanation,
    Guarantee,
    GuaranteeStatus,
    NewGuarantee,
    Scope,
    covered,
    explain,
)
from sanduq.microfinance.groups.guarantees.rules import evaluate
from sanduq.microfinance.groups.members.errors import NotAMember
from sanduq.microfinance.groups.model import Group, GroupAction
from sanduq.parties import service as parties
from sanduq.parties.model import Party, PartyKind
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import DebtorState
from sanduq.shariah.model import ShariahProfile

ASSESS = "loan.assess"


def preview(
    uow: UnitOfWork, group_id: str, guarantor_id: str, cap_minor: int | None = None
) -> Explanation:
    """What a guarantee would mean in money today; nothing is written (rule DIS-04).

    Refuses NOT_FOUND a group, a person, one who is neither a member nor an organisation.
    """
    group = groups.get_group(uow, group_id)
    guarantor = parties.get_party(uow, guarantor_id)
    return _explained(uow, group, guarantor, cap_minor)


def give(uow: UnitOfWork, group_id: str, new: NewGuarantee) -> Guarantee:
    """Records that a member answers for the others, or an organisation for all of them.

    Without a first day from today, without a last one for a cycle of the group. More than one
    year's surplus is written down as a warning (KFL-08). Refuses NOT_FOUND; CONFLICT by the
    group's state, a taken external id; VALIDATION_ERROR loans that are not open in this group;
    SHARIAH_VIOLATION a fee (KFL-01), a consent that is not the guarantor's own or not explained
    (KFL-02, DIS-04), staff (KFL-07, KFL-13), an organisation's gift without resolution (KFL-12).
    """
    group = groups.locked_group(uow, group_id, GroupAction.GUARANTEE)
    guarantor = parties.get_party(uow, new.guarantor_id)
    told = _explained(uow, group, guarantor, new.cap.amount_minor)
    if new.loan_ids:
        _check_loans(uow, group, new)
    from_on = new.from_on or uow.today
    to_on = new.to_on or add_months(from_on, group.cycle_months)
    facts = KafalahFacts(
        on=uow.today,
        asset=group.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        group=GroupFacts((), group.max_members),
        guarantee=_facts(uow, group, guarantor, new, from_on, to_on, told.largest_call_minor),
    )
    evaluations = evaluate(facts, Action.GUARANTEE)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    guarantee = _recorded(uow, group, new, from_on, to_on)
    store.insert(uow, guarantee)
    shariah.store_evaluations(
        uow, guarantee.guarantee_id, Action.GUARANTEE.value, evaluations, facts
    )
    _tell(uow, events.GIVEN, "guarantee.give", guarantee)
    return guarantee


def withdraw(
    uow: UnitOfWork,
    group_id: str,
    guarantee_id: str,
    *,
    reason: str,
    is_only_future: bool = False,
) -> Guarantee:
    """Ends a guarantee before the debt arises; with `is_only_future` it goes on for debts that
    exist and for them alone.

    Refuses NOT_FOUND; CONFLICT one that is ended, the group's state; SHARIAH_VIOLATION while it
    covers an open debt (KFL-03, AAOIFI SS 5 3/1/4).
    """
    group = groups.locked_group(uow, group_id, GroupAction.WITHDRAW)
    guarantee = get(uow, group_id, guarantee_id)
    if guarantee.status is not GuaranteeStatus.ACTIVE:
        raise GuaranteeEnded
    standing = covered(guarantee, existing_debts(uow, group_id, group.asset))
    facts = KafalahFacts(
        on=uow.today,
        asset=group.asset,
        profile=ShariahProfile(uow.shariah_profile),
        withdrawn_debt_ids=() if is_only_future else standing,
    )
    evaluations = evaluate(facts, Action.WITHDRAW)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(uow, guarantee_id, Action.WITHDRAW.value, evaluations, facts)
    store.set_withdrawn(uow, [guarantee_id], standing, reason)
    ended = get(uow, group_id, guarantee_id)
    _tell(uow, events.WITHDRAWN, "guarantee.withdraw", ended, reason)
    return ended


def assess_guarantor(
    uow: UnitOfWork, group_id: str, guarantee_id: str, state: DebtorState, *, evidence: str
) -> Guarantee:
    """Records how a guarantor stands: whoever is insolvent is not called upon (KFL-11).

    Refuses NOT_FOUND; FORBIDDEN without the authority `loan.assess`.
    """
    guarantee = get(uow, group_id, guarantee_id)
    access.require_authority(uow, ASSESS, None)
    store.set_state(uow, guarantee.guarantor_id, state)
    assessed = get(uow, group_id, guarantee_id)
    _tell(uow, events.ASSESSED, "guarantee.assess", assessed, evidence)
    return assessed


def get(uow: UnitOfWork, group_id: str, guarantee_id: str) -> Guarantee:
    """One guarantee. Refuses NOT_FOUND."""
    found = store.get(uow, group_id, guarantee_id)
    if found is None:
        raise GuaranteeNotFound
    return found


def load(uow: UnitOfWork, guarantee_ids: Sequence[str]) -> dict[str, Guarantee]:
    """Guarantees by id; unknown ids are left out."""
    return store.load(uow, guarantee_ids) if guarantee_ids else {}


def list_guarantees(
    uow: UnitOfWork, group_id: str, filters: Mapping[str, str], request: PageRequest
) -> Page[Guarantee]:
    """Guarantees of a group, newest first. Refuses NOT_FOUND."""
    groups.get_group(uow, group_id)
    return store.select_page(uow, group_id, filters, request)


def covering(
    uow: UnitOfWork, group_id: str, loan_id: str, debtor_id: str, paid_out_on: date
) -> list[Guarantee]:
    """The guarantees that answer for one debt, oldest first."""
    return [
        guarantee
        for guarantee in store.of_group(uow, group_id)
        if guarantee.covers(loan_id, debtor_id, paid_out_on)
    ]


def take(uow: UnitOfWork, changes: Sequence[tuple[str, int]]) -> None:
    """Takes minor units from caps, or gives them back (negative). Refuses CONFLICT past a cap."""
    if changes:
        store.add_called(uow, changes)


def _explained(
    uow: UnitOfWork, group: Group, guarantor: Party, cap_minor: int | None
) -> Explanation:
    members = group_store.member_ids(uow, group.group_id)
    is_member = guarantor.party_id in members
    if not is_member and guarantor.kind is not PartyKind.ORGANISATION:
        raise NotAMember(
            f"{guarantor.party_id} is not a member of {group.group_id}; a person joins the group"
            " before answering for it"
        )
    return explain(
        guarantor.party_id,
        existing_debts(uow, group.group_id, group.asset),
        member_count=len(members),
        is_member=is_member,
        cap_minor=cap_minor,
    )


def _check_loans(uow: UnitOfWork, group: Group, new: NewGuarantee) -> None:
    others = {
        debt.loan_id
        for debt in group_store.open_debts(uow, group.group_id)
        if debt.borrower_id != new.guarantor_id and debt.asset == group.asset
    }
    unknown = sorted(set(new.loan_ids) - others)
    if unknown:
        message = f"{unknown[0]} is not an open loan of another member of {group.group_id}"
        raise ValidationFailed.field("scope", "unknown_loan", message)


def _facts(
    uow: UnitOfWork,
    group: Group,
    guarantor: Party,
    new: NewGuarantee,
    from_on: date,
    to_on: date,
    largest_call_minor: int,
) -> GuaranteeFacts:
    consent, surplus = new.consent, new.annual_surplus
    acts = groups.STAFF_KEY in guarantor.metadata or (guarantor.external_id or "").startswith(
        "user_"
    )
    live_minor = store.live_cap_minor(uow, new.guarantor_id, str(group.asset))
    return GuaranteeFacts(
        guarantor_id=new.guarantor_id,
        cap_minor=new.cap.amount_minor,
        has_scope=new.scope is Scope.CYCLE or bool(new.loan_ids),
        from_on=from_on,
        to_on=to_on,
        has_recourse=new.has_recourse,
        consent=ConsentFacts(
            consent.given_by,
            consent.given_on,
            None if consent.method is None else consent.method.value,
            consent.document,
            None if consent.explained is None else consent.explained.amount_minor,
        ),
        fee_minor=new.fee.amount_minor,
        caps_minor=live_minor + new.cap.amount_minor,
        annual_surplus_minor=None if surplus is None else surplus.amount_minor,
        largest_call_minor=largest_call_minor,
        is_organisation=guarantor.kind is PartyKind.ORGANISATION,
        is_facilitator=groups.is_staff_in_person(guarantor, group.facilitator_id),
        acts_for_institution=acts,
    )


def _recorded(
    uow: UnitOfWork, group: Group, new: NewGuarantee, from_on: date, to_on: date
) -> Guarantee:
    consent = new.consent
    assert consent.given_on is not None  # rule KFL-02
    assert consent.method is not None
    assert consent.document is not None
    assert consent.explained is not None  # rule DIS-04
    surplus = new.annual_surplus
    return Guarantee(
        guarantee_id=new_id("kfl"),
        external_id=new.external_id,
        group_id=group.group_id,
        guarantor_id=new.guarantor_id,
        status=GuaranteeStatus.ACTIVE,
        asset=group.asset,
        cap_minor=new.cap.amount_minor,
        called_minor=0,
        scope=new.scope,
        loan_ids=new.loan_ids,
        standing_loan_ids=(),
        from_on=from_on,
        to_on=to_on,
        has_recourse=new.has_recourse,
        consent_given_on=consent.given_on,
        consent_method=consent.method,
        consent_document=consent.document,
        explained_minor=consent.explained.amount_minor,
        annual_surplus_minor=None if surplus is None else surplus.amount_minor,
        guarantor_state=DebtorState.CURRENT,
        ended_on=None,
        ended_reason=None,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )


def _tell(
    uow: UnitOfWork, event: str, deed: str, guarantee: Guarantee, reason: str | None = None
) -> None:
    details = {"group_id": guarantee.group_id, "guarantor_id": guarantee.guarantor_id}
    audit.record(uow, [Deed(deed, guarantee.guarantee_id, reason, details)])
    outbox.record(uow, [events.told(event, guarantee)])
