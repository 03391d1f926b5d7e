"""What leads do on the pages: forms that change something, are logged, and lead back to their page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from api.errors import Unavailable
from api.identity.principal import Principal
from api.leads import store, whatif
from api.leads.context import Context
from api.leads.endpoints import read_context
from api.leads.review import reviewed
from api.leads.sign_in import lead_or_page, said
from api.leads.value import ValueInvalid, assumptions_of, put_baseline, read_assumptions, read_baseline
from api.leads.weekly import subscribe
from api.metrics.models import DecidedAnswer
from api.services import Services, services

router = APIRouter(include_in_schema=False)

Copilot = Annotated[Services, Depends(services)]


async def _acting(request: Request, copilot: Services) -> Context | Response:
    """The lead who acts, or the page that they get instead."""
    principal = await lead_or_page(request, copilot)
    if not isinstance(principal, Principal):
        return principal
    return read_context(request, copilot, principal)[0]


async def _form(request: Request) -> dict[str, str]:
    given = await request.form(max_files=0, max_fields=20)
    return {name: value for name, value in given.items() if isinstance(value, str)}


def _back(request: Request, context: Context, page: str, told: str, anchor: str = "", **further: str) -> Response:
    kept = {name: value for name, value in request.query_params.items() if name not in ("told", "said")}
    query = urlencode({**kept, "lang": context.say.language, "told": told, **further})
    return RedirectResponse(f"/leads/{page}?{query}{anchor}", 303, headers={"Cache-Control": "no-store"})


@router.post("/leads/answers/threshold")
async def apply_threshold(request: Request, copilot: Copilot) -> Response:
    """Another share of confident answers that has to be right, from now on and in every process."""
    context = await _acting(request, copilot)
    if isinstance(context, Response):
        return context
    if not context.may("threshold"):
        return said(request, copilot, "no_threshold", 403)
    wanted = whatif.read_precision((await _form(request)).get("precision", ""))
    if wanted is None:
        return _back(request, context, "answers", "answers.bad_precision")
    before = copilot.help_center.precision or copilot.settings.kb.precision

    def write(session: Session) -> None:
        store.set_precision(session, context.principal, before, wanted)

    await copilot.database.writing(write)
    copilot.help_center.steer(await copilot.database.reading(store.steering_of))
    return _back(request, context, "answers", "answers.applied")


@router.post("/leads/review/unpin")
async def unpin(request: Request, copilot: Copilot) -> Response:
    """Take a pinned article away."""
    return await _undo(
        request, copilot, lambda session, who, id: store.unpin(session, who, int(id)) if id.isdecimal() else None
    )


@router.post("/leads/review/unblock")
async def unblock(request: Request, copilot: Copilot) -> Response:
    """Let a passage be shown again."""
    return await _undo(request, copilot, store.unblock)


async def _undo(request: Request, copilot: Services, undo: Callable[[Session, Principal, str], None]) -> Response:
    context = await _acting(request, copilot)
    if isinstance(context, Response):
        return context
    id = (await _form(request)).get("id", "")[:500]
    await copilot.database.writing(lambda session: undo(session, context.principal, id))
    copilot.help_center.steer(await copilot.database.reading(store.steering_of))
    return _back(request, context, "review", "review.done")


@router.post("/leads/review/{answer_id}")
async def review_answer(answer_id: int, request: Request, copilot: Copilot) -> Response:
    """Mark an answer, block its first passage, or pin an article to its question."""
    context = await _acting(request, copilot)
    if isinstance(context, Response):
        return context
    if not context.may("transcripts"):
        return said(request, copilot, "no_transcripts", 403)
    form = await _form(request)
    act, article_id = form.get("act", ""), form.get("article", "").strip()[:255]
    anchor = f"#answer-{answer_id}"
    answer = await copilot.database.reading(lambda session: session.get(DecidedAnswer, answer_id))
    if answer is None:
        return said(request, copilot, "missing", 404)
    locale = ""
    if act == "pin":
        try:
            article = copilot.help_center.article(article_id, answer.language) if article_id else None
        except Unavailable:
            article = None
        if article is None:
            return _back(request, context, "review", "review.no_article", anchor, said=article_id[:60])
        locale = article.locale

    def write(session: Session) -> None:
        row = reviewed(session, context, [answer], unmasked=True)[0]
        match act:
            case "right" | "wrong":
                store.review(session, context.principal, answer, act == "right")
            case "pin" if row.question:
                store.pin(session, context.principal, row.question, answer.language, article_id, locale)
            case "block" if row.passages and row.passages[0].passage_id:
                first = row.passages[0]
                store.block(
                    session, context.principal, first.passage_id[:500], first.article_id, first.locale, first.title
                )

    await copilot.database.writing(write)
    copilot.help_center.steer(await copilot.database.reading(store.steering_of))
    return _back(request, context, "review", "review.done", anchor)


@router.post("/leads/report/subscription")
async def keep_subscription(request: Request, copilot: Copilot) -> Response:
    """Whether the lead gets the weekly report, and in which language."""
    context = await _acting(request, copilot)
    if isinstance(context, Response):
        return context
    form = await _form(request)
    language = form.get("language", "")
    if language not in copilot.catalog.languages:
        language = context.say.language
    wanted = form.get("wanted") == "yes"
    await copilot.database.writing(lambda session: subscribe(session, context.principal, wanted, language))
    return _back(request, context, "report", "report.kept")


@router.post("/leads/gaps/gather")
async def gather_gaps(request: Request, copilot: Copilot) -> Response:
    """Look for the gaps anew, in the background."""
    context = await _acting(request, copilot)
    if isinstance(context, Response):
        return context
    request.app.state.gap_schedule.wake()
    return _back(request, context, "gaps", "gaps.gathering")


@router.post("/leads/value/assumptions")
async def keep_assumptions(request: Request, copilot: Copilot) -> Response:
    """Keep what a lead assumes of tickets' costs."""
    context = await _acting(request, copilot)
    if isinstance(context, Response):
        return context
    try:
        held = read_assumptions(await _form(request))
    except ValueInvalid as error:
        return _back(request, context, "value", f"value.wrong.{error.key}", said=error.value)

    def write(session: Session) -> None:
        before = assumptions_of(session)
        values = {name: getattr(held, name) for name in ("minutes", "hourly", "currency", "would_be_tickets")}
        store.put_setting(session, "assumptions", values)
        if before != held:
            store.log_act(session, context.principal, "value", **values)

    await copilot.database.writing(write)
    return _back(request, context, "value", "value.kept")


@router.post("/leads/value/baseline")
async def keep_baseline(request: Request, copilot: Copilot) -> Response:
    """Keep the months from before the copilot, in place of those that were imported earlier."""
    context = await _acting(request, copilot)
    if isinstance(context, Response):
        return context
    try:
        months = read_baseline((await _form(request)).get("months", "")[:20_000])
    except ValueInvalid as error:
        return _back(request, context, "value", f"value.wrong.{error.key}", "#baseline", said=error.value)

    def write(session: Session) -> None:
        put_baseline(session, months)
        store.log_act(session, context.principal, "baseline", months=len(months))

    await copilot.database.writing(write)
    return _back(request, context, "value", "value.kept", "#baseline")
