"""The Shariah checks of a drawing: whose money it is decides which rules are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sanduq.funds.charity import rules as charity_rules
from sanduq.funds.charity.facts import INSTITUTION, CharityFacts, CharityGift
from sanduq.funds.charity.facts import Action as CharityAction
from sanduq.funds.charity.model import CharityUse
from sanduq.funds.donations import rules as donation_rules
from sanduq.funds.donations.facts import Action as DonationAction
from sanduq.funds.donations.facts import CostBorne, DebtBorne, DonationFacts, PurposeTerms
from sanduq.funds.purposes.model import Purpose
from sanduq.funds.spending import postings
from sanduq.funds.spending.model import Draw, FundKind, SpendingUse
from sanduq.funds.zakat import rules as zakat_rules
from sanduq.funds.zakat.facts import Action as ZakatAction
from sanduq.funds.zakat.facts import ZakatFacts, ZakatGrant
from sanduq.funds.zakat.model import Asnaf, Payee
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.ledger.model import AccountPlace, Entry, credit
from sanduq.shariah import service as shariah
from sanduq.shariah.board import Evaluated
from sanduq.shariah.model import Evaluation, Resolution, ShariahProfile

ACTION = "fund.draw"
Outcome = tuple[list[Evaluation], object]


def check(uow: UnitOfWork, draws: Sequence[tuple[str, Draw]], known: Mapping[str, Purpose]) -> None:
    """Runs the rules on every drawing, refuses what they stop, and writes down what they found.

    Refuses VALIDATION_ERROR a purpose nobody defined, SHARIAH_VIOLATION with every finding.
    """
    has_zakat = any(draw.source.kind is FundKind.ZAKAT for _, draw in draws)
    resolutions = shariah.live_resolutions(uow, uow.today) if has_zakat else ()
    outcomes = [
        (spending_id, *_outcome(uow, draw, known, resolutions)) for spending_id, draw in draws
    ]
    shariah.enforce(
        finding
        for _, evaluations, _ in outcomes
        for each in evaluations
        for finding in each.findings
    )
    shariah.store_evaluations_of(
        uow,
        ACTION,
        [Evaluated(subject, tuple(found), facts) for subject, found, facts in outcomes],
    )


def _outcome(
    uow: UnitOfWork,
    draw: Draw,
    known: Mapping[str, Purpose],
    resolutions: tuple[Resolution, ...],
) -> Outcome:
    match draw.source.kind:
        case FundKind.SADAQAH:
            return _of_sadaqah(uow, draw, known)
        case FundKind.WAQF:
            facts = _donation_facts(uow, draw, None)
            return donation_rules.evaluate(facts, DonationAction.SPEND_WAQF), facts
        case FundKind.ZAKAT:
            return _of_zakat(uow, draw, resolutions)
        case FundKind.CHARITY:
            return _of_charity(uow, draw)
        case FundKind.OWN:
            return [], None


def _of_sadaqah(uow: UnitOfWork, draw: Draw, known: Mapping[str, Purpose]) -> Outcome:
    purpose = known.get(draw.source.ref or "")
    if purpose is None:
        message = f"nobody gave for {draw.source.ref}; GET /v1/funds lists what there is"
        raise ValidationFailed.field("fund", "unknown_purpose", message)
    facts = _donation_facts(uow, draw, purpose)
    return donation_rules.evaluate(facts, DonationAction.SPEND_SADAQAH), facts


def _donation_facts(uow: UnitOfWork, draw: Draw, purpose: Purpose | None) -> DonationFacts:
    return DonationFacts(
        on=uow.today,
        asset=draw.amount.asset,
        profile=ShariahProfile(uow.shariah_profile),
        purpose=PurposeTerms(
            purpose.code, frozenset(str(use) for use in purpose.uses), purpose.earmarked_for
        )
        if purpose is not None
        else None,
        use=str(draw.use),
        beneficiaries=frozenset({draw.subject_id, *filter(None, [draw.party_id])}),
        debt=DebtBorne(draw.source.fund, draw.subject_id, draw.party_id, draw.debtor_state)
        if draw.use.pays_debt
        else None,
        cost=CostBorne(
            draw.cost.direct_cost_minor,
            draw.cost.subsidised_minor + draw.amount.amount_minor,
            draw.cost.charged_minor,
        )
        if draw.cost is not None and draw.use is SpendingUse.SUBSIDISE_COST
        else None,
    )


def _of_zakat(uow: UnitOfWork, draw: Draw, resolutions: tuple[Resolution, ...]) -> Outcome:
    """The creditor is paid in the debtor's stead; absorbing a default would be a waiver."""
    entries: tuple[Entry, ...] = postings.drawn(draw.source, draw.amount)
    if draw.use is SpendingUse.ABSORB_DEFAULT:
        claim = AccountPlace("1100", draw.amount.asset, draw.source.fund, draw.subject_id)
        entries = (entries[0], credit(claim, draw.amount.amount_minor))
    facts = ZakatFacts(
        on=uow.today,
        asset=draw.amount.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=resolutions,
        entries=entries,
        grant=ZakatGrant(str(Asnaf.GHARIMIN), None, Payee.CREDITOR),
    )
    return zakat_rules.evaluate(facts, ZakatAction.PAY_CREDITOR), facts


def _of_charity(uow: UnitOfWork, draw: Draw) -> Outcome:
    """Whatever other rooms would spend it on serves the institution's own claims or costs."""
    pays_debt = draw.use.pays_debt
    facts = CharityFacts(
        on=uow.today,
        asset=draw.amount.asset,
        profile=ShariahProfile(uow.shariah_profile),
        gift=CharityGift(
            use=CharityUse.DEBT_TO_INSTITUTION if pays_debt else CharityUse.PUBLIC_GOOD,
            is_institution=not pays_debt,
            is_staff=False,
            is_signed_off=None,
            creditor=INSTITUTION if pays_debt else None,
        ),
    )
    return charity_rules.evaluate(facts, CharityAction.PAY_DEBT), facts
