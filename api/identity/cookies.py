"""The cookies that hold a sign-in: one for staff, one for customers, so that both may be open in one browser."""

from __future__ import annotations

from fastapi import Request, Response

from api.errors import Forbidden
from api.identity.accounts import SignedIn
from api.identity.principal import customer_cookie_name, is_own_origin, session_cookie_name
from api.settings import Settings


def set_session_cookie(response: Response, settings: Settings, signed_in: SignedIn) -> None:
    """Keep a session in the browser, out of any script's reach."""
    name = customer_cookie_name(settings) if signed_in.role == "customer" else session_cookie_name(settings)
    response.set_cookie(
        name,
        signed_in.token,
        expires=signed_in.expires_at,
        path="/",
        secure=settings.production,
        httponly=True,
        samesite="lax",
    )


def drop_session_cookie(response: Response, settings: Settings, *, customer: bool) -> None:
    """Take the session out of the browser."""
    name = customer_cookie_name(settings) if customer else session_cookie_name(settings)
    response.delete_cookie(name, path="/", secure=settings.production, httponly=True, samesite="lax")


def refuse_other_origins(request: Request, settings: Settings) -> None:
    """Another site must not sign its visitor in here, as somebody whom it chose. Programs, which send no Origin, may."""
    if request.headers.get("origin") is not None and not is_own_origin(request, settings):
        raise Forbidden("This is for our own pages.", code="forbidden_origin")
