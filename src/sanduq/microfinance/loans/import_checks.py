"""What the institution's own records show to be wrong with loans of a portfolio file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sanduq.access import service as access
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.loans import store
from sanduq.microfinance.loans.import_cells import RowFault
from sanduq.microfinance.loans.import_rows import ImportedLoan
from sanduq.microfinance.loans.model import Loan
from sanduq.microfinance.products.model import Product
from sanduq.parties import service as parties
from sanduq.parties.model import Party

FINGERPRINT = "import_fingerprint"


def changed(
    uow: UnitOfWork, loans: Sequence[ImportedLoan], known: Mapping[str, str]
) -> Iterator[RowFault]:
    """What the file says otherwise of loans that are here; those stay as they are."""
    if not loans:
        return
    here = store.load(uow, [known[loan.external_id] for loan in loans])
    borrowers = parties.load_parties(uow, {loan.borrower_id for loan in here.values()})
    for loan in loans:
        kept = here[known[loan.external_id]]
        differences = _differences(loan, kept, borrowers[kept.borrower_id], uow.time_zone)
        if not differences and kept.metadata.get(FINGERPRINT, loan.fingerprint) != loan.fingerprint:
            differences = {"row": ("other due dates, repayments or branch", "what was imported")}
        for column, (said, stands) in differences.items():
            problem = f"the loan is here already and the file now says {said}, here is {stands}"
            yield loan.fault(column, "changed", problem, "change it here, or leave the row out")


def _differences(
    loan: ImportedLoan, kept: Loan, borrower: Party, time_zone: str
) -> dict[str, tuple[object, object]]:
    disbursed_on = kept.disbursed_at and local_date(kept.disbursed_at, time_zone)
    pairs: dict[str, tuple[object, object]] = {
        "borrower_external_id": (loan.borrower.external_id, borrower.external_id),
        "amount": (loan.amount, kept.amount),
        "service_fee": (loan.service_fee, kept.service_fee),
        "disbursed_on": (loan.disbursed_on, disbursed_on),
        "installments": (loan.terms.instalments, kept.terms.instalments),
        "frequency": (loan.terms.frequency, kept.terms.frequency),
        "first_due_date": (loan.schedule.due_on[0], kept.planned_first_due_on),
        "purpose": (loan.purpose, kept.purpose),
        "group_id": (loan.group_id, kept.group_id),
    }
    return {column: pair for column, pair in pairs.items() if pair[0] != pair[1]}


def unplaced(
    uow: UnitOfWork,
    loans: Sequence[ImportedLoan],
    offered: Mapping[Asset, Product],
    borrowers: Mapping[str, Party],
) -> list[RowFault]:
    """What the institution does not have that a loan names."""
    group_ids = groups.known_groups(uow, {loan.group_id for loan in loans if loan.group_id})
    branch_ids = access.known_branches(uow, {loan.branch_id for loan in loans if loan.branch_id})
    faults = []
    for loan in loans:
        if loan.asset not in offered:
            problem = f"no active product lends {loan.asset.code} by default"
            remedy = "have one approved, then run the import again"
            faults.append(loan.fault("currency", "not_offered", problem, remedy))
        if loan.group_id and loan.group_id not in group_ids:
            problem = f"there is no group {loan.group_id[:70]!r}"
            remedy = "make the group first, or empty the cell"
            faults.append(loan.fault("group_id", "unknown_group", problem, remedy))
        if loan.branch_id and loan.branch_id not in branch_ids:
            problem = f"there is no branch {loan.branch_id[:70]!r}"
            remedy = "open the branch first, or empty the cell"
            faults.append(loan.fault("branch_id", "unknown_branch", problem, remedy))
        party = borrowers.get(loan.borrower.external_id)
        if party is not None and _plain(party.name) != _plain(loan.borrower.name):
            problem = f"{loan.borrower.external_id!r} is here under another name, {party.party_id}"
            remedy = "give each person an external id of their own, or correct the name"
            faults.append(loan.fault("borrower_name", "other_person", problem, remedy))
    return faults


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
