"""The first page: how conversations ended, by which measure, over time, by what they were about, and where people leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.leads.alerting import drop_warning, dropped
from api.leads.annotations import Happened, marks_of
from api.leads.charts import Mark, Series, bar, heat, lines, sparkline, stacked
from api.leads.choosing import choice_of
from api.leads.context import Context
from api.leads.filters import NARROWING, next_period, period_of
from api.leads.next_steps import next_steps
from api.leads.page import NOTHING, Card, Cell, Column, Direction, Formula, Legend, Link, PageParts, Section, Table
from api.leads.words import Say
from api.metrics import queries
from api.metrics.choice import NONE, Choice, Dimension
from api.metrics.definitions import DEFINITIONS, Definition
from api.metrics.queries import Bucket, Rate, Totals

OUTCOMES = ("confirmed", "assumed", "unanswered", "abandoned", "escalated", "recontacted")
# Values of a dimension that are shown; files have them all.
MOST_VALUES = 15
DAY = dt.timedelta(days=1)


def definition_of(context: Context) -> Definition:
    """The chosen definition; ours where none is."""
    return next((each for each in DEFINITIONS if each.id == context.chosen.definition), DEFINITIONS[0])


def overview(session: Session, context: Context) -> PageParts:
    """The whole page."""
    chosen, say = context.chosen, context.say
    totals = queries.totals(session, choice_of(chosen))
    if not totals.conversations and not totals.tickets:
        empty = Section("outcomes", say("overview.outcomes"), Table((), ()), empty=say("overview.empty"))
        return PageParts([empty])
    figures = gather(session, context, totals)
    marks, happened = marks_of(session, context, [each.start for each in figures.steps])
    sections = [
        next_steps(session, context),
        _definitions(context, figures, marks, happened),
        _outcomes(context, figures, marks),
        _funnel(session, context, figures),
        _leaving(session, context),
        *(_by(session, context, name) for name in NARROWING),
        _hours(session, context),
    ]
    drop = dropped(figures.now, figures.before)
    return PageParts(sections, cards(context, figures), warnings=[drop_warning(context, drop)] if drop else [])


@dataclass(frozen=True)
class Figures:
    """Of the range and of the one it is compared with: totals, their steps in time, and every definition's rate."""

    now: Totals
    before: Totals | None
    steps: list[Bucket]
    steps_before: list[Bucket]
    rates: dict[str, Rate]
    rates_before: dict[str, Rate]


def gather(session: Session, context: Context, now: Totals | None = None) -> Figures:
    """All of it, read once."""
    chosen, before = context.chosen, context.chosen.before()
    choice = choice_of(chosen)
    now = now or queries.totals(session, choice)
    earlier, steps_before, rates_before = None, [], {}
    if before:
        earlier_choice = choice_of(before)
        earlier = queries.totals(session, earlier_choice)
        steps_before = queries.series(session, earlier_choice, chosen.grain)
        rates_before = _rates(session, context, earlier_choice, earlier)
    steps = queries.series(session, choice, chosen.grain)
    return Figures(now, earlier, steps, steps_before, _rates(session, context, choice, now), rates_before)


def _rates(session: Session, context: Context, choice: Choice, of: Totals) -> dict[str, Rate]:
    """Of every definition; of those that count people only where one is chosen, and for files: no count knows them."""
    wanted = [
        each for each in DEFINITIONS if not each.counts_people or context.exporting or each is definition_of(context)
    ]
    return {each.definition.id: each for each in queries.rates(session, choice, of, wanted)}


def cards(context: Context, figures: Figures) -> list[Card]:
    """The headline figures, each beside the period it is compared with."""
    say, now, before = context.say, figures.now, figures.before
    definition = definition_of(context)
    found = [_rate_card(context, figures, definition, main=True)]
    if definition.id != "answer_rate":
        found.append(_rate_card(context, figures, next(each for each in DEFINITIONS if each.id == "answer_rate")))
    for name in ("asked", "tickets"):
        found.append(
            count_card(
                context,
                name,
                say(f"overview.{name}"),
                _number(now, name),
                _number(before, name) if before else None,
                [_number(each.totals, name) for each in figures.steps],
                url=rows_url(context, "asked") if name == "asked" else context.url("tickets"),
            )
        )
    found.append(
        share_card(
            context,
            "satisfaction",
            say("overview.satisfaction"),
            (now.rated_good, now.rated_good + now.rated_bad),
            (before.rated_good, before.rated_good + before.rated_bad) if before else None,
            [share(each.totals.rated_good, each.totals.rated_good + each.totals.rated_bad) for each in figures.steps],
            url=context.url("satisfaction"),
        )
    )
    open_yet = sum(now.provisional.values())
    note = say("overview.provisional_note")
    url = rows_url(context, "provisional")
    found.append(Card("provisional", say("overview.provisional"), open_yet, say.number(open_yet), note=note, url=url))
    return found


def _number(of: Totals, name: str) -> int:
    """Tickets are all that were opened, with a conversation or without."""
    return of.asked if name == "asked" else of.tickets + of.apart


def _rate_card(context: Context, figures: Figures, definition: Definition, *, main: bool = False) -> Card:
    now, before = figures.rates[definition.id], figures.rates_before.get(definition.id)
    return share_card(
        context,
        definition.id,
        context.say.of(definition.name_key),
        (now.numerator, now.denominator),
        (before.numerator, before.denominator) if before else None,
        [rate.value for _, rate in queries.rate_series(figures.steps, definition.id)],
        url=rows_url(context, definition.numerator),
        main=main,
        ratio=definition.ratio,
    )


def share_card(
    context: Context,
    id: str,
    label: str,
    now: tuple[int, int],
    before: tuple[int, int] | None,
    over: Sequence[float | None],
    *,
    url: str = "",
    main: bool = False,
    more_is: Direction = "better",
    ratio: bool = False,
) -> Card:
    """A share of (numerator, denominator); a `ratio` may exceed 1."""
    say = context.say
    value = share(*now)
    was = share(*before) if before else None
    change = value - was if value is not None and was is not None else None
    note = say("overview.of", count=say.number(now[0]), whole=say.number(now[1]))
    return Card(
        id,
        label,
        value,
        rate_text(say, value, ratio),
        before=say("cards.before", value=rate_text(say, was, ratio)) if was is not None else "",
        change=(say.change(value, was) if ratio else say.points(change)) if change is not None else "",
        direction=direction(change, more_is),
        spark=sparkline(over, title=label),
        url=url,
        note=note,
        main=main,
    )


def count_card(
    context: Context,
    id: str,
    label: str,
    now: int,
    before: int | None,
    over: Sequence[float | None],
    *,
    url: str = "",
) -> Card:
    """A number of which neither more nor less is good by itself."""
    say = context.say
    return Card(
        id,
        label,
        now,
        say.number(now),
        before=say("cards.before", value=say.number(before)) if before is not None else "",
        change=say.change(now, before),
        direction="same",
        spark=sparkline(over, title=label),
        url=url,
    )


def direction(change: float | None, more_is: Direction = "better") -> Direction:
    """Whether a change is good; what rounds to nothing is neither."""
    if change is None or abs(change) < 0.0005:
        return "same"
    less_is: Direction = "worse" if more_is == "better" else "better"
    return more_is if change > 0 else less_is


def rows_url(context: Context, rows: str, **changes: str | int | None) -> str:
    """The conversations of a set of rows."""
    return context.url("conversations", rows=rows, **changes)


def period_text(context: Context, day: dt.date) -> str:
    """A day, week or month below an axis."""
    say = context.say
    return say.month(day) if context.chosen.grain == "month" else say.day(day)


def share(part: int, whole: int) -> float | None:
    """None of nothing."""
    return part / whole if whole else None


def rate_text(say: Say, value: float | None, ratio: bool = False) -> str:
    """A share as a percentage, a ratio as a number."""
    return say.number(value, 2) if ratio else say.percent(value)


def formula_of(context: Context, definition: Definition, rate: Rate) -> Formula:
    """The definition in words, and its halves as links to the rows."""
    say = context.say
    return Formula(
        f"{say.of(definition.formula_key)} = {rate_text(say, rate.value, definition.ratio)} =",
        Link(say.number(rate.numerator), rows_url(context, definition.numerator)),
        Link(say.number(rate.denominator), rows_url(context, definition.denominator)),
    )


def _definitions(context: Context, figures: Figures, marks: Sequence[Mark], happened: Sequence[Happened]) -> Section:
    """The chosen rate over time, and every other definition of it beside."""
    say, definition = context.say, definition_of(context)
    labels = [period_text(context, each.start) for each in figures.steps]
    name = say.of(definition.name_key)
    drawn = [Series(say("overview.this_period"), "main", _over(figures.steps, definition, labels))]
    legend = [Legend("main", say("overview.this_period"))]
    if figures.steps_before:
        earlier = _over(figures.steps_before, definition, labels)
        drawn.append(Series(say("overview.period_before"), "before", earlier, dashed=True))
        legend.append(Legend("before", say("overview.period_before")))
    rate = figures.rates[definition.id]
    drawing = lines(
        drawn,
        labels,
        title=name,
        desc=say("overview.rate_desc", value=rate_text(say, rate.value, definition.ratio)),
        shown=(lambda value: say.number(value, 1)) if definition.ratio else (lambda value: say.percent(value, 0)),
        marks=marks,
        top=None if definition.ratio else 1.0,
    )
    columns = _columns(context, "definition", "rate", "before", "change", "numerator", "denominator", "formula")
    return Section(
        "definitions",
        say("overview.definitions"),
        Table(columns, tuple(_definition_row(context, figures, each) for each in DEFINITIONS)),
        note=say("overview.definitions_note"),
        drawing=NOTHING if definition.ratio else drawing,
        legend=tuple(legend),
        formula=formula_of(context, definition, rate),
        template="leads/_pick.html",
        values={
            "pick": [
                (say.of(each.name_key), context.url(definition=each.id) + "#definitions", each is definition)
                for each in DEFINITIONS
            ],
            "happened": happened,
        },
    )


def _definition_row(context: Context, figures: Figures, each: Definition) -> tuple[Cell, ...]:
    say, now, was = context.say, figures.rates.get(each.id), figures.rates_before.get(each.id)
    if now is None:
        url = context.url(definition=each.id) + "#definitions"
        text = say.of(each.formula_key)
        return (
            Cell(each.id, say.of(each.name_key), url),
            Cell(None, say("overview.count"), url),
            *(Cell(None, "") for _ in range(4)),
            Cell(text, text),
        )
    before = was.value if was else None
    change = now.value - before if now.value is not None and before is not None else None
    formula = say.of(each.formula_key)
    return (
        Cell(each.id, say.of(each.name_key), context.url(definition=each.id) + "#definitions"),
        Cell(_rounded(now.value), rate_text(say, now.value, each.ratio)),
        Cell(_rounded(before), rate_text(say, before, each.ratio)),
        Cell(_rounded(change), say.number(change, 2) if each.ratio else say.points(change)),
        Cell(now.numerator, say.number(now.numerator), rows_url(context, each.numerator)),
        Cell(now.denominator, say.number(now.denominator), rows_url(context, each.denominator)),
        Cell(formula, formula),
    )


def _over(steps: Sequence[Bucket], definition: Definition, labels: Sequence[str]) -> list[float | None]:
    values = [rate.value for _, rate in queries.rate_series(steps, definition.id)][: len(labels)]
    return values + [None] * (len(labels) - len(values))


def _columns(context: Context, first: str, *others: str) -> tuple[Column, ...]:
    say = context.say
    wide = ("formula",)
    return (
        Column(first, say(f"columns.{first}"), wide=True),
        *(Column(each, say(f"columns.{each}"), numeric=each not in wide, wide=each in wide) for each in others),
    )


def _outcomes(context: Context, figures: Figures, marks: Sequence[Mark]) -> Section:
    say, steps = context.say, figures.steps
    labels = [period_text(context, each.start) for each in steps]
    layers = [
        Series(say(f"outcomes.{name}"), name, [each.totals.outcomes[name] for each in steps]) for name in OUTCOMES
    ]
    rows = []
    for each in steps:
        last = min(
            context.chosen.last, next_period(period_of(each.start, context.chosen.grain), context.chosen.grain) - DAY
        )
        within = {"from": each.start.isoformat(), "to": last.isoformat()}
        open_yet = sum(each.totals.provisional.values())
        rows.append(
            (
                Cell(each.start.isoformat(), say.date(each.start)),
                Cell(each.totals.asked, say.number(each.totals.asked), rows_url(context, "asked", **within)),
                *(
                    Cell(number, say.number(number), rows_url(context, name, **within) if number else "")
                    for name in OUTCOMES
                    for number in (each.totals.outcomes[name],)
                ),
                Cell(open_yet, say.number(open_yet)),
            )
        )
    columns = (
        Column("period", say(f"columns.{context.chosen.grain}")),
        Column("asked", say("overview.asked"), numeric=True),
        *(Column(name, say(f"outcomes.{name}"), numeric=True) for name in OUTCOMES),
        Column("provisional", say("overview.provisional"), numeric=True),
    )
    counts = figures.now.outcomes
    return Section(
        "outcomes",
        say("overview.outcomes"),
        Table(columns, tuple(rows)),
        note=say("overview.outcomes_note"),
        drawing=stacked(layers, labels, title=say("overview.outcomes"), shown=say.number, marks=marks),
        legend=tuple(
            Legend(name, f"{say(f'outcomes.{name}')} {say.number(counts[name])}", rows_url(context, name))
            for name in OUTCOMES
        ),
        formula=Formula(
            say("overview.outcomes_formula"),
            Link(say.number(sum(counts.values())), rows_url(context, "asked")),
            Link(say.number(figures.now.asked), rows_url(context, "asked")),
        ),
    )


def _funnel(session: Session, context: Context, figures: Figures) -> Section:
    say = context.say
    steps = queries.funnel(figures.now)
    whole = steps[0].conversations if steps else 0
    rows_of = {"opened": "all", "asked": "asked", "resolved": "resolved"}
    rows = tuple(
        (
            Cell(
                each.id, say(f"stages.{each.id}"), bar=bar([(each.conversations, "main"), (each.lost, "quiet")], whole)
            ),
            Cell(
                each.conversations,
                say.number(each.conversations),
                rows_url(context, rows_of[each.id]) if each.id in rows_of else "",
            ),
            Cell(_rounded(share(each.conversations, whole)), say.percent(share(each.conversations, whole), 0)),
            Cell(each.lost, say.number(each.lost)),
        )
        for each in steps
    )
    return Section(
        "funnel",
        say("overview.funnel"),
        Table(_columns(context, "step", "conversations", "share", "left"), rows),
        note=say("overview.funnel_note"),
        open_table=True,
        wide=False,
    )


def _leaving(session: Session, context: Context) -> Section:
    """What those were asked last who got neither a solution nor a ticket."""
    say = context.say
    found = queries.leaving(session, choice_of(context.chosen))[: _most(context)]
    whole = max((each.conversations for each in found), default=0)
    rows = tuple(
        (
            Cell(each.stage, say(f"stages.{each.stage}"), bar=bar([(each.conversations, each.outcome)], whole)),
            Cell(
                each.stopped_at,
                say(f"asks.{each.stopped_at}") if say.has(f"asks.{each.stopped_at}") else each.stopped_at or "–",
            ),
            Cell(each.outcome, say(f"outcomes.{each.outcome}")),
            Cell(
                each.conversations,
                say.number(each.conversations),
                rows_url(context, each.outcome, stopped_at=each.stopped_at),
            ),
        )
        for each in found
    )
    columns = (
        Column("stage", say("columns.reached"), wide=True),
        Column("asks", say("columns.asked_last"), wide=True),
        Column("outcome", say("columns.outcome"), wide=True),
        Column("conversations", say("columns.conversations"), numeric=True),
    )
    return Section(
        "leaving",
        say("overview.leaving"),
        Table(columns, rows),
        open_table=True,
        wide=False,
        empty=say("overview.nothing"),
    )


def _by(session: Session, context: Context, name: Dimension) -> Section:
    """The chosen rate by one dimension, each value leading to the same page of it alone."""
    say, definition = context.say, definition_of(context)
    groups = queries.by(session, choice_of(context.chosen), name, definition.id)[: _most(context)]
    rows = []
    for each in groups:
        if not each.totals.asked and each.rate.denominator == 0:
            continue
        parts = [(each.totals.outcomes.get(outcome, 0), outcome) for outcome in OUTCOMES]
        url = context.url(**{name: each.value or NONE})
        rows.append(
            (
                Cell(each.value, say.value_of(name, each.value), url, bar(parts, each.totals.asked)),
                Cell(
                    each.totals.asked,
                    say.number(each.totals.asked),
                    rows_url(context, "asked", **{name: each.value or NONE}),
                ),
                Cell(
                    _rounded(each.rate.value),
                    say(
                        "overview.rate_of",
                        rate=rate_text(say, each.rate.value, definition.ratio),
                        count=say.number(each.rate.numerator),
                        whole=say.number(each.rate.denominator),
                    ),
                    rows_url(context, definition.numerator, **{name: each.value or NONE}),
                ),
                Cell(each.rate.numerator, ""),
                Cell(each.rate.denominator, ""),
            )
        )
    columns = (
        Column(name, say(f"dimensions.{name}"), wide=True),
        Column("asked", say("overview.asked"), numeric=True),
        Column(definition.id, say.of(definition.name_key), numeric=True),
        Column("numerator", say("columns.numerator"), numeric=True, file_only=True),
        Column("denominator", say("columns.denominator"), numeric=True, file_only=True),
    )
    return Section(
        f"by-{name}",
        say(f"overview.by_{name}"),
        Table(columns, tuple(rows)),
        open_table=True,
        empty=say("overview.nothing"),
        wide=False,
    )


def _hours(session: Session, context: Context) -> Section:
    say = context.say
    grid = [[0.0] * 24 for _ in range(7)]
    rows = []
    for each in queries.by_hour(session, choice_of(context.chosen)):
        grid[each.weekday][each.hour] += each.asked
        rows.append(
            (
                Cell(each.weekday, say.weekday(each.weekday)),
                Cell(each.hour, f"{each.hour:02d}:00"),
                Cell(each.asked, say.number(each.asked)),
                Cell(each.resolved, say.number(each.resolved)),
                Cell(each.escalated, say.number(each.escalated)),
            )
        )
    columns = (
        Column("weekday", say("columns.weekday")),
        Column("hour", say("dimensions.hour"), numeric=True),
        Column("asked", say("overview.asked"), numeric=True),
        Column("resolved", say("columns.resolved"), numeric=True),
        Column("escalated", say("outcomes.escalated"), numeric=True),
    )
    names = [say.weekday(each) for each in range(7)]
    drawing = heat(grid, names, [f"{each:02d}" for each in range(24)], title=say("overview.hours"), shown=say.number)
    return Section(
        "hours",
        say("overview.hours"),
        Table(columns, tuple(rows)),
        note=say("overview.hours_note", zone=str(say.zone)),
        drawing=drawing,
        wide=False,
        empty=say("overview.nothing"),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _most(context: Context) -> int | None:
    return None if context.exporting else MOST_VALUES
