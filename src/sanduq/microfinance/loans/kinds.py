"""The kinds of loan: what each does at the points where all loans do the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sanduq.kit.db import UnitOfWork
from sanduq.ledger.model import Entry, Journal
from sanduq.microfinance.loans.agreed import Agreed
from sanduq.microfinance.loans.ijarah import service as ijarah
from sanduq.microfinance.loans.intake import Basis
from sanduq.microfinance.loans.model import Application, Loan, LoanType
from sanduq.microfinance.loans.murabaha import profit as murabaha_profit
from sanduq.microfinance.loans.murabaha import service as murabaha
from sanduq.microfinance.loans.owing import Owing, RebateOffer
from sanduq.microfinance.loans.qard_hasan import service as qard_hasan
from sanduq.microfinance.loans.qard_hasan.contract import contract_of as qard_contract_of
from sanduq.microfinance.loans.salam import service as salam
from sanduq.obligations.model import Debt
from sanduq.obligations.receipts.model import Parts, PayDebt, Repayment
from sanduq.obligations.receipts.service import JournalOf
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import Obligation
from sanduq.qard import service as qard
from sanduq.shariah.model import Evaluation


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of loan.

    `agree` weighs an application and writes its contract; `recheck` runs the rules again before
    approval; `cancel` ends a contract before money moved; `disburse` does the step that pays out
    (told whether the disclosure was acknowledged), or refuses with the step that is missing;
    `rules_of_schedule` runs the rules of agreeing instalments anew; `journal_of` says what a
    payment on the debt does to the accounts; `clear` gives the entries that take an amount of
    principal and fee off the books, whoever bears it.

    Where the debt alone does not say it, `journals_of` reads the contracts and takes the place of
    `journal_of`, and `taken_back` gives what is posted beside the reversal of a receipt.
    `still_running` names the contracts that go on although their debt is paid.

    `contract_of` renders the contract behind the loan; `owing` tells a statement how the debt came
    about, where one line does not say it; `rebate_offer` says what comes off by settling early;
    `offer` weighs a trade without writing anything.
    """

    agree: Callable[[UnitOfWork, str, Application, Basis], Agreed]
    recheck: Callable[[UnitOfWork, Loan, Basis], list[Evaluation]]
    cancel: Callable[[UnitOfWork, Loan], None]
    disburse: Callable[[UnitOfWork, Loan, Basis, bool], None]
    rules_of_schedule: Callable[[UnitOfWork, Loan, Basis, Debt, Schedule], list[Evaluation]]
    contract_of: Callable[[UnitOfWork, Loan], dict[str, Any]]
    journal_of: JournalOf | None
    clear: Callable[[UnitOfWork, Obligation, int, int], tuple[Entry, ...]]
    journals_of: Callable[[UnitOfWork, Sequence[str]], JournalOf] | None = None
    taken_back: Callable[[UnitOfWork, Repayment, Journal], list[Journal]] | None = None
    still_running: Callable[[UnitOfWork, Sequence[str]], frozenset[str]] | None = None
    owing: Callable[[UnitOfWork, Loan, date], list[Owing]] | None = None
    rebate_offer: Callable[[UnitOfWork, Loan, date], RebateOffer | None] | None = None
    offer: Callable[[UnitOfWork, Application, Basis], Agreed] | None = None


KINDS: Mapping[LoanType, Kind] = {
    LoanType.QARD_HASAN: Kind(
        qard_hasan.agree, qard_hasan.recheck, qard_hasan.cancel, qard_hasan.disburse,
        qard_hasan.rules_of_schedule, qard_contract_of, qard.journal_of, qard.clear,
    ),
    LoanType.MURABAHA_MICRO: Kind(
        murabaha.agree, murabaha.recheck, murabaha.cancel, murabaha.disburse,
        murabaha.rules_of_schedule, murabaha.contract_of, None, murabaha.clear,
        murabaha.journals_of, murabaha_profit.taken_back,
        owing=murabaha.owing, rebate_offer=murabaha.rebate_offer, offer=murabaha.offer,
    ),
    LoanType.SERVICE_IJARAH: Kind(
        ijarah.agree, ijarah.recheck, ijarah.cancel, ijarah.disburse, ijarah.rules_of_schedule,
        ijarah.contract_of, None, ijarah.clear, ijarah.journals_of, ijarah.taken_back,
        ijarah.still_running, ijarah.owing, offer=ijarah.offer,
    ),
    LoanType.SALAM_MICRO: Kind(
        salam.agree, salam.recheck, salam.cancel, salam.disburse, salam.rules_of_schedule,
        salam.contract_of, salam.journal_of, salam.clear, still_running=salam.owing_goods,
        offer=salam.offer,
    ),
}  # fmt: skip


def journals_of(uow: UnitOfWork, loans: Iterable[Loan]) -> JournalOf:
    """What payments on the debts of these loans do to the accounts, each by its own kind."""
    by_type: dict[LoanType, list[str]] = {}
    for loan in loans:
        by_type.setdefault(loan.type, []).append(loan.contract_id)
    makers: dict[str, JournalOf] = {}
    for loan_type, ids in sorted(by_type.items()):
        kind = KINDS[loan_type]
        maker = kind.journal_of if kind.journals_of is None else kind.journals_of(uow, ids)
        assert maker is not None
        makers.update(dict.fromkeys(ids, maker))

    def journal_of(command: PayDebt, obligation: Obligation, parts: Parts) -> Journal:
        return makers[command.obligation_id](command, obligation, parts)

    return journal_of


def going_on(uow: UnitOfWork, loans: Iterable[Loan]) -> frozenset[str]:
    """Contracts of these loans that go on although their debt is paid, such as leases."""
    found: frozenset[str] = frozenset()
    by_type: dict[LoanType, list[str]] = {}
    for loan in loans:
        by_type.setdefault(loan.type, []).append(loan.contract_id)
    for loan_type, ids in by_type.items():
        asked = KINDS[loan_type].still_running
        found |= frozenset() if asked is None else asked(uow, ids)
    return found
