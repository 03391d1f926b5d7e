"""Any sentence-transformers model in place of the bundled one, run as an ONNX graph where that is quicker."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge_base.encoders.base import Kind, Vectors
from knowledge_base.encoders.graph_files import (
    SCHEME,
    SELF_CHECK,
    GraphUnusable,
    ModelFiles,
    load_graph,
    readable_name,
    vectors_digest,
    written_aside,
)
from knowledge_base.encoders.hub import FoundModel, find_model
from knowledge_base.encoders.model_folder import GraphUnsupported, read_shape
from knowledge_base.encoders.onnx_session import OnnxSession
from knowledge_base.encoders.prompts import Prompts, read_prompts
from knowledge_base.encoders.stock import StockModel
from knowledge_base.errors import EncoderUnusable

log = logging.getLogger(__name__)

Engine = Literal["int8", "fp32", "stock"]


class Choice(BaseModel):
    """How a model is run here, measured once and remembered beside the graphs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheme: str
    files: str
    """Names, sizes and times of the model's files: others are hashed and measured anew."""
    weights_digest: str
    engine: Engine
    dimensions: int
    milliseconds: dict[str, float]
    """Of one text, by engine."""


@dataclass(frozen=True, slots=True)
class _Ready:
    model: OnnxSession | StockModel
    choice: Choice


class NamedModel:
    """Found, fetched and loaded when first needed. Code that comes with a model is never run."""

    def __init__(self, named: str, *, cache_dir: Path | None = None, threads: int | None = None) -> None:
        """`named`: see `find_model`. `cache_dir` and `threads` as for `MiniLM`."""
        self._named = named
        self._cache_dir = cache_dir
        self._threads = threads or os.cpu_count() or 1
        self._found: FoundModel | None = None
        self._choice: Choice | None = None
        self._ready: _Ready | None = None
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        return self._find().name

    @property
    def dimensions(self) -> int:
        return self._chosen().dimensions

    @property
    def digest(self) -> str:
        """Of the weights, the way they are run and the prompts. Loads nothing where the choice was made before."""
        choice, prompts = self._chosen(), self._prompts()
        vectors = vectors_digest(choice.weights_digest, "int8" if choice.engine == "int8" else "fp32")
        return hashlib.sha256(f"{vectors}\n{prompts.query}\n{prompts.passage}".encode()).hexdigest()

    def encode(
        self, texts: Sequence[str], *, kind: Kind = "passage", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        return self.load().model.encode(texts, prompt=self._prompts().of(kind), progress=progress)

    def load(self) -> _Ready:
        """Raises `EncoderUnusable` where the model cannot be found, fetched or run."""
        with self._lock:
            if self._ready is None:
                remembered = self._choice or self._remembered()
                self._ready = self._loaded(remembered)
                if remembered is not None and remembered.engine != self._ready.choice.engine:
                    if self._choice is not None:
                        raise EncoderUnusable(
                            f"This machine cannot run {self.name} in the way that its index was opened with (see the "
                            "log). Build the index again on this machine"
                        )
                    log.warning(
                        "the model %s is run another way than before; its index is to be built again", self.name
                    )
                self._choice = self._ready.choice
            return self._ready

    def _find(self) -> FoundModel:
        with self._lock:
            if self._found is None:
                self._found = find_model(self._named)
            return self._found

    def _prompts(self) -> Prompts:
        found = self._find()
        return read_prompts(found.name, found.folder)

    def _chosen(self) -> Choice:
        with self._lock:
            if self._choice is None:
                self._choice = self._remembered() or self.load().choice
            return self._choice

    def _loaded(self, remembered: Choice | None) -> _Ready:
        found = self._find()
        stock = StockModel(found.folder, self._threads)
        weights = remembered.weights_digest if remembered else _digest_of(found.folder)
        try:
            if remembered is not None and remembered.engine == "stock":
                raise GraphUnusable("it was measured to be slower")
            shape = read_shape(found.folder)
            if remembered is None and stock.longest != shape.longest:
                raise GraphUnsupported(f"it reads {stock.longest} tokens, which its files do not say")
            files = ModelFiles(found.name, found.folder, weights, shape, self._cache_dir)
            prompt = self._prompts().passage
            loaded = load_graph(
                files, self._threads, before_making=lambda: None, original=lambda: stock.encode(SELF_CHECK)
            )
        except (GraphUnsupported, GraphUnusable) as error:
            log.info("%s is run by sentence-transformers: %s", found.name, error)
            return _Ready(stock, remembered or self._remember(weights, "stock", stock.dimensions, {}))
        session = loaded.session
        if remembered is None:
            took = {"stock": _milliseconds(stock, prompt), loaded.precision: _milliseconds(session, prompt)}
            quicker = took[loaded.precision] < took["stock"]
            remembered = self._remember(weights, loaded.precision if quicker else "stock", session.dimensions, took)
        elif remembered.engine != loaded.precision:
            remembered = remembered.model_copy(update={"engine": loaded.precision})
        if remembered.engine == "stock":
            return _Ready(stock, remembered)
        return _Ready(session, remembered)

    def _path(self) -> Path | None:
        if self._cache_dir is None:
            return None
        folder = self._find().folder
        place = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        return self._cache_dir / f"{readable_name(self.name)}-{place}.json"

    def _remembered(self) -> Choice | None:
        path = self._path()
        try:
            choice = Choice.model_validate_json(path.read_bytes()) if path else None
        except (OSError, ValidationError):
            return None
        known = choice is not None and choice.scheme == SCHEME and choice.files == _files_of(self._find().folder)
        return choice if known else None

    def _remember(self, weights: str, engine: Engine, dimensions: int, took: dict[str, float]) -> Choice:
        choice = Choice(
            scheme=SCHEME,
            files=_files_of(self._find().folder),
            weights_digest=weights,
            engine=engine,
            dimensions=dimensions,
            milliseconds={name: round(value, 2) for name, value in took.items()},
        )
        log.info("%s is run as %s (ms a text: %s)", self.name, engine, choice.milliseconds)
        path = self._path()
        if path:
            written_aside(path, choice.model_dump_json(indent=1).encode())
        return choice


def _model_files(folder: Path) -> list[Path]:
    """What decides a model's vectors: its weights, tokenizer and configuration."""
    wanted = {".safetensors", ".bin", ".json", ".txt", ".model"}
    return sorted(path for path in folder.rglob("*") if path.suffix in wanted and path.is_file())


def _files_of(folder: Path) -> str:
    stats = ((path.relative_to(folder), path.stat()) for path in _model_files(folder))
    lines = "\n".join(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats)
    return hashlib.sha256(lines.encode()).hexdigest()


def _digest_of(folder: Path) -> str:
    """SHA-256 over the model's files: 1 s for each gigabyte, therefore remembered."""
    digest = hashlib.sha256()
    for path in _model_files(folder):
        with path.open("rb") as file:
            digest.update(f"{path.relative_to(folder)} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _milliseconds(model: StockModel | OnnxSession, prompt: str) -> float:
    """The quickest of some rounds over the self-check's texts, one at a time, as questions come."""
    rounds = []
    for _ in range(4):
        began = perf_counter()
        for text in SELF_CHECK:
            model.encode([text], prompt=prompt)
        rounds.append((perf_counter() - began) * 1000 / len(SELF_CHECK))
    return min(rounds)
