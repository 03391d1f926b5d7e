"""Who is asking: one `Principal` for a request, whatever token it came with, and the checks that endpoints declare."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Conversation, ConversationToken, Turn
from api.database import Database, utc_now
from api.errors import Forbidden, Unauthorized
from api.identity.models import ApiToken, Customer, SignInSession, StaffUser
from api.identity.tokens import API_TOKEN_PREFIX, SESSION_PREFIX, hash_token
from api.identity.turn_tokens import read_turn_token
from api.services import Services, services
from api.settings import Settings

Kind = Literal["anonymous", "conversation", "turn", "customer", "staff", "api_token", "system"]
Role = Literal["customer", "agent", "lead", "admin"]
STAFF_ROLES: tuple[Role, ...] = ("agent", "lead", "admin")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Sent by the portal's scripts.
FACE_HEADER = "copilot-face"
_LAST_USE_GRAIN = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Principal:
    """Who is asking, and what that proves.

    `customer_id` is set only where the customer is proven: a signed-in customer, a customer's API token, or a
    conversation (or its turn) whose address was verified. `network` is a keyed hash of the customer's address where
    the request came through an action.
    """

    kind: Kind
    role: Role | None = None
    staff_id: int | None = None
    customer_id: int | None = None
    conversation_id: str | None = None
    turn_id: str | None = None
    email: str | None = None
    name: str | None = None
    account_id: str | None = None
    language: str | None = None
    network: str | None = None
    # Of the sign-in that this request came with.
    session_id: int | None = None

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF_ROLES

    @property
    def scope(self) -> str:
        """Who owns an Idempotency-Key: the same key of two callers is two keys."""
        if self.conversation_id:
            return f"conversation:{self.conversation_id}"
        if self.staff_id:
            return f"staff:{self.staff_id}"
        return f"customer:{self.customer_id}"

    def has_role(self, minimum: Role) -> bool:
        """Whether this is staff of that role or a higher one (agent < lead < admin)."""
        return self.role in STAFF_ROLES and STAFF_ROLES.index(self.role) >= STAFF_ROLES.index(minimum)


ANONYMOUS = Principal("anonymous")
# What the product does by itself: closing what was solved, following a remote ticket.
SYSTEM = Principal("system")


def session_cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host and to https, which development does not have."""
    return "__Host-copilot_session" if settings.production else "copilot_session"


def customer_cookie_name(settings: Settings) -> str:
    """Apart from the staff's: whoever is both keeps both."""
    return "__Host-copilot_customer" if settings.production else "copilot_customer"


def client_address(request: Request) -> str | None:
    """The caller's address; behind a declared proxy the customer's (api/abuse/proxies.py)."""
    return request.client.host if request.client else None


def current_principal(request: Request, parts: Annotated[Services, Depends(services)]) -> Principal:
    """The caller. No credentials: anonymous. Bad or expired ones: `Unauthorized`, never a silent anonymous."""
    principal = principal_of(request, parts.settings, parts.database)
    request.state.principal = principal
    return principal


def principal_of(request: Request, settings: Settings, database: Database) -> Principal:
    """As `current_principal`, for code that is no endpoint."""
    header = request.headers.get("authorization")
    method = request.method
    if header:
        scheme, _, rest = header.partition(" ")
        token = rest.strip()
        if scheme.lower() == "bearer" and token:
            return _from_bearer(token, method, settings, database)
        if scheme.lower() == "basic" and token:
            return _from_basic(token, method, database)
        raise Unauthorized("Use `Authorization: Bearer <token>`, or Basic with `<e-mail>/token:<API token>`.")
    cookie = session_cookie(request, settings)
    if cookie:
        _require_same_origin(request, settings)
        return _from_session(cookie, database)
    return ANONYMOUS


def session_cookie(request: Request, settings: Settings) -> str | None:
    """The sign-in that rides along: staff's, else the customer's; on a page of the portal, which says so, the customer's."""
    customer = request.cookies.get(customer_cookie_name(settings))
    if request.headers.get(FACE_HEADER) == "portal":
        return customer
    return request.cookies.get(session_cookie_name(settings)) or customer


def is_own_origin(request: Request, settings: Settings) -> bool:
    """Whether the request comes from one of our own pages."""
    own = {settings.public_url, f"{request.url.scheme}://{request.headers.get('host', '')}"}
    return request.headers.get("origin") in own


def _require_same_origin(request: Request, settings: Settings) -> None:
    """A cookie rides along on other sites' requests: whatever changes something must come from our own pages."""
    if request.method in _SAFE_METHODS:
        return
    if not is_own_origin(request, settings):
        raise Forbidden("A request with the sign-in cookie must come from our own pages.", code="forbidden_origin")


def _from_bearer(token: str, method: str, settings: Settings, database: Database) -> Principal:
    if token.startswith(API_TOKEN_PREFIX):
        return _from_api_token(token, None, method, database)
    if token.startswith(SESSION_PREFIX):
        return _from_session(token, database)
    with database.read() as session:
        if token.count(".") == 2:
            return _from_turn(session, settings, token)
        return _from_conversation(session, token)


def _from_turn(session: Session, settings: Settings, token: str) -> Principal:
    claims = read_turn_token(settings, token)
    conversation = session.get(Conversation, claims.conversation_id)
    if conversation is None:
        raise Unauthorized("The conversation of this turn is gone.")
    turn = session.get(Turn, claims.turn_id)
    if turn is not None and (turn.status != "pending" or turn.conversation_id != conversation.id):
        raise Unauthorized("This turn is over: nothing more can be done in its name.")
    return _of_conversation(session, conversation, "turn", claims.turn_id, claims.network)


def _from_conversation(session: Session, token: str) -> Principal:
    hashed = hash_token(token)
    conversation = session.scalar(select(Conversation).where(Conversation.token_hash == hashed))
    if conversation is None and (device := session.get(ConversationToken, hashed)) is not None:
        conversation = session.get(Conversation, device.conversation_id)
    if conversation is None:
        raise Unauthorized("This token is unknown or was revoked.")
    return _of_conversation(session, conversation, "conversation", None, None)


def _of_conversation(
    session: Session, conversation: Conversation, kind: Kind, turn_id: str | None, network: str | None
) -> Principal:
    customer = None
    if conversation.verified_at is not None and conversation.customer_id is not None:
        customer = session.get(Customer, conversation.customer_id)
    return Principal(
        kind,
        role="customer" if customer else None,
        customer_id=customer.id if customer else None,
        conversation_id=conversation.id,
        turn_id=turn_id,
        email=customer.mail_address if customer else None,
        name=customer.name if customer else None,
        account_id=conversation.account_id,
        language=conversation.language,
        network=network,
    )


def _from_session(token: str, database: Database) -> Principal:
    now = utc_now()
    with database.read() as session:
        row = session.scalar(select(SignInSession).where(SignInSession.token_hash == hash_token(token)))
        if row is None or row.expires_at <= now:
            raise Unauthorized("This sign-in is over: sign in again.")
        if row.kind == "staff":
            principal = _staff(session.get(StaffUser, row.staff_id), "staff")
        else:
            principal = _customer(session.get(Customer, row.customer_id), "customer")
    if now - (row.last_used_at or row.created_at) > _LAST_USE_GRAIN:
        with database.write() as session:
            used = session.get(SignInSession, row.id)
            if used is not None:
                used.last_used_at = now
    return replace(principal, session_id=row.id)


def _staff(user: StaffUser | None, kind: Kind) -> Principal:
    if user is None or not user.active:
        raise Unauthorized("This account is switched off: ask an admin.")
    role: Role = user.role  # type: ignore[assignment]  # the table holds nothing else
    return Principal(kind, role=role, staff_id=user.id, email=user.email, name=user.name)


def _customer(customer: Customer | None, kind: Kind) -> Principal:
    if customer is None:
        raise Unauthorized("This account is gone.")
    return Principal(
        kind,
        role="customer",
        customer_id=customer.id,
        email=customer.mail_address,
        name=customer.name,
        account_id=customer.account_id,
        language=customer.locale,
    )


def _from_basic(encoded: str, method: str, database: Database) -> Principal:
    try:
        user, _, token = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthorized("The Basic credentials cannot be read.") from error
    email, slash, word = user.rpartition("/")
    if not slash or word != "token":
        raise Unauthorized("Basic needs `<e-mail>/token` as the user name and an API token as the password.")
    return _from_api_token(token, email.strip().lower(), method, database)


def _from_api_token(token: str, email: str | None, method: str, database: Database) -> Principal:
    with database.read() as session:
        row = session.scalar(select(ApiToken).where(ApiToken.token_hash == hash_token(token)))
        if row is None or row.revoked_at is not None:
            raise Unauthorized("This API token is unknown or was revoked: make one with `copilot tokens create`.")
        if row.staff_id is not None:
            principal = _staff(session.get(StaffUser, row.staff_id), "api_token")
        else:
            principal = _customer(session.get(Customer, row.customer_id), "api_token")
    if email is not None and email != principal.email:
        raise Unauthorized("This API token belongs to another address.")
    if row.scopes and "admin" not in row.scopes and ("read" if method in _SAFE_METHODS else "write") not in row.scopes:
        raise Forbidden(f"This API token may only {' and '.join(row.scopes)}.")
    if row.scopes and "admin" not in row.scopes and principal.role == "admin":
        principal = replace(principal, role="lead")
    now = utc_now()
    if row.last_used_at is None or now - row.last_used_at > _LAST_USE_GRAIN:
        with database.write() as session:
            used = session.get(ApiToken, row.id)
            if used is not None:
                used.last_used_at = now
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


def require_turn(principal: CurrentPrincipal) -> Principal:
    """The principal of a running turn."""
    if principal.kind != "turn":
        raise _refusal(principal, "This needs the token of a running turn.")
    return principal


def require_conversation(principal: CurrentPrincipal) -> Principal:
    """A conversation, by its own token or by that of its running turn."""
    if principal.conversation_id is None:
        raise _refusal(principal, "This needs the token of a conversation.")
    return principal


def require_customer(principal: CurrentPrincipal) -> Principal:
    """A proven customer: signed in, or in a verified conversation."""
    if principal.customer_id is not None:
        return principal
    if principal.conversation_id is not None:
        raise Forbidden("Confirm the e-mail address of this conversation first.", code="not_verified")
    raise _refusal(principal, "This is for customers.")


def require_role(minimum: Role) -> Callable[..., Principal]:
    """A dependency that lets staff of at least this role pass: ``Depends(require_role("lead"))``."""

    def check(principal: CurrentPrincipal) -> Principal:
        if not principal.has_role(minimum):
            raise _refusal(principal, f"This needs the role {minimum}.")
        return principal

    return check


def require_session(principal: CurrentPrincipal) -> Principal:
    """Somebody who signed in: no program, no conversation."""
    if principal.session_id is None:
        raise _refusal(principal, "This needs a sign-in: neither an API token nor a conversation will do.")
    return principal


def require_admin_session(principal: Annotated[Principal, Depends(require_session)]) -> Principal:
    """An admin who signed in. A token that could make tokens would outlive its own revocation."""
    if not principal.has_role("admin"):
        raise Forbidden("This needs the role admin.")
    return principal


def require_signed_in(principal: CurrentPrincipal) -> Principal:
    """Anybody but the anonymous."""
    if principal.kind == "anonymous":
        raise Unauthorized("This needs a token.")
    return principal


def _refusal(principal: Principal, message: str) -> Unauthorized | Forbidden:
    return Unauthorized(message) if principal.kind == "anonymous" else Forbidden(message)
