"""Wire shapes of guarantees."""

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
    checked_id,
    number,
)
from sanduq.microfinance.groups.guarantees.model import (
    Consent,
    ConsentMethod,
    Explanation,
    Guarantee,
    GuaranteeStatus,
    NewGuarantee,
    Scope,
)
from sanduq.shariah.facts import DebtorState

Identifier = Annotated[str, Field(min_length=1, max_length=70)]


class ConsentIn(Input):
    """The guarantor's own word; nobody gives it for another."""

    given_by: Identifier | None = None
    given_on: IsoDate | None = None
    method: ConsentMethod | None = None
    document: Text | None = None
    explained_max_call: AmountIn | None = None


class GuaranteeIn(Input):
    """`scope`: `"cycle"`, or the ids of the loans answered for."""

    model_config = ConfigDict(populate_by_name=True)

    guarantor_id: Identifier
    cap: AmountIn
    scope: Literal["cycle"] | Annotated[list[Identifier], Field(min_length=1, max_length=100)] = (
        "cycle"
    )
    from_date: Annotated[IsoDate | None, Field(alias="from")] = None
    to_date: Annotated[IsoDate | None, Field(alias="to")] = None
    recourse: bool = True
    consent: ConsentIn = Field(default_factory=ConsentIn)
    fee: AmountIn = 0
    annual_surplus: AmountIn | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self, asset: Asset) -> NewGuarantee:
        """The guarantee asked for, amounts in the group's currency."""
        loans = () if isinstance(self.scope, str) else tuple(self.scope)
        given = self.consent
        return NewGuarantee(
            guarantor_id=checked_id(self.guarantor_id, "cpty", "guarantor_id"),
            cap=amount(self.cap, asset, "cap"),
            scope=Scope.LOANS if loans else Scope.CYCLE,
            loan_ids=tuple(sorted({checked_id(one, "mfl", "scope") for one in loans})),
            from_on=self.from_date,
            to_on=self.to_date,
            has_recourse=self.recourse,
            consent=Consent(
                given_by=given.given_by,
                given_on=given.given_on,
                method=given.method,
                document=given.document,
                explained=None
                if given.explained_max_call is None
                else amount(given.explained_max_call, asset, "consent.explained_max_call"),
            ),
            fee=amount(self.fee, asset, "fee"),
            annual_surplus=None
            if self.annual_surplus is None
            else amount(self.annual_surplus, asset, "annual_surplus"),
            external_id=self.external_id,
            metadata=self.metadata,
        )


class GuaranteeWithdrawalIn(Input):
    """`only_future`: go on answering for debts that exist, and for none that arise later."""

    reason: Text
    only_future: bool = False


class GuarantorAssessmentIn(Input):
    """What was found when the guarantor's means were looked at, and where that is written."""

    state: DebtorState
    evidence: Text


class GuaranteeFilters(PageQuery):
    status: GuaranteeStatus | None = None
    guarantor_id: Identifier | None = None

    def filters(self) -> dict[str, str]:
        """The filters that were sent, as the store names them."""
        if self.guarantor_id is not None and "\x00" in self.guarantor_id:
            raise ValidationFailed.field("guarantor_id", "malformed", "it holds a NUL character")
        found = {"status": self.status and str(self.status), "guarantor_id": self.guarantor_id}
        return {name: value for name, value in found.items() if value is not None}


class GuaranteePreviewQuery(Input):
    guarantor_id: Identifier
    cap: Annotated[str | None, Field(max_length=40)] = None


class GuaranteePreviewOut(Output):
    """`max_call` by equal shares; `ceiling` if nobody else could pay."""

    type: Literal["guarantee_preview"]
    group_id: str
    guarantor_id: str
    currency: str
    others_outstanding: AmountOut
    shared_by: int
    cap: AmountOut | None
    max_call: AmountOut
    ceiling: AmountOut
    rule_id: Literal["DIS-04"]
    text: str


class ConsentOut(Output):
    given_by: str
    given_on: date
    method: ConsentMethod
    document: str
    explained_max_call: AmountOut


class GuaranteeOut(Output):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    id: str
    type: Literal["guarantee"]
    group_id: str
    guarantor_id: str
    status: GuaranteeStatus
    currency: str
    cap: AmountOut
    called: AmountOut
    available: AmountOut
    scope: Scope
    loan_ids: list[str]
    standing_loan_ids: list[str]
    from_date: Annotated[date, Field(alias="from")]
    to_date: Annotated[date, Field(alias="to")]
    recourse: bool
    consent: ConsentOut
    annual_surplus: AmountOut | None
    guarantor_state: DebtorState
    ended_on: date | None
    ended_reason: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class GuaranteeList(ListOutput):
    data: list[GuaranteeOut]


def preview_out(
    group_id: str, guarantor_id: str, asset: Asset, found: Explanation
) -> dict[str, Any]:
    """The money meaning of a guarantee, to be read out before it is given."""

    def money(minor: int) -> Any:
        return number(Money(minor, asset))

    most = Money(found.largest_call_minor, asset)
    return GuaranteePreviewOut(
        type="guarantee_preview",
        group_id=group_id,
        guarantor_id=guarantor_id,
        currency=asset.code,
        others_outstanding=money(found.others_outstanding_minor),
        shared_by=found.shared_by,
        cap=None if found.cap_minor is None else money(found.cap_minor),
        max_call=number(most),
        ceiling=money(found.ceiling_minor),
        rule_id="DIS-04",
        text=f"If none of the others paid anything more, you would be asked for {most}, shared"
        f" equally among {found.shared_by}; if you alone could pay, for up to"
        f" {Money(found.ceiling_minor, asset)}.",
    ).model_dump()


def guarantee_out(found: Guarantee) -> dict[str, Any]:
    """A guarantee as the API writes it."""

    def money(minor: int) -> Any:
        return number(Money(minor, found.asset))

    surplus = found.annual_surplus_minor
    return GuaranteeOut(
        id=found.guarantee_id,
        type="guarantee",
        group_id=found.group_id,
        guarantor_id=found.guarantor_id,
        status=found.status,
        currency=found.asset.code,
        cap=money(found.cap_minor),
        called=money(found.called_minor),
        available=money(found.room_minor),
        scope=found.scope,
        loan_ids=list(found.loan_ids),
        standing_loan_ids=list(found.standing_loan_ids),
        **{"from": found.from_on, "to": found.to_on},
        recourse=found.has_recourse,
        consent=ConsentOut(
            given_by=found.guarantor_id,
            given_on=found.consent_given_on,
            method=found.consent_method,
            document=found.consent_document,
            explained_max_call=money(found.explained_minor),
        ),
        annual_surplus=None if surplus is None else money(surplus),
        guarantor_state=found.guarantor_state,
        ended_on=found.ended_on,
        ended_reason=found.ended_reason,
        external_id=found.external_id,
        metadata=dict(found.metadata),
        created_at=found.created_at,
        created_by=found.created_by,
    ).model_dump(by_alias=True)
