"""The part of the benchmark that times the encoder."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tools.bench.encoder import ENGINES, THREADS, Alike, EncoderMeasured, Loaded, Timed, Timings
from tools.bench.machine import Machine, this_machine
from tools.bench.page import Results, render
from tools.bench.results import Result


def measured(int8: float, least: float) -> EncoderMeasured:
    times = {"stock": 10.0, "fp32": 5.0, "int8": int8}
    return EncoderMeasured(
        timings=Timings(
            timed=[
                Timed(engine=engine, threads=threads, milliseconds=[times[engine]] * 9, passages_per_second=[50.0] * 3)
                for engine in ENGINES
                for threads in THREADS
            ],
            alike=[Alike(engine="fp32", least=1.0, mean=1.0), Alike(engine="int8", least=least, mean=0.997)],
        ),
        loaded=[Loaded(engine=engine, seconds=1.5, mebibytes=160.0) for engine in ENGINES],
    )


@pytest.fixture(scope="module")
def machine() -> Machine:
    return this_machine().model_copy(update={"at": datetime(2026, 1, 1, tzinfo=UTC)})


def test_the_page_tells_how_much_faster_than_the_library(machine: Machine) -> None:
    page = render(Results(encoder=Result(machine=machine, measured=measured(2.0, 0.994))))
    assert "5.0 x faster (5.0-5.0) | >= 2.5 x | met" in page
    assert "| 0.994 | 0.997 | 160 | 1.5 |" in page


def test_the_page_tells_what_was_missed(machine: Machine) -> None:
    page = render(Results(encoder=Result(machine=machine, measured=measured(5.0, 0.97))))
    assert "- The encoder against its targets: Least cosine is 0.970" in page.split("## ")[0]
    assert page.count("**missed**") == 3
