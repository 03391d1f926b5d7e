"""Service notices over HTTP: who may do what, what everybody reads, who is mailed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from aiosmtplib.email import flatten_message
from sqlalchemy import select

from api.database import utc_now
from api.identity.principal import Role
from api.notices.models import NoticeSubscription
from api.notices.subscriptions import unsubscribe_address
from api.notifications.message import build_message
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

EXPORTS: dict[str, Any] = {
    "title": {"es": "Los reportes tardan", "en": "Reports take long", "pt": "Os relatórios demoram"},
    "text": {"es": "Sabemos por qué.", "en": "We know why.", "pt": "Sabemos o motivo."},
    "keywords": {"es": ["exportar reportes"], "en": ["export reports"]},
    "categories": ["incident"],
    "subcategories": ["reports"],
}
NEWS: dict[str, Any] = {"text": {"es": "Ya va mejor.", "en": "It is getting better."}}
ANA = "ana@example.com"


def published(rest: Rest, **values: Any) -> int:
    made = ok(rest.http.post("/notices", json={**EXPORTS, **values}, headers=rest.token_of("lead")), 201)
    return int(made["id"])


def told(rest: Rest, notice_id: int, **values: Any) -> dict[str, Any]:
    return ok(
        rest.http.post(f"/notices/{notice_id}/updates", json={**NEWS, **values}, headers=rest.token_of("lead")), 201
    )


def followed(rest: Rest, notice_id: int, email: str = ANA, language: str = "es") -> dict[str, Any]:
    talk = rest.conversation(email, language=language)
    return ok(rest.http.post(f"/notices/{notice_id}/subscriptions", headers=talk.turn()))


def shown(rest: Rest, language: str = "es") -> list[dict[str, Any]]:
    return list(ok(rest.http.get("/notices", params={"language": language}))["notices"])


def test_leads_publish_and_nobody_else(rest: Rest) -> None:
    known = published(rest)
    roles: dict[Role | None, tuple[int, int, int]] = {
        None: (401, 401, 401),
        "customer": (403, 403, 403),
        "agent": (200, 403, 403),
        "lead": (200, 200, 201),
        "admin": (200, 200, 201),
    }
    for role, (read, corrected, written) in roles.items():
        headers = rest.token_of(role) if role else {}
        assert rest.http.post("/notices", json=EXPORTS, headers=headers).status_code == written
        assert rest.http.post(f"/notices/{known}/updates", json=NEWS, headers=headers).status_code == written
        assert rest.http.patch(f"/notices/{known}", json={}, headers=headers).status_code == corrected
        assert rest.http.get("/notices/staff", headers=headers).status_code == read


def test_neither_a_turn_nor_a_conversation_publishes(rest: Rest) -> None:
    talk = rest.conversation(ANA)
    for headers in (talk.headers, talk.turn()):
        assert rest.http.post("/notices", json=EXPORTS, headers=headers).status_code == 403


def test_a_token_that_may_only_read_publishes_nothing(rest: Rest) -> None:
    headers = rest.token_of("lead", scopes=["read"])
    assert rest.http.post("/notices", json=EXPORTS, headers=headers).status_code == 403
    ok(rest.http.get("/notices/staff", headers=headers))


@each_database
def test_everybody_reads_what_is_going_on_in_their_language(rest: Rest) -> None:
    number = published(rest)
    [seen] = shown(rest, "en")
    assert (seen["id"], seen["title"], seen["language"], seen["state"]) == (number, "Reports take long", "en", "open")
    assert (seen["running"], seen["latest"], seen["subcategories"]) == (True, None, ["reports"])
    told(rest, number, state="monitoring", next_update_at="2030-01-01T10:00:00Z")
    [seen] = shown(rest, "pt")
    assert (seen["state"], seen["latest"], seen["title"]) == ("monitoring", "Ya va mejor.", "Os relatórios demoram")
    assert [(each["text"], each["language"]) for each in seen["updates"]] == [("Ya va mejor.", "es")]
    assert seen["next_update"] == "2030-01-01T10:00:00Z"
    told(rest, number, state="resolved")
    assert shown(rest) == []


def test_what_customers_read_names_nobody_and_no_keyword(rest: Rest) -> None:
    number = published(rest)
    told(rest, number)
    assert "@" not in str(shown(rest))
    assert "keywords" not in shown(rest)[0]


def test_an_unknown_language_is_refused_and_none_is_the_default(rest: Rest) -> None:
    published(rest)
    refused = ok(rest.http.get("/notices", params={"language": "fr"}), 422)
    assert refused["error"]["code"] == "unknown_language"
    assert ok(rest.http.get("/notices"))["notices"][0]["language"] == rest.catalog.default_language


def test_a_language_without_a_text_gets_the_default_ones_and_staff_are_told(rest: Rest) -> None:
    only = {"title": {"es": "Aviso", "pt": "Aviso em português"}, "text": {"es": "Texto", "pt": "Texto em português"}}
    made = ok(rest.http.post("/notices", json={**EXPORTS, **only}, headers=rest.token_of("lead")), 201)
    assert made["missing"] == {"en": "es"}
    [seen] = shown(rest, "en")
    assert (seen["title"], seen["text"], seen["language"]) == ("Aviso", "Texto", "es")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": {}, "text": {}}, "title"),
        ({"title": {"fr": "Avis"}, "text": {"fr": "Texte"}}, "title"),
        ({"title": {"es": "Aviso"}, "text": {"en": "Text"}}, "title"),
        ({"keywords": {"fr": ["avis"]}}, "keywords"),
        ({"categories": ["nonsense"]}, "categories"),
        ({"categories": ["outage"], "subcategories": ["reports"]}, "subcategories"),
        ({"topics": ["nonsense"]}, "topics"),
        ({"kind": "maintenance"}, "planned_from"),
        (
            {
                "kind": "maintenance",
                "planned_from": "2030-01-01T10:00:00Z",
                "planned_until": "2030-01-01T09:00:00Z",
            },
            "planned_until",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_field_by_field(rest: Rest, values: dict[str, Any], field: str) -> None:
    refused = ok(rest.http.post("/notices", json={**EXPORTS, **values}, headers=rest.token_of("lead")), 422)
    assert refused["error"]["code"] == "notice_invalid"
    assert field in refused["error"]["details"]


@pytest.mark.parametrize("values", [{"kind": "party"}, {"started_at": "2030-01-01T10:00:00"}, {"titel": {}}])
def test_a_body_of_another_shape_is_refused(rest: Rest, values: dict[str, Any]) -> None:
    refused = ok(rest.http.post("/notices", json={**EXPORTS, **values}, headers=rest.token_of("lead")), 422)
    assert refused["error"]["code"] == "invalid_request"


def test_a_correction_replaces_what_it_gives_and_mails_nobody(rest: Rest) -> None:
    number = published(rest)
    followed(rest, number)
    change = {"title": {"es": "Otro título"}, "text": {"es": "Otro texto"}}
    changed = ok(rest.http.patch(f"/notices/{number}", json=change, headers=rest.token_of("lead")))
    assert (changed["title"], changed["keywords"]) == ({"es": "Otro título"}, EXPORTS["keywords"])
    assert rest.mails(ANA) == []
    lead = rest.token_of("lead")
    assert rest.http.patch(f"/notices/{number}", json={"title": None}, headers=lead).status_code == 422
    assert rest.http.patch(f"/notices/{number}", json={"topics": ["x"]}, headers=lead).status_code == 422
    assert shown(rest)[0]["title"] == "Otro título"


def test_staff_see_who_wrote_and_how_many_follow(rest: Rest) -> None:
    author = rest.token_of("lead", "leo@example.com")
    number = ok(rest.http.post("/notices", json=EXPORTS, headers=author), 201)["id"]
    followed(rest, number)
    followed(rest, number, "eva@example.com")
    ok(rest.http.post(f"/notices/{number}/updates", json=NEWS, headers=author), 201)
    [seen] = ok(rest.http.get("/notices/staff", params={"state": "open"}, headers=author))["notices"]
    assert (seen["created_by"], seen["subscribers"], seen["updates"][0]["author"]) == (
        "leo@example.com",
        2,
        "leo@example.com",
    )
    assert ok(rest.http.get("/notices/staff", params={"state": "resolved"}, headers=author))["notices"] == []


def test_a_turn_finds_the_notice_that_a_description_is_about(rest: Rest) -> None:
    number = published(rest)
    talk = rest.conversation()

    def found(text: str, language: str = "es") -> list[int]:
        params = {"q": text, "language": language}
        answer = ok(rest.http.get("/notices/matching", params=params, headers=talk.turn()))
        return [each["id"] for each in answer["notices"]]

    assert found("no puedo exportar los reportes") == [number]
    assert found("I can't export my reports", "en") == [number]
    assert found("não consigo entrar na conta", "pt") == []
    assert found("") == []
    told(rest, number, state="resolved")
    assert found("no puedo exportar los reportes") == []


def test_only_a_running_turn_asks_which_notices_match(rest: Rest) -> None:
    for headers, status in (({}, 401), (rest.conversation(ANA).headers, 403), (rest.token_of("admin"), 403)):
        assert rest.http.get("/notices/matching", params={"q": "reportes"}, headers=headers).status_code == status


@each_database
def test_an_address_follows_a_notice_once(rest: Rest) -> None:
    number = published(rest)
    assert followed(rest, number) == {"email": ANA, "already": False}
    assert followed(rest, number) == {"email": ANA, "already": True}
    with rest.database.read() as session:
        assert len(session.scalars(select(NoticeSubscription)).all()) == 1
    [event] = rest.events("notice_subscribed")
    assert event.data == {"notice_id": number}
    assert event.conversation_id
    assert event.turn_id


def test_nobody_follows_without_a_proven_address(rest: Rest) -> None:
    number = published(rest)
    talk = rest.conversation()
    refused = ok(rest.http.post(f"/notices/{number}/subscriptions", headers=talk.turn()), 403)
    assert refused["error"]["code"] == "not_verified"
    assert rest.http.post(f"/notices/{number}/subscriptions").status_code == 401
    assert rest.http.post(f"/notices/{number}/subscriptions", headers=rest.token_of("lead")).status_code == 403


def test_what_is_over_or_was_never_is_not_followed(rest: Rest) -> None:
    number = published(rest)
    told(rest, number, state="resolved")
    talk = rest.conversation(ANA)
    for wanted, status, code in ((number, 422, "notice_over"), (10**12, 404, "notice_not_found")):
        refused = ok(rest.http.post(f"/notices/{wanted}/subscriptions", headers=talk.turn()), status)
        assert refused["error"]["code"] == code


@each_database
def test_each_follower_is_mailed_each_update_once_in_their_language(rest: Rest) -> None:
    number = published(rest)
    followed(rest, number)
    followed(rest, number, "eva@example.com", "en")
    told(rest, number)
    told(rest, number)
    told(rest, number, text={"es": "Resuelto del todo.", "en": "All is well."}, state="resolved")
    ana, eva = rest.mails(ANA), rest.mails("eva@example.com")
    assert [(mail.template, mail.language) for mail in ana] == [("notice_update", "es"), ("notice_resolved", "es")]
    assert [(mail.template, mail.language) for mail in eva] == [("notice_update", "en"), ("notice_resolved", "en")]
    assert "Ya va mejor." in ana[0].text
    assert "Reports take long" in eva[0].subject
    assert "It is getting better." in eva[0].text
    assert "All is well." in eva[1].text
    refused = rest.http.post(f"/notices/{number}/updates", json=NEWS, headers=rest.token_of("lead"))
    assert ok(refused, 422)["error"]["code"] == "notice_over"


def test_news_that_is_not_written_in_a_followers_language_says_so(rest: Rest) -> None:
    number = published(rest, title={"es": "Aviso"}, text={"es": "Texto"})
    followed(rest, number, language="pt")
    told(rest, number, text={"es": "Ya va mejor."}, next_update_at=(utc_now() + dt.timedelta(days=30)).isoformat())
    [mail] = rest.mails(ANA)
    assert mail.language == "pt"
    assert "Ya va mejor." in mail.text
    assert "apenas em outro idioma" in mail.text
    assert "Próxima novidade:" in mail.text


def link(rest: Rest) -> str:
    with rest.database.read() as session:
        return unsubscribe_address(rest.settings, session.scalars(select(NoticeSubscription)).one())


def path(address: str) -> str:
    return "/notices" + address.partition("/notices")[2]


def test_the_mail_can_be_stopped_from_the_reader_by_one_click(rest: Rest) -> None:
    number = published(rest)
    followed(rest, number)
    told(rest, number)
    [mail] = rest.mails(ANA)
    # As it goes over the wire, where a long header would be folded.
    message = flatten_message(build_message(mail, "Support <support@example.com>")).decode()
    header = re.search(r"(?m)^List-Unsubscribe:\s*<(\S+)>\r?$", message)
    assert header, "the address must stand whole on a line of its own"
    assert header[1] == link(rest)
    assert header[1] in mail.text
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in message
    ok_ = rest.http.post(path(header[1]), data={"List-Unsubscribe": "One-Click"})
    assert ok_.status_code == 200
    told(rest, number, text={"es": "Más."})
    assert len(rest.mails(ANA)) == 1


def test_opening_the_link_only_asks(rest: Rest) -> None:
    number = published(rest)
    followed(rest, number)
    page = rest.http.get(path(link(rest)))
    assert page.status_code == 200
    assert "Los reportes tardan" in page.text
    assert 'method="post"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    told(rest, number)
    assert len(rest.mails(ANA)) == 1
    for _ in range(2):
        done = rest.http.post(path(link(rest)))
        assert done.status_code == 200
        assert "<form" not in done.text
    assert "<form" not in rest.http.get(path(link(rest))).text


def test_a_program_ends_it_with_delete_and_the_customer_may_come_back(rest: Rest) -> None:
    number = published(rest)
    followed(rest, number)
    assert rest.http.delete(path(link(rest))).status_code == 204
    assert followed(rest, number) == {"email": ANA, "already": False}
    told(rest, number)
    assert len(rest.mails(ANA)) == 1


def test_a_link_that_nobody_signed_ends_nothing(rest: Rest) -> None:
    number = published(rest)
    followed(rest, number)
    for spoilt in ("1-" + "0" * 32, "1", "x-y", "99999999999-1", "1-ñ", "٣-1"):
        for method in ("get", "post", "delete"):
            refused = ok(getattr(rest.http, method)(f"/notices/unsubscribe/{spoilt}"), 404)
            assert refused["error"]["code"] == "notice_link"
    told(rest, number)
    assert len(rest.mails(ANA)) == 1


def test_planned_work_is_told_before_it_begins_and_forgotten_after_it(rest: Rest) -> None:
    def work(begins: float, ends: float) -> int:
        hours = {"planned_from": begins, "planned_until": ends}
        return published(
            rest,
            kind="maintenance",
            **{name: (utc_now() + dt.timedelta(hours=value)).isoformat() for name, value in hours.items()},
        )

    work(-5, -1)
    running, coming = work(-1, 1), work(1, 2)
    assert [(each["id"], each["running"]) for each in shown(rest)] == [(coming, False), (running, True)]
    over = rest.http.post("/notices/1/subscriptions", headers=rest.conversation(ANA).turn())
    assert ok(over, 422)["error"]["code"] == "notice_over"
