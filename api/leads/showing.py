"""The HTML around a page: rooms, filter, what is wrong with the address, and whose dashboard it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.leads.context import Context
from api.leads.filters import CHANNELS, NARROWING, RANGES, Problem
from api.leads.page import Link, PageParts
from api.leads.sign_in import private
from api.leads.words import Say
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
        "leads/page.html",
        language=say.language,
        status=422 if problems else 200,
        say=say,
        page=page,
        parts=parts,
        rooms=rooms,
        choices=choices(context, wrong),
        chosen=chosen,
        ranges=[Link(say(f"filter.last_{days}"), context.url(_path(page), range=days)) for days in RANGES],
        wrong=wrong,
        problems=[problem_text(say, each) for each in problems],
        shown_range=say("filter.shown", first=say.date(chosen.first), last=say.date(chosen.last)),
        compared=_compared(context),
        files=lambda section, kind: f"/leads/{page}/{section}.{kind}?{chosen.query(lang=say.language)}",
        who=context.principal.name or context.principal.email or "",
        reset=f"/leads/{_path(page)}".rstrip("/") + f"?lang={say.language}",
    )
    return private(response)


def choices(context: Context, wrong: set[str]) -> list[Choice]:
    """The selects that narrow the rows, each with "all" first."""
    say, catalog, chosen = context.say, context.copilot.catalog, context.chosen
    subcategories = [
        name for each in catalog.categories if each.id == chosen.category for name in each.subcategories
    ] or sorted({name for each in catalog.categories for name in each.subcategories})
    known: dict[str, Sequence[str]] = {
        "language": catalog.languages,
        "scenario": [each.id for each in catalog.scenarios],
        "category": [each.id for each in catalog.categories],
        "subcategory": subcategories,
        "channel": CHANNELS,
    }
    found = []
    for name in NARROWING:
        options = [("", say("filter.all")), *((each, say.value_of(name, each)) for each in known[name])]
        value = getattr(chosen, name) or ""
        if value and value not in dict(options):
            options.append((value, say.value_of(name, value)))
        found.append(Choice(name, say(f"dimensions.{name}"), tuple(options), value, name in wrong))
    compares = tuple((each, say(f"filter.compare_{each}")) for each in ("before", "year", "none"))
    found.append(Choice("compare", say("filter.compare"), compares, chosen.compare, "compare" in wrong))
    return found


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
