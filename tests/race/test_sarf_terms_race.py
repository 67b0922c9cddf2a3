"""Defaults approved at the same instant: one stands, the others are told, none is half done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sanduq.kit.db import retrying
from sanduq.kit.errors import Refusal
from sanduq.kit.money import currency
from sanduq.sarf.terms import service
from sanduq.sarf.terms.model import TermsStatus
from sanduq.sarf.terms.schemas import SarfTermsIn
from tests.make.sarf_terms import a_ruling, sarf_terms, the_house

USD = currency("USD")


def test_of_two_defaults_approved_at_once_one_is_the_default(work) -> None:
    the_house(work)
    ruling = a_ruling(work)
    with work() as uow:
        sent = SarfTermsIn(**sarf_terms(resolution_id=ruling, is_default=True))
        drawn = [service.create(uow, sent.command()).terms_id for _ in range(4)]

    def approved(terms_id: str) -> bool:
        def act() -> None:
            with work("user_shariah") as uow:
                service.approve(uow, terms_id)

        try:
            retrying(act)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(approved, drawn))
    assert any(done)
    with work() as uow:
        found = [service.get(uow, each) for each in drawn]
        assert [each.status is TermsStatus.ACTIVE for each in found] == done
        (default,) = [each for each in found if each.is_default and each.status == "ACTIVE"]
        assert service.terms_for(uow, None, USD) == default
