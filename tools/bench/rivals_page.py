"""The section on what else a help desk could search with."""

from __future__ import annotations

from knowledge_base.measures import Interval
from tools.bench.results import Result
from tools.bench.rivals import WHOLE, Beside, RivalsMeasured, Side
from tools.bench.tables import measured_on, ms, prose, table, verdict

NAMES = {
    WHOLE: "**all of it**",
    "bm25": "BM25 alone",
    "minilm-faiss": "MiniLM with FAISS",
    "rrf": "reciprocal-rank fusion",
    "sqlite-fts5": "SQLite FTS5",
    "postgresql": "PostgreSQL full text",
}
TO_BEAT = ("bm25", "minilm-faiss")


def rivals_section(result: Result[RivalsMeasured]) -> list[str]:
    lines = [
        "## Search beside what else there is",
        "",
        *measured_on(result.machine),
        prose("""Every question was asked of each search in turn, in one process, of the articles of its own language. SQLite
        and PostgreSQL index whole articles with their titles weighed most, ask for any word, fold accents and leave small
        words out; PostgreSQL stems each language. MiniLM's time is its encoder's. A search that has no probability is judged
        by the score of what it puts first. Differences are ours minus theirs, with paired 95 % intervals."""),
        "",
    ]
    for each in result.measured.corpora:
        lines += _beside(each)
    return lines


def _beside(found: Beside) -> list[str]:
    quality = [
        [NAMES.get(side.name, side.name), _number(side.all.recall_at_1), _number(side.all.recall_at_5),
         _number(side.all.mrr), _number(side.few_shared.recall_at_5 if side.few_shared else None),
         _number(side.auroc), _number(side.answer_rate), ms(side.p50), ms(side.p95), _seconds(side.build_seconds)]
        for side in found.sides
    ]  # fmt: skip
    return [
        f"### {found.corpus.capitalize()}: {found.questions} questions, {found.articles} articles",
        "",
        *table(
            ("", "recall@1", "recall@5", "MRR", "recall@5, few shared words", "AUROC", "answered at 90 %", "p50 ms",
             "p95 ms", "build s"),
            quality,
        ),
        *table(("all of it minus", "recall@1", "recall@5", "AUROC"), [_gains(each) for each in found.sides if each.gains]),
        *table(("", "gain [95 % interval]", "target", ""), [row for each in found.sides for row in _wins(each)]),
    ]  # fmt: skip


def _gains(side: Side) -> list[str]:
    gains, known = side.gains, side.answerability_gains
    if gains is None:
        return []
    auroc = _signed(known.auroc, known.auroc_interval) if known else "-"
    return [
        NAMES.get(side.name, side.name),
        _signed(gains.recall_at_1, gains.recall_at_1_interval),
        _signed(gains.recall_at_5, gains.recall_at_5_interval),
        auroc,
    ]


def _wins(side: Side) -> list[list[str]]:
    """A win over either of the two that have to be beaten excludes zero."""
    if side.name not in TO_BEAT or side.gains is None:
        return []
    gains, hard, known = side.gains, side.few_shared_gains, side.answerability_gains
    found: list[tuple[str, float, Interval]] = [
        ("recall@1", gains.recall_at_1, gains.recall_at_1_interval),
        ("recall@5", gains.recall_at_5, gains.recall_at_5_interval),
    ]
    if hard:
        found.append(("recall@5, few shared words", hard.recall_at_5, hard.recall_at_5_interval))
    if known and known.auroc is not None and known.auroc_interval is not None:
        found.append(("AUROC", known.auroc, known.auroc_interval))
        found.append(("answered at 90 %", known.answer_rate, known.answer_rate_interval))
    return [
        [f"{what} over {NAMES[side.name]}", _signed(value, interval), "interval > 0", verdict(interval[0] > 0)]
        for what, value, interval in found
    ]


def _signed(value: float | None, interval: Interval | None) -> str:
    return "-" if value is None or interval is None else f"{value:+.3f} [{interval[0]:+.3f}, {interval[1]:+.3f}]"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
