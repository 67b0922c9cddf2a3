"""What keeping gold costs: the study behind a custody fee, and who agreed to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.days import add_months
from sanduq.kit.money import Asset
from sanduq.qard.cost_studies.model import Agreement, Capacity

STUDY_MONTHS_MAX = 12


class CustodyCostKind(StrEnum):
    """Costs that arise from keeping a thing safe, and would not exist without it."""

    BAGS = "bags"
    GUARD_THIRD_PARTY = "guard_third_party"
    SEALS = "seals"
    SECURITY_SERVICE = "security_service"
    TAKAFUL_PREMIUM = "takaful_premium"
    VAULT_RENT = "vault_rent"
    WEIGHING = "weighing"


_COUNTED = frozenset(kind.value for kind in CustodyCostKind)


class CostDriver(StrEnum):
    """What a cost grows with: the things kept, or their weight. Never with a loan."""

    PER_ITEM_MONTH = "per_item_month"
    PER_GRAM_MONTH = "per_gram_month"


@dataclass(frozen=True, slots=True)
class CustodyCostLine:
    """One cost of the period studied, in whole minor units, and where its evidence lies.

    `kind` is kept as written. A line marked indirect stays on record and never counts.
    """

    kind: str
    description: str
    driver: CostDriver
    amount_minor: int
    is_indirect: bool = False
    evidence: str | None = None

    @property
    def is_custody_cost(self) -> bool:
        """Whether the kind is one that keeping causes at all."""
        return self.kind in _COUNTED

    @property
    def is_counted(self) -> bool:
        """Whether a fee may rest on the line."""
        return self.is_custody_cost and not self.is_indirect


def action_of(capacity: Capacity) -> str:
    """The decision by which an office agrees to a custody cost study."""
    return f"custody_cost.approve_{capacity.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustodyCostStudy:
    """A study about to be recorded: the costs of a period, and what was kept through it.

    `item_months` counts one for each thing kept a month, `mg_months` one for each milligram.
    """

    asset: Asset
    study_on: date
    period_from_on: date
    period_to_on: date
    item_months: int
    mg_months: int
    lines: tuple[CustodyCostLine, ...]
    external_id: str | None
    metadata: Mapping[str, str]

    def cost_minor(self, driver: CostDriver) -> int:
        """All that counts of the period's costs with that driver."""
        return sum(x.amount_minor for x in self.lines if x.is_counted and x.driver is driver)

    @property
    def has_takaful(self) -> bool:
        """Whether premiums are among the costs counted, so that none is counted twice."""
        kind = CustodyCostKind.TAKAFUL_PREMIUM.value
        return any(line.is_counted and line.kind == kind for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyCostStudy(NewCustodyCostStudy):
    """A study on record."""

    custody_cost_study_id: str
    created_at: datetime
    created_by: str
    finance: Agreement | None = None
    shariah: Agreement | None = None
    version: int = 1

    @property
    def is_approved(self) -> bool:
        return self.finance is not None and self.shariah is not None

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    def is_current(self, on: date) -> bool:
        """Whether it is dated no later than `on` and at most twelve months old."""
        return self.study_on <= on <= add_months(self.study_on, STUDY_MONTHS_MAX)
