"""The section on the search of vectors."""

from __future__ import annotations

from statistics import median

from knowledge_base.vectors import Kind
from tools.bench.results import Result
from tools.bench.stats import ratio_interval
from tools.bench.tables import measured_on, prose, table, verdict
from tools.bench.vectors import BLAS, FLOOR_AT, STOCK, Counted, Read, Searched, VectorsMeasured

# What a flat search may take of the time in which the same bytes are read.
FLOOR_TARGET = 1.2
RECALL_TARGET = 0.95
NAMES = {
    Kind.FLAT.value: "flat (FAISS)",
    Kind.APPROXIMATE.value: "approximate (FAISS, 4-bit codes, the best 1,000 exactly)",
    Kind.PGVECTOR.value: "PostgreSQL, pgvector, exact",
    Kind.PGVECTOR_HNSW.value: "PostgreSQL, pgvector, HNSW",
    STOCK: "FAISS's own `IndexFlatIP.search`",
    BLAS: "`matrix @ vector` of numpy, without choosing the ten best",
}


def vectors_section(result: Result[VectorsMeasured]) -> list[str]:
    measured = result.measured
    lines = ["## Vectors", "", *measured_on(result.machine)]
    lines += [
        prose(f"""Ten neighbours of one query among vectors of {measured.dimensions} numbers, drawn so that they lie to each
        other as those of passages do. One thread. All that is measured at one number of passages is done in turn, every
        round in another order. The memory floor is the quickest of several plain readings of the very bytes that the flat
        index searches: what passes through the core cannot be had sooner."""),
        "",
    ]
    for counted in measured.counted:
        lines += _counted(counted)
    return lines


def _counted(counted: Counted) -> list[str]:
    floor = _quickest(counted.reads)
    rows = [
        [
            NAMES[each.name],
            f"{median(each.milliseconds):.2f}",
            f"{median(each.milliseconds) / median(floor.milliseconds):.2f}",
            _shown(each.recall_at_10, ".3f"),
            _shown(each.build_seconds, ".1f"),
            _shown(each.mebibytes, ".0f"),
        ]
        for each in counted.searched
    ]
    lines = [
        f"### {counted.count:,} passages",
        "",
        *table(("", "p50 ms", "times the floor", "recall@10", "build s", "MiB"), rows),
        "Memory floor: "
        + "; ".join(f"{each.name} {median(each.milliseconds):.2f} ms" for each in counted.reads)
        + ". PostgreSQL is asked through a socket and keeps its tables in its own memory."
        * any(each.name == Kind.PGVECTOR for each in counted.searched),
        "",
    ]
    flat = _named(counted, Kind.FLAT)
    approximate = _named(counted, Kind.APPROXIMATE)
    checks = []
    if counted.count == FLOOR_AT:
        ratio = ratio_interval([[each] for each in flat.milliseconds], [[each] for each in floor.milliseconds], 50)
        checks.append(
            [
                "flat over the memory floor, p50 [95 % interval]",
                f"{ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]",
                f"<= {FLOOR_TARGET:.2f}",
                verdict(ratio.value <= FLOOR_TARGET),
            ]
        )
    if approximate.recall_at_10 is not None:
        gain = median(flat.milliseconds) / median(approximate.milliseconds)
        checks.append(
            [
                f"recall@10 of the approximate kind, {gain:.0f} times as quick as flat",
                f"{approximate.recall_at_10:.3f}",
                f">= {RECALL_TARGET:.2f}",
                verdict(approximate.recall_at_10 >= RECALL_TARGET),
            ]
        )
    return [*lines, *table(("", "value", "target", ""), checks)]


def _quickest(reads: list[Read]) -> Read:
    return min(reads, key=lambda each: median(each.milliseconds))


def _named(counted: Counted, kind: Kind) -> Searched:
    return next(each for each in counted.searched if each.name == kind)


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
