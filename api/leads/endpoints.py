"""The dashboard over HTTP: its pages, the files of their tables, and a pulse that says whether anything happened."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.identity.principal import Principal
from api.leads.context import Context
from api.leads.conversations import transcript
from api.leads.files import table_file
from api.leads.filters import FilterInvalid, LeadsFilter, Problem, read_filter
from api.leads.page import PageParts
from api.leads.pages import DEFINITIONS, FILES, PAGES
from api.leads.report import mail_of
from api.leads.showing import render
from api.leads.sign_in import lead_or_page, said
from api.leads.words import Say
from api.metrics.deciding import is_demo
from api.metrics.events import Event
from api.metrics.row_files import RowsFile
from api.metrics.terms import terms_of
from api.metrics.worker import freshen
from api.privacy.auditing import seen
from api.services import Services, services
from api.web.pages import page_language

router = APIRouter(include_in_schema=False)

Copilot = Annotated[Services, Depends(services)]


@router.get("/leads", response_class=HTMLResponse)
async def overview(request: Request, copilot: Copilot) -> Response:
    """How conversations ended, and what to do next."""
    return await _shown(request, copilot, "overview")


@router.get("/leads/pulse")
async def pulse(request: Request, copilot: Copilot) -> Response:
    """The number of the newest event: whoever shows a page asks for it, and reads the page again when it has grown."""
    principal = await lead_or_page(request, copilot)
    if not isinstance(principal, Principal):
        return JSONResponse({}, 401)
    newest = await copilot.database.reading(lambda session: session.scalar(select(func.max(Event.id))) or 0)
    return JSONResponse({"newest": newest}, headers={"Cache-Control": "no-store"})


@router.get("/leads/{page}", response_class=HTMLResponse)
async def show_page(request: Request, copilot: Copilot, page: str) -> Response:
    """One page of the dashboard."""
    return await _shown(request, copilot, page)


@router.get("/leads/report/mail", response_class=HTMLResponse)
async def show_mail(request: Request, copilot: Copilot, as_: Annotated[str, Query(alias="as")] = "") -> Response:
    """The weekly mail as it would be written now: shown in a frame of its page, where nothing of it can run."""
    principal = await lead_or_page(request, copilot)
    if not isinstance(principal, Principal):
        return principal
    context, _ = read_context(request, copilot, principal)
    await freshen(copilot)
    subject, text, html = await copilot.database.reading(lambda session: mail_of(session, context))
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    if as_ == "text":
        return PlainTextResponse(f"{subject}\n\n{text}", headers=headers)
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
    return HTMLResponse(html, headers={**headers, "Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"})


@router.get("/leads/{page}/{section}.{kind}")
async def table(request: Request, copilot: Copilot, page: str, section: str, kind: Literal["csv", "json"]) -> Response:
    """The table of one section as a file."""
    principal = await lead_or_page(request, copilot)
    if not isinstance(principal, Principal):
        return principal
    if page not in PAGES:
        return said(request, copilot, "missing", 404)
    context, problems = read_context(request, copilot, principal)
    if problems:
        return render(request, context, page, PageParts(()), problems=problems)
    name = f"{page}-{section}-{context.chosen.first}-{context.chosen.last}"
    if (page, section) in FILES:
        rows = FILES[page, section](context)
        if rows is None:
            return said(request, copilot, "missing", 404)
        await freshen(copilot)
        await seen(copilot.database, "figures_exported", principal, f"{page} {section}")
        return RowsFile(copilot.database, rows, name, kind, context.given.get("cursor") or None)
    parts = await _built(replace(context, exporting=True), page)
    found = parts.section(section)
    if found is None:
        return said(request, copilot, "missing", 404)
    await seen(copilot.database, "figures_exported", principal, f"{page} {section}")
    return table_file(found.table, name, kind)


@router.get("/leads/conversations/{id}", response_class=HTMLResponse)
async def show_transcript(request: Request, copilot: Copilot, id: str) -> Response:
    """One conversation, for those who have the right to read them."""
    principal = await lead_or_page(request, copilot)
    if not isinstance(principal, Principal):
        return principal
    context, _ = read_context(request, copilot, principal)
    if not context.may("transcripts"):
        return said(request, copilot, "no_transcripts", 403)
    await freshen(copilot)
    found, demo = await copilot.database.reading(lambda session: (transcript(session, context, id), is_demo(session)))
    if found is None:
        return said(request, copilot, "missing", 404)
    await seen(copilot.database, "transcript_seen", principal, f"conversation {found.decision.id}")
    parts = PageParts((), warnings=[context.say("demo")] if demo else [])
    return render(request, context, "conversations", parts, template="leads/transcript.html", found=found)


def read_context(request: Request, copilot: Services, principal: Principal) -> tuple[Context, list[Problem]]:
    """Who looks at what; and what of the address cannot be used."""
    zone = terms_of(copilot.settings, copilot.catalog).zone
    say = Say(copilot.catalog, page_language(request, copilot.catalog), zone)
    now = utc_now()
    given = dict(request.query_params)
    problems: list[Problem] = []
    chosen: LeadsFilter
    try:
        chosen = read_filter(given, copilot.catalog, zone, now.astimezone(zone).date(), DEFINITIONS)
    except FilterInvalid as error:
        chosen, problems = error.usable, error.problems
    return Context(copilot, principal, say, chosen, now, given, PAGES), problems


async def _shown(request: Request, copilot: Services, page: str) -> Response:
    principal = await lead_or_page(request, copilot)
    if not isinstance(principal, Principal):
        return principal
    if page not in PAGES:
        return said(request, copilot, "missing", 404)
    context, problems = read_context(request, copilot, principal)
    parts = PageParts(()) if problems else await _built(context, page)
    return render(request, context, page, parts, problems=problems)


async def _built(context: Context, page: str) -> PageParts:
    def build(session: Session) -> PageParts:
        parts = PAGES[page](session, context)
        if is_demo(session):
            parts = replace(parts, warnings=[context.say("demo"), *parts.warnings])
        return parts

    await freshen(context.copilot)
    return await context.copilot.database.reading(build)
