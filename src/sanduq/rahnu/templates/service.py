"""Pledge templates: drawn up by one, approved by the Shariah reviewer under a resolution."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from sanduq.access import service as access
from sanduq.access.errors import MakerMayNotApprove
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.facts import RahnAction, RahnFacts
from sanduq.rahnu.facts_pledge import ClauseText
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.rules import CHECKS, evaluate
from sanduq.rahnu.templates import events, store
from sanduq.rahnu.templates.errors import (
    NoDefaultTemplate,
    TemplateChanged,
    TemplateStateRefuses,
    UnknownTemplate,
)
from sanduq.rahnu.templates.model import (
    NewTemplate,
    OperatorLicence,
    Template,
    TemplateAction,
    TemplateStatus,
    actions_of,
    clause_faults,
    is_allowed,
    terms_faults,
)
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import ContractKind, TemplateApproval
from sanduq.shariah.facts_contracts import ContractAction, ContractFormFacts
from sanduq.shariah.model import Evaluation, ShariahProfile
from sanduq.shariah.rules_contracts import evaluate as evaluate_form

APPROVE = "pledge_template.approve"
TEMPLATE_RULE = "GEN-01"


def create(uow: UnitOfWork, new: NewTemplate) -> Template:
    """Draws up a template; with a resolution named it waits for another user's approval.

    Refuses VALIDATION_ERROR terms out of order, a language written twice, an unknown resolution or
    fee policy;
    SHARIAH_VIOLATION what no pledge may stipulate: that it falls to the creditor (RHN-21,
    AAOIFI SS 39 3/4/2), is pledged on, lent or let by him (RHN-16), used by him for nothing
    (RHN-15), or a top-up clause the board has not ruled on (RHN-23); CONFLICT an external_id
    already used.
    """
    template = Template(
        template_id=new_id("rpt"),
        external_id=new.external_id,
        name=new.name,
        asset=new.asset,
        status=TemplateStatus.DRAFT,
        terms=new.terms,
        clauses=new.clauses,
        licence=new.licence,
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
    _check(uow, template, "pledge_template.create")
    store.save(uow, template)
    _ask_for_approval(uow, template)
    _tell(uow, events.CREATED, "pledge_template.create", template)
    return template


def change(
    uow: UnitOfWork,
    template_id: str,
    revise: Callable[[Template], Template],
    *,
    if_match: str | None = None,
) -> Template:
    """Changes a template nobody has approved yet; whoever changes it may not approve it.

    An approved one is never changed, for pledges stand under its words: another is drawn up.
    Refuses NOT_FOUND; CONFLICT once it was approved or retired, and when it changed since it was
    read; and what `create` refuses.
    """
    before = _locked(uow, template_id, TemplateAction.CHANGE, if_match)
    revised = revise(before)
    if revised == before:
        return before
    after = replace(revised, version=before.version + 1)
    _check(uow, after, "pledge_template.change")
    store.save(uow, after)
    access.withdraw(uow, APPROVE, template_id, "the template was changed")
    _ask_for_approval(uow, after)
    _tell(uow, events.CHANGED, "pledge_template.change", after)
    return after


def record_licence(
    uow: UnitOfWork, template_id: str, licence: OperatorLicence, *, if_match: str | None = None
) -> Template:
    """Records the operator's licence (ARN-11) or its renewal; the approved terms stay as they are.

    Refuses NOT_FOUND; CONFLICT once the template is retired or changed since it was read.
    """
    before = _locked(uow, template_id, TemplateAction.LICENCE, if_match)
    if before.licence == licence:
        return before
    after = replace(before, licence=licence, version=before.version + 1)
    store.save(uow, after)
    _tell(uow, events.CHANGED, "pledge_template.licence", after)
    return after


def approve(
    uow: UnitOfWork, template_id: str, *, reason: str | None = None, if_match: str | None = None
) -> Template:
    """Approves the template as it stands: pledges may be taken under it, until it is retired.

    An approved default takes the place of the default before it. Refuses NOT_FOUND; CONFLICT a
    template that does not wait for approval or changed since it was read, or a fee policy that is
    not in force; FORBIDDEN its maker and roles without authority; SHARIAH_VIOLATION without a
    resolution in force that speaks to GEN-01, or when another rule no longer holds.
    """
    template = _locked(uow, template_id, TemplateAction.APPROVE, if_match)
    if template.resolution_id is None:
        raise TemplateStateRefuses(
            "a template is approved under a resolution; name it first (GEN-01)",
            details=[{"field": "resolution_id", "code": "missing_field", "message": TEMPLATE_RULE}],
            state=template.status.value,
            allowed=[str(TemplateAction.CHANGE), str(TemplateAction.RETIRE)],
        )
    if uow.actor.user_id == template.created_by:
        raise MakerMayNotApprove
    access.decide(uow, APPROVE, template_id, is_approved=True, reason=reason)
    if template.terms.fee_policy_id is not None:
        fees.active_policy(uow, template.terms.fee_policy_id, template.asset)
    template = replace(
        template,
        status=TemplateStatus.ACTIVE,
        approved_hash=template.template_hash,
        approved_at=uow.now,
        approved_by=uow.actor.user_id,
        version=template.version + 1,
    )
    _check(uow, template, APPROVE)
    if template.is_default:
        _step_down(uow, template)
    store.save(uow, template)
    _tell(uow, events.APPROVED, APPROVE, template, reason)
    return template


def refuse(uow: UnitOfWork, template_id: str, *, reason: str | None = None) -> None:
    """Sends a template back unapproved; it stays a draft that may be changed."""
    _locked(uow, template_id, TemplateAction.APPROVE, None)
    access.decide(uow, APPROVE, template_id, is_approved=False, reason=reason)


def retire(
    uow: UnitOfWork, template_id: str, *, reason: str | None = None, if_match: str | None = None
) -> Template:
    """Takes no new pledges under it; those under it run on. Refuses NOT_FOUND, CONFLICT."""
    before = _locked(uow, template_id, TemplateAction.RETIRE, if_match)
    after = replace(before, status=TemplateStatus.RETIRED, version=before.version + 1)
    store.save(uow, after)
    access.withdraw(uow, APPROVE, template_id, "the template was retired")
    _tell(uow, events.RETIRED, "pledge_template.retire", after, reason)
    return after


def get(uow: UnitOfWork, template_id: str) -> Template:
    """One template, of whatever state. Refuses NOT_FOUND."""
    template = store.get(uow, template_id)
    if template is None:
        raise UnknownTemplate
    return template


def load(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Template]:
    """The templates of these ids; ids nobody knows are left out."""
    return {each.template_id: each for each in store.load(uow, ids)} if ids else {}


def template_for(uow: UnitOfWork, template_id: str | None, asset: Asset) -> Template:
    """The template a new pledge stands under: the one named, or the default of the currency.

    Whether it is still as approved, under a resolution in force, is for GEN-01 to say. Refuses
    NOT_FOUND; CONFLICT one that takes no pledges, or no default; VALIDATION_ERROR another
    currency.
    """
    if template_id is None:
        default = store.get_default(uow, asset)
        if default is None:
            raise NoDefaultTemplate(
                f"no pledge template is the default in {asset.code}: name one in template_id, or"
                " draw one up and have it approved as the default"
            )
        return default
    template = get(uow, template_id)
    _require_state(template, TemplateAction.PLEDGE)
    if template.asset != asset:
        message = f"{template_id} takes pledges in {template.asset.code}"
        raise ValidationFailed.field("template_id", "not_offered", message)
    return template


def is_live(uow: UnitOfWork, template: Template) -> bool:
    """Whether pledges may be taken under it today: approved as it stands, its ruling in force."""
    approval = template_approval(uow, template)
    return (
        template.status is TemplateStatus.ACTIVE
        and approval is not None
        and template.is_as_approved
        and approval.resolution.is_in_force(uow.today)
    )


def list_templates(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    status: TemplateStatus | None = None,
    asset: Asset | None = None,
    external_id: str | None = None,
) -> Page[Template]:
    """Templates, newest first."""
    filters = {
        "status": status.value if status is not None else None,
        "asset": str(asset) if asset is not None else None,
        "external_id": external_id,
    }
    return store.select_page(uow, request, filters)


def template_approval(uow: UnitOfWork, template: Template) -> TemplateApproval | None:
    """What rule GEN-01 looks at: the resolution, the template as approved and as it stands.

    Nothing for one never approved, or under a resolution that does not speak to GEN-01.
    """
    if template.approved_hash is None or template.resolution_id is None:
        return None
    resolution = shariah.get_resolution(uow, template.resolution_id)
    if TEMPLATE_RULE not in resolution.scope:
        return None
    return TemplateApproval(
        resolution.as_resolution, template.approved_hash, template.template_hash
    )


def template_facts(uow: UnitOfWork, template: Template) -> RahnFacts:
    """What the rules look at in a template: its terms and the words of its clauses."""
    return RahnFacts(
        on=uow.today,
        asset=template.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        approval=template_approval(uow, template),
        terms=template.terms,
        clauses=tuple(ClauseText(each.language, each.text) for each in template.clauses),
    )


def _ask_for_approval(uow: UnitOfWork, template: Template) -> None:
    if template.resolution_id is not None:
        access.request_approvals(uow, APPROVE, [(template.template_id, None)])


def _tell(
    uow: UnitOfWork, event: str, deed: str, template: Template, reason: str | None = None
) -> None:
    details = {"version": template.version, "template_hash": template.template_hash}
    audit.record(uow, [audit.Deed(deed, template.template_id, reason, details)])
    outbox.record(uow, [events.told(event, template)])


def _step_down(uow: UnitOfWork, successor: Template) -> None:
    former = store.get_default(uow, successor.asset, is_locked=True)
    if former is not None:
        former = replace(former, is_default=False, version=former.version + 1)
        store.save(uow, former)
        reason = f"{successor.template_id} is the default now"
        _tell(uow, events.CHANGED, "pledge_template.step_down", former, reason)


def _locked(
    uow: UnitOfWork, template_id: str, action: TemplateAction, if_match: str | None
) -> Template:
    template = store.get(uow, template_id, is_locked=True)
    if template is None:
        raise UnknownTemplate
    if if_match is not None and template.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise TemplateChanged
    _require_state(template, action)
    return template


def _require_state(template: Template, action: TemplateAction) -> None:
    if is_allowed(action, template.status):
        return
    allowed = ", ".join(actions_of(template.status)) or "nothing"
    raise TemplateStateRefuses(
        f"a template that is {template.status} allows {allowed}, not {action}",
        state=template.status.value,
        allowed=actions_of(template.status),
    )


def _check(uow: UnitOfWork, template: Template, action: str) -> None:
    """Shape, then the rules of a template; what the rules found is written down."""
    if faults := terms_faults(template.terms) + clause_faults(template.clauses):
        raise ValidationFailed(str(faults[0]["message"]), details=faults)
    named = [template.resolution_id] if template.resolution_id is not None else []
    if len(shariah.load_resolutions(uow, named)) < len(named):
        message = "there is no such resolution"
        raise ValidationFailed.field("resolution_id", "unknown_resolution", message)
    _require_policy(uow, template)
    facts = template_facts(uow, template)
    evaluations = [*evaluate(facts, RahnAction.SAVE_TEMPLATE), *_worded(uow, template)]
    if template.approved_hash is not None:
        approval = Evaluation(TEMPLATE_RULE, tuple(CHECKS[TEMPLATE_RULE](facts)))
        evaluations = [approval, *evaluations]
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(uow, template.template_id, action, evaluations, facts)


def _require_policy(uow: UnitOfWork, template: Template) -> None:
    policy_id = template.terms.fee_policy_id
    if policy_id is None:
        return
    policy = fees.load_policies(uow, [policy_id]).get(policy_id)
    if policy is None:
        message = "there is no such fee policy"
        raise ValidationFailed.field("terms.fee_policy_id", "unknown_fee_policy", message)
    if policy.asset != template.asset:
        message = f"{policy_id} is in {policy.asset.code}"
        raise ValidationFailed.field("terms.fee_policy_id", "other_currency", message)


def _worded(uow: UnitOfWork, template: Template) -> list[Evaluation]:
    """What the rules say of the words pledgors read; they warn, never refuse."""
    facts = ContractFormFacts(
        on=uow.today,
        asset=template.asset,
        kind=ContractKind.RAHN,
        wording=(template.name, *(each.text for each in template.clauses)),
    )
    return evaluate_form(facts, ContractAction.NAME)
