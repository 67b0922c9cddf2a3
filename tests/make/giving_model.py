"""What was given and where it went as a pure model: each fund is a number. Amounts in cents.

Every step answers with the code of its refusal, and then nothing of the model has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ZAKAT, CHARITY = "zakat", "charity"
RELIEF = frozenset({"absorb_default", "third_party_payment"})
USES = {
    "general": RELIEF | {"subsidise_cost", "grant"},
    "debt_relief": RELIEF,
    "education": frozenset({"grant"}),
}
PURPOSES = tuple(USES)


def fund_of(purpose: str) -> str:
    return f"sadaqah:{purpose}"


@dataclass
class ModelGift:
    purpose: str
    minor: int
    pledge_id: str | None = None
    status: str = "PENDING"
    released: int = 0


@dataclass
class ModelPledge:
    """So much each month for so many months."""

    purpose: str
    minor: int
    months: int
    received: int = 0
    status: str = "ACTIVE"


@dataclass
class ModelCharityPayment:
    minor: int
    status: str = "PENDING_APPROVAL"


@dataclass
class ModelGiving:
    """`held` is what each fund may spend, `borne` what it paid for others and did not get back."""

    held: dict[str, int]
    zakat_received: int = 0
    administered: int = 0
    cap_bp: int = 0
    borne: dict[str, int] = field(default_factory=dict)
    gifts: dict[str, ModelGift] = field(default_factory=dict)
    pledges: dict[str, ModelPledge] = field(default_factory=dict)
    payments: dict[str, ModelCharityPayment] = field(default_factory=dict)

    def _take(self, fund: str, minor: int) -> str | None:
        if minor > self.held[fund]:
            return "FUNDS_INSUFFICIENT"
        self.held[fund] -= minor
        return None

    def receive(self, ids: list[str], *, is_ahead: bool) -> str | None:
        """The money of gifts that were announced: all of it, or none."""
        if len(set(ids)) < len(ids):
            return "VALIDATION_ERROR"
        gifts = [self.gifts[each] for each in ids]
        if gifts[0].status != "PENDING":
            return "CONFLICT"
        if is_ahead:
            return "VALIDATION_ERROR"
        if any(gift.status != "PENDING" for gift in gifts):
            return "CONFLICT"
        for gift in gifts:
            gift.status = "RECEIVED"
            self.held[fund_of(gift.purpose)] += gift.minor
            if gift.pledge_id is not None:
                self._count(self.pledges[gift.pledge_id], gift.minor)
        return None

    def _count(self, pledge: ModelPledge, minor: int) -> None:
        pledge.received += minor
        if pledge.status == "ACTIVE" and pledge.received >= pledge.minor * pledge.months:
            pledge.status = "FULFILLED"

    def cancel(self, one: ModelGift | ModelPledge, status: str) -> str | None:
        if one.status != status:
            return "CONFLICT"
        one.status = "CANCELLED"
        return None

    def release(
        self, gift: ModelGift, to: str, minor: int, *, may: bool, is_meant: bool
    ) -> str | None:
        """Another purpose, by who may decide it and by the donor's word."""
        if gift.status != "RECEIVED":
            return "CONFLICT"
        if minor > gift.minor - gift.released:
            return "VALIDATION_ERROR"
        if not may:
            return "FORBIDDEN"
        if to == gift.purpose:
            return "VALIDATION_ERROR"
        if not is_meant:
            return "SHARIAH_VIOLATION"
        code = self._take(fund_of(gift.purpose), minor)
        if code is None:
            self.held[fund_of(to)] += minor
            gift.released += minor
        return code

    def draw(self, fund: str, use: str, minor: int) -> str | None:
        """Another room draws: only on sadaqah, and for its purpose."""
        if fund == ZAKAT and use not in RELIEF:
            return "VALIDATION_ERROR"
        uses = USES.get(fund.removeprefix("sadaqah:"), frozenset())
        if use not in uses:
            return "SHARIAH_VIOLATION"
        code = self._take(fund, minor)
        if code is None:
            self.borne[fund] = self.borne.get(fund, 0) + minor
        return code

    def give_back(self, fund: str, minor: int) -> str | None:
        if minor > self.borne.get(fund, 0):
            return "VALIDATION_ERROR"
        self.borne[fund] -= minor
        self.held[fund] += minor
        return None

    def grant(self, purpose: str, minor: int, *, may: bool) -> str | None:
        if not may:
            return "FORBIDDEN"
        if "grant" not in USES[purpose]:
            return "SHARIAH_VIOLATION"
        return self._take(fund_of(purpose), minor)

    def pay_zakat(self, asnaf: str, minor: int, *, may: bool) -> str | None:
        """To one of the eight classes; to those who administer it no more than their share."""
        if not may:
            return "FORBIDDEN"
        is_theirs = asnaf == "AMILIN"
        share = self.zakat_received * self.cap_bp // 10_000
        if asnaf == "NEIGHBOURS" or (is_theirs and self.administered + minor > share):
            return "SHARIAH_VIOLATION"
        code = self._take(ZAKAT, minor)
        if code is None and is_theirs:
            self.administered += minor
        return code

    def decide(self, payment: ModelCharityPayment, *, may: bool, is_approved: bool) -> str | None:
        if payment.status != "PENDING_APPROVAL":
            return "CONFLICT"
        if not may:
            return "FORBIDDEN"
        if is_approved:
            code = self._take(CHARITY, payment.minor)
            if code is not None:
                return code
        payment.status = "PAID" if is_approved else "REJECTED"
        return None
