"""`python -m tools.bench [part ...]`: measure the parts (all without an argument) and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from tools.bench import (
    alerts,
    burst,
    conversations,
    encoder,
    files,
    gaps,
    leads,
    live,
    retrieval,
    rivals,
    start,
    tickets,
    turns,
    vectors,
    widget,
)
from tools.bench.machine import this_machine
from tools.bench.page import PAGE, newest_results, render
from tools.bench.processes import BenchError
from tools.bench.results import Result, keep

# In this order: the start leaves the index and the model that the others serve, retrieval the indexes of the rivals.
PARTS = (
    "start",
    "turns",
    "burst",
    "retrieval",
    "rivals",
    "vectors",
    "encoder",
    "conversations",
    "alerts",
    "live",
    "files",
    "tickets",
    "leads",
    "gaps",
    "widget",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}, or `page`: only render again")
    parser.add_argument("--rounds", type=int, default=turns.ROUNDS, help="of turns (default: %(default)s)")
    parser.add_argument("--index", type=Path, help="for gaps: an index that lacks the topics asked about")
    parser.add_argument(
        "--questions", type=Path, help="for gaps: questions, a JSON object a line (tools/bench/gaps.py)"
    )
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - {*PARTS, "page"}
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)} and page")
    measures: dict[str, Callable[[], BaseModel]] = {
        "start": start.measure,
        "turns": lambda: turns.measure(arguments.rounds),
        "burst": burst.measure,
        "retrieval": retrieval.measure,
        "rivals": rivals.measure,
        "vectors": vectors.measure,
        "encoder": encoder.measure,
        "conversations": conversations.measure,
        "alerts": alerts.measure,
        "live": live.measure,
        "files": files.measure,
        "tickets": tickets.measure,
        "leads": leads.measure,
        "gaps": lambda: gaps.measure(arguments.index, arguments.questions),
        "widget": widget.measure,
    }
    for part in PARTS:
        if arguments.parts and part not in arguments.parts:
            continue
        print(f"bench: {part} ...", file=sys.stderr, flush=True)
        began, machine = time.monotonic(), this_machine()
        try:
            measured = measures[part]()
        except BenchError as error:
            print(f"bench: {part} could not be measured: {error}", file=sys.stderr)
            return 1
        keep(part, Result(machine=machine, measured=measured))
        print(f"bench: {part} measured in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    PAGE.write_text(render(newest_results(), before), encoding="utf-8")
    print(f"bench: written to {PAGE.name}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
