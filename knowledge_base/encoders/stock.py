"""A sentence-transformers model run by its own library: any make of model, seconds to load, the slowest on a CPU."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from knowledge_base.encoders.base import Vectors
from knowledge_base.errors import EncoderUnusable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32


class StockModel:
    """Loaded at the first text. Code that comes with a model is never run."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._folder = folder
        self._threads = threads
        self._model: SentenceTransformer | None = None
        self._lock = threading.Lock()

    def load(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
                from sentence_transformers import SentenceTransformer
                from transformers.utils.logging import disable_progress_bar

                disable_progress_bar()  # type: ignore[no-untyped-call]  # it draws its own bar for a file that loads in 20 ms
                try:
                    self._model = SentenceTransformer(
                        str(self._folder), device="cpu", local_files_only=True, trust_remote_code=False
                    )
                except Exception as error:  # each kind of broken folder fails in its own way
                    raise EncoderUnusable(
                        f"The model in {self._folder} cannot be loaded ({type(error).__name__}: {error}). "
                        "Give a folder or a name of a sentence-transformers model with safetensors weights"
                    ) from error
                self._model.eval()
            return self._model

    @property
    def dimensions(self) -> int:
        return self.load().get_embedding_dimension() or 0

    @property
    def longest(self) -> int | None:
        """Tokens of a text that are read."""
        return self.load().max_seq_length

    def encode(
        self, texts: Sequence[str], *, prompt: str = "", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """`prompt` goes before each text; the model's own configuration says whether it counts in the pooling."""
        model = self.load()
        import torch

        if torch.get_num_threads() != self._threads:  # a setting of the calling thread
            torch.set_num_threads(self._threads)
        readable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        # Texts of one length share a batch: padding to the longest of a mixed batch cost a third of the time.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]), reverse=True)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            vectors[batch] = model.encode(
                [readable[at] for at in batch],
                prompt=prompt,
                batch_size=_BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            if progress:
                progress(min(start + _BATCH, len(order)))
        return vectors
