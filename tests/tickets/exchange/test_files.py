"""Files of tickets, read and written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import Invalid
from api.tickets.exchange.files import UnreadableFile, format_of, guarded, read_lines, unguarded
from api.tickets.exchange.records import Format, Line, LineProblem


def lines_of(tmp_path: Path, content: str | bytes, kind: Format) -> list[Line | LineProblem]:
    path = tmp_path / f"tickets.{kind}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_lines(path, kind))


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r a\n")))
def test_what_looks_like_a_formula_is_guarded_and_comes_back_as_it_was(cell: str) -> None:
    shown = guarded(cell)
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(shown) == cell


def test_the_format_is_the_ending_unless_it_is_said() -> None:
    assert format_of(Path("a.CSV"), None) == "csv"
    assert format_of(Path("a.csv"), "jsonl") == "jsonl"
    with pytest.raises(Invalid, match="--format"):
        format_of(Path("a.xls"), None)


def test_a_record_over_several_lines_is_named_by_its_first(tmp_path: Path) -> None:
    text = 'subject,description,tags,field:category\n\n"a","1\n2\n3","x, y",question\nb,c,"[""z""]",\n'
    assert lines_of(tmp_path, text, "csv") == [
        Line(3, {"fields": {"category": "question"}, "subject": "a", "description": "1\n2\n3", "tags": ["x", "y"]}),
        Line(6, {"fields": {}, "subject": "b", "description": "c", "tags": ["z"]}),
    ]


def test_lines_that_cannot_be_read_are_named_and_the_others_read(tmp_path: Path) -> None:
    found = lines_of(tmp_path, '{"subject": "a"}\nnonsense\n\n[1]\n{"subject": "b"}\n' + "[" * 100_000, "jsonl")
    assert [each.number if isinstance(each, Line) else -each.line for each in found] == [1, -2, -4, 5, -6]
    found = lines_of(tmp_path, "subject,tags\na,[x\na\na,b,c\nb,\n", "csv")
    assert [each.number if isinstance(each, Line) else -each.line for each in found] == [-2, -3, -4, 5]


@pytest.mark.parametrize(
    ("content", "kind", "line", "says"),
    [
        (b"subject,description\na,b\nc,\xff\n", "csv", 3, "UTF-8"),
        (b'{"subject": "a"}\n\xe1\n', "jsonl", 2, "UTF-8"),
        (b"subject,colour\na,b\n", "csv", 1, "colour"),
        (b"subject,subject\na,b\n", "csv", 1, "twice"),
        (b"", "csv", 1, "heading"),
        (b'subject,description\na,b\nc,"d', "csv", 3, "quote"),
        (b'subject,description\na,"b"c\n', "csv", 2, "quote"),
    ],
)
def test_a_file_that_cannot_be_read_on_says_where_and_why(
    tmp_path: Path, content: bytes, kind: Format, line: int, says: str
) -> None:
    with pytest.raises(UnreadableFile) as caught:
        lines_of(tmp_path, content, kind)
    assert caught.value.problem.line == line
    assert says in caught.value.problem.cure
