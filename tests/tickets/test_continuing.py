"""A ticket after it was opened, as its customer continues it: comments with files, reopening, follow-ups."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import update

from api.chat.models import Attachment
from api.database import utc_now
from api.tickets.models import Ticket
from api.working_hours import WorkingHours
from bot.catalog_entries import OpenRange, SupportHours
from tests.support.databases import each_database
from tests.support.rest import Rest, Talk, ok
from tests.tickets.test_requests import draft

REQUESTS = "/api/v2/requests"


def opened(rest: Rest, talk: Talk, **changes: Any) -> int:
    return int(ok(rest.http.post(REQUESTS, json=draft(**changes), headers=talk.turn()), 201)["request"]["id"])


def moved(rest: Rest, number: int, *statuses: str) -> None:
    staff = rest.token_of("agent")
    for status in statuses:
        ok(rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": {"status": status}}, headers=staff))


def commented(text: str, **more: Any) -> dict[str, Any]:
    return {"request": {"comment": {"body": text, **more}}}


def given_file(rest: Rest, talk: Talk, name: str) -> str:
    id_ = uuid.uuid4().hex
    with rest.database.write() as session:
        session.add(
            Attachment(id=id_, conversation_id=talk.id, name=name, media_type="image/png", size=1, sha256="0" * 64)
        )
    return id_


def test_the_own_tickets_are_listed_open_and_solved(rest: Rest) -> None:
    ana, eva = rest.conversation("ana@example.com"), rest.conversation("eva@example.com")
    first, second = opened(rest, ana, external_id="1"), opened(rest, ana, external_id="2")
    opened(rest, eva)
    moved(rest, first, "solved")

    def numbers(path: str) -> list[int]:
        return [each["id"] for each in ok(rest.http.get(f"{REQUESTS}{path}", headers=ana.turn()))["requests"]]

    assert numbers("?sort=-id") == [second, first]
    assert numbers("/open") == numbers("/open.json") == [second]
    assert numbers("/solved") == [first]
    unverified = rest.conversation()
    for path in ("", "/open", "/solved", f"/{first}", f"/{first}/comments"):
        assert rest.http.get(f"{REQUESTS}{path}", headers=unverified.turn()).status_code == 403


@each_database
def test_a_comment_is_added_once_for_its_key_with_the_files_that_came_with_it(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    before = given_file(rest, talk, "primera.png")
    number = opened(rest, talk)
    later = given_file(rest, talk, "safari.png")
    body = commented("También pasa en Safari", uploads=[later])
    key = {"Idempotency-Key": "turn:1"}
    for seen in ("miss", "hit"):
        answer = rest.http.put(f"{REQUESTS}/{number}", json=body, headers={**talk.turn(), **key})
        assert (ok(answer)["request"]["id"], answer.headers["x-idempotency-lookup"]) == (number, seen)
    comments = ok(rest.http.get(f"{REQUESTS}/{number}/comments", headers=talk.headers))["comments"]
    assert [each["body"] for each in comments][1:] == ["También pasa en Safari"]
    assert [[file["id"] for file in each["attachments"]] for each in comments] == [[before], [later]]


def test_files_of_another_conversation_or_ticket_do_not_come_with_a_comment(rest: Rest) -> None:
    ana, eva = rest.conversation("ana@example.com"), rest.conversation("eva@example.com")
    taken = given_file(rest, ana, "primera.png")
    number = opened(rest, ana)
    for upload in (given_file(rest, eva, "ajena.png"), taken, "missing"):
        body = commented("Va un archivo", uploads=[upload])
        assert set(ok(rest.http.put(f"{REQUESTS}/{number}", json=body, headers=ana.turn()), 422)["details"]) == {
            "uploads"
        }
    assert len(ok(rest.http.get(f"{REQUESTS}/{number}/comments", headers=ana.headers))["comments"]) == 1


def test_a_solved_ticket_is_reopened_within_its_hours_and_not_after_them(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    number = opened(rest, talk)
    moved(rest, number, "solved")
    shown = ok(rest.http.get(f"{REQUESTS}/{number}", headers=talk.headers))["request"]
    assert shown["reopens_until"] > shown["updated_at"]
    assert shown["needs_followup"] is False
    reopen = {"request": {"solved": False}}
    again = ok(rest.http.put(f"{REQUESTS}/{number}", json=reopen, headers=talk.turn()))["request"]
    assert (again["status"], again["reopens_until"]) == ("open", None)
    moved(rest, number, "solved")
    with rest.database.write() as session:
        session.execute(update(Ticket).values(solved_at=utc_now() - dt.timedelta(days=30)))
    for body in (reopen, commented("Volvió a pasar")):
        late = ok(rest.http.put(f"{REQUESTS}/{number}", json=body, headers=talk.turn()), 422)
        assert "follow-up" in late["details"]["status"][0]["description"]
    assert ok(rest.http.get(f"{REQUESTS}/{number}", headers=talk.headers))["request"]["needs_followup"] is True


@each_database
def test_a_closed_ticket_is_continued_by_one_that_names_it(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    number = opened(rest, talk)
    moved(rest, number, "solved", "closed")
    body = {"comment": {"body": "Volvió"}, "via_followup_source_id": number, "external_id": "follow"}
    made = ok(rest.http.post(REQUESTS, json={"request": body}, headers=talk.turn()), 201)["request"]
    assert made["followup_source_id"] == number
    assert made["via"]["source"] == {"from": {"ticket_id": number}, "to": {}, "rel": "follow_up"}
    old = ok(rest.http.get(f"{REQUESTS}/{number}", headers=talk.headers))["request"]
    assert {each["id"]: each["value"] for each in made["custom_fields"]} == {
        each["id"]: each["value"] for each in old["custom_fields"]
    }
    assert (made["subject"], made["type"], made["priority"]) == (old["subject"], old["type"], old["priority"])
    seen = ok(rest.http.get(f"/api/v2/tickets/{number}", headers=rest.token_of("agent")))["ticket"]
    assert seen["followup_ids"] == [made["id"]]


def test_what_is_open_or_anothers_is_not_followed(rest: Rest) -> None:
    ana, eva = rest.conversation("ana@example.com"), rest.conversation("eva@example.com")
    number = opened(rest, ana)
    for talk, status in ((ana, "open"), (eva, "closed")):
        if status == "closed":
            moved(rest, number, "solved", "closed")
        for source in (number, 99999999999):
            body = {"comment": {"body": "Volvió"}, "via_followup_source_id": source}
            refused = ok(rest.http.post(REQUESTS, json={"request": body}, headers=talk.turn()), 422)
            assert set(refused["details"]) == {"via_followup_source_id"}


WEEKDAYS = tuple([(OpenRange(dt.time(8), dt.time(18)),)] * 5 + [()] * 2)


@pytest.mark.parametrize(
    ("solved", "until"),
    [
        ("2026-01-05T08:00", "2026-01-07T15:00"),  # Monday morning: two whole days, and seven hours of a third
        ("2026-01-05T03:00", "2026-01-07T15:00"),  # before opening
        ("2026-01-09T17:00", "2026-01-15T14:00"),  # Friday's last hour; the weekend and the holiday do not count
        ("2026-01-10T12:00", "2026-01-15T15:00"),  # Saturday
    ],
)
def test_reopening_hours_are_hours_of_support(solved: str, until: str) -> None:
    hours = SupportHours("America/Bogota", WEEKDAYS, frozenset({dt.date(2026, 1, 12)}))
    offset = dt.timezone(dt.timedelta(hours=-5))
    start = dt.datetime.fromisoformat(solved).replace(tzinfo=offset)
    assert WorkingHours(hours).add(start, dt.timedelta(hours=27)) == dt.datetime.fromisoformat(until).replace(
        tzinfo=offset
    )


def test_support_that_never_opens_closes_nothing_and_one_that_never_closes_counts_every_hour() -> None:
    start = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)  # the clocks go forward in the night
    never = SupportHours("Europe/Madrid", ((),) * 7, frozenset())
    always = SupportHours("Europe/Madrid", ((OpenRange(dt.time.min, dt.time.max),),) * 7, frozenset())
    assert WorkingHours(never).add(start, dt.timedelta(hours=27)) is None
    assert WorkingHours(always).add(start, dt.timedelta(hours=27)) == start + dt.timedelta(hours=27)


def test_a_closed_ticket_takes_no_comment_from_anybody(rest: Rest) -> None:
    talk, staff = rest.conversation("ana@example.com"), rest.token_of("agent")
    number = opened(rest, talk)
    moved(rest, number, "solved", "closed")
    comment = {"comment": {"body": "Una cosa más"}}
    for path, name, headers in (("requests", "request", talk.headers), ("tickets", "ticket", staff)):
        answer = rest.http.put(f"/api/v2/{path}/{number}", json={name: comment}, headers=headers)
        assert "status" in ok(answer, 422)["details"]
    assert len(ok(rest.http.get(f"/api/v2/tickets/{number}/comments", headers=staff))["comments"]) == 1
