"""Two of our own retrievers with nothing around them: BM25 over passages, and MiniLM with a flat FAISS index."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from knowledge_base.articles import Passage
from knowledge_base.embedding import MiniLM, VectorCache
from knowledge_base.lexical import Bm25Weights, Postings, bm25_scores
from knowledge_base.locale_index import dense_text, lexical_text
from knowledge_base.text import language_of, term_keys, terms
from tools.bench.full_text import Found


class Bm25Alone:
    """BM25, stemmed by language, accents folded, small words left out; an article is as good as its best passage."""

    name = "bm25"

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._by_locale: dict[str, tuple[list[str], Postings]] = {}
        for locale in sorted({each.locale for each in passages}):
            held = [each for each in passages if each.locale == locale]
            keys = [term_keys(terms(lexical_text(each), language_of(locale))) for each in held]
            self._by_locale[locale] = [each.article_id for each in held], Postings.from_keys(keys, Bm25Weights())

    def search(self, query: str, locale: str, limit: int) -> Found:
        owners, postings = self._by_locale[locale]
        keys = np.unique(term_keys(terms(query, language_of(locale))))
        scores = bm25_scores(postings, postings.hits(keys))
        order = np.argsort(-scores, kind="stable")[: limit * 20]
        return best_of([(owners[at], float(scores[at])) for at in order if scores[at] > 0], limit)


class MiniLmAlone:
    """The bundled encoder and exact search by cosine, a passage a vector."""

    name = "minilm-faiss"

    def __init__(self, passages: Sequence[Passage], index_dir: Path | None) -> None:
        """`index_dir`: an index whose kept vectors spare encoding the passages again."""
        with tempfile.TemporaryDirectory() as nowhere:
            folder = index_dir.parent if index_dir else Path(nowhere)
            self._encoder = MiniLM(cache_dir=folder / "encoders", threads=1)
            kept = folder / "encoder-cache" / f"{self._encoder.name}.bin"
            self._by_locale: dict[str, tuple[list[str], faiss.IndexFlatIP]] = {}
            vectors = VectorCache(kept, self._encoder)
            for locale in sorted({each.locale for each in passages}):
                held = [each for each in passages if each.locale == locale]
                flat = faiss.IndexFlatIP(self._encoder.dimensions)
                flat.add(np.ascontiguousarray(vectors.encode([dense_text(each) for each in held])))
                self._by_locale[locale] = [each.article_id for each in held], flat

    def search(self, query: str, locale: str, limit: int) -> Found:
        owners, flat = self._by_locale[locale]
        vector = self._encoder.encode([query], kind="query")
        scores, found = flat.search(vector, min(limit * 20, len(owners)))
        return best_of([(owners[at], float(score)) for at, score in zip(found[0], scores[0], strict=True)], limit)


def best_of(passages: Sequence[tuple[str, float]], limit: int) -> Found:
    """Articles in the order of their best passages."""
    articles = tuple(dict.fromkeys(article_id for article_id, _ in passages))[:limit]
    return Found(articles, passages[0][1] if passages else 0.0)
