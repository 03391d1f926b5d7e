"""A reliability plot as SVG, without a plotting library: readable on light and dark pages, by eye and by screen reader."""

from __future__ import annotations

from html import escape

from knowledge_base.reliability import Answerability, Bin, Calibration

_LEFT, _TOP, _SIDE = 64, 56, 360
_COUNTS_TOP, _COUNTS_HEIGHT = _TOP + _SIDE + 16, 56
_WIDTH, _HEIGHT = _LEFT + _SIDE + 24, _COUNTS_TOP + _COUNTS_HEIGHT + 56

# Colours by what a page is; the background is drawn too, so that an image viewer that knows no scheme is readable.
_STYLE = """
.page{fill:#fff}.ink{fill:#1b1f24}.soft{fill:#57606a}.grid{stroke:#d0d7de}.frame{stroke:#57606a;fill:none}
.ideal{stroke:#57606a;stroke-dasharray:5 4}.line{stroke:#0550ae;fill:none;stroke-width:2}.dot{fill:#0550ae}
.sure{stroke:#0550ae;stroke-width:1.5}.count{fill:#0550ae;opacity:.55}.threshold{stroke:#953800;stroke-width:1.5}
.note{fill:#953800}text{font:13px system-ui,sans-serif}.title{font-size:16px;font-weight:600}
@media (prefers-color-scheme:dark){.page{fill:#0d1117}.ink{fill:#e6edf3}.soft{fill:#9da7b3}.grid{stroke:#30363d}
.frame{stroke:#9da7b3}.ideal{stroke:#9da7b3}.line{stroke:#79c0ff}.dot{fill:#79c0ff}.sure{stroke:#79c0ff}
.count{fill:#79c0ff}.threshold{stroke:#ffa657}.note{fill:#ffa657}}
"""


def reliability_svg(found: Answerability, *, title: str = "Reliability of the confidence") -> str:
    """The plot as a whole SVG document. Raises `ValueError` where nothing was calibrated."""
    if found.calibration is None:
        raise ValueError("no question was asked: there is nothing to plot")
    known, total = found.calibration, found.answerable + found.unanswerable
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(_described(known, total))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{_WIDTH}" height="{_HEIGHT}"/>',
        f'<text class="ink title" x="{_LEFT}" y="24">{escape(title)}</text>',
        f'<text class="soft" x="{_LEFT}" y="44">{total} questions, calibration error '
        f"{known.expected_error:.3f}, Brier {known.brier:.3f}</text>",
        *_axes(),
        *_threshold(found),
        *_points(known.bins),
        *_counts(known.bins),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _described(known: Calibration, total: int) -> str:
    bins = "; ".join(
        f"at a confidence of {each.confidence:.2f}, {each.right:.0%} of {each.questions} were answered"
        for each in known.bins
    )
    return (
        "How often the first three articles held the answer (upwards) against the confidence (to the right); points on "
        f"the dashed diagonal keep exactly what they promise. {total} questions: {bins}."
    )


def _x(value: float) -> float:
    return round(_LEFT + value * _SIDE, 1)


def _y(value: float) -> float:
    return round(_TOP + (1 - value) * _SIDE, 1)


def _axes() -> list[str]:
    lines = []
    for step in range(6):
        value = step / 5
        x, y = _x(value), _y(value)
        lines += [
            f'<path class="grid" d="M{_LEFT} {y}H{_LEFT + _SIDE}M{x} {_TOP}V{_TOP + _SIDE}"/>',
            f'<text class="soft" x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{value:.1f}</text>',
            f'<text class="soft" x="{x}" y="{_COUNTS_TOP + _COUNTS_HEIGHT + 18}" text-anchor="middle">{value:.1f}</text>',
        ]
    middle = _TOP + _SIDE / 2
    return [
        *lines,
        f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}"/>',
        f'<path class="ideal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>',
        f'<text class="soft" x="{_LEFT + _SIDE / 2}" y="{_HEIGHT - 12}" text-anchor="middle">confidence</text>',
        f'<text class="soft" x="18" y="{middle}" text-anchor="middle" transform="rotate(-90 18 {middle})">'
        "share answered</text>",
    ]


def _threshold(found: Answerability) -> list[str]:
    if found.answer_rate_threshold is None or not found.answer_rate:
        return []
    x = _x(found.answer_rate_threshold)
    end = found.answer_rate_threshold > 0.5
    return [
        f'<path class="threshold" d="M{x} {_TOP}V{_TOP + _SIDE}"/>',
        f'<text class="note" x="{x + (-6 if end else 6)}" y="{_TOP + _SIDE - 8}" text-anchor="{"end" if end else "start"}">'
        f"{found.answer_rate:.0%} answered at {found.wanted_precision:.0%}</text>",
    ]


def _points(bins: list[Bin]) -> list[str]:
    path = "L".join(f"{_x(each.confidence)} {_y(each.right)}" for each in bins)
    marks = [f'<path class="line" d="M{path}"/>']
    for each in bins:
        low, high = each.right_interval
        x = _x(each.confidence)
        marks.append(f'<path class="sure" d="M{x} {_y(low)}V{_y(high)}M{x - 4} {_y(low)}h8M{x - 4} {_y(high)}h8"/>')
        marks.append(f'<circle class="dot" cx="{x}" cy="{_y(each.right)}" r="4.5"/>')
    return marks


def _counts(bins: list[Bin]) -> list[str]:
    most = max(each.questions for each in bins)
    marks = []
    for each in bins:
        height = round(each.questions / most * _COUNTS_HEIGHT, 1)
        left, right = _x(each.low) + 2, _x(each.high) - 2
        top = round(_COUNTS_TOP + _COUNTS_HEIGHT - height, 1)
        marks.append(
            f'<rect class="count" x="{left}" y="{top}" width="{round(right - left, 1)}" height="{height}">'
            f"<title>{each.questions} questions</title></rect>"
        )
    return [
        *marks,
        f'<text class="soft" x="{_LEFT - 8}" y="{_COUNTS_TOP + 10}" text-anchor="end">{most}</text>',
    ]
