"""What spares encoding a text twice: the cache of a build's vectors, and the memory for questions."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from knowledge_base.encoders.base import Embedder, Kind, Progress, Vectors
from knowledge_base.encoders.bundled import MiniLM

__all__ = ["Embedder", "Kind", "MiniLM", "Progress", "QueryEncoder", "VectorCache", "Vectors"]

log = logging.getLogger(__name__)

_WRITE_EVERY = 20.0
"""Seconds of encoding that an interrupted build may lose: the file is written as a whole, 40 ms for 9,000 vectors."""
_STEP = 512


class VectorCache:
    """Vectors by the digest of (encoder, text), in one file that is replaced as a whole and carries its own SHA-256;
    a file that does not match it is as if there were none."""

    # Vectors of texts that are gone are kept until the cache is this many times what the last build used.
    _GROWTH = 4
    _MAGIC = b"kbvec1\n"

    def __init__(self, path: Path, embedder: Embedder) -> None:
        self._path = path
        self._embedder = embedder
        self._row = np.dtype([("key", "V16"), ("vector", "<f4", (embedder.dimensions,))])
        self._keys, self._vectors = self._read()
        self._used: set[bytes] = set()

    def encode(self, texts: Sequence[str], *, kind: Kind = "passage", progress: Progress | None = None) -> Vectors:
        """Like the encoder's, of which only new texts are asked; kept on disk every 20 seconds and at the end."""
        keys = [self._key(text, kind) for text in texts]
        self._used.update(keys)
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._keys}
        todo = sorted(fresh, key=lambda key: len(fresh[key]), reverse=True)
        written = time.monotonic()
        for start in range(0, len(todo), _STEP):
            part = todo[start : start + _STEP]

            def report(done: int, before: int = start) -> None:
                if progress:
                    progress("encode", before + done, len(todo))

            self._add(part, self._embedder.encode([fresh[key] for key in part], kind=kind, progress=report))
            if time.monotonic() - written >= _WRITE_EVERY or start + _STEP >= len(todo):
                self._write()
                written = time.monotonic()
        rows = [self._keys[key] for key in keys]
        return np.ascontiguousarray(self._vectors[rows]) if rows else self._vectors[:0]

    def _key(self, text: str, kind: Kind) -> bytes:
        return hashlib.blake2b(
            text.encode("utf-8", "surrogatepass"),
            key=self._embedder.digest.encode()[:64],
            person=kind.encode(),
            digest_size=16,
        ).digest()

    def _add(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        for key in keys:
            self._keys[key] = len(self._keys)
        self._vectors = np.concatenate([self._vectors, vectors.astype(np.float32)])

    def _read(self) -> tuple[dict[bytes, int], Vectors]:
        empty: tuple[dict[bytes, int], Vectors] = ({}, np.zeros((0, self._embedder.dimensions), dtype=np.float32))
        try:
            raw = self._path.read_bytes()
        except OSError:
            return empty
        head = len(self._MAGIC)
        body = raw[head + 32 :]
        if raw[:head] != self._MAGIC or hashlib.sha256(body).digest() != raw[head : head + 32]:
            log.warning("the encoder's cache %s is damaged; it is made anew", self._path)
            return empty
        if len(body) % self._row.itemsize:
            return empty
        rows = np.frombuffer(body, dtype=self._row)
        return {row.tobytes(): at for at, row in enumerate(rows["key"])}, rows["vector"].astype(np.float32)

    def prune(self) -> None:
        """Forgets texts that this object was not asked for, once they are `_GROWTH` times those it was asked for."""
        if len(self._keys) > self._GROWTH * max(len(self._used), 1024):
            kept = [key for key in self._keys if key in self._used]
            self._vectors = self._vectors[[self._keys[key] for key in kept]]
            self._keys = {key: at for at, key in enumerate(kept)}
            self._write()

    def _write(self) -> None:
        rows = np.zeros(len(self._keys), dtype=self._row)
        rows["key"] = np.frombuffer(b"".join(self._keys), dtype="V16")
        rows["vector"] = self._vectors
        body = rows.tobytes()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_name(f".{self._path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            aside.write_bytes(self._MAGIC + hashlib.sha256(body).digest() + body)
            aside.replace(self._path)
        finally:
            aside.unlink(missing_ok=True)


class QueryEncoder:
    """Vectors of single questions with a small memory, so that a search after `prefetch` finds its vector ready."""

    def __init__(self, embedder: Embedder, *, size: int = 512) -> None:
        self._embedder = embedder
        self._size = size
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="encode")

    def encode(self, text: str) -> Vectors:
        """The vector of `text`, (dimensions,). Two threads asking for one text at once may both encode it."""
        with self._lock:
            vector = self._kept.get(text)
            if vector is not None:
                self._kept.move_to_end(text)
                return vector
        fresh: Vectors = self._embedder.encode([text], kind="query")[0]
        self._keep(text, fresh)
        return fresh

    def begin(self, text: str) -> Callable[[], Vectors]:
        """Begins to encode `text` in a thread of its own, if it is not known; what is returned waits for the vector. The
        encoder leaves Python alone meanwhile, so that words are weighed on the other core."""
        with self._lock:
            vector = self._kept.get(text)
        if vector is not None:
            found = vector
            return lambda: found
        return self._threads.submit(self.encode, text).result

    def encode_many(self, texts: Sequence[str]) -> None:
        """Encodes those not known yet in one go, for batches."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._kept]
            self._size = max(self._size, len(texts))
        for text, vector in zip(new, self._embedder.encode(new, kind="query") if new else (), strict=False):
            self._keep(text, vector)

    def encode_all(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions), past the memory, which thousands of past questions would only empty."""
        return self._embedder.encode(list(texts), kind="query")

    def _keep(self, text: str, vector: Vectors) -> None:
        with self._lock:
            self._kept[text] = vector
            self._kept.move_to_end(text)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
