"""docs/benchmarks.md, rendered from results."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from knowledge_base.evaluation import Evaluation, Rival
from knowledge_base.measures import Difference, Retrieval
from knowledge_base.reliability import Answerability
from tools.bench.burst import BurstMeasured, BurstTurn
from tools.bench.corpora import IMPORTED, SAMPLE, Built
from tools.bench.live import LiveMeasured
from tools.bench.machine import Machine, this_machine
from tools.bench.page import Results, newest_results, render
from tools.bench.processes import ProcessMemory, process_name
from tools.bench.results import Result, keep
from tools.bench.retrieval import Corpus, RetrievalMeasured
from tools.bench.rivals import Beside, RivalsMeasured, Side
from tools.bench.start import Start, StartMeasured, steps_in
from tools.bench.turns import COPILOT, STOCK, STOCK_SQLITE, PairedTurns, TurnsMeasured


@pytest.fixture
def machine() -> Machine:
    return Machine(
        cpu="A quick CPU",
        cores=2,
        memory_gib=8.0,
        system="Linux 6",
        python="3.11.7",
        rasa_python="3.10.13",
        commit="abc1234",
        changed_files=0,
        at=dt.datetime(2026, 1, 31, 12, 0, tzinfo=dt.UTC),
        load=0.1,
    )


def turns(ours: float, stock: float) -> TurnsMeasured:
    """Two rounds of one conversation each; the last question was no search."""
    return TurnsMeasured(
        conversations=[
            PairedTurns(
                round=number,
                language="es",
                milliseconds={COPILOT: [ours] * 8 + [1.0], STOCK: [stock] * 9, STOCK_SQLITE: [stock * 2] * 9},
                cpu={COPILOT: {"api.serve": 90.0}, STOCK: {"rasa": 180.0}, STOCK_SQLITE: {"rasa": 270.0}},
                counted=[True] * 8 + [False],
            )
            for number in range(2)
        ],
        stock_actions={1: 36},
    )


def started(first: float, later: float, pss: float) -> StartMeasured:
    return StartMeasured(
        command="make up",
        first=Start(seconds=first, steps={"database": 0.5, "help center index": 40.0}),
        later=[Start(seconds=later, steps={"database": 0.1})],
        memory=[ProcessMemory(name="bot.serve", pss=pss, rss=pss + 50)],
        idle_seconds=20.0,
    )


def found(recall_at_5: float, changed: float = 2.0) -> RetrievalMeasured:
    whole = Retrieval(questions=10, recall_at_1=0.7, recall_at_5=recall_at_5, mrr=0.8)
    alone = Retrieval(questions=10, recall_at_1=0.6, recall_at_5=0.8, mrr=0.7)
    gains = Difference(
        recall_at_1=0.1,
        recall_at_1_interval=(0.05, 0.2),
        recall_at_5=recall_at_5 - 0.8,
        recall_at_5_interval=(recall_at_5 - 0.85, 0.3),
        mrr=0.1,
        mrr_interval=(0.0, 0.2),
        ndcg_at_10=0.1,
        ndcg_at_10_interval=(0.0, 0.2),
    )
    known = Answerability(
        answerable=10,
        unanswerable=4,
        answerable_answered=0.5,
        unanswerable_answered=0.0,
        answered=0.4,
        precision_at_3=0.9,
        auroc=0.91,
    )
    evaluation = Evaluation(
        all=whole,
        by_locale={"es": whole},
        by_kind={},
        answerability=known,
        answerability_by_locale={},
        cross_validated=known.model_copy(update={"auroc": 0.95, "answer_rate": 0.5}),
        search_ms_p50=9.0,
        search_ms_p95=14.0,
        rivals=[Rival(name="bm25", all=alone, by_locale={"es": alone}, fusion_gains=gains)],
    )
    built = Built(articles=12, passages=40, seconds=2.0, wall=2.5)
    later = built.model_copy(update={"wall": changed})
    return RetrievalMeasured(
        corpora=[
            Corpus(
                name=SAMPLE,
                first=built,
                unchanged=built,
                changed=[built, later],
                evaluation=evaluation,
                across=evaluation,
            )
        ]
    )


def beside() -> RivalsMeasured:
    retrieval = Retrieval(questions=10, recall_at_1=0.7, recall_at_5=0.9, mrr=0.8)
    whole = Side(
        name="whole",
        all=retrieval,
        by_locale={},
        few_shared=retrieval,
        auroc=0.9,
        answer_rate=0.5,
        p50=5.0,
        p95=9.0,
        build_seconds=None,
    )
    gains = found(0.9).corpora[0].evaluation.rivals[0].fusion_gains
    other = whole.model_copy(update={"name": "sqlite-fts5", "gains": gains, "build_seconds": 0.3})
    beaten = other.model_copy(update={"name": "minilm-faiss"})
    return RivalsMeasured(
        corpora=[Beside(corpus=SAMPLE, articles=12, passages=40, questions=14, sides=[whole, beaten, other])]
    )


def test_a_page_without_results_says_that_nothing_was_measured() -> None:
    page = render(Results())
    assert page.count("Not measured yet.") == len(dataclasses.fields(Results))
    assert page.endswith("\n")


def test_targets_that_are_met_are_called_so(machine: Machine) -> None:
    page = render(
        Results(
            turns=Result(machine=machine, measured=turns(ours=20.0, stock=25.0)),
            burst=Result(
                machine=machine,
                measured=BurstMeasured(
                    turns=[BurstTurn(milliseconds=500.0, outcome="answered")] * 60, seconds=1.5, alone=20.0
                ),
            ),
            start=Result(machine=machine, measured=started(first=90.0, later=15.0, pss=1000.0)),
            retrieval=Result(machine=machine, measured=found(recall_at_5=0.95)),
            rivals=Result(machine=machine, measured=beside()),
        )
    )
    assert "**missed**" not in page
    assert "No target that was measured was missed." in page
    assert "A quick CPU, 2 cores" in page
    assert "commit abc1234" in page
    assert "0.80 [0.80, 0.80]" in page
    assert "| answered | 60 of 60 | all | met |" in page
    assert "16 of 18 questions count" in page
    assert "| SQLite FTS5 | 0.700 | 0.900 |" in page
    assert "| recall@1 over MiniLM with FAISS | +0.100 [+0.050, +0.200] | interval > 0 | met |" in page
    assert "| SQLite FTS5 | +0.100 [+0.050, +0.200] |" in page


def test_targets_that_are_missed_are_called_so(machine: Machine) -> None:
    page = render(
        Results(
            turns=Result(machine=machine, measured=turns(ours=30.0, stock=25.0)),
            burst=Result(
                machine=machine,
                measured=BurstMeasured(
                    turns=[BurstTurn(milliseconds=500.0, outcome="answered")] * 59
                    + [BurstTurn(milliseconds=60_000.0, outcome="ReadTimeout")],
                    seconds=60.0,
                    alone=20.0,
                ),
            ),
            start=Result(machine=machine, measured=started(first=400.0, later=25.0, pss=1700.0)),
            retrieval=Result(machine=machine, measured=found(recall_at_5=0.7, changed=11.0)),
        )
    )
    # Ratio at p50 and p95, the burst, both starts, the memory, recall@5, its lead over BM25 (twice), one build.
    assert page.count("**missed**") == 10
    assert "59 of 60" in page
    assert "ReadTimeout 1" in page
    assert "- Start-up and memory: later `make up`, slowest of 1 is 25.0 s, the target <= 20 s." in page


def test_another_corpus_has_targets_of_its_own(machine: Machine) -> None:
    (corpus,) = found(recall_at_5=0.95).corpora
    page = render(
        Results(
            retrieval=Result(
                machine=machine,
                measured=RetrievalMeasured(corpora=[corpus, corpus.model_copy(update={"name": IMPORTED})]),
            )
        )
    )
    assert "| recall@1 | 0.700 | >= 0.62 | met |" in page
    assert "| AUROC, learnt with labels, cross-validated | 0.950 | >= 0.92 | met |" in page
    assert "- Imported help center: answered at >= 90 % precision@3 is -, the target >= 0.27." in page
    assert "No other corpus was measured" not in page


def test_what_has_no_result_here_stays_as_it_was_measured_elsewhere() -> None:
    before = (
        "# Benchmarks\n\n## 60 turns at once\n\nIn 3 s.\n\n| p99 | 9 | <= 5 | **missed** |\n\n## Retrieval\n\nWell.\n"
    )
    page = render(Results(), before)
    assert "## 60 turns at once\n\nIn 3 s.\n" in page
    assert "- 60 turns at once: p99 is 9, the target <= 5." in page
    assert "## Retrieval\n\nWell.\n\n## Search beside what else there is\n\nNot measured yet.\n" in page
    assert render(Results(), page) == page


def test_what_was_kept_is_what_is_rendered(machine: Machine, tmp_path: Path) -> None:
    kept: Result[StartMeasured] = Result(machine=machine, measured=started(first=90.0, later=15.0, pss=1000.0))
    keep("start", kept, tmp_path)
    assert newest_results(tmp_path) == Results(start=kept)


def test_a_result_of_another_shape_counts_as_not_measured(tmp_path: Path) -> None:
    (tmp_path / "burst.json").write_text('{"machine": {}, "measured": {"turns": "sixty"}}', encoding="utf-8")
    assert newest_results(tmp_path).burst is None


def test_steps_are_read_from_what_up_prints() -> None:
    output = "  database ...\n  database: ready (0.4 s)\n  help center index: ready (31.0 s)\nReady after 50 s\n"
    assert steps_in(output) == {"database": 0.4, "help center index": 31.0}


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["/x/.venv-rasa/bin/python", "-m", "bot.serve", ""], "bot.serve"),
        (["/x/.venv/bin/python", "/x/.venv/bin/copilot", "up", ""], "copilot up"),
        (["make", "up", ""], "make up"),
        ([""], "?"),
    ],
)
def test_processes_have_short_names(arguments: list[str], name: str) -> None:
    assert process_name(arguments) == name


def test_the_machine_is_read_whole() -> None:
    machine = this_machine()
    assert machine.cpu
    assert machine.cores >= 1
    assert machine.memory_gib > 0
    assert machine.at.tzinfo is not None


def test_a_reply_that_shows_late_is_a_missed_target(machine: Machine) -> None:
    measured = LiveMeasured(
        chat_here=[20.0, 30.0], portal_here=[25.0, 35.0], chat_elsewhere=[600.0, 2100.0], portal_elsewhere=[500.0, 900.0],
        looks=[0.5, 0.7], messages=100_000,
    )  # fmt: skip
    page = render(Results(live=Result(machine=machine, measured=measured)))
    assert "| open chat: slowest | 30.0 | <= 2000 | met |" in page
    assert "open chat, at another replica: slowest is 2100.0, the target <= 2000" in page
    assert "One look takes 0.60 ms (median) with 100,000 messages" in page
