"""Common funds: opened on one basis, filled by the members, and read. Payments out of them have
a module of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal, Period
from sanduq.microfinance.common_fund import events, postings, store, store_payments
from sanduq.microfinance.common_fund.errors import (
    ContributionDayClosed,
    FundIsClosed,
    FundNotEmpty,
    FundNotFound,
    FundPaymentPending,
)
from sanduq.microfinance.common_fund.facts import Action, BylawFacts, CommonFundFacts
from sanduq.microfinance.common_fund.model import (
    Basis,
    Bylaws,
    Contribution,
    ContributionKind,
    CustodianUse,
    Due,
    Fund,
    FundStatus,
    Nature,
    SurplusMode,
    Use,
    dues_of,
)
from sanduq.microfinance.common_fund.rules import evaluate
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.members.errors import NotAMember
from sanduq.microfinance.groups.members.model import Membership, stood_in_group_on
from sanduq.microfinance.groups.model import GroupAction
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation, ShariahProfile


@dataclass(frozen=True, slots=True)
class NewFund:
    """A fund as it is asked for, with by-laws as the rules look at them."""

    bylaws: BylawFacts
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contribute:
    """One contribution of one member; without a day it was received today."""

    group_id: str
    party_id: str
    amount: Money
    received_on: date | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class ContributionResult:
    """What became of one command."""

    contribution: Contribution | None
    refusal: Refusal | None


def open_fund(uow: UnitOfWork, group_id: str, new: NewFund) -> Fund:
    """Opens the group's common fund on one basis, with its by-laws, for good.

    Contribution and frequency are those of the group on this day. Refuses NOT_FOUND; CONFLICT by
    state, a second fund; SHARIAH_VIOLATION: no basis or a mixed one (CMF-01), at the lender's
    disposal and a condition of borrowing (CMF-03), a cover of no nature (CMF-04), a return or a
    penalty (CMF-08), no contribution set (CMF-09), an unscreened placement (CMF-10).
    """
    group = groups.locked_group(uow, group_id, GroupAction.CHANGE)
    laws = new.bylaws
    facts = CommonFundFacts(
        on=uow.today,
        asset=group.asset,
        profile=ShariahProfile(uow.shariah_profile),
        bylaws=_with_schedule(laws, group.contribution_minor),
    )
    evaluations = judged(facts, Action.OPEN)
    assert laws.basis is not None
    assert laws.document is not None
    fund = Fund(
        fund_id=new_id("cmf"),
        group_id=group_id,
        external_id=new.external_id,
        status=FundStatus.OPEN,
        basis=Basis(laws.basis),
        asset=group.asset,
        contribution_minor=group.contribution_minor,
        frequency=group.contribution_frequency,
        bylaws=Bylaws(
            document=laws.document,
            uses=frozenset(Use(one) for one in laws.uses),
            cover_nature=None if laws.cover_nature is None else Nature(laws.cover_nature),
            surplus_modes=frozenset(SurplusMode(one) for one in laws.surplus_modes),
            exit_share_bps=laws.exit_share_bps,
            custodian_use=CustodianUse(laws.custodian_use),
            is_mandatory_for_loan=laws.is_mandatory_for_loan,
            placement=laws.placement,
        ),
        opened_on=uow.today,
        closed_at=None,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    store.insert(uow, fund)
    ledger.open_accounts(uow, postings.places_of(fund))
    shariah.store_evaluations(uow, fund.fund_id, str(Action.OPEN), evaluations, facts)
    audit.record(uow, [Deed("common_fund.open", group_id, None, {"fund_id": fund.fund_id})])
    outbox.record(uow, [events.told_fund(events.OPENED, fund)])
    return fund


def get_fund(uow: UnitOfWork, group_id: str) -> Fund:
    """The fund of a group. Refuses NOT_FOUND (group, fund)."""
    groups.get_group(uow, group_id)
    found = store.load(uow, [group_id]).get(group_id)
    if found is None:
        raise FundNotFound(f"{group_id} keeps no common fund: open one by POST …/fund")
    return found


def dues_on(
    uow: UnitOfWork,
    funds: Collection[Fund],
    stays: Sequence[Membership],
    days: Mapping[str, date],
) -> dict[str, list[Due]]:
    """What the members of each group were to contribute by a day, and did; one statement."""
    given = store.given_by_party(uow, days) if funds else {}
    return {
        fund.group_id: dues_of(
            fund,
            [one for one in stays if one.group_id == fund.group_id],
            {party: minor for (group, party), minor in given.items() if group == fund.group_id},
            days[fund.group_id],
        )
        for fund in funds
    }


def load_funds(
    uow: UnitOfWork, group_ids: Collection[str], *, is_locked: bool = False
) -> dict[str, Fund]:
    """The funds of these groups, by group; groups without one are left out."""
    return store.load(uow, group_ids, is_locked=is_locked) if group_ids else {}


def stays_of(uow: UnitOfWork, group_ids: Collection[str]) -> list[Membership]:
    """Every stay in these groups, in order of joining, without the history of offices."""
    return store.stays(uow, group_ids) if group_ids else []


def record_contributions(
    uow: UnitOfWork, commands: Sequence[Contribute], *, beside: Sequence[Journal] = ()
) -> list[ContributionResult]:
    """Records contributions of any number of groups in the order given; one result for each.

    `beside`: journals, their accounts open, posted in the same call. Refuses per command
    NOT_FOUND (fund, a person who was no member that day), CONFLICT a closed fund or day,
    VALIDATION_ERROR another currency or nothing.
    """
    if not commands:
        if beside:
            ledger.post(uow, beside)
        return []
    group_ids = {one.group_id for one in commands}
    funds = store.load(uow, group_ids, is_locked=True)
    stays: dict[tuple[str, str], list[Membership]] = {}
    for one in store.stays(uow, group_ids):
        stays.setdefault((one.group_id, one.party_id), []).append(one)
    is_backdated = any(one.received_on and one.received_on < uow.today for one in commands)
    closed = ledger.list_periods(uow) if is_backdated else []
    results: list[ContributionResult] = []
    journals: list[Journal] = []
    for command in commands:
        fund = funds.get(command.group_id)
        day = command.received_on or uow.today
        members = stays.get((command.group_id, command.party_id), [])
        refusal = _refusal(uow, command, fund, members, day, closed)
        if refusal is not None or fund is None:
            results.append(ContributionResult(None, refusal))
            continue
        made, journal = _made(uow, fund, command, day)
        journals.append(journal)
        results.append(ContributionResult(made, None))
    _write(uow, funds, [one.contribution for one in results if one.contribution])
    if journals or beside:
        ledger.post(uow, [*journals, *beside])
    return results


def contribute(uow: UnitOfWork, command: Contribute) -> Contribution:
    """Records one contribution. Refuses as `record_contributions` does."""
    (result,) = record_contributions(uow, [command])
    if result.refusal is not None:
        raise result.refusal
    assert result.contribution is not None
    return result.contribution


def list_contributions(
    uow: UnitOfWork, group_id: str, party_id: str | None, request: PageRequest
) -> Page[Contribution]:
    """Contributions of a group, newest first. Refuses NOT_FOUND."""
    get_fund(uow, group_id)
    return store.select_contributions(uow, group_id, party_id, request)


def locked_fund(uow: UnitOfWork, group_id: str) -> Fund:
    """The open fund of a group, locked. Refuses NOT_FOUND, CONFLICT a closed one."""
    fund = store.load(uow, [group_id], is_locked=True).get(group_id)
    if fund is None:
        return get_fund(uow, group_id)  # which says whether group or fund is missing
    if fund.status is FundStatus.CLOSED:
        raise FundIsClosed
    return fund


def could_cover_minor(uow: UnitOfWork, fund: Fund) -> int:
    """What a fund could pay on a guarantee call now: gifts that lie in its cash, if its by-laws
    name that use and it is open."""
    if fund.status is FundStatus.CLOSED or Use.COVER_CALL not in fund.bylaws.uses:
        return 0
    held = store.holdings(uow, fund)
    return max(0, min(held.cash_minor, held.gifts_minor))


def require_closed(uow: UnitOfWork, group_id: str) -> None:
    """Closes a group's empty fund together with the group.

    Refuses CONFLICT while the fund holds or owes something, or a payment waits for signatures.
    """
    fund = store.load(uow, [group_id], is_locked=True).get(group_id)
    if fund is None or fund.status is FundStatus.CLOSED:
        return
    held = store.holdings(uow, fund)
    if held.cash_minor or held.lent_minor or held.deficit_minor:
        raise FundNotEmpty(
            f"the common fund of {group_id} holds {Money(held.cash_minor, fund.asset)}; wind it up"
            " by a payment of use winding_up, then close the group"
        )
    if store_payments.count_asked(uow, group_id):
        raise FundPaymentPending
    set_closed(uow, group_id)


def set_closed(uow: UnitOfWork, group_id: str) -> None:
    """Closes a fund and tells of it. For the acts that emptied it."""
    store.set_closed(uow, group_id)
    outbox.record(uow, [events.told_fund(events.CLOSED, get_fund(uow, group_id))])


def judged(facts: CommonFundFacts, action: Action) -> list[Evaluation]:
    """What every rule of an action found. Refuses SHARIAH_VIOLATION what must not be."""
    evaluations = evaluate(facts, action)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    return evaluations


def _with_schedule(laws: BylawFacts, contribution_minor: int) -> BylawFacts:
    return replace(laws, contribution_minor=contribution_minor, has_frequency=True)


def _refusal(
    uow: UnitOfWork,
    command: Contribute,
    fund: Fund | None,
    stays: Sequence[Membership],
    day: date,
    closed: Sequence[Period],
) -> Refusal | None:
    if fund is None:
        return FundNotFound(f"{command.group_id} keeps no common fund")
    if fund.status is FundStatus.CLOSED:
        return FundIsClosed()
    if command.amount.asset != fund.asset or command.amount.amount_minor <= 0:
        message = f"a contribution is more than nothing, in {fund.asset.code}"
        return ValidationFailed.field("amount", "wrong_amount", message)
    if not any(stood_in_group_on(one, day) for one in stays):
        return NotAMember(f"{command.party_id}: no member of {command.group_id} on {day}")
    is_outside = not fund.opened_on <= day <= uow.today
    if is_outside or any(one.starts_on <= day <= one.ends_on for one in closed):
        return ContributionDayClosed(
            f"received_on must lie between {fund.opened_on} and {uow.today}, in an open period"
        )
    return None


def _made(
    uow: UnitOfWork, fund: Fund, command: Contribute, day: date
) -> tuple[Contribution, Journal]:
    contribution_id = new_id("cfc")
    minor = command.amount.amount_minor
    journal = postings.contributed(fund, command.party_id, minor, day, contribution_id)
    made = Contribution(
        contribution_id, command.group_id, command.party_id, ContributionKind.CONTRIBUTION,
        command.amount, day, command.reference, journal.journal_id, uow.now, uow.actor.user_id,
    )  # fmt: skip
    return made, journal


def _write(uow: UnitOfWork, funds: Mapping[str, Fund], made: Sequence[Contribution]) -> None:
    if not made:
        return
    store.insert_contributions(uow, made)
    audit.record(
        uow,
        [
            Deed("common_fund.contribution", one.group_id, None,
                 {"contribution_id": one.contribution_id, "party_id": one.party_id})
            for one in made
        ],
    )  # fmt: skip
    outbox.record(uow, [events.told_contribution(one) for one in made])
    owners = [one for one in made if funds[one.group_id].basis.is_owned]
    if owners:
        ledger.open_accounts(
            uow,
            [postings.owed(one.amount.asset, one.group_id, one.party_id) for one in owners],
        )
