"""Whether the funds a program names are there and may do what it asks of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sanduq.funds.endowments import service as endowments
from sanduq.funds.endowments.model import ABSORB_DEFAULT, SUBSIDISE_COST, Endowment
from sanduq.funds.endowments.model import Status as EndowmentStatus
from sanduq.funds.pools import service as pools
from sanduq.funds.pools.model import PoolStatus
from sanduq.funds.purposes import service as purposes
from sanduq.funds.purposes.model import Purpose
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.microfinance.programs.model import Program, ProgramStatus

_WAQF, _SADAQAH = "waqf:", "sadaqah:"
Named = tuple[str, str, str]
"""A field, the fund it names, and the use it is named for."""


def check_funding(uow: UnitOfWork, program: Program) -> None:
    """Refuses VALIDATION_ERROR, by field, funds that cannot do what the program asks.

    A pool and an endowment must be there, in the program's currency, and not ended; once the
    program is active they must be active too. The deed of a waqf, or the purpose donors gave
    to, must allow the use: a subsidy of costs, or bearing a loss (AAOIFI SS 60).
    """
    named = [
        (f"absorption_order.{place}", fund, ABSORB_DEFAULT)
        for place, fund in enumerate(program.absorption_order)
    ]
    if program.subsidy is not None:
        named.append(("subsidy.fund", program.subsidy.fund, SUBSIDISE_COST))
    details = [
        *_pool_faults(uow, program),
        *_waqf_faults(uow, program, named),
        *_sadaqah_faults(uow, named),
    ]
    if details:
        raise ValidationFailed(details[0]["message"], details=details)


def _pool_faults(uow: UnitOfWork, program: Program) -> Iterator[dict[str, Any]]:
    if program.pool_id is None:
        return
    try:
        pool = pools.get_pool(uow, program.pool_id).pool
    except NotFound:
        yield _fault("pool_id", "unknown_pool", f"there is no pool {program.pool_id}")
        return
    if pool.asset != program.asset:
        message = f"{pool.pool_id} holds {pool.asset.code}, the program is in {program.asset.code}"
        yield _fault("pool_id", "other_currency", message)
    if pool.status is PoolStatus.REJECTED or (
        program.status is ProgramStatus.ACTIVE and pool.status is not PoolStatus.ACTIVE
    ):
        yield _fault("pool_id", "state", f"{pool.pool_id} is {pool.status}; approve it first")


def _waqf_faults(uow: UnitOfWork, program: Program, named: list[Named]) -> Iterator[dict[str, Any]]:
    found: dict[str, Endowment | None] = {}
    for field, fund, use in named:
        if not fund.startswith(_WAQF):
            continue
        if fund not in found:
            found[fund] = _endowment(uow, fund.removeprefix(_WAQF))
        endowment = found[fund]
        if endowment is None:
            yield _fault(field, "unknown_fund", f"there is no endowment {fund}")
            continue
        if endowment.asset != program.asset:
            yield _fault(field, "other_currency", f"{fund} is in {endowment.asset.code}")
        if use not in endowment.deed.allowed_purposes:
            yield _fault(field, "use_not_allowed", f"the deed of {fund} does not name {use}")
        if endowment.status is EndowmentStatus.CLOSED or (
            program.status is ProgramStatus.ACTIVE
            and endowment.status is not EndowmentStatus.ACTIVE
        ):
            yield _fault(field, "state", f"{fund} is {endowment.status}")


def _endowment(uow: UnitOfWork, endowment_id: str) -> Endowment | None:
    try:
        return endowments.get_endowment(uow, endowment_id).endowment
    except NotFound:
        return None


def _sadaqah_faults(uow: UnitOfWork, named: list[Named]) -> Iterator[dict[str, Any]]:
    wanted = [
        (field, fund.removeprefix(_SADAQAH), use)
        for field, fund, use in named
        if fund.startswith(_SADAQAH)
    ]
    known: dict[str, Purpose] = purposes.load_purposes(uow, {code for _, code, _ in wanted})
    for field, code, use in wanted:
        if code not in known:
            yield _fault(field, "unknown_fund", f"there is no purpose {code!r}")
        elif use not in {each.value for each in known[code].uses}:
            message = f"what was given for {code!r} may not be used to {use.replace('_', ' ')}"
            yield _fault(field, "use_not_allowed", message)


def _fault(field: str, code: str, message: str) -> dict[str, Any]:
    return {"field": field, "code": code, "message": message}
