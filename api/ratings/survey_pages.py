"""The survey's page: shown by the links of the mail, answered by its button."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from api.ratings.schemas import LONGEST_COMMENT, RatingIn, Score
from api.ratings.service import rate_ticket
from api.ratings.survey import Surveyed, surveyed
from api.services import Services, services
from api.web.pages import render_page

router = APIRouter(include_in_schema=False)

Copilot = Annotated[Services, Depends(services)]
Link = Annotated[str, Path(max_length=80)]


@router.get("/survey/{link}", response_class=HTMLResponse)
async def survey_page(
    request: Request, copilot: Copilot, link: Link, score: Annotated[str, Query(max_length=8)] = ""
) -> HTMLResponse:
    """Asks before it counts anything: what mail servers open to look at it is no answer."""
    found = await copilot.database.reading(lambda session: surveyed(session, copilot.settings, link))
    return _page(request, copilot, found, "over" if found.over else "ask", score)


@router.post("/survey/{link}", response_class=HTMLResponse)
async def answer_survey(
    request: Request,
    copilot: Copilot,
    link: Link,
    score: Annotated[Literal["good", "bad"], Form()],
    comment: Annotated[str, Form(max_length=LONGEST_COMMENT * 2)] = "",
) -> HTMLResponse:
    """Rate the ticket; pressed again it is changed."""

    def rate(session: Session) -> Surveyed:
        found = surveyed(session, copilot.settings, link)
        if not found.over:
            rating = _rating(score, comment.strip()[:LONGEST_COMMENT])
            rate_ticket(session, copilot, found.principal, found.ticket.id, rating)
        return found

    found = await copilot.database.writing(rate)
    return _page(request, copilot, found, "over" if found.over else "thanks", score)


def _rating(score: Score, comment: str) -> RatingIn:
    """A comment that is left out takes none away."""
    return RatingIn.model_validate({"score": score, **({"comment": comment} if comment else {})})


def _page(request: Request, copilot: Services, found: Surveyed, step: str, score: str) -> HTMLResponse:
    language = found.ticket.language if found.ticket.language in copilot.catalog.languages else None
    response = render_page(
        request,
        copilot.catalog,
        "survey.html",
        language=language,
        step=step,
        score=score,
        number=found.ticket.id,
        subject=found.ticket.subject,
        longest=LONGEST_COMMENT,
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    # The link is a key: no other site learns it from a click.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
