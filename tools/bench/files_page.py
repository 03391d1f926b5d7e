"""The section on files."""

from __future__ import annotations

from tools.bench.files import FilesMeasured
from tools.bench.results import Result
from tools.bench.tables import measured_on, prose, table, verdict

# Seconds of processor time a megabyte of text.
TARGET = 1.0


def files_section(result: Result[FilesMeasured]) -> list[str]:
    costs = result.measured.costs
    texts = [cost for cost in costs if cost.removed]
    rows = [
        [
            f"{cost.name}, CPU a megabyte",
            f"{cost.cpu / cost.megabytes:.2f} s",
            f"<= {TARGET:.0f} s",
            verdict(cost.cpu / cost.megabytes <= TARGET),
        ]
        for cost in texts
    ]
    lines = ["## Taking a file", "", *measured_on(result.machine), *table(("", "value", "target", ""), rows)]
    detail = [
        [cost.name, f"{cost.megabytes:.1f} MB", f"{cost.cpu:.2f} s", f"{cost.seconds:.2f} s", str(cost.removed)]
        for cost in costs
    ]
    lines += table(("a file", "size", "CPU", "wall", "removed"), detail)
    lines += [
        prose("""Each file is read by a child process with limits of memory and time; its start is part of every figure.
        Medians of three rounds. `removed` counts different values (`docs/attachments.md`)."""),
        "",
    ]
    return lines
