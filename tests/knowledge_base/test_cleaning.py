from __future__ import annotations

import pytest

from knowledge_base.cleaning import clean_markdown
from knowledge_base.markdown import plain_text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Use [!DNL Redis] and [!UICONTROL Save]", "Use Redis and Save"),
        ("a<br>b", "a\nb"),
        ("<u>under</u> <b>bold</b>", "under bold"),
        ("before <!-- never\nshown --> after", "before after"),
        ("![A red button](a b.png){width=40}", "A red button"),
        ("+++Why?\nBecause.\n+++", "Why?\nBecause."),
        ('<div class="alert alert-warning">Mind the gap</div>', "Mind the gap"),
        (">⚠️ Careful", "Careful"),
        ("> [!NOTE]\n>\n> Read me", "Read me"),
        ("__bold__ and **bold**", "bold and bold"),
        ("a &quot;b&quot;", 'a "b"'),
        ("<table><tr><td>A</td><td>B</td></tr><tr><td>1</td><td>2|3</td></tr></table>", "A | B\n1 | 2|3"),
        ("<script>alert(1)</script>text", "text"),
        ('<a href="https://x.example/y z">there</a>', "there"),
    ],
)
def test_foreign_notations_read_as_their_words(written: str, read: str) -> None:
    assert plain_text(written) == read


@pytest.mark.parametrize("code", ["`<b>` and `[!DNL x]`", "```html\n<b>x</b> <!-- kept -->\n```", "~~~\n[!DNL x]\n~~~"])
def test_code_stays_as_it_is(code: str) -> None:
    kept = clean_markdown(code)
    assert "<b>" in kept or "[!DNL x]" in kept
    if code.startswith(("```", "~~~")):
        assert kept == code


def test_words_in_angle_brackets_that_are_no_tags_stay() -> None:
    assert plain_text("Type <your-name> here") == "Type <your-name> here"
