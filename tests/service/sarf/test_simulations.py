"""Simulations as kept: whole, unchangeable, each institution its own."""

from __future__ import annotations

import psycopg
import pytest

from sanduq.kit.pages import PageRequest
from sanduq.sarf.simulation import service
from sanduq.sarf.simulation.errors import (
    SimulationExternalIdTaken,
    SimulationTooLarge,
    UnknownSimulation,
)
from sanduq.sarf.simulation.kept import heading_of
from sanduq.sarf.simulation.model import PriceModel, PricePaths, SimulationParameters
from tests.coherent import assert_coherent
from tests.make.simulations import flat_then, on_paths

SMALL = SimulationParameters(paths=50, seed=3)


@pytest.fixture
def kept(work):
    simulation = service.run(SMALL)
    with work("user_maker") as uow:
        return service.keep(uow, simulation, external_id="first", metadata={"for": "the board"})


def test_a_simulation_is_read_as_it_was_kept(work, db, kept):
    with work("user_checker") as uow:
        assert service.get(uow, kept.simulation_id) == kept
    assert kept.simulation.parameters == SMALL
    assert_coherent(db)


def test_running_one_needs_no_unit_of_work_and_the_same_seed_gives_the_same(kept):
    assert service.run(SMALL) == kept.simulation


def test_what_is_too_much_for_a_request_is_refused_before_it_is_reckoned():
    with pytest.raises(SimulationTooLarge):
        service.run(SimulationParameters(paths=10_000_000))


def test_a_list_tells_headings_newest_first_by_filter(work, kept):
    given = service.run(on_paths(flat_then(210)))
    with work("user_maker") as uow:
        other = service.keep(uow, given)
        page = PageRequest()
        both = service.list_simulations(uow, page).items
        assert {one.simulation_id for one in both} == {kept.simulation_id, other.simulation_id}
        (found,) = service.list_simulations(uow, page, model=PriceModel.GIVEN).items
        assert found == heading_of(other)
        (found,) = service.list_simulations(uow, page, external_id="first").items
        assert found == heading_of(kept)
        assert not service.list_simulations(uow, page, created_before=kept.created_at).items
        assert len(service.list_simulations(uow, page, created_from=kept.created_at).items) == 2


def test_an_external_id_names_one_simulation(work, kept):
    with pytest.raises(SimulationExternalIdTaken), work("user_maker") as uow:
        service.keep(uow, kept.simulation, external_id="first")


def test_a_simulation_is_never_changed(work, owner_url, kept):
    with (
        psycopg.connect(owner_url) as owner,
        pytest.raises(psycopg.DatabaseError, match="what is written stays"),
    ):
        owner.execute("update sarf.simulation set seed = 4")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), work("user_maker") as uow:
        uow.execute("update sarf.simulation set seed = 4")


def test_another_institution_does_not_see_it(db, kept):
    from sanduq.access import service as access

    with access.work_as(db, "inst_other", "user_maker", "req_other") as uow:
        with pytest.raises(UnknownSimulation):
            service.get(uow, kept.simulation_id)
        assert not service.list_simulations(uow, PageRequest()).items


def test_the_outside_is_told_without_the_results(work, kept):
    with work("user_maker") as uow:
        rows = uow.all(
            "select data from events.event where institution_id = %s and type = %s",
            uow.institution_id, "sarf.simulation.completed",
        )  # fmt: skip
    ((payload,),) = rows
    assert payload["id"] == kept.simulation_id
    assert "results" not in payload


def test_a_history_is_kept_with_what_was_asked(work):
    prices = PricePaths(PriceModel.BOOTSTRAP, history=(200.0, 201.5, 199.25, 204.0))
    simulation = service.run(SimulationParameters(paths=20, prices=prices))
    with work("user_maker") as uow:
        kept = service.keep(uow, simulation)
        assert service.get(uow, kept.simulation_id).simulation.parameters.prices == prices
