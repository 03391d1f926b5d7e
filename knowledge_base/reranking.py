"""An optional second look at the best passages: a cross-encoder reads question and passage together."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from knowledge_base.encoders.hub import find_model
from knowledge_base.errors import EncoderUnusable

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

RERANKED = 30
"""Passages of a question that are worth a second look."""

PassageScores = npt.NDArray[np.float32]


class Reranker(Protocol):
    """Scores how well passages answer a question. Safe to call from several threads."""

    @property
    def name(self) -> str: ...

    def scores(self, question: str, passages: Sequence[str]) -> PassageScores:
        """One number for each passage, higher is better, without bounds; comparable for one question only.
        Raises `EncoderUnusable`."""
        ...


def load_reranker(model: str | None, *, threads: int | None = None) -> Reranker | None:
    """The cross-encoder that a setting names (a folder, `owner/model` or `owner/model@revision`), none for nothing.
    It is found and loaded when first needed."""
    return NamedReranker(model, threads=threads) if model else None


class NamedReranker:
    """A sentence-transformers `CrossEncoder`. Code that comes with a model is never run."""

    def __init__(self, named: str, *, threads: int | None = None) -> None:
        self._named = named
        self._threads = threads or os.cpu_count() or 1
        self._model: CrossEncoder | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return find_model(self._named).name

    def scores(self, question: str, passages: Sequence[str]) -> PassageScores:
        if not passages:
            return np.zeros(0, dtype=np.float32)
        model = self._load()
        import torch

        if torch.get_num_threads() != self._threads:  # a setting of the calling thread
            torch.set_num_threads(self._threads)
        pairs = [(_readable(question), _readable(passage)) for passage in passages]
        # The raw number: after a sigmoid all good passages are 1 and their order is lost.
        found = model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False, convert_to_numpy=True)
        scores: PassageScores = np.asarray(found, dtype=np.float32).reshape(len(passages))
        return scores

    def _load(self) -> CrossEncoder:
        with self._lock:
            if self._model is None:
                folder = find_model(self._named).folder
                os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
                from sentence_transformers import CrossEncoder
                from transformers.utils.logging import disable_progress_bar

                disable_progress_bar()  # type: ignore[no-untyped-call]
                try:
                    model = CrossEncoder(str(folder), device="cpu", local_files_only=True, trust_remote_code=False)
                    labels = model.num_labels
                except Exception as error:  # each kind of broken folder fails in its own way
                    raise EncoderUnusable(
                        f"The reranker in {folder} cannot be loaded ({type(error).__name__}: {error}). "
                        "Give a cross-encoder that sentence-transformers loads"
                    ) from error
                if labels != 1:
                    raise EncoderUnusable(
                        f"The reranker {self._named} gives {labels} numbers for a pair. Give one that gives a single score"
                    )
                model.eval()
                self._model = model
            return self._model


def _readable(text: str) -> str:
    """Half a surrogate pair, as broken exports hold them, is no text to a tokenizer."""
    return text.encode("utf-8", "replace").decode("utf-8")
