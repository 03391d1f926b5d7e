"""The part of the benchmark that loads the widget in a page."""

from __future__ import annotations

from tools.bench.machine import this_machine
from tools.bench.page import Results, render
from tools.bench.results import Result
from tools.bench.widget import Opening, WidgetMeasured


def _measured(usable: float, moved: float, grown: int, size: int) -> str:
    measured = WidgetMeasured(
        slower=4,
        sizes={"support-copilot.js": size},
        openings=[Opening(usable=usable + extra, load=100) for extra in (-10, 0, 900)],
        shop=[Opening(usable=700, load=650)],
        clicked=[180.0],
        moved=moved,
        messages=200,
        heap_before=1_000_000,
        heap_after=1_000_000 + grown,
    )
    return render(Results(widget=Result(machine=this_machine(), measured=measured)))


def test_the_widgets_figures_stand_beside_their_targets() -> None:
    page = _measured(usable=240, moved=0, grown=2 * 2**20, size=25_000)
    assert "| all that it loads, gzipped | 25,000 bytes | <= 30,000 | met |" in page
    assert "4x slower, p50 of 3 | 240.0 ms | <= 300 ms | met |" in page
    assert "| a click at that moment to the open panel | 180.0 ms |" in page
    assert "| a usable launcher in the demo shop | 700.0 ms |" in page
    assert "| memory after 200 messages | +2.00 MiB | <= 5 MiB | met |" in page
    assert "No target that was measured was missed." in page


def test_what_the_widget_misses_is_told_first() -> None:
    page = _measured(usable=340, moved=0.01, grown=6 * 2**20, size=31_000)
    missed = page[: page.index("## A search turn")]
    assert missed.count("The widget in a page: ") == 4
