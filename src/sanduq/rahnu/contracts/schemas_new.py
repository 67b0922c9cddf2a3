"""Wire shapes that come in: a new pledge, its change, review, execution and end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.assets.items.model import ItemKind
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.json import dumps
from sanduq.kit.money import Asset
from sanduq.kit.wire import (
    AmountIn,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    Metadata,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
)
from sanduq.kit.wire_weight import (
    FinenessIn,
    FractionIn,
    WeightIn,
    fineness_bp,
    fraction_bp,
    weight_mg,
)
from sanduq.rahnu.contracts.drafting import DraftChange
from sanduq.rahnu.contracts.model import (
    MarginFlag,
    NewContract,
    OutsideDebt,
    OwnLoan,
    PledgeStatus,
    StatedAsset,
)
from sanduq.rahnu.facts_pledge import TRUSTS, ObligationKind, PartySide

SEED_REQUEST: dict[str, Any] = {
    "description": "Gold collateral for Qard Hasan facility",
    "pledgor_id": "cpty_borrower",
    "pledgee_id": "cpty_institution",
    "pledged_asset": {
        "type": "gold",
        "description": "Gold bar 999.9 purity",
        "weight_grams": 100,
        "appraised_value": 7500,
    },
    "currency": "USD",
    "secured_obligation_id": "qrd_abc123",
    "safekeeping_fee_monthly": 25,
    "loan_to_value_ratio": 0.7,
}
ITEMS_MAX = 100

Identifier = Annotated[Text, Field(max_length=70)]
Months = Annotated[int, Field(ge=1, le=120)]


class PledgedAssetIn(Input):
    """A thing offered in pledge. With `item_id` it is one on record and the rest may be left out;
    otherwise it is registered. `appraised_value` is what is stated until two officers value it."""

    type: Literal["gold", "silver", "other"] = "gold"
    description: Text | None = None
    weight_grams: WeightIn | None = None
    appraised_value: AmountIn | None = None
    item_id: Identifier | None = None
    kind: ItemKind = ItemKind.OTHER
    stone_weight_grams: WeightIn | None = None
    other_weight_grams: WeightIn | None = None
    fineness: FinenessIn | None = None
    marks: Text | None = None
    serial: Annotated[Text, Field(max_length=120)] | None = None

    def stated(self, asset: Asset, field: str) -> StatedAsset:
        """The thing as a command. Refuses VALIDATION_ERROR what is missing or malformed."""
        if self.item_id is None:
            for name in ("description", "weight_grams"):
                if getattr(self, name) is None:
                    raise ValidationFailed.field(
                        f"{field}.{name}", "missing_field",
                        f"{field}.{name} is missing: a new thing is described and weighed",
                    )  # fmt: skip
        return StatedAsset(
            type=self.type,
            description=self.description or "",
            weight_mg=self._weight(self.weight_grams, f"{field}.weight_grams", is_positive=True),
            value_minor=None
            if self.appraised_value is None
            else amount(
                self.appraised_value, asset, f"{field}.appraised_value", is_positive=True
            ).amount_minor,
            item_id=None
            if self.item_id is None
            else checked_id(self.item_id, "itm", f"{field}.item_id"),
            kind=str(self.kind),
            stone_weight_mg=self._weight(self.stone_weight_grams, f"{field}.stone_weight_grams"),
            other_weight_mg=self._weight(self.other_weight_grams, f"{field}.other_weight_grams"),
            fineness_bp=None
            if self.fineness is None
            else fineness_bp(self.fineness, f"{field}.fineness"),
            marks=self.marks,
            serial=self.serial,
        )

    @staticmethod
    def _weight(value: Any, field: str, *, is_positive: bool = False) -> int:
        return 0 if value is None else weight_mg(value, field, is_positive=is_positive)


class OutsideObligationIn(Input):
    """A debt on other books. `kind` is the contract it comes from; one that is held in trust is
    secured against fault alone."""

    kind: ObligationKind
    reference: Annotated[Text, Field(max_length=120)]
    creditor: Text
    outstanding: AmountIn
    due_on: IsoDate | None = None
    limited_to_fault: bool = False

    def debt(self, asset: Asset) -> OutsideDebt:
        return OutsideDebt(
            kind=str(self.kind),
            reference=self.reference,
            creditor=self.creditor,
            amount_minor=amount(
                self.outstanding, asset, "outside_obligation.outstanding", is_positive=True
            ).amount_minor,
            due_on=self.due_on,
            is_trust=self.kind in TRUSTS,
            is_limited_to_fault=self.limited_to_fault,
        )


class PledgeLoanIn(Input):
    """A qard asked for with the pledge, without any fee of its own: whole at the end of the term,
    or in monthly instalments up to it."""

    amount: AmountIn
    installments: Annotated[int, Field(ge=1, le=120)] = 1
    borrower_id: Identifier | None = None
    pool_id: Identifier | None = None

    def loan(self, asset: Asset) -> OwnLoan:
        borrower = self.borrower_id
        return OwnLoan(
            amount(self.amount, asset, "loan.amount", is_positive=True),
            self.installments,
            None if borrower is None else checked_id(borrower, "cpty", "loan.borrower_id"),
            None if self.pool_id is None else checked_id(self.pool_id, "pool", "loan.pool_id"),
        )


class NewPledge(Input):
    """A pledge: one thing in `pledged_asset`, or several in `pledged_assets`; the debt it secures
    by its id, as an `outside_obligation`, or as a `loan` made with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [SEED_REQUEST]})

    pledgor_id: Identifier
    pledgee_id: Identifier
    currency: Currency
    pledged_asset: PledgedAssetIn | None = None
    pledged_assets: Annotated[list[PledgedAssetIn], Field(min_length=1, max_length=ITEMS_MAX)] | (
        None
    ) = None
    description: Text | None = None
    secured_obligation_id: Identifier | None = None
    outside_obligation: OutsideObligationIn | None = None
    loan: PledgeLoanIn | None = None
    safekeeping_fee_monthly: AmountIn | None = None
    loan_to_value_ratio: FractionIn | None = None
    template_id: Identifier | None = None
    term_months: Months | None = None
    branch_id: Identifier | None = None
    owner_declared: bool = False
    owner_consent_id: Identifier | None = None
    external_id: ExternalId | None = None
    metadata: Metadata | None = None

    def command(self) -> NewContract:
        """The command inside. Refuses VALIDATION_ERROR."""
        asset = asset_of(self.currency)
        fee, ratio = self.safekeeping_fee_monthly, self.loan_to_value_ratio
        return NewContract(
            pledgor_id=checked_id(self.pledgor_id, "cpty", "pledgor_id"),
            pledgee_id=checked_id(self.pledgee_id, "cpty", "pledgee_id"),
            asset=asset,
            stated=self._stated(asset),
            description=self.description,
            ltv_bp=None
            if ratio is None
            else fraction_bp(ratio, "loan_to_value_ratio", is_positive=True),
            fee_monthly_minor=None
            if fee is None
            else amount(fee, asset, "safekeeping_fee_monthly").amount_minor,
            debt_id=self.secured_obligation_id,
            outside_debt=self.outside_obligation.debt(asset) if self.outside_obligation else None,
            loan=self.loan.loan(asset) if self.loan else None,
            template_id=None
            if self.template_id is None
            else checked_id(self.template_id, "rpt", "template_id"),
            term_months=self.term_months,
            branch_id=None
            if self.branch_id is None
            else checked_id(self.branch_id, "brn", "branch_id"),
            has_owner_declared=self.owner_declared,
            owner_consent_id=self.owner_consent_id,
            external_id=self.external_id,
            metadata=self.metadata,
        )

    def _stated(self, asset: Asset) -> tuple[StatedAsset, ...]:
        if (self.pledged_asset is None) == (self.pledged_assets is None):
            raise ValidationFailed.field(
                "pledged_asset", "one_or_several",
                "send pledged_asset for one thing, or pledged_assets for several",
            )  # fmt: skip
        if self.pledged_asset is not None:
            return (self.pledged_asset.stated(asset, "pledged_asset"),)
        return tuple(
            one.stated(asset, f"pledged_assets.{place}")
            for place, one in enumerate(self.pledged_assets or ())
        )


class PledgeChange(Input):
    """What changes in a draft; what is left out stays. A debt named here takes the place of the
    one before."""

    description: Text | None = None
    loan_to_value_ratio: FractionIn | None = None
    secured_obligation_id: Identifier | None = None
    outside_obligation: OutsideObligationIn | None = None
    loan: PledgeLoanIn | None = None
    owner_declared: bool | None = None
    owner_consent_id: Identifier | None = None

    def change(self, asset: Asset) -> DraftChange:
        ratio = self.loan_to_value_ratio
        return DraftChange(
            description=self.description,
            ltv_bp=None
            if ratio is None
            else fraction_bp(ratio, "loan_to_value_ratio", is_positive=True),
            debt_id=self.secured_obligation_id,
            outside_debt=self.outside_obligation.debt(asset) if self.outside_obligation else None,
            loan=self.loan.loan(asset) if self.loan else None,
            has_owner_declared=self.owner_declared,
            owner_consent_id=self.owner_consent_id,
        )


class PledgeSubmission(Input):
    """`owner_declared`: the pledgor declares that the things are his. `by_person`: a reviewer
    looks at it even where resolutions in force would let it pass."""

    owner_declared: bool | None = None
    owner_consent_id: Identifier | None = None
    by_person: bool = False


class PledgeDecision(Input):
    reason: Text | None = None


class PledgeRefusal(Input):
    reason: Text


class DisclosureAcknowledged(Input):
    """The pledgor was shown this version of the disclosure in a language and accepted it."""

    version: Annotated[Text, Field(max_length=20)]
    language: Literal["en", "ms", "ar", "fr"]


class PledgeExecution(Input):
    """`disclosure_acknowledged`: the pledgor has just been shown the disclosure and accepted it."""

    disclosure_acknowledged: bool = False


class PledgeTermination(Input):
    """`by`: who ends it. Once the pledge is in force only the creditor can, while a debt lives."""

    by: PartySide = PartySide.CREDITOR
    reason: Text


class PledgeFilters(PageQuery):
    status: PledgeStatus | None = None
    currency: Currency | None = None
    pledgor_id: Identifier | None = None
    borrower_id: Identifier | None = None
    branch_id: Identifier | None = None
    template_id: Identifier | None = None
    secured_obligation_id: Identifier | None = None
    item_id: Identifier | None = None
    external_id: ExternalId | None = None
    ticket_number: Annotated[Text, Field(max_length=100)] | None = None
    margin_flag: MarginFlag | None = None
    matures_on_lte: Annotated[IsoDate | None, Field(alias="matures_on.lte")] = None
    created_at_gte: Annotated[datetime | None, Field(alias="created_at.gte")] = None
    created_at_lt: Annotated[datetime | None, Field(alias="created_at.lt")] = None
    metadata: Annotated[str, Field(pattern=r"^[^:\x00]{1,60}:[^\x00]*$", max_length=600)] | None = (
        None
    )

    def filters(self) -> dict[str, Any]:
        """The filters that were sent, as the store names them."""
        pair = self.metadata.partition(":") if self.metadata else None
        found = {
            "status": self.status and str(self.status),
            "asset": self.currency and str(asset_of(self.currency)),
            "pledgor_id": self.pledgor_id,
            "borrower_id": self.borrower_id,
            "branch_id": self.branch_id,
            "template_id": self.template_id,
            "debt_id": self.secured_obligation_id,
            "item_id": self.item_id,
            "external_id": self.external_id,
            "ticket_number": self.ticket_number,
            "margin_flag": self.margin_flag and str(self.margin_flag),
            "matures_until": self.matures_on_lte,
            "created_from": _aware(self.created_at_gte, "created_at.gte"),
            "created_before": _aware(self.created_at_lt, "created_at.lt"),
            "metadata": dumps({pair[0]: pair[2]}).decode() if pair else None,
        }
        for name, value in found.items():
            if isinstance(value, str) and "\x00" in value:
                raise ValidationFailed.field(name, "malformed", f"{name} holds a NUL character")
        return {name: value for name, value in found.items() if value is not None}


def _aware(value: datetime | None, field: str) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValidationFailed.field(field, "no_time_zone", f"{field} needs a time zone, as in …Z")
    return value
