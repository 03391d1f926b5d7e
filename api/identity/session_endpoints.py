"""One's own sign-ins over HTTP, the password of staff, and an admin's API tokens."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.errors import Forbidden
from api.identity import accounts, sessions
from api.identity.cookies import drop_session_cookie, set_session_cookie
from api.identity.customer_accounts import sign_out_everywhere
from api.identity.devices import device_of
from api.identity.endpoints import session_out
from api.identity.limits import SIGN_INS_PER_ADDRESS, admitted
from api.identity.models import StaffUser
from api.identity.passwords import hash_password, password_matches
from api.identity.principal import Principal, require_admin_session, require_session
from api.identity.schemas import PasswordChangeIn, SessionOut
from api.services import Services, services

router = APIRouter(prefix="/identity", tags=["identity"])

Copilot = Annotated[Services, Depends(services)]
InSession = Annotated[Principal, Depends(require_session)]
AsAdmin = Annotated[Principal, Depends(require_admin_session)]
RowId = Annotated[int, Path(ge=1, lt=2**31)]


class OwnSessionOut(BaseModel):
    id: int
    device: str = Field(description="Browser and system, as `Firefox, Windows`; empty where neither is known.")
    via: str = Field(description="`password`, `link`, `conversation`, `host` or `sso`.")
    created_at: dt.datetime
    last_used_at: dt.datetime = Field(description="Exact to ten minutes.")
    expires_at: dt.datetime
    current: bool = Field(description="The one that asks.")


class OwnSessionsOut(BaseModel):
    sessions: list[OwnSessionOut]


class TokenIn(BaseModel):
    email: str = Field(min_length=3, max_length=320, description="Whose token it is: it acts with that account's role.")
    name: str = Field(default="", max_length=255, description="What it is for.")
    scopes: list[str] = Field(
        default_factory=lambda: ["read"], min_length=1, max_length=3, description="Any of `read`, `write`, `admin`."
    )


class TokenOut(BaseModel):
    id: int
    email: str
    role: str
    name: str
    scopes: list[str] = Field(description="Empty: all that its account may (tokens of the command line).")
    created_at: dt.datetime
    last_used_at: dt.datetime | None = Field(description="Exact to ten minutes.")
    revoked_at: dt.datetime | None


class TokensOut(BaseModel):
    tokens: list[TokenOut]


class NewTokenOut(BaseModel):
    id: int
    token: str = Field(description="Shown this once.")


@router.get("/sessions")
async def list_sessions(principal: InSession, copilot: Copilot) -> OwnSessionsOut:
    """One's own sign-ins that are not over: this one first, then by last use."""
    found = await copilot.database.reading(lambda session: sessions.own_sessions(session, principal))
    return OwnSessionsOut(sessions=[OwnSessionOut.model_validate(each, from_attributes=True) for each in found])


@router.delete("/sessions/one/{session_id}", status_code=204)
async def end_session(session_id: RowId, principal: InSession, copilot: Copilot) -> None:
    """End one of one's own sign-ins. 404 for anybody else's."""
    await copilot.database.writing(lambda session: sessions.end_own_session(session, principal, session_id))


@router.delete("/staff/sessions/everywhere", status_code=204)
async def sign_staff_out_everywhere(response: Response, principal: InSession, copilot: Copilot) -> None:
    """End every sign-in of this member of staff, on every device."""
    staff_id = _staff_id(principal)
    await copilot.database.writing(lambda session: sessions.end_staff_sessions(session, staff_id))
    drop_session_cookie(response, copilot.settings, customer=False)


@router.post("/staff/password/change")
async def change_staff_password(
    body: PasswordChangeIn, request: Request, response: Response, principal: InSession, copilot: Copilot
) -> SessionOut:
    """Another password for the member of staff who is signed in; every other session ends. 403 ``sign_in_wrong``."""
    staff_id = _staff_id(principal)
    subject = [(SIGN_INS_PER_ADDRESS, principal.email or str(staff_id))]
    refusal = await copilot.database.writing(
        lambda session: admitted(session, copilot.settings, subject, "sign_ins", "Too many tries")
    )
    if refusal is not None:
        raise refusal

    def hashed(session: Session) -> str:
        if not password_matches(session.get_one(StaffUser, staff_id).password_hash, body.current_password):
            raise Forbidden("The password is wrong.", code="sign_in_wrong")
        return hash_password(body.password)

    wanted = await copilot.database.reading(hashed)
    device = device_of(request)
    signed_in = await copilot.database.writing(
        lambda session: sessions.change_staff_password(session, staff_id, wanted, device=device)
    )
    set_session_cookie(response, copilot.settings, signed_in)
    return session_out(signed_in)


@router.get("/tokens")
async def list_tokens(_: AsAdmin, copilot: Copilot) -> TokensOut:
    """Every API token, revoked ones too, with its last use. For admins who signed in."""
    found = await copilot.database.reading(accounts.list_api_tokens)
    return TokensOut(tokens=[TokenOut.model_validate(each, from_attributes=True) for each in found])


@router.post("/tokens", status_code=201)
async def create_token(body: TokenIn, _: AsAdmin, copilot: Copilot) -> NewTokenOut:
    """Make an API token for an account. It is shown this once. 422 ``scope_invalid``, 404 for an unknown address."""

    def make(session: Session) -> accounts.NewApiToken:
        return accounts.create_api_token(session, email=body.email, name=body.name, scopes=body.scopes)

    made = await copilot.database.writing(make)
    return NewTokenOut(id=made.id, token=made.token)


@router.delete("/tokens/{token_id}", status_code=204)
async def revoke_token(token_id: RowId, _: AsAdmin, copilot: Copilot) -> None:
    """Switch an API token off for good."""
    await copilot.database.writing(lambda session: accounts.revoke_api_token(session, token_id))


@router.delete("/users/{email}/sessions", status_code=204)
async def sign_somebody_out(email: str, _: AsAdmin, copilot: Copilot) -> None:
    """End every sign-in of an account (of staff and of a customer with this address), for one that was lost or stolen."""

    def end(session: Session) -> None:
        user, customer = accounts.accounts_of(session, email)
        if user is not None:
            sessions.end_staff_sessions(session, user.id)
        if customer is not None:
            sign_out_everywhere(session, customer.id)

    await copilot.database.writing(end)


def _staff_id(principal: Principal) -> int:
    if principal.staff_id is None:
        raise Forbidden("This is for staff.")
    return principal.staff_id
