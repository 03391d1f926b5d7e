"""How well questions find their articles: `copilot kb build` and `copilot kb evaluate --compare`, as their users run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel

from knowledge_base.evaluation import Evaluation
from tools.bench.machine import ROOT
from tools.bench.processes import BenchError

CORPUS, QUERIES = "COPILOT_BENCH_CORPUS", "COPILOT_BENCH_QUERIES"
SAMPLE, IMPORTED = "sample help center", "imported help center"
INDEXES = ROOT / "var" / "bench" / "indexes"


class Built(BaseModel):
    """What `copilot kb build --json` says of an index."""

    articles: int
    passages: int
    seconds: float


class Corpus(BaseModel):
    """A help center with its questions. `first` is a whole new index, `again` the same with the vectors of `first` kept."""

    name: str
    first: Built
    again: Built
    evaluation: Evaluation


class RetrievalMeasured(BaseModel):
    corpora: list[Corpus]


def measure() -> RetrievalMeasured:
    """The sample help center, and the corpus (`COPILOT_BENCH_CORPUS`, a folder of Markdown) with its labelled questions
    (`COPILOT_BENCH_QUERIES`) where the environment names both."""
    asked = [(SAMPLE, ROOT / "data" / "help_center", ROOT / "data" / "evaluation" / "questions.jsonl")]
    folder, queries = os.environ.get(CORPUS), os.environ.get(QUERIES)
    if bool(folder) != bool(queries):
        raise BenchError(f"set both {CORPUS} (a folder of Markdown) and {QUERIES} (a JSONL file), or neither")
    if folder and queries:
        asked.append((IMPORTED, Path(folder), Path(queries)))
    return RetrievalMeasured(corpora=[_measured(*each) for each in asked])


def _measured(name: str, source: Path, queries: Path) -> Corpus:
    folder = INDEXES / name.partition(" ")[0]
    shutil.rmtree(folder, ignore_errors=True)
    index = str(folder / "index")
    build = ("build", "--source", str(source), "--index", index, "--json")
    return Corpus(
        name=name,
        first=Built.model_validate_json(_kb(*build)),
        again=Built.model_validate_json(_kb(*build)),
        evaluation=Evaluation.model_validate_json(
            _kb("evaluate", "--queries", str(queries), "--index", index, "--compare", "--json")
        ),
    )


def _kb(*arguments: str) -> bytes:
    """Standard output of a `copilot kb` command. Raises `BenchError` with its words where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "kb", *arguments], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise BenchError(f"copilot kb {arguments[0]} failed:\n{said}")
    return done.stdout
