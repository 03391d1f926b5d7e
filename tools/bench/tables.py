"""Markdown that every section of the page is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tools.bench.machine import Machine


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A pipe table; every column but the first is for figures and stands right."""
    return [
        "| " + " | ".join(head) + " |",
        "|---" + "|---:" * (len(head) - 1) + "|",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


def prose(text: str) -> str:
    """A paragraph that was wrapped in the source, as one line."""
    return " ".join(text.split())


def verdict(met: bool) -> str:
    return "met" if met else "**missed**"


def measured_on(machine: Machine) -> list[str]:
    """The line under a section's title."""
    shared = "; other work ran on the machine" if machine.load >= machine.cores else ""
    changed = f" with {machine.changed_files} files changed since" if machine.changed_files else ""
    return [
        f"Measured {machine.at:%Y-%m-%d %H:%M} UTC at commit {machine.commit}{changed}; "
        f"load average of the minute before: {machine.load:.2f}{shared}.",
        "",
    ]


def ms(value: float) -> str:
    return f"{value:.1f}"
