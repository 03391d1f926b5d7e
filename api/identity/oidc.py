"""Sign-in of staff with the company's account: OpenID Connect, authorisation code with PKCE.

The provider says who somebody is and in which groups; the settings say which role a group has. Nobody gets an account without
such a role, and nobody without an address that the provider has verified.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlsplit

import httpx
import jwt
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt as tokens
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import CopilotError, Forbidden
from api.identity.accounts import SignedIn, begin_staff_session, staff_by_email
from api.identity.addresses import normalise_email
from api.identity.models import StaffUser
from api.identity.principal import STAFF_ROLES, Role
from api.identity.sessions import end_staff_sessions
from api.identity.tokens import hash_token, keyed_hash
from api.settings import OidcSettings, Settings

# Time to type a password and a second factor at the provider.
LIFETIME = dt.timedelta(minutes=10)
# Never `none`, and no HS256: with that one whoever knows the client's secret could sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
_KEPT_SECONDS = 600.0
_TIMEOUT = 10.0
_LEEWAY = 30
_AUDIENCE = "copilot-sso"


class SsoRefused(Forbidden):
    """The sign-in came to nothing; `code` is ``sso_failed`` (try again) or ``sso_role`` (no role here)."""


@dataclass(frozen=True)
class Begun:
    """Where the browser is sent, and what it keeps until it is back."""

    url: str
    kept: str


@dataclass(frozen=True)
class CompanyAccount:
    """Whom the provider vouches for. `role`: the highest that a group of theirs has, None for none."""

    subject: str
    email: str
    name: str
    role: Role | None


class Provider:
    """One OpenID provider: its discovery document and keys, asked for when they are needed and kept for ten minutes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._document: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_at = -_KEPT_SECONDS
        self._lock = asyncio.Lock()

    @property
    def _own(self) -> OidcSettings:
        return self._settings.oidc

    @property
    def redirect_uri(self) -> str:
        return f"{self._settings.public_url}/identity/sso/callback"

    async def begin(self, back: str) -> Begun:
        """Begin a sign-in that ends at `back`, an address of ours. Raises `SsoRefused` where the provider does not answer."""
        document = await self._discovered()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                document["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        until = int((utc_now() + LIFETIME).timestamp())
        claims = {"aud": _AUDIENCE, "exp": until, "state": state, "nonce": nonce, "verifier": verifier, "back": back}
        return Begun(str(url), jwt.encode(claims, self._cookie_key(), algorithm="HS256"))

    async def finish(self, kept: str, answered: dict[str, str]) -> tuple[CompanyAccount, str]:
        """Who came back, and where they wanted to go. `kept`: from `begin`; `answered`: the query of the callback.

        Raises `SsoRefused`: another browser's sign-in, a code or a token that is not for us, an address not verified.
        """
        try:
            begun = jwt.decode(kept, self._cookie_key(), algorithms=["HS256"], audience=_AUDIENCE)
        except jwt.PyJWTError as error:
            raise _failed("it was not begun in this browser, or took longer than ten minutes") from error
        if not hmac.compare_digest(answered.get("state", "").encode(), str(begun["state"]).encode()):
            raise _failed("it belongs to another sign-in")
        # RFC 9207: the answer of one provider must not be taken to another one.
        if answered.get("iss", self._own.issuer) != self._own.issuer:
            raise _failed("another provider answered")
        if "error" in answered or not answered.get("code"):
            raise _failed("the provider refused it")
        claims = await self._claims(answered["code"], str(begun["verifier"]), str(begun["nonce"]))
        return self._account(claims), str(begun["back"])

    async def _claims(self, code: str, verifier: str, nonce: str) -> dict[str, Any]:
        document = await self._discovered()
        try:
            async with self._client() as client:
                given = await client.fetch_token(
                    document["token_endpoint"], code=code, code_verifier=verifier, grant_type="authorization_code"
                )
            read = tokens.decode(str(given["id_token"]), await self._keys_for(given["id_token"]), list(ALGORITHMS))
            rules = tokens.JWTClaimsRegistry(
                leeway=_LEEWAY,
                iss={"essential": True, "value": self._own.issuer},
                aud={"essential": True, "value": self._own.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            rules.validate(read.claims)
        except (OAuthError, JoseError, KeyError, ValueError, TypeError) as error:
            raise _failed(f"its token is not for us ({type(error).__name__})") from error
        except Exception as error:
            if not type(error).__module__.startswith(("httpx", "httpcore")):
                raise
            raise _failed("the provider does not answer") from error
        claims: dict[str, Any] = read.claims
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._own.client_id:
            raise _failed("its token is for somebody else as well")
        return claims

    def _account(self, claims: dict[str, Any]) -> CompanyAccount:
        if claims.get("email_verified") is not True or not isinstance(claims.get("email"), str):
            raise _failed("the provider has not verified the address")
        try:
            email = normalise_email(claims["email"])
        except CopilotError as error:
            raise _failed("the provider's address is none") from error
        held = claims.get(self._own.role_claim) or []
        groups = [held] if isinstance(held, str) else [each for each in held if isinstance(each, str)]
        roles = [self._own.roles[each] for each in groups if each in self._own.roles]
        role = max(roles, key=STAFF_ROLES.index, default=None)
        name = "".join(each for each in str(claims.get("name") or "") if each.isprintable())[:255]
        return CompanyAccount(hash_token(f"{claims['iss']}|{claims['sub']}"), email, name, role)

    def _client(self) -> Any:
        return AsyncOAuth2Client(
            self._own.client_id,
            self._own.client_secret.get_secret_value(),
            scope=self._own.scopes,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
            trust_env=False,
        )

    async def _discovered(self, *, again: bool = False) -> dict[str, Any]:
        async with self._lock:
            age = time.monotonic() - self._read_at
            # An unknown key has them read again, but not at every forged token.
            if age < (60 if again else _KEPT_SECONDS) and self._document:
                return self._document
            try:
                async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
                    answer = await client.get(f"{self._own.issuer.rstrip('/')}/.well-known/openid-configuration")
                    document: dict[str, Any] = answer.raise_for_status().json()
                    self._check(document)
                    keys = (await client.get(document["jwks_uri"])).raise_for_status().json()
                self._keys = KeySet.import_key_set(keys)
            except (httpx.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
                raise _failed(f"the provider's description cannot be read ({type(error).__name__})") from error
            self._document, self._read_at = document, time.monotonic()
            return document

    async def _keys_for(self, token: str) -> KeySet:
        assert self._keys is not None  # noqa: S101 - read with the document
        kid = jwt.get_unverified_header(token).get("kid") if token.count(".") == 2 else None
        if kid is not None and kid not in {each.kid for each in self._keys.keys}:
            await self._discovered(again=True)
        return self._keys

    def _check(self, document: dict[str, Any]) -> None:
        if document["issuer"] != self._own.issuer:
            raise _failed("the description is of another issuer than COPILOT_OIDC__ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            scheme = urlsplit(str(document[name])).scheme
            if scheme != "https" and (self._settings.production or scheme != "http"):
                raise _failed(f"its {name} is not https")

    def _cookie_key(self) -> str:
        return keyed_hash(self._settings, "sso-cookie")


def sign_in(session: Session, who: CompanyAccount, *, device: str) -> SignedIn | SsoRefused:
    """A session for a company account, whose staff account is made at the first time and has the role of its groups.

    Returned, not raised, where there is no role or the account is switched off: the sessions that it had end all the same.
    """
    user = session.scalar(select(StaffUser).where(StaffUser.sso_subject == who.subject))
    if user is None:
        user = staff_by_email(session, who.email)
        if user is not None and user.sso_subject is not None:
            return SsoRefused("This address belongs to another account of your company.", code="sso_role")
    if who.role is None or (user is not None and not user.active):
        if user is not None and user.sso_subject is not None:
            end_staff_sessions(session, user.id)
        return SsoRefused(
            "None of your groups has a role here: an admin maps groups to roles by COPILOT_OIDC__ROLES.",
            code="sso_role",
        )
    if user is None:
        # No argon2 hash: no password ever matches it.
        user = StaffUser(email=who.email, name=who.name, role=who.role, password_hash="!", active=True)  # noqa: S106
        session.add(user)
    user.sso_subject, user.role = who.subject, who.role
    user.name = user.name or who.name
    session.flush()
    return begin_staff_session(session, user, device=device, via="sso")


def known_roles() -> tuple[str, ...]:
    """What a group may be mapped to."""
    return tuple(role for role in get_args(Role) if role in STAFF_ROLES)


def _failed(why: str) -> SsoRefused:
    return SsoRefused(f"The sign-in with your company's account came to nothing: {why}.", code="sso_failed")
