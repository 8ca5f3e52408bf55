"""Pages and files for browsers: the chat, product pictures, the OpenAPI page."""

from __future__ import annotations

import os
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Path
from fastapi.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.deps import Anyone, ServicesDep
from closer.catalog.images import svg
from closer.kit.errors import NotFound
from closer.kit.settings import ROOT

router = APIRouter(include_in_schema=False)

WEB = ROOT / "web"
_PAGES = {"/": "chat", "/chat": "chat", "/reset": "reset", "/docs": "vendor/swagger"}
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def _page(folder: str) -> FileResponse:
    file = WEB / folder / "index.html"
    if not file.is_file():
        raise NotFound("this page is not installed")
    return FileResponse(file, media_type="text/html; charset=utf-8")


@router.get("/", dependencies=[Depends(Anyone(per_minute=300))])
@router.get("/chat", dependencies=[Depends(Anyone(per_minute=300))])
async def chat() -> FileResponse:
    """Show the chat."""
    return _page("chat")


@router.get("/reset", dependencies=[Depends(Anyone())])
async def reset() -> FileResponse:
    """Show where a new password is set; the token is after the #, so it never reaches a log."""
    return _page("reset")


@router.get("/confirm", dependencies=[Depends(Anyone())])
async def confirm() -> FileResponse:
    """Show where a registration is confirmed; the token is after the #."""
    return _page("confirm")


@router.get("/checkout", dependencies=[Depends(Anyone(per_minute=120))])
async def checkout() -> FileResponse:
    """Show the checkout; the cart's token is after the #."""
    return _page("checkout")


@router.get("/docs", dependencies=[Depends(Anyone())])
async def docs() -> FileResponse:
    """Show the OpenAPI document."""
    return _page("vendor/swagger")


@router.get("/media/products/{product_id}.svg", dependencies=[Depends(Anyone(per_minute=6000))])
async def picture(
    product_id: Annotated[str, Path(max_length=64)], services: ServicesDep
) -> Response:
    """Draw a product."""
    drawing = svg(await services.catalog.get(product_id))
    headers = {"Content-Security-Policy": _PICTURE_POLICY, "Cache-Control": "public, max-age=86400"}
    return Response(drawing, media_type="image/svg+xml", headers=headers)


class _WebFiles(StaticFiles):
    """The files below web/; browsers ask each time whether a file is still the same (ETag)."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return a file."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def mount_files(app: FastAPI) -> None:
    """Serve /static/ from web/."""
    app.mount("/static", _WebFiles(directory=WEB, check_dir=False), name="static")
