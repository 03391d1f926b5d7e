"""What the pages show of conversations that took place, and that every figure leads to its rows."""

from __future__ import annotations

import csv
import html
import io
import json
import re

import pytest

from api.leads.pages import PAGES
from tests.leads.conftest import Opener, Past
from tests.support.rest import Answer, Rest


def table(look: Opener, page: str, section: str, **parameters: str) -> list[dict[str, str]]:
    text = look(f"/leads/{page}/{section}.csv", **parameters).text
    return list(csv.DictReader(io.StringIO(text)))


def words_of(answer: Answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def three(past: Past) -> list[str]:
    """One that was solved, one that became a ticket, one that was left in the form."""
    return [
        past.talk("asked_for_help", "answer", "solved_yes"),
        past.talk("asked_for_help", "answer", "solved_no", "ticket", language="pt"),
        past.talk("asked_for_help", "unsure", "form_step", confidence=0.3),
    ]


def test_every_figure_of_a_definition_leads_to_as_many_rows(look: Opener, three: list[str]) -> None:
    for row in table(look, "overview", "definitions"):
        found = look("/leads", definition=row["definition"]).text
        for half in ("numerator", "denominator"):
            match = re.search(
                r'class="formula".*?(?:<a href="([^"]+)">(\d+)</a>)(?: / <a href="([^"]+)">(\d+)</a>)', found
            )
            assert match, row
            url, number = match.groups()[:2] if half == "numerator" else match.groups()[2:]
            assert number == row[half]
            path, _, query = html.unescape(url).partition("?")
            rows = json.loads(look(f"{path}/rows.json", **dict(each.split("=") for each in query.split("&"))).text)[
                "rows"
            ]
            if row["definition"] != "self_service":
                assert len(rows) == int(number)


def test_outcomes_funnel_and_dimensions_say_what_happened(look: Opener, three: list[str]) -> None:
    outcomes = table(look, "overview", "outcomes")
    for name, number in {"asked": 3, "confirmed": 1, "escalated": 1, "abandoned": 1, "assumed": 0}.items():
        assert sum(int(row[name]) for row in outcomes) == number
    assert [row["conversations"] for row in table(look, "overview", "funnel")][:2] == ["3", "3"]
    assert {row["language"]: row["asked"] for row in table(look, "overview", "by-language")} == {"en": "2", "pt": "1"}
    left = table(look, "overview", "leaving")
    assert [(row["asks"], row["outcome"]) for row in left] == [("email", "abandoned")]
    assert "Nobody asked for help on these days" in words_of(look(language="es"))


def test_answers_articles_and_the_threshold(look: Opener, three: list[str]) -> None:
    (row,) = [
        each for each in table(look, "answers", "articles", language="en") if each["article"] == "export-sales-report"
    ]
    assert (row["found"], row["helped"], row["wrong"]) == ("2", "1", "0")
    rows = {row["precision"]: row for row in table(look, "answers", "threshold", precision="0.5")}
    assert rows["0.9"]["answered"] == "2"
    assert rows["0.5"]["answered"] == "3"
    assert "What if: 50%" in words_of(look("/leads/answers", precision="50"))


def test_tickets_and_value_count_the_same_conversations(look: Opener, three: list[str]) -> None:
    page = words_of(look("/leads/tickets"))
    assert "2 h 0 min" in page
    assert [row["tickets"] for row in table(look, "tickets", "by-category")] == ["1"]
    assert sum(int(row["solved"]) for row in table(look, "value", "months")) == 1


def test_the_transcript_tells_all_but_personal_data(look: Opener, three: list[str]) -> None:
    page = words_of(look(f"/leads/conversations/{three[1]}"))
    assert "[email]" in page
    assert "[card]" in page
    assert "ana@shop.example" not in page
    assert "4111" not in page
    assert "Escalated" in page
    assert "There is nothing here" in look("/leads/conversations/nobody", status=404).text


@pytest.mark.parametrize("page", PAGES)
def test_no_page_and_no_file_shows_personal_data(look: Opener, three: list[str], page: str) -> None:
    shown = look(f"/leads/{page}").text
    names = re.findall(r'href="(/leads/[^"]+\.csv)\?', shown)
    texts = [shown, *(look(name).text for name in names), *(look(name.replace(".csv", ".json")).text for name in names)]
    assert names or page in ("satisfaction", "gaps")
    assert all("ana@shop.example" not in each and "4111 1111" not in each for each in texts)


def test_a_lead_without_the_right_reads_no_conversation(rest: Rest, look: Opener, three: list[str]) -> None:
    rest.settings.leads.transcripts = ["admin", "boss@team.example"]
    assert "You may not read conversations" in look(f"/leads/conversations/{three[0]}", status=403).text
    assert "declined" not in look("/leads/review").text
    assert "You may not read" in look("/leads/review/1", form={"act": "right"}, status=403).text
    rest.settings.leads.transcripts = ["EVA@team.example"]
    look(f"/leads/conversations/{three[0]}")


def test_files_compute_nothing(past: Past, look: Opener) -> None:
    past.talk("asked_for_help", "answer", "solved_no", question="=HYPERLINK(1)")
    (row,) = table(look, "review", "answers")
    assert row["question"] == "'=HYPERLINK(1)"
    assert [each["outcome"] for each in table(look, "conversations", "rows")] == ["unanswered"]


def test_rows_go_on_and_a_lost_place_begins_anew(past: Past, look: Opener) -> None:
    past.talk("asked_for_help", "answer", "solved_yes")
    assert "The list begins anew" in look("/leads/conversations", cursor="nonsense").text
    assert "There is no set of rows" in look("/leads/conversations", rows="none-such").text
    assert len(table(look, "conversations", "rows", rows="confirmed")) == 1
    assert table(look, "conversations", "rows", rows="escalated") == []
