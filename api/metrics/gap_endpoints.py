"""The content gaps over HTTP, for leads."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.database import utc_now
from api.identity.principal import Principal, require_role
from api.identity.rights import may, require_transcripts
from api.metrics.gap_drafts import draft
from api.metrics.gaps import (
    MOST,
    MOST_IN_A_FILE,
    Gap,
    GapExample,
    GapFigures,
    GapFilter,
    State,
    gap,
    gaps,
    gaps_csv,
    questions_of,
)
from api.services import Services, services

router = APIRouter(tags=["metrics"])

Copilot = Annotated[Services, Depends(services)]
Lead = Annotated[Principal, Depends(require_role("lead"))]
# An id of the catalog, or of a cluster: what has other characters is none.
Id = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class GatheringAsked(BaseModel):
    running: bool = Field(description="One was under way already; another follows it.")


class GapQuestions(BaseModel):
    """Questions of a cluster, the most central first."""

    questions: list[GapExample]


@router.get(
    "/metrics/gaps",
    response_model=GapFigures,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_gaps(
    copilot: Copilot,
    principal: Lead,
    language: Id = None,
    category: Id = None,
    subcategory: Id = None,
    channel: Id = None,
    state: State = "open",
    format: Literal["json", "csv"] = "json",
) -> GapFigures | Response:
    """Topics that customers ask about and no article answers, those asked most often first, as last gathered. Personal data
    is masked, and there are no examples for who may not read conversations. `nearest` is what the search finds first, never
    an answer."""
    most = MOST_IN_A_FILE if format == "csv" else MOST
    chosen = GapFilter(language, category, subcategory, channel, state, most)
    figures = await copilot.database.reading(lambda session: gaps(session, chosen))
    if not may(copilot.settings, principal, "transcripts"):
        figures = figures.model_copy(update={"gaps": [_without_words(each) for each in figures.gaps]})
    if format == "csv":
        headers = {"Content-Disposition": 'attachment; filename="gaps.csv"', "Cache-Control": "no-store"}
        return Response(gaps_csv(figures), media_type="text/csv; charset=utf-8", headers=headers)
    return figures


@router.post("/metrics/gaps/runs", status_code=202)
async def gather_gaps(request: Request, principal: Lead) -> GatheringAsked:
    """Gather the gaps anew, in the background: `at` of `GET /metrics/gaps` tells when it is done."""
    schedule = request.app.state.gap_schedule
    running = bool(schedule.running)
    schedule.wake()
    return GatheringAsked(running=running)


@router.get("/metrics/gaps/{gap_id}")
async def get_gap(copilot: Copilot, principal: Lead, gap_id: str) -> Gap:
    """One topic, also one that is gone."""
    found = await copilot.database.reading(lambda session: gap(session, gap_id))
    return found if may(copilot.settings, principal, "transcripts") else _without_words(found)


@router.get("/metrics/gaps/{gap_id}/questions")
async def get_gap_questions(
    copilot: Copilot,
    principal: Lead,
    gap_id: str,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> GapQuestions:
    """Every question of the topic, masked."""

    require_transcripts(copilot.settings, principal)

    def read(session: Session) -> list[GapExample]:
        gap(session, gap_id)
        return questions_of(session, gap_id, limit=limit, offset=offset)

    return GapQuestions(questions=await copilot.database.reading(read))


@router.get(
    "/metrics/gaps/{gap_id}/draft",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}},
)
async def get_gap_draft(copilot: Copilot, principal: Lead, gap_id: str) -> Response:
    """A draft of the missing article as a Markdown file, made of the public replies of the tickets that answer it."""
    require_transcripts(copilot.settings, principal)
    made = await copilot.database.reading(lambda session: draft(session, gap_id, copilot.catalog, now=utc_now()))
    headers = {"Content-Disposition": f'attachment; filename="{made.file}"', "Cache-Control": "no-store"}
    return Response(made.markdown, media_type="text/markdown; charset=utf-8", headers=headers)


def _without_words(found: Gap) -> Gap:
    return found.model_copy(update={"examples": []})
