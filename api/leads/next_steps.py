"""What to do next: the topics that want an article, and the articles that want another word."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.leads.choosing import choice_of
from api.leads.content import read_gaps
from api.leads.context import Context
from api.leads.page import Cell, Column, Link, Section, Table
from api.metrics import listing
from api.metrics.choice import Choice

# Judged so often, an article that did not help more often than it did is named.
FEWEST = 3
MOST = 3


def misleading(session: Session, choice: Choice) -> list[listing.ArticleFigures]:
    """Articles that did not help more often than they did, the worst first."""
    found = [
        each
        for each in listing.articles(session, choice)
        if each.helped + each.wrong >= FEWEST and each.wrong > each.helped
    ]
    return sorted(found, key=lambda each: (each.helped - each.wrong, each.article_id))


def next_steps(session: Session, context: Context) -> Section:
    """The first of both lists, each with its reason and where to begin."""
    say = context.say
    rows = []
    for gap in read_gaps(session, context, most=MOST).gaps:
        topic = ", ".join(gap.terms)
        rows.append(
            (
                Cell("write", say("next.write")),
                Cell(topic, topic, context.url("gaps") + f"#gap-{gap.id}"),
                Cell(gap.language, say.value_of("language", gap.language)),
                Cell(gap.size, say.counted("next.asked", gap.size)),
            )
        )
    for article in misleading(session, choice_of(context.chosen))[:MOST]:
        rows.append(
            (
                Cell("rewrite", say("next.rewrite")),
                Cell(article.article_id, article.article_id, context.url("review", article=article.article_id)),
                Cell(article.language, say.value_of("language", article.language)),
                Cell(
                    article.wrong, say("next.wrong", wrong=say.number(article.wrong), helped=say.number(article.helped))
                ),
            )
        )
    columns = (
        Column("act", say("next.act")),
        Column("what", say("next.what"), wide=True),
        Column("language", say("dimensions.language")),
        Column("why", say("columns.rule"), wide=True),
    )
    return Section(
        "next",
        say("next.title"),
        Table(columns, tuple(rows)),
        open_table=True,
        empty=say("next.nothing"),
        links=(Link(say("next.all"), context.url("gaps")),),
    )
