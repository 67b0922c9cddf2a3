"""The facility's terms: drawn up by one, approved by the Shariah reviewer under a resolution."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

from sanduq.access import service as access
from sanduq.access.errors import MakerMayNotApprove
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties import service as parties
from sanduq.parties.errors import PartyUnknown
from sanduq.sarf.facts import BoardAnswers, SarfAction
from sanduq.sarf.rules import CHECKS, evaluate
from sanduq.sarf.terms import events, store
from sanduq.sarf.terms.errors import (
    NoDefaultTerms,
    TermsChanged,
    TermsStateRefuses,
    UnknownTerms,
)
from sanduq.sarf.terms.facts import terms_facts
from sanduq.sarf.terms.model import (
    BOARD_QUESTIONS,
    NewTerms,
    Terms,
    TermsAction,
    TermsStatus,
    actions_of,
    detail,
    is_allowed,
    settings_faults,
)
from sanduq.sarf.terms.wording import wording_faults
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import TemplateApproval
from sanduq.shariah.model import Evaluation, Resolution

APPROVE = "sarf_terms.approve"
PRODUCT_RULE, BOARD_RULE = "GEN-01", "SCF-01"


def create(uow: UnitOfWork, new: NewTerms) -> Terms:
    """Draws up terms; with a resolution named they wait for another user's approval.

    Refuses VALIDATION_ERROR settings out of bounds, a language written twice, a placeholder the
    paper does not have, a formula nobody can read, an unknown party or resolution;
    SHARIAH_VIOLATION with the words found what no paper may say (SCF-03, SCF-09, WAD-01), a price
    that reads the first one or the time (SCF-06, WAD-07), and without a resolution in force what
    the rules leave to scholars (SRF-15, SRF-19); CONFLICT an external_id already used.
    """
    terms = Terms(
        terms_id=new_id("sft"),
        external_id=new.external_id,
        name=new.name,
        asset=new.asset,
        status=TermsStatus.DRAFT,
        settings=new.settings,
        wordings=new.wordings,
        resolution_id=new.resolution_id,
        approved_hash=None,
        is_default=new.is_default,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        approved_at=None,
        approved_by=None,
        version=1,
    )
    _check(uow, terms, "sarf_terms.create")
    store.save(uow, terms)
    _ask_for_approval(uow, terms)
    _tell(uow, events.CREATED, "sarf_terms.create", terms)
    return terms


def change(
    uow: UnitOfWork,
    terms_id: str,
    revise: Callable[[Terms], Terms],
    *,
    if_match: str | None = None,
) -> Terms:
    """Changes terms nobody has approved yet; whoever changes them may not approve them.

    Approved ones are never changed, for facilities stand under their words: others are drawn up.
    Refuses NOT_FOUND; CONFLICT once they were approved or retired, and when they changed since
    they were read; and what `create` refuses.
    """
    before = _locked(uow, terms_id, TermsAction.CHANGE, if_match)
    revised = revise(before)
    if revised == before:
        return before
    after = replace(revised, version=before.version + 1)
    _check(uow, after, "sarf_terms.change")
    store.save(uow, after)
    access.withdraw(uow, APPROVE, terms_id, "the terms were changed")
    _ask_for_approval(uow, after)
    _tell(uow, events.CHANGED, "sarf_terms.change", after)
    return after


def approve(
    uow: UnitOfWork, terms_id: str, *, reason: str | None = None, if_match: str | None = None
) -> Terms:
    """Approves the terms as they stand: gold may be bought under them, until they are retired.

    An approved default takes the place of the default before it. Refuses NOT_FOUND; CONFLICT
    terms that do not wait for approval or changed since they were read; FORBIDDEN their maker and
    roles without authority; SHARIAH_VIOLATION without a resolution in force that speaks to GEN-01
    and SCF-01 and answers wafa, inah and gharar, or when another rule no longer holds.
    """
    terms = _locked(uow, terms_id, TermsAction.APPROVE, if_match)
    if terms.resolution_id is None:
        raise TermsStateRefuses(
            "terms are approved under a resolution; name it first (GEN-01)",
            details=[{"field": "resolution_id", "code": "missing_field", "message": PRODUCT_RULE}],
            state=terms.status.value,
            allowed=[str(TermsAction.CHANGE), str(TermsAction.RETIRE)],
        )
    if uow.actor.user_id == terms.created_by:
        raise MakerMayNotApprove
    access.decide(uow, APPROVE, terms_id, is_approved=True, reason=reason)
    terms = replace(
        terms,
        status=TermsStatus.ACTIVE,
        approved_hash=terms.terms_hash,
        approved_at=uow.now,
        approved_by=uow.actor.user_id,
        version=terms.version + 1,
    )
    _check(uow, terms, APPROVE)
    if terms.is_default:
        _step_down(uow, terms)
    store.save(uow, terms)
    _tell(uow, events.APPROVED, APPROVE, terms, reason)
    return terms


def refuse(uow: UnitOfWork, terms_id: str, *, reason: str | None = None) -> None:
    """Sends terms back unapproved; they stay a draft that may be changed."""
    _locked(uow, terms_id, TermsAction.APPROVE, None)
    access.decide(uow, APPROVE, terms_id, is_approved=False, reason=reason)


def retire(
    uow: UnitOfWork, terms_id: str, *, reason: str | None = None, if_match: str | None = None
) -> Terms:
    """Opens no new facilities under them; those under them run on. Refuses NOT_FOUND, CONFLICT."""
    before = _locked(uow, terms_id, TermsAction.RETIRE, if_match)
    after = replace(before, status=TermsStatus.RETIRED, version=before.version + 1)
    store.save(uow, after)
    access.withdraw(uow, APPROVE, terms_id, "the terms were retired")
    _tell(uow, events.RETIRED, "sarf_terms.retire", after, reason)
    return after


def get(uow: UnitOfWork, terms_id: str) -> Terms:
    """Terms of whatever state. Refuses NOT_FOUND."""
    terms = store.get(uow, terms_id)
    if terms is None:
        raise UnknownTerms
    return terms


def load(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Terms]:
    """The terms of these ids, in one query; ids nobody knows are left out."""
    return {each.terms_id: each for each in store.load(uow, ids)} if ids else {}


def terms_for(uow: UnitOfWork, terms_id: str | None, asset: Asset) -> Terms:
    """The terms a new facility stands under: those named, or the default of the currency.

    Whether they are still as approved, under a resolution in force, is for `is_live` and the
    rules to say. Refuses NOT_FOUND; CONFLICT terms that are not active, or no default;
    VALIDATION_ERROR another currency.
    """
    if terms_id is None:
        default = store.get_default(uow, asset)
        if default is None:
            raise NoDefaultTerms(
                f"no terms are the default in {asset.code}: name some in terms_id, or draw some"
                " up and have them approved as the default"
            )
        return default
    terms = get(uow, terms_id)
    _require_state(terms, TermsAction.OPEN)
    if terms.asset != asset:
        message = f"{terms_id} are terms in {terms.asset.code}"
        raise ValidationFailed.field("terms_id", "not_offered", message)
    return terms


def is_live(uow: UnitOfWork, terms: Terms) -> bool:
    """Whether gold may be bought under them today: as approved, the board's ruling in force.

    The ruling must speak to GEN-01 and SCF-01 and answer every one of the board's questions.
    """
    resolution = _resolution_of(uow, terms)
    return (
        terms.status is TermsStatus.ACTIVE
        and terms.is_as_approved
        and resolution is not None
        and resolution.is_in_force(uow.today)
        and resolution.rule_ids >= {PRODUCT_RULE, BOARD_RULE}
        and resolution.answers >= BOARD_QUESTIONS
    )


def list_terms(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    status: TermsStatus | None = None,
    asset: Asset | None = None,
    external_id: str | None = None,
) -> Page[Terms]:
    """Terms, newest first."""
    filters = {
        "status": status.value if status is not None else None,
        "asset": str(asset) if asset is not None else None,
        "external_id": external_id,
    }
    return store.select_page(uow, request, filters)


def board_questions(uow: UnitOfWork, terms: Terms) -> BoardAnswers:
    """What rule SCF-01 looks at: the resolution, what it answers, and the words it was given.

    No resolution for terms that name none, or one that does not speak to SCF-01.
    """
    return _board(terms, _resolution_of(uow, terms))


def terms_approval(uow: UnitOfWork, terms: Terms) -> TemplateApproval | None:
    """What rule GEN-01 looks at: the resolution, the terms as approved and as they stand.

    Nothing for terms never approved, or under a resolution that does not speak to GEN-01.
    """
    return _approval(terms, _resolution_of(uow, terms))


def _resolution_of(uow: UnitOfWork, terms: Terms) -> Resolution | None:
    if terms.resolution_id is None:
        return None
    return shariah.get_resolution(uow, terms.resolution_id).as_resolution


def _board(terms: Terms, resolution: Resolution | None) -> BoardAnswers:
    if resolution is None or BOARD_RULE not in resolution.rule_ids:
        return BoardAnswers(resolution=None, current=terms.terms_hash)
    return BoardAnswers(
        resolution=resolution,
        answers=resolution.answers,
        approved=terms.approved_hash,
        current=terms.terms_hash,
    )


def _approval(terms: Terms, resolution: Resolution | None) -> TemplateApproval | None:
    if resolution is None or PRODUCT_RULE not in resolution.rule_ids:
        return None
    if terms.approved_hash is None:
        return None
    return TemplateApproval(resolution, terms.approved_hash, terms.terms_hash)


def _ask_for_approval(uow: UnitOfWork, terms: Terms) -> None:
    if terms.resolution_id is not None:
        access.request_approvals(uow, APPROVE, [(terms.terms_id, None)])


def _tell(uow: UnitOfWork, event: str, deed: str, terms: Terms, reason: str | None = None) -> None:
    details = {"version": terms.version, "terms_hash": terms.terms_hash}
    audit.record(uow, [audit.Deed(deed, terms.terms_id, reason, details)])
    outbox.record(uow, [events.told(event, terms)])


def _step_down(uow: UnitOfWork, successor: Terms) -> None:
    former = store.get_default(uow, successor.asset, is_locked=True)
    if former is not None:
        former = replace(former, is_default=False, version=former.version + 1)
        store.save(uow, former)
        reason = f"{successor.terms_id} are the default now"
        _tell(uow, events.CHANGED, "sarf_terms.step_down", former, reason)


def _locked(uow: UnitOfWork, terms_id: str, action: TermsAction, if_match: str | None) -> Terms:
    terms = store.get(uow, terms_id, is_locked=True)
    if terms is None:
        raise UnknownTerms
    if if_match is not None and terms.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise TermsChanged
    _require_state(terms, action)
    return terms


def _require_state(terms: Terms, action: TermsAction) -> None:
    if is_allowed(action, terms.status):
        return
    allowed = ", ".join(actions_of(terms.status)) or "nothing"
    raise TermsStateRefuses(
        f"terms that are {terms.status} allow {allowed}, not {action}",
        state=terms.status.value,
        allowed=actions_of(terms.status),
    )


def _check(uow: UnitOfWork, terms: Terms, action: str) -> None:
    """Shape, then the rules of terms; what the rules found is written down."""
    faults = [*settings_faults(terms.settings), *wording_faults(terms.wordings)]
    faults += _unknown(uow, terms)
    if faults:
        raise ValidationFailed(str(faults[0]["message"]), details=faults)
    resolution = _resolution_of(uow, terms)
    facts = replace(
        terms_facts(uow, terms),
        approval=_approval(terms, resolution),
        board=_board(terms, resolution),
    )
    evaluations = list(evaluate(facts, SarfAction.SAVE_TERMS))
    if terms.approved_hash is not None:
        approval = (PRODUCT_RULE, BOARD_RULE)
        evaluations = [Evaluation(each, tuple(CHECKS[each](facts))) for each in approval] + [
            each for each in evaluations if each.rule_id not in approval
        ]
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(uow, terms.terms_id, action, evaluations, facts)


def _unknown(uow: UnitOfWork, terms: Terms) -> Iterator[dict[str, Any]]:
    """A resolution or a party that does not exist."""
    named = [terms.resolution_id] if terms.resolution_id is not None else []
    if len(shariah.load_resolutions(uow, named)) < len(named):
        yield detail("resolution_id", "unknown_resolution", "there is no such resolution")
    try:
        parties.get_party(uow, terms.settings.institution_party_id)
    except PartyUnknown as refusal:
        yield detail("settings.institution_party_id", "unknown_party", refusal.message)
