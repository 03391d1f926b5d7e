"""Making and changing people: customers by whoever works tickets, staff by admins."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.errors import CopilotError, Forbidden
from api.identity.accounts import staff_by_email
from api.identity.addresses import normalise_email
from api.identity.customers import customer_by_email, move_to_account
from api.identity.models import Customer, StaffUser
from api.identity.principal import Principal
from api.people.models import Organization
from api.people.schemas import UserIn
from api.tickets.errors import FieldProblem, TicketRejected

# No password fits it: staff made by a program sign in once `copilot users password` has given them one.
_NO_PASSWORD = "!"  # noqa: S105


def create_person(session: Session, principal: Principal, body: UserIn) -> Customer | StaffUser:
    """Make a customer, or (as an admin) a member of staff. Raises `TicketRejected` naming every wrong field."""
    role = _role(body) or "customer"
    email = _address(body)
    if role != "customer":
        _need_admin(principal)
        if email is None:
            raise _wrong("email", "BlankValue", "Email: staff need an address")
        if staff_by_email(session, email) is not None:
            raise _wrong("email", "DuplicateValue", f"Email: {email} is already being used by another user")
        made = StaffUser(email=email, name=body.name or "", role=role, password_hash=_NO_PASSWORD, active=True)
        session.add(made)
        session.flush()
        return made
    if not (body.name or "").strip() and email is None:
        raise _wrong("name", "BlankValue", "Name: cannot be blank")
    if email is not None and customer_by_email(session, email) is not None:
        raise _wrong("email", "DuplicateValue", f"Email: {email} is already being used by another user")
    customer = Customer(email=email, contact_email=email)
    _apply(session, customer, body)
    _add(session, customer)
    return customer


def create_or_update_person(session: Session, principal: Principal, body: UserIn) -> tuple[Customer | StaffUser, bool]:
    """The person of this address or external id, brought up to date, or made (then True)."""
    email = _address(body)
    found: Customer | StaffUser | None = None
    if _role(body) in (None, "customer"):
        found = customer_by_email(session, email) if email else None
        if found is None and body.external_id:
            found = session.scalar(select(Customer).where(Customer.external_id == body.external_id))
    elif email:
        found = staff_by_email(session, email)
    if found is None:
        return create_person(session, principal, body), True
    change_person(session, principal, found, body)
    return found, False


def change_person(session: Session, principal: Principal, user: Customer | StaffUser, body: UserIn) -> None:
    """Change a person. Raises `TicketRejected`, or `Forbidden` where it takes an admin."""
    email = _address(body)
    if isinstance(user, StaffUser):
        if user.id != principal.staff_id or body.role is not None or body.copilot_role is not None:
            _need_admin(principal)
        role = _role(body)
        if role == "customer":
            raise _wrong("role", "InvalidValue", "Role: staff stay staff; make a customer of their own instead")
        user.role = role or user.role
        user.name = body.name if body.name is not None else user.name
        if email is not None and email != user.email:
            _need_admin(principal)
            user.email = email
        _flush(session)
        return
    if _role(body) not in (None, "customer"):
        raise _wrong("role", "InvalidValue", "Role: a customer stays one; make a member of staff instead")
    if email is not None and email != user.email:
        # Rights hang on a proven address: who may give one, may read that person's tickets.
        if not principal.has_role("lead"):
            raise Forbidden("Changing a customer's address needs the role lead.")
        user.email = user.contact_email = email
    _apply(session, user, body)
    _flush(session)


def remove_person(session: Session, principal: Principal, user: Customer | StaffUser) -> None:
    """Switch a member of staff off; remove a customer of whom nothing is kept. Raises `TicketRejected` for any other."""
    _need_admin(principal)
    if isinstance(user, StaffUser):
        if user.id == principal.staff_id:
            raise _wrong("base", "InvalidValue", "You cannot switch yourself off: ask another admin")
        user.active = False
        session.flush()
        return
    try:
        with session.begin_nested():
            session.delete(user)
    except IntegrityError as error:
        raise _wrong(
            "base", "InvalidValue", "This customer has tickets or conversations: they are kept; see `copilot privacy`"
        ) from error


def _apply(session: Session, customer: Customer, body: UserIn) -> None:
    sent = body.model_fields_set
    if body.name is not None:
        customer.name = body.name.strip()
    if "locale" in sent:
        customer.locale = body.locale
    if "external_id" in sent:
        customer.external_id = body.external_id or None
    if "organization_id" in sent:
        wanted = body.organization_id
        found = session.get(Organization, wanted) if wanted is not None and 0 < wanted < 2**31 else None
        if wanted is not None and found is None:
            raise _wrong("organization_id", "InvalidValue", "Organization: there is none with this id")
        move_to_account(customer, found.account_id if found is not None else None)
    if body.account_viewer is not None:
        customer.account_viewer = body.account_viewer


def _add(session: Session, customer: Customer) -> None:
    try:
        with session.begin_nested():
            session.add(customer)
    except IntegrityError as error:
        raise _wrong("external_id", "DuplicateValue", "Email or external id: is used by another user") from error


def _flush(session: Session) -> None:
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise _wrong("email", "DuplicateValue", "Email or external id: is used by another user") from error


def _role(body: UserIn) -> str | None:
    if body.role is None and body.copilot_role is None:
        return None
    if body.role == "end-user":
        return "customer"
    return body.copilot_role or ("admin" if body.role == "admin" else "agent")


def _address(body: UserIn) -> str | None:
    if not (body.email or "").strip():
        return None
    try:
        return normalise_email(body.email or "")
    except CopilotError as error:
        raise _wrong("email", "InvalidValue", "Email: is not properly formatted") from error


def _need_admin(principal: Principal) -> None:
    if not principal.has_role("admin"):
        raise Forbidden("This needs the role admin.")


def _wrong(field: str, error: str, problem: str) -> TicketRejected:
    return TicketRejected([FieldProblem(field, error, problem)])
