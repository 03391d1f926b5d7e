"""The figures over HTTP: for whom, in which form."""

from __future__ import annotations

import csv
import datetime as dt
import io
from zoneinfo import ZoneInfo

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.metrics.exports import plain
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


def test_figures_are_for_leads_and_counters_for_admins(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    for path, allowed in (("/metrics/deflection", {"lead", "admin"}), ("/metrics", {"admin"})):
        assert rest.http.get(path).status_code == 401
        assert rest.http.get(path, headers=talk.headers).status_code == 403
        for role in ("customer", "agent", "lead", "admin"):
            status = rest.http.get(path, headers=rest.token_of(role)).status_code
            assert status == (200 if role in allowed else 403), (path, role)


def test_prometheus_reads_the_counters(rest: Rest) -> None:
    with rest.database.write() as session:
        tell(session, ASKED, SURE, YES)
    body = {"ticket": {"subject": "x", "comment": {"body": "y"}}}
    headers = rest.token_of("admin")
    ok(rest.http.post("/api/v2/tickets", json=body, headers=headers), 201)
    families = {
        each.name: each for each in text_string_to_metric_families(rest.http.get("/metrics", headers=headers).text)
    }
    events = {sample.labels["type"]: sample.value for sample in families["copilot_events"].samples}
    assert (events["asked_for_help"], events["ticket_opened"]) == (1, 1)
    tickets = [(sample.labels, sample.value) for sample in families["copilot_tickets"].samples]
    assert tickets == [({"status": "new", "priority": "normal"}, 1)]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_is_never_a_formula(cell: str) -> None:
    assert plain(cell) == "'" + cell
    assert plain("1") == "1"
