"""What is compared of two questions: their meaning, as the search understands it, and their words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge_base.encoders.base import Vectors
from knowledge_base.text import Keys, term_keys, terms

# The words of a question as one vector: each word is hashed to a few places (a count sketch), so that inner products are
# those of the words but for a noise of about 1 / sqrt(WIDTH).
WIDTH = 1024
_PLACES = 2
_FEW = 50


def word_vectors(texts: Sequence[str], language: str) -> Vectors:
    """(texts, WIDTH) unit vectors of their stems, rare ones counting more; zeros for a text without a word that tells."""
    keys = [np.unique(term_keys(terms(text, language))) for text in texts]
    every: Keys = np.concatenate([*keys, np.zeros(0, dtype=np.uint64)])
    known, counts = np.unique(every, return_counts=True)
    idf = np.log1p(len(texts) / (0.5 + counts)).astype(np.float32)
    vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for at, each in enumerate(keys):
        weights = idf[np.searchsorted(known, each)]
        for place in range(_PLACES):
            bits = (each >> np.uint64(20 * place)) & np.uint64(0xFFFFF)
            sign = np.where(bits & np.uint64(0x80000), 1.0, -1.0)
            np.add.at(vectors[at], (bits % np.uint64(WIDTH)).astype(np.int64), (sign * weights).astype(np.float32))
    return unit(vectors)


def centred(vectors: Vectors) -> Vectors:
    """Without what all of them share (a language, a product, the form of a question), of length 1. Of a few vectors their
    mean is what they are about: the fewer they are, the less of it is taken out."""
    count = len(vectors)
    return unit(vectors - vectors.mean(axis=0, keepdims=True) * (count / (count + _FEW)) if count else vectors)


def unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-9)
    return result


def joined(parts: Sequence[tuple[Vectors, float]]) -> Vectors:
    """One vector of several kinds, whose inner product is the sum of theirs, each with its weight."""
    # A weight of NumPy's own would make doubles of them: twice the memory, half the speed.
    return np.concatenate([vectors * np.float32(weight**0.5) for vectors, weight in parts], axis=1)
