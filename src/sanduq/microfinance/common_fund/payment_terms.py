"""What a payment out of a fund is for: to whom, how much, whose own, and the facts of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.money import Money
from sanduq.microfinance.common_fund import store, store_payments
from sanduq.microfinance.common_fund.errors import (
    FundLoanNotFound,
    FundPaymentPending,
    StillAMember,
)
from sanduq.microfinance.common_fund.facts import (
    CommonFundFacts,
    LoanFacts,
    PaymentFacts,
    SurplusFacts,
)
from sanduq.microfinance.common_fund.model import (
    OFFICES,
    Fund,
    Holdings,
    Nature,
    NewPayment,
    Payment,
    SurplusMode,
    Use,
    exit_minor,
    shared,
)
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.members.model import Membership
from sanduq.microfinance.guarantee_calls import service as calls
from sanduq.microfinance.guarantee_calls.errors import NoSuchShare
from sanduq.microfinance.guarantee_calls.model import COMMON_FUND, Call
from sanduq.parties import service as parties
from sanduq.shariah.model import ShariahProfile

_TO_ONE = frozenset({Use.HELP, Use.COSTS, Use.RETURN_ON_LEAVING})


def terms_of(
    uow: UnitOfWork, fund: Fund, held: Holdings, stays: Sequence[Membership], new: NewPayment
) -> tuple[Money, str | None, tuple[tuple[str, int], ...]]:
    """(amount, beneficiary, shares of members whose own it is) of a payment that is asked for.

    Refuses NOT_FOUND, CONFLICT and VALIDATION_ERROR as `payments.ask` says.
    """
    _check_fields(uow, fund, new)
    minor = 0 if new.amount is None else new.amount.amount_minor
    beneficiary_id = new.beneficiary_id
    shares: tuple[tuple[str, int], ...] = ()
    if new.use is Use.RETURN_ON_LEAVING and beneficiary_id is not None:
        if any(one.party_id == beneficiary_id and one.left_on is None for one in stays):
            raise StillAMember
        minor = minor or _exit(uow, fund, held, beneficiary_id)
        shares = ((beneficiary_id, minor),)
    elif new.use is Use.WINDING_UP:
        if store_payments.count_asked(uow, fund.group_id):
            raise FundPaymentPending
        minor = minor or held.cash_minor
        shares = owners_of(held) if fund.basis.is_owned else ()
    elif new.use is Use.SURPLUS and new.mode is SurplusMode.RETURN_TO_MEMBERS:
        shares = shared(minor, _weights(uow, fund, stays))
        _check_whole(minor, sum(part for _, part in shares))
    elif new.use is Use.REPAY_LOAN:
        minor = minor or _outstanding(uow, fund, new.fund_loan_id)
    elif new.use is Use.COVER_CALL and new.call_id is not None:
        call, left = _call_of(uow, fund, new.call_id)
        minor = minor or left
        beneficiary_id = call.debtor_id
    if minor <= 0:
        message = "say an amount of more than nothing; there is nothing to pay by itself"
        raise ValidationFailed.field("amount", "missing_field", message)
    if new.use is Use.WINDING_UP:
        _check_whole(minor, held.cash_minor)
    return Money(minor, fund.asset), beneficiary_id, shares


def owners_of(held: Holdings) -> tuple[tuple[str, int], ...]:
    """Whose own the money is, by id."""
    return tuple(sorted((held.owned_minor or {}).items()))


def nature_of(fund: Fund, new: NewPayment) -> Nature:
    """What a payment is when nobody says: what the by-laws say, what is owed, or a gift."""
    if new.nature is not None:
        return new.nature
    if new.use is Use.COVER_CALL and fund.bylaws.cover_nature is not None:
        return fund.bylaws.cover_nature
    return Nature.DUE if fund.basis.is_owned or new.use is Use.REPAY_LOAN else Nature.GIFT


def facts_of(
    uow: UnitOfWork, fund: Fund, held: Holdings, stays: Sequence[Membership], payment: Payment
) -> CommonFundFacts:
    """The payment as the rules look at it."""
    use, minor, party_id = payment.use, payment.amount.amount_minor, payment.beneficiary_id
    laws = fund.bylaws
    loan = None
    if use is Use.REPAY_LOAN:
        loan = LoanFacts(_outstanding(uow, fund, payment.fund_loan_id), 0, minor)
    surplus = None
    if use in (Use.SURPLUS, Use.WINDING_UP):
        surplus = SurplusFacts(
            mode=None if payment.mode is None else str(payment.mode),
            surplus_minor=held.surplus_minor,
            owed_minor=held.lent_minor,
            is_winding_up=use is Use.WINDING_UP,
            is_to_members=party_id in {one.party_id for one in stays},
        )
    leaver = party_id if use is Use.RETURN_ON_LEAVING else None
    return CommonFundFacts(
        on=uow.today,
        asset=fund.asset,
        profile=ShariahProfile(uow.shariah_profile),
        loan=loan,
        payment=PaymentFacts(
            use=str(use),
            amount_minor=minor,
            nature=str(payment.nature),
            allowed_uses=frozenset(map(str, laws.uses)),
            allowed_modes=frozenset(map(str, laws.surplus_modes)),
            cover_nature=None if laws.cover_nature is None else str(laws.cover_nature),
            is_owned=fund.basis.is_owned,
            is_to_institution=_is_to_institution(uow, fund, payment),
            exit_minor=None if leaver is None else _exit(uow, fund, held, leaver),
            surplus=surplus,
            beneficiary_id=party_id,
            signer_ids=tuple(one.officer_id for one in payment.signatures),
            officer_ids=frozenset(
                one.party_id for one in stays if one.left_on is None and one.role in OFFICES
            ),
        ),
    )


def _check_fields(uow: UnitOfWork, fund: Fund, new: NewPayment) -> None:
    """A use has what it needs and nothing that would be passed over."""
    goes_outward = new.mode is SurplusMode.CHARITY or (
        new.use is Use.WINDING_UP and not fund.basis.is_owned
    )
    needed = {
        "beneficiary_id": new.use in _TO_ONE or goes_outward,
        "call_id": new.use is Use.COVER_CALL,
        "fund_loan_id": new.use is Use.REPAY_LOAN,
        "mode": new.use is Use.SURPLUS,
    }
    given = {
        "beneficiary_id": new.beneficiary_id,
        "call_id": new.call_id,
        "fund_loan_id": new.fund_loan_id,
        "mode": new.mode,
    }
    for name, is_needed in needed.items():
        if is_needed and given[name] is None:
            message = f"a payment of use {new.use} names its {name}"
            raise ValidationFailed.field(name, "missing_field", message)
        if not is_needed and given[name] is not None:
            message = f"a payment of use {new.use} has no {name}: leave it out"
            raise ValidationFailed.field(name, "not_of_use", message)
    if new.nature is not None and new.use is not Use.COVER_CALL:
        message = "only the nature of a cover is chosen, by the by-laws: leave it out"
        raise ValidationFailed.field("nature", "not_of_use", message)
    if new.mode in (SurplusMode.RESERVES, SurplusMode.LOWER_CONTRIBUTIONS):
        message = f"by {new.mode} no money leaves the fund: nothing is to be paid"
        raise ValidationFailed.field("mode", "nothing_to_pay", message)
    if new.beneficiary_id is not None:
        parties.get_party(uow, new.beneficiary_id)


def _check_whole(minor: int, whole_minor: int) -> None:
    if minor != whole_minor:
        message = "the amount must be the whole, and there must be somebody whose it is"
        raise ValidationFailed.field("amount", "not_the_whole", message)


def _call_of(uow: UnitOfWork, fund: Fund, call_id: str) -> tuple[Call, int]:
    """A call on this group and what the fund has left to pay on it."""
    call = calls.get(uow, call_id)
    if call.group_id != fund.group_id:
        raise NotFound(f"{call_id} is no call on {fund.group_id}")
    share = call.share_of(COMMON_FUND)
    if share is None:
        raise NoSuchShare(f"the common fund has no share in {call_id}")
    return call, share.left_minor


def _outstanding(uow: UnitOfWork, fund: Fund, fund_loan_id: str | None) -> int:
    for loan in store_payments.loans_of(uow, fund.group_id):
        if loan.fund_loan_id == fund_loan_id:
            return loan.outstanding_minor
    raise FundLoanNotFound


def _exit(uow: UnitOfWork, fund: Fund, held: Holdings, party_id: str) -> int:
    given = store.given_by_party(uow, {fund.group_id: uow.today})
    returned = store.returned_by_party(uow, fund.group_id)
    return exit_minor(
        fund,
        held.owned(party_id),
        given.get((fund.group_id, party_id), 0),
        returned.get(party_id, 0),
    )


def _weights(uow: UnitOfWork, fund: Fund, stays: Sequence[Membership]) -> Mapping[str, int]:
    now_in = {one.party_id for one in stays if one.left_on is None}
    given = store.given_by_party(uow, {fund.group_id: uow.today})
    return {party: minor for (_, party), minor in given.items() if party in now_in}


def _is_to_institution(uow: UnitOfWork, fund: Fund, payment: Payment) -> bool:
    """Whether it goes to staff. What an owner put in himself is no claim on the fund."""
    party_id = payment.beneficiary_id
    if party_id is None or (fund.basis.is_owned and payment.use is Use.RETURN_ON_LEAVING):
        return False
    party = parties.get_party(uow, party_id)
    group = groups.get_group(uow, fund.group_id)
    users = {payment.created_by, uow.actor.user_id, group.facilitator_id}
    return groups.STAFF_KEY in party.metadata or any(
        groups.is_staff_in_person(party, user) for user in users
    )
