"""The files of an index: articles and passages as JSON lines, inverted lists and vectors as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import orjson
from safetensors.numpy import load, save

from knowledge_base.articles import Article, Passage
from knowledge_base.lexical import Postings
from knowledge_base.locale_index import LocaleIndex

ARTICLES = "articles.jsonl"
CONFIDENCE = "confidence.json"


def write_articles(folder: Path, articles: Sequence[Article]) -> None:
    (folder / ARTICLES).write_bytes(b"".join(orjson.dumps(asdict(each)) + b"\n" for each in articles))


def read_articles(raw: bytes) -> list[Article]:
    """Raises ValueError, KeyError or TypeError where the lines are not what `write_articles` writes."""
    return [_article(orjson.loads(line)) for line in raw.splitlines()]


def _article(fields: dict[str, Any]) -> Article:
    moment = fields.pop("updated_at")
    tags, also_ids = tuple(fields.pop("tags")), tuple(fields.pop("also_ids", ()))
    return Article(
        **fields, tags=tags, also_ids=also_ids, updated_at=datetime.fromisoformat(moment) if moment else None
    )


def write_locale(folder: Path, index: LocaleIndex) -> None:
    (folder / f"passages-{index.locale}.jsonl").write_bytes(
        b"".join(orjson.dumps(asdict(each)) + b"\n" for each in index.passages)
    )
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, postings in (("bm25", index.bm25), ("chars", index.chars), ("titles", index.titles)):
        arrays[f"{name}.keys"] = postings.keys
        arrays[f"{name}.starts"] = postings.starts
        arrays[f"{name}.passages"] = postings.passages
        arrays[f"{name}.weights"] = postings.weights
        arrays[f"{name}.size"] = np.array([postings.size], dtype=np.int64)
    # Not save_file: it tells of a full disk in an error that is no OSError.
    (folder / f"lexical-{index.locale}.safetensors").write_bytes(save(arrays))
    faiss.write_index(index.vectors, str(folder / f"vectors-{index.locale}.faiss"))


def read_locale(files: dict[str, bytes], locale: str) -> LocaleIndex:
    """Raises KeyError or ValueError where a file or array is missing or does not fit the others."""
    passages = tuple(_passage(orjson.loads(line)) for line in files[f"passages-{locale}.jsonl"].splitlines())
    arrays = load(files[f"lexical-{locale}.safetensors"])
    vectors = faiss.deserialize_index(np.frombuffer(files[f"vectors-{locale}.faiss"], dtype=np.uint8))
    if not isinstance(vectors, faiss.IndexFlatIP):
        raise ValueError(f"vectors-{locale}.faiss is of an unknown kind")
    index = LocaleIndex(
        locale=locale,
        passages=passages,
        bm25=_postings(arrays, "bm25"),
        chars=_postings(arrays, "chars"),
        titles=_postings(arrays, "titles"),
        vectors=vectors,
    )
    if not len(passages) == vectors.ntotal == index.bm25.size == index.chars.size:
        raise ValueError(f"passages, lists and vectors of {locale} do not belong together")
    return index


def _passage(fields: dict[str, Any]) -> Passage:
    return Passage(**{**fields, "heading_path": tuple(fields["heading_path"])})


def _postings(arrays: dict[str, npt.NDArray[Any]], name: str) -> Postings:
    return Postings(
        keys=arrays[f"{name}.keys"],
        starts=arrays[f"{name}.starts"],
        passages=arrays[f"{name}.passages"],
        weights=arrays[f"{name}.weights"],
        size=int(arrays[f"{name}.size"][0]),
    )
