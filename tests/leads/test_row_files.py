"""Files of rows: whole however many, in the memory of a page, all as of one moment, and ended with whoever asked for them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from api.database import Database, utc_now
from api.leads import endpoints
from api.leads.models import BlockedPassage
from api.metrics import listing, row_files
from api.metrics.models import Decision
from api.metrics.row_files import Rows, RowsFile
from api.ratings.models import SatisfactionRating
from api.snapshots import MOST_AT_ONCE, snapshot_of
from tests.leads.conftest import Opener, Past
from tests.support.databases import each_database
from tests.support.rest import Rest

MANY = 60_000


@pytest.fixture
def many(rest: Rest) -> None:
    """So many decisions, two of each moment."""
    at = utc_now() - dt.timedelta(days=2)
    with rest.database.write() as session:
        session.add(Decision(id="c0", started_at=at, day=at.date(), hour=1, language="es", channel="widget", kind="help",
                             outcome="assumed", last_at=at, decided_at=at, confidence=0.5))  # fmt: skip
        session.flush()
        names = [each.name for each in Decision.__table__.columns if each.name not in ("id", "started_at")]
        moment = "strftime('%Y-%m-%d %H:%M:%f000', started_at, '-' || (n / 2) || ' seconds')"
        if not rest.database.sqlite:
            moment = "started_at - make_interval(secs => n / 2)"
        session.execute(text(
            f"""WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY - 1})
            INSERT INTO decisions (id, started_at, {", ".join(names)})
            SELECT 'c' || n, {moment}, {", ".join(names)} FROM numbers, decisions WHERE id = 'c0'"""  # noqa: S608
        ))  # fmt: skip


async def nothing(_: object) -> None:
    """Decides nothing."""


@each_database
def test_sixty_thousand_rows_come_whole_a_page_at_a_time(
    rest: Rest, look: Opener, many: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rest.database.read() as session:
        wanted = list(session.scalars(select(Decision.id).order_by(Decision.started_at.desc(), Decision.id.desc())))
    read: list[int] = []
    real = listing.row_values

    def counted(*given: Any, **named: Any) -> Any:
        found = real(*given, **named)
        read.append(len(found[0]))
        return found

    monkeypatch.setattr(listing, "row_values", counted)
    # They are of no conversation: whoever decides anew takes them away.
    monkeypatch.setattr(endpoints, "freshen", nothing)
    if rest.database.sqlite:
        lines = list(csv.reader(io.StringIO(look("/leads/conversations/rows.csv", rows="all").text)))
        assert [line[0] for line in lines[1:]] == wanted
    else:
        rows = json.loads(look("/leads/conversations/rows.json", rows="all").text)["rows"]
        assert [row["conversation"] for row in rows] == wanted
    assert (read[0], max(read), sum(read)) == (row_files.FIRST_ROWS, row_files.ROWS_AT_ONCE, MANY)


@each_database
def test_every_decision_and_every_comment_is_in_its_file(
    rest: Rest, past: Past, look: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_files, "FIRST_ROWS", 1)
    monkeypatch.setattr(row_files, "ROWS_AT_ONCE", 2)
    talks = [past.talk("asked_for_help", "answer", "solved_no", question=f"Question {each}") for each in range(7)]
    at = utc_now() - dt.timedelta(days=2)
    with rest.database.write() as session:
        session.add_all(
            SatisfactionRating(conversation_id=each, score="bad", comment=f"={place}", created_at=at, updated_at=at)
            for place, each in enumerate(talks)
        )
    headers = rest.token_of("lead")
    decisions = rest.http.get("/metrics/decisions?format=csv", headers=headers).text
    assert sorted(row["id"] for row in csv.DictReader(io.StringIO(decisions))) == sorted(talks)
    comments = json.loads(look("/leads/satisfaction/comments.json").text)["rows"]
    assert [row["comment"] for row in comments] == [f"={place}" for place in reversed(range(7))]
    assert "'=6" in look("/leads/satisfaction/comments.csv").text
    answers = json.loads(look("/leads/review/answers.json", verdict="no").text)["rows"]
    assert sorted(row["question"] for row in answers) == [f"Question {each}" for each in range(7)]
    assert json.loads(look("/leads/review/answers.json", verdict="yes").text) == {"rows": []}
    look("/leads/satisfaction/comments.csv", status=422, cursor="x")
    assert look("/leads/review/answers.csv", lang="en", cursor="x", status=422).json()["error"]["details"]
    # Whoever may not see the pages gets no file of them either.
    for path in ("/leads/conversations/rows.csv", "/metrics/decisions?format=csv"):
        assert rest.http.get(path, headers=rest.token_of("agent")).status_code in (401, 403)


def test_the_link_to_a_file_asks_for_the_rows_of_the_page(past: Past, look: Opener) -> None:
    past.talk("asked_for_help", "answer", "solved_yes")
    shown = look("/leads/conversations", rows="resolved").text
    assert re.search(r"rows\.csv\?[^\"]*&amp;rows=resolved\"", shown)
    assert re.search(r"answers\.json\?[^\"]*&amp;verdict=yes\"", look("/leads/review", verdict="yes").text)


def titles(session: Session, cursor: str | None, limit: int) -> tuple[list[tuple[str]], str | None]:
    query = select(BlockedPassage.passage_id).where(BlockedPassage.passage_id > (cursor or ""))
    found = list(session.scalars(query.order_by(BlockedPassage.passage_id).limit(limit)))
    return [(each,) for each in found], found[-1] if len(found) == limit else None


def block(session: Session, *names: str) -> None:
    session.add_all(BlockedPassage(passage_id=each, article_id="a", locale="en", title="", by="eva") for each in names)


async def send_file(
    database: Database,
    read: Callable[[Session, str | None, int], tuple[list[tuple[str]], str | None]],
    meanwhile: Callable[[int], None] = lambda part: None,
    hang_up: anyio.Event | None = None,
) -> list[str]:
    """The parts of a file that were sent; `meanwhile` is called after each, and the client goes at `hang_up`."""
    parts: list[str] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            parts.append(message["body"].decode())
            meanwhile(len(parts))

    async def receive() -> Any:
        await (hang_up or anyio.Event()).wait()
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "asgi": {"spec_version": "2.3"}}
    with anyio.fail_after(60):
        await RowsFile(database, Rows(("passage",), read), "passages", "csv")(scope, receive, send)
    assert database.engine.pool.checkedout() <= 1  # type: ignore[attr-defined]  # of both kinds of pool that there are
    return parts


@each_database
def test_a_file_has_the_rows_of_one_moment_while_others_write(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_files, "FIRST_ROWS", 2)
    monkeypatch.setattr(row_files, "ROWS_AT_ONCE", 2)
    with database.write() as session:
        block(session, "a", "c", "e", "g", "i")

    def write(part: int) -> None:
        if part == 1:
            with database.write() as session:
                session.execute(delete(BlockedPassage).where(BlockedPassage.passage_id == "g"))
                block(session, "d")

    parts = anyio.run(send_file, database, titles, write)
    assert "".join(parts).split() == ["passage", "a", "c", "e", "g", "i"]
    with database.read() as session:
        assert sorted(session.scalars(select(BlockedPassage.passage_id))) == ["a", "c", "d", "e", "i"]


@each_database
def test_whoever_hangs_up_ends_the_statement_that_runs(database: Database) -> None:
    async def run() -> None:
        gone = anyio.Event()
        asked: list[str | None] = []
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

        def read(session: Session, cursor: str | None, limit: int) -> tuple[list[tuple[str]], str | None]:
            asked.append(cursor)
            if cursor is not None:
                anyio.from_thread.run_sync(gone.set)
                session.execute(text(endless if database.sqlite else "SELECT pg_sleep(600)"))
            return [("a",)], "a"

        assert await send_file(database, read, hang_up=gone) == ["passage\r\na\r\n"]
        assert asked == [None, "a"]

    anyio.run(run)


def test_few_files_are_made_at_a_time_and_the_next_is_told_to_come_back(rest: Rest, look: Opener) -> None:
    async def ask() -> None:
        async with anyio.create_task_group() as group:
            done = anyio.Event()

            async def hold(task_status: Any) -> None:
                async with snapshot_of(rest.database) as snapshot:
                    await snapshot.reading(lambda session: session.scalar(select(func.count()).select_from(Decision)))
                    task_status.started()
                    await done.wait()

            for _ in range(MOST_AT_ONCE):
                await group.start(lambda task_status: hold(task_status))
            refused = await anyio.to_thread.run_sync(lambda: look("/leads/conversations/rows.csv", status=503))
            assert (refused.json()["error"]["code"], refused.json()["error"]["try_again"]) == ("exports_busy", True)
            done.set()

    anyio.run(ask)
    look("/leads/conversations/rows.csv")
