"""What a pledgor is told before signing: value, ratio, custody in money, notices, the surplus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sanduq.assets.valuations.model import Valuation
from sanduq.kit.annual_rate import effective_annual_rate
from sanduq.kit.days import add_months
from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts import events as names
from sanduq.rahnu.contracts import store
from sanduq.rahnu.contracts.errors import DisclosureOutdated
from sanduq.rahnu.contracts.facts import gathered
from sanduq.rahnu.contracts.lending import due_days
from sanduq.rahnu.contracts.model import Contract, ContractItem, PledgeAction
from sanduq.rahnu.contracts.service import changed, get, locked
from sanduq.rahnu.facts import PledgeDisclosure
from sanduq.rahnu.fees.accrual import FeeSegment, accrued_minor
from sanduq.rahnu.templates.model import Template

VERSION = "1"
RULES = ("DIS-05", "DIS-01", "RHN-13", "RHN-32")


@dataclass(frozen=True, slots=True)
class DisclosedMonth:
    """What frees the pledge after so many months, with nothing paid before."""

    month: int
    on: date
    loan_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """A notice of the ladder and the day it falls on if the debt stays unpaid."""

    kind: str
    on: date


@dataclass(frozen=True, slots=True)
class DisclosurePack:
    """The paper put before the pledgor, of a version; amounts in minor units.

    `effective_annual_rate` weighs the custody fee of the whole term against the debt, paid at the
    end: it is told so that offers can be compared, and is no price.
    """

    contract: Contract
    template: Template
    version: str
    months: tuple[DisclosedMonth, ...]
    notices: tuple[NoticeDay, ...]
    fine_weight_mg: int
    owed_minor: int
    effective_annual_rate: Decimal | None


def pack(uow: UnitOfWork, contract_id: str) -> DisclosurePack:
    """The disclosure of a pledge as it stands. Refuses NOT_FOUND."""
    contract = get(uow, contract_id)
    known = gathered(uow, contract)
    template = known.template
    owed = known.debt.outstanding_minor if known.debt is not None else 0
    start = contract.fee_from_on or uow.today
    segments = [FeeSegment(start, contract.fee_monthly_minor)]
    months = tuple(
        DisclosedMonth(
            month, add_months(start, month), owed,
            accrued_minor(segments, add_months(start, month)),
        )
        for month in range(1, contract.term_months + 1)
    )  # fmt: skip
    matures = contract.matures_on or due_days(start, contract.term_months, 1)[-1]
    terms = template.terms
    notices = (
        NoticeDay("reminder", matures - timedelta(days=terms.reminder_days)),
        NoticeDay("maturity", matures),
        NoticeDay("default", matures + timedelta(days=terms.default_notice_days)),
        NoticeDay(
            "auction",
            matures + timedelta(days=terms.default_notice_days + terms.auction_notice_days),
        ),
    )
    fine = sum(_fine_mg(one, known.valuations.get(one.item_id)) for one in contract.held)
    rate = None
    if owed:
        last = months[-1]
        flows = [(last.on, owed + last.fee_minor)]
        rate = effective_annual_rate(owed, start, flows)
    return DisclosurePack(contract, template, VERSION, months, notices, fine, owed, rate)


def _fine_mg(one: ContractItem, valued: Valuation | None) -> int:
    """Pure metal as two officers found it, or else as it was declared."""
    found = valued.fine_weight_mg if valued is not None else one.item.fine_weight_mg
    return found or 0


def acknowledge(
    uow: UnitOfWork, contract_id: str, version: str, *, language: str, etag: str | None = None
) -> Contract:
    """Records that the pledgor was shown the disclosure in his language and accepted it.

    Refuses CONFLICT a paper of another version than today's, or a pledge in force already.
    """
    locked(uow, contract_id, PledgeAction.DISCLOSE, etag)
    if version != VERSION:
        raise DisclosureOutdated(
            f"the disclosure is of version {VERSION} now, not {version!r}: show it again"
        )
    store.update(
        uow, contract_id, disclosure_version=version, disclosed_at=uow.now,
        disclosed_by=uow.actor.user_id,
    )  # fmt: skip
    details = {"version": version, "language": language}
    return changed(uow, contract_id, names.DISCLOSED, "pledge.disclosed", details=details)


def acknowledged(contract: Contract, *, is_told_now: bool) -> frozenset[tuple[str, str]]:
    """The rules whose disclosure the pledgor has accepted, with the version he saw."""
    if is_told_now or contract.disclosure_version == VERSION:
        return frozenset((rule, VERSION) for rule in RULES)
    return frozenset()


def shown() -> PledgeDisclosure:
    """The paper as the rules look at it."""
    return PledgeDisclosure(VERSION)
