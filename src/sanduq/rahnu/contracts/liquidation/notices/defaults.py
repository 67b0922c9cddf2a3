"""Before a pledge is sold: what the debtor's means are, and what the owner agreed to.

An insolvent debtor is given time, and nothing is charged him; the thing he pledged may still be
sold once its debt is due (rules DEF-01, DEF-02; AAOIFI SS 3 cl. 1, SS 39 3/4/1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.debts import secured_by
from sanduq.rahnu.contracts.errors import PledgeStepMissing
from sanduq.rahnu.contracts.liquidation.model import Finding
from sanduq.rahnu.contracts.liquidation.notices import events, store
from sanduq.rahnu.contracts.liquidation.notices.model import (
    ConsentKind,
    DefaultFinding,
    SaleConsent,
)
from sanduq.rahnu.contracts.liquidation.notices.schemas import consent_out, finding_out
from sanduq.rahnu.contracts.liquidation.notices.service import CHANGE
from sanduq.rahnu.contracts.model import PledgeAction

RESPONSE_DAYS = 7
"""Days a debtor has to answer a demand before his silence says anything about his means."""


@dataclass(frozen=True, slots=True)
class NewFinding:
    """What was found out about the debtor, and the day he was asked to pay."""

    contract_id: str
    finding: Finding
    evidence: str
    demanded_on: date
    assessed_on: date
    assessed_by: str | None = None
    document: str | None = None


def find(uow: UnitOfWork, new: NewFinding) -> DefaultFinding:
    """Classes the debtor of a pledge whose debt is late.

    Refuses NOT_FOUND, FORBIDDEN without `pledge.change`; CONFLICT (DEF-01) while nothing is
    overdue, or when the debtor has not had his days to answer the demand before he is called a
    delaying one; VALIDATION_ERROR days out of order.
    """
    contract = contracts.locked(uow, new.contract_id, PledgeAction.NOTICE)
    access.require_authority(uow, CHANGE, None)
    if not new.demanded_on <= new.assessed_on <= uow.today:
        raise ValidationFailed.field(
            "assessed_on", "impossible_date",
            f"assessed_on must lie between {new.demanded_on} and {uow.today}",
        )  # fmt: skip
    debt = secured_by(uow, contract)
    if debt is None or not debt.is_past_due:
        raise PledgeStepMissing.of(
            new.contract_id, "default", missing="a debt that is due and unpaid", rule_id="DEF-01"
        )
    answer_by = new.demanded_on + timedelta(days=RESPONSE_DAYS)
    if new.finding is Finding.SOLVENT_DELAYING and new.assessed_on < answer_by:
        raise PledgeStepMissing.of(
            new.contract_id, "default", rule_id="DEF-01",
            missing=f"the debtor's time to answer, which ends on {answer_by},",
        )  # fmt: skip
    found = DefaultFinding(
        new_id("dff"), new.contract_id, debt.debtor_id or contract.borrower_id, new.finding,
        new.evidence, new.document, new.demanded_on, new.assessed_on,
        new.assessed_by or uow.actor.user_id, uow.now, uow.actor.user_id,
    )  # fmt: skip
    store.insert_finding(uow, found)
    details = {"finding_id": found.finding_id, "finding": str(found.finding)}
    audit.record(uow, [Deed("pledge.default", new.contract_id, new.evidence, details)])
    outbox.record(uow, [Event(events.DEFAULT_FOUND, new.contract_id, finding_out(found))])
    return found


def findings_of(uow: UnitOfWork, contract_id: str) -> list[DefaultFinding]:
    """What was found out about the debtor of a pledge, latest first."""
    return store.findings_of(uow, contract_id)


def consent(
    uow: UnitOfWork,
    contract_id: str,
    *,
    kind: ConsentKind,
    given_by: str,
    reference: str,
    given_on: date,
) -> SaleConsent:
    """Records what the owner agreed to about a sale, or what a court ordered.

    Refuses NOT_FOUND, CONFLICT (state), FORBIDDEN without `pledge.change`, VALIDATION_ERROR a
    day ahead, and a consent that neither the owner nor (an order) a court gave.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.NOTICE)
    access.require_authority(uow, CHANGE, None)
    if given_on > uow.today:
        raise ValidationFailed.field("given_on", "in_the_future", "that day has not come yet")
    owners = {contract.pledgor_id, *(one.item.owner_id for one in contract.held)}
    if kind is not ConsentKind.COURT_ORDER and given_by not in owners:
        raise ValidationFailed.field(
            "given_by", "not_the_owner", f"only the owner, {contract.pledgor_id}, can agree to this"
        )
    found = SaleConsent(
        new_id("sco"), contract_id, kind, given_by, reference, given_on, uow.now,
        uow.actor.user_id,
    )  # fmt: skip
    store.insert_consent(uow, found)
    details = {"consent_id": found.consent_id, "kind": str(kind)}
    audit.record(uow, [Deed("pledge.sale_consent", contract_id, reference, details)])
    outbox.record(uow, [Event(events.CONSENT_RECORDED, contract_id, consent_out(found))])
    return found


def consents_of(uow: UnitOfWork, contract_id: str) -> list[SaleConsent]:
    """Consents and orders of a pledge, latest first."""
    return store.consents_of(uow, contract_id)


def require_finding(uow: UnitOfWork, contract_id: str) -> DefaultFinding:
    """The latest finding about the debtor. Refuses CONFLICT (DEF-01) when nobody looked."""
    found = store.findings_of(uow, contract_id)
    if not found or found[0].finding is Finding.UNKNOWN:
        raise PledgeStepMissing.of(
            contract_id, "liquidate", missing="a finding about the debtor's means",
            rule_id="DEF-01",
        )  # fmt: skip
    return found[0]
