"""One fixture that holds every kind of passage index to the same tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from knowledge_base.vectors import FlatIndex, PassageIndex, Vectors

DIMENSIONS = 24

Make = Callable[[Vectors], PassageIndex]


def unit_vectors(count: int, dimensions: int = DIMENSIONS, seed: int = 3) -> Vectors:
    """Random directions; with a seed of its own each call gives others."""
    drawn = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn


@pytest.fixture(params=["flat"])
def make(request: pytest.FixtureRequest) -> Make:
    return FlatIndex.build
