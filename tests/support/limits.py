"""A guard against code that runs away, in place of timed assertions.

How long something takes on a machine that does other things besides says nothing about the code: a document that is
handled in 0.2 s here took 1.004 s there. So a test asserts what comes out, under this guard; `make soak` and `make bench`
measure.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

RUNAWAY_SECONDS = 60.0


class RanAway(AssertionError):
    """The code under test was interrupted in the middle of its work."""


@contextlib.contextmanager
def no_runaway(seconds: float = RUNAWAY_SECONDS) -> Iterator[None]:
    """Interrupts what runs in it once it has used `seconds` of processor time, however long it has waited for its turn.

    For the main thread only, and not in itself. RanAway, where it is interrupted; a call into a library that looks at
    no signals is interrupted when it returns.
    """

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise RanAway(f"it is not done after {seconds:g} s of processor time, which is far too much: it runs away")

    before = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
