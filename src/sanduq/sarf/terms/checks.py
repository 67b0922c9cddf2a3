"""What `sanduq verify` recomputes about the facility's terms."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork
from sanduq.sarf.terms import store


def check_terms(uow: UnitOfWork) -> Iterator[str]:
    """Approved settings and words are still those the reviewer approved (rules GEN-01, SCF-01)."""
    for terms in store.approved(uow):
        if not terms.is_as_approved:
            yield f"terms {terms.terms_id} are no longer what {terms.approved_by} approved"
