"""Groups: the teams of the catalog, and who works in each."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.errors import NotFound
from api.identity.models import StaffUser
from api.people.models import TeamMember
from api.people.repository import customer_or_staff
from api.people.schemas import GroupOut, MembershipEnvelope, MembershipOut
from api.people.shapes import group_shapes, membership_shape
from api.services import Services
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.idempotency import Answer
from api.tickets.repository import counted
from api.tickets.responses import OneCount, UserPage, one, page
from api.tickets.routing import (
    LARGEST_ID,
    AsAdmin,
    AsAgent,
    Copilot,
    IdempotencyHeader,
    answered,
    listed,
    many,
    route,
    said,
    shown,
)
from api.tickets.shapes import staff_shape, teams

router = APIRouter()

GroupPage = page("groups", GroupOut)
MembershipPage = page("group_memberships", MembershipOut)
OneMembership = one("group_membership", MembershipOut)
_SORTS: dict[str, InstrumentedAttribute[Any]] = {"id": TeamMember.id, "created_at": TeamMember.created_at}
_STAFF_SORTS: dict[str, InstrumentedAttribute[Any]] = {"id": StaffUser.id, "created_at": StaffUser.created_at}


@route(router, "GET", "/groups", returns=GroupPage)
async def list_groups(principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The teams of the catalog."""
    return JSONResponse(many(group_shapes(copilot), "groups"))


@route(router, "GET", "/groups/assignable", returns=GroupPage)
async def list_assignable_groups(principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The teams that a ticket may be given to: all of them."""
    return JSONResponse(many(group_shapes(copilot), "groups"))


@route(router, "GET", "/groups/count", returns=OneCount)
async def count_groups(principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """How many teams there are."""
    number = len(teams(copilot.catalog))
    return await shown(
        copilot,
        lambda session: {"count": {**counted(session, select(TeamMember.id).limit(0)), "value": number}},
    )


@route(router, "GET", "/groups/{group_id:id}", returns=one("group", GroupOut))
async def show_group(group_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """One team."""
    _team(copilot, group_id)
    return JSONResponse({"group": group_shapes(copilot)[group_id - 1]})


@route(router, "GET", "/groups/{group_id:id}/users", returns=UserPage, paged=True)
async def list_users_of_group(group_id: int, request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """Who works in a team."""
    members = select(TeamMember.staff_id).where(TeamMember.team == _team(copilot, group_id))
    query = select(StaffUser).where(StaffUser.id.in_(members), StaffUser.active)
    return await listed(
        request, copilot, query, "users", lambda user: staff_shape(user, copilot.settings), _STAFF_SORTS
    )


@route(router, "GET", "/groups/{group_id:id}/memberships", returns=MembershipPage, paged=True)
async def list_memberships_of_group(
    group_id: int, request: Request, principal: AsAgent, copilot: Copilot
) -> JSONResponse:
    """The places of a team."""
    query = select(TeamMember).where(TeamMember.team == _team(copilot, group_id))
    return await _memberships(request, copilot, query)


@route(router, "GET", "/group_memberships", returns=MembershipPage, paged=True)
async def list_memberships(request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The places of every team."""
    return await _memberships(request, copilot, select(TeamMember))


@route(router, "GET", "/group_memberships/assignable", returns=MembershipPage, paged=True)
async def list_assignable_memberships(request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The places of staff who are there."""
    active = select(StaffUser.id).where(StaffUser.active)
    return await _memberships(request, copilot, select(TeamMember).where(TeamMember.staff_id.in_(active)))


@route(router, "GET", "/group_memberships/{membership_id:id}", returns=OneMembership)
async def show_membership(membership_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """One place."""

    def read(session: Session) -> dict[str, Any]:
        found = _membership(session, membership_id)
        return {"group_membership": membership_shape(found, copilot.settings, copilot.catalog)}

    return await shown(copilot, read)


@route(router, "POST", "/group_memberships", returns=OneMembership, status_code=201)
async def create_membership(
    body: MembershipEnvelope,
    request: Request,
    principal: AsAdmin,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Put a member of staff into a team."""

    def work(session: Session) -> Answer:
        wanted = body.group_membership
        try:
            user, team = customer_or_staff(session, wanted.user_id), _team(copilot, wanted.group_id)
        except NotFound as error:
            raise _wrong("There is no such user or group") from error
        if not isinstance(user, StaffUser):
            raise _wrong("User: is a customer; only staff work in groups")
        member = TeamMember(staff_id=user.id, team=team)
        try:
            with session.begin_nested():
                session.add(member)
        except IntegrityError as error:
            raise _wrong("User: works in this group already") from error
        shape = membership_shape(member, copilot.settings, copilot.catalog)
        return said({"group_membership": shape}, 201, shape["url"])

    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


@route(router, "DELETE", "/group_memberships/{membership_id:id}", returns=None, status_code=204)
async def delete_membership(membership_id: int, principal: AsAdmin, copilot: Copilot) -> Response:
    """Take a member of staff out of a team."""
    await copilot.database.writing(lambda session: session.delete(_membership(session, membership_id)))
    return Response(status_code=204)


@route(router, "GET", "/users/{user_id:id}/group_memberships", returns=MembershipPage, paged=True)
async def list_memberships_of_user(
    user_id: int, request: Request, principal: AsAgent, copilot: Copilot
) -> JSONResponse:
    """The places of a member of staff."""
    return await _memberships(
        request,
        copilot,
        lambda session: select(TeamMember).where(TeamMember.staff_id == _staff_id(session, user_id)),
    )


@route(router, "GET", "/users/{user_id:id}/groups", returns=GroupPage)
async def list_groups_of_user(user_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The teams of a member of staff."""

    def read(session: Session) -> dict[str, Any]:
        mine = set(session.scalars(select(TeamMember.team).where(TeamMember.staff_id == _staff_id(session, user_id))))
        return many([each for each in group_shapes(copilot) if each["name"] in mine], "groups")

    return await shown(copilot, read)


def _staff_id(session: Session, user_id: int) -> int:
    user = customer_or_staff(session, user_id)
    return user.id if isinstance(user, StaffUser) else 0


def _team(copilot: Services, group_id: int) -> str:
    known = teams(copilot.catalog)
    if not 1 <= group_id <= len(known):
        raise NotFound(f"There is no group {group_id}.")
    return known[group_id - 1]


def _membership(session: Session, membership_id: int) -> TeamMember:
    found = session.get(TeamMember, membership_id) if membership_id <= LARGEST_ID else None
    if found is None:
        raise NotFound(f"There is no membership {membership_id}.")
    return found


async def _memberships(request: Request, copilot: Services, query: Any) -> JSONResponse:
    def shape(member: TeamMember) -> dict[str, Any]:
        return membership_shape(member, copilot.settings, copilot.catalog)

    return await listed(request, copilot, query, "group_memberships", shape, _SORTS)


def _wrong(problem: str) -> TicketRejected:
    return TicketRejected([FieldProblem("base", "InvalidValue", problem)])
