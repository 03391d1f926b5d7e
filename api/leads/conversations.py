"""The rows behind every figure, and one conversation as it was said, personal data masked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Message
from api.errors import Invalid
from api.leads.choosing import choice_of
from api.leads.context import Context
from api.leads.overview import OUTCOMES, rows_url
from api.leads.page import Cell, Column, Link, PageParts, Section, Table
from api.metrics import listing, queries
from api.metrics.definitions import ROW_SETS
from api.metrics.models import Decision
from api.metrics.rules import TEXTS
from api.privacy.masking import mask

ON_A_PAGE = 50
# A file of more rows is better made from GET /metrics/decisions, page by page.
IN_A_FILE = 50_000
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
    wanted = given.get("rows", "asked")
    warnings = []
    if wanted not in ROW_SETS:
        warnings.append(say("conversations.unknown_rows", value=wanted[:60]))
        wanted = "asked"
    cursor = given.get("cursor") or None
    further = {name: given[name] for name in FURTHER if given.get(name)}
    hour, weekday = (_number(further, name, most) for name, most in (("hour", 23), ("weekday", 6)))
    choice = choice_of(context.chosen)

    def read(cursor: str | None) -> listing.Page:
        limit = IN_A_FILE if context.exporting else ON_A_PAGE
        stopped = further.get("stopped_at")
        return listing.rows(
            session, choice, wanted, stopped_at=stopped, hour=hour, weekday=weekday, cursor=cursor, limit=limit
        )

    try:
        page = read(cursor)
    except Invalid:
        warnings.append(say("conversations.lost_place"))
        cursor, page = None, read(None)
    note = ""
    if not further and not ROW_SETS[wanted].people:
        note = say("conversations.count", count=say.number(queries.totals(session, choice).sets[wanted]))
    columns = (
        Column("conversation", say("columns.conversation")),
        Column("started_at", say("columns.started")),
        *(Column(each, say(f"dimensions.{each}")) for each in ("language", "channel")),
        Column("category", say("dimensions.category"), wide=True),
        Column("subcategory", say("dimensions.subcategory"), file_only=True),
        Column("outcome", say("columns.outcome"), wide=True),
        Column("rule", say("columns.rule"), wide=True),
        Column("confidence", say("columns.confidence"), numeric=True),
    )
    links = []
    if page.cursor and not context.exporting:
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
        values={"pick": [(say.of(f"ledger.sets.{each}"), rows_url(context, each), each == wanted) for each in OFFERED]},
    )
    return PageParts([section], warnings=warnings)


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


def _row(context: Context, each: Decision) -> tuple[Cell, ...]:
    say = context.say
    # The subcategory stands beside its category: a column less leaves room for the reason.
    matter = [say.value_of("category", each.category)]
    if each.subcategory:
        matter.append(say.value_of("subcategory", each.subcategory))
    return (
        Cell(
            each.id,
            each.id[:8] if not each.id.startswith("ticket-") else each.id,
            context.url(f"conversations/{each.id}"),
        ),
        Cell(each.started_at.isoformat(), say.moment(each.started_at)),
        *(Cell(getattr(each, name), say.value_of(name, getattr(each, name))) for name in ("language", "channel")),
        Cell(each.category, " › ".join(matter)),
        Cell(each.subcategory, ""),
        Cell(each.outcome or each.kind, outcome_text(context, each)),
        Cell(each.rule, rule_text(context, each.rule)),
        Cell(each.confidence, say.percent(each.confidence, 0)),
    )


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
