"""The files of an index: articles and passages as JSON lines, inverted lists and vectors as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter
from safetensors.numpy import load, save

from knowledge_base.articles import Article, ContentWarning, Passage
from knowledge_base.glossary import Glossary, GlossaryData
from knowledge_base.lexical import Postings
from knowledge_base.locale_index import EncoderRows, LocaleIndex
from knowledge_base.passages import Split
from knowledge_base.vectors import FAISS, read_index, write_index

ARTICLES = "articles.jsonl"
CONFIDENCE = "confidence.json"
GLOSSARIES = "glossaries.json"
TRAINED = "trained.json"
SPLIT = "split.json"
_GLOSSARIES = TypeAdapter(list[GlossaryData])


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
    arrays: dict[str, npt.NDArray[Any]] = {"rows.articles": index.dense.articles, "rows.passages": index.dense.passages}
    for name, postings in (("bm25", index.bm25), ("chars", index.chars)):
        arrays[f"{name}.keys"] = postings.keys
        arrays[f"{name}.starts"] = postings.starts
        arrays[f"{name}.passages"] = postings.passages
        arrays[f"{name}.weights"] = postings.weights
        arrays[f"{name}.size"] = np.array([postings.size], dtype=np.int64)
    # Not save_file: it tells of a full disk in an error that is no OSError.
    (folder / f"lexical-{index.locale}.safetensors").write_bytes(save(arrays))
    for name, vectors in (("encoder", index.dense.index), ("heads", index.heads), ("static", index.static)):
        write_index(vectors, folder, f"{name}-{index.locale}")


def read_locale(files: dict[str, bytes], locale: str, *, store: str = FAISS) -> LocaleIndex:
    """Raises KeyError or ValueError where a file or array is missing or does not fit the others."""
    passages = tuple(_passage(orjson.loads(line)) for line in files[f"passages-{locale}.jsonl"].splitlines())
    arrays = load(files[f"lexical-{locale}.safetensors"])
    encoder, heads, static = (
        read_index(files, f"{name}-{locale}", store=store) for name in ("encoder", "heads", "static")
    )
    index = LocaleIndex(
        locale=locale,
        passages=passages,
        bm25=_postings(arrays, "bm25"),
        chars=_postings(arrays, "chars"),
        dense=EncoderRows(encoder, arrays["rows.articles"], arrays["rows.passages"]),
        heads=heads,
        static=static,
    )
    if not (
        len(passages) == static.size == index.bm25.size == index.chars.size
        and len(index.starts) == heads.size == len(index.dense.starts)
        and encoder.size == len(index.dense.articles) == len(index.dense.passages)
    ):
        raise ValueError(f"passages, lists and vectors of {locale} do not belong together")
    return index


def write_glossaries(folder: Path, glossaries: Sequence[Glossary]) -> None:
    (folder / GLOSSARIES).write_bytes(_GLOSSARIES.dump_json([each.data() for each in glossaries]))


def read_glossaries(raw: bytes) -> dict[str, Glossary]:
    """By language. Raises `ValidationError`."""
    return {each.language: Glossary.from_data(each) for each in _GLOSSARIES.validate_json(raw)}


class _SplitData(BaseModel):
    digests: dict[str, str]
    links: str
    warned: dict[str, tuple[tuple[str, str], ...]]


def write_split(folder: Path, split: Split) -> None:
    """What of a split is not in the passages themselves."""
    warned = {key: tuple((each.place, each.reason) for each in found) for key, found in split.warned.items()}
    data = _SplitData(digests=split.digests, links=split.links, warned=warned)
    (folder / SPLIT).write_text(data.model_dump_json(), encoding="utf-8")


def read_split(files: dict[str, bytes], passages: Sequence[Passage]) -> Split:
    """Raises KeyError or ValidationError."""
    data = _SplitData.model_validate_json(files[SPLIT])
    warned = {key: tuple(ContentWarning(*each) for each in found) for key, found in data.warned.items()}
    warnings = tuple(each for found in warned.values() for each in found)
    return Split(tuple(passages), {}, warnings, data.digests, data.links, warned)


class Trained(BaseModel):
    """What the models of an index were trained on, which tells how far the content has drifted since."""

    model_config = ConfigDict(frozen=True)

    passages: tuple[str, ...]
    """Digests of the passages' words, sorted."""
    labels: str
    """Digest of the labelled questions."""


def write_trained(folder: Path, trained: Trained) -> None:
    (folder / TRAINED).write_text(trained.model_dump_json(), encoding="utf-8")


def _passage(fields: dict[str, Any]) -> Passage:
    return Passage(**{**fields, "heading_path": tuple(fields["heading_path"]), "names": tuple(fields["names"])})


def _postings(arrays: dict[str, npt.NDArray[Any]], name: str) -> Postings:
    return Postings(
        keys=arrays[f"{name}.keys"],
        starts=arrays[f"{name}.starts"],
        passages=arrays[f"{name}.passages"],
        weights=arrays[f"{name}.weights"],
        size=int(arrays[f"{name}.size"][0]),
    )
