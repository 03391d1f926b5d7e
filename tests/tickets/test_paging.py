"""Lists by cursor and by number."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy.orm import Session

from api.alerts.models import Alert
from api.database import utc_now
from api.mail_in.models import InboundMail
from api.tickets.models import Ticket
from api.webhooks.models import Webhook, WebhookDelivery
from tests.support.databases import each_database
from tests.support.rest import Rest, ok


def fill(rest: Rest, count: int) -> None:
    with rest.database.write() as session:
        fill_into(session, count)


def fill_into(session: Session, count: int) -> None:
    for number in range(count):
        session.add(
            Ticket(
                subject=f"Ticket {number}",
                description="x",
                type="question",
                status="open" if number % 2 else "new",
                priority="low",
                language="es",
                via="api",
            )
        )
        session.flush()


def walk(rest: Rest, path: str, headers: dict[str, str], link: str = "next") -> list[dict[str, Any]]:
    """The pages from `path` on, by following their links."""
    pages: list[dict[str, Any]] = []
    where: str | None = path
    while where:
        assert len(pages) < 50, "the links go round in circles"
        pages.append(ok(rest.http.get(where, headers=headers)))
        found = pages[-1]["links"][link]
        where = found and f"{urlsplit(found).path}?{urlsplit(found).query}"
    return pages


@each_database
@pytest.mark.parametrize("sort", ["id", "-id", "created_at", "-updated_at"])
def test_the_cursor_visits_every_ticket_once_and_in_order(rest: Rest, sort: str) -> None:
    fill(rest, 23)
    headers = rest.token_of("agent")
    pages = walk(rest, f"/api/v2/tickets.json?page[size]=5&sort={sort}", headers)
    ids = [ticket["id"] for page in pages for ticket in page["tickets"]]
    expected = list(range(1001, 1024))
    assert ids == (expected[::-1] if sort.startswith("-") else expected)
    assert [page["meta"]["has_more"] for page in pages] == [True, True, True, True, False]
    cursor = pages[-1]["meta"]["before_cursor"]
    back = walk(rest, f"/api/v2/tickets?page[size]=5&sort={sort}&page[before]={cursor}", headers, "prev")
    assert [ticket["id"] for page in back[::-1] for ticket in page["tickets"]] == ids[:20]


def test_a_ticket_opened_meanwhile_neither_repeats_nor_hides_another(rest: Rest) -> None:
    fill(rest, 6)
    headers = rest.token_of("agent")
    first = ok(rest.http.get("/api/v2/tickets?page[size]=4&sort=-id", headers=headers))
    fill(rest, 3)
    cursor = first["meta"]["after_cursor"]
    second = ok(rest.http.get(f"/api/v2/tickets?page[size]=4&sort=-id&page[after]={cursor}", headers=headers))
    assert [each["id"] for each in [*first["tickets"], *second["tickets"]]] == [1006, 1005, 1004, 1003, 1002, 1001]


def test_paging_by_number_counts_and_ends(rest: Rest) -> None:
    fill(rest, 7)
    headers = rest.token_of("agent")
    page = ok(rest.http.get("/api/v2/tickets?per_page=3&page=3", headers=headers))
    assert page["count"] == 7
    assert [each["id"] for each in page["tickets"]] == [1007]
    assert page["next_page"] is None
    assert "page=2" in page["previous_page"]
    assert ok(rest.http.get("/api/v2/tickets?status=open", headers=headers))["count"] == 3


@pytest.mark.parametrize(
    "query",
    [
        "page=101&per_page=100",
        "page=0",
        "page=-1",
        "per_page=x",
        "page[size]=0",
        "page[size]=²",
        "page[after]=nonsense",
        "page[after]=WyJpZCIsIDEsIDFd&sort=created_at",
        "page[after]=WyJpZCIsICJ4IiwgInkiXQ",
        "sort=subject",
        "page=" + "9" * 5000,
    ],
)
def test_a_page_that_cannot_be_is_refused(rest: Rest, query: str) -> None:
    answer = rest.http.get(f"/api/v2/tickets?{query}", headers=rest.token_of("agent"))
    assert set(ok(answer, 400)) == {"error", "description"}


def test_filters_stay_in_the_links(rest: Rest) -> None:
    fill(rest, 12)
    pages = walk(rest, "/api/v2/tickets?page[size]=2&status=open", rest.token_of("agent"))
    assert [ticket["status"] for page in pages for ticket in page["tickets"]] == ["open"] * 6


def test_every_path_is_there_with_json_behind_it_too(rest: Rest) -> None:
    strange = []
    for path, methods in rest.app.openapi()["paths"].items():
        where = re.sub(r"\{[^}]*\}", "1", path)
        for method in methods if path.startswith("/api/v2/") else ():
            # Without a sign-in: what is there asks for one, what is not there is 404 or 405.
            plain, suffixed = (rest.http.request(method, each).status_code for each in (where, f"{where}.json"))
            if plain != suffixed or plain in (404, 405):
                strange.append((method, path, plain, suffixed))
    assert strange == []


@pytest.mark.parametrize("path", ["webhooks", "alerts", "suspended_tickets", "webhooks/1/invocations"])
def test_lists_of_operation_have_pages_as_all_lists_do(rest: Rest, path: str) -> None:
    with rest.database.write() as session:
        for number in range(1, 6):
            session.add(Webhook(name=str(number), url="https://a.example", events=["*"], salt="s", active=True))
            session.add(
                InboundMail(
                    dedupe_key=str(number), sender="a@b.example", recipient="s@b.example", outcome="quarantined"
                )
            )
        session.flush()
        fill_into(session, 5)
        for number in range(1001, 1006):
            session.add(Alert(ticket_id=number, state="open", raised_at=utc_now(), next_at=utc_now()))
            session.add(WebhookDelivery(webhook_id=1, message_id=str(number), event="ticket.opened", body="{}"))
    headers = rest.token_of("lead")
    name = path.rpartition("/")[2]
    pages = walk(rest, f"/api/v2/{path}.json?page[size]=2", headers)
    ids = [int(each["id"]) for page in pages for each in page[name]]
    assert (sorted(ids), len(pages)) == ([1, 2, 3, 4, 5], 3)
    assert ids[0] == (1 if path == "webhooks" else 5)
    by_number = ok(rest.http.get(f"/api/v2/{path}?per_page=2&page=2", headers=headers))
    assert (by_number["count"], [int(each["id"]) for each in by_number[name]]) == (5, ids[2:4])
