"""What is shown of a passage: word for word, steps whole, code as it stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.articles import Article, Passage
from knowledge_base.chunking import passages_of
from knowledge_base.markdown import plain_text
from knowledge_base.snippets import MAX_CHARACTERS, MAX_LIST_CHARACTERS, Excerpt, Span, excerpt, excerpt_html
from knowledge_base.text import terms

FILLER = "The panel keeps a record of what each colleague does during the day. "


def asked(question: str, markdown: str, language: str = "en", context: str = "") -> Excerpt:
    return excerpt(
        plain_text(markdown), frozenset(terms(question, language)), language, markdown=markdown, context=context
    )


def words(found: Excerpt, spans: tuple[Span, ...]) -> list[str]:
    return [found.text[span.start : span.end] for span in spans]


def steps(found: Excerpt) -> list[tuple[int, str]]:
    return [(step.number, found.text[step.start : step.end]) for step in found.steps]


def test_the_sentences_that_hold_the_question_are_chosen_wherever_they_stand() -> None:
    text = FILLER * 12 + "A refund reaches the card within five days. " + FILLER * 12
    found = asked("when does the refund reach my card", text)
    assert found.text.startswith("A refund reaches the card within five days.")
    assert len(found.text) <= MAX_CHARACTERS
    assert words(found, found.highlights) == ["refund reaches", "card"]


def test_a_sentence_at_the_end_comes_with_what_it_refers_to() -> None:
    text = FILLER * 6 + "Refunds are counted on the day of the sale. That is why July can shrink in August."
    found = asked("why did my July shrink", text)
    assert "Refunds are counted on the day of the sale. That is why July" in found.text
    assert len(found.text) <= MAX_CHARACTERS


def test_where_nothing_of_the_question_is_said_the_first_sentences_are_shown() -> None:
    found = asked("zebra", "Stores open at nine. " + FILLER * 12)
    assert found.text.startswith("Stores open at nine.")
    assert found.highlights == ()


def test_a_rare_word_weighs_more_than_a_frequent_one() -> None:
    text = f"Every order has a number. {FILLER * 6}Antifraud holds it back. {FILLER * 6}"
    question = frozenset(terms("order antifraud", "en"))
    heavy = excerpt(text, question, "en", weigh=lambda stem: 9.0 if stem.startswith("antifraud") else 0.1)
    light = excerpt(text, question, "en", weigh=lambda stem: 0.1 if stem.startswith("antifraud") else 9.0)
    assert heavy.text.startswith("Antifraud")
    assert light.text.startswith("Every order")


def test_what_title_and_heading_say_already_counts_less() -> None:
    text = f"Reports can be exported. {FILLER * 6}They are sent by mail on Mondays. {FILLER * 6}"
    alone = asked("reports by mail", text)
    below = asked("reports by mail", text, context="Reports")
    assert alone.text.startswith("Reports can be")
    assert below.text.startswith("They are sent")


def test_steps_are_shown_whole_with_their_introduction_and_numbers() -> None:
    markdown = "To export a report:\n\n1. Open **Reports**.\n1. Press _Export_.\n1. Choose the period.\n\nThat was all."
    for question in ("export a report", "choose the period", "zebra"):
        found = asked(question, markdown)
        assert steps(found) == [(1, "Open Reports."), (2, "Press Export."), (3, "Choose the period.")]
        assert found.text.startswith("To export a report:\n1. Open Reports.")
        assert not found.continues


def test_what_belongs_to_a_step_stays_with_it() -> None:
    markdown = (
        "1. Open the store.\n   1. Sign in.\n   2. Pick a shop.\n2. Run this:\n\n   ```bash\n   $ shop sync\n   ```\n\n"
        "3. Check the result:\n   - green is fine\n   - red is not\n\nAfterwards close the window."
    )
    found = asked("sync", markdown)
    assert steps(found) == [
        (1, "Open the store.\n1. Sign in.\n2. Pick a shop."),
        (2, "Run this:\n$ shop sync"),
        (3, "Check the result:\n- green is fine\n- red is not"),
    ]
    assert words(found, found.code) == ["$ shop sync"]


def test_a_long_list_stops_between_two_steps_and_says_that_it_continues() -> None:
    markdown = "\n".join(f"{number}. Step {number}. {FILLER * 2}" for number in range(1, 15))
    found = asked("step", markdown)
    assert found.continues
    assert [number for number, _ in steps(found)] == list(range(1, len(found.steps) + 1))
    assert all(text.endswith("during the day.") for _, text in steps(found))
    assert len(found.text) <= MAX_LIST_CHARACTERS


def test_a_list_that_was_begun_in_another_passage_keeps_its_numbers() -> None:
    found = asked("save", "6. Fill in the form.\n7. Save.\n8. Wait for the mail.")
    assert [number for number, _ in steps(found)] == [6, 7, 8]


@pytest.mark.parametrize("text", ["2024. A year like any other.", "1. An only step.", "Version 1. 2. and 3. are gone."])
def test_a_number_before_a_sentence_makes_no_steps(text: str) -> None:
    assert asked("year step version", text).steps == ()


def test_two_lists_do_not_run_into_each_other() -> None:
    markdown = "On Linux:\n\n1. Unpack.\n2. Make.\n\nOn Windows:\n\n1. Run setup.\n2. Wait for windows."
    found = asked("setup", f"{FILLER * 5}\n\n{markdown}")
    assert steps(found) in ([(1, "Unpack."), (2, "Make.")], [(1, "Run setup."), (2, "Wait for windows.")])


def test_code_is_never_cut_into_sentences() -> None:
    code = 'print("Done. Next one!") # See Above. Then\n    return 1'
    found = asked("print", f"{FILLER * 5}\n\nUse this:\n\n```python\n{code}\n```\n\n{FILLER * 5}")
    assert words(found, found.code) == [code]
    assert found.text.startswith("Use this:\n")


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("exportación", "La exportacion de REPORTES.", ["exportacion"]),
        ("error LMB-4012", "Code LMB-4012 means no rights. LMB-4013 does not.", ["LMB-4012", "LMB"]),
        ("upgrade to 2.4.4", "Since 2.4.4 upgrades are quick; 2.4 is not.", ["2.4.4 upgrades"]),
        ("sesión", "Cerrar la sesio\u0301n ahora.", ["sesio\u0301n"]),
        ("the of a", "The order of a customer.", []),
    ],
)
def test_the_words_of_the_question_are_marked_in_whatever_form(question: str, text: str, marked: list[str]) -> None:
    language = "es" if "ó" in question else "en"
    found = excerpt(text, frozenset(terms(question, language)), language)
    assert words(found, found.highlights) == marked


def test_the_html_holds_marks_steps_and_code_and_nothing_that_runs() -> None:
    markdown = (
        "Press `<b>` & save:\n\n1. Save `<script>alert(1)</script>`.\n2. Run:\n\n   ```\n   save --all\n   ```\n\n"
        "3. Look:\n   - saved\n   - not"
    )
    found = asked("save", markdown)
    html = excerpt_html(found.text, found.highlights, found.steps, found.code)
    assert html == (
        "<p>Press &lt;b&gt; &amp; <mark>save</mark>:</p>"
        '<ol start="1"><li><p><mark>Save</mark> &lt;script&gt;alert(1)&lt;/script&gt;.</p></li>'
        "<li><p>Run:</p><pre><code><mark>save</mark> --all</code></pre></li>"
        "<li><p>Look:</p><ul><li><mark>saved</mark></li><li>not</li></ul></li></ol>"
    )


def test_a_sentence_that_is_too_long_is_cut_at_a_word() -> None:
    found = asked("word", "word " * 500)
    assert len(found.text) <= MAX_CHARACTERS
    assert found.text.endswith("word…")


_MARKDOWN = st.lists(
    st.sampled_from(
        [
            "Open the panel. Then wait! Is it there?",
            "1. First of all, save.",
            "2. Press **Export** (see [here](a.md)).",
            "3. Done.",
            "   1. Inside.",
            "- a bullet\n- another",
            "```\ncode. Line One\n\n  2. code\n```",
            "    indented code",
            "| a | b |\n|---|---|\n| 1. x | y |",
            "> [!NOTE]\n> Mind this. Or not.",
            "ﬁnal straße İstanbul e\u0301 🙂 2.4.4 ERR-1",
            "",
            "word " * 90,
        ]
    )
    | st.text(max_size=60),
    max_size=14,
)


@given(lines=_MARKDOWN, question=st.text(max_size=40) | st.sampled_from(["save export", "code line", "2.4.4", "word"]))
@settings(max_examples=150, deadline=None)
def test_nothing_is_ever_shown_that_is_not_in_the_article(lines: list[str], question: str) -> None:
    for passage in _passages("\n\n".join(lines)):
        found = excerpt(
            passage.text, frozenset(terms(question, "en")), "en", markdown=passage.markdown, context=passage.title
        )
        shown = found.text.removesuffix("…")
        assert shown in passage.text
        assert len(found.text) <= MAX_LIST_CHARACTERS
        for ranges in (found.highlights, found.steps, found.code):
            ends = [0, *(at for span in ranges for at in (span.start, span.end)), len(found.text)]
            assert ends == sorted(ends)
        for step in found.steps:
            assert re.search(rf"(^|\n){step.number}\. $", found.text[: step.start])
        numbers = [step.number for step in found.steps]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
        excerpt_html(found.text, found.highlights, found.steps, found.code)


def _passages(markdown: str) -> list[Passage]:
    return passages_of(Article("a", "en", "Saving", "/help/en/a", markdown, "en/a.md"))
