"""The section on alerts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.bench.alerts import AlertsMeasured
from tools.bench.results import Result
from tools.bench.tables import measured_on, ms, prose, table, verdict

TARGET = 5000.0


def alerts_section(result: Result[AlertsMeasured]) -> list[str]:
    measured = result.measured
    rows = [
        *_rows(f"{len(measured.alone)} outages, one after the other", measured.alone),
        *_rows(f"{len(measured.at_once)} outages at the same moment", measured.at_once),
    ]
    return [
        "## From the confirmed outage to the alert",
        "",
        *measured_on(result.machine),
        prose("""From sending the confirmed outage (`POST /api/v2/requests` of a conversation) until a listener on a real
        socket has the signed alert, through the endpoints, SQLite and the workers of one process. The mail server is
        down in the worst way: it takes connections and never answers. Milliseconds."""),
        "",
        *table(("", "value", "target", ""), rows),
        prose(f"""Meanwhile {measured.mails_waiting} mails of these alerts waited for the mail server and
        {measured.mails_sent} were sent."""),
        "",
    ]


def _rows(name: str, timings: Sequence[float | None]) -> list[list[str]]:
    came = [each for each in timings if each is not None]
    p50, p99 = (float(np.percentile(came, share)) for share in (50, 99))
    return [
        [f"{name}: alerts that arrived", f"{len(came)} of {len(timings)}", "all", verdict(len(came) == len(timings))],
        [f"{name}: p50", ms(p50), "", ""],
        [f"{name}: p99", ms(p99), f"<= {TARGET:.0f}", verdict(p99 <= TARGET)],
        [f"{name}: slowest", ms(max(came)), "", ""],
    ]
