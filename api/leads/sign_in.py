"""The dashboard's door: the sign-in of the desk, as a form that needs no script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.errors import CopilotError, Forbidden, Unauthorized
from api.identity.endpoints import sign_in_staff, sign_staff_out
from api.identity.principal import ANONYMOUS, Principal, principal_of, session_cookie_name
from api.identity.schemas import CredentialsIn
from api.services import Services, services
from api.web.pages import page_language, render_page

router = APIRouter(include_in_schema=False)

Copilot = Annotated[Services, Depends(services)]
# A password of this length is refused long before; it only keeps a form from being a flood.
_LONGEST = 400


async def lead_or_page(request: Request, copilot: Services) -> Principal | HTMLResponse:
    """The lead or admin who is signed in, else the page that says what to do: sign in, or ask for the role."""
    try:
        principal = await anyio.to_thread.run_sync(_who, request, copilot)
    except (Unauthorized, Forbidden):
        principal = ANONYMOUS
    if principal.has_role("lead"):
        return principal
    if principal.is_staff:
        return said(request, copilot, "forbidden", 403, email=principal.email or "")
    return sign_in_page(request, copilot)


def _who(request: Request, copilot: Services) -> Principal:
    settings = copilot.settings
    if not request.headers.get("authorization") and not request.cookies.get(session_cookie_name(settings)):
        return ANONYMOUS
    return principal_of(request, settings, copilot.database)


def sign_in_page(
    request: Request, copilot: Services, *, problem: str = "", email: str = "", back: str = "", status: int = 200
) -> HTMLResponse:
    """The form. `back`: where the lead wanted to go."""
    wanted = back or str(request.url.replace(scheme="", netloc=""))
    page = render_page(
        request,
        copilot.catalog,
        "leads/sign_in.html",
        status=status,
        problem=problem,
        email=email,
        back=own_path(wanted),
        sso=copilot.settings.oidc.name if copilot.settings.oidc.issuer else "",
    )
    return private(page)


def said(request: Request, copilot: Services, what: str, status: int, **values: str) -> HTMLResponse:
    """A page that says one thing (`web.leads.said.<what>`) and leads back to the dashboard."""
    return private(render_page(request, copilot.catalog, "leads/said.html", status=status, what=what, given=values))


def private(page: HTMLResponse) -> HTMLResponse:
    """Kept by no cache, and found by no search engine."""
    page.headers["Cache-Control"] = "no-store"
    page.headers["X-Robots-Tag"] = "noindex"
    return page


def own_path(wanted: str) -> str:
    """An address of the dashboard on this host, or its first page."""
    parts = urlsplit(wanted)
    inside = parts.path == "/leads" or parts.path.startswith("/leads/")
    if parts.scheme or parts.netloc or not inside or "\\" in wanted or parts.path == "/leads/sign-in":
        return "/leads"
    return wanted


@router.post("/leads/sign-in", response_class=HTMLResponse)
async def sign_in(
    request: Request,
    copilot: Copilot,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """Sign in and go where the lead wanted to go; else the form again, which says what was wrong."""
    onward = own_path(back)
    response = RedirectResponse(onward, 303, headers={"Cache-Control": "no-store"})
    try:
        credentials = CredentialsIn(email=email[:_LONGEST], password=password[:_LONGEST])
        await sign_in_staff(credentials, request, response, copilot)
    except (CopilotError, ValueError) as error:
        status = error.status if isinstance(error, CopilotError) else 401
        return sign_in_page(
            request, copilot, problem=_message(request, copilot, error), email=email[:254], back=onward, status=status
        )
    return response


@router.post("/leads/sign-out")
async def sign_out(request: Request, copilot: Copilot) -> Response:
    """End the session in this browser."""
    language = page_language(request, copilot.catalog)
    response = RedirectResponse(f"/leads?lang={language}", 303, headers={"Cache-Control": "no-store"})
    try:
        principal = await anyio.to_thread.run_sync(_who, request, copilot)
    except Unauthorized:
        principal = ANONYMOUS
    await sign_staff_out(request, response, principal, copilot)
    return response


def _message(request: Request, copilot: Services, error: Exception) -> str:
    wording = copilot.catalog.wording(page_language(request, copilot.catalog))
    code = error.code if isinstance(error, CopilotError) else "sign_in_wrong"
    values: Mapping[str, str | int] = error.values if isinstance(error, CopilotError) else {}
    try:
        return wording.text(f"errors.{code}", **values)
    except KeyError:
        return wording.text("errors.sign_in_wrong")
