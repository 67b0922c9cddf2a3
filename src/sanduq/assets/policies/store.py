"""SQL of valuation policies: each setting is a new version, none is changed."""

from __future__ import annotations

from psycopg import errors

from sanduq.assets.model import Metal
from sanduq.assets.policies.errors import PolicySetMeanwhile
from sanduq.assets.policies.model import DEFAULT, DensityBand, ValuationPolicy
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps


def newest(uow: UnitOfWork) -> ValuationPolicy:
    """The settings in force, or the house's own where none were made."""
    row = uow.one(
        "select second_valuer_limits, haircut_bp, bands, price_stale_hours, spike_limit_bp,"
        " valuation_max_age_hours, xrf_tolerance_bp, weight_tolerance_mg, value_tolerance_bp,"
        " reason, version, created_at, created_by from assets.valuation_policy"
        " where institution_id = %s order by version desc limit 1",
        uow.institution_id,
    )
    return DEFAULT if row is None else _policy(row)


def insert(uow: UnitOfWork, policy: ValuationPolicy) -> None:
    bands = [
        {"metal": metal.value, "fineness_bp": grade, "low": band.low, "high": band.high}
        for (metal, grade), band in policy.bands.items()
    ]
    try:
        with uow.savepoint():
            uow.execute(
                "insert into assets.valuation_policy (institution_id, version,"
                " second_valuer_limits, haircut_bp, bands, price_stale_hours, spike_limit_bp,"
                " valuation_max_age_hours, xrf_tolerance_bp, weight_tolerance_mg,"
                " value_tolerance_bp, reason, created_at, created_by)"
                " values (%s,%s,%s::json,%s,%s::json,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                uow.institution_id, policy.version,
                dumps(dict(policy.second_valuer_limits)).decode(), policy.haircut_bp,
                dumps(bands).decode(), policy.price_stale_hours, policy.spike_limit_bp,
                policy.valuation_max_age_hours, policy.xrf_tolerance_bp,
                policy.weight_tolerance_mg, policy.value_tolerance_bp, policy.reason,
                policy.created_at, policy.created_by,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise PolicySetMeanwhile from None


def _policy(row: Row) -> ValuationPolicy:
    return ValuationPolicy(
        second_valuer_limits=row[0],
        haircut_bp=row[1],
        bands={
            (Metal(band["metal"]), band["fineness_bp"]): DensityBand(band["low"], band["high"])
            for band in row[2]
        },
        price_stale_hours=row[3],
        spike_limit_bp=row[4],
        valuation_max_age_hours=row[5],
        xrf_tolerance_bp=row[6],
        weight_tolerance_mg=row[7],
        value_tolerance_bp=row[8],
        reason=row[9],
        version=row[10],
        created_at=row[11],
        created_by=row[12],
    )
