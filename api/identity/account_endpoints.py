"""The customer's account over HTTP: invitation, password, one session for another, and a visitor without one."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response
from sqlalchemy.orm import Session

from api.chat.endpoints import pick_language
from api.chat.idle import Silence
from api.chat.models import Conversation
from api.errors import Forbidden, Unauthorized
from api.identity import accounts, customer_accounts
from api.identity.addresses import normalise_email
from api.identity.cookies import drop_session_cookie, refuse_other_origins, set_session_cookie
from api.identity.customer_accounts import RESET, Invited
from api.identity.devices import device_of
from api.identity.endpoints import session_out
from api.identity.limits import (
    LINKS_PER_ADDRESS,
    LINKS_PER_IP,
    SIGN_INS_PER_ADDRESS,
    SIGN_INS_PER_IP,
    VISITORS_PER_IP,
    Limit,
    admitted,
    network_of,
)
from api.identity.models import Customer
from api.identity.passwords import hash_password, password_matches
from api.identity.principal import Principal, client_address, customer_cookie_name, require_customer, require_role
from api.identity.schemas import (
    InvitationIn,
    InvitationOut,
    LinkIn,
    LinkOut,
    LinkRequestIn,
    LinkRequestOut,
    PasswordChangeIn,
    PasswordIn,
    SessionOut,
    VisitorIn,
    VisitorOut,
)
from api.identity.tokens import CONVERSATION_PREFIX, hash_token, new_token
from api.services import Services, services

router = APIRouter(prefix="/identity", tags=["identity"])

Copilot = Annotated[Services, Depends(services)]
AsAgent = Annotated[Principal, Depends(require_role("agent"))]
AsCustomer = Annotated[Principal, Depends(require_customer)]


@router.post("/customers/invitations", status_code=201)
async def invite(body: InvitationIn, _: AsAgent, copilot: Copilot) -> InvitationOut:
    """Invite a customer to the portal: a mail with a link that sets the password, good for seven days. For staff.

    A customer who is known is brought up to date with what is given here, and gets another link.
    """
    who = Invited(
        email=body.email,
        name=body.name,
        account_id=body.account_id,
        platforms=body.platforms,
        language=body.language,
        account_viewer=body.account_viewer,
    )

    def work(session: Session) -> InvitationOut:
        made = customer_accounts.invite_customer(session, copilot.settings, copilot.catalog, who)
        return InvitationOut(
            user_id=2 * made.customer.id,
            email=made.customer.email or "",
            account_id=made.customer.account_id,
            account_viewer=made.customer.account_viewer,
            expires_at=made.expires_at,
        )

    return await copilot.database.writing(work)


@router.post("/password/links", status_code=202)
async def request_link(
    body: LinkRequestIn, request: Request, copilot: Copilot, background: BackgroundTasks
) -> LinkRequestOut:
    """Mail a link that sets a new password. The answer, and the time that it takes, is the same whether or not somebody
    has an account with this address. 429 after three an hour to one address, thirty from one network."""
    email = normalise_email(body.email)
    await _admit(copilot, request, [(LINKS_PER_ADDRESS, email)], LINKS_PER_IP, "link_sends", "Too many links")
    language = pick_language(
        copilot.catalog.languages,
        copilot.catalog.default_language,
        body.language,
        request.headers.get("accept-language"),
    )

    def mail() -> None:
        with copilot.database.write() as session:
            customer_accounts.mail_reset_link(session, copilot.settings, copilot.catalog, email, language)

    # After the answer is out: looking up and writing takes longer for a known address.
    background.add_task(mail)
    return LinkRequestOut(expires_in=int(RESET.total_seconds()))


@router.post("/password/links/check")
async def check_link(body: LinkIn, copilot: Copilot) -> LinkOut:
    """Whose password a link sets, for the form that asks for it. 422 ``link_over`` where it works no more."""
    found = await copilot.database.reading(lambda session: customer_accounts.read_link(session, body.token))
    return LinkOut(email=found.email, purpose=found.purpose)


@router.put("/password")
async def set_password(body: PasswordIn, request: Request, response: Response, copilot: Copilot) -> SessionOut:
    """Set the password of a link's customer, end their sessions everywhere and begin one here.

    422 ``link_over`` or ``password_weak``; a password that was refused leaves the link as it is.
    """
    refuse_other_origins(request, copilot.settings)
    await copilot.database.reading(lambda session: customer_accounts.read_link(session, body.token))
    # Not under the write lock: argon2 takes about 50 ms on purpose.
    hashed = await copilot.database.reading(lambda _: hash_password(body.password))

    def work(session: Session) -> accounts.SignedIn:
        return customer_accounts.set_password_by_link(
            session, copilot.catalog, body.token, hashed, device=device_of(request)
        )

    return _began(response, copilot, await copilot.database.writing(work))


@router.post("/password/change")
async def change_password(
    body: PasswordChangeIn, request: Request, response: Response, principal: AsCustomer, copilot: Copilot
) -> SessionOut:
    """Another password for the customer who is signed in; every other session ends. 403 ``sign_in_wrong``."""
    customer_id = _signed_in(principal)
    subject = [(SIGN_INS_PER_ADDRESS, principal.email or str(customer_id))]
    await _admit(copilot, request, subject, SIGN_INS_PER_IP, "sign_ins", "Too many tries")

    def hashed(session: Session) -> str:
        customer = session.get_one(Customer, customer_id)
        if not password_matches(customer.password_hash, body.current_password):
            raise Forbidden("The password is wrong.", code="sign_in_wrong")
        return hash_password(body.password)

    wanted = await copilot.database.reading(hashed)

    def work(session: Session) -> accounts.SignedIn:
        return customer_accounts.change_password(
            session, copilot.catalog, customer_id, wanted, device=device_of(request)
        )

    return _began(response, copilot, await copilot.database.writing(work))


@router.post("/sessions/conversation", status_code=201)
async def session_of_conversation(
    request: Request, response: Response, principal: AsCustomer, copilot: Copilot
) -> SessionOut:
    """A session of the portal for the customer of a verified conversation, whose token this request carries."""
    refuse_other_origins(request, copilot.settings)
    if principal.conversation_id is None or principal.customer_id is None:
        raise Forbidden("This needs the token of a verified conversation.", code="not_verified")
    customer_id = principal.customer_id

    def work(session: Session) -> accounts.SignedIn:
        return accounts.begin_customer_session(
            session, session.get_one(Customer, customer_id), device=device_of(request), via="conversation"
        )

    return _began(response, copilot, await copilot.database.writing(work))


@router.post("/sessions/renew", status_code=204)
async def renew_session(request: Request, response: Response, _: AsCustomer, copilot: Copilot) -> None:
    """Another token in the cookie where the session is older than an hour; the old one works for a minute more."""
    cookie = request.cookies.get(customer_cookie_name(copilot.settings))
    if cookie is None:
        return
    signed_in = await copilot.database.writing(lambda session: customer_accounts.renew_session(session, cookie))
    if signed_in is not None:
        set_session_cookie(response, copilot.settings, signed_in)


@router.delete("/sessions/everywhere", status_code=204)
async def sign_out_everywhere(response: Response, principal: AsCustomer, copilot: Copilot) -> None:
    """End every session of this customer, and let each of their conversations ask for a code again."""
    customer_id = _signed_in(principal)
    await copilot.database.writing(lambda session: customer_accounts.sign_out_everywhere(session, customer_id))
    drop_session_cookie(response, copilot.settings, customer=True)


@router.post("/visitors", status_code=201)
async def begin_visit(body: VisitorIn, request: Request, copilot: Copilot) -> VisitorOut:
    """A token for somebody who fills in a form without an account: it takes files and a mailed code, as a conversation
    does, and needs no dialogue to be there."""
    await _admit(copilot, request, [], VISITORS_PER_IP, "visitors", "Too many visitors")
    token = new_token(CONVERSATION_PREFIX)
    language = pick_language(
        copilot.catalog.languages,
        copilot.catalog.default_language,
        body.language,
        request.headers.get("accept-language"),
    )

    def work(session: Session) -> str:
        made = Conversation(
            id=uuid.uuid4().hex,
            token_hash=hash_token(token),
            channel="portal",
            language=language,
            last_seq=0,
            # Nobody talks here: there is no silence to speak to.
            silence=Silence.LEFT_ALONE,
        )
        session.add(made)
        return made.id

    return VisitorOut(id=await copilot.database.writing(work), token=token, language=language)


async def _admit(
    copilot: Services, request: Request, subjects: list[tuple[Limit, str]], per_ip: Limit, code: str, problem: str
) -> None:
    network = network_of(client_address(request))
    counted = [*subjects, *([(per_ip, network)] if network else [])]
    refusal = await copilot.database.writing(
        lambda session: admitted(session, copilot.settings, counted, code, problem)
    )
    if refusal is not None:
        raise refusal


def _signed_in(principal: Principal) -> int:
    if principal.kind != "customer" or principal.customer_id is None:
        raise Unauthorized("This needs a session of the portal.")
    return principal.customer_id


def _began(response: Response, copilot: Services, signed_in: accounts.SignedIn) -> SessionOut:
    set_session_cookie(response, copilot.settings, signed_in)
    return session_out(signed_in)
