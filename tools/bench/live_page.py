"""The section on replies that show at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.bench.live import LiveMeasured
from tools.bench.results import Result
from tools.bench.tables import measured_on, ms, prose, table, verdict

TARGET = 2000.0


def live_section(result: Result[LiveMeasured]) -> list[str]:
    measured = result.measured
    rows = [
        *_rows("open chat", measured.chat_here),
        *_rows("portal", measured.portal_here),
        *_rows("open chat, at another replica", measured.chat_elsewhere),
        *_rows("portal, at another replica", measured.portal_elsewhere),
    ]
    look = float(np.percentile(measured.looks, 50))
    return [
        "## From an agent's reply to the customer's screen",
        "",
        *measured_on(result.machine),
        prose(f"""From sending the reply (`PUT /api/v2/tickets/{{id}}`) until the customer's event stream has it, over real
        sockets, {len(measured.chat_here)} replies with uneven pauses. Another replica of the api learns of it by one look a
        second at the database. Milliseconds."""),
        "",
        *table(("", "value", "target", ""), rows),
        prose(f"""One look takes {look:.2f} ms (median) with {measured.messages:,} messages in the table, however many
        streams are open."""),
        "",
    ]


def _rows(name: str, timings: Sequence[float]) -> list[list[str]]:
    slowest = max(timings)
    return [
        [f"{name}: p50", ms(float(np.percentile(timings, 50))), "", ""],
        [f"{name}: slowest", ms(slowest), f"<= {TARGET:.0f}", verdict(slowest <= TARGET)],
    ]
