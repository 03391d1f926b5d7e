"""What the copilot is worth, by the lead's own assumptions, against a baseline from before it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.leads import store
from api.leads.alerting import drop_warning, dropped
from api.leads.charts import Series, lines
from api.leads.choosing import choice_of
from api.leads.context import Context
from api.leads.overview import rows_url
from api.leads.page import NOTHING, Card, Cell, Column, Formula, Legend, Link, PageParts, Section, Table
from api.metrics import queries
from api.metrics.choice import Choice

MOST_MONTHS = 240
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\Z")


@dataclass(frozen=True)
class Assumptions:
    """What a lead believes: minutes that a ticket costs the team, an hour's cost in a currency, and which share of what was
    solved would have become a ticket."""

    minutes: float = 15.0
    hourly: float = 20.0
    currency: str = "USD"
    would_be_tickets: float = 0.7


@dataclass(frozen=True)
class BaselineMonth:
    """A month from before the copilot: tickets, and how many orders, customers or visits there were, where that is known."""

    month: dt.date
    tickets: int
    size: int | None = None


class ValueInvalid(Exception):
    """A form cannot be used; `key` names the sentence that says why."""

    def __init__(self, key: str, value: str = "") -> None:
        super().__init__(key)
        self.key = key
        self.value = value


def assumptions_of(session: Session) -> Assumptions:
    """Those that were kept, else usual ones."""
    kept = store.setting(session, "assumptions")
    return Assumptions(**kept) if kept else Assumptions()


def read_assumptions(given: dict[str, str]) -> Assumptions:
    """Of a form. Raises `ValueInvalid`."""
    currency = given.get("currency", "").strip()[:8]
    if not re.fullmatch(r"[A-Za-z$€£]{1,8}|R\$", currency):
        raise ValueInvalid("currency", currency)
    return Assumptions(
        minutes=_number(given, "minutes", 0.1, 10_000),
        hourly=_number(given, "hourly", 0, 1_000_000),
        currency=currency,
        would_be_tickets=_number(given, "would_be_tickets", 0, 100) / 100,
    )


def read_baseline(text: str) -> list[BaselineMonth]:
    """Lines `2025-01,320` or `2025-01,320,14000` (month, tickets, size), with or without a heading; semicolons and tabs
    separate, too. Raises `ValueInvalid` naming the line."""
    delimiter = next((each for each in (";", "\t") if each in text), ",")
    found: dict[dt.date, BaselineMonth] = {}
    for number, row in enumerate(csv.reader(io.StringIO(text.strip()), delimiter=delimiter), 1):
        cells = [each.strip() for each in row]
        if not any(cells) or (number == 1 and not any(map(str.isdecimal, cells))):
            continue
        month = _MONTH.match(cells[0])
        counts = [each.replace(" ", "") for each in cells[1:3]]
        if month is None or not counts or any(each and not (each.isdecimal() and len(each) < 10) for each in counts):
            raise ValueInvalid("baseline", ",".join(cells)[:80])
        if not counts[0]:
            raise ValueInvalid("baseline", ",".join(cells)[:80])
        day = dt.date(int(month[1]) or 1, int(month[2]), 1)
        size = int(counts[1]) if len(counts) > 1 and counts[1] else None
        found[day] = BaselineMonth(day, int(counts[0]), size)
        if len(found) > MOST_MONTHS:
            raise ValueInvalid("baseline", str(number))
    return [found[day] for day in sorted(found)]


def baseline_of(session: Session) -> list[BaselineMonth]:
    """What was imported."""
    kept: list[dict[str, Any]] = store.setting(session, "baseline", [])
    return [BaselineMonth(dt.date.fromisoformat(each["month"]), each["tickets"], each.get("size")) for each in kept]


def put_baseline(session: Session, months: list[BaselineMonth]) -> None:
    """In place of what was imported before."""
    store.put_setting(
        session, "baseline", [{**asdict(each), "month": each.month.isoformat()} for each in months] or None
    )


def value(session: Session, context: Context) -> PageParts:
    """The whole page."""
    say, chosen = context.say, context.chosen
    held = assumptions_of(session)
    choice = choice_of(chosen)
    now = queries.totals(session, choice)
    before = chosen.before()
    was = queries.totals(session, choice_of(before)) if before else None
    solved = now.sets["resolved"]
    hours, cost = _saved(held, solved)
    hours_before, cost_before = _saved(held, was.sets["resolved"]) if was else (None, None)
    formula = Formula(
        say(
            "value.formula",
            share=say.percent(held.would_be_tickets, 0),
            minutes=say.number(held.minutes, 1 if held.minutes % 1 else 0),
            hourly=f"{say.number(held.hourly, 2 if held.hourly % 1 else 0)} {held.currency}",
        ),
        Link(say.number(solved), rows_url(context, "resolved")),
        Link(say.number(now.sets["requests"]), rows_url(context, "requests")),
    )

    def card(id: str, value: float, text: str, earlier: float | None, earlier_text: str, main: bool) -> Card:
        return Card(
            id,
            say(f"value.{id}"),
            round(value, 2),
            text,
            before=say("cards.before", value=earlier_text) if earlier is not None else "",
            change=say.change(value, earlier),
            direction="same"
            if earlier is None
            else "better"
            if value > earlier
            else "worse"
            if value < earlier
            else "same",
            main=main,
        )

    cards = [
        card("hours", hours, say("value.hours_number", hours=say.number(hours)), hours_before,
             say("value.hours_number", hours=say.number(hours_before)), True),
        card("cost", cost, f"{say.number(cost)} {held.currency}", cost_before,
             f"{say.number(cost_before)} {held.currency}", False),
        Card("spared", say("value.spared"), round(solved * held.would_be_tickets),
             say.number(solved * held.would_be_tickets), url=rows_url(context, "resolved"),
             note=say("value.spared_note", solved=say.number(solved))),
    ]  # fmt: skip
    found = dropped(now, was)
    warnings = [drop_warning(context, found)] if found else []
    months = _months(session, context, held, formula)
    return PageParts([months, *_baseline(session, context)], cards, lead=say("value.lead"), warnings=warnings)


def _saved(held: Assumptions, solved: int) -> tuple[float, float]:
    hours = solved * held.would_be_tickets * held.minutes / 60
    return hours, hours * held.hourly


def _months(session: Session, context: Context, held: Assumptions, formula: Formula) -> Section:
    """By month, with the form of the assumptions."""
    say = context.say
    rows = []
    for each in queries.series(session, choice_of(context.chosen), "month"):
        solved = each.totals.sets["resolved"]
        hours, cost = _saved(held, solved)
        rows.append(
            (
                Cell(each.start.isoformat()[:7], say.month(each.start)),
                Cell(solved, say.number(solved)),
                Cell(each.totals.tickets + each.totals.apart, say.number(each.totals.tickets + each.totals.apart)),
                Cell(round(hours, 1), say.number(hours)),
                Cell(round(cost, 2), f"{say.number(cost)} {held.currency}"),
            )
        )
    columns = (
        Column("month", say("columns.month_name")),
        Column("solved", say("stages.resolved"), numeric=True),
        Column("tickets", say("overview.tickets"), numeric=True),
        Column("hours", say("value.hours"), numeric=True),
        Column("cost", say("value.cost"), numeric=True),
    )
    return Section(
        "months",
        say("value.months"),
        Table(columns, tuple(rows)),
        formula=formula,
        open_table=True,
        template="leads/_assumptions.html",
        values={
            "held": held,
            "share": f"{held.would_be_tickets * 100:g}",
            "action": f"/leads/value/assumptions?{context.chosen.query(lang=say.language)}",
        },
    )


def _baseline(session: Session, context: Context) -> list[Section]:
    """Tickets a month, before the copilot and since."""
    say = context.say
    months = baseline_of(session)
    since = queries.series(session, _all_months(context), "month") if months else []
    usual = sum(each.tickets for each in months) / len(months) if months else None
    sized = [each for each in months if each.size]
    per_thousand = sum(each.tickets for each in sized) / sum(each.size or 0 for each in sized) * 1000 if sized else None
    rows = [
        (
            Cell(each.month.isoformat()[:7], say.month(each.month)),
            Cell("before", say("value.before_copilot")),
            Cell(each.tickets, say.number(each.tickets)),
            Cell(each.size, say.number(each.size)),
            Cell(None, ""),
        )
        for each in months
    ]
    for each in since:
        tickets = each.totals.tickets + each.totals.apart
        change = tickets / usual - 1 if usual else None
        rows.append(
            (
                Cell(each.start.isoformat()[:7], say.month(each.start)),
                Cell("since", say("value.with_copilot")),
                Cell(tickets, say.number(tickets)),
                Cell(None, ""),
                Cell(round(change, 4) if change is not None else None, say.change(tickets, usual)),
            )
        )
    columns = (
        Column("month", say("columns.month_name")),
        Column("when", say("columns.when")),
        Column("tickets", say("overview.tickets"), numeric=True),
        Column("size", say("value.size"), numeric=True),
        Column("change", say("value.against_baseline"), numeric=True),
    )
    labels = [say.month(each.month) for each in months] + [say.month(each.start) for each in since]
    before: list[float | None] = [float(each.tickets) for each in months] + [None] * len(since)
    after: list[float | None] = [None] * len(months) + [
        float(each.totals.tickets + each.totals.apart) for each in since
    ]
    drawing = lines(
        [
            Series(say("value.before_copilot"), "before", before, dashed=True),
            Series(say("value.with_copilot"), "main", after),
        ],
        labels,
        title=say("value.baseline"),
        shown=say.number,
    )
    note = say("value.baseline_note")
    if usual is not None:
        note = say("value.baseline_usual", tickets=say.number(usual), months=len(months))
        if per_thousand is not None:
            note += " " + say("value.baseline_rate", rate=say.number(per_thousand, 1))
    return [
        Section(
            "baseline",
            say("value.baseline"),
            Table(columns, tuple(rows)),
            note=note,
            drawing=drawing if months else NOTHING,
            legend=(Legend("before", say("value.before_copilot")), Legend("main", say("value.with_copilot")))
            if months
            else (),
            empty=say("value.no_baseline"),
            template="leads/_baseline.html",
            values={
                "text": "\n".join(
                    ",".join(filter(None, (each.month.isoformat()[:7], str(each.tickets), str(each.size or ""))))
                    for each in months
                ),
                "action": f"/leads/value/baseline?{context.chosen.query(lang=say.language)}",
            },
        )
    ]


def _all_months(context: Context) -> Choice:
    """The year until the end of the range."""
    last = context.chosen.last
    return Choice(since=(last - dt.timedelta(days=364)).replace(day=1), until=last)


def _number(given: dict[str, str], name: str, least: float, most: float) -> float:
    text = given.get(name, "").strip().replace(",", ".")
    try:
        found = float(text)
    except ValueError:
        raise ValueInvalid(name, text[:40]) from None
    if not least <= found <= most:
        raise ValueInvalid(name, text[:40])
    return found
