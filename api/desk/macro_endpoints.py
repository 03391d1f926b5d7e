"""Macros over HTTP, in Zendesk's shapes: read and applied by agents, written by leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api.desk.macros import applied, list_macros, macro_by_id, macro_out, preview, write_macro
from api.desk.schemas import AppliedOut, MacroEnvelope, MacroResult, MacrosOut, OneMacro
from api.identity.principal import Principal, require_role
from api.services import Services, services
from api.tickets import repository

router = APIRouter(prefix="/api/v2", tags=["macros"])

Copilot = Annotated[Services, Depends(services)]
AsAgent = Annotated[Principal, Depends(require_role("agent"))]
AsLead = Annotated[Principal, Depends(require_role("lead"))]
Active = Annotated[bool | None, Query(description="Only those (not) in use.")]
Endpoint = Callable[..., Any]


def _route(method: str, path: str, status_code: int = 200) -> Callable[[Endpoint], Endpoint]:
    def register(endpoint: Endpoint) -> Endpoint:
        router.add_api_route(
            f"{path}.json", endpoint, methods=[method], status_code=status_code, include_in_schema=False
        )
        router.add_api_route(path, endpoint, methods=[method], status_code=status_code)
        return endpoint

    return register


@_route("GET", "/macros")
async def show_macros(_: AsAgent, copilot: Copilot, active: Active = None) -> MacrosOut:
    """Every macro, in the order in which they are offered."""
    return await _listed(copilot, active)


@_route("GET", "/macros/active")
async def show_active_macros(_: AsAgent, copilot: Copilot) -> MacrosOut:
    """The macros in use."""
    return await _listed(copilot, active=True)


@_route("POST", "/macros", status_code=201)
async def create_macro(body: MacroEnvelope, _: AsLead, copilot: Copilot) -> OneMacro:
    """Make a macro. For leads. `texts` holds the comment by language, with placeholders."""

    def work(session: Session) -> OneMacro:
        macro = write_macro(session, copilot.catalog, body.macro)
        return OneMacro(macro=macro_out(macro, copilot.settings, copilot.catalog))

    return await copilot.database.writing(work)


@_route("GET", "/macros/{macro_id}")
async def show_macro(macro_id: int, _: AsAgent, copilot: Copilot) -> OneMacro:
    """One macro."""

    def read(session: Session) -> OneMacro:
        return OneMacro(macro=macro_out(macro_by_id(session, macro_id), copilot.settings, copilot.catalog))

    return await copilot.database.reading(read)


@_route("PUT", "/macros/{macro_id}")
async def update_macro(macro_id: int, body: MacroEnvelope, _: AsLead, copilot: Copilot) -> OneMacro:
    """Change a macro: what is given replaces what was. For leads."""

    def work(session: Session) -> OneMacro:
        macro = write_macro(session, copilot.catalog, body.macro, macro_by_id(session, macro_id))
        return OneMacro(macro=macro_out(macro, copilot.settings, copilot.catalog))

    return await copilot.database.writing(work)


@_route("DELETE", "/macros/{macro_id}", status_code=204)
async def delete_macro(macro_id: int, _: AsLead, copilot: Copilot) -> None:
    """Take a macro away. What it once wrote stays. For leads."""
    await copilot.database.writing(lambda session: session.delete(macro_by_id(session, macro_id)))


@_route("GET", "/macros/{macro_id}/apply")
async def preview_macro(macro_id: int, _: AsAgent, copilot: Copilot) -> AppliedOut:
    """What a macro does, to whatever ticket."""

    def read(session: Session) -> AppliedOut:
        return AppliedOut(result=MacroResult(ticket=preview(copilot, macro_by_id(session, macro_id))))

    return await copilot.database.reading(read)


@_route("GET", "/tickets/{ticket_id}/macros/{macro_id}/apply")
async def apply_macro(ticket_id: int, macro_id: int, principal: AsAgent, copilot: Copilot) -> AppliedOut:
    """What a macro makes of this ticket, in its language. Nothing is stored: send the result with a PUT."""

    def read(session: Session) -> AppliedOut:
        ticket = repository.ticket_by_id(session, ticket_id)
        made = applied(copilot, principal, macro_by_id(session, macro_id), ticket, session)
        return AppliedOut(result=MacroResult(ticket=made))

    return await copilot.database.reading(read)


async def _listed(copilot: Services, active: bool | None) -> MacrosOut:
    def read(session: Session) -> MacrosOut:
        found = [macro_out(each, copilot.settings, copilot.catalog) for each in list_macros(session, active=active)]
        return MacrosOut(macros=found, count=len(found))

    return await copilot.database.reading(read)
