"""The pages that people open, and the files that they load."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from api.errors import NotFound
from api.services import Services, services
from api.web.modules import desk_modules, static_file
from api.web.pages import render_page

router = APIRouter(include_in_schema=False)

Copilot = Annotated[Services, Depends(services)]


@router.get("/", response_class=HTMLResponse)
async def shop(request: Request, copilot: Copilot) -> HTMLResponse:
    """The demo shop, with the widget as an anonymous visitor meets it."""
    return render_page(request, copilot.catalog, "shop.html")


@router.get("/admin", response_class=HTMLResponse)
async def admin(request: Request, copilot: Copilot) -> HTMLResponse:
    """The demo host application, which vouches for its signed-in customer."""
    return render_page(request, copilot.catalog, "admin.html")


@router.get("/desk", response_class=HTMLResponse)
@router.get("/desk/tickets/{ticket_id}", response_class=HTMLResponse)
@router.get("/desk/macros", response_class=HTMLResponse)
@router.get("/desk/notices", response_class=HTMLResponse)
@router.get("/desk/mails", response_class=HTMLResponse)
async def desk(request: Request, copilot: Copilot) -> HTMLResponse:
    """The agents' desk. The page is empty until its script has proven to the api who is asking."""
    return render_page(
        request,
        copilot.catalog,
        "desk.html",
        parts=desk_modules(),
        sso=copilot.settings.oidc.name if copilot.settings.oidc.issuer else "",
        here=str(request.url.replace(scheme="", netloc="", fragment="")),
    )


@router.get("/widget/{path:path}")
async def widget_file(path: str, request: Request) -> Response:
    """A static file. Any site may load the widget from here; what it may *do* is decided by its widget key."""
    found = static_file(path)
    if found is None:
        raise NotFound("there is no such file under /widget")
    headers = {
        "ETag": found.etag,
        # The address of a module stays the same when it changes, so browsers ask each time; the answer is mostly 304.
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.compressed, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.media_type, headers=headers)
