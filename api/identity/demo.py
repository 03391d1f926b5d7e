"""The demo shop's side of the host identity: what an integrator's own server does, here so that the demo page works."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import jwt

from api.database import utc_now
from api.identity.host_tokens import MAX_LIFETIME
from api.identity.schemas import DemoIdentityOut
from api.settings import Settings

if TYPE_CHECKING:
    from bot.catalog import Catalog

_NAME = "Ana Demo"
_EMAIL = "ana@demo-shop.example"


def demo_identity(settings: Settings, catalog: Catalog) -> DemoIdentityOut:
    """A host token for the demo customer, signed with the demo key, good for five minutes and one use."""
    account_id, platforms = next(iter(catalog.account_platforms().items()), ("demo-shop", ()))
    now = int(utc_now().timestamp())
    claims = {
        "sub": "demo-customer",
        "aud": settings.host_jwt_audience,
        "iat": now,
        "exp": now + int(MAX_LIFETIME.total_seconds()),
        "jti": secrets.token_urlsafe(16),
        "email": _EMAIL,
        "name": _NAME,
        "account_id": account_id,
        "platforms": list(platforms),
    }
    token = jwt.encode(claims, settings.host_jwt_keys["demo"], algorithm="HS256", headers={"kid": "demo"})
    return DemoIdentityOut(token=token, email=_EMAIL, name=_NAME, account_id=account_id, platforms=list(platforms))
