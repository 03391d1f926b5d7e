"""What an encoder is to the rest of the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Kind = Literal["query", "passage"]
"""Some models are trained with another prompt before a question than before a passage."""
Progress = Callable[[str, int, int], None]
"""Called with (step, done, total) as a build goes on."""


class Embedder(Protocol):
    """Turns texts into unit vectors, float32, (len(texts), dimensions). Safe to call from several threads."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str:
        """Names what decides the vectors (weights, precision, prompts): vectors of one digest can be compared."""
        ...

    @property
    def dimensions(self) -> int: ...

    def encode(
        self, texts: Sequence[str], *, kind: Kind = "passage", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """`progress` is called with the number of texts done. Raises `EncoderUnusable`."""
        ...
