"""The figures over HTTP: deflection and its rows for leads, Prometheus text for operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import Invalid, Unavailable
from api.identity.principal import Principal, require_role
from api.metrics.articles import ArticleFigures, article_votes, votes_csv
from api.metrics.choice import check_range, check_values, choice_of_moments, day_start
from api.metrics.definitions import DEFINITIONS, ROW_SETS
from api.metrics.exports import DECISION_COLUMNS, as_file, csv_of, decision_json, plain
from api.metrics.listing import Page, row_values
from api.metrics.listing import rows as listed
from api.metrics.outcomes import Deflection, DeflectionFilter, deflection
from api.metrics.prometheus import exposition
from api.metrics.row_files import Rows, RowsFile
from api.metrics.rules import CAME_BACK, RULES, Outcome
from api.metrics.terms import terms_of
from api.metrics.worker import freshen
from api.services import Services, services

router = APIRouter(tags=["metrics"])

Copilot = Annotated[Services, Depends(services)]
Lead = Annotated[Principal, Depends(require_role("lead"))]

# An id of the catalog: what has other characters is none, and PostgreSQL refuses NUL with an error of its own.
Id = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")]

Start = Annotated[
    str | None,
    Query(alias="from", description="First day (of the figures' time zone) or moment; 30 days ago by default."),
]
End = Annotated[str | None, Query(alias="to", description="The end; now by default. A day counts whole.")]

DEFAULT_RANGE = dt.timedelta(days=30)
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class Filters(BaseModel):
    """What may be chosen of the decisions; `none` is what has no value."""

    language: str | None = None
    channel: str | None = None
    scenario: str | None = None
    category: str | None = None
    subcategory: str | None = None


def _filters(
    language: Id = None, channel: Id = None, scenario: Id = None, category: Id = None, subcategory: Id = None
) -> Filters:
    return Filters(language=language, channel=channel, scenario=scenario, category=category, subcategory=subcategory)


Chosen = Annotated[Filters, Depends(_filters)]


class DecisionsOut(BaseModel):
    """A page of decisions, newest first."""

    rows: list[dict[str, Any]]
    cursor: str | None = Field(description="For the next page; null where this is the last.")


class DefinitionOut(BaseModel):
    id: str
    name: str
    formula: str
    numerator: str = Field(description="A value of `rows` at GET /metrics/decisions.")
    denominator: str
    ratio: bool = Field(description="No share: it may exceed 1.")


class RuleOut(BaseModel):
    id: str
    outcome: str
    text: str


class DefinitionsOut(BaseModel):
    """What the figures mean: the rules in their order of precedence, the rates, and the sets of rows behind them."""

    rules: list[RuleOut]
    definitions: list[DefinitionOut]
    rows: dict[str, str]


@router.get("/metrics/deflection", response_model=Deflection, responses=_CSV)
async def get_deflection(
    copilot: Copilot,
    principal: Lead,
    chosen: Chosen,
    start: Start = None,
    end: End = None,
    format: Literal["json", "csv"] = "json",
) -> Deflection | Response:
    """Conversations that began in the range, by their outcome. The outcomes add up to `asked_for_help`.

    Conversations that did not ask for help (status, subscription, greeting) and tickets that came by form or mail are
    counted apart; test and staff traffic not at all. What an outcome means: `GET /metrics/definitions`.
    """
    zone = terms_of(copilot.settings, copilot.catalog).zone
    since, until = parse_range(start, end, zone)
    wanted = DeflectionFilter(since, until, **chosen.model_dump())
    await freshen(copilot)

    def compute(session: Session) -> Deflection:
        check_values(session, copilot.catalog, wanted.choice(zone))
        return deflection(session, wanted, zone)

    figures = await copilot.database.reading(compute)
    if format == "csv":
        return as_file(deflection_csv(figures), "deflection")
    return figures


@router.get("/metrics/decisions", response_model=DecisionsOut, responses=_CSV)
async def get_decisions(
    copilot: Copilot,
    principal: Lead,
    chosen: Chosen,
    start: Start = None,
    end: End = None,
    rows: Annotated[str, Query(description="A set of rows: see GET /metrics/definitions.")] = "asked",
    outcome: Outcome | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    format: Literal["json", "csv"] = "json",
) -> DecisionsOut | Response:
    """The rows behind every figure: one a conversation, or a ticket that came without one. JSON comes in pages; CSV comes
    whole, however many rows, all as of one moment. A file that breaks off (its last chunk is missing) is not whole."""
    zone = terms_of(copilot.settings, copilot.catalog).zone
    since, until = parse_range(start, end, zone)
    choice = choice_of_moments(since, until, zone, **chosen.model_dump())
    await freshen(copilot)

    if format == "csv":

        def part(session: Session, after: str | None, most: int) -> tuple[Sequence[Sequence[object]], str | None]:
            if after == cursor:
                check_values(session, copilot.catalog, choice)
            return row_values(session, choice, DECISION_COLUMNS, rows, outcome=outcome, cursor=after, limit=most)

        return RowsFile(copilot.database, Rows(DECISION_COLUMNS, part), "decisions", "csv", cursor)

    def page(session: Session) -> Page:
        check_values(session, copilot.catalog, choice)
        return listed(session, choice, rows, outcome=outcome, cursor=cursor, limit=limit)

    found = await copilot.database.reading(page)
    return DecisionsOut(rows=[decision_json(each) for each in found.rows], cursor=found.cursor)


@router.get("/metrics/definitions")
async def get_definitions(copilot: Copilot, principal: Lead, language: Id = None) -> DefinitionsOut:
    """By which rules outcomes are decided, and of which rows each rate is made."""
    catalog = copilot.catalog
    words = catalog.wording(language if language in catalog.languages else catalog.default_language)
    return DefinitionsOut(
        rules=[
            RuleOut(id=each.id, outcome=each.outcome, text=words.text(f"ledger.rules.{each.id}"))
            for each in (*RULES, CAME_BACK)
        ],
        definitions=[
            DefinitionOut(
                id=each.id,
                name=words.text(each.name_key),
                formula=words.text(each.formula_key),
                numerator=each.numerator,
                denominator=each.denominator,
                ratio=each.ratio,
            )
            for each in DEFINITIONS
        ],
        rows={name: words.text(f"ledger.sets.{name}") for name in ROW_SETS},
    )


@router.get(
    "/metrics/articles",
    response_model=ArticleFigures,
    responses=_CSV,
)
async def get_article_votes(
    copilot: Copilot,
    principal: Lead,
    start: Start = None,
    end: End = None,
    format: Literal["json", "csv"] = "json",
) -> ArticleFigures | Response:
    """Whether the help center's articles helped, as their readers said on the articles' pages."""
    since, until = parse_range(start, end, terms_of(copilot.settings, copilot.catalog).zone)

    def title_of(article_id: str, locale: str) -> str:
        try:
            article = copilot.help_center.article(article_id, locale)
        except Unavailable:
            return ""
        return article.title if article else ""

    figures = await copilot.database.reading(lambda session: article_votes(session, since, until, title_of))
    if format == "csv":
        return as_file(votes_csv(figures, plain), "articles")
    return figures


@router.get("/metrics", response_class=PlainTextResponse)
async def get_metrics(copilot: Copilot, principal: Lead) -> Response:
    """Counters for operators, as Prometheus reads them. Needs a lead's token; one that may only read will do."""
    zone = terms_of(copilot.settings, copilot.catalog).zone
    text = await copilot.database.reading(lambda session: exposition(session, zone))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def parse_range(start: str | None, end: str | None, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """The range of two days or moments, 30 days until now by default. Raises `Invalid` where it cannot be."""
    until = parse_moment(end, "to", zone, end_of_day=True) if end else utc_now()
    since = parse_moment(start, "from", zone) if start else _before(until)
    if since >= until:
        raise Invalid("`from` must be before `to`.", code="invalid_request", details={"from": "must be before to"})
    check_range(since.date(), until.date())
    return since, until


def _before(until: dt.datetime) -> dt.datetime:
    try:
        return until - DEFAULT_RANGE
    except OverflowError:
        # Before the first of all days: there is no range, which is refused as any other.
        return until


def parse_moment(text: str, name: str, zone: ZoneInfo, *, end_of_day: bool = False) -> dt.datetime:
    """An ISO 8601 day or moment, of `zone` where it names none. `end_of_day`: a day means until it is over, however many
    hours it has."""
    try:
        if len(text) <= len("2026-01-31"):
            day = dt.date.fromisoformat(text)
            return day_start(day + dt.timedelta(days=1 if end_of_day else 0), zone).astimezone(dt.UTC)
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(
            f"`{name}` must be a day or a moment, like 2026-01-31 or 2026-01-31T12:00:00Z.",
            code="invalid_request",
            details={name: "must be a day or a moment, like 2026-01-31 or 2026-01-31T12:00:00Z"},
        ) from error


def deflection_csv(figures: Deflection) -> str:
    """The figures as two columns, `figure` and `value`."""
    return csv_of(("figure", "value"), figures.rows())
