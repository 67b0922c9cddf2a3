"""Wire shapes of the ledger. Amounts read as the account's class does: what grew is positive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Output,
    PageQuery,
    Text,
    date,
    datetime,
    number,
)
from sanduq.ledger.model import (
    Account,
    Balance,
    Capital,
    JournalEntry,
    Period,
    PostedJournal,
    StatementLine,
    TrialLine,
)
from sanduq.ledger.verify import VerifyReport


class AccountFilters(PageQuery):
    code: Annotated[str, Field(pattern=r"^[0-9]{4}$")] | None = None
    fund: ExternalId | None = None
    currency: Currency | None = None
    subject: ExternalId | None = None


class StatementFilters(PageQuery):
    from_on: Annotated[IsoDate | None, Field(alias="from")] = None
    to_on: Annotated[IsoDate | None, Field(alias="to")] = None


class EntryFilters(PageQuery):
    account_id: ExternalId | None = None
    reference: Text | None = None
    journal_id: ExternalId | None = None


class PeriodIn(Input):
    starts_on: IsoDate
    ends_on: IsoDate


class CapitalIn(Input):
    amount: AmountIn
    currency: Currency
    memo: Text | None = None


class AccountOut(Output):
    id: str
    code: str
    name: str
    currency: str
    fund: str
    account_class: str
    subject: str | None
    floor: AmountOut | None
    balance: AmountOut
    version: int
    opened_at: datetime


class AccountList(ListOutput):
    data: list[AccountOut]


class BalanceOut(Output):
    account_id: str
    currency: str
    balance: AmountOut
    at: datetime | None
    on: date | None


class StatementLineOut(Output):
    journal_id: str
    kind: str
    effective_on: date
    recorded_at: datetime
    reference: str | None
    memo: str | None
    debit: AmountOut | None
    credit: AmountOut | None
    balance_after: AmountOut
    version: int


class StatementList(ListOutput):
    data: list[StatementLineOut]


class EntryOut(Output):
    line: int
    account_id: str
    code: str
    currency: str
    fund: str
    debit: AmountOut | None
    credit: AmountOut | None


class JournalOut(Output):
    id: str
    sequence: int
    kind: str
    effective_on: date
    recorded_at: datetime
    actor: str
    reference: str | None
    memo: str | None
    reverses: str | None
    reversed_by: str | None
    entries: list[EntryOut]


class JournalList(ListOutput):
    data: list[JournalOut]


class TrialLineOut(Output):
    code: str
    name: str
    account_class: str
    currency: str
    fund: str
    debit: AmountOut
    credit: AmountOut


class TrialTotalOut(Output):
    currency: str
    fund: str
    debit: AmountOut
    credit: AmountOut


class TrialBalanceOut(Output):
    as_of: date | None
    lines: list[TrialLineOut]
    totals: list[TrialTotalOut]


class PeriodOut(Output):
    starts_on: date
    ends_on: date
    closed_at: datetime
    closed_by: str


class PeriodsOut(Output):
    data: list[PeriodOut]


class CapitalOut(Output):
    id: str
    reference: str
    amount: AmountOut
    currency: str
    memo: str | None
    status: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    journal_id: str | None


class CheckOut(Output):
    name: str
    is_sound: bool
    subject: str | None
    message: str | None


class VerifyOut(Output):
    is_coherent: bool
    block_seq: int
    journal_seq: int
    checks: list[CheckOut]


class BalanceQuery(Input):
    """One moment: an instant as the books stood then, or a day as things took effect."""

    at: AwareDatetime | None = None
    on: IsoDate | None = None

    def checked(self) -> BalanceQuery:
        """Refuses VALIDATION_ERROR when both are sent."""
        if self.at is not None and self.on is not None:
            raise ValidationFailed.field("on", "two_moments", "send at or on, not both")
        return self


def account_out(balance: Balance) -> dict[str, Any]:
    account = balance.account
    floor = account.floor_minor
    return AccountOut(
        id=account.account_id,
        code=account.code,
        name=account.name,
        currency=account.asset.code,
        fund=account.fund,
        account_class=str(account.account_class),
        subject=account.subject,
        floor=None if floor is None else number(Money(floor, account.asset)),
        balance=number(balance.normal),
        version=balance.version,
        opened_at=account.opened_at,
    ).model_dump()


def balance_out(balance: Balance, query: BalanceQuery) -> dict[str, Any]:
    return BalanceOut(
        account_id=balance.account.account_id,
        currency=balance.account.asset.code,
        balance=number(balance.normal),
        at=query.at,
        on=query.on,
    ).model_dump()


def statement_line_out(account: Account, line: StatementLine) -> dict[str, Any]:
    debit, credit = _sides(line.amount_minor, account.asset)
    after = Balance(account, line.balance_after_minor, line.version_after)
    return StatementLineOut(
        journal_id=line.journal_id,
        kind=line.kind,
        effective_on=line.effective_on,
        recorded_at=line.recorded_at,
        reference=line.reference,
        memo=line.memo,
        debit=debit,
        credit=credit,
        balance_after=number(after.normal),
        version=line.version_after,
    ).model_dump()


def journal_out(journal: PostedJournal) -> dict[str, Any]:
    return JournalOut(
        id=journal.journal_id,
        sequence=journal.journal_seq,
        kind=journal.kind,
        effective_on=journal.effective_on,
        recorded_at=journal.recorded_at,
        actor=journal.actor,
        reference=journal.reference,
        memo=journal.memo,
        reverses=journal.reverses,
        reversed_by=journal.reversed_by,
        entries=[_entry_out(entry) for entry in journal.entries],
    ).model_dump()


def trial_balance_out(lines: Sequence[TrialLine], as_of: date | None) -> dict[str, Any]:
    return TrialBalanceOut(
        as_of=as_of,
        lines=[
            TrialLineOut(
                code=line.code,
                name=line.name,
                account_class=str(line.account_class),
                currency=line.asset.code,
                fund=line.fund,
                debit=number(Money(line.debit_minor, line.asset)),
                credit=number(Money(line.credit_minor, line.asset)),
            )
            for line in lines
        ],
        totals=_totals(lines),
    ).model_dump()


def period_out(period: Period) -> dict[str, Any]:
    return PeriodOut(
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        closed_at=period.closed_at,
        closed_by=period.closed_by,
    ).model_dump()


def periods_out(periods: Iterable[Period]) -> dict[str, Any]:
    return {"data": [period_out(period) for period in periods]}


def capital_out(capital: Capital) -> dict[str, Any]:
    approval = capital.approval
    return CapitalOut(
        id=approval.approval_id,
        reference=approval.subject_id,
        amount=number(capital.amount),
        currency=capital.amount.asset.code,
        memo=capital.memo,
        status=str(approval.status),
        requested_by=approval.maker_id,
        requested_at=approval.requested_at,
        decided_by=approval.checker_id,
        decided_at=approval.decided_at,
        journal_id=capital.journal_id,
    ).model_dump()


def verify_out(report: VerifyReport) -> dict[str, Any]:
    return VerifyOut(
        is_coherent=report.is_coherent,
        block_seq=report.block_seq,
        journal_seq=report.journal_seq,
        checks=[
            CheckOut(
                name=check.name,
                is_sound=check.finding is None,
                subject=check.finding.subject if check.finding else None,
                message=check.finding.message if check.finding else None,
            )
            for check in report.checks
        ],
    ).model_dump()


def _entry_out(entry: JournalEntry) -> EntryOut:
    debit, credit = _sides(entry.amount_minor, entry.asset)
    return EntryOut(
        line=entry.line,
        account_id=entry.account_id,
        code=entry.code,
        currency=entry.asset.code,
        fund=entry.fund,
        debit=debit,
        credit=credit,
    )


def _sides(amount_minor: int, asset: Asset) -> tuple[Any, Any]:
    """Debit and credit of one line: one of them, the other empty."""
    if amount_minor > 0:
        return number(Money(amount_minor, asset)), None
    return None, number(Money(-amount_minor, asset))


def _totals(lines: Sequence[TrialLine]) -> list[TrialTotalOut]:
    sums: dict[tuple[Asset, str], tuple[int, int]] = {}
    for line in lines:
        debit, credit = sums.get((line.asset, line.fund), (0, 0))
        sums[line.asset, line.fund] = (debit + line.debit_minor, credit + line.credit_minor)
    return [
        TrialTotalOut(
            currency=asset.code,
            fund=fund,
            debit=number(Money(debit, asset)),
            credit=number(Money(credit, asset)),
        )
        for (asset, fund), (debit, credit) in sorted(
            sums.items(), key=lambda item: (item[0][0].code, item[0][1])
        )
    ]
