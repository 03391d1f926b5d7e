"""The section on start-up and memory."""

from __future__ import annotations

from tools.bench.results import Result
from tools.bench.start import StartMeasured
from tools.bench.tables import measured_on, prose, table, verdict

FIRST_TARGET, LATER_TARGET, MEMORY_TARGET = 360.0, 20.0, 1.6 * 1024


def start_section(result: Result[StartMeasured]) -> list[str]:
    measured = result.measured
    later = [start.seconds for start in measured.later]
    pss = sum(process.pss for process in measured.memory)
    rows = [
        [
            f"first `{measured.command}`: index and model made, database empty",
            f"{measured.first.seconds:.1f} s",
            f"<= {FIRST_TARGET:.0f} s",
            verdict(measured.first.seconds <= FIRST_TARGET),
        ],
        [
            f"later `{measured.command}`, slowest of {len(later)}",
            f"{max(later):.1f} s",
            f"<= {LATER_TARGET:.0f} s",
            verdict(max(later) <= LATER_TARGET),
        ],
        [
            f"memory of all processes, idle for {measured.idle_seconds:.0f} s",
            f"{pss / 1024:.2f} GiB",
            "<= 1.60 GiB",
            verdict(pss <= MEMORY_TARGET),
        ],
    ]
    lines = ["## Start-up and memory", "", *measured_on(result.machine), *table(("", "value", "target", ""), rows)]
    steps = list(dict.fromkeys(step for start in (measured.first, *measured.later) for step in start.steps))
    rows = []
    for name, start in (("first", measured.first), *((f"later {n}", each) for n, each in enumerate(measured.later, 1))):
        rest = start.seconds - sum(start.steps.values())
        rows.append(
            [name, *(f"{start.steps.get(step, 0.0):.1f}" for step in steps), f"{rest:.1f}", f"{start.seconds:.1f}"]
        )
    lines += table(("seconds", *steps, "environments, processes", "to ready"), rows)
    rows = [[f"`{process.name}`", f"{process.pss:.0f}", f"{process.rss:.0f}"] for process in measured.memory]
    lines += table(("process", "PSS MiB", "RSS MiB"), [*rows, ["all", f"{pss:.0f}", ""]])
    lines += [
        prose(f"""From typing `{measured.command}` to the first success of `/health/ready`, asked ten times a second. The
        packages were installed before, and their files were in the page cache: a first read from a disk comes on top.
        Memory is the sum of PSS (`/proc/*/smaps_rollup`), the supervisor included; RSS counts shared pages in every
        process."""),
        "",
    ]
    return lines
