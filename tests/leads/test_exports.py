"""Every table as a file, opened as an analyst does: with pandas, once as CSV and once as JSON."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # it brings no types, and its stubs want another numpy
import pytest
from pandas.api.types import is_numeric_dtype  # type: ignore[import-untyped]

from api.database import utc_now
from api.leads import endpoints
from api.leads.models import BlockedPassage, PinnedArticle
from api.leads.page import PageParts, Table
from api.leads.pages import PAGES
from api.leads.showing import render
from api.metrics.gap_models import GapCluster, GapQuestion, GapRun
from api.ratings.models import SatisfactionRating
from tests.leads.conftest import Opener, Past, message_of
from tests.support.databases import each_database
from tests.support.rest import Rest

# What a spreadsheet would compute, and what it would garble.
HOSTILE = (
    '=HYPERLINK("http://evil.example","x")', "+1+1", "-2+3", "@SUM(A1)", "  =1", "\uff1d1",
    "¿Cómo añado «ñ, ü, ç» — 日本 🙂?", 'a "quoted", comma; and | pipe', "007", "1e5", "2026-01-31", "NA",
)  # fmt: skip
MOMENTS = {
    "started_at",
    "at",
    "period",
    "month",
    "day",
    "asked_at",
    "last_at",
    "decided_at",
    "first_at",
    "recontacted_at",
}
# Ids, and what is free text: never read as numbers.
TEXTS = {
    "question",
    "comment",
    "examples",
    "formula",
    "passage",
    "article",
    "articles",
    "conversation",
    "topic",
    "what",
}
SECTIONS = 26


@pytest.fixture
def headers(rest: Rest) -> dict[str, str]:
    return rest.token_of("lead", "ana@team.example")


@pytest.fixture
def full(rest: Rest, past: Past, look: Opener) -> None:
    """Something in every table, customers' words that are hostile in all that have some."""
    now = utc_now()
    talks = [
        past.talk(*events, question=question, language=language, category=category)
        for number, question in enumerate(HOSTILE)
        for events in [(("asked_for_help", "answer", "solved_no", "ticket"), ("asked_for_help", "unsure"))[number % 2]]
        for language in [("es", "en", "pt")[number % 3]]
        for category in [(None, "incident")[number % 2]]
    ]
    look("/leads")
    with rest.database.write() as session:
        for talk, comment in zip(talks, HOSTILE, strict=True):
            at = now - dt.timedelta(days=2)
            session.add(
                SatisfactionRating(conversation_id=talk, score="bad", comment=comment, created_at=at, updated_at=at)
            )
        for number, question in enumerate(HOSTILE):
            pin = {"words": f"w{number}", "question": question, "article_id": "roles", "locale": "en", "by": "=eva"}
            session.add(PinnedArticle(language="en", **pin))
        session.add(BlockedPassage(passage_id="=/help", article_id="roles", locale="en", title="@x", by="+eva"))
        session.add(GapRun(since=now - dt.timedelta(days=28), until=now, questions=9, alone=2, answered=1, seconds=1.0))
        near = {"article_id": "=roles", "locale": "en", "title": "=R", "url": "/help/en/roles", "confidence": 0.31,
                "answers_from": 0.63, "share": 1.0}  # fmt: skip
        session.add(GapCluster(id="c1", topic="c1", language="en", terms=["=card"], size=7, before=2, nearest=near,
                               first_at=now, last_at=now))  # fmt: skip
        session.flush()
        for place, talk in enumerate(talks[:3]):
            session.add(GapQuestion(message_id=message_of(session, talk), cluster_id="c1", conversation_id=talk, at=now,
                                    place=place, example=True))  # fmt: skip
    look("/leads/value/baseline", form={"months": "2025-01,300,12000\n2025-02,340,13000"})


def frame_of(text: bytes) -> pd.DataFrame:
    """A CSV as pandas reads it when it is told nothing but that empty cells are empty."""
    return pd.read_csv(io.BytesIO(text), encoding="utf-8", keep_default_na=False, na_values=[""])


def check(frame: pd.DataFrame, rows: list[dict[str, Any]], numeric: set[str]) -> None:
    """The file's rows are those of the JSON, its numbers numbers, its moments moments, and no cell a formula."""
    assert len(frame) == len(rows)
    assert list(frame.columns) == (list(rows[0]) if rows else list(frame.columns))
    for name in frame.columns:
        said = [row[name] for row in rows]
        column = frame[name]
        filled = column.dropna()
        assert not [
            one for one in filled if isinstance(one, str) and one.lstrip(" ").startswith(("=", "+", "-", "@", "\uff1d"))
        ]
        if name in numeric:
            assert all(one is None or isinstance(one, int | float) for one in said), (name, said[:3])
        if any(isinstance(one, int | float) for one in said):
            assert is_numeric_dtype(column), (name, column.dtype)
            assert [None if pd.isna(one) else one for one in column] == pytest.approx(said), name
        elif name in MOMENTS and len(filled):
            pd.to_datetime(filled, format="ISO8601", utc=True)
        else:
            back = [None if pd.isna(one) else str(one).removeprefix("'") for one in column]
            if is_numeric_dtype(column):
                assert name in TEXTS or not len(filled), (name, said[:3])
            else:
                assert back == [None if one in ("", None) else one for one in said], name


@each_database
def test_every_table_of_every_page_opens_in_pandas_as_it_is(
    rest: Rest, look: Opener, headers: dict[str, str], full: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown_tables: dict[str, Table] = {}

    def spy(request: Any, context: Any, page: str, parts: PageParts, **named: Any) -> Any:
        shown_tables.update({f"/leads/{page}/{each.id}": each.table for each in parts.sections})
        return render(request, context, page, parts, **named)

    monkeypatch.setattr(endpoints, "render", spy)
    seen = set[str]()
    words = set[str]()
    for page in PAGES:
        shown = look(f"/leads/{page}").text
        for path in re.findall(r'href="(/leads/[^"]+)\.csv\?', shown):
            csv = rest.http.get(f"{path}.csv", params={"lang": "en"}, headers=headers)
            assert csv.headers["content-type"] == "text/csv; charset=utf-8"
            rows = json.loads(look(f"{path}.json").text)["rows"]
            table = shown_tables[path]
            numeric = {each.key for each in table.columns if each.numeric}
            check(frame_of(csv.content), rows, numeric)
            assert rows, path
            names = [each.key for each in table.columns]
            of_page = [dict(zip(names, (each.value for each in row), strict=True)) for row in table.rows]
            # People are counted in the file alone: on the page only where their definition is chosen.
            assert path == "/leads/overview/definitions" or [row for row in of_page if row not in rows] == [], path
            seen.add(path)
            words |= {value for row in rows for value in row.values() if isinstance(value, str)}
    assert len(seen) >= SECTIONS, sorted(seen)
    assert words >= set(HOSTILE) - {"  =1"}


@each_database
def test_the_figures_and_their_rows_open_in_pandas_too(rest: Rest, headers: dict[str, str], full: None) -> None:
    def get(path: str, **parameters: str) -> bytes:
        answer = rest.http.get(path, params=parameters, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.content

    frame = frame_of(get("/metrics/decisions", format="csv"))
    found = json.loads(get("/metrics/decisions", limit="1000"))
    assert found["cursor"] is None
    assert list(frame["id"]) == [row["id"] for row in found["rows"]]
    for name in (
        "hour",
        "answers",
        "confident_answers",
        "helped",
        "wrong",
        "opened",
        "tickets",
        "confidence",
        "changes",
    ):
        assert is_numeric_dtype(frame[name]), name
        assert list(frame[name].fillna(-1)) == pytest.approx(
            [-1 if row[name] is None else row[name] for row in found["rows"]]
        )
    for name in ("provisional", "within_day", "person"):
        assert frame[name].dtype == bool, name
    for name in ("started_at", "asked_at", "last_at", "decided_at"):
        moments = pd.to_datetime(frame[name], format="ISO8601", utc=True)
        assert list(moments) == [pd.Timestamp(row[name]) for row in found["rows"]], name
    assert list(pd.to_datetime(frame["day"], format="%Y-%m-%d").dt.date.astype(str)) == [
        row["day"] for row in found["rows"]
    ]
    figures = frame_of(get("/metrics/deflection", format="csv")).set_index("figure")["value"]
    told = json.loads(get("/metrics/deflection"))
    assert int(figures["asked_for_help"]) == told["asked_for_help"] == len(frame) == len(HOSTILE)
    assert float(figures["deflection_rate"]) == told["deflection_rate"]
    topics = frame_of(get("/metrics/gaps", format="csv"))
    assert (topics["size"].sum(), topics["terms"][0], topics["nearest_article"][0]) == (7, "'=card", "'=roles")
    assert topics["examples"][0].removeprefix("'").split(" | ") == list(HOSTILE[:3])
    pd.to_datetime(topics["last_at"], format="ISO8601", utc=True)
