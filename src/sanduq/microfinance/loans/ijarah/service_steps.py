"""Steps of a lease up to its delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import LimitExceeded, ValidationFailed
from sanduq.kit.money import Asset, Money
from sanduq.ledger import service as ledger
from sanduq.microfinance.loans import store as loans_store
from sanduq.microfinance.loans.errors import ApproverMayNotDisburse
from sanduq.microfinance.loans.ijarah import events, postings, store
from sanduq.microfinance.loans.ijarah.errors import AssetNotInStock
from sanduq.microfinance.loans.ijarah.facts import Action, IjarahFacts, Let, Purchase, Transfer
from sanduq.microfinance.loans.ijarah.model import Lease, LeaseStatus, Step, TransferKind
from sanduq.microfinance.loans.ijarah.model_rents import (
    Rent,
    debt_schedule,
    depreciation_months,
    month_end,
    owed_minor,
    plan_rents,
)
from sanduq.microfinance.loans.ijarah.reading import LeaseView, covered_rents, lease_of, view
from sanduq.microfinance.loans.ijarah.rules import evaluate
from sanduq.microfinance.loans.ijarah.service import as_application
from sanduq.microfinance.loans.ijarah.step_commands import Acquisition, Delivery
from sanduq.microfinance.loans.ijarah.stepping import (
    STEP,
    check,
    enter,
    fact_of,
    finish,
    lease_loan,
    locked,
    step_day,
    step_facts,
)
from sanduq.microfinance.loans.intake import admit, common_facts
from sanduq.microfinance.loans.model import Loan, LoanStatus
from sanduq.obligations import service as obligations
from sanduq.obligations.model import Debt
from sanduq.obligations.service import NewDebt
from sanduq.parties import service as parties
from sanduq.shariah import service as shariah


def get_lease(uow: UnitOfWork, loan_id: str) -> LeaseView:
    """The lease behind a loan. Refuses NOT_FOUND."""
    return view(uow, lease_loan(uow, loan_id))


def list_rents(uow: UnitOfWork, loan_id: str) -> tuple[LeaseView, list[tuple[Rent, int]]]:
    """The rents of a lease with what is paid of each; none before delivery. Refuses NOT_FOUND."""
    found = get_lease(uow, loan_id)
    return found, covered_rents(uow, found)


def currency_of(uow: UnitOfWork, loan_id: str) -> Asset:
    """What the amounts of a lease are counted in. Refuses NOT_FOUND."""
    return lease_loan(uow, loan_id).asset


def acquire(
    uow: UnitOfWork, loan_id: str, command: Acquisition, *, etag: str | None = None
) -> LeaseView:
    """The institution comes to own what it will let: bought, or taken out of its stock.

    Refuses FORBIDDEN who approved the loan and roles without authority; NOT_FOUND an unknown
    supplier; LIMIT_EXCEEDED a price above the approved amount; SHARIAH_VIOLATION a purchase from
    the lessee made conditional (IJR-02) or an asset let already (IJR-16); FUNDS_INSUFFICIENT.
    """
    loan, lease = enter(uow, loan_id, Step.ACQUIRE, etag)
    if uow.actor.user_id == loan.approved_by:
        raise ApproverMayNotDisburse
    on = step_day(uow, command.on, None, "date")
    if command.returned_from is not None:
        return _take_over(uow, loan, lease, command, command.returned_from, on)
    price_minor = command.price_minor or 0
    price = Money(price_minor, lease.asset)
    access.require_authority(uow, STEP, price)
    if price_minor > loan.amount_minor:
        raise LimitExceeded(
            f"{price} is more than the {loan.amount} approved for this asset; have the lease"
            " approved anew at that price"
        )
    if price_minor == 0:
        raise ValidationFailed.field("price", "not_positive", "price must be more than zero")
    assert command.supplier_id is not None
    parties.get_party(uow, command.supplier_id)
    after = lease.after(
        status=LeaseStatus.ACQUIRED,
        supplier_id=command.supplier_id,
        asset_reference=command.asset_reference or lease.asset_reference,
        cost_minor=price_minor,
        acquired_on=on,
    )
    _check_acquired(uow, loan, after, command)
    journal = postings.acquisition(after, price_minor, on)
    details = {
        "supplier_id": command.supplier_id,
        "invoice": command.invoice,
        "agent_id": command.agent_id,
        "is_conditional_on_lease": command.is_conditional_on_lease,
    }
    fact = fact_of(
        uow, after, Step.ACQUIRE, on, document=command.document, amount_minor=price_minor,
        journal=journal, details=details,
    )  # fmt: skip
    return finish(uow, after, fact, events.ACQUIRED, [journal])


def _take_over(
    uow: UnitOfWork, loan: Loan, lease: Lease, command: Acquisition, former_loan_id: str, on: date
) -> LeaseView:
    access.require_authority(uow, STEP, loan.amount)
    former_loan = lease_loan(uow, former_loan_id)
    former = lease_of(uow, former_loan.contract_id, is_locked=True)
    is_in_stock = former.status in (LeaseStatus.RETURNED, LeaseStatus.ENDED) and former.cost_minor
    if not is_in_stock or former.asset != lease.asset:
        raise AssetNotInStock
    after = lease.after(
        status=LeaseStatus.ACQUIRED,
        supplier_id=former.supplier_id,
        asset_reference=former.asset_reference,
        cost_minor=former.cost_minor,
        depreciated_minor=former.depreciated_minor,
        acquired_on=former.acquired_on,
    )
    _check_acquired(uow, loan, after, command)
    journal = postings.taken_over(after, former, on)
    emptied = former.after(
        cost_minor=0, depreciated_minor=0, depreciable_minor=0, next_depreciation_on=None
    )
    store.save(uow, [emptied])
    fact = fact_of(
        uow, after, Step.ACQUIRE, on, document=command.document,
        amount_minor=after.carrying_minor, journal=journal,
        details={"returned_from": former_loan_id},
    )  # fmt: skip
    return finish(uow, after, fact, events.ACQUIRED, [journal])


def _check_acquired(uow: UnitOfWork, loan: Loan, lease: Lease, command: Acquisition) -> None:
    reference = lease.asset_reference
    purchase = Purchase(
        is_from_lessee=lease.is_sale_and_lease_back,
        is_conditional_on_lease=command.is_conditional_on_lease,
        is_by_lessee_as_agent=command.agent_id == loan.borrower_id,
    )
    facts = step_facts(
        uow, lease,
        purchase=purchase,
        acquired_on=lease.acquired_on,
        planned=Let(lease.ijarah_id, uow.today, None) if reference else None,
        other_lets=tuple(store.other_lets(uow, reference, lease.ijarah_id)) if reference else (),
    )  # fmt: skip
    check(uow, lease, Action.ACQUIRE, facts, command)


def deliver(
    uow: UnitOfWork, loan_id: str, command: Delivery, *, etag: str | None = None
) -> LeaseView:
    """The asset is handed over: rent begins that day, and the debt of the rents arises.

    Refuses FORBIDDEN who approved the loan and roles without authority; SHARIAH_VIOLATION an
    asset not owned (IJR-01) or rent before delivery (IJR-04); VALIDATION_ERROR a day ahead.
    """
    loan, lease = locked(uow, loan_id, etag)
    if lease.status is LeaseStatus.AGREED and loan.status is LoanStatus.APPROVED:
        # The rule itself says no here, rather than the order of steps.
        _refuse_unowned(uow, lease)
    loan, lease = enter(uow, loan_id, Step.DELIVER, None)
    if uow.actor.user_id == loan.approved_by:
        raise ApproverMayNotDisburse
    access.require_authority(uow, STEP, loan.amount)
    on = step_day(uow, command.on, lease.acquired_on)
    terms = replace(lease.terms, asset_reference=lease.asset_reference)
    application = as_application(loan, terms)
    basis = admit(uow, application, is_renewed=True)
    rents = plan_rents(
        terms, lease.clauses, on, working_days=basis.rule.working_days,
        calendar=basis.rule.calendar,
    )  # fmt: skip
    reference = lease.asset_reference
    facts = IjarahFacts(
        **common_facts(uow, application, basis),
        instalment_total_minor=owed_minor(rents),
        contract_amount_minor=terms.rental_total_minor,
        clauses=lease.clauses,
        terms=terms,
        acquired_on=lease.acquired_on,
        leased_on=on,
        delivered_on=on,
        rent_starts_on=rents[0].starts_on,
        planned=Let(lease.ijarah_id, on, rents[-1].ends_on) if reference else None,
        other_lets=tuple(store.other_lets(uow, reference, lease.ijarah_id)) if reference else (),
        transfer=_conditional_gift(uow, command) if lease.is_gift_conditional else None,
    )
    check(uow, lease, Action.DELIVER, facts, command)
    return _begin(uow, loan, lease, command, rents, on)


def _conditional_gift(uow: UnitOfWork, command: Delivery) -> Transfer:
    """The gift that hangs on the rents is made with the lease, in a document of its own."""
    return Transfer(
        kind=TransferKind.GIFT,
        document=command.gift_document,
        lease_document=command.document,
        effective_on=uow.today,
        has_new_contract=False,
        is_conditional_gift=True,
        unpaid_minor=0,
    )


def _refuse_unowned(uow: UnitOfWork, lease: Lease) -> None:
    facts = step_facts(
        uow, lease, leased_on=uow.today, delivered_on=uow.today, rent_starts_on=uow.today
    )
    findings = [f for item in evaluate(facts, Action.DELIVER) for f in item.findings]
    shariah.enforce([finding for finding in findings if finding.rule_id == "IJR-01"])


def _begin(
    uow: UnitOfWork,
    loan: Loan,
    lease: Lease,
    command: Delivery,
    rents: Sequence[Rent],
    on: date,
) -> LeaseView:
    ends_on = rents[-1].ends_on
    depreciable_minor = max(0, lease.carrying_minor - lease.terms.residual_minor)
    after = lease.after(
        status=LeaseStatus.DELIVERED,
        delivered_on=on,
        ends_on=ends_on,
        lease_document=command.document,
        gift_document=command.gift_document,
        depreciable_minor=depreciable_minor,
        depreciation_months=depreciation_months(on, ends_on),
        next_depreciation_on=month_end(on, 1, ends_on),
    )
    store.insert_rents(uow, lease.ijarah_id, rents)
    schedule = debt_schedule(1, rents, 0)
    debt = Debt(lease.ijarah_id, lease.asset, schedule)
    obligations.open_debts(
        uow, [NewDebt(debt, lease.lessee_id, lease.branch_id, on)], reason="delivered"
    )
    # Payments do not open accounts: those a lease may need are opened before the first one.
    ledger.open_accounts(uow, postings.places(after))
    loans_store.set_disbursed(uow, [loan.loan_id], at=[uow.now], first_due_on=[schedule.due_on[0]])
    fact = fact_of(
        uow, after, Step.DELIVER, on, document=command.document,
        details={"condition": command.condition},
    )  # fmt: skip
    return finish(uow, after, fact, events.DELIVERED, status=LoanStatus.DISBURSED)
