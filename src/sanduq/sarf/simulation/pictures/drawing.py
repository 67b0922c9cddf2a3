"""From a simulation to the bytes of a picture: the same simulation, the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from html import escape
from io import BytesIO
from threading import Lock
from types import MappingProxyType

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG

from sanduq.sarf.simulation.model import Simulation
from sanduq.sarf.simulation.pictures.errors import UnknownPicture
from sanduq.sarf.simulation.pictures.figures import (
    Drawn,
    draw_cost_bands,
    draw_fan,
    draw_profit,
)
from sanduq.sarf.simulation.pictures.heat_map import draw_heat_map

_PNG_DPI = 150
# Who reads an SVG may lack the font it was measured with; the next is nearly as wide.
_FONT = "font-family: 'DejaVu Sans'"
# The library keeps fonts and settings for all threads alike.
_ONE_AT_A_TIME = Lock()


class PictureFormat(StrEnum):
    SVG = "svg"
    PNG = "png"

    @property
    def media_type(self) -> str:
        return "image/svg+xml" if self is PictureFormat.SVG else "image/png"


_PICTURES: Mapping[str, Callable[[Simulation], Drawn]] = MappingProxyType(
    {
        "fan": draw_fan,
        "cost_bands": draw_cost_bands,
        "profit": draw_profit,
        "heat_map": draw_heat_map,
    }
)
NAMES = tuple(_PICTURES)


def draw(simulation: Simulation, name: str, written_as: str) -> bytes:
    """The picture of that name as `svg` or `png`: the same bytes for the same simulation.

    Refuses NOT_FOUND a name or a format there is not, and tells those there are.
    """
    picture, kind = require_known(name, written_as)
    with _ONE_AT_A_TIME:
        drawn = picture(simulation)
        return _svg(drawn) if kind is PictureFormat.SVG else _png(drawn)


def require_known(
    name: str, written_as: str
) -> tuple[Callable[[Simulation], Drawn], PictureFormat]:
    """How to draw it and as what. Refuses NOT_FOUND what there is not."""
    if name not in _PICTURES or written_as not in set(PictureFormat):
        raise UnknownPicture(
            f"there is no picture {name}.{written_as}; there are {', '.join(NAMES)},"
            f" each as {' and '.join(PictureFormat)}",
            pictures=list(NAMES),
            formats=list(PictureFormat),
        )
    return _PICTURES[name], PictureFormat(written_as)


def _png(drawn: Drawn) -> bytes:
    written = BytesIO()
    told = {"Software": None, "Title": drawn.title, "Description": drawn.description}
    FigureCanvasAgg(drawn.figure)
    drawn.figure.savefig(written, format="png", dpi=_PNG_DPI, metadata=told)
    return written.getvalue()


def _svg(drawn: Drawn) -> bytes:
    """Text stays text; the title and what the picture tells come first, for who hears it read."""
    written = BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    FigureCanvasSVG(drawn.figure)
    drawn.figure.savefig(written, format="svg", metadata=nothing)
    text = written.getvalue().decode().replace(_FONT, f"{_FONT}, Verdana, sans-serif")
    _, found, rest = text.partition("<svg ")
    attributes, closed, content = rest.partition(">")
    return (
        f'{found}role="img" aria-labelledby="title description" lang="en" {attributes}{closed}'
        f'<title id="title">{escape(drawn.title)}</title>'
        f'<desc id="description">{escape(drawn.description)}</desc>{content}'
    ).encode()
