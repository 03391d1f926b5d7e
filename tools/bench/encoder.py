"""How quickly texts are encoded: the bundled encoder beside the library that its model comes with, and in fp32.

`measure` runs this module in processes of its own: one for the timings, one each for what loading costs
(`python -m tools.bench.encoder [engine]`).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

import psutil
from pydantic import BaseModel

from tools.bench.machine import ROOT
from tools.bench.processes import BenchError
from tools.bench.questions import QUESTIONS

Engine = Literal["stock", "fp32", "int8"]
ENGINES: tuple[Engine, ...] = ("stock", "fp32", "int8")
THREADS = (1, 2)
QUESTIONS_ASKED = 90
PASSAGES = 96
GRAPHS = ROOT / "var" / "bench" / "encoders"

Shape = TypeVar("Shape", bound=BaseModel)


class Timed(BaseModel):
    """One engine with one number of threads: each question by itself, and the passages as a build encodes them."""

    engine: Engine
    threads: int
    milliseconds: list[float]
    """Of single questions, each put to all engines in turn."""
    passages_per_second: list[float]


class Alike(BaseModel):
    """Cosines with the vectors of the library, over all questions and passages."""

    engine: Engine
    least: float
    mean: float


class Timings(BaseModel):
    timed: list[Timed]
    alike: list[Alike]


class Loaded(BaseModel):
    """A process that loads one engine and encodes a question: seconds from nothing to the vector, imports included."""

    engine: Engine
    seconds: float
    mebibytes: float


class EncoderMeasured(BaseModel):
    timings: Timings
    loaded: list[Loaded]


def measure() -> EncoderMeasured:
    """Raises `BenchError` with the process's words where it fails."""
    timings = _apart(Timings)  # first: it leaves the graph that serving finds made
    return EncoderMeasured(timings=timings, loaded=[_apart(Loaded, engine) for engine in ENGINES])


def _apart(shape: type[Shape], *arguments: str) -> Shape:
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.encoder", *arguments],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"},
    )
    if done.returncode != 0:
        raise BenchError(f"encoder:\n{done.stderr.decode(errors='replace').strip()}")
    return shape.model_validate_json(done.stdout.splitlines()[-1])


def _engine(engine: Engine, threads: int) -> Callable[[Sequence[str]], object]:
    """What encodes texts, loaded. Imports stay in here, because what they cost is measured."""
    from knowledge_base.encoders.bundled import MINILM_SHA256, MiniLM, model_folder

    if engine == "int8":
        encoder = MiniLM(cache_dir=GRAPHS, threads=threads)
        if encoder.digest == MINILM_SHA256:
            raise BenchError("this machine does not run the int8 graph; the log of a build says why")
        encoder.load()
        return encoder.encode
    if engine == "stock":
        from knowledge_base.encoders.stock import StockModel

        stock = StockModel(model_folder(), threads)
        stock.load()
        return stock.encode
    from knowledge_base.encoders.model_folder import read_shape
    from knowledge_base.encoders.onnx_session import OnnxSession, TextTokens

    shape = read_shape(model_folder())
    kept = GRAPHS / "fp32.onnx"
    if not kept.exists():
        from knowledge_base.encoders.bert_graph import GraphBuilder, read_weights

        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(GraphBuilder(read_weights(model_folder()), shape).fp32())
    return OnnxSession(kept.read_bytes(), TextTokens(model_folder(), shape.longest), threads).encode


def _timings(questions: Sequence[str], passages: Sequence[str]) -> Timings:
    import numpy as np

    timed = []
    for threads in THREADS:
        engines = {engine: _engine(engine, threads) for engine in ENGINES}
        for encode in engines.values():
            encode(questions[:3])
        asked: dict[Engine, list[float]] = {engine: [] for engine in ENGINES}
        for question in questions:
            for engine, encode in engines.items():
                asked[engine].append(_seconds(encode, [question]) * 1000)
        built: dict[Engine, list[float]] = {engine: [] for engine in ENGINES}
        part = len(passages) // 3
        for start in range(0, len(passages), part):
            for engine, encode in engines.items():
                texts = passages[start : start + part]
                built[engine].append(len(texts) / _seconds(encode, texts))
        timed += [
            Timed(engine=engine, threads=threads, milliseconds=asked[engine], passages_per_second=built[engine])
            for engine in ENGINES
        ]
    texts = [*questions, *passages]
    vectors = {engine: np.asarray(encode(texts)) for engine, encode in engines.items()}
    cosines = {engine: (each * vectors["stock"]).sum(axis=1) for engine, each in vectors.items()}
    alike = [
        Alike(engine=engine, least=float(each.min()), mean=float(each.mean()))
        for engine, each in cosines.items()
        if engine != "stock"
    ]
    return Timings(timed=timed, alike=alike)


def _seconds(encode: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    began = time.perf_counter()
    encode(texts)
    return time.perf_counter() - began


def _texts() -> tuple[list[str], list[str]]:
    """Questions in all languages, and passages of the sample help center as a build encodes them."""
    from knowledge_base.chunking import passages_of
    from knowledge_base.locale_index import dense_text
    from knowledge_base.sources.markdown_folder import MarkdownFolder

    chosen = random.Random(3)
    questions = [text for texts in QUESTIONS.values() for text in texts]
    articles = MarkdownFolder(ROOT / "data" / "help_center").read().articles
    passages = [dense_text(passage) for article in articles for passage in passages_of(article)]
    # Help centers have longer sections than the sample: three neighbours make one of a usual length.
    joined = ["\n".join(passages[at : at + 3]) for at in range(0, len(passages), 3)]
    return chosen.sample(questions, min(QUESTIONS_ASKED, len(questions))), chosen.sample(
        joined, min(PASSAGES, len(joined))
    )


def _loaded(engine: Engine) -> Loaded:
    process = psutil.Process()
    _engine(engine, 1)(["how do I refund an order"])
    since = time.time() - process.create_time()
    return Loaded(engine=engine, seconds=since, mebibytes=process.memory_info().rss / 2**20)


def _main(arguments: Sequence[str]) -> None:
    wanted = next((engine for engine in ENGINES if engine in arguments), None)
    measured = _loaded(wanted) if wanted else _timings(*_texts())
    sys.stdout.write(measured.model_dump_json() + "\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
