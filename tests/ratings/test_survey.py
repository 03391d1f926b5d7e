"""The survey of a solved ticket: asked once for each solving, answered by a button and never by a scanner."""

from __future__ import annotations

import re

import pytest

from tests.support.databases import each_database
from tests.support.rest import Rest, Talk, ok
from tests.tickets.life import Time, audits, changed, opened, shown


def surveys(rest: Rest, address: str) -> list[str]:
    return [each.text for each in rest.mails(address) if each.template == "survey"]


def links(text: str) -> tuple[str, str]:
    good, bad = re.findall(r"http\S+(/survey/\S+)", text)
    return good, bad


def solved(rest: Rest, talk: Talk, staff: dict[str, str]) -> int:
    number = opened(rest, talk)
    changed(rest, number, staff, status="solved")
    return number


@each_database
def test_a_click_asks_and_only_the_button_counts(rest: Rest) -> None:
    staff = rest.token_of("agent")
    number = solved(rest, rest.conversation("ana@example.com"), staff)
    _, bad = links(surveys(rest, "ana@example.com")[0])
    for _ in range(2):
        page = rest.http.get(bad)
        assert page.status_code == 200
        assert 'value="bad" required checked' in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
    assert shown(rest, number, staff)["satisfaction_rating"] == {"score": "offered"}
    done = rest.http.post(bad.partition("?")[0], data={"score": "bad", "comment": " Tardó <mucho> "})
    assert "Gracias" in done.text
    rating = shown(rest, number, staff)["satisfaction_rating"]
    assert (rating["score"], rating["comment"]) == ("bad", "Tardó <mucho>")
    assert [(each.ticket_id, each.data["score"]) for each in rest.events("rated")] == [(number, "bad")]
    events = audits(rest, number, staff)[-1]["events"]
    assert {each["field_name"]: each["value"] for each in events} == {
        "satisfaction_score": "bad",
        "satisfaction_comment": "Tardó <mucho>",
    }
    # Pressed again, it is changed, and what was written stays.
    rest.http.post(bad.partition("?")[0], data={"score": "good"})
    again = shown(rest, number, staff)["satisfaction_rating"]
    assert (again["score"], again["comment"]) == ("good", "Tardó <mucho>")


def test_it_is_asked_once_for_each_solving_and_an_old_link_is_over(rest: Rest) -> None:
    staff = rest.token_of("agent")
    talk = rest.conversation("ana@example.com")
    number = solved(rest, talk, staff)
    first, _ = links(surveys(rest, "ana@example.com")[0])
    ok(rest.http.put(f"/api/v2/requests/{number}", json={"request": {"solved": False}}, headers=talk.headers))
    assert "ya terminó" in rest.http.get(first).text
    changed(rest, number, staff, status="solved")
    assert len(surveys(rest, "ana@example.com")) == 2
    for answer in (rest.http.get(first), rest.http.post(first.partition("?")[0], data={"score": "good"})):
        assert "ya terminó" in answer.text
    assert shown(rest, number, staff)["satisfaction_rating"] == {"score": "offered"}
    second, _ = links(surveys(rest, "ana@example.com")[1])
    assert "ya terminó" not in rest.http.get(second).text


def test_it_speaks_the_customers_language_and_is_asked_in_the_chat_too(rest: Rest) -> None:
    staff = rest.token_of("agent")
    talk = rest.conversation("ana@example.com", language="pt")
    number = solved(rest, talk, staff)
    text = surveys(rest, "ana@example.com")[0]
    assert "foi resolvido" in text
    assert "Como foi a ajuda?" in rest.http.get(links(text)[0]).text
    messages = ok(rest.http.get(f"/chat/conversations/{talk.id}/messages", headers=talk.headers))["messages"]
    assert f"Seu chamado {number} foi resolvido" in messages[-1]["text"]


def test_a_link_that_was_made_up_rates_nothing(rest: Rest) -> None:
    staff = rest.token_of("agent")
    solved(rest, rest.conversation("ana@example.com"), staff)
    good, _ = links(surveys(rest, "ana@example.com")[0])
    path = good.partition("?")[0]
    other = path.replace("1001", "1002")
    for wrong in (path[:-1] + ("0" if path[-1] != "0" else "1"), other, "/survey/x", "/survey/1001-0-1-" + "0" * 32):
        assert rest.http.get(wrong).status_code == 404
        assert rest.http.post(wrong, data={"score": "good"}).status_code == 404
    assert rest.http.post(path, data={"score": "great"}).status_code == 422


def test_after_two_months_nobody_is_asked_any_more(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    staff = rest.token_of("agent")
    solved(rest, rest.conversation("ana@example.com"), staff)
    good, _ = links(surveys(rest, "ana@example.com")[0])
    time.now = time.now.replace(year=2027)
    assert "ya terminó" in rest.http.get(good).text


def test_solved_without_a_word_is_one_mail_that_tells_and_asks(rest: Rest) -> None:
    staff = rest.token_of("agent")
    talk = rest.conversation("ana@example.com")
    number = opened(rest, talk)
    changed(rest, number, staff, email_ccs=[{"user_email": "eva@example.com"}])
    before = len(rest.mails("ana@example.com"))
    changed(rest, number, staff, status="solved")
    [told] = rest.mails("ana@example.com")[before:]
    assert told.template == "survey"
    assert told.subject == f"Tu ticket {number} está resuelto: ¿cómo te fue?"
    text = surveys(rest, "ana@example.com")[0]
    assert f"/portal/tickets/{number}" in text
    # Who is in copy is not asked, but told.
    assert [each.template for each in rest.mails("eva@example.com")] == ["ticket_status"]
