"""The figures over HTTP: deflection for leads, Prometheus text for operators."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import Invalid, Unavailable
from api.identity.principal import Principal, require_role
from api.metrics.articles import ArticleFigures, article_votes, votes_csv
from api.metrics.outcomes import Deflection, DeflectionFilter, deflection
from api.metrics.prometheus import exposition
from api.services import Services, services

router = APIRouter(tags=["metrics"])

Copilot = Annotated[Services, Depends(services)]

# An id of the catalog: what has other characters is none, and PostgreSQL refuses NUL with an error of its own.
Id = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")]

Start = Annotated[str | None, Query(alias="from", description="First day or moment; 30 days ago by default.")]
End = Annotated[str | None, Query(alias="to", description="The end; now by default. A day counts whole.")]

DEFAULT_RANGE = dt.timedelta(days=30)
# What a spreadsheet would run as a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@router.get(
    "/metrics/deflection",
    response_model=Deflection,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_deflection(
    copilot: Copilot,
    principal: Annotated[Principal, Depends(require_role("lead"))],
    start: Start = None,
    end: End = None,
    language: Id = None,
    channel: Id = None,
    category: Id = None,
    format: Literal["json", "csv"] = "json",
) -> Deflection | Response:
    """Conversations that began in the range, by their outcome. The outcomes add up to `asked_for_help`."""
    since, until = _range(start, end)
    chosen = DeflectionFilter(since, until, language=language, channel=channel, category=category)

    def compute(session: Session) -> Deflection:
        return deflection(session, chosen)

    figures = await copilot.database.reading(compute)
    if format == "csv":
        return _as_file(deflection_csv(figures), "deflection.csv")
    return figures


@router.get(
    "/metrics/articles",
    response_model=ArticleFigures,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_article_votes(
    copilot: Copilot,
    principal: Annotated[Principal, Depends(require_role("lead"))],
    start: Start = None,
    end: End = None,
    format: Literal["json", "csv"] = "json",
) -> ArticleFigures | Response:
    """Whether the help center's articles helped, as their readers said on the articles' pages."""
    since, until = _range(start, end)

    def title_of(article_id: str, locale: str) -> str:
        try:
            article = copilot.help_center.article(article_id, locale)
        except Unavailable:
            return ""
        return article.title if article else ""

    figures = await copilot.database.reading(lambda session: article_votes(session, since, until, title_of))
    if format == "csv":
        return _as_file(votes_csv(figures, _plain), "articles.csv")
    return figures


@router.get("/metrics", response_class=PlainTextResponse)
async def get_metrics(copilot: Copilot, principal: Annotated[Principal, Depends(require_role("admin"))]) -> Response:
    """Counters for operators, as Prometheus reads them. Needs an admin's token."""
    text = await copilot.database.reading(exposition)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _as_file(table: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(table, media_type="text/csv; charset=utf-8", headers=headers)


def _range(start: str | None, end: str | None) -> tuple[dt.datetime, dt.datetime]:
    until = parse_moment(end, "to", end_of_day=True) if end else utc_now()
    since = parse_moment(start, "from") if start else until - DEFAULT_RANGE
    if since >= until:
        raise Invalid("`from` must be before `to`.", code="invalid_request", details={"from": "must be before to"})
    return since, until


def parse_moment(text: str, name: str, *, end_of_day: bool = False) -> dt.datetime:
    """An ISO 8601 day or moment, UTC where it names no zone. `end_of_day`: a day means until it is over."""
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        if end_of_day and len(text) <= len("2026-01-31"):
            moment += dt.timedelta(days=1)
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(
            f"`{name}` must be a day or a moment, like 2026-01-31 or 2026-01-31T12:00:00Z.",
            code="invalid_request",
            details={name: "must be a day or a moment, like 2026-01-31 or 2026-01-31T12:00:00Z"},
        ) from error


def deflection_csv(figures: Deflection) -> str:
    """The figures as two columns, `figure` and `value`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["figure", "value"])
    for name, value in figures.rows():
        writer.writerow([_plain(name), _plain("" if value is None else str(value))])
    return out.getvalue()


def _plain(cell: str) -> str:
    return "'" + cell if cell.startswith(_FORMULA) else cell
