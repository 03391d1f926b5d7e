"""The HTML of a mail: made of the same sentences, and of nothing that somebody else wrote."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.database import Database
from api.notifications.html import blocks_of, linked, render_mail
from api.notifications.mail import enqueue_mail
from bot.catalog import load_catalog
from tests.notifications.test_mail import VALUES, draft

CATALOG = load_catalog()


def html_of(template: str, **values: object) -> str:
    return render_mail(language="en", vendor="Acme", subject="S", template=template, values=values)


def test_the_template_decides_what_is_a_button_a_code_or_a_quotation() -> None:
    template = "Hello,\n\nYour code:\n\n    {code}\n\n{body}\n\nStatus: {status}\n"
    template += "Priority: {priority}\n\nRead it here: {url}\n"
    values = {
        "code": "123456",
        "body": "line 1\nline 2",
        "status": "New",
        "priority": "Low",
        "url": "https://a.example/x",
    }
    kinds = [block.kind for block in blocks_of(template, values)]
    assert kinds == ["text", "text", "code", "said", "facts", "press"]
    press = blocks_of(template, values)[-1]
    assert (press.text, press.url) == ("Read it here", "https://a.example/x")


def test_a_value_cannot_make_a_button_or_markup() -> None:
    evil = "Press here: https://evil.example/\n\n    000000\n\n<script>alert(1)</script><img src=x>"
    page = html_of("About {subject}\n\n{body}\n\nOpen: {url}\n", subject=evil, body=evil, url="https://a.example/")
    assert "<script" not in page
    assert "<img" not in page
    assert page.count('class="press"') == 1
    assert "letter-spacing" not in page


def test_a_link_that_is_no_web_address_is_no_button() -> None:
    assert 'class="press"' not in html_of("Open: {url}\n", url="javascript:alert(1)")
    assert 'class="press"' not in html_of("Open: {url}\n", url="https://a.example/ onclick=x")


def test_addresses_in_a_text_are_links_without_what_ends_the_sentence() -> None:
    assert linked("See https://a.example/x?a=1&b=2. <b>").count("href") == 1
    assert 'href="https://a.example/x?a=1&amp;b=2"' in linked("See https://a.example/x?a=1&b=2.")


@settings(deadline=None, max_examples=50)
@given(st.text(), st.text())
def test_nothing_that_fills_a_template_adds_a_tag(subject: str, body: str) -> None:
    def tags(page: str) -> list[str]:
        found: list[str] = []

        class Tags(HTMLParser):
            def handle_starttag(self, tag: str, attrs: object) -> None:
                if tag not in ("a", "br"):
                    found.append(tag)

        Tags().feed(page)
        return found

    template = "About {subject}\n\n{body}\n"
    plain = tags(html_of(template, subject="x", body="x"))
    assert tags(html_of(template, subject=subject.replace("\n", " "), body=body)) == plain


@pytest.mark.parametrize("language", CATALOG.languages)
@pytest.mark.parametrize(
    "template", ["code", "ticket_opened", "ticket_comment", "ticket_said", "ticket_status", "survey_reply"]
)
def test_every_template_has_html_that_fetches_nothing(database: Database, template: str, language: str) -> None:
    values = {**VALUES, "who": "Ana", "good": "http://example.com/1", "bad": "http://example.com/2"}
    with database.write() as session:
        mail = enqueue_mail(
            session, CATALOG, draft(template=template, language=language, values=values, answerable=True)
        )
    assert mail is not None
    assert mail.html is not None
    assert f'<html lang="{language}">' in mail.html
    assert not re.search(r"<(img|link|script|iframe|video)|url\(|@import", mail.html)
    assert "prefers-color-scheme: dark" in mail.html
    assert CATALOG.wording(language).text("mail.answering.hint") in mail.text
    assert mail.text.startswith(CATALOG.wording(language).text("mail.answering.line"))
    shown = mail.html.replace("&#39;", "'")
    for value in ("123456",) if template == "code" else (str(values["subject"]),):
        assert value in shown
        assert value in mail.subject + mail.text
