"""Wire shapes of pools."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from sanduq.funds.pools.model import (
    NewPool,
    Origin,
    Placement,
    Pool,
    PoolState,
    PoolStatus,
    PoolUse,
    SourceKind,
    SourceStanding,
)
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
    number,
)


class PoolIn(Input):
    name: Text
    currency: Currency
    permitted_uses: Annotated[list[PoolUse], Field(min_length=1, max_length=4)] = Field(
        default_factory=lambda: [PoolUse.QARD]
    )
    security_policy: LongText | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewPool:
        """The pool to record."""
        return NewPool(
            name=self.name,
            asset=asset_of(self.currency),
            permitted_uses=frozenset(use.value for use in self.permitted_uses),
            security_policy=self.security_policy,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class PoolStepIn(Input):
    reason: Text | None = None


class PoolCapitalIn(Input):
    amount: AmountIn
    currency: Currency
    memo: LongText | None = None

    def money(self) -> Money:
        """More than nothing, in the currency named."""
        return amount(self.amount, asset_of(self.currency), "amount", is_positive=True)


_NEEDS = {
    SourceKind.OWN: "branch_id",
    SourceKind.WAQF_CORPUS: "endowment_id",
    SourceKind.WAQF_INCOME: "endowment_id",
    SourceKind.SADAQAH: "purpose",
    SourceKind.ZAKAT: None,
}


class PoolSourceIn(PoolCapitalIn):
    kind: SourceKind
    branch_id: Text | None = None
    endowment_id: Text | None = None
    purpose: Text | None = None

    def origin(self) -> Origin:
        """Where the capital comes from. Refuses VALIDATION_ERROR what does not name it."""
        needed = _NEEDS[self.kind]
        for name in ("branch_id", "endowment_id", "purpose"):
            is_sent = getattr(self, name) is not None
            if is_sent and name != needed:
                message = f"{name} is not part of a source of the kind {self.kind}"
                raise ValidationFailed.field(name, "not_applicable", message)
            if not is_sent and name == needed:
                raise ValidationFailed.field(name, "missing_field", f"{name} is missing")
        if self.endowment_id is not None:
            checked_id(self.endowment_id, "wqf", "endowment_id")
        if self.branch_id is not None:
            checked_id(self.branch_id, "brn", "branch_id")
        return Origin(self.kind, self.endowment_id, self.purpose, self.branch_id)


class PoolFilters(PageQuery):
    status: PoolStatus | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None

    def columns(self) -> dict[str, str | None]:
        """The filters by the column each stands for."""
        return {
            "status": self.status.value if self.status is not None else None,
            "asset": str(asset_of(self.currency)) if self.currency is not None else None,
            "external_id": self.external_id,
        }


class PoolSourceOut(Output):
    number: int
    kind: SourceKind
    fund: str
    endowment_id: str | None
    purpose: str | None
    branch_id: str | None
    capital: AmountOut
    available: AmountOut
    lent_total: AmountOut
    returned_total: AmountOut
    lost: AmountOut
    created_at: datetime


class PoolOut(Output):
    id: str
    type: str
    name: str
    status: PoolStatus
    currency: str
    permitted_uses: list[str]
    security_policy: str | None
    capital: AmountOut
    lent: AmountOut
    available: AmountOut
    lent_total: AmountOut
    lost: AmountOut
    times_revolved: AmountOut | None
    sources: list[PoolSourceOut]
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    external_id: str | None
    metadata: dict[str, str]
    etag: str


class PoolList(ListOutput):
    data: list[PoolOut]


class PoolPlacementOut(Output):
    id: str
    pool_id: str
    source: int
    kind: SourceKind
    fund: str
    amount: AmountOut
    currency: str
    memo: str | None
    placed_on: date
    journal_id: str
    created_at: datetime
    created_by: str


class PoolPlacementList(ListOutput):
    data: list[PoolPlacementOut]


def _source(source: SourceStanding, asset: Asset) -> PoolSourceOut:
    return PoolSourceOut(
        number=source.source_no,
        kind=source.origin.kind,
        fund=source.origin.fund,
        endowment_id=source.origin.endowment_id,
        purpose=source.origin.purpose,
        branch_id=source.origin.branch_id,
        capital=number(Money(source.capital_minor, asset)),
        available=number(Money(source.available_minor, asset)),
        lent_total=number(Money(source.lent_minor, asset)),
        returned_total=number(Money(source.returned_minor, asset)),
        lost=number(Money(source.lost_minor, asset)),
        created_at=source.created_at,
    )


def pool_out(state: PoolState) -> dict[str, Any]:
    """A pool as the API writes it. `lent` is out now, `lent_total` all that ever went out."""
    pool, asset = state.pool, state.pool.asset
    revolved = state.revolved_bp
    return PoolOut(
        id=pool.pool_id,
        type="pool",
        name=pool.name,
        status=pool.status,
        currency=asset.code,
        permitted_uses=sorted(pool.permitted_uses),
        security_policy=pool.security_policy,
        capital=number(Money(state.capital_minor, asset)),
        lent=number(Money(state.out_minor, asset)),
        available=number(Money(state.available_minor, asset)),
        lent_total=number(Money(state.lent_minor, asset)),
        lost=number(Money(state.lost_minor, asset)),
        times_revolved=None if revolved is None else plain_number(Decimal(revolved).scaleb(-4)),
        sources=[_source(each, asset) for each in state.sources],
        created_at=pool.created_at,
        created_by=pool.created_by,
        approved_at=pool.approved_at,
        approved_by=pool.approved_by,
        external_id=pool.external_id,
        metadata=dict(pool.metadata),
        etag=pool.etag,
    ).model_dump()


def placement_out(placement: Placement, origin: Origin, pool: Pool) -> dict[str, Any]:
    """Capital moved, as the API writes it: below zero where it was taken back."""
    return PoolPlacementOut(
        id=placement.placement_id,
        pool_id=placement.pool_id,
        source=placement.source_no,
        kind=origin.kind,
        fund=origin.fund,
        amount=number(Money(placement.amount_minor, pool.asset)),
        currency=pool.asset.code,
        memo=placement.memo,
        placed_on=placement.placed_on,
        journal_id=placement.journal_id,
        created_at=placement.created_at,
        created_by=placement.created_by,
    ).model_dump()
