"""The HTML around a page: rooms, filter, what is wrong with the address, and whose dashboard it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.leads.context import Context
from api.leads.filters import NARROWING, RANGES, Problem
from api.leads.page import Link, PageParts
from api.leads.sign_in import private
from api.leads.words import Say
from api.metrics.choice import NONE, known_values
from api.web.pages import render_page

# In the order in which a lead asks: how is it going, why, what to write, what became of the rest, what is it worth.
ROOMS = ("overview", "answers", "gaps", "review", "tickets", "satisfaction", "value", "conversations", "report")


@dataclass(frozen=True)
class Room:
    id: str
    text: str
    url: str
    here: bool


@dataclass(frozen=True)
class Choice:
    """One select of the filter."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str
    wrong: bool = False


def render(
    request: Request,
    context: Context,
    page: str,
    parts: PageParts,
    *,
    problems: Sequence[Problem] = (),
    template: str = "leads/page.html",
    found: object = None,
) -> HTMLResponse:
    """The whole page; with `problems` only the filter and how to mend it, as 422."""
    say, chosen = context.say, context.chosen
    rooms = [
        Room(each, say(f"rooms.{each}"), context.url(_path(each)), each == page)
        for each in ROOMS
        if each in context.rooms
    ]
    wrong = {each.name for each in problems}
    response = render_page(
        request,
        context.copilot.catalog,
        template,
        language=say.language,
        status=422 if problems else 200,
        say=say,
        found=found,
        page=page,
        parts=parts,
        rooms=rooms,
        told=told_text(context),
        choices=choices(context, wrong),
        chosen=chosen,
        ranges=[Link(say(f"filter.last_{days}"), context.url(_path(page), range=days)) for days in RANGES],
        wrong=wrong,
        problems=[problem_text(say, each) for each in problems],
        shown_range=say("filter.shown", first=say.date(chosen.first), last=say.date(chosen.last)),
        compared=_compared(context),
        files=lambda section, kind: (
            f"/leads/{page}/{section.id}.{kind}?{chosen.query(lang=say.language, **section.further)}"
        ),
        who=context.principal.name or context.principal.email or "",
        reset=f"/leads/{_path(page)}".rstrip("/") + f"?lang={say.language}",
    )
    return private(response)


def choices(context: Context, wrong: set[str]) -> list[Choice]:
    """The selects that narrow the rows, each with "all" first."""
    say, catalog, chosen = context.say, context.copilot.catalog, context.chosen
    found = []
    for name in NARROWING:
        known = known_values(catalog, name, chosen.category if chosen.category != NONE else None)
        options = [("", say("filter.all")), *((each, say.value_of(name, each)) for each in known)]
        value = getattr(chosen, name) or ""
        if value and value not in dict(options):
            options.append((value, say.value_of(name, value)))
        found.append(Choice(name, say(f"dimensions.{name}"), tuple(options), value, name in wrong))
    compares = tuple((each, say(f"filter.compare_{each}")) for each in ("before", "year", "none"))
    found.append(Choice("compare", say("filter.compare"), compares, chosen.compare, "compare" in wrong))
    return found


# What a lead may be told after an act: `told` in the address names it, `said` what it is about.
TOLD = (
    "answers.applied",
    "answers.bad_precision",
    "review.done",
    "review.no_article",
    "value.kept",
    "report.kept",
    "gaps.gathering",
    *(f"value.wrong.{each}" for each in ("baseline", "minutes", "hourly", "currency", "would_be_tickets")),
)


def told_text(context: Context) -> str:
    """What became of the act that led here; empty where there was none."""
    told = context.given.get("told", "")
    return context.say(told, value=context.given.get("said", "")[:80]) if told in TOLD else ""


def problem_text(say: Say, problem: Problem) -> str:
    """What is wrong, and how to mend it."""
    name = say(f"filter.{problem.name}") if say.has(f"filter.{problem.name}") else say(f"dimensions.{problem.name}")
    return say(f"problems.{problem.key}", name=name, value=problem.value)


def _path(page: str) -> str:
    return "" if page == "overview" else page


def _compared(context: Context) -> str:
    before = context.chosen.before()
    if before is None:
        return ""
    say = context.say
    return say("filter.compared", first=say.date(before.first), last=say.date(before.last))
