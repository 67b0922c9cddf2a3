"""Pictures: the same bytes for the same simulation, readable without colour, asking for nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from matplotlib.image import imread

from sanduq.sarf.simulation.engine import simulate
from sanduq.sarf.simulation.model import (
    PriceModel,
    PricePaths,
    SarfStructure,
    Simulation,
    SimulationParameters,
)
from sanduq.sarf.simulation.pictures.drawing import NAMES, PictureFormat, draw
from sanduq.sarf.simulation.pictures.errors import UnknownPicture
from sanduq.sarf.simulation.pictures.style import percent, price, whole

SVG = "{http://www.w3.org/2000/svg}"
PARAMETERS = SimulationParameters(paths=500)


@cache
def simulated(parameters: SimulationParameters = PARAMETERS) -> Simulation:
    return Simulation(parameters, simulate(parameters))


@cache
def drawn_once(name: str, written_as: str) -> bytes:
    return draw(simulated(), name, written_as)


def texts(svg: bytes) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(svg).iter(f"{SVG}text")]


def described(svg: bytes) -> str:
    return ET.fromstring(svg).findtext(f"{SVG}desc") or ""


def test_there_are_four_pictures_in_two_formats() -> None:
    assert NAMES == ("fan", "cost_bands", "profit", "heat_map")
    assert [each.media_type for each in PictureFormat] == ["image/svg+xml", "image/png"]


@pytest.mark.parametrize("written_as", list(PictureFormat))
@pytest.mark.parametrize("name", NAMES)
def test_the_same_simulation_is_the_same_bytes_whoever_draws_beside_it(
    name: str, written_as: str
) -> None:
    with ThreadPoolExecutor(2) as pool:
        beside = pool.submit(draw, simulated(), "fan", "svg")
        again = pool.submit(draw, simulated(), name, written_as)
    assert again.result() == drawn_once(name, written_as)
    assert beside.result() == drawn_once("fan", "svg")


@pytest.mark.parametrize("name", NAMES)
def test_another_simulation_is_another_picture(name: str) -> None:
    of_another = simulated(replace(PARAMETERS, seed=2))
    assert draw(of_another, name, "svg") != drawn_once(name, "svg")


def test_another_process_draws_the_same_bytes() -> None:
    program = (
        "import sys\n"
        "from sanduq.sarf.simulation.engine import simulate\n"
        "from sanduq.sarf.simulation.model import Simulation, SimulationParameters\n"
        "from sanduq.sarf.simulation.pictures.drawing import draw\n"
        "asked = SimulationParameters(paths=500)\n"
        "sys.stdout.buffer.write(draw(Simulation(asked, simulate(asked)), 'profit', 'svg'))\n"
    )
    drawn = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, timeout=120
    )
    assert drawn.stdout == drawn_once("profit", "svg")


def test_nothing_is_written_into_the_home_of_who_runs_it(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    kept.pop("MPLCONFIGDIR", None)
    subprocess.run(
        [sys.executable, "-c", "import sanduq.sarf.simulation.pictures.drawing"],
        env={**kept, "HOME": str(home), "TMPDIR": str(temporary)},
        check=True,
        timeout=120,
    )
    assert list(home.iterdir()) == []
    (folder,) = temporary.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("chosen", ["", "/nowhere/of/mine"])
def test_a_folder_somebody_else_laid_out_is_not_used(tmp_path: Path, chosen: str) -> None:
    strange = tmp_path / "strange"
    strange.mkdir()
    (tmp_path / f"sanduq-pictures-{os.geteuid()}").symlink_to(strange)
    given = {**os.environ, "TMPDIR": str(tmp_path), "MPLCONFIGDIR": chosen}
    if not chosen:
        given.pop("MPLCONFIGDIR")
    program = "import os, sanduq.sarf.simulation.pictures; print(os.environ['MPLCONFIGDIR'])"
    told = subprocess.run(
        [sys.executable, "-c", program], env=given, capture_output=True, check=True, timeout=120
    )
    folder = told.stdout.decode().strip()
    assert folder == chosen or Path(folder).parent == tmp_path
    assert not Path(folder).is_symlink()


@pytest.mark.parametrize("name", NAMES)
def test_an_svg_says_what_it_shows_and_asks_for_nothing(name: str) -> None:
    drawn = drawn_once(name, "svg")
    root = ET.fromstring(drawn)
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title description")
    assert [each.tag for each in list(root)[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert root.findtext(f"{SVG}title")
    assert len(described(drawn)) > 100
    text = drawn.decode()
    for never in ("<script", "<image", "<!DOCTYPE", "<metadata", 'href="http', "url(http", "data:"):
        assert never not in text
    assert texts(drawn), "text is drawn as text, not as lines"
    assert "sans-serif" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_png_is_a_picture_of_its_size_without_a_date(name: str) -> None:
    drawn = drawn_once(name, "png")
    height, width, _ = imread(BytesIO(drawn)).shape
    assert 1000 <= width <= 1600
    assert 600 <= height <= 1000
    assert b"matplotlib" not in drawn
    assert b"tIME" not in drawn


def test_the_fan_writes_each_quantile_beside_its_line() -> None:
    drawn = drawn_once("fan", "svg")
    for each in simulated().result.fan[-1].quantiles:
        assert f"{percent(each.at)}: {price(each.value)}" in texts(drawn)
    assert "break-even of the promise: 186.67" in texts(drawn)
    assert "Below 186.67 the promised price does not bring back what was paid" in described(drawn)


def test_the_costs_of_both_structures_stand_in_words_too() -> None:
    drawn = drawn_once("cost_bands", "svg")
    # 70 a month for 50 g at 200: 420 in month six, 560 in month eight.
    assert {"pledge, month 6: 420", "pledge, month 8: 560"} <= set(texts(drawn))
    assert "month 6: pledge 420, sarf between" in described(drawn)


def test_the_profits_name_mean_value_at_risk_and_shortfall() -> None:
    drawn = drawn_once("profit", "svg")
    written = " ".join(texts(drawn))
    for structure in (simulated().result.sarf, simulated().result.pledge):
        profit = structure.institution.facility
        for mean in (profit.mean, -profit.value_at_risk_95, -profit.expected_shortfall_95):
            assert f"{'profit' if mean >= 0 else 'loss'} of {whole(abs(mean))}" in written
    assert "Sarf with a promise" in written
    assert "Pledge with a fee" in written


def test_the_heat_map_writes_a_figure_into_every_cell() -> None:
    drawn = drawn_once("heat_map", "svg")
    written = texts(drawn)
    cells = [*simulated().result.grid, *simulated().result.margin_grid]
    assert len(cells) == 31
    for cell in cells:
        assert whole(cell.mean) in written
        assert f"ES {whole(cell.expected_shortfall_95)}" in written


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "asked",
    [
        replace(PARAMETERS, paths=1, prices=PricePaths(PriceModel.GIVEN, given=((200.0,) * 9,))),
        replace(PARAMETERS, months=3),
        replace(PARAMETERS, months=24, sarf=SarfStructure(opens_months=3, closes_months=18)),
        replace(PARAMETERS, grid_buy_fractions=(), grid_cap_fractions=(), grid_loan_margins=()),
        replace(PARAMETERS, weight_grams=1.0, prices=PricePaths(start_price=0.02)),
        replace(PARAMETERS, currency="IDR", prices=PricePaths(start_price=2_500_000.0)),
    ],
    ids=["one-path", "before-the-window", "long", "no-grid", "small-figures", "large-figures"],
)
def test_whatever_was_simulated_can_be_drawn(name: str, asked: SimulationParameters) -> None:
    drawn = draw(simulated(asked), name, "svg")
    assert ET.fromstring(drawn).findtext(f"{SVG}title")
    assert "nan" not in drawn.decode()


@pytest.mark.parametrize(("name", "written_as"), [("pie", "svg"), ("fan", "gif"), ("", "png")])
def test_a_picture_there_is_not_is_refused_with_those_there_are(name: str, written_as: str) -> None:
    with pytest.raises(UnknownPicture, match="fan, cost_bands, profit, heat_map") as refused:
        draw(simulated(), name, written_as)
    assert refused.value.status == 404


def test_figures_are_written_with_a_true_minus_and_without_cents() -> None:
    assert [whole(amount) for amount in (-1234.5, -0.2, 0.0, 99.96, 1e6)] == [
        "−1,234", "−0.2", "0", "100", "1,000,000",
    ]  # fmt: skip
    assert [percent(ratio) for ratio in (0.75, 0.0125, 1.0)] == ["75%", "1.25%", "100%"]
    assert [price(amount) for amount in (186.6666, 0.018666)] == ["186.67", "0.01867"]
