"""HTTP of the pictures: drawn after the unit of work is closed, the same bytes each time."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.sarf.simulation import service
from sanduq.sarf.simulation.model import Simulation
from sanduq.sarf.simulation.pictures.drawing import NAMES, PictureFormat, draw, require_known

router = APIRouter(prefix="/v1/rails/sarf/simulations", tags=["Sarf"])

# The picture asks for nothing; a browser that opens it alone lets it ask for nothing but the
# style it carries itself.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture; as SVG with a title and a description.",
        "content": {
            PictureFormat.SVG.media_type: {"schema": {"type": "string"}},
            PictureFormat.PNG.media_type: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_Name = Annotated[str, Path(json_schema_extra={"enum": list(NAMES)})]
_Format = Annotated[str, Path(json_schema_extra={"enum": [*PictureFormat]})]


@router.get(
    "/{simulation_id}/pictures/{name}.{picture_format}",
    response_class=Response,
    responses=_PICTURE,
    openapi_extra=scope("sarf:read"),
)
def get_simulation_picture(
    request: Request, simulation_id: str, name: _Name, picture_format: _Format
) -> Any:
    """The price by month, the customer's costs, the profit, or other terms, as a picture."""
    found: list[Simulation] = []

    def read(uow: UnitOfWork) -> Response:
        require_known(name, picture_format)
        checked_id(simulation_id, "sim", "simulation_id")
        found.append(service.get(uow, simulation_id).simulation)
        return Response()

    answer: Response = gateway(request).read(request, read)
    picture = draw(found[0], name, picture_format)
    tag = f'"{hashlib.sha256(picture).hexdigest()[:32]}"'
    answer.headers.update({**_HEADERS, "ETag": tag})
    if request.headers.get("if-none-match") == tag:
        answer.status_code = 304
        del answer.headers["content-length"]
        return answer
    answer.body = picture
    answer.headers["content-length"] = str(len(picture))
    answer.headers["content-type"] = PictureFormat(picture_format).media_type
    return answer
