"""The host application's signed tokens: verified strictly, exchanged once for what is ours.

The key decides the algorithm, never the token's header (RFC 8725, 3.1): a PEM public key means EdDSA, a shared secret
HS256. Headers that name a key of their own (`jwk`, `jku`, `x5u`, `x5c`) or an extension (`crit`) are refused.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import jwt
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import CopilotError, Unauthorized
from api.identity.addresses import normalise_email
from api.identity.customers import customer_of_host
from api.identity.models import Customer, HostTokenUse
from api.identity.tokens import hash_token
from api.settings import Settings, SettingsError

MAX_LIFETIME = dt.timedelta(minutes=5)
# Two machines' clocks are rarely further apart; more would stretch the five minutes.
LEEWAY = dt.timedelta(seconds=10)
_REFUSED_HEADERS = ("jwk", "jku", "x5u", "x5c", "crit")


@dataclass(frozen=True)
class HostIdentity:
    """What the host says of its customer. `email_verified` is true unless the host says otherwise."""

    sub: str
    email: str | None
    email_verified: bool
    name: str
    account_id: str | None
    platforms: tuple[str, ...]
    language: str | None
    # None: the host does not say.
    account_viewer: bool | None = None


def exchange_host_token(session: Session, token: str, settings: Settings) -> Customer:
    """Verify the token, use it up, and find or make its customer. Raises `Unauthorized` (``host_token``)."""
    return customer_of_host(session, verify_host_token(settings, session, token))


def verify_host_token(settings: Settings, session: Session, token: str) -> HostIdentity:
    """The identity in a good token, whose `jti` is used up in this transaction.

    Raises `Unauthorized` with code ``host_token`` where the signature, `aud`, `exp` (at most five minutes after
    `iat`), `kid` or `jti` is not as it has to be; the message says which.
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise _refuse("it is not a JWT") from error
    named = [name for name in _REFUSED_HEADERS if name in header]
    if named:
        raise _refuse(f"its header may not carry {', '.join(named)}")
    kid = header.get("kid")
    key = settings.host_jwt_keys.get(kid) if isinstance(kid, str) else None
    if key is None or (settings.production and kid == "demo"):
        raise _refuse("its kid is none of the active keys (COPILOT_HOST_JWT_KEYS)")
    claims = _claims(settings, token, kid=str(kid), key=key)
    _use_up(session, claims)
    return _identity(claims)


def _claims(settings: Settings, token: str, *, kid: str, key: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm_of(kid, key)],
            audience=settings.host_jwt_audience,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "jti", "sub", "aud"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise _refuse("it has expired: sign a new one for each conversation") from error
    except (jwt.PyJWTError, ValueError, OverflowError) as error:
        raise _refuse(str(error)) from error
    if claims["exp"] - claims["iat"] > MAX_LIFETIME.total_seconds():
        raise _refuse("exp is more than five minutes after iat")
    for name in ("jti", "sub"):
        if not isinstance(claims[name], str) or not 0 < len(claims[name]) <= 255 or not claims[name].isprintable():
            raise _refuse(f"{name} must be a text of 1 to 255 printable characters")
    return claims


def algorithm_of(kid: str, key: str) -> str:
    """``EdDSA`` for a PEM public key, ``HS256`` for a secret. Raises `SettingsError` for a weak secret."""
    if "-----BEGIN" in key:
        return "EdDSA"
    if len(key) < 32:
        raise SettingsError(f"COPILOT_HOST_JWT_KEYS: the secret of {kid!r} has fewer than 32 characters: use more")
    return "HS256"


def _use_up(session: Session, claims: dict[str, Any]) -> None:
    now = utc_now()
    session.execute(delete(HostTokenUse).where(HostTokenUse.expires_at < now - MAX_LIFETIME))
    use = HostTokenUse(jti_hash=hash_token(claims["jti"]), expires_at=dt.datetime.fromtimestamp(claims["exp"], dt.UTC))
    try:
        with session.begin_nested():
            session.add(use)
    except IntegrityError as error:
        raise _refuse("its jti was used before: sign a new one for each conversation") from error


def _identity(claims: dict[str, Any]) -> HostIdentity:
    email = claims.get("email")
    try:
        address = normalise_email(email) if isinstance(email, str) and email else None
    except CopilotError as error:
        raise _refuse("its email is not an address") from error
    platforms = claims.get("platforms") or []
    if not isinstance(platforms, list) or len(platforms) > 200:
        raise _refuse("its platforms are no list of at most 200 names")
    return HostIdentity(
        sub=claims["sub"],
        email=address,
        email_verified=claims.get("email_verified") is not False,
        name=_text(claims, "name", 255) or "",
        account_id=_text(claims, "account_id", 128),
        platforms=tuple(shown for name in platforms if (shown := _printable(str(name))[:200])),
        language=_text(claims, "language", 8) or _text(claims, "locale", 8),
        account_viewer=viewer if isinstance(viewer := claims.get("account_viewer"), bool) else None,
    )


def _text(claims: dict[str, Any], name: str, longest: int) -> str | None:
    value = claims.get(name)
    return _printable(value)[:longest] or None if isinstance(value, str) else None


def _printable(text: str) -> str:
    """Without control characters and halves of surrogate pairs, which no database stores."""
    return "".join(character for character in text if character.isprintable()).strip()


def _refuse(why: str) -> Unauthorized:
    return Unauthorized(f"The host token was refused: {why}.", code="host_token")
