"""The figures over HTTP: for whom, in which form."""

from __future__ import annotations

import csv
import datetime as dt
import io
from zoneinfo import ZoneInfo

import pytest

from api.metrics.exports import plain
from api.metrics.rules import RULES
from tests.metrics.test_outcomes import ASKED, SURE, YES, tell
from tests.support.databases import each_database
from tests.support.rest import Rest, ok


@each_database
def test_leads_read_the_figures_as_json_and_as_csv(rest: Rest) -> None:
    headers = rest.token_of("lead")
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    with rest.database.write() as session:
        tell(session, ASKED, SURE, YES, at=yesterday)
        tell(session, ASKED, SURE, at=yesterday)
    day = yesterday.astimezone(ZoneInfo(rest.catalog.support_hours.time_zone)).date().isoformat()
    found = ok(rest.http.get(f"/metrics/deflection?from={day}&to={day}", headers=headers))
    assert found["conversations"] == found["asked_for_help"] == 2
    assert set(found["outcomes"]) == {"confirmed", "assumed", "abandoned", "escalated", "unanswered", "recontacted"}
    assert sum(found["outcomes"].values()) == 2
    answer = rest.http.get(f"/metrics/deflection?from={day}&to={day}&format=csv", headers=headers)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = dict(list(csv.reader(io.StringIO(answer.text)))[1:])
    assert (rows["asked_for_help"], rows["outcomes.confirmed"], rows["deflection_rate"]) == ("2", "1", "1.0")


def test_a_month_is_the_default(rest: Rest) -> None:
    found = ok(rest.http.get("/metrics/deflection", headers=rest.token_of("admin")))
    since, until = (dt.datetime.fromisoformat(found[name]) for name in ("since", "until"))
    assert until - since == dt.timedelta(days=30)


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "to=2026-13-01", "from=2026-02-02&to=2026-02-01", "format=xml", "from=0001-01-01T00:00:00%2B14:00",
     "to=9999-12-31", "to=0001-01-05", "to=0001-01-01"],
)  # fmt: skip
def test_a_range_that_cannot_be_is_refused(rest: Rest, query: str) -> None:
    answer = rest.http.get(f"/metrics/deflection?{query}", headers=rest.token_of("lead"))
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid_request"


def test_figures_and_counters_are_for_leads_and_admins(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    for path in ("/metrics/deflection", "/metrics"):
        assert rest.http.get(path).status_code == 401
        assert rest.http.get(path, headers=talk.headers).status_code == 403
        for role in ("customer", "agent", "lead", "admin"):
            status = rest.http.get(path, headers=rest.token_of(role)).status_code
            assert status == (200 if role in ("lead", "admin") else 403), (path, role)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_is_never_a_formula(cell: str) -> None:
    assert plain(cell) == "'" + cell
    assert plain("1") == "1"


def test_the_rows_behind_a_rate_are_listed_in_pages_and_as_a_file(rest: Rest) -> None:
    headers = rest.token_of("lead")
    at = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
    with rest.database.write() as session:
        for number in range(5):
            tell(session, ASKED, SURE, YES, at=at + dt.timedelta(minutes=number), email=f"c{number}@example.com")
        tell(session, ASKED, at=at, category="other", subcategory='=HYPERLINK("http://evil.example")')
    rate = ok(rest.http.get("/metrics/deflection", headers=headers))["rates"]["deflection"]
    assert (rate["numerator"], rate["denominator"], rate["numerator_rows"]) == (5, 5, "resolved")
    found, cursor = [], ""
    while cursor is not None:
        page = ok(
            rest.http.get(f"/metrics/decisions?rows=resolved&limit=2{cursor and f'&cursor={cursor}'}", headers=headers)
        )
        found += page["rows"]
        cursor = page["cursor"]
    assert [each["outcome"] for each in found] == ["confirmed"] * 5
    assert len({each["id"] for each in found}) == 5
    answer = rest.http.get("/metrics/decisions?format=csv", headers=headers)
    assert answer.headers["content-disposition"] == 'attachment; filename="decisions.csv"'
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(table) == 6
    assert {each["subcategory"] for each in table} == {"", '\'=HYPERLINK("http://evil.example")'}
    assert not [value for each in table for value in each.values() if value.startswith(("=", "+", "-", "@"))]


def test_what_the_figures_mean_is_told_in_each_language(rest: Rest) -> None:
    headers = rest.token_of("lead")
    told = {
        each: ok(rest.http.get(f"/metrics/definitions?language={each}", headers=headers)) for each in ("es", "en", "pt")
    }
    assert [each["id"] for each in told["es"]["rules"]] == [*(each.id for each in RULES), "came_back"]
    assert {each["id"]: each["text"] for each in told["en"]["rules"]}[
        "ticket"
    ] == "A ticket was opened in the conversation."
    for found in told.values():
        assert {each["numerator"] for each in found["definitions"]} <= set(found["rows"])
        assert len({each["formula"] for each in found["definitions"]}) == 8


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("language=xx", "es, en, pt"),
        ("category=no-such", "incident"),
        ("channel=fax", "widget"),
        ("from=2010-01-01&to=2026-01-01", "ten years"),
    ],
)
def test_a_filter_that_there_is_not_is_refused_with_those_that_there_are(rest: Rest, query: str, names: str) -> None:
    for path in ("/metrics/deflection", "/metrics/decisions"):
        answer = rest.http.get(f"{path}?{query}", headers=rest.token_of("lead"))
        assert answer.status_code == 422
        assert names in str(answer.json()["error"]["details"])


@pytest.mark.parametrize("query", ["rows=nothing", "cursor=x", "cursor=AAAA", "limit=0", "outcome=happy"])
def test_rows_that_cannot_be_are_refused(rest: Rest, query: str) -> None:
    answer = rest.http.get(f"/metrics/decisions?{query}", headers=rest.token_of("lead"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")


def test_a_filter_for_what_has_no_value_matches_it(rest: Rest) -> None:
    with rest.database.write() as session:
        tell(session, ASKED, at=dt.datetime.now(dt.UTC) - dt.timedelta(days=2))
    found = ok(rest.http.get("/metrics/deflection?category=none", headers=rest.token_of("lead")))
    assert found["asked_for_help"] == 1
    assert (
        ok(rest.http.get("/metrics/deflection?category=incident", headers=rest.token_of("lead")))["asked_for_help"] == 0
    )
