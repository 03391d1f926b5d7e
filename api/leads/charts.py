"""Drawings as SVG, made on the server: readable without a script, in any colour scheme, and printed.

No drawing carries a style: shapes have classes (`tone-<name>`), which leads.css colours. Each has a `<title>` and, where it
says more than that, a `<desc>`; the figures themselves are in the table behind it. Lengths are in the units of the viewBox.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 14, 30
# Labels below the axis: so many fit side by side, and half of them on a phone.
_MOST_LABELS = 8

Value = float | None
Format = Callable[[float], str]


@dataclass(frozen=True)
class Series:
    """One line, or one layer of a stack; None is a gap. `tone` is its class."""

    name: str
    tone: str
    values: Sequence[Value]
    dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """Something that happened at a place of the axis."""

    at: int
    text: str
    url: str = ""


@dataclass(frozen=True)
class Point:
    """A point of a curve; `x` and `y` are shares of 0 to 1."""

    x: float
    y: float
    text: str
    tone: str = ""


def lines(
    series: Sequence[Series],
    labels: Sequence[str],
    *,
    title: str,
    shown: Format,
    desc: str = "",
    marks: Sequence[Mark] = (),
    top: float | None = None,
) -> Markup:
    """Lines over time. `top`: the end of the scale, where that is known (1 for shares)."""
    highest = top or nice(max((value for each in series for value in each.values if value is not None), default=0.0))
    parts = [_axis(labels, highest, shown), _marks(marks, len(labels))]
    for each in series:
        dash = " dashed" if each.dashed else ""
        for run in _runs(each.values):
            points = [(_x(at, len(labels)), _y(value, highest)) for at, value in run]
            if len(points) == 1:
                (x, y) = points[0]
                parts.append(f'<circle class="dot tone-{escape(each.tone)}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
            else:
                path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
                parts.append(f'<polyline class="line tone-{escape(each.tone)}{dash}" points="{path}"/>')
    parts.append(_hovers(series, labels, shown))
    return _svg("".join(parts), title, desc)


def stacked(
    series: Sequence[Series],
    labels: Sequence[str],
    *,
    title: str,
    shown: Format,
    desc: str = "",
    marks: Sequence[Mark] = (),
) -> Markup:
    """Columns over time, one layer a series, the first one at the bottom."""
    count = len(labels)
    totals = [sum(each.values[at] or 0 for each in series) for at in range(count)]
    highest = nice(max(totals, default=0))
    step = (WIDTH - _LEFT - _RIGHT) / max(1, count)
    width = max(1.5, min(step * 0.78, 44))
    parts = [_axis(labels, highest, shown, columns=True), _marks(marks, count, columns=True)]
    for at in range(count):
        x = _LEFT + step * (at + 0.5) - width / 2
        below = 0.0
        for each in series:
            value = each.values[at] or 0
            if value <= 0:
                continue
            above = below + value
            y, height = _y(above, highest), _y(below, highest) - _y(above, highest)
            said = escape(f"{labels[at]}: {each.name} {shown(value)}")
            parts.append(
                f'<rect class="tone-{escape(each.tone)}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                f'height="{max(height, 0.6):.1f}"><title>{said}</title></rect>'
            )
            below = above
    return _svg("".join(parts), title, desc)


def sparkline(values: Sequence[Value], *, title: str) -> Markup:
    """A line without axes, as wide as a card."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(known), max(known)
    spread = (high - low) or 1.0
    width, height = 160, 36
    parts = []
    for run in _runs(values):
        points = " ".join(
            f"{at / max(1, len(values) - 1) * (width - 6) + 3:.1f},{height - 4 - (value - low) / spread * (height - 8):.1f}"
            for at, value in run
        )
        parts.append(f'<polyline class="line tone-main" points="{points}"/>')
    return Markup(  # noqa: S704 - numbers, and a title that is escaped
        f'<svg class="spark" viewBox="0 0 {width} {height}" role="img" preserveAspectRatio="none">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def bar(parts: Sequence[tuple[float, str]], whole: float) -> Markup:
    """A row's bar: (value, tone) side by side, as shares of `whole`. Says nothing by itself: its figures stand beside it."""
    drawn, x = [], 0.0
    for value, tone in parts:
        width = max(0.0, value) / whole * 100 if whole else 0.0
        if width > 0:
            drawn.append(f'<rect class="tone-{escape(tone)}" x="{x:.2f}" y="0" width="{width:.2f}" height="10"/>')
        x += width
    return Markup(  # noqa: S704 - numbers and our own names
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{''.join(drawn)}</svg>"
    )


def heat(
    rows: Sequence[Sequence[float]], names: Sequence[str], columns: Sequence[str], *, title: str, shown: Format
) -> Markup:
    """A row of squares a name, the darker the more."""
    highest = max((value for row in rows for value in row), default=0.0)
    left, size, gap = 44, 26, 2
    width, height = left + len(columns) * (size + gap), len(rows) * (size + gap) + 20
    parts = []
    for y, (name, row) in enumerate(zip(names, rows, strict=True)):
        top = y * (size + gap)
        parts.append(
            f'<text class="axis" x="{left - 8}" y="{top + size / 2 + 5}" text-anchor="end">{escape(name)}</text>'
        )
        for x, value in enumerate(row):
            level = math.ceil(value / highest * 5) if highest else 0
            said = escape(f"{name} {columns[x]}: {shown(value)}")
            parts.append(
                f'<rect class="heat-{level}" x="{left + x * (size + gap)}" y="{top}" width="{size}" height="{size}" rx="3">'
                f"<title>{said}</title></rect>"
            )
    for x, name in enumerate(columns):
        if x % 3 == 0:
            parts.append(
                f'<text class="axis" x="{left + x * (size + gap) + size / 2}" y="{height - 3}" '
                f'text-anchor="middle">{escape(name)}</text>'
            )
    return _svg("".join(parts), title, "", width=width, height=height, kind="heat")


def curve(
    points: Sequence[Point], marked: Sequence[Point], *, title: str, shown: Format, across: str, up: str, desc: str = ""
) -> Markup:
    """A curve of shares against shares, with points that are named on it."""
    low = min([0.5, *(each.y for each in points)])
    low = math.floor(low * 10) / 10

    def place(x: float, y: float) -> tuple[float, float]:
        span = 1 - low or 1.0
        return (
            _LEFT + x * (WIDTH - _LEFT - _RIGHT),
            _TOP + (1 - (y - low) / span) * (HEIGHT - _TOP - _BOTTOM - 14),
        )

    parts = []
    for step in range(5):
        y = low + (1 - low) * step / 4
        at = place(0, y)[1]
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text class="axis" x="{_LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{escape(shown(y))}</text>')
        x = place(step / 4, low)[0]
        anchor = "start" if step == 0 else "end" if step == 4 else "middle"
        parts.append(
            f'<text class="axis" x="{x:.1f}" y="{HEIGHT - 24}" text-anchor="{anchor}">{escape(shown(step / 4))}</text>'
        )
    parts.append(
        f'<text class="axis" x="{WIDTH - _RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{escape(across)} →</text>'
    )
    parts.append(f'<text class="axis" x="{_LEFT + 6}" y="{_TOP + 2}">↑ {escape(up)}</text>')
    path = " ".join("{:.1f},{:.1f}".format(*place(each.x, each.y)) for each in points)
    if len(points) > 1:
        parts.append(f'<polyline class="line tone-main" points="{path}"/>')
    for each in marked:
        x, y = place(each.x, each.y)
        near = x > WIDTH - 200
        parts.append(
            f'<circle class="mark tone-{escape(each.tone or "main")}" cx="{x:.1f}" cy="{y:.1f}" r="7">'
            f"<title>{escape(each.text)}</title></circle>"
            f'<text class="said" x="{x + (-12 if near else 12):.1f}" y="{y - 11:.1f}" '
            f'text-anchor="{"end" if near else "start"}">{escape(each.text)}</text>'
        )
    return _svg("".join(parts), title, desc)


def nice(highest: float) -> float:
    """The end of a scale that holds `highest`, such that its four parts are numbers that are easily read."""
    if highest <= 0:
        return 4.0
    if 1 < highest <= 40:
        return math.ceil(highest / 4) * 4.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(times * power for times in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if highest <= times * power + 1e-12)


def _svg(inside: str, title: str, desc: str, *, width: float = WIDTH, height: float = HEIGHT, kind: str = "") -> Markup:
    told = f"<desc>{escape(desc)}</desc>" if desc else ""
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<svg class="chart {kind}" viewBox="0 0 {width:g} {height:g}" role="img"><title>{escape(title)}</title>{told}'
        f"{inside}</svg>"
    )


def _x(at: int, count: int) -> float:
    span = WIDTH - _LEFT - _RIGHT
    return _LEFT + (span * at / (count - 1) if count > 1 else span / 2)


def _y(value: float, highest: float) -> float:
    span = HEIGHT - _TOP - _BOTTOM
    return _TOP + span * (1 - (min(value, highest) / highest if highest else 0))


def _axis(labels: Sequence[str], highest: float, shown: Format, *, columns: bool = False) -> str:
    parts = []
    for step in range(5):
        value = highest * step / 4
        y = _y(value, highest)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text class="axis" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(shown(value))}</text>'
        )
    every = max(1, math.ceil(len(labels) / _MOST_LABELS))
    for number, at in enumerate(range(0, len(labels), every)):
        x = _place(at, len(labels), columns=columns)
        minor = " minor" if number % 2 else ""
        anchor = (
            "start" if at == 0 and not columns else "end" if at == len(labels) - 1 and not columns and at else "middle"
        )
        parts.append(
            f'<text class="axis{minor}" x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{escape(labels[at])}</text>'
        )
    return "".join(parts)


def _place(at: int, count: int, *, columns: bool) -> float:
    if columns:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) / max(1, count) * (at + 0.5)
    return _x(at, count)


def _marks(marks: Sequence[Mark], count: int, *, columns: bool = False) -> str:
    parts = []
    for number, each in enumerate(marks, 1):
        x = _place(each.at, count, columns=columns)
        parts.append(
            f'<g class="happened"><title>{escape(each.text)}</title>'
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'
            f'<circle cx="{x:.1f}" cy="{_TOP}" r="8"/>'
            f'<text x="{x:.1f}" y="{_TOP + 4}" text-anchor="middle">{number}</text></g>'
        )
    return "".join(parts)


def _hovers(series: Sequence[Series], labels: Sequence[str], shown: Format) -> str:
    """What a pointer that rests on a place of the axis is told."""
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(labels))
    parts = []
    for at, label in enumerate(labels):
        said = [f"{each.name} {shown(value)}" for each in series if (value := each.values[at]) is not None]
        if said:
            x = _x(at, len(labels)) - step / 2
            parts.append(
                f'<rect class="hover" x="{x:.1f}" y="{_TOP}" width="{step:.1f}" height="{HEIGHT - _TOP - _BOTTOM}">'
                f"<title>{escape(label)}: {escape(' · '.join(said))}</title></rect>"
            )
    return "".join(parts)


def _runs(values: Sequence[Value]) -> list[list[tuple[int, float]]]:
    """Stretches without a gap, each value with its place."""
    found: list[list[tuple[int, float]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            if found[-1]:
                found.append([])
        else:
            found[-1].append((at, float(value)))
    return [run for run in found if run]
