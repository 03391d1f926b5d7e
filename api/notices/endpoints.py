"""Service notices over HTTP: for everybody, for a running turn, for staff, and the link of the mails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.chat.text import MAX_CHARACTERS, normalise
from api.database import utc_now
from api.errors import Invalid
from api.identity.principal import Principal, require_customer, require_role, require_turn
from api.notices import repository
from api.notices.matching import matching
from api.notices.models import NoticeSubscription, ServiceNotice
from api.notices.publishing import correct, publish, tell
from api.notices.schemas import (
    NoticeChange,
    NoticeIn,
    NoticeOut,
    NoticesOut,
    StaffNoticeOut,
    StaffNoticesOut,
    State,
    SubscribedOut,
    UpdateIn,
)
from api.notices.shapes import notice_out, staff_notices
from api.notices.subscriptions import subscribe, subscription_of, unsubscribe
from api.services import Services, services
from api.web.pages import render_page

router = APIRouter(prefix="/notices", tags=["service notices"])

Copilot = Annotated[Services, Depends(services)]
AsAgent = Annotated[Principal, Depends(require_role("agent"))]
AsLead = Annotated[Principal, Depends(require_role("lead"))]
AsCustomer = Annotated[Principal, Depends(require_customer)]
OfTurn = Annotated[Principal, Depends(require_turn)]
Language = Annotated[str | None, Query(description="One of the catalog's; its default one where nothing is said.")]
Work = Callable[[Session], ServiceNotice]
Link = Annotated[str, Path(max_length=80)]


@router.get("")
async def open_notices(copilot: Copilot, language: Language = None) -> NoticesOut:
    """What is going on and what is planned, newest first. Public; planned work is `running` only in its time."""
    spoken = _language(copilot, language)

    def read(session: Session) -> list[NoticeOut]:
        now = utc_now()
        return [notice_out(each, spoken, copilot.catalog, now) for each in repository.current_notices(session, now)]

    return NoticesOut(notices=await copilot.database.reading(read))


@router.get("/matching")
async def matching_notices(
    copilot: Copilot,
    _: OfTurn,
    q: Annotated[str, Query(description="The customer's own words.")],
    language: Language = None,
) -> NoticesOut:
    """The running notices that a description may be about, best first; nearly always none or one. For a running turn."""
    spoken = _language(copilot, language)
    text = normalise(q)[:MAX_CHARACTERS]

    def read(session: Session) -> list[NoticeOut]:
        now = utc_now()
        found = matching(repository.current_notices(session, now), text, spoken, copilot.catalog, now)
        return [notice_out(each, spoken, copilot.catalog, now) for each in found]

    return NoticesOut(notices=await copilot.database.reading(read))


@router.get("/staff")
async def every_notice(
    copilot: Copilot,
    _: AsAgent,
    state: Annotated[State | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> StaffNoticesOut:
    """Every notice with its texts, keywords, authors and number of subscribers, newest first. For staff."""

    def read(session: Session) -> list[StaffNoticeOut]:
        return staff_notices(session, repository.all_notices(session, state=state, limit=limit), copilot.catalog)

    return StaffNoticesOut(notices=await copilot.database.reading(read))


@router.post("", status_code=201)
async def publish_notice(copilot: Copilot, principal: AsLead, body: NoticeIn) -> StaffNoticeOut:
    """Publish a notice. For leads and admins. 422 ``notice_invalid`` names each field that is wrong."""
    return await _written(copilot, lambda session: publish(session, copilot.catalog, body, principal.staff_id))


@router.patch("/{notice_id}")
async def correct_notice(copilot: Copilot, _: AsLead, notice_id: int, body: NoticeChange) -> StaffNoticeOut:
    """Correct a notice; nobody is mailed. For leads and admins."""
    return await _written(copilot, lambda session: correct(session, copilot.catalog, notice_id, body))


@router.post("/{notice_id}/updates", status_code=201)
async def update_notice(copilot: Copilot, principal: AsLead, notice_id: int, body: UpdateIn) -> StaffNoticeOut:
    """Tell news, or with ``state: resolved`` the end; every subscriber is mailed once. For leads and admins."""

    def work(session: Session) -> ServiceNotice:
        tell(session, copilot.catalog, copilot.settings, notice_id, body, principal.staff_id)
        return repository.notice_by_id(session, notice_id)

    return await _written(copilot, work)


@router.post("/{notice_id}/subscriptions")
async def follow_notice(copilot: Copilot, principal: AsCustomer, notice_id: int) -> SubscribedOut:
    """Mail the customer at each update. Needs a proven address (403 ``not_verified``); asked twice it stays one."""
    done = await copilot.database.writing(lambda session: subscribe(session, copilot.catalog, principal, notice_id))
    return SubscribedOut(email=done.email, already=done.already)


@router.get("/unsubscribe/{link}", response_class=HTMLResponse, include_in_schema=False)
async def unsubscribe_page(request: Request, copilot: Copilot, link: Link) -> HTMLResponse:
    """Asks before it ends anything: what mail servers open to look at it must not unsubscribe anybody."""
    found = await copilot.database.reading(lambda session: _followed(session, copilot, link))
    return _page(request, copilot, *found, done=found[0].ended_at is not None)


@router.post("/unsubscribe/{link}", response_class=HTMLResponse)
async def unsubscribe_now(request: Request, copilot: Copilot, link: Link) -> HTMLResponse:
    """End the subscription: by the page's button, or by a mail reader's one click (RFC 8058)."""

    def work(session: Session) -> tuple[NoticeSubscription, ServiceNotice]:
        unsubscribe(session, copilot.settings, link)
        return _followed(session, copilot, link)

    return _page(request, copilot, *await copilot.database.writing(work), done=True)


@router.delete("/unsubscribe/{link}", status_code=204)
async def unsubscribe_program(copilot: Copilot, link: Link) -> Response:
    """The same for programs."""
    await copilot.database.writing(lambda session: unsubscribe(session, copilot.settings, link))
    return Response(status_code=204)


def _language(copilot: Services, language: str | None) -> str:
    if language is not None and language not in copilot.catalog.languages:
        known = ", ".join(copilot.catalog.languages)
        raise Invalid(f"language must be one of {known}", code="unknown_language", values={"languages": known})
    return language or copilot.catalog.default_language


async def _written(copilot: Services, work: Work) -> StaffNoticeOut:
    def run(session: Session) -> StaffNoticeOut:
        return staff_notices(session, [work(session)], copilot.catalog)[0]

    return await copilot.database.writing(run)


def _followed(session: Session, copilot: Services, link: str) -> tuple[NoticeSubscription, ServiceNotice]:
    found = subscription_of(session, copilot.settings, link)
    return found, repository.notice_by_id(session, found.notice_id)


def _page(
    request: Request, copilot: Services, subscription: NoticeSubscription, notice: ServiceNotice, *, done: bool
) -> HTMLResponse:
    shown = notice_out(notice, subscription.language, copilot.catalog, utc_now())
    response = render_page(
        request,
        copilot.catalog,
        "notice_unsubscribe.html",
        language=subscription.language if subscription.language in copilot.catalog.languages else None,
        notice=shown,
        done=done,
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
