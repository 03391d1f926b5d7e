"""The part of the benchmark that searches vectors."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from tools.bench import vectors
from tools.bench.machine import Machine
from tools.bench.page import Results, render
from tools.bench.results import Result
from tools.bench.vectors import Counted, Read, Searched, VectorsMeasured, like_texts


@pytest.fixture
def machine() -> Machine:
    return Machine(
        cpu="A quick CPU", cores=2, memory_gib=8.0, system="Linux 6", python="3.11.7", rasa_python="3.10.13",
        commit="abc1234", changed_files=0, at=dt.datetime(2026, 1, 31, 12, 0, tzinfo=dt.UTC), load=0.1,
    )  # fmt: skip


def measured(flat: float, recall: float) -> VectorsMeasured:
    searched = [
        Searched(name="flat", build_seconds=0.1, mebibytes=146.5, recall_at_10=1, milliseconds=[flat] * 9),
        Searched(name="approximate", build_seconds=9, mebibytes=156, recall_at_10=recall, milliseconds=[0.5] * 9),
        Searched(name=vectors.STOCK, milliseconds=[7.0] * 9),
    ]
    reads = [Read(name="slow", milliseconds=[9.0] * 9), Read(name="quick", milliseconds=[5.0] * 9)]
    return VectorsMeasured(dimensions=384, counted=[Counted(count=100_000, searched=searched, reads=reads)])


def test_the_flat_search_is_held_against_the_quickest_reading(machine: Machine) -> None:
    page = render(Results(vectors=Result(machine=machine, measured=measured(5.5, 0.99))))
    assert "| flat (FAISS) | 5.50 | 1.10 | 1.000 | 0.1 | 146 |" in page
    assert "| flat over the memory floor, p50 [95 % interval] | 1.10 [1.10, 1.10] | <= 1.20 | met |" in page
    assert "| recall@10 of the approximate kind, 11 times as quick as flat | 0.990 | >= 0.95 | met |" in page


def test_missed_targets_are_told_at_the_top(machine: Machine) -> None:
    page = render(Results(vectors=Result(machine=machine, measured=measured(6.5, 0.9))))
    top = page.partition("## ")[0]
    assert "flat over the memory floor, p50 [95 % interval] is 1.30 [1.30, 1.30], the target <= 1.20" in top
    assert "recall@10 of the approximate kind" in top


def test_vectors_like_those_of_texts_have_near_ones_and_are_of_unit_length() -> None:
    drawn = like_texts(5000)
    assert np.linalg.norm(drawn, axis=1) == pytest.approx(1, abs=1e-5)
    nearest = np.sort(drawn[:50] @ drawn[50:].T, axis=1)[:, -1]
    assert 0.5 < np.median(nearest) < 0.95


def test_a_small_measurement_has_every_kind_and_reading() -> None:
    small = vectors._counted(2000, rounds=2)
    assert {each.name for each in small.searched} == {"flat", "approximate", vectors.STOCK, vectors.BLAS}
    assert all(len(each.milliseconds) == 2 for each in small.searched)
    assert all(len(each.milliseconds) == 2 for each in small.reads)
    assert [each.recall_at_10 for each in small.searched[:2]] == [1.0, pytest.approx(1.0, abs=0.01)]
