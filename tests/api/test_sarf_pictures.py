"""Pictures over HTTP: media types, entity tags, and what there is not."""

from __future__ import annotations

import pytest

from sanduq.sarf.simulation import service
from sanduq.sarf.simulation.model import SimulationParameters
from sanduq.sarf.simulation.pictures.drawing import NAMES

SIMULATIONS = "/v1/rails/sarf/simulations"


@pytest.fixture
def pictures(work) -> str:
    """Where the pictures of a small simulation are."""
    simulation = service.run(SimulationParameters(paths=200))
    with work() as uow:
        kept = service.keep(uow, simulation)
    return f"{SIMULATIONS}/{kept.simulation_id}/pictures"


@pytest.mark.parametrize(
    ("written_as", "media_type", "begins"),
    [("svg", "image/svg+xml", b"<svg "), ("png", "image/png", b"\x89PNG")],
)
def test_every_picture_is_served_in_both_formats(client, pictures, written_as, media_type, begins):
    for name in NAMES:
        found = client.get(f"{pictures}/{name}.{written_as}")
        assert found.status_code == 200, found.text
        assert found.headers["content-type"].split(";")[0] == media_type
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["content-security-policy"].startswith("default-src 'none'")
        assert found.content.startswith(begins)
        assert int(found.headers["content-length"]) == len(found.content)


def test_the_same_picture_is_not_sent_twice(client, pictures):
    first = client.get(f"{pictures}/fan.svg")
    again = client.get(f"{pictures}/fan.svg", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get(f"{pictures}/fan.png", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


@pytest.mark.parametrize("file", ["pie.svg", "fan.gif", "fan.png.svg"])
def test_a_picture_there_is_not_names_those_there_are(client, pictures, file):
    refused = client.get(f"{pictures}/{file}")
    assert (refused.status_code, refused.json()["code"]) == (404, "NOT_FOUND")
    assert refused.json()["pictures"] == list(NAMES)
    assert "fan, cost_bands, profit, heat_map" in refused.json()["message"]


def test_a_simulation_of_another_institution_has_no_pictures(client, other_client, pictures):
    assert other_client.get(f"{pictures}/fan.svg").status_code == 404
    assert client.get(f"{SIMULATIONS}/sim_none/pictures/fan.svg").status_code == 404
    assert client.get(f"{SIMULATIONS}/fac_none/pictures/fan.svg").status_code == 422
