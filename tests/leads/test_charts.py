"""Drawings: well-formed, named, without style or script, and true to their figures."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Tree

import pytest
from markupsafe import Markup

from api.leads import charts
from api.leads.charts import Mark, Point, Series

HOSTILE = '<script>alert(1)</script>" onload="x'
NAMES = {"svg": ""}


def number(value: float) -> str:
    return f"{value:g}"


def drawings(title: str = "Outcomes") -> list[Markup]:
    series = [Series(title, "confirmed", [1, None, 3.5]), Series("b", "assumed", [0, 2, 4], dashed=True)]
    labels = [title, "b", "c"]
    return [
        charts.lines(series, labels, title=title, shown=number, marks=[Mark(1, title)], desc=title),
        charts.stacked(series, labels, title=title, shown=number, marks=[Mark(1, title)]),
        charts.heat([[0, 2], [4, 1]], [title, "y"], ["0", title], title=title, shown=number),
        charts.curve([Point(0.2, 0.9, ""), Point(0.8, 0.7, "")], [Point(0.5, 0.8, title)], title=title, shown=number,
                     across=title, up=title),
        charts.sparkline([1, None, 3, 2], title=title),
    ]  # fmt: skip


@pytest.mark.parametrize("drawing", drawings())
def test_every_drawing_is_well_formed_and_has_a_name(drawing: Markup) -> None:
    root = Tree.fromstring(drawing)  # noqa: S314 - our own
    assert root.get("role") == "img"
    assert root.findtext("title") == "Outcomes"
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=", drawing)


@pytest.mark.parametrize("drawing", drawings(HOSTILE))
def test_names_from_outside_stay_text(drawing: Markup) -> None:
    root = Tree.fromstring(drawing)  # noqa: S314 - our own
    assert root.findtext("title") == HOSTILE
    assert {each.tag for each in root.iter()}.isdisjoint({"script"})
    assert all("onload" not in each.attrib for each in root.iter())


def test_a_gap_is_no_zero() -> None:
    drawn = charts.lines([Series("a", "main", [1, 2, None, 4, 3])], list("abcde"), title="t", shown=number)
    assert drawn.count("<polyline") == 2
    alone = charts.lines([Series("a", "main", [None, 2, None])], list("abc"), title="t", shown=number)
    assert alone.count("<circle") == 1


def test_layers_of_a_column_are_as_high_as_their_values() -> None:
    drawn = charts.stacked(
        [Series("a", "confirmed", [1]), Series("b", "assumed", [3]), Series("c", "abandoned", [0])],
        ["x"], title="t", shown=number,
    )  # fmt: skip
    heights = [float(each) for each in re.findall(r'class="tone-\w+".*?height="([\d.]+)"', drawn)]
    assert len(heights) == 2
    assert heights[1] == pytest.approx(3 * heights[0], rel=0.01)


@pytest.mark.parametrize(
    ("highest", "end"), [(0, 4), (0.4, 0.4), (0.41, 0.6), (1, 1), (3, 4), (17, 20), (61, 80), (9_000, 10_000)]
)
def test_a_scale_ends_a_little_above_what_it_shows(highest: float, end: float) -> None:
    assert charts.nice(highest) == pytest.approx(end)


def test_nothing_to_draw_is_drawn_without_an_error() -> None:
    assert charts.sparkline([None, 3], title="t") == ""
    assert "<svg" in charts.lines([], [], title="t", shown=number)
    assert "<svg" in charts.stacked([], [], title="t", shown=number)
    assert "<svg" in charts.heat([], [], [], title="t", shown=number)
    assert "<svg" in charts.bar([(0, "main")], 0)
