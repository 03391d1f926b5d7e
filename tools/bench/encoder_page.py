"""The section on the encoder."""

from __future__ import annotations

from statistics import median

from tools.bench.encoder import ENGINES, THREADS, EncoderMeasured, Engine, Timed
from tools.bench.results import Result
from tools.bench.stats import ratio_interval, spread
from tools.bench.tables import measured_on, prose, table, verdict

FASTER = 2.5
LEAST_COSINE = 0.98
NAMES: dict[Engine, str] = {
    "stock": "sentence-transformers on torch, as it comes",
    "fp32": "the same in ONNX, fp32",
    "int8": "the bundled encoder: ONNX, int8",
}


def encoder_section(result: Result[EncoderMeasured]) -> list[str]:
    measured = result.measured
    timed = {(each.engine, each.threads): each for each in measured.timings.timed}
    alike = {each.engine: each for each in measured.timings.alike}
    loaded = {each.engine: each for each in measured.loaded}
    lines = ["## Encoder", "", *measured_on(result.machine)]
    lines += [
        prose("""all-MiniLM-L6-v2. Each question is put to all engines in turn, passages in turns of a third of them. Ours
        encodes one text in one thread, whatever their number: threads encode several texts at once. Cosines are those
        with sentence-transformers' vectors. Loading is from the start of a process to its first vector, imports included,
        the graph already made."""),
        "",
    ]
    for threads in THREADS:
        rows = []
        for engine in ENGINES:
            each = timed[engine, threads]
            figures = spread(each.milliseconds)
            rate = f"{median(each.passages_per_second):.0f}"
            rows.append([NAMES[engine], f"{figures.p50:.1f}", f"{figures.p95:.1f}", rate])
        lines += [f"### {threads} thread{'s' if threads > 1 else ''}", ""]
        lines += table(("", "p50 ms a question", "p95 ms", "passages/s"), rows)
    rows = []
    for engine in ENGINES:
        likeness = alike.get(engine)
        shown = [f"{likeness.least:.3f}", f"{likeness.mean:.3f}"] if likeness else ["", ""]
        rows.append([NAMES[engine], *shown, f"{loaded[engine].mebibytes:.0f}", f"{loaded[engine].seconds:.1f}"])
    lines += ["### Likeness and cost", "", *table(("", "least cosine", "mean cosine", "MiB", "loaded in s"), rows)]
    targets = [
        _target(timed["stock", threads], timed["int8", threads], f"Single questions, {threads} thread(s) each")
        for threads in THREADS
    ]
    least = alike["int8"].least
    targets.append(["Least cosine", f"{least:.3f}", f">= {LEAST_COSINE}", verdict(least >= LEAST_COSINE)])
    return [*lines, "### The encoder against its targets", "", *table(("target", "measured", "wanted", ""), targets)]


def _target(stock: Timed, ours: Timed, what: str) -> list[str]:
    ratio = ratio_interval([[each] for each in stock.milliseconds], [[each] for each in ours.milliseconds], 50)
    value = f"{ratio.value:.1f} x faster ({ratio.low:.1f}-{ratio.high:.1f})"
    return [what, value, f">= {FASTER} x", verdict(ratio.value >= FASTER)]
