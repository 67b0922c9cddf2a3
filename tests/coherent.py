"""One assertion at the end of every test that moves money: the books recompute to themselves."""

from __future__ import annotations

from sanduq.access import service as access
from sanduq.api.registry import wire
from sanduq.kit.db import Database, UnitOfWork
from sanduq.ledger.checkpoint import Checkpoints
from sanduq.ledger.verify import VerifyReport, verify


def assert_coherent(
    place: Database | UnitOfWork,
    *,
    institutions: tuple[str, ...] = ("inst_test", "inst_other"),
    checkpoints: Checkpoints | None = None,
) -> None:
    """Recomputes the books of a unit of work or of a database's institutions: no fault found."""
    wire()  # the checks of the whole house, whether or not an application was made
    if isinstance(place, UnitOfWork):
        _assert_report(verify(place, checkpoints))
        return
    for institution in institutions:
        with access.work_as(place, institution, "user_maker", "req_coherent") as uow:
            _assert_report(verify(uow, checkpoints))


def _assert_report(report: VerifyReport) -> None:
    assert report.is_coherent, "\n".join(str(finding) for finding in report.findings)
