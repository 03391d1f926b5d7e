"""Answers: shown, helped, wrong; which articles help and which mislead; and what another threshold would have done."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from api.errors import Unavailable
from api.leads import whatif
from api.leads.charts import Point, bar, curve
from api.leads.choosing import choice_of
from api.leads.context import Context
from api.leads.overview import count_card, share, share_card
from api.leads.page import Cell, Column, Legend, Link, PageParts, Section, Table
from api.metrics import listing, queries
from knowledge_base import Article
from knowledge_base.text import language_of

# Judged so often, a share of an article says something.
FEWEST_JUDGED = 3
MISLEADS_BELOW = 0.5
OUT_OF_DATE = dt.timedelta(days=365)
# On the page; all of them are in its files.
MOST_ARTICLES = 40
# Precisions that the table compares with today's.
STEPS = (0.8, 0.85, 0.9, 0.95)


def answers(session: Session, context: Context) -> PageParts:
    """The whole page."""
    chosen, say = context.chosen, context.say
    choice, before = choice_of(chosen), chosen.before()
    now = queries.totals(session, choice).sums
    was = queries.totals(session, choice_of(before)).sums if before else None
    steps = [each.totals.sums for each in queries.series(session, choice, chosen.grain)]
    cards = [
        count_card(
            context,
            "shown",
            say("answers.shown"),
            now["answers"],
            was["answers"] if was else None,
            [each["answers"] for each in steps],
            url=context.url("review"),
        ),
        share_card(
            context,
            "confident",
            say("answers.confident"),
            (now["confident_answers"], now["answers"]),
            (was["confident_answers"], was["answers"]) if was else None,
            [share(each["confident_answers"], each["answers"]) for each in steps],
        ),
        share_card(
            context,
            "helped",
            say("answers.helped"),
            (now["helped"], now["helped"] + now["wrong"]),
            (was["helped"], was["helped"] + was["wrong"]) if was else None,
            [share(each["helped"], each["helped"] + each["wrong"]) for each in steps],
            url=context.url("review", verdict="yes"),
            main=True,
        ),
        count_card(
            context,
            "wrong",
            say("answers.wrong"),
            now["wrong"],
            was["wrong"] if was else None,
            [each["wrong"] for each in steps],
            url=context.url("review", verdict="no"),
        ),
    ]
    return PageParts([*_threshold(session, context), _league(session, context)], cards)


def _threshold(session: Session, context: Context) -> list[Section]:
    """The curve with today's place on it, and a table of what other precisions would have done."""
    say = context.say
    title = say("answers.threshold")
    try:
        today = context.copilot.help_center.precision
        thresholds = context.copilot.help_center.thresholds
        known = whatif.by_language(thresholds()) if today is not None else {}
    except Unavailable:
        today, known = None, {}
    buckets = whatif.past_searches(session, choice_of(context.chosen))
    if today is None or not buckets:
        return [Section("threshold", title, Table((), ()), empty=say("answers.no_threshold"))]
    wanted = whatif.read_precision(context.given.get("precision", "")) or today
    usual = min(known.values(), default=1.0)
    columns = (
        Column("precision", say("columns.precision_wanted")),
        Column("answered", say("columns.would_answer"), numeric=True),
        Column("answer_rate", say("columns.answer_rate"), numeric=True),
        Column("deflected", say("columns.would_deflect"), numeric=True),
        Column("judged", say("columns.judged"), numeric=True),
        Column("right", say("columns.right"), numeric=True),
        Column("precision_found", say("columns.precision_found"), numeric=True),
        Column("wrong", say("columns.would_be_wrong"), numeric=True),
    )
    rows, effects = [], {}
    for each in sorted({*STEPS, today, wanted}):
        own = whatif.by_language(thresholds(each))
        found = whatif.effect(buckets, own, min(own.values(), default=1.0))
        effects[each] = found
        name = say.percent(each, 0)
        if each == today:
            name = say("answers.today", precision=name)
        elif each == wanted:
            name = say("answers.what_if", precision=name)
        wrong = found.wrong
        rows.append(
            (
                Cell(each, name, context.url("answers", precision=str(each)) + "#threshold"),
                Cell(found.answered, say.number(found.answered)),
                Cell(_rounded(found.answer_rate), say.percent(found.answer_rate)),
                Cell(found.resolved, say.number(found.resolved)),
                Cell(found.judged, say.number(found.judged)),
                Cell(found.right, say.number(found.right)),
                Cell(_rounded(found.precision), say.percent(found.precision)),
                Cell(round(wrong) if wrong is not None else None, say.number(wrong)),
            )
        )
    drawn = [
        Point(found.answer_rate or 0.0, found.precision or 0.0, say.percent(at, 0))
        for at, found in whatif.curve(buckets)
        if found.judged >= 10 and found.answer_rate is not None
    ]
    marked = [
        Point(found.answer_rate or 0.0, found.precision, text, tone)
        for at, text, tone in (
            (today, say("answers.today", precision=say.percent(today, 0)), "main"),
            (wanted, say("answers.what_if", precision=say.percent(wanted, 0)), "unanswered"),
        )
        if (found := effects[at]).precision is not None and (tone == "main" or wanted != today)
    ]
    change = effects[wanted].answered - effects[today].answered
    said = ""
    if wanted != today:
        wrong_now, wrong_then = effects[today].wrong, effects[wanted].wrong
        said = say(
            "answers.difference",
            precision=say.percent(wanted, 0),
            answered=_signed(context, change),
            deflected=_signed(context, effects[wanted].resolved - effects[today].resolved),
            wrong=_signed(context, (wrong_then or 0) - (wrong_now or 0)),
            searches=say.number(effects[today].searches),
        )
    shown = min(known.values(), default=None)
    return [
        Section(
            "threshold",
            title,
            Table(columns, tuple(rows)),
            note=say("answers.threshold_note", searches=say.number(sum(each.searches for each in buckets))),
            drawing=curve(
                drawn,
                marked,
                title=title,
                shown=lambda value: say.percent(value, 0),
                across=say("answers.across"),
                up=say("answers.up"),
            ),
            legend=(Legend("main", say("answers.curve")),),
            open_table=True,
            template="leads/_threshold.html",
            values={
                "said": said,
                "wanted": f"{wanted * 100:.0f}",
                "today": say.percent(today, 0),
                "other": wanted != today,
                "may": context.may("threshold"),
                "confidence": say.percent(shown, 0) if shown is not None and shown <= 1 else "",
                "usual": usual,
                "action": f"/leads/answers/threshold?{context.chosen.query(lang=say.language)}",
                "look": "/leads/answers",
                "hidden": [
                    (name, value)
                    for name, value in [
                        each.split("=", 1) for each in context.chosen.query(lang=say.language).split("&")
                    ]
                ],
            },
        )
    ]


def _signed(context: Context, number: float) -> str:
    return ("+" if number > 0 else "") + context.say.number(round(number))


def _league(session: Session, context: Context) -> Section:
    """Articles, the ones that mislead first; those that no search found are in it, too."""
    say = context.say
    known = {(each.id, language_of(each.locale)): each for each in _articles(context)}
    figures = {(each.article_id, each.language): each for each in listing.articles(session, choice_of(context.chosen))}
    columns = (
        Column("article", say("columns.article"), wide=True),
        Column("language", say("dimensions.language")),
        Column("found", say("columns.found"), numeric=True),
        Column("shown", say("columns.shown"), numeric=True),
        Column("opened", say("columns.opened"), numeric=True),
        Column("helped", say("columns.helped"), numeric=True),
        Column("wrong", say("columns.wrong"), numeric=True),
        Column("share", say("columns.helped_share"), numeric=True),
        Column("state", say("columns.state"), wide=True),
    )
    placed = []
    for key in {*known, *figures}:
        article, found = known.get(key), figures.get(key)
        if article is not None and article.points_to:
            continue
        if context.chosen.language not in (None, key[1]):
            continue
        state, rank = _state(context, article, found)
        placed.append((rank, -(found.wrong or found.shown) if found else 0, key, state))
    placed.sort()
    first = _first(context, len(placed))
    most = len(placed) if context.exporting else MOST_ARTICLES
    rows = tuple(
        _league_row(context, key, known.get(key), figures.get(key), state)
        for _, _, key, state in placed[first : first + most]
    )
    note, links = say("answers.league_note"), []
    if len(rows) < len(placed):
        last = first + len(rows)
        note += " " + say("answers.league_part", first=say.number(first + 1), last=say.number(last),
                          count=say.number(len(placed)))  # fmt: skip
        if last < len(placed):
            links.append(Link(say("answers.league_further"), context.url("answers", league=last) + "#articles"))
        if first:
            links.append(Link(say("answers.league_first"), context.url("answers") + "#articles"))
    return Section(
        "articles",
        say("answers.league"),
        Table(columns, rows),
        note=note,
        open_table=True,
        empty=say("answers.no_articles"),
        links=tuple(links),
    )


def _first(context: Context, rows: int) -> int:
    """Where the page of the league begins: `league` in the address, the beginning where that is none of its rows."""
    wanted = context.given.get("league", "")
    first = int(wanted) if wanted.isdecimal() and len(wanted) < 7 and not context.exporting else 0
    return first if first < rows else 0


def _league_row(
    context: Context, key: tuple[str, str], article: Article | None, found: listing.ArticleFigures | None, state: str
) -> tuple[Cell, ...]:
    say = context.say
    helped, wrong = (found.helped, found.wrong) if found else (0, 0)
    title = article.title if article else key[0]
    url = f"/help/{key[1]}/{key[0]}" if article else ""
    helps = share(helped, helped + wrong)
    return (
        Cell(key[0], title, url, bar([(helped, "confirmed"), (wrong, "unanswered")], helped + wrong)),
        Cell(key[1], say.value_of("language", key[1])),
        *(
            Cell(number, say.number(number))
            for number in ((found.found, found.shown, found.opened) if found else (0, 0, 0))
        ),
        Cell(helped, say.number(helped)),
        Cell(wrong, say.number(wrong), context.url("review", article=key[0]) if wrong else ""),
        Cell(_rounded(helps), say.percent(helps, 0)),
        Cell(state, say(f"answers.states.{state}")),
    )


def _state(context: Context, article: Article | None, found: listing.ArticleFigures | None) -> tuple[str, int]:
    """What is the matter with it, and how far up it stands."""
    if article is None:
        return "gone", 4
    if found is not None:
        judged = found.helped + found.wrong
        if judged >= FEWEST_JUDGED and found.helped < MISLEADS_BELOW * judged:
            return "misleads", 0
    if found is None or not found.found:
        return "never", 2
    if article.updated_at is not None and context.now - article.updated_at > OUT_OF_DATE:
        return "old", 1
    if found.helped >= FEWEST_JUDGED:
        return "helps", 3
    return "quiet", 3


def _articles(context: Context) -> list[Article]:
    try:
        return [
            article
            for language in context.copilot.catalog.languages
            for article in context.copilot.help_center.articles(language)
        ]
    except Unavailable:
        return []


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
