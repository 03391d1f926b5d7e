"""What remains of an answer: the customer's own words, for every mail program and way of answering that we know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from api.mail_in.html_text import html_to_text
from api.mail_in.quoting import reply_only
from bot.catalog import load_catalog

FOLDER = Path(__file__).parent / "replies"
CATALOG = load_catalog()
MARKS = [CATALOG.wording(each).text("mail.answering.line") for each in CATALOG.languages]


def replies() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{path.stem}-{each['id']}", each)
        for path in sorted(FOLDER.glob("*.yml"))
        for each in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


REPLIES = replies()


def remaining(reply: dict[str, Any]) -> str:
    text = html_to_text(reply["html"]) if "html" in reply else str(reply["body"])
    return reply_only(text, marks=MARKS)


@pytest.mark.parametrize("reply", [each for _, each in REPLIES], ids=[name for name, _ in REPLIES])
def test_only_what_the_customer_wrote_remains(reply: dict[str, Any]) -> None:
    assert remaining(reply) == reply["expect"]


def test_there_are_answers_of_every_kind_in_every_language() -> None:
    assert len(REPLIES) >= 40
    for language in ("es", "en", "pt"):
        names = " ".join(name for name, _ in REPLIES if name.startswith(language))
        for client in (
            "gmail",
            "outlook-desktop",
            "outlook-web",
            "apple",
            "thunderbird",
            "yahoo",
            "samsung",
            "bottom",
            "inline",
        ):
            assert client in names, f"{language}: {client}"


WORDS = st.lists(
    st.sampled_from(["no", "puedo", "entrar", "al", "panel", "since", "monday", "erro", "na", "tela", "ok", "123"]),
    min_size=1,
    max_size=12,
)
OWN = st.lists(WORDS.map(" ".join), min_size=1, max_size=5).map("\n".join)


@settings(deadline=None, max_examples=40)
@given(
    OWN,
    st.lists(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=60), max_size=6),
    st.sampled_from(
        [
            "El 21/11/26 a las 10:02, Ana escribió:",
            "On 21/11/2026 10:02, Ann wrote:",
            "Em 21/11/2026 10:02, Ana escreveu:",
        ]
    ),
)
def test_what_stands_above_a_quotation_remains_whole(own: str, quoted: list[str], head: str) -> None:
    text = f"{own}\n\n{head}\n" + "\n".join(f"> {line}" for line in quoted or ["x"])
    assert reply_only(text) == own


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=400))
def test_any_text_is_read_and_no_word_is_added(text: str) -> None:
    found = reply_only(text, marks=MARKS)
    assert set(found.split()) <= set(text.replace("\r", "\n").split())


@pytest.mark.parametrize(
    "line",
    ["> ", "On 1 wrote", "El 1 <a@b", "De: x", "-- ", "\n", "________", "a@", "Enviado desde mi x\n", " ", "El lunes "],
)
def test_hostile_text_takes_no_long_time(line: str) -> None:
    # A rule of quadratic cost would run into the test's limit.
    assert len(reply_only((line * 60_000)[:60_000], marks=MARKS)) <= 60_000
