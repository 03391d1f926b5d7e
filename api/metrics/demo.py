"""A plausible half year in a database of its own: `copilot metrics demo`. Never beside real rows, and marked, so that every
page says that nothing of it happened."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from sqlalchemy import select, text

from api.chat.models import Conversation
from api.database import Database
from api.errors import Conflict
from api.identity.models import Customer
from api.metrics.deciding import anything_to_do, catch_up, is_demo
from api.metrics.filling import write_customers, write_scripts
from api.metrics.gap_models import ContentChange
from api.metrics.scripts import Topic, Writer
from api.metrics.terms import Terms
from api.tickets.models import Ticket
from bot.catalog import Catalog

CONVERSATIONS = 6_000
DAYS = 182
SEED = 20260601
_AT_ONCE = 1_000
_MARK = "INSERT INTO ledger_state (id, made_by, demo) VALUES (1, '{}', true)"


@dataclass(frozen=True)
class Filled:
    """What a demonstration has."""

    conversations: int
    since: dt.date
    until: dt.date


def check_apart(database: Database, real: str) -> None:
    """Raises `Conflict` where the database is the real one, or holds anything that is no demonstration's."""
    if database.url.render_as_string(hide_password=False) == real:
        raise Conflict(
            "That is the database in use: name another one with --database, for instance sqlite:///var/demo.db."
        )
    with database.read() as session:
        if is_demo(session):
            raise Conflict("That database holds a demonstration already: remove it first, or name another one.")
        for model in (Conversation, Ticket, Customer):
            if session.scalar(select(model.id).limit(1)) is not None:
                raise Conflict("That database holds rows that are no demonstration's: name an empty one.")


def fill_demo(
    database: Database,
    catalog: Catalog,
    data: Path,
    terms: Terms,
    now: dt.datetime,
    *,
    conversations: int = CONVERSATIONS,
    seed: int = SEED,
    told: Callable[[int, int], None] = lambda done, whole: None,
) -> Filled:
    """Fill a migrated, empty database with the half year until `now`; the same seed and moment, the same rows. `told` hears
    how many of how many are decided."""
    draw = random.Random(seed)
    until = now.replace(minute=0, second=0, microsecond=0)
    since = until - dt.timedelta(days=DAYS)
    languages = list(catalog.languages)
    customers = max(conversations // 6, 2)
    topics = read_topics(data, catalog, since, until)
    writer = Writer(draw, languages, topics, customers)
    scripts = [writer.write(at) for at in writer.moments(since, until, conversations)]
    for script in scripts:
        # Nothing has happened that lies ahead.
        script.events = [each for each in script.events if each.at <= now] or script.events[:1]
    with database.write() as session:
        session.execute(text(_MARK))
        write_customers(session, customers, languages, since)
        session.add_all(_written(topics, languages))
        for start in range(0, len(scripts), _AT_ONCE):
            write_scripts(session, scripts[start : start + _AT_ONCE], draw, now)
    decide_all(database, terms, now, lambda done: told(min(done, len(scripts)), len(scripts)))
    return Filled(len(scripts), since.date(), until.date())


def _written(topics: list[Topic], languages: list[str]) -> list[ContentChange]:
    """The syncs that brought the articles which the half year lacked at first."""
    return [
        ContentChange(
            digest=f"demo-{each.id}",
            at=each.answered_from,
            added=[f"{language}/{article}" for article in each.articles for language in languages],
            changed=[],
            gone=[],
        )
        for each in topics
        if each.answered_from is not None
    ]


def decide_all(
    database: Database, terms: Terms, now: dt.datetime, told: Callable[[int], None] = lambda done: None
) -> None:
    """Decide everything, in large steps. `told` hears how many conversations are done, about."""
    done = 0
    while True:
        with database.write() as session:
            noted = catch_up(session, terms, now, limit=4_000)
        done += noted // 8
        told(done)
        if noted < 4_000 and not _waiting(database, terms, now):
            return


def _waiting(database: Database, terms: Terms, now: dt.datetime) -> bool:
    with database.read() as session:
        return anything_to_do(session, terms, now)


def read_topics(data: Path, catalog: Catalog, since: dt.datetime, until: dt.datetime) -> list[Topic]:
    """What customers ask: the labelled questions of the sample help center, with the articles that answer them, and the
    gaps of ``demo/gaps.yml``."""
    categories = [(each.id, one) for each in catalog.categories for one in each.subcategories[:6]] or [("", "")]
    asked: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    lines = (data / "evaluation" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    for question in map(json.loads, lines):
        if question["relevant"]:
            asked[question["relevant"][0]][question["locale"]].append(question["query"])
    found = []
    for number, (article, by_language) in enumerate(sorted(asked.items())):
        questions = _in_every_language(by_language, catalog)
        category, subcategory = categories[number % len(categories)]
        found.append(Topic(article, questions, (article,), category, subcategory, _scenario(catalog, number)))
    gaps = yaml.safe_load((data / "demo" / "gaps.yml").read_text(encoding="utf-8"))
    for number, gap in enumerate(gaps):
        written = since + (until - since) * gap["written"] if "written" in gap else None
        known = {each.id for each in catalog.categories}
        found.append(
            Topic(
                gap["id"],
                _in_every_language(gap["questions"], catalog),
                (gap["article"],) if "article" in gap else (),
                gap["category"] if gap["category"] in known else None,
                gap["subcategory"] if gap["category"] in known else None,
                _scenario(catalog, number),
                gap["replies"],
                written,
            )
        )
    return found


def _in_every_language(questions: dict[str, list[str]], catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Where a language has no question of its own, another's stands in."""
    some = next(iter(questions.values()))
    return {each: tuple(questions.get(each) or some) for each in catalog.languages}


def _scenario(catalog: Catalog, number: int) -> str:
    return catalog.scenarios[number % len(catalog.scenarios)].id
