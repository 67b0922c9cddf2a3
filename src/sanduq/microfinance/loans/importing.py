"""Bringing in the loans another system kept: borrowers, debts, repayments, in batches.

What is brought in is history. It is recorded as it was, against opening balances, and neither
weighed by today's terms and tiers nor approved anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork, retrying
from sanduq.kit.errors import Refusal
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.microfinance.loans import events as names
from sanduq.microfinance.loans import store
from sanduq.microfinance.loans.import_cells import RowFault
from sanduq.microfinance.loans.import_checks import FINGERPRINT, changed, unplaced
from sanduq.microfinance.loans.import_rows import ImportedBorrower, ImportedLoan
from sanduq.microfinance.loans.model import Loan, LoanStatus, LoanType
from sanduq.microfinance.loans.repayments import RepayLoan, record_repayments
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.microfinance.products import service as products
from sanduq.microfinance.products.model import Product
from sanduq.obligations.receipts.model import CashSource
from sanduq.parties import service as parties
from sanduq.parties.model import Document, NewParty, NewVerification, Party, PartyKind
from sanduq.qard import service as qard
from sanduq.qard.service import Disbursement, NewQard

IMPORT = "loan.import"
BATCH_LOANS = 200

Work = Callable[[], AbstractContextManager[UnitOfWork]]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of loans: how many came in, how many were here before, what was left out."""

    imported_count: int = 0
    repayment_count: int = 0
    known_count: int = 0
    faults: tuple[RowFault, ...] = ()

    def __add__(self, other: ImportResult) -> ImportResult:
        return ImportResult(
            self.imported_count + other.imported_count,
            self.repayment_count + other.repayment_count,
            self.known_count + other.known_count,
            self.faults + other.faults,
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """What a loan stands on once it was found to be right."""

    loan: ImportedLoan
    loan_id: str
    product: Product
    borrower_id: str
    branch_id: str


class _Undone(Exception):
    """Leaves a unit of work without committing it, and carries what it would have come to."""

    def __init__(self, result: ImportResult) -> None:
        super().__init__()
        self.result = result


def begin(uow: UnitOfWork) -> date:
    """The day that rows are read against: the institution's today.

    Refuses FORBIDDEN a user who may not import, CONFLICT an institution without tiers.
    """
    access.require_authority(uow, IMPORT, None)
    parties.list_tiers(uow)
    return uow.today


def import_portfolio(
    work: Work,
    loans: Sequence[ImportedLoan],
    *,
    is_dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """Imports loans batch by batch, each batch in one unit of work of its own.

    A batch that is refused is divided until the loans it fails for are found; they are left out
    and the others come in. So an import that was interrupted is finished by running it again.
    With `is_dry_run` everything is done and undone.
    """
    result = ImportResult()
    for start in range(0, len(loans), BATCH_LOANS):
        batch = loans[start : start + BATCH_LOANS]
        result += _import_or_divide(work, batch, is_dry_run=is_dry_run)
        if progress is not None:
            progress(len(batch))
    return result


def _import_or_divide(
    work: Work, loans: Sequence[ImportedLoan], *, is_dry_run: bool
) -> ImportResult:
    try:
        return retrying(lambda: _import_once(work, loans, is_dry_run=is_dry_run))
    except Refusal as refusal:
        if len(loans) == 1:
            return ImportResult(faults=(_refused(loans[0], refusal),))
    half = len(loans) // 2
    return _import_or_divide(work, loans[:half], is_dry_run=is_dry_run) + _import_or_divide(
        work, loans[half:], is_dry_run=is_dry_run
    )


def _import_once(work: Work, loans: Sequence[ImportedLoan], *, is_dry_run: bool) -> ImportResult:
    try:
        with work() as uow:
            result = import_loans(uow, loans)
            if is_dry_run:
                raise _Undone(result)
            return result
    except _Undone as undone:
        return undone.result


def _refused(loan: ImportedLoan, refusal: Refusal) -> RowFault:
    first = refusal.details[0] if refusal.details else {}
    problem = str(first.get("message", refusal.message))
    return loan.fault("row", refusal.code.lower(), problem, "correct the row or leave it out")


def import_loans(
    uow: UnitOfWork, loans: Sequence[ImportedLoan], *, source: CashSource = CashSource.OPENING
) -> ImportResult:
    """Imports loans with their borrowers and repayments; the number of statements is fixed.

    `source`: where the money came from and went. Loans of another system stand against opening
    balances; those our own branches wrote down on paper moved our cash.
    A loan known by its external id is counted and never changed. Left out, each with a fault: a
    known loan of which the file now says something else, a currency without a default product,
    an unknown group or branch, a borrower known under another name. Refuses, and then nothing
    is written: FORBIDDEN or LIMIT_EXCEEDED (the role), and what parties, qard and the ledger
    refuse, such as a day in a closed period.
    """
    _require_authority(uow, loans)
    known = store.known_external_ids(uow, [loan.external_id for loan in loans])
    faults = list(changed(uow, [loan for loan in loans if loan.external_id in known], known))
    fresh = [loan for loan in loans if loan.external_id not in known]
    borrowers = parties.parties_by_external_id(uow, {one.borrower.external_id for one in fresh})
    offered = _products(uow, fresh)
    faults += unplaced(uow, fresh, offered, borrowers)
    refused = {fault.row for fault in faults}
    fresh = [loan for loan in fresh if loan.row not in refused]
    if fresh:
        borrowers |= _enter_borrowers(uow, fresh, borrowers)
        places = [_place(loan, offered, borrowers) for loan in fresh]
        _enter_loans(uow, places, source)
        _enter_repayments(uow, places, source)
    return ImportResult(
        imported_count=len(fresh),
        repayment_count=sum(len(loan.repayments) for loan in fresh),
        known_count=len(known),
        faults=tuple(faults),
    )


def _place(
    loan: ImportedLoan, offered: Mapping[Asset, Product], borrowers: Mapping[str, Party]
) -> _Place:
    borrower = borrowers[loan.borrower.external_id]
    branch_id = loan.branch_id or borrower.branch_id
    return _Place(loan, new_id("mfl"), offered[loan.asset], borrower.party_id, branch_id)


def _require_authority(uow: UnitOfWork, loans: Sequence[ImportedLoan]) -> None:
    for asset in sorted({loan.asset for loan in loans}, key=str):
        largest = max(loan.amount.amount_minor for loan in loans if loan.asset == asset)
        access.require_authority(uow, IMPORT, Money(largest, asset))


def _products(uow: UnitOfWork, loans: Sequence[ImportedLoan]) -> dict[Asset, Product]:
    """The product that takes the loans of each currency; currencies without one are left out."""
    found = {
        asset: products.default_product(uow, str(LoanType.QARD_HASAN), asset)
        for asset in sorted({loan.asset for loan in loans}, key=str)
    }
    return {asset: product for asset, product in found.items() if product is not None}


def _enter_borrowers(
    uow: UnitOfWork, loans: Sequence[ImportedLoan], known: Mapping[str, Party]
) -> dict[str, Party]:
    """Enters the borrowers that are not here yet, on the tier their papers allow."""
    wanted: dict[str, tuple[ImportedBorrower, str | None]] = {}
    for loan in loans:
        if loan.borrower.external_id not in known:
            wanted.setdefault(loan.borrower.external_id, (loan.borrower, loan.branch_id))
    entered = parties.create_parties(
        uow,
        [
            NewParty(
                PartyKind.PERSON, one.name, external_id=one.external_id, birth_on=one.birth_on,
                gender=one.gender, phone=one.phone, branch_id=branch_id,
            )
            for one, branch_id in wanted.values()
        ],
    )  # fmt: skip
    made = {str(party.external_id): party for party in entered}
    papers = [
        NewVerification(made[key].party_id, [Document("national_id", one.national_id)])
        for key, (one, _) in wanted.items()
        if one.national_id is not None
    ]
    if papers:
        parties.record_verifications(uow, papers)
    return made


def _enter_loans(uow: UnitOfWork, places: Sequence[_Place], source: CashSource) -> None:
    """Writes contracts, loans and debts. The other side is opening balances (3090) or cash."""
    contracts = qard.agree(
        uow,
        [
            NewQard(
                place.loan_id, place.borrower_id, place.branch_id, place.loan.amount,
                place.loan.service_fee.amount_minor, place.product.component_order, None,
            )
            for place in places
        ],
    )  # fmt: skip
    pairs = list(zip(places, contracts, strict=True))
    ids = [place.loan_id for place in places]
    store.insert(uow, [_loan(uow, place, contract.qard_id) for place, contract in pairs])
    qard.disburse(
        uow,
        [
            Disbursement(contract.qard_id, place.loan.disbursed_on, place.loan.schedule, source)
            for place, contract in pairs
        ],
    )
    store.set_disbursed(
        uow, ids,
        at=[_noon(uow, place.loan.disbursed_on) for place in places],
        first_due_on=[place.loan.schedule.due_on[0] for place in places],
    )  # fmt: skip
    written = store.load(uow, ids)
    audit.record(
        uow,
        [
            Deed("loan.imported", place.loan_id, None, {"external_id": place.loan.external_id})
            for place in places
        ],
    )
    events.record(
        uow, [Event(names.IMPORTED, loan_id, loan_out(written[loan_id])) for loan_id in ids]
    )


def _loan(uow: UnitOfWork, place: _Place, contract_id: str) -> Loan:
    imported = place.loan
    return Loan(
        loan_id=place.loan_id,
        external_id=imported.external_id,
        type=LoanType.QARD_HASAN,
        status=LoanStatus.DISBURSED,
        contract_id=contract_id,
        product_id=place.product.product_id,
        borrower_id=place.borrower_id,
        group_id=imported.group_id,
        branch_id=place.branch_id,
        asset=imported.asset,
        amount_minor=imported.amount.amount_minor,
        service_fee_minor=imported.service_fee.amount_minor,
        purpose=imported.purpose,
        purpose_description=None,
        terms=imported.terms,
        instalment_minor=imported.schedule.lines[0].total_minor,
        planned_first_due_on=imported.schedule.due_on[0],
        metadata={FINGERPRINT: imported.fingerprint},
        reason=None,
        created_at=_noon(uow, imported.disbursed_on),
        created_by=uow.actor.user_id,
        # Whoever approved it did so elsewhere; no one here may be named for it.
        approved_at=None,
        approved_by=None,
        disbursed_at=None,
        disbursed_by=None,
        closed_at=None,
        version=1,
        officer_id=uow.actor.user_id,
        repayable_minor=imported.amount.amount_minor + imported.service_fee.amount_minor,
    )


def _noon(uow: UnitOfWork, day: date) -> datetime:
    """Midday where the institution lives, so that lists sort by day; never in the future."""
    noon = datetime.combine(day, time(12), ZoneInfo(uow.time_zone)).astimezone(UTC)
    return min(noon, uow.now)


def _enter_repayments(uow: UnitOfWork, places: Sequence[_Place], source: CashSource) -> None:
    """A sum whose days nobody knows is dated today and says so."""
    commands = [
        RepayLoan(
            place.loan_id,
            each.amount,
            received_on=each.received_on,
            method="imported",
            reference=None if each.received_on else "paid before the import",
            external_id=f"{place.loan.external_id}:{number}",
            source=source,
        )
        for place in places
        for number, each in enumerate(place.loan.repayments, start=1)
    ]
    if commands:
        record_repayments(uow, commands, is_all_or_nothing=True)
