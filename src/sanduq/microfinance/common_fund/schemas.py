"""Wire shapes of common funds: the fund, contributions, statements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    number,
)
from sanduq.kit.wire_ratio import NumberOut
from sanduq.microfinance.common_fund.facts import BylawFacts
from sanduq.microfinance.common_fund.model import (
    WHOLE_BPS,
    Basis,
    Contribution,
    ContributionKind,
    CustodianUse,
    Due,
    Fund,
    FundStatus,
    FundView,
    MemberStatement,
    Nature,
    SurplusMode,
)
from sanduq.microfinance.common_fund.schemas_payment import FundLoanOut, loan_object
from sanduq.obligations.schedule import Frequency

_SHARE = Asset("SHARE", 4)  # a fraction read to the basis point

Identifier = Annotated[str, Field(min_length=1, max_length=70)]
BylawUse = Literal["cover_call", "help_death_illness", "return_on_leaving", "costs"]


class PlacementIn(Input):
    """Where the fund's money may be put; `income_to` is there to be refused if it is not fund."""

    description: Text
    screened: bool = False
    income_to: Literal["fund", "institution"] = "fund"


class BylawsIn(Input):
    """What the members agreed on. `return_rate` and `missed_fee` are there to be refused."""

    document: Text | None = None
    uses: Annotated[list[BylawUse], Field(default_factory=list)]
    cover_nature: Literal["gift", "qard"] | None = None
    surplus_modes: Annotated[list[SurplusMode], Field(default_factory=list)]
    exit_share: AmountIn = 0
    custodian_use: CustodianUse = CustodianUse.SAFEKEEPING
    mandatory_for_loan: bool = False
    return_rate: Text | None = None
    missed_fee: AmountIn | None = None
    placement: PlacementIn | None = None


class CommonFundIn(Input):
    """A fund on one basis; amount and frequency of contributions are the group's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "basis": "TABARRU",
                    "bylaws": {
                        "document": "By-laws of 12 January",
                        "uses": ["cover_call", "help_death_illness", "costs"],
                        "cover_nature": "qard",
                        "surplus_modes": ["charity", "return_to_members"],
                    },
                }
            ]
        }
    )

    basis: Basis | None = None
    bylaws: BylawsIn
    external_id: ExternalId | None = None
    metadata: Annotated[Metadata, Field(default_factory=dict)]

    def facts(self, asset: Asset) -> BylawFacts:
        """The by-laws as the rules look at them. Refuses VALIDATION_ERROR an amount unreadable."""
        laws, placement = self.bylaws, self.bylaws.placement
        share = amount(laws.exit_share, _SHARE, "bylaws.exit_share").amount_minor
        if share > WHOLE_BPS:
            message = "exit_share is a fraction of what was given: 1 at most"
            raise ValidationFailed.field("bylaws.exit_share", "too_large", message)
        fee = laws.missed_fee
        return BylawFacts(
            basis=None if self.basis is None else str(self.basis),
            document=laws.document,
            uses=frozenset(laws.uses),
            cover_nature=laws.cover_nature,
            surplus_modes=frozenset(map(str, laws.surplus_modes)),
            exit_share_bps=share,
            custodian_use=str(laws.custodian_use),
            is_mandatory_for_loan=laws.mandatory_for_loan,
            return_rate=laws.return_rate,
            missed_fee_minor=None
            if fee is None
            else amount(fee, asset, "bylaws.missed_fee").amount_minor,
            placement=None if placement is None else placement.description,
            is_placement_screened=placement is not None and placement.screened,
            is_income_of_fund=placement is not None and placement.income_to == "fund",
        )


class CommonFundQuery(Input):
    on: IsoDate | None = None


class ContributionIn(Input):
    """Without `amount` the fund's contribution; without `received_on` today."""

    party_id: Identifier
    amount: AmountIn | None = None
    received_on: IsoDate | None = None
    reference: Text | None = None


class ContributionFilters(PageQuery):
    party_id: Identifier | None = None


class BylawsOut(Output):
    document: str
    uses: list[BylawUse]
    cover_nature: Nature | None
    surplus_modes: list[SurplusMode]
    exit_share: NumberOut
    custodian_use: CustodianUse
    mandatory_for_loan: bool
    placement: str | None


class CommonFundTerms(Output):
    """A fund as it was opened."""

    id: str
    type: Literal["common_fund"]
    group_id: str
    external_id: str | None
    status: FundStatus
    basis: Basis
    currency: str
    contribution: AmountOut
    frequency: Frequency
    bylaws: BylawsOut
    opened_on: date
    closed_at: datetime | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class ContributionDueOut(Output):
    """What one member was to contribute by the day and did; what is missed is no debt."""

    party_id: str
    name: str
    periods: int
    due: AmountOut
    paid: AmountOut
    missed: AmountOut


class CommonFundOut(CommonFundTerms):
    """The fund with what the books hold: `balance` is its cash; `surplus`, gifts that are there
    once what it owes is set aside; `members_own`, deposits and trust savings."""

    as_of: date
    balance: AmountOut
    surplus: AmountOut
    members_own: AmountOut
    deficit: AmountOut
    owed_to_lenders: AmountOut
    contributions: list[ContributionDueOut]
    loans: list[FundLoanOut]


class ContributionOut(Output):
    id: str
    type: Literal["contribution"]
    group_id: str
    party_id: str
    kind: ContributionKind
    amount: AmountOut
    currency: str
    received_on: date
    reference: str | None
    journal_id: str
    created_at: datetime
    created_by: str


class ContributionList(ListOutput):
    data: list[ContributionOut]


class StatementLineOut(Output):
    """`id` is the contribution's or the payment's; `direction` is seen from the fund."""

    on: date
    kind: str
    id: str
    direction: Literal["in", "out"]
    amount: AmountOut
    note: str | None


class FundStatementOut(Output):
    """One member and the fund. `own` is his by right; `on_leaving` is what he would go with."""

    id: str
    type: Literal["fund_statement"]
    group_id: str
    party_id: str
    name: str
    basis: Basis
    currency: str
    as_of: date
    due: AmountOut
    paid: AmountOut
    missed: AmountOut
    own: AmountOut
    on_leaving: AmountOut
    lines: list[StatementLineOut]


def _number(minor: int, asset: Asset) -> Any:
    return number(Money(minor, asset))


def _terms(fund: Fund) -> dict[str, Any]:
    laws = fund.bylaws
    return {
        "id": fund.fund_id,
        "type": "common_fund",
        "group_id": fund.group_id,
        "external_id": fund.external_id,
        "status": fund.status,
        "basis": fund.basis,
        "currency": fund.asset.code,
        "contribution": _number(fund.contribution_minor, fund.asset),
        "frequency": fund.frequency,
        "bylaws": BylawsOut.model_validate(
            {
                "document": laws.document,
                "uses": sorted(map(str, laws.uses)),
                "cover_nature": laws.cover_nature,
                "surplus_modes": sorted(laws.surplus_modes),
                "exit_share": _number(laws.exit_share_bps, _SHARE),
                "custodian_use": laws.custodian_use,
                "mandatory_for_loan": laws.is_mandatory_for_loan,
                "placement": laws.placement,
            }
        ),
        "opened_on": fund.opened_on,
        "closed_at": fund.closed_at,
        "metadata": dict(fund.metadata),
        "created_at": fund.created_at,
        "created_by": fund.created_by,
    }


def fund_terms_out(fund: Fund) -> dict[str, Any]:
    """A fund as it was opened, as the API writes it."""
    return CommonFundTerms(**_terms(fund)).model_dump()


def _due(due: Due, asset: Asset) -> ContributionDueOut:
    return ContributionDueOut(
        party_id=due.party_id,
        name=due.party_name,
        periods=due.periods,
        due=_number(due.due_minor, asset),
        paid=_number(due.paid_minor, asset),
        missed=_number(due.outstanding_minor, asset),
    )


def fund_out(shown: FundView) -> dict[str, Any]:
    """A fund with what the books hold, as the API writes it."""
    held, asset = shown.holdings, shown.fund.asset
    return CommonFundOut(
        **_terms(shown.fund),
        as_of=shown.on,
        balance=_number(held.cash_minor, asset),
        surplus=_number(held.surplus_minor, asset),
        members_own=_number(sum((held.owned_minor or {}).values()), asset),
        deficit=_number(held.deficit_minor, asset),
        owed_to_lenders=_number(held.lent_minor, asset),
        contributions=[_due(one, asset) for one in shown.dues],
        loans=[loan_object(one) for one in shown.loans],
    ).model_dump()


def contribution_out(one: Contribution) -> dict[str, Any]:
    """A contribution as the API writes it."""
    return ContributionOut(
        id=one.contribution_id,
        type="contribution",
        group_id=one.group_id,
        party_id=one.party_id,
        kind=one.kind,
        amount=number(one.amount),
        currency=one.amount.asset.code,
        received_on=one.received_on,
        reference=one.reference,
        journal_id=one.journal_id,
        created_at=one.created_at,
        created_by=one.created_by,
    ).model_dump()


def statement_out(found: MemberStatement) -> dict[str, Any]:
    """A member's statement as the API writes it."""
    fund, due, asset = found.fund, found.due, found.fund.asset
    return FundStatementOut(
        id=f"{fund.fund_id}:{due.party_id}",
        type="fund_statement",
        group_id=fund.group_id,
        party_id=due.party_id,
        name=due.party_name,
        basis=fund.basis,
        currency=asset.code,
        as_of=found.on,
        due=_number(due.due_minor, asset),
        paid=_number(due.paid_minor, asset),
        missed=_number(due.outstanding_minor, asset),
        own=_number(found.owned_minor, asset),
        on_leaving=_number(found.exit_minor, asset),
        lines=[
            StatementLineOut(
                on=line.on,
                kind=line.what,
                id=line.line_id,
                direction="in" if line.amount_minor > 0 else "out",
                amount=_number(abs(line.amount_minor), asset),
                note=line.note,
            )
            for line in found.lines
        ],
    ).model_dump()
