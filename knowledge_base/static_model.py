"""The static embedding model: a vector a word piece, added up. 0.2 ms a question, thousands of passages a second; what it
knows it learnt from the tenant's own articles (`knowledge_base.static_training`)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from knowledge_base.embedding import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER = "static-tokenizer.json"
WEIGHTS = "static-model.safetensors"
_KEY = "embedding.weight"
# Word pieces of a passage that are read: all of one that was cut to its usual length.
MAX_PIECES = 400
_CHUNK = 1024


@dataclass(frozen=True)
class StaticModel:
    """Safe for any number of threads. Stored as a `StaticEmbedding` is, in half precision."""

    tokenizer: Tokenizer
    weights: npt.NDArray[np.float32]
    """(word pieces, dimensions)."""
    digest: str
    """SHA-256 of the stored tokenizer and weights."""

    @property
    def dimensions(self) -> int:
        return int(self.weights.shape[1])

    @classmethod
    def make(cls, tokenizer: Tokenizer, weights: npt.NDArray[np.float32]) -> StaticModel:
        # What is searched now must be what will be read back from the file.
        weights = weights.astype(np.float16).astype(np.float32)
        files = _files(tokenizer, weights)
        return cls(tokenizer, weights, _digest(files))

    @classmethod
    def read(cls, files: dict[str, bytes]) -> StaticModel:
        """Raises `KeyError` or `ValueError` where the index's files hold no such model."""
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        raw = files[WEIGHTS]
        try:
            tokenizer = Tokenizer.from_buffer(files[TOKENIZER])
        except Exception as error:  # the tokenizers package raises plain Exception
            raise ValueError(f"{TOKENIZER} cannot be read: {error}") from None
        weights = load(raw)[_KEY].astype(np.float32)
        if tokenizer.get_vocab_size() != len(weights):
            raise ValueError(f"{TOKENIZER} and {WEIGHTS} do not belong together")
        return cls(tokenizer, weights, _digest(files))

    def write(self, folder: Path) -> None:
        for name, content in _files(self.tokenizer, self.weights).items():
            (folder / name).write_bytes(content)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dimensions) unit vectors; zeros for a text of which no word piece is known."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            pieces = pieces_of(self.tokenizer, texts[start : start + _CHUNK])
            for at, ids in enumerate(pieces, start=start):
                if len(ids):
                    vectors[at] = self.weights[ids].sum(axis=0)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return unit


def pieces_of(tokenizer: Tokenizer, texts: Sequence[str]) -> list[npt.NDArray[np.int64]]:
    """The numbers of each text's word pieces, at most `MAX_PIECES`."""
    if len(texts) == 1:  # a batch of one waits for threads: 0.1 ms
        encoded = [tokenizer.encode(texts[0], add_special_tokens=False)]
    else:
        encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [np.array(each.ids[:MAX_PIECES], dtype=np.int64) for each in encoded]


def _files(tokenizer: Tokenizer, weights: npt.NDArray[np.float32]) -> dict[str, bytes]:
    from safetensors.numpy import save

    return {TOKENIZER: tokenizer.to_str().encode(), WEIGHTS: save({_KEY: weights.astype(np.float16)})}


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256(hashlib.sha256(files[TOKENIZER]).digest())
    digest.update(hashlib.sha256(files[WEIGHTS]).digest())
    return digest.hexdigest()
