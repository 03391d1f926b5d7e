"""The first page: how conversations ended."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.leads.charts import bar
from api.leads.context import Context
from api.leads.page import Card, Cell, Column, PageParts, Section, Table
from api.metrics.outcomes import DeflectionFilter, deflection


def overview(session: Session, context: Context) -> PageParts:
    """Headline figures and outcomes."""
    say, chosen = context.say, context.chosen
    figures = deflection(
        session,
        DeflectionFilter(
            chosen.since, chosen.until, language=chosen.language, channel=chosen.channel, category=chosen.category
        ),
    )
    columns = (Column("outcome", say("overview.outcome")), Column("conversations", say("overview.conversations"), True))
    rows = tuple(
        (
            Cell(name, say(f"outcomes.{name}"), bar=bar([(count, name)], figures.asked_for_help)),
            Cell(count, say.number(count)),
        )
        for name, count in figures.outcomes.items()
    )
    cards = [
        Card("rate", say("overview.rate"), figures.deflection_rate, say.percent(figures.deflection_rate), main=True),
        Card(
            "conversations",
            say("overview.conversations"),
            figures.conversations,
            say.number(figures.conversations),
        ),
        Card("tickets", say("overview.tickets"), figures.tickets, say.number(figures.tickets)),
    ]
    section = Section(
        "outcomes",
        say("overview.outcomes"),
        Table(columns, rows if figures.asked_for_help else ()),
        open_table=True,
        empty=say("overview.empty"),
    )
    return PageParts([section], cards)
