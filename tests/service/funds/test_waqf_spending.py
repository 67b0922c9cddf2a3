"""A waqf is drawn on through the same door: its income, as its deed says (WQF-03, WQF-05)."""

from __future__ import annotations

import pytest

from sanduq.api import registry
from sanduq.funds.spending import service
from sanduq.funds.spending.model import FundSource, SpendingUse
from sanduq.kit.errors import FundsInsufficient, NotFound, ValidationFailed
from sanduq.ledger.capital import add_capital
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.giving import DEBTOR, a_draw, draw_and_post, held_minor
from tests.make.waqf import a_cash_waqf, active_waqf, earned, usd, waqf_people


@pytest.fixture(autouse=True)
def people(work, db):
    registry.wire()
    waqf_people(work)
    with work() as uow:
        parties.create_parties(uow, [NewParty(PartyKind.PERSON, "Bilal", DEBTOR)])
        add_capital(uow, usd(1000), "brn_main")
    yield
    assert_coherent(db)


@pytest.fixture
def fund(work):
    """600.00 of income, none of it the nazir's."""
    wqf_id = active_waqf(work, a_cash_waqf(nazir_pay=None))
    earned(work, wqf_id, usd(600))
    return f"waqf:{wqf_id}"


def drawn(work, fund, units, **changes):
    with work() as uow:
        return draw_and_post(uow, a_draw(fund, usd(units), **changes))


def codes(refused):
    return [each["code"] for each in refused.value.details]


def test_income_meets_what_the_deed_names(work, fund):
    """The worked example: 200.00 for the cost of lending, 100.00 for an insolvent debtor."""
    drawn(work, fund, 200, use=SpendingUse.SUBSIDISE_COST, party_id=None, debtor_state=None)
    drawn(work, fund, 100)
    drawn(work, fund, 1, use=SpendingUse.THIRD_PARTY_PAYMENT)
    with work() as uow:
        assert held_minor(uow, "3110", fund) == 299_00
        assert held_minor(uow, "3100", fund) == 10_000_00
        assert len(service.spent_on(uow, ["mfl_0001"])) == 3


def test_a_default_is_not_absorbed_from_the_corpus(work, fund):
    """T31."""
    assert FundSource.read(f"{fund}:corpus").fund == fund
    with pytest.raises(ShariahViolation) as refused:
        drawn(work, f"{fund}:corpus", 100)
    assert "WAQF_ABSORBS_FROM_CORPUS" in codes(refused)


def test_income_that_is_short_does_not_reach_into_the_corpus(work, fund):
    with pytest.raises(FundsInsufficient):
        drawn(work, fund, 601)
    with work() as uow:
        assert held_minor(uow, "3100", fund) == 10_000_00


def test_a_purpose_the_deed_does_not_name_is_refused(work):
    wqf_id = active_waqf(work, a_cash_waqf(nazir_pay=None, purposes=["subsidise_cost"]))
    earned(work, wqf_id, usd(600))
    with pytest.raises(ShariahViolation) as refused:
        drawn(work, f"waqf:{wqf_id}", 1)
    assert codes(refused)[0] == "WAQF_PURPOSE"
    with pytest.raises(ValidationFailed):
        drawn(work, f"waqf:{wqf_id}", 1, use=SpendingUse.GRANT)
    with pytest.raises(NotFound):
        drawn(work, "waqf:wqf_nothing", 1)
