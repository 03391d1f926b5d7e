"""Safe HTML as plain values."""

from __future__ import annotations

from api.help_center.article_endpoints import tree_of
from knowledge_base.rendering import render_markdown


def test_an_article_becomes_texts_and_elements() -> None:
    html = render_markdown(
        '## One\n\nOpen **Reports** & [go](https://example.org/a?b=1&c=2).\n\n- a\n- b\n\n<img src="x">'
    )
    assert tree_of(html) == [
        ["h2", {"id": "one"}, "One"],
        "\n",
        [
            "p",
            {},
            "Open ",
            ["strong", {}, "Reports"],
            " & ",
            ["a", {"href": "https://example.org/a?b=1&c=2", "rel": "noopener noreferrer"}, "go"],
            ".",
        ],
        "\n",
        ["ul", {}, "\n", ["li", {}, "a"], "\n", ["li", {}, "b"], "\n"],
        "\n",
        ["p", {}],
    ]


def test_what_is_never_closed_ends_with_its_parent_and_what_was_never_opened_is_left_out() -> None:
    assert tree_of("<ul><li>a<li>b</ul></p>c<br>d") == [
        ["ul", {}, ["li", {}, "a", ["li", {}, "b"]]],
        "c",
        ["br", {}],
        "d",
    ]
