"""The dashboard's pages: who sees them, in which words, and what they say of an address that cannot be read."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Tree

import pytest

from api.identity.models import StaffUser
from api.identity.passwords import hash_password
from api.leads.pages import PAGES
from tests.leads.conftest import Opener
from tests.support.rest import Rest

PASSWORD = "correct horse battery"


@pytest.fixture
def eva(rest: Rest) -> str:
    """A lead with a password."""
    with rest.database.write() as session:
        session.add(StaffUser(email="eva@team.example", name="Eva", role="lead", password_hash=hash_password(PASSWORD)))
    return "eva@team.example"


def test_a_lead_signs_in_by_the_form_and_comes_to_where_they_wanted(rest: Rest, eva: str) -> None:
    asked = rest.http.get("/leads/overview?lang=en&range=7")
    assert asked.status_code == 200
    assert 'name="back" value="/leads/overview?lang=en&amp;range=7"' in asked.text
    form = {"email": eva, "password": PASSWORD, "back": "/leads/overview?lang=en&range=7"}
    entered = rest.http.post("/leads/sign-in", data=form, follow_redirects=False)
    assert (entered.status_code, entered.headers["location"]) == (303, form["back"])
    page = rest.http.get(form["back"])
    assert "Signed in as Eva" in page.text
    assert page.headers["cache-control"] == "no-store"
    out = rest.http.post("/leads/sign-out", headers={"Origin": "http://testserver"}, follow_redirects=False)
    assert out.status_code == 303
    assert 'type="password"' in rest.http.get("/leads").text


@pytest.mark.parametrize(
    "back", ["https://evil.example/leads", "//evil.example/leads", "/leadsx", "/desk", "/leads\\..\\x"]
)
def test_the_sign_in_leads_nowhere_but_to_the_dashboard(rest: Rest, eva: str, back: str) -> None:
    form = {"email": eva, "password": PASSWORD, "back": back}
    entered = rest.http.post("/leads/sign-in", data=form, follow_redirects=False)
    assert entered.headers["location"] == "/leads"


def test_a_wrong_password_is_said_in_the_page(rest: Rest, eva: str) -> None:
    answer = rest.http.post("/leads/sign-in?lang=pt", data={"email": eva, "password": "wrong"})
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert 'lang="pt"' in answer.text
    assert f'value="{eva}"' in answer.text


def test_another_site_cannot_sign_its_visitor_in_or_out(rest: Rest, eva: str) -> None:
    form = {"email": eva, "password": PASSWORD}
    headers = {"Origin": "https://evil.example"}
    assert rest.http.post("/leads/sign-in", data=form, headers=headers).status_code == 403
    rest.http.post("/leads/sign-in", data=form)
    assert rest.http.post("/leads/sign-out", headers=headers).status_code == 403


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_an_agent_is_told_whom_to_ask(rest: Rest, language: str) -> None:
    answer = rest.http.get(f"/leads?lang={language}", headers=rest.token_of("agent", "ben@team.example"))
    assert answer.status_code == 403
    words = rest.catalog.wording(language)
    assert words.text("web.leads.said.forbidden.title") in answer.text
    assert "ben@team.example" in answer.text


def test_a_customer_is_asked_to_sign_in_as_staff(rest: Rest) -> None:
    answer = rest.http.get("/leads", headers=rest.token_of("customer"))
    assert 'type="password"' in answer.text


@pytest.mark.parametrize("language", ["es", "en", "pt"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there_before_anything_happened(look: Opener, page: str, language: str) -> None:
    answer = look(f"/leads/{page}", lang=language)
    assert "web." not in re.sub(r"<[^>]+>", " ", answer.text)
    assert f'<html lang="{language}">' in answer.text
    assert 'aria-current="page"' in answer.text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", answer.text)
    assert all(Tree.fromstring(each) is not None for each in re.findall(r"<svg.*?</svg>", answer.text, re.DOTALL))  # noqa: S314


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"from": "2026-03-10", "to": "2026-03-01"}, "ends before it begins"),
        ({"from": "2010-01-01", "to": "2026-01-01"}, "at most 1100 days"),
        ({"language": "<b>xx"}, "there is no “&lt;b&gt;xx” here"),
        ({"to": "soon"}, "“soon” is not a date"),
    ],
)
def test_an_address_that_cannot_be_read_says_how_to_mend_it(
    look: Opener, parameters: dict[str, str], said: str
) -> None:
    answer = look("/leads", status=422, **parameters)
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_what_is_no_page_is_said_so(look: Opener) -> None:
    assert "There is nothing here" in look("/leads/nothing", status=404).text
    assert "There is nothing here" in look("/leads/overview/nothing.csv", status=404).text


def test_the_pulse_is_for_leads(rest: Rest, look: Opener) -> None:
    assert look("/leads/pulse").json() == {"newest": 0}
    assert rest.http.get("/leads/pulse").status_code == 401
