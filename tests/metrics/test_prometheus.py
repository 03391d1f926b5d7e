"""What operators watch: each gauge beside what was put into the database."""

from __future__ import annotations

import datetime as dt

from prometheus_client.parser import text_string_to_metric_families

from api.alerts.models import Alert
from api.database import utc_now
from api.metrics.deciding import catch_up_wholly
from api.metrics.prometheus import exposition
from api.metrics.terms import terms_of
from api.notifications.models import OutboxMail
from tests.metrics.test_outcomes import ASKED, STARTED, SURE, YES, tell
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

Sample = tuple[tuple[str, ...], float]


def scraped(text: str) -> dict[str, list[Sample]]:
    """Of each metric the values of its labels with its value."""
    return {
        family.name: [(tuple(each.labels.values()), each.value) for each in family.samples]
        for family in text_string_to_metric_families(text)
    }


@each_database
def test_operators_scrape_the_ledger_the_mails_and_the_alerts(rest: Rest) -> None:
    headers = rest.token_of("admin")
    body = {"ticket": {"subject": "x", "comment": {"body": "y"}}}
    number = ok(rest.http.post("/api/v2/tickets", json=body, headers=headers), 201)["ticket"]["id"]
    terms = terms_of(rest.settings, rest.catalog)
    now = utc_now()
    with rest.database.write() as session:
        long_ago = now - dt.timedelta(days=3)
        tell(session, ASKED, SURE, YES, at=long_ago, last_activity_at=long_ago)
        catch_up_wholly(session, terms, now - dt.timedelta(minutes=10))
        tell(session, ASKED, SURE, YES, at=now, last_activity_at=now)
        tell(session, ASKED, SURE, at=now, last_activity_at=now - dt.timedelta(hours=1))
        tell(session, STARTED, at=now, is_test=True, last_activity_at=now)
        catch_up_wholly(session, terms, now + dt.timedelta(minutes=1))
        tell(session, ASKED, at=now - dt.timedelta(minutes=5), last_activity_at=now)
        session.add(Alert(ticket_id=number, raised_at=now - dt.timedelta(minutes=20)))
        mail = {"template": "t", "recipient": "ana@example.com", "language": "en", "subject": "s", "text": "t"}
        for status, minutes in (("pending", 3), ("sending", 2), ("sent", 60)):
            session.add(OutboxMail(status=status, created_at=now - dt.timedelta(minutes=minutes), **mail))
    with rest.database.read() as session:
        found = scraped(exposition(session, terms.zone, now).decode())
    assert dict(found["copilot_events"])["asked_for_help",] == 4
    assert found["copilot_tickets"] == [(("normal", "new"), 1)]
    assert dict(found["copilot_outcomes_today"]) == {
        ("confirmed",): 1, ("assumed",): 1, ("abandoned",): 0, ("escalated",): 0, ("unanswered",): 0, ("recontacted",): 0,
    }  # fmt: skip
    today = dict(found["copilot_conversations_today"])
    assert (today["help",], today["ticket",], ("test",) in today) == (2, 1, False)
    alone = {name: samples[0][1] for name, samples in found.items() if len(samples) == 1 and not samples[0][0]}
    assert alone == {
        "copilot_oldest_waiting_mail_age_seconds": 180,
        "copilot_oldest_open_alert_age_seconds": 1_200,
        "copilot_open_conversations": 2,
        "copilot_provisional_outcomes": 1,
        "copilot_undecided_conversations": 1,
        "copilot_undecided_age_seconds": 300,
        "copilot_last_decision_age_seconds": 0,
        "copilot_demo": 0,
    }
    mails = dict(found["copilot_outbox_mails"])
    assert (mails["pending",] >= 1, mails["sending",], mails["sent",]) == (True, 1, 1)
    assert found["copilot_alerts"] == [(("open",), 1)]


def test_a_scrape_of_an_empty_database_is_whole_and_in_the_text_format(rest: Rest) -> None:
    answer = rest.http.get("/metrics", headers=rest.token_of("admin", scopes=["read"]))
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = scraped(answer.text)
    assert found["copilot_last_decision_age_seconds"] == [((), 0)]
    assert sum(value for _, value in found["copilot_outcomes_today"]) == 0
