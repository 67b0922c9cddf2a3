"""HTTP of items and their photos."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from sanduq.assets.items import service
from sanduq.assets.items.schemas import (
    ItemFilters,
    ItemIn,
    ItemList,
    ItemOut,
    PhotoIn,
    PhotoList,
    PhotoOut,
    item_out,
    photo_out,
)
from sanduq.assets.schemas import Identifier
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import PageQuery, checked_id

router = APIRouter(prefix="/v1/gold/items", tags=["Gold"])

_PICTURES: dict[str, Any] = {
    f"image/{kind}": {"schema": {"type": "string", "format": "binary"}}
    for kind in ("jpeg", "png", "webp")
}
READ, WRITE = "gold:read", "gold:write"


@router.post("", response_model=ItemOut, status_code=201, openapi_extra=scope(WRITE))
def register_item(request: Request, body: ItemIn) -> Any:
    """Put a thing of value on record: weights, marks, the fineness it is said to have."""

    def registered(uow: UnitOfWork) -> dict[str, Any]:
        (item,) = service.register_items(uow, [body.command()])
        return item_out(item)

    return gateway(request).write(request, registered, status=201)


@router.get("", response_model=ItemList, openapi_extra=scope(READ))
def list_items(request: Request, filters: Annotated[ItemFilters, Query()]) -> Any:
    """List items, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_items(
            uow,
            filters.page_request(),
            owner_id=filters.owner_id,
            kind=filters.kind,
            metal=filters.metal,
            serial=filters.serial,
            external_id=filters.external_id,
            created_from=filters.created_from,
            created_before=filters.created_before,
        ).render(item_out),
    )


@router.get("/{item_id}", response_model=ItemOut, openapi_extra=scope(READ))
def get_item(request: Request, item_id: Identifier) -> Any:
    """One item, as it was registered."""
    return gateway(request).read(
        request, lambda uow: item_out(service.get_item(uow, _item(item_id)))
    )


@router.post(
    "/{item_id}/photos", response_model=PhotoOut, status_code=201, openapi_extra=scope(WRITE)
)
def add_photo(request: Request, item_id: Identifier, body: PhotoIn) -> Any:
    """Keep a photo of an item: JPEG, PNG or WebP, at most 2 MiB."""
    return gateway(request).write(
        request,
        lambda uow: photo_out(
            service.add_photo(uow, _item(item_id), body.content(), body.media_type)
        ),
        status=201,
    )


@router.get("/{item_id}/photos", response_model=PhotoList, openapi_extra=scope(READ))
def list_photos(request: Request, item_id: Identifier, query: Annotated[PageQuery, Query()]) -> Any:
    """Photos of an item, newest first; their content is at its own path."""
    return gateway(request).read(
        request,
        lambda uow: service.list_photos(uow, _item(item_id), query.page_request()).render(
            photo_out
        ),
    )


@router.get(
    "/{item_id}/photos/{photo_id}/content",
    response_class=Response,
    responses={200: {"content": _PICTURES}},
    openapi_extra=scope(READ),
)
def get_photo_content(request: Request, item_id: Identifier, photo_id: Identifier) -> Any:
    """The photo itself."""

    def found(uow: UnitOfWork) -> Response:
        photo = checked_id(photo_id, "pht", "photo_id")
        media_type, content = service.photo_content(uow, _item(item_id), photo)
        headers = {"X-Content-Type-Options": "nosniff"}
        return Response(content, media_type=media_type.value, headers=headers)

    return gateway(request).read(request, found)


def _item(item_id: str) -> str:
    return checked_id(item_id, "itm", "item_id")
