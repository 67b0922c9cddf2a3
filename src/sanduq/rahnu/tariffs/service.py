"""Tariffs of others: shown, computed, compared with a fee of our own, and never charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.formula import FormulaError
from sanduq.kit.money import Asset
from sanduq.rahnu import rules
from sanduq.rahnu.facts import RahnAction, RahnFacts
from sanduq.rahnu.facts_pledge import FeeFact, FeeSample
from sanduq.rahnu.fees import service as fees
from sanduq.rahnu.fees.accrual import custody_cost_minor
from sanduq.rahnu.fees.cost_studies import service as cost_studies
from sanduq.rahnu.fees.model import FeeBasis, FeePeriod, FeePolicy, monthly_fee_minor
from sanduq.rahnu.fees.quotes import fee_through_minor
from sanduq.rahnu.tariffs.errors import TariffOnlyCompared, UnknownTariff
from sanduq.rahnu.tariffs.model import (
    Case,
    FeeWeight,
    GapRule,
    Tariff,
    TariffQuote,
    TierBy,
    quote,
    weight,
)
from sanduq.rahnu.tariffs.presets import load_presets
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile

# The pledge on which a tariff is put before the rules: 50 g worth 200 a gram.
TRIED = FeeBasis(weight_mg=50_000)
TRIED_VALUE = 10_000
TRIED_MARGINS = (0, 30, 50, 55, 60, 65, 70, 75)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same pledge under every tariff, and under a fee of our own if one was named."""

    case: Case
    tariffs: tuple[TariffQuote, ...]
    policy: FeePolicy | None
    own: FeeWeight | None


def list_tariffs() -> Sequence[Tariff]:
    """Every tariff kept for comparison."""
    return tuple(load_presets().values())


def get_tariff(tariff_id: str) -> Tariff:
    """One tariff. Refuses NOT_FOUND."""
    found = load_presets().get(tariff_id)
    if found is None:
        raise UnknownTariff
    return found


def quote_tariff(
    tariff_id: str, case: Case, *, rate: Decimal | None = None, gaps: GapRule = GapRule.NO_TIER
) -> TariffQuote:
    """What a tariff comes to for a pledge.

    Refuses NOT_FOUND, VALIDATION_ERROR a rate outside the range of the tier.
    """
    try:
        return quote(get_tariff(tariff_id), case, rate=rate, gaps=gaps)
    except ValueError as error:
        raise ValidationFailed.field("rate_per_100", "outside_range", str(error)) from None


def compare(
    uow: UnitOfWork, asset: Asset, case: Case, basis: FeeBasis, fee_policy_id: str | None
) -> Comparison:
    """The same pledge under every tariff, beside what our own policy asks for keeping it.

    Refuses NOT_FOUND a policy, VALIDATION_ERROR one in another currency or without a value here.
    """
    policy = fees.policy(uow, fee_policy_id) if fee_policy_id is not None else None
    if policy is not None and policy.asset != asset:
        raise ValidationFailed.field(
            "fee_policy_id", "other_currency", f"{fee_policy_id} is in {policy.asset.code}"
        )
    return Comparison(
        case=case,
        tariffs=tuple(quote(tariff, case) for tariff in list_tariffs()),
        policy=policy,
        own=_own(policy, case, basis) if policy is not None else None,
    )


def activate(uow: UnitOfWork, tariff_id: str, asset: Asset) -> None:
    """Always refuses: a fee that follows the loan or the value is no fee for keeping.

    Refuses NOT_FOUND; SHARIAH_VIOLATION with what RHN-10, RHN-11 and RHN-12 find (AAOIFI SS 57
    5/4/2); CONFLICT should they find nothing, for a tariff of others is only compared with.
    """
    tariff = get_tariff(tariff_id)
    facts = RahnFacts(
        on=uow.today,
        asset=asset,
        profile=ShariahProfile(uow.shariah_profile),
        fee=_fee_fact(uow, tariff, asset),
    )
    evaluations = rules.evaluate(facts, RahnAction.SAVE_FEE_POLICY)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    raise TariffOnlyCompared


def _own(policy: FeePolicy, case: Case, basis: FeeBasis) -> FeeWeight:
    try:
        if policy.period is FeePeriod.MONTH:
            return weight(case, monthly_fee_minor(policy, basis))
        total = fee_through_minor(policy, basis, case.start_on, case.end_on)
    except FormulaError as error:
        raise ValidationFailed.field("fee_policy_id", error.code, str(error)) from None
    return weight(case, total // case.months)


def _fee_fact(uow: UnitOfWork, tariff: Tariff, asset: Asset) -> FeeFact:
    """A tariff as the rules look at it: it reads the value, and what of the loan picks the tier."""
    study = cost_studies.latest_approved(uow, asset, uow.today)
    by_margin = {margin: _highest_minor(uow, tariff, asset, margin) for margin in TRIED_MARGINS}
    name = "loan" if tariff.tier_by is TierBy.LOAN_AMOUNT else "margin"
    margin = max(by_margin, key=lambda each: by_margin[each])
    return FeeFact(
        names=frozenset({"value", name}),
        monthly_minor=by_margin[margin],
        cost_monthly_minor=custody_cost_minor(study, TRIED, 1) if study is not None else None,
        samples=(
            FeeSample(f"50 g, no loan and a loan of {margin}%", by_margin[0], by_margin[margin]),
        ),
        expression=f"{tariff.name}: a rate chosen by {tariff.tier_by}, times the value",
    )


def _highest_minor(uow: UnitOfWork, tariff: Tariff, asset: Asset, margin: int) -> int:
    value = TRIED_VALUE * 10**asset.digits
    case = Case(value, value * margin // 100, 1, uow.today, asset.digits)
    found = quote(tariff, case).high
    return found.fee_monthly_minor if found is not None else 0
