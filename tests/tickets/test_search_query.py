"""The search language, read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.tickets.search_query import LONGEST_QUERY, MOST_PARTS, Property, SearchQuery, SearchRefused, Words, parse_query

PIECES = st.sampled_from(
    [
        "status",
        "priority",
        "created",
        "tags",
        "type",
        "ticket",
        "custom_field_",
        "order_by",
        "sort",
        "requester",
        "none",
        "me",
        ":",
        "<",
        ">",
        "<=",
        ">=",
        "-",
        '"',
        "*",
        " ",
        "\t",
        "\n",
        "\x00",
        "\ud800",
        "ñ",
        "2026-01-31",
        "4hours",
        "open",
        "a b",
        "//",
    ]
)


def one(text: str) -> Property:
    (found,) = parse_query(text).properties
    return found


def test_a_query_is_words_phrases_and_keywords() -> None:
    assert parse_query('Pagó -factura "No Carga" repor* status:open -priority>=high type:ticket') == SearchQuery(
        words=(
            Words(("pago",)),
            Words(("factura",), negated=True),
            Words(("no", "carga")),
            Words(("repor",), prefix=True),
        ),
        properties=(
            Property("status", ":", "open", "status:open"),
            Property("priority", ">=", "high", "-priority>=high", negated=True),
        ),
        types=("ticket",),
        type_given=True,
    )


def test_a_keyword_takes_a_phrase_and_any_case() -> None:
    assert one('Subject:"no carga"') == Property("subject", ":", "no carga", 'Subject:"no carga"', quoted=True)
    assert one("custom_field_Platform:x").field == "platform"
    assert one("created:>2026-01-31").operator == ">"


def test_a_word_with_signs_inside_is_a_phrase_and_signs_alone_are_nothing() -> None:
    assert parse_query("front-end !!! https://shop.example/a") == SearchQuery(
        words=(Words(("front", "end")), Words(("https", "shop", "example", "a")))
    )


def test_a_keyword_narrows_the_kinds_of_result() -> None:
    assert parse_query("status:open").types == ("ticket",)
    assert parse_query("email:ana@example.com").types == ("user",)
    assert parse_query("name:ana").types == ("user", "organization", "group")
    assert parse_query("ana type:user type:group").types == ("user", "group")


def test_the_order_may_stand_in_the_query() -> None:
    found = parse_query("* order_by:created sort:asc")
    assert (found.sort, found.descending) == ("created_at", False)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "blank"),
        ('"no carga', "'\"no carga'"),
        ("colour:red", "'colour:red'"),
        ("status:", "'status:'"),
        ("type:comment", "'type:comment'"),
        ("-type:ticket", "'-type:ticket'"),
        ("tags<a", "'tags<a'"),
        ("a*", "'a*'"),
        ("*carga", "'*carga'"),
        ("order_by:colour", "'order_by:colour'"),
        ("sort:up", "'sort:up'"),
        ("subject:!!", "'subject:!!'"),
        ("type:user status:open", "'status:open'"),
        ("email:a@b.example status:open", "'status:open'"),
        ("x " * (MOST_PARTS + 1), "parts"),
        ("x" * (LONGEST_QUERY + 1), "characters"),
    ],
)
def test_what_cannot_be_is_refused_by_name(query: str, named: str) -> None:
    with pytest.raises(SearchRefused) as caught:
        parse_query(query)
    assert named in caught.value.message
    assert caught.value.status == 422


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_query(text)
    except SearchRefused:
        return
    assert found.types
    assert all(each.words for each in found.words)
    assert all(word.isalnum() for each in found.words for word in each.words)
    assert all(each.value for each in found.properties)
