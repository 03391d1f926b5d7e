"""The two addresses of single sign-on: where it begins and where the provider sends the browser back."""

from __future__ import annotations

import logging
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.errors import NotFound
from api.identity import accounts
from api.identity.cookies import set_session_cookie
from api.identity.devices import device_of
from api.identity.oidc import LIFETIME, Provider, SsoRefused, sign_in
from api.identity.principal import session_cookie_name
from api.leads.sign_in import said
from api.services import Services, services
from api.settings import Settings

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/identity/sso", include_in_schema=False)

Copilot = Annotated[Services, Depends(services)]
_FACES = ("/desk", "/leads")


def provider(request: Request, copilot: Copilot) -> Provider:
    """The company's provider; 404 where none is set."""
    if not copilot.settings.oidc.issuer:
        raise NotFound("Single sign-on is not set up here: see docs/security.md.")
    made: Provider | None = getattr(request.app.state, "oidc", None)
    if made is None:
        made = request.app.state.oidc = Provider(copilot.settings)
    return made


Sso = Annotated[Provider, Depends(provider)]


@router.get("/start")
async def start(
    request: Request, copilot: Copilot, sso: Sso, back: Annotated[str, Query(max_length=500)] = "/desk"
) -> Response:
    """Send the browser to the provider."""
    try:
        begun = await sso.begin(own_face(back))
    except SsoRefused as refusal:
        return _refused(request, copilot, refusal)
    response = RedirectResponse(begun.url, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    secure = copilot.settings.production
    seconds = int(LIFETIME.total_seconds())
    # Lax: the provider's redirect is a navigation from another site, and has to bring it along.
    response.set_cookie(
        cookie_name(copilot.settings),
        begun.kept,
        max_age=seconds,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/callback")
async def callback(request: Request, copilot: Copilot, sso: Sso) -> Response:
    """The provider's answer: a session, or a page that says why there is none."""
    settings = copilot.settings
    kept = request.cookies.get(cookie_name(settings), "")
    answered = {name: value for name, value in request.query_params.items() if len(value) <= 4096}
    device = device_of(request)
    old = request.cookies.get(session_cookie_name(settings))
    try:
        who, back = await sso.finish(kept, answered)
        begun = await copilot.database.writing(lambda session: sign_in(session, who, device=device))
        if isinstance(begun, SsoRefused):
            raise begun
        if old:
            await copilot.database.writing(lambda session: accounts.end_session(session, old))
        response: Response = RedirectResponse(f"{back}#signed-in", 303, headers={"Cache-Control": "no-store"})
        set_session_cookie(response, settings, begun)
    except SsoRefused as refusal:
        response = _refused(request, copilot, refusal)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.production, httponly=True, samesite="lax")
    return response


def cookie_name(settings: Settings) -> str:
    """Of what a browser keeps while it is at the provider."""
    return "__Host-copilot_sso" if settings.production else "copilot_sso"


def own_face(wanted: str) -> str:
    """An address of the desk or the dashboard on this host, or the desk."""
    parts = urlsplit(wanted)
    inside = any(parts.path == face or parts.path.startswith(f"{face}/") for face in _FACES)
    clean = not (parts.scheme or parts.netloc or parts.fragment) and "\\" not in wanted and wanted.isprintable()
    return wanted if inside and clean else "/desk"


def _refused(request: Request, copilot: Services, refusal: SsoRefused) -> Response:
    # The reason is ours and names nobody.
    logger.warning("single sign-on refused: %s", refusal.message)
    return said(request, copilot, refusal.code, refusal.status)
