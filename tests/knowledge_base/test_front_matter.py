from __future__ import annotations

import pytest

from knowledge_base.sources.front_matter import FrontMatterInvalid, split_document
from tests.support.limits import no_runaway


def refused(front: str) -> FrontMatterInvalid:
    with pytest.raises(FrontMatterInvalid) as caught:
        split_document(f"---\n{front}\n---\nText.\n")
    return caught.value


def test_front_matter_and_body_are_told_apart() -> None:
    document = split_document("---\ntitle: 'It''s'\nhidden: true\ntags: [a, b]\n---\n# Text\n")
    assert document.fields == {"title": "It's", "hidden": True, "tags": ["a", "b"]}
    assert document.body == "# Text\n"
    assert split_document("# Text\n---\n").body == "# Text\n---\n"


@pytest.mark.parametrize(
    "value", ["010", "1_000", "0x1F", "1e3", "12:30:45", "2024-13-45", "0x" + "f" * 20_000, "1:" * 9_000 + "1.5"]
)
@pytest.mark.parametrize("tag", ["", "!!int ", "!!float ", "!!timestamp "])
def test_numbers_and_dates_stay_as_they_are_written(value: str, tag: str) -> None:
    assert split_document(f"---\ntitle: {tag}{value}\n---\nText.\n").fields == {"title": value}


@pytest.mark.parametrize(
    ("front", "line", "reason"),
    [
        ("title: A\nb: &b [x]\nc: *b", 4, "aliases"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]", 3, "aliases"),
        ("title: A\ntags: [a, b\nstatus: X", 4, "broken"),
        ("title: A\n\tb: c", 3, "broken"),
        ("- a\n- b", 2, "key: value"),
        ("just words", 2, "key: value"),
        ("a: !!python/object/apply:os.system [x]", 2, "broken"),
        ("[a, b]: c", 2, "broken"),
        ("a: " + "[" * 60_000, 2, "nested too deeply"),
        ("a: " + "{b: " * 15_000, 2, "nested too deeply"),
        ("- " * 30_000, 2, "nested too deeply"),
        ("\n".join(f"{' ' * level}a:" for level in range(300)) + " [" * 200, 62, "nested too deeply"),
        ("a: '" + "x" * 60_000, 2, "broken"),
        ("a: \x07", 2, "broken"),
        ("a: " + "x" * 70_000, 2, "larger than 64 kB"),
        ("a: |\n" + "  x\n" * 30_000, 16385, "larger than 64 kB"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(front: str, line: int, reason: str) -> None:
    with no_runaway():
        error = refused(front)
    assert (error.line, reason in error.reason) == (line, True)


def test_ten_megabytes_of_front_matter_are_not_given_to_a_parser() -> None:
    with no_runaway():
        assert "larger" in refused("a: " + "&a " * 3_500_000).reason
