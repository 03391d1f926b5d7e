"""Content gaps: what customers ask and no article answers, and what each lead can do about it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from api.leads.charts import bar
from api.leads.context import Context
from api.leads.page import Card, Cell, Column, PageParts, Section, Table
from api.metrics.choice import NONE
from api.metrics.gaps import MOST, MOST_IN_A_FILE, Gap, GapFigures, GapFilter, State, gaps

STATES: tuple[State, ...] = ("open", "answered", "gone")
ON_A_PAGE = 25
# Of a topic, on the page; the others are in the file.
TICKETS = 4


def content_gaps(session: Session, context: Context) -> PageParts:
    """The whole page."""
    say = context.say
    wanted = context.given.get("state", "open")
    state: State = wanted if wanted in STATES else "open"
    figures = read_gaps(session, context, state, MOST_IN_A_FILE if context.exporting else MOST)
    shown = figures.gaps if context.exporting else figures.gaps[:ON_A_PAGE]
    most = max((each.size for each in shown), default=0)
    columns = (
        Column("topic", say("columns.topic"), wide=True),
        Column("language", say("dimensions.language")),
        Column("size", say("columns.size"), numeric=True),
        Column("before", say("columns.before"), numeric=True),
        Column("trend", say("columns.change"), numeric=True),
        Column("doubted", say("gaps.doubt"), numeric=True),
        Column("nearest", say("gaps.nearest"), wide=True),
        Column("confidence", say("columns.confidence"), numeric=True),
        Column("tickets", say("gaps.tickets"), numeric=True),
        Column("ticket_ids", say("gaps.tickets"), file_only=True),
        Column("examples", say("gaps.examples"), wide=True),
    )
    rows = tuple(_row(context, each, most) for each in shown)
    if figures.at is None:
        empty, note = say("gaps.never"), ""
    else:
        empty = say("gaps.none")
        note = say(
            "gaps.note",
            at=say.moment(figures.at),
            first=_day(context, figures.since),
            last=_day(context, figures.until),
        )
    section = Section(
        "topics",
        say("gaps.topics"),
        Table(columns, rows),
        note=note,
        empty=empty,
        template="leads/_gaps.html",
        further={"state": state},
        values={
            "pick": [(say(f"gaps.states.{each}"), context.url("gaps", state=each), each == state) for each in STATES],
            "gaps": shown,
            "most": TICKETS,
            "words": context.may("transcripts"),
            "conversation": lambda id: context.url(f"conversations/{id}"),
            "gather": f"/leads/gaps/gather?{context.chosen.query(lang=say.language)}",
        },
    )
    cards = [
        Card(name, say(f"gaps.{name}"), value, say.number(value), note=say(f"gaps.{name}_note"), main=name == "found")
        for name, value in (
            ("found", figures.topics),
            ("questions", figures.questions),
            ("alone", figures.alone),
            ("answered", figures.answered),
        )
    ]
    return PageParts([section], cards if figures.at else (), lead=say("gaps.lead"))


def read_gaps(session: Session, context: Context, state: State = "open", most: int = MOST) -> GapFigures:
    """Those of the filter, the largest first; a day has no meaning for them, as they are of their own period."""
    language, category, subcategory, channel = (
        None if value == NONE else value
        for value in (
            context.chosen.language,
            context.chosen.category,
            context.chosen.subcategory,
            context.chosen.channel,
        )
    )
    return gaps(session, GapFilter(language, category, subcategory, channel, state, most))


def _day(context: Context, at: dt.datetime | None) -> str:
    return context.say.date(at.astimezone(context.say.zone).date()) if at else ""


def _row(context: Context, each: Gap, most: int) -> tuple[Cell, ...]:
    say, near = context.say, each.nearest
    examples = " | ".join(one.text for one in each.examples) if context.may("transcripts") else ""
    return (
        Cell(each.id, ", ".join(each.terms), f"#gap-{each.id}", bar([(each.size, "main")], most)),
        Cell(each.language, say.value_of("language", each.language)),
        Cell(each.size, say.number(each.size)),
        Cell(each.before, say.number(each.before)),
        Cell(each.trend, say.change(each.size, each.before) or say("gaps.new")),
        Cell(each.doubted, say.number(each.doubted)),
        Cell(near.article_id if near else None, near.title if near else "–", near.url if near else ""),
        Cell(round(near.confidence, 4) if near else None, say.percent(near.confidence if near else None, 0)),
        Cell(len(each.tickets), say.number(len(each.tickets))),
        Cell(" ".join(str(one.ticket_id) for one in each.tickets), ""),
        Cell(examples, examples),
    )
