"""Satisfaction: what customers said of conversations and of solved tickets."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, case, func, literal_column, select
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.leads.charts import Series, bar, stacked
from api.leads.context import Context
from api.leads.overview import period_text, share, share_card
from api.leads.page import Cell, Column, Legend, PageParts, Section, Table, Value
from api.leads.placing import edges_of, place_of
from api.metrics.choice import NONE
from api.metrics.listing import no_cursor
from api.metrics.row_files import Rows
from api.privacy.masking import mask
from api.ratings.models import SatisfactionRating
from api.tickets.models import Ticket

COMMENTS = 30
_RATING = SatisfactionRating
_LANGUAGE = func.coalesce(Conversation.language, Ticket.language)
_CATEGORY = func.coalesce(Conversation.category, Ticket.category)


def satisfaction(session: Session, context: Context) -> PageParts:
    """The whole page."""
    say, before = context.say, context.chosen.before()
    groups = _groups(session, context)
    by_period = _by_period(context, groups)
    now = sum(by_period.values(), Counter[str]())
    was = sum((each.scores for each in _groups(session, context, earlier=True)), Counter[str]()) if before else None
    if not now:
        return PageParts(
            [Section("ratings", say("satisfaction.title"), Table((), ()), empty=say("satisfaction.empty"))]
        )
    cards = [
        share_card(
            context,
            name,
            say(f"satisfaction.{name}"),
            (now[f"{of}good"], now[f"{of}good"] + now[f"{of}bad"]),
            (was[f"{of}good"], was[f"{of}good"] + was[f"{of}bad"]) if was is not None else None,
            [share(each[f"{of}good"], each[f"{of}good"] + each[f"{of}bad"]) for each in by_period.values()],
            main=not of,
        )
        for name, of in (("all", ""), ("chat", "chat:"), ("ticket", "ticket:"))
    ]
    sections = [_over(context, by_period), *(_by(context, groups, name) for name in ("language", "category"))]
    if context.may("transcripts"):
        sections.append(_comments(session, context))
    return PageParts(sections, cards)


def _query(context: Context, *columns: Any, earlier: bool = False) -> Select[Any]:
    chosen = (context.chosen.before() or context.chosen) if earlier else context.chosen
    query = (
        select(*columns)
        .select_from(SatisfactionRating)
        .outerjoin(Conversation, Conversation.id == SatisfactionRating.conversation_id)
        .outerjoin(Ticket, Ticket.id == SatisfactionRating.ticket_id)
        .where(
            SatisfactionRating.created_at >= chosen.since,
            SatisfactionRating.created_at < chosen.until,
            func.coalesce(Conversation.is_test, False).is_(False),
        )
    )
    for name, column in (("language", _LANGUAGE), ("category", _CATEGORY)):
        value = getattr(chosen, name)
        if value is not None:
            query = query.where(column.is_(None) if value == NONE else column == value)
    return query


@dataclass(frozen=True)
class _Group:
    """Ratings of a period, language and category: `good`, `bad`, and each of `chat:` and `ticket:`."""

    place: int
    values: dict[str, str | None]
    scores: Counter[str]


def _groups(session: Session, context: Context, *, earlier: bool = False) -> list[_Group]:
    """All ratings of the range, read once for everything that is told of them. `earlier`: of the range before, which is told
    as a whole."""
    chosen = context.chosen
    place: Any = literal_column("0") if earlier else place_of(SatisfactionRating.created_at, chosen)
    of = case((SatisfactionRating.ticket_id.is_(None), "chat"), else_="ticket")
    language, category = (literal_column("NULL"),) * 2 if earlier else (_LANGUAGE, _CATEGORY)
    columns = [place.label("place"), of.label("of"), SatisfactionRating.score.label("score")]
    rows = _query(context, *columns, language.label("language"), category.label("category"), earlier=earlier).subquery()
    keys = tuple(rows.columns)
    found = []
    for number, kind, score, *values, count in session.execute(select(*keys, func.count()).group_by(*keys)):
        scores = Counter({score: count, f"{kind}:{score}": count})
        found.append(_Group(int(number), dict(zip(("language", "category"), values, strict=True)), scores))
    return found


def _by_period(context: Context, groups: Sequence[_Group]) -> dict[dt.date, Counter[str]]:
    edges = edges_of(context.chosen)
    found: dict[dt.date, Counter[str]] = {each: Counter() for each in edges}
    for each in groups:
        found[edges[each.place]].update(each.scores)
    return found


def _over(context: Context, by_period: dict[dt.date, Counter[str]]) -> Section:
    say = context.say
    layers = [
        Series(say(f"ratings.{score}"), tone, [each[score] for each in by_period.values()])
        for score, tone in (("good", "confirmed"), ("bad", "unanswered"))
    ]
    columns = (
        Column("period", say(f"columns.{context.chosen.grain}")),
        Column("good", say("ratings.good"), numeric=True),
        Column("bad", say("ratings.bad"), numeric=True),
        Column("share", say("overview.satisfaction"), numeric=True),
    )
    rows = tuple(
        (
            Cell(day.isoformat(), say.date(day)),
            Cell(each["good"], say.number(each["good"])),
            Cell(each["bad"], say.number(each["bad"])),
            Cell(
                share(each["good"], each["good"] + each["bad"]),
                say.percent(share(each["good"], each["good"] + each["bad"])),
            ),
        )
        for day, each in by_period.items()
    )
    labels = [period_text(context, each) for each in by_period]
    return Section(
        "ratings",
        say("satisfaction.title"),
        Table(columns, rows),
        drawing=stacked(layers, labels, title=say("satisfaction.title"), shown=say.number),
        legend=(Legend("confirmed", say("ratings.good")), Legend("unanswered", say("ratings.bad"))),
    )


def _by(context: Context, groups: Sequence[_Group], name: str) -> Section:
    say = context.say
    found: dict[str | None, Counter[str]] = {}
    for each in groups:
        found.setdefault(each.values[name], Counter()).update(each.scores)
    rows = []
    for value, scores in sorted(found.items(), key=lambda each: (-each[1].total(), each[0] or "")):
        whole = scores["good"] + scores["bad"]
        rows.append(
            (
                Cell(
                    value,
                    say.value_of(name, value),
                    context.url("satisfaction", **{name: value or NONE}),
                    bar([(scores["good"], "confirmed"), (scores["bad"], "unanswered")], whole),
                ),
                Cell(whole, say.number(whole)),
                Cell(share(scores["good"], whole), say.percent(share(scores["good"], whole))),
            )
        )
    columns = (
        Column(name, say(f"dimensions.{name}"), wide=True),
        Column("ratings", say("columns.ratings"), numeric=True),
        Column("share", say("overview.satisfaction"), numeric=True),
    )
    return Section(f"by-{name}", say(f"overview.by_{name}"), Table(columns, tuple(rows)), open_table=True, wide=False)


def _comments(session: Session, context: Context) -> Section:
    """What customers wrote beside their rating, the newest first, personal data masked."""
    say = context.say
    query = _commented(context).order_by(_RATING.updated_at.desc(), _RATING.id.desc()).limit(COMMENTS)
    rows = []
    for at, score, comment, conversation_id, ticket_id, _ in session.execute(query):
        url = context.url(f"conversations/{conversation_id or f'ticket-{ticket_id}'}")
        values = _comment(at, score, comment)
        texts = (say.moment(at), say(f"ratings.{score}"), str(values[2]))
        first, *others = map(Cell, values, texts)
        rows.append((replace(first, url=url), *others))
    columns = (
        Column("at", say("columns.when")),
        Column("score", say("columns.rating")),
        Column("comment", say("columns.comment"), wide=True),
    )
    return Section(
        "comments",
        say("satisfaction.comments"),
        Table(columns, tuple(rows)),
        note=say("conversations.masked"),
        open_table=True,
        empty=say("satisfaction.no_comments"),
    )


def comments_file(context: Context) -> Rows | None:
    """All of them as a file, those of the newest rating first; None for who may not read conversations."""
    if not context.may("transcripts"):
        return None

    def read(session: Session, cursor: str | None, limit: int) -> tuple[list[tuple[Value, ...]], str | None]:
        # By their number, which is read from there on: by the day of the last change all would be sorted for each page.
        query = _commented(context).order_by(_RATING.id.desc()).limit(limit + 1)
        if cursor is not None:
            if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9:
                raise no_cursor()
            query = query.where(_RATING.id < int(cursor))
        found = session.execute(query).all()
        page = found[:limit]
        return [_comment(*each[:3]) for each in page], str(page[-1].id) if len(found) > limit else None

    return Rows(("at", "score", "comment"), read)


def _commented(context: Context) -> Select[Any]:
    """Ratings with words beside them."""
    columns = (
        _RATING.updated_at,
        _RATING.score,
        _RATING.comment,
        _RATING.conversation_id,
        _RATING.ticket_id,
        _RATING.id,
    )
    return _query(context, *columns).where(_RATING.comment.is_not(None), _RATING.comment != "")


def _comment(at: dt.datetime, score: str, comment: str) -> tuple[Value, ...]:
    return at.isoformat(), score, mask(comment)
