from __future__ import annotations

import signal

import pytest

from tests.support.limits import RanAway, no_runaway


def test_what_runs_away_is_interrupted_and_named() -> None:
    with pytest.raises(RanAway, match=r"after 0\.1 s of processor time"), no_runaway(0.1):
        _spin()


def test_what_ends_is_left_alone_and_the_guard_goes_with_it() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with no_runaway():
        pass
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGPROF) == before


def _spin() -> None:
    while True:
        pass
