"""The section on how long the way to a ticket is when nothing helps."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np

from tools.bench.conversations import ConversationsMeasured, Simulated
from tools.bench.results import Result
from tools.bench.simulated import STYLES
from tools.bench.tables import measured_on, prose, table, verdict
from tools.bench.truths import LANGUAGES, SCENARIOS

MEDIAN_TARGET, P90_TARGET, ANSWER_TARGET = 10, 14, 3


def conversations_section(result: Result[ConversationsMeasured]) -> list[str]:
    found = result.measured.conversations
    lines = ["## Messages to a ticket when nothing helps", "", *measured_on(result.machine)]
    lines += table(("", "value", "target", ""), _targets(found))
    lines += table(
        (
            "simulated customers",
            "number",
            "messages p50",
            "p90",
            "most",
            "all p50",
            "p90",
            "most",
            "to topics",
            "to an answer",
            "asked again",
        ),
        [
            *(_row(f"style `{style}`", [each for each in found if each.style == style]) for style in STYLES),
            *(_row(f"scenario `{name}`", [each for each in found if each.scenario == name]) for name in SCENARIOS),
            *(_row(f"language `{name}`", [each for each in found if each.language == name]) for name in LANGUAGES),
            _row("all", found),
        ],
    )
    lines += [
        prose("""Simulated anonymous customers talk to the whole copilot over the chat's HTTP contract. Each has a problem of
        their own and everything that a ticket about it would hold; to every answer they say that it did not help, and patient
        ones tell it in other words where they are asked to. *Messages* are the customer's, from the first to the one that
        opens the ticket, address and code not counted; *all* counts those too. *To topics* is the most that any needed
        until something was found for them, an answer or topics to choose from, *to an answer* until an answer (these
        customers choose no topic); who asks for a person first is in neither. *Asked again* counts questions for what the
        same customer had already told, or shown by writing in it (the language)."""),
        "",
        *table(("field of the ticket", "right", "wrong", "missing"), _fields(found)),
        prose("""Each opened ticket is read back as the staff reads it and compared with what its customer knows, told or not:
        a field is missing that nobody asked for and nobody told."""),
        "",
    ]
    again = Counter(asks for each in found for asks in each.repeated)
    if again:
        named = ", ".join(f"`{asks}` {count} times" for asks, count in again.most_common())
        lines += [f"Asked although it was told: {named}.", ""]
    return lines


def _targets(found: Sequence[Simulated]) -> list[list[str]]:
    opened = [each for each in found if each.opened]
    median = statistics.median(each.without_address for each in found)
    p90 = _p90([each.messages for each in found])
    first = _most(found, "first_found")
    again = sum(len(each.repeated) for each in found)
    return [
        ["customers whose ticket was opened", f"{len(opened)}", f"{len(found)}", verdict(len(opened) == len(found))],
        ["messages, median", f"{median:g}", f"<= {MEDIAN_TARGET}", verdict(median <= MEDIAN_TARGET)],
        ["messages with address and code, p90", f"{p90:g}", f"<= {P90_TARGET}", verdict(p90 <= P90_TARGET)],
        [
            "messages to the first answer or topics to choose from, most",
            f"{first}",
            f"<= {ANSWER_TARGET}",
            verdict(first <= ANSWER_TARGET),
        ],
        ["questions for what was told before", f"{again}", "0", verdict(again == 0)],
    ]


def _row(name: str, found: Sequence[Simulated]) -> list[str]:
    if not found:
        return [name, "0", *["-"] * 9]
    without, every = [each.without_address for each in found], [each.messages for each in found]
    return [
        name,
        str(len(found)),
        *(f"{value:g}" for value in (statistics.median(without), _p90(without), max(without))),
        *(f"{value:g}" for value in (statistics.median(every), _p90(every), max(every))),
        str(_most(found, "first_found") or "-"),
        str(_most(found, "first_answer") or "-"),
        str(sum(len(each.repeated) for each in found)),
    ]


def _fields(found: Sequence[Simulated]) -> list[list[str]]:
    every = [field for each in found for field in each.fields]
    names = list(dict.fromkeys(field.name for field in every))
    rows = []
    for name in (*names, None):
        fields = [field for field in every if name in (field.name, None)]
        right = sum(field.right for field in fields)
        missing = sum(field.got is None for field in fields)
        counts = [str(right), str(len(fields) - right - missing), str(missing)]
        rows.append([f"`{name}`" if name else "all", *counts])
    return rows


def _most(found: Sequence[Simulated], name: Literal["first_found", "first_answer"]) -> int:
    return max((getattr(each, name) or 0 for each in found), default=0)


def _p90(values: Sequence[int]) -> float:
    return float(np.percentile(values, 90))
