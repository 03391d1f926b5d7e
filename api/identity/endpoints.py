"""Identity over HTTP: codes, sign-in, and who am I."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from api.errors import CopilotError, Forbidden, Invalid, NotFound, TooMany, Unauthorized
from api.identity import accounts
from api.identity.addresses import normalise_email
from api.identity.codes import LIFETIME as CODE_LIFETIME
from api.identity.codes import CodeOutcome, CodeSender, CodeSent, check_code, send_code
from api.identity.cookies import drop_session_cookie, refuse_other_origins, set_session_cookie
from api.identity.demo import demo_identity
from api.identity.devices import device_of
from api.identity.limits import SIGN_INS_PER_ADDRESS, SIGN_INS_PER_IP, Limit, admitted, network_of
from api.identity.models import Customer, StaffUser
from api.identity.principal import (
    CurrentPrincipal,
    Principal,
    client_address,
    customer_cookie_name,
    require_conversation,
    require_signed_in,
    session_cookie_name,
)
from api.identity.schemas import (
    CodeIn,
    CodeRequestIn,
    CodeRequestOut,
    CredentialsIn,
    DemoIdentityOut,
    MeOut,
    SessionOut,
    VerifiedOut,
)
from api.identity.tokens import keyed_hash
from api.services import Services, services
from api.tickets.ownership import claim_tickets

router = APIRouter(tags=["identity"])

Copilot = Annotated[Services, Depends(services)]
OfConversation = Annotated[Principal, Depends(require_conversation)]


@router.post("/identity/codes")
async def request_code(
    body: CodeRequestIn, request: Request, principal: OfConversation, copilot: Copilot
) -> CodeRequestOut:
    """Mail a six-digit code to an address. Needs the token of the conversation, or of its running turn.

    The answer is the same for known and unknown addresses; 429 with `Retry-After` after three an hour to one address.
    """
    email = normalise_email(body.email)
    sender = _sender(request, principal, copilot)

    def send(session: Session) -> CodeSent | TooMany:
        return send_code(session, copilot.settings, copilot.catalog, sender, email)

    outcome = await copilot.database.writing(send)
    if isinstance(outcome, TooMany):
        raise outcome
    return CodeRequestOut(email=outcome.email, expires_in=int(CODE_LIFETIME.total_seconds()))


@router.post("/identity/codes/verify")
async def verify_code(body: CodeIn, request: Request, principal: OfConversation, copilot: Copilot) -> VerifiedOut:
    """Prove the address with the mailed code; the conversation is then that customer's.

    422 with ``code_wrong`` (and `tries_left`), ``code_expired``, ``code_spent`` or ``code_missing``.
    """
    sender = _sender(request, principal, copilot)

    def check(session: Session) -> tuple[CodeOutcome, list[int]]:
        outcome = check_code(session, copilot.settings, sender, body.code)
        if outcome.customer is None:
            return outcome, []
        return outcome, claim_tickets(session, copilot, sender.conversation_id, outcome.customer)

    outcome, ticket_ids = await copilot.database.writing(check)
    if outcome.refusal is not None:
        raise outcome.refusal
    email = outcome.customer.mail_address if outcome.customer else None
    return VerifiedOut(email=email or "", ticket_ids=ticket_ids)


@router.post("/identity/staff/sessions")
async def sign_in_staff(body: CredentialsIn, request: Request, response: Response, copilot: Copilot) -> SessionOut:
    """Sign a member of staff in: a token to send as Bearer, and the same as a cookie for our own pages."""
    return await _sign_in(body, request, response, copilot, staff=True)


@router.post("/identity/sessions")
async def sign_in_customer(body: CredentialsIn, request: Request, response: Response, copilot: Copilot) -> SessionOut:
    """Sign a customer of the portal in."""
    return await _sign_in(body, request, response, copilot, staff=False)


@router.delete("/identity/staff/sessions", status_code=204)
async def sign_staff_out(request: Request, response: Response, _: CurrentPrincipal, copilot: Copilot) -> None:
    """End this session, wherever its token is held."""
    await _sign_out(request, response, copilot, customer=False)


@router.delete("/identity/sessions", status_code=204)
async def sign_customer_out(request: Request, response: Response, _: CurrentPrincipal, copilot: Copilot) -> None:
    """End this session, wherever its token is held."""
    await _sign_out(request, response, copilot, customer=True)


@router.get("/identity/me")
async def me(principal: Annotated[Principal, Depends(require_signed_in)]) -> MeOut:
    """Whose token this is, and what it proves."""
    return MeOut(
        kind=principal.kind,
        role=principal.role,
        email=principal.email,
        name=principal.name,
        conversation_id=principal.conversation_id,
        account_id=principal.account_id,
        verified=principal.customer_id is not None,
    )


@router.get("/demo/identity")
async def demo(copilot: Copilot) -> DemoIdentityOut:
    """What a host application's server would hand to its page for the customer who is signed in. Development only."""
    if copilot.settings.production or "demo" not in copilot.settings.host_jwt_keys:
        raise NotFound("There is no demo identity here.")
    return demo_identity(copilot.settings, copilot.catalog)


def _sender(request: Request, principal: Principal, copilot: Services) -> CodeSender:
    network = principal.network
    if principal.kind == "conversation":
        # Straight from the customer's browser; through an action it is the turn token that says where they are.
        address = network_of(client_address(request))
        network = keyed_hash(copilot.settings, "network", address) if address else None
    if principal.conversation_id is None:
        raise Unauthorized("This needs the token of a conversation.")
    return CodeSender(principal.conversation_id, principal.turn_id, network)


def sign_in_address(text: str) -> str:
    """The address as it is stored, or, for what is none, a text that no account has."""
    try:
        return normalise_email(text)
    except Invalid:
        return "nobody"


async def _sign_in(
    body: CredentialsIn, request: Request, response: Response, copilot: Services, *, staff: bool
) -> SessionOut:
    settings = copilot.settings
    refuse_other_origins(request, settings)
    if staff and settings.oidc.issuer and settings.oidc.required:
        raise Forbidden("Staff sign in with the company's account here: /identity/sso/start.", code="sso_required")
    email = sign_in_address(body.email)
    subjects: list[tuple[Limit, str]] = [(SIGN_INS_PER_ADDRESS, email)]
    network = network_of(client_address(request))
    if network:
        subjects.append((SIGN_INS_PER_IP, network))

    def admit(session: Session) -> TooMany | None:
        return admitted(session, settings, subjects, "sign_ins", "Too many sign-ins")

    refusal: CopilotError | None = await copilot.database.writing(admit)
    if refusal is not None:
        raise refusal

    def find(session: Session) -> StaffUser | Customer | None:
        if staff:
            return accounts.find_staff(session, email, body.password)
        return accounts.find_customer(session, email, body.password)

    # Reading, and not under the write lock: argon2 takes about 50 ms on purpose.
    user = await copilot.database.reading(find)

    name = session_cookie_name(settings) if staff else customer_cookie_name(settings)
    old, device = request.cookies.get(name), device_of(request)

    def begin(session: Session) -> accounts.SignedIn:
        if user is None:
            raise Unauthorized("The address or the password is wrong.", code="sign_in_wrong")
        if old:
            # A session that somebody else began in this browser ends here; a cookie of before is worth nothing after.
            accounts.end_session(session, old)
        if isinstance(user, StaffUser):
            return accounts.begin_staff_session(session, user, device=device)
        return accounts.begin_customer_session(session, user, device=device)

    signed_in = await copilot.database.writing(begin)
    set_session_cookie(response, settings, signed_in)
    return session_out(signed_in)


async def _sign_out(request: Request, response: Response, copilot: Services, *, customer: bool) -> None:
    settings = copilot.settings
    name = customer_cookie_name(settings) if customer else session_cookie_name(settings)
    bearer = request.headers.get("authorization", "").partition(" ")[2].strip()
    token = bearer or request.cookies.get(name, "")
    await copilot.database.writing(lambda session: accounts.end_session(session, token))
    drop_session_cookie(response, settings, customer=customer)


def session_out(signed_in: accounts.SignedIn) -> SessionOut:
    """A session on the wire."""
    return SessionOut(
        token=signed_in.token, role=signed_in.role, email=signed_in.email, expires_at=signed_in.expires_at
    )
