"""The rows behind every figure, and one conversation as it was said, personal data masked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Message
from api.errors import Invalid
from api.leads.choosing import choice_of
from api.leads.context import Context
from api.leads.overview import OUTCOMES, rows_url
from api.leads.page import Cell, Column, Link, PageParts, Section, Table, Value
from api.metrics import listing, queries
from api.metrics.definitions import ROW_SETS
from api.metrics.models import Decision
from api.metrics.row_files import Rows
from api.metrics.rules import TEXTS
from api.privacy.masking import mask

ON_A_PAGE = 50
# Of the file; the page has them, too.
COLUMNS = (
    "conversation", "started_at", "language", "channel", "category", "subcategory", "outcome", "rule", "confidence",
)  # fmt: skip
_READ = ("id", *COLUMNS[1:6], "kind", *COLUMNS[6:])
# What narrows the rows besides the filter: figures link to it.
FURTHER = ("stopped_at", "hour", "weekday")
# Sets that a lead looks for; the others are reached by the figures that count them.
OFFERED = ("asked", "resolved", *OUTCOMES, "provisional", "all")


@dataclass(frozen=True)
class Said:
    """One message as it is shown: `words` are masked."""

    role: str
    who: str
    at: str
    words: str
    facts: str = ""


@dataclass(frozen=True)
class Transcript:
    """A conversation with its decision, and how that came about."""

    decision: Decision
    facts: tuple[tuple[str, str], ...]
    messages: tuple[Said, ...]
    changes: tuple[str, ...]
    ticket: Link | None


def conversations(session: Session, context: Context) -> PageParts:
    """The rows of a set (`rows` in the address), newest first."""
    say, given = context.say, context.given
    wanted, narrower = _wanted(given)
    warnings = []
    if given.get("rows", wanted) != wanted:
        warnings.append(say("conversations.unknown_rows", value=given["rows"][:60]))
    cursor = given.get("cursor") or None
    further = {name: given[name] for name in FURTHER if given.get(name)}
    choice = choice_of(context.chosen)

    def read(cursor: str | None) -> listing.Page:
        return listing.rows(session, choice, wanted, cursor=cursor, limit=ON_A_PAGE, **narrower)

    try:
        page = read(cursor)
    except Invalid:
        warnings.append(say("conversations.lost_place"))
        cursor, page = None, read(None)
    note = ""
    if not further and not ROW_SETS[wanted].people:
        note = say.counted("conversations.count", queries.totals(session, choice).sets[wanted])
    labels = {
        "conversation": "columns.conversation",
        "started_at": "columns.started",
        **{name: f"columns.{name}" for name in ("outcome", "rule", "confidence")},
    }
    columns = tuple(
        Column(
            name,
            say(labels.get(name, f"dimensions.{name}")),
            numeric=name == "confidence",
            wide=name in ("category", "outcome", "rule"),
            file_only=name == "subcategory",
        )
        for name in COLUMNS
    )
    links = []
    if page.cursor:
        links.append(Link(say("conversations.older"), rows_url(context, wanted, cursor=page.cursor, **further)))
    if cursor:
        links.append(Link(say("conversations.newest"), rows_url(context, wanted)))
    section = Section(
        "rows",
        say.of(f"ledger.sets.{wanted}"),
        Table(columns, tuple(_row(context, each) for each in page.rows)),
        note=note,
        open_table=True,
        empty=say("conversations.empty"),
        links=tuple(links),
        template="leads/_pick.html",
        further={"rows": wanted, **further},
        values={"pick": [(say.of(f"ledger.sets.{each}"), rows_url(context, each), each == wanted) for each in OFFERED]},
    )
    return PageParts([section], warnings=warnings)


def rows_file(context: Context) -> Rows:
    """All rows of the set, newest first, as a file."""
    wanted, narrower = _wanted(context.given)
    choice = choice_of(context.chosen)

    def read(session: Session, cursor: str | None, limit: int) -> tuple[list[tuple[Value, ...]], str | None]:
        found, after = listing.row_values(session, choice, _READ, wanted, cursor=cursor, limit=limit, **narrower)
        return [_values(*each) for each in found], after

    return Rows(COLUMNS, read)


def _wanted(given: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Of the address: the set, `asked` where it names none, and what narrows it."""
    wanted = given.get("rows", "asked")
    hour, weekday = (_number(given, name, most) for name, most in (("hour", 23), ("weekday", 6)))
    narrower = {"stopped_at": given.get("stopped_at") or None, "hour": hour, "weekday": weekday}
    return wanted if wanted in ROW_SETS else "asked", narrower


def transcript(session: Session, context: Context, id: str) -> Transcript | None:
    """The conversation of a decision; None where there is none."""
    decision = session.get(Decision, id)
    if decision is None:
        return None
    say = context.say
    facts = [
        (say("columns.outcome"), outcome_text(context, decision)),
        (say("columns.rule"), rule_text(context, decision.rule)),
        (say("columns.started"), say.moment(decision.started_at)),
        *(
            (say(f"dimensions.{name}"), say.value_of(name, getattr(decision, name)))
            for name in ("language", "channel", "scenario", "category", "subcategory")
            if getattr(decision, name)
        ),
        (
            say("columns.answers"),
            say.number(decision.answers)
            + f" ({say('conversations.confident', count=say.number(decision.confident_answers))})",
        ),
    ]
    if decision.rating:
        facts.append((say("overview.satisfaction"), say(f"ratings.{decision.rating}")))
    messages: tuple[Said, ...] = ()
    if decision.conversation_id:
        rows = session.scalars(
            select(Message).where(Message.conversation_id == decision.conversation_id).order_by(Message.seq)
        )
        messages = tuple(_said(context, each) for each in rows)
    changes = tuple(
        say(
            "conversations.changed",
            at=say.moment(each.at),
            before=_state_text(context, each.before),
            after=_state_text(context, each.after),
            because=each.because,
        )
        for each in listing.changes_of(session, id)
    )
    ticket = None
    if decision.ticket_id:
        ticket = Link(
            say("conversations.ticket", number=decision.ticket_id),
            f"/desk/tickets/{decision.ticket_id}?lang={say.language}",
        )
    return Transcript(decision, tuple(facts), messages, changes, ticket)


def _number(given: dict[str, str], name: str, most: int) -> int | None:
    text = given.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= 2 and int(text) <= most else None


def outcome_text(context: Context, decision: Decision) -> str:
    """How it ended, and whether that may still change."""
    say = context.say
    if decision.kind != "help":
        return say(f"kinds.{decision.kind}")
    text = say(f"outcomes.{decision.outcome}") if decision.outcome else say("unknown")
    return f"{text} ({say('conversations.provisional')})" if decision.provisional else text


def rule_text(context: Context, rule: str) -> str:
    """The rule that decided, in the lead's language where that is written."""
    say = context.say
    key = f"ledger.rules.{rule}"
    return say.of(key) if say.written(key) else TEXTS.get(rule, rule)


def _state_text(context: Context, state: str) -> str:
    kind, _, outcome = (state or "").partition(":")
    say = context.say
    if outcome and say.has(f"outcomes.{outcome}"):
        return say(f"outcomes.{outcome}")
    return say(f"kinds.{kind}") if kind and say.has(f"kinds.{kind}") else say("unknown")


def _values(
    id: str, started_at: dt.datetime, language: str, channel: str, category: str, subcategory: str, kind: str, outcome: str,
    rule: str, confidence: float | None,
) -> tuple[Value, ...]:  # fmt: skip
    """A row of `_READ` as it stands in `COLUMNS`."""
    return id, started_at.isoformat(), language, channel, category, subcategory, outcome or kind, rule, confidence


def _row(context: Context, each: Decision) -> tuple[Cell, ...]:
    say = context.say
    # The subcategory stands beside its category: a column less leaves room for the reason.
    matter = [say.value_of("category", each.category)]
    if each.subcategory:
        matter.append(say.value_of("subcategory", each.subcategory))
    texts = (
        each.id[:8] if not each.id.startswith("ticket-") else each.id,
        say.moment(each.started_at),
        say.value_of("language", each.language),
        say.value_of("channel", each.channel),
        " › ".join(matter),
        "",
        outcome_text(context, each),
        rule_text(context, each.rule),
        say.percent(each.confidence, 0),
    )
    first, *others = map(Cell, _values(*(getattr(each, name) for name in _READ)), texts)
    return replace(first, url=context.url(f"conversations/{each.id}")), *others


def _said(context: Context, message: Message) -> Said:
    say = context.say
    facts = []
    answer = message.answer or {}
    for passage in answer.get("passages") or ():
        facts.append(str(passage.get("title", "")))
    if message.ticket and message.ticket.get("id"):
        facts.append(say("conversations.ticket", number=str(message.ticket["id"])))
    who = say(f"roles.{message.role}") if say.has(f"roles.{message.role}") else message.role
    return Said(message.role, who, say.moment(message.created_at), mask(message.text), mask(" · ".join(facts)))
