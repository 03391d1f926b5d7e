"""`copilot metrics`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Annotated

import typer
from sqlalchemy import make_url

from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.database import Database, utc_now
from api.errors import CopilotError, Unavailable
from api.metrics.counting import differences
from api.metrics.deciding import bring_up_to_date, note_everything, rebuild_counts, undecided
from api.metrics.demo import CONVERSATIONS, SEED, check_apart, decide_all, fill_demo
from api.metrics.endpoints import parse_range
from api.metrics.outcomes import DeflectionFilter
from api.metrics.outcomes import deflection as compute
from api.metrics.terms import terms_of
from api.migrations import upgrade
from api.settings import load_settings
from bot.catalog import load_catalog

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Deflection figures.")


@app.callback()
def _group() -> None:
    """Deflection figures."""


@app.command()
def deflection(
    since: Annotated[
        str | None, typer.Option("--from", help="First day, like 2026-01-31; 30 days ago by default.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day; today by default.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """How the conversations of a range ended."""
    with open_database() as (settings, database):
        terms = terms_of(settings, load_catalog(settings.data))
        start, end = parse_range(since, until, terms.zone)
        bring_up_to_date(database, terms)
        with database.read() as session:
            figures = compute(session, DeflectionFilter(start, end), terms.zone)
    if as_json:
        print_json(figures.model_dump(mode="json"))
        return
    print_table(("figure", "value"), figures.rows())


@app.command()
def rebuild() -> None:
    """Decide every conversation anew and count again. What is right already stays as it is."""
    with open_database() as (settings, database):
        terms = terms_of(settings, load_catalog(settings.data))
        with database.write() as session:
            note_everything(session)
        with database.read() as session:
            whole = undecided(session)
        with progress() as told:
            decide_all(database, terms, utc_now(), lambda done: told(done, whole))
        with database.write() as session:
            wrong = differences(session)
            rebuild_counts(session, terms)
    told_of = f"{len(wrong)} counts were wrong and are right now" if wrong else "all counts were right"
    sys.stdout.write(f"{whole} conversations and tickets were decided anew; {told_of}.\n")


@app.command()
def demo(
    database: Annotated[str, typer.Option(help="SQLAlchemy URL of an empty database.")] = "sqlite:///var/demo.db",
    conversations: Annotated[int, typer.Option(min=100, max=200_000, help="How many.")] = CONVERSATIONS,
    seed: Annotated[int, typer.Option(help="The same seed draws the same conversations.")] = SEED,
) -> None:
    """Fill a database of its own with a made-up half year, to see the dashboard alive. Never one with real rows."""
    settings = load_settings()
    catalog = load_catalog(settings.data)
    made = Database(database)
    try:
        upgrade(made)
        check_apart(made, make_url(settings.database.url).render_as_string(hide_password=False))
        with progress() as told:
            filled = fill_demo(
                made, catalog, settings.data, terms_of(settings, catalog), utc_now(),
                conversations=conversations, seed=seed, told=told,
            )  # fmt: skip
    except CopilotError as error:
        sys.stderr.write(f"{error.message}\n")
        raise typer.Exit(1) from error
    finally:
        made.close()
    sys.stdout.write(
        f"{filled.conversations} conversations from {filled.since} to {filled.until}. To look at them:\n"
        f"  export COPILOT_DATABASE__URL={database}\n"
        "  copilot users create --email lead@example.com --role lead\n"
        "  copilot up      and open /leads\n"
    )


@contextlib.contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, where somebody looks at it."""
    shown = sys.stderr.isatty()

    def told(done: int, whole: int) -> None:
        if shown:
            filled = 30 * min(done, whole) // max(whole, 1)
            sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {min(done, whole)}/{whole}")
            sys.stderr.flush()

    yield told
    if shown:
        sys.stderr.write("\n")


@app.command()
def gaps(
    language: Annotated[str | None, typer.Option("--language", help="Only of this language.")] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Gather them anew first.")] = False,
    draft: Annotated[
        str | None, typer.Option("--draft", metavar="ID", help="Write a draft of the article that this topic lacks.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Topics that customers ask about and no article answers."""
    # Imported late: the search's library takes a second, which no other command has to wait for.
    from api.metrics.gap_drafts import draft as make_draft
    from api.metrics.gap_gathering import gather
    from api.metrics.gaps import GapFilter
    from api.metrics.gaps import gaps as read_gaps
    from knowledge_base import KnowledgeBaseError
    from knowledge_base.options import Options

    with open_database() as (settings, database):
        if refresh:
            kb = settings.kb
            options = Options(model=kb.model, reranker="", vectors=kb.vectors, precision=kb.precision)
            try:
                gather(database, options.open(settings.index_dir))
            except KnowledgeBaseError as error:
                raise Unavailable(str(error), code="search_unavailable") from error
        with database.read() as session:
            if draft:
                made = make_draft(session, draft, load_catalog(settings.data), now=utc_now())
                sys.stdout.write(made.markdown)
                return
            figures = read_gaps(session, GapFilter(language=language))
    if as_json:
        print_json(figures.model_dump(mode="json"))
        return
    if figures.at is None:
        sys.stdout.write("Nothing was gathered yet: use --refresh.\n")
        return
    print_table(
        ("id", "language", "asked", "before", "topic", "nearest article", "tickets"),
        [
            (
                each.id,
                each.language,
                each.size,
                each.before,
                " ".join(each.terms),
                f"{each.nearest.title} ({each.nearest.confidence:.2f})" if each.nearest else None,
                [ticket.ticket_id for ticket in each.tickets],
            )
            for each in figures.gaps
        ],
    )
