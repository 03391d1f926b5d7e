"""The confusion matrix as a picture: rows are what was meant, columns what was heard. Plain SVG, nothing to install."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

_CELL, _LEFT, _TOP = 26, 170, 170


def confusion_svg(counts: Mapping[tuple[str, str], int], title: str) -> str:
    """Each row is shaded by its share (0 white, 1 dark blue; mistakes in red) and holds its counts."""
    intents = sorted({name for pair in counts for name in pair})
    size = _CELL * len(intents)
    width, height = _LEFT + size + 20, _TOP + size + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11" '
        f'role="img" aria-label="{escape(title)}">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="10" y="20" font-size="13" font-weight="bold">{escape(title)}</text>',
        '<text x="10" y="38" fill="#555">rows: meant; columns: heard</text>',
    ]
    for place, name in enumerate(intents):
        middle = place * _CELL + _CELL / 2
        parts.append(f'<text x="{_LEFT - 6}" y="{_TOP + middle + 4:g}" text-anchor="end">{escape(name)}</text>')
        x = _LEFT + middle + 4
        parts.append(f'<text transform="translate({x:g} {_TOP - 6}) rotate(-60)">{escape(name)}</text>')
    for row, meant in enumerate(intents):
        whole = sum(counts.get((meant, heard), 0) for heard in intents)
        for column, heard in enumerate(intents):
            count = counts.get((meant, heard), 0)
            x, y = _LEFT + column * _CELL, _TOP + row * _CELL
            fill = _shade(count / whole if whole else 0.0, right=row == column)
            parts.append(
                f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" fill="{fill}" stroke="#ddd"/>'
                + (
                    f'<text x="{x + _CELL / 2:g}" y="{y + _CELL / 2 + 4:g}" text-anchor="middle" '
                    f'fill="{"#fff" if row == column and count > whole / 2 else "#111"}">{count}</text>'
                    if count
                    else ""
                )
            )
    return "\n".join([*parts, "</svg>", ""])


def _shade(share: float, *, right: bool) -> str:
    dark = (26, 84, 144) if right else (200, 40, 40)
    strength = share if right else min(1.0, share * 3)  # one mistake in twelve has to be seen, too
    return "#" + "".join(f"{round(255 - (255 - each) * strength):02x}" for each in dark)
