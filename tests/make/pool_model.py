"""A pool and its loans as a pure model: whose money is where. Amounts in cents.

Worked out its own way: what is lent is added up loan by loan, never from what moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

OWN, ZAKAT = "own", "zakat"
RUNNING = ("DISBURSED", "REPAYING", "DEFAULTED")


@dataclass
class ModelPayment:
    principal: int
    fee: int
    is_reversed: bool = False


@dataclass
class ModelPoolLoan:
    """One instalment of principal and fee; `owed` falls by payments and by what is given up."""

    fund: str
    principal: int
    fee: int
    status: str = "DISBURSED"
    is_borne_by_givers: bool = False
    payments: dict[str, ModelPayment] = field(default_factory=dict)

    @property
    def _paid(self) -> list[ModelPayment]:
        return [one for one in self.payments.values() if not one.is_reversed]

    @property
    def principal_owed(self) -> int:
        return self.principal - sum(one.principal for one in self._paid)

    @property
    def fee_owed(self) -> int:
        return self.fee - sum(one.fee for one in self._paid)

    @property
    def owed(self) -> int:
        return self.principal_owed + self.fee_owed

    def parts(self, amount: int) -> ModelPayment:
        """A payment divides as the instalment does, the fee rounded half-even."""
        total, before = self.principal + self.fee, sum(one.fee for one in self._paid)
        paid = total - self.owed + amount
        fee = min(max(round(Fraction(self.fee * paid, total)) - before, 0), amount)
        return ModelPayment(amount - fee, fee)

    def give_up(self, amount: int) -> int:
        """The principal that goes when so much is forgiven, the fee going first."""
        fee = min(amount, self.fee_owed)
        self.fee -= fee
        self.principal -= amount - fee
        return amount - fee


@dataclass
class ModelSource:
    """The money of one fund: `home` is free of pools, `cash` lies in this one.

    `placed` is net of what was withdrawn, `returned` of what was taken back.
    """

    home: int
    placed: int = 0
    cash: int = 0
    lent: int = 0
    returned: int = 0
    lost: int = 0

    def move(self, amount: int) -> None:
        """Into the pool, or out of it below zero."""
        self.home -= amount
        self.placed += amount
        self.cash += amount

    def take_in(self, amount: int) -> None:
        self.cash += amount
        self.returned += amount


@dataclass
class ModelPool:
    """Sources in the order in which they are drawn on, and loans by id."""

    sources: dict[str, ModelSource] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    loans: dict[str, ModelPoolLoan] = field(default_factory=dict)

    def out(self, fund: str) -> int:
        """What is lent of a fund's money and still on the books."""
        return sum(
            loan.principal_owed
            for loan in self.loans.values()
            if loan.fund == fund and loan.status in RUNNING
        )

    def covering(self, amount: int) -> str | None:
        return next((each for each in self.order if self.sources[each].cash >= amount), None)

    @property
    def revolved_bp(self) -> int | None:
        held = [self.sources[fund] for fund in self.order]
        capital = sum(one.placed - one.lost for one in held)
        return sum(one.lent for one in held) * 10_000 // capital if capital > 0 else None

    def lend(self, loan_id: str, fund: str, principal: int, fee: int) -> None:
        self.loans[loan_id] = ModelPoolLoan(fund, principal, fee)
        self.sources[fund].cash -= principal
        self.sources[fund].lent += principal

    def repay(self, loan: ModelPoolLoan, repayment_id: str, amount: int) -> None:
        """The principal is the source's again; the fee was never its."""
        part = loan.parts(amount)
        loan.payments[repayment_id] = part
        self.sources[loan.fund].take_in(part.principal)
        loan.status = "REPAYING" if loan.owed else "COMPLETED"

    def reverse(self, loan: ModelPoolLoan, one: ModelPayment) -> str | None:
        """The code of the refusal, or nothing once the payment never was."""
        if one.is_reversed or loan.status not in ("REPAYING", "COMPLETED", "DEFAULTED"):
            return "CONFLICT"
        if one.principal > self.sources[loan.fund].cash:
            return "FUNDS_INSUFFICIENT"
        one.is_reversed = True
        self.sources[loan.fund].take_in(-one.principal)
        if loan.status != "DEFAULTED":
            has_payments = any(not each.is_reversed for each in loan.payments.values())
            loan.status = "REPAYING" if has_payments else "DISBURSED"
        return None

    def write_off(self, loan: ModelPoolLoan, bearer: str | None) -> str | None:
        """Givers bear the loss of their own money, save of zakat; others are made whole."""
        if loan.status not in RUNNING:
            return "CONFLICT"
        loan.status = "DEFAULTED"
        if bearer is None and loan.fund == ZAKAT:
            return "SHARIAH_VIOLATION"
        self._bear(loan, loan.principal_owed, is_made_whole=bearer == OWN)
        loan.is_borne_by_givers = bearer is None and loan.fund != OWN
        loan.status = "WRITTEN_OFF"
        return None

    def forgive(self, loan: ModelPoolLoan, amount: int) -> None:
        """It is the institution that gives, save where the loss was borne before."""
        principal = loan.give_up(amount)
        if loan.status == "WRITTEN_OFF":
            return
        self._bear(loan, principal, is_made_whole=True)
        if loan.owed == 0:
            loan.status = "COMPLETED"

    def _bear(self, loan: ModelPoolLoan, principal: int, *, is_made_whole: bool) -> None:
        source = self.sources[loan.fund]
        if is_made_whole and loan.fund != OWN:
            source.take_in(principal)
        else:
            source.lost += principal

    def recover(self, loan: ModelPoolLoan, repayment_id: str, amount: int) -> None:
        """It comes back to whoever bore the loss: to the pool, or to the branch if that was us."""
        part = loan.parts(amount)
        loan.payments[repayment_id] = part
        if loan.is_borne_by_givers:
            self.sources[loan.fund].take_in(part.principal)
            self.sources[loan.fund].lost -= part.principal
