"""The section on retrieval."""

from __future__ import annotations

from knowledge_base.measures import Retrieval
from tools.bench.results import Result
from tools.bench.retrieval import IMPORTED, SAMPLE, Corpus, RetrievalMeasured
from tools.bench.tables import measured_on, prose, table, verdict

# (recall@1, recall@5) that each corpus should reach over its answerable questions.
TARGETS: dict[str, tuple[float | None, float]] = {SAMPLE: (None, 0.90), IMPORTED: (0.50, 0.70)}
RIVALS = {"bm25": "BM25 alone", "minilm": "MiniLM alone", "chars": "character n-grams alone"}
# The ones that the whole has to beat.
TO_BEAT = ("bm25", "minilm")


def retrieval_section(result: Result[RetrievalMeasured]) -> list[str]:
    lines = ["## Retrieval", "", *measured_on(result.machine)]
    for corpus in result.measured.corpora:
        lines += _corpus(corpus)
    if all(corpus.name != IMPORTED for corpus in result.measured.corpora):
        lines += [
            "No other corpus was measured: set COPILOT_BENCH_CORPUS (a folder of Markdown) and COPILOT_BENCH_QUERIES.",
            "",
        ]
    return lines


def _corpus(corpus: Corpus) -> list[str]:
    found = corpus.evaluation
    rows = [["**all of it, fused**", *_figures(found.all)]]
    rows += [[f"fused, {locale}", *_figures(each)] for locale, each in found.by_locale.items()]
    for rival in found.rivals:
        name = RIVALS.get(rival.name, rival.name)
        rows.append([name, *_figures(rival.all)])
        rows += [[f"{name}, {locale}", *_figures(each)] for locale, each in rival.by_locale.items()]
    lines = [
        f"### {corpus.name.capitalize()}",
        "",
        f"{corpus.first.articles} articles, {corpus.first.passages} passages. A whole new index took "
        f"{corpus.first.seconds:.1f} s, the same again with its vectors kept {corpus.again.seconds:.1f} s. A search takes "
        f"{found.search_ms_p50:.1f} ms (p50), {found.search_ms_p95:.1f} ms (p95).",
        "",
        *table(("", "questions", "recall@1", "recall@5", "MRR"), rows),
    ]
    at_1, at_5 = TARGETS[corpus.name]
    checks = [
        ["recall@5", _number(found.all.recall_at_5), f">= {at_5:.2f}", verdict((found.all.recall_at_5 or 0) >= at_5)]
    ]
    if at_1 is not None:
        checks.insert(
            0,
            [
                "recall@1",
                _number(found.all.recall_at_1),
                f">= {at_1:.2f}",
                verdict((found.all.recall_at_1 or 0) >= at_1),
            ],
        )
    for rival in found.rivals:
        if rival.name in TO_BEAT:
            gain = rival.fusion_gains
            for depth, value, interval in (
                (1, gain.recall_at_1, gain.recall_at_1_interval),
                (5, gain.recall_at_5, gain.recall_at_5_interval),
            ):
                shown = f"{value:+.3f} [{interval[0]:+.3f}, {interval[1]:+.3f}]"
                checks.append([f"recall@{depth} over {RIVALS[rival.name]}", shown, "> 0", verdict(value > 0)])
    lines += table(("", "value [95 % interval]", "target", ""), checks)
    known = found.answerability
    lines += [
        prose(f"""Answered with confidence: {_share(known.answerable_answered)} of {known.answerable} answerable questions
        and {_share(known.unanswerable_answered)} of {known.unanswerable} that have no answer here; of all that were
        answered, the first three articles held the answer in {_share(known.precision_at_3)}. AUROC
        {_number(known.auroc)}."""),
        "",
    ]
    return lines


def _figures(found: Retrieval) -> list[str]:
    return [str(found.questions), _number(found.recall_at_1), _number(found.recall_at_5), _number(found.mrr)]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value * 100:.0f} %"
