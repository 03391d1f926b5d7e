"""The sections on turns: one beside stock Rasa's, and sixty at once."""

from __future__ import annotations

from collections import Counter

from tools.bench.burst import BurstMeasured
from tools.bench.results import Result
from tools.bench.stats import Interval, ratio_interval, spread
from tools.bench.tables import measured_on, ms, prose, table, verdict
from tools.bench.turns import COPILOT, QUESTIONS_A_CONVERSATION, STOCK, STOCK_SQLITE, TurnsMeasured

TITLES = {
    COPILOT: "copilot: search turn, committed to SQLite",
    STOCK: "stock Rasa: idle action, tracker in memory",
    STOCK_SQLITE: "stock Rasa: idle action, tracker in SQLite",
}
TARGETS = {50.0: 1.0, 95.0: 1.15}


def ratios(measured: TurnsMeasured, side: str) -> dict[float, Interval]:
    """Ours over a side's, by percentile, over all counted turns."""
    pairs = [(each.of(COPILOT), each.of(side)) for each in measured.conversations if any(each.counted)]
    ours, theirs = [ours for ours, _ in pairs], [theirs for _, theirs in pairs]
    return {percentile: ratio_interval(ours, theirs, percentile) for percentile in TARGETS}


def turns_section(result: Result[TurnsMeasured]) -> list[str]:
    measured = result.measured
    rounds = sorted({each.round for each in measured.conversations})
    every = {side: [value for each in measured.conversations for value in each.of(side)] for side in TITLES}
    asked = sum(len(each.counted) for each in measured.conversations)
    counted = len(every[COPILOT])
    lines = ["## A search turn beside an action turn of stock Rasa", "", *measured_on(result.machine)]
    lines += [
        prose(f"""Ours: `POST /chat/conversations/{{id}}/messages` until the committed reply has been read, through api, Rasa,
        action server and search. Theirs: `POST /webhooks/rest/webhook` of Rasa 3.6.21 as it comes, with the same trained
        model and domain, and rasa-sdk with an action of the same name that does nothing.
        {len(measured.conversations)} conversations in {len(rounds)} rounds, each driven on every side one after the other
        (who is first changes), {QUESTIONS_A_CONVERSATION} questions each in es, en or pt, no text asked twice. All stacks
        run the whole time, one is driven at a time, over one connection a
        conversation. Milliseconds."""),
        "",
    ]
    rows = []
    for side, title in TITLES.items():
        figures = spread(every[side])
        rows.append(
            [title, str(figures.count), ms(figures.p50), ms(figures.p95), ms(figures.mean), ms(figures.slowest)]
        )
    lines += table(("", "turns", "p50", "p95", "mean", "slowest"), rows)
    against = ratios(measured, STOCK)
    rows = [
        [
            f"p{percentile:.0f}",
            _interval(ratio),
            f"<= {TARGETS[percentile]:.2f}",
            verdict(ratio.value <= TARGETS[percentile]),
        ]
        for percentile, ratio in against.items()
    ]
    lines += table(("ours / stock in memory", "ratio [95 % interval]", "target", ""), rows)
    rows = [[f"p{percentile:.0f}", _interval(ratio)] for percentile, ratio in ratios(measured, STOCK_SQLITE).items()]
    lines += table(("ours / stock in SQLite", "ratio [95 % interval]"), rows)
    rows = []
    for number in rounds:
        row = [str(number + 1)]
        spreads = {
            side: spread([value for each in measured.conversations if each.round == number for value in each.of(side)])
            for side in TITLES
        }
        for side in TITLES:
            row += [ms(spreads[side].p50), ms(spreads[side].p95)]
        row.append(f"{spreads[COPILOT].p50 / spreads[STOCK].p50:.2f} / {spreads[COPILOT].p95 / spreads[STOCK].p95:.2f}")
        rows.append(row)
    head = ("round", "copilot p50", "p95", "stock p50", "p95", "stock SQLite p50", "p95", "ratio p50 / p95")
    lines += table(head, rows)
    turns = sum(len(each.counted) for each in measured.conversations)
    spent: dict[str, Counter[str]] = {side: Counter() for side in TITLES}
    for each in measured.conversations:
        for side in TITLES:
            spent[side].update(each.cpu[side])
    rows = [
        [
            title,
            ", ".join(f"{name} {ms(value / turns)}" for name, value in spent[side].most_common()),
            ms(spent[side].total() / turns),
        ]
        for side, title in TITLES.items()
    ]
    lines += table(("processor time a turn", "by process", "all"), rows)
    calls = ", ".join(f"{count} turns with {number}" for number, count in measured.stock_actions.items())
    lines += [
        "How to read it:",
        "",
        prose(f"""- {counted} of {asked} questions count: those that were a search here and ran the idle action there. Action
        calls on the stock sides: {calls}."""),
        prose("""- The stock conversation's first turn gives language and scenario in one payload; its questions are its turns
        2 to 10. Ours takes two buttons, so the same questions are one turn further on."""),
        prose("""- Ours ends on disk (two transactions with `synchronous=FULL`); the tracker in memory that it is compared
        with keeps nothing. The tracker in SQLite is the nearest that stock Rasa has to the same promise."""),
        prose("""- What differs by design: the answer's JSON schema is checked by a validator that is built once
        (`bot/guards.py`), actions get the part of the tracker that they read, and no tracker is stored or grows; against
        that, two commits and the search. The share of each was not measured apart here."""),
        prose(
            """- A ratio is called met by its value; where its interval reaches over the target, another run may miss it."""
        ),
        "- The interval is a bootstrap over conversations, each drawn with its partner.",
        "",
    ]
    return lines


def burst_section(result: Result[BurstMeasured]) -> list[str]:
    turns = result.measured.turns
    figures = spread([turn.milliseconds for turn in turns])
    outcomes = {name: sum(turn.outcome == name for turn in turns) for name in sorted({turn.outcome for turn in turns})}
    answered = outcomes.get("answered", 0)
    return [
        f"## {len(turns)} turns at once",
        "",
        *measured_on(result.machine),
        f"One question each in {len(turns)} conversations, all sent at the same moment. Milliseconds from that moment.",
        "",
        *table(
            ("", "value", "target", ""),
            [
                ["answered", f"{answered} of {len(turns)}", "all", verdict(answered == len(turns))],
                ["p50", ms(figures.p50), "", ""],
                ["slowest", ms(figures.slowest), "", ""],
                ["all together", ms(result.measured.seconds * 1000), "", ""],
                ["turns a second", f"{len(turns) / result.measured.seconds:.1f}", "", ""],
                ["one turn alone, just before", ms(result.measured.alone), "", ""],
            ],
        ),
        *(
            ["Outcomes: " + ", ".join(f"{name} {count}" for name, count in outcomes.items()) + ".", ""]
            if len(outcomes) > 1
            else []
        ),
    ]


def _interval(ratio: Interval) -> str:
    return f"{ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"
