"""Makes a model's graph once, checks it against the original, and keeps it beside the other files of run time.

A file's name holds the model, the precision and its own SHA-256, and it is put in place by one rename: several processes
that start at once make the same file, a half-written or changed one is made anew, and where the folder cannot be written
the graph is made in memory at each start (a second).
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from knowledge_base.encoders.base import Vectors
from knowledge_base.encoders.model_folder import Shape
from knowledge_base.encoders.onnx_session import OnnxSession, TextTokens
from knowledge_base.errors import EncoderUnusable

log = logging.getLogger(__name__)

Precision = Literal["int8", "fp32"]
SCHEME = "2"
"""Counts the ways in which graphs were made: those of another scheme are made anew, and their vectors are others."""
PRECISIONS: tuple[Precision, ...] = ("int8", "fp32")
LEAST_COSINE: dict[Precision, float] = {"int8": 0.98, "fp32": 0.999}
"""What the vectors of the self-check's texts must have with the original's for a graph to be used."""

CALIBRATION = (
    "The order was cancelled but the customer was charged twice. Open the payments page and refund the second charge.",
    "¿Cómo cambio la dirección de envío de un pedido que ya fue pagado? No encuentro el botón.",
    "Não consigo acessar minha conta desde ontem, aparece o erro 403 ao entrar.",
    "1. Open Settings > Users.\n2. Choose the user.\n3. Save. Error code: ERR_CONN_1042, HTTP 500",
    "A domain name is connected by a CNAME record at the registrar; the certificate follows within an hour.",
    "refund",
    "hola, me cobraron dos veces",
    "O relatório de vendas pode ser exportado em planilha (.xlsx) ou CSV, por período e por loja.",
    "The weather is nice today; the band played jazz and the crowd danced until midnight by the river.",
    "bin/app cache:flush --all && php index.php # restarts the queue",
)
SELF_CHECK = (
    "where do I see last month's invoices",
    "El cupón de descuento no se aplica al carrito. Revisa la fecha de vencimiento y las categorías incluidas.",
    "Para trocar o plano, abra Conta, escolha Assinatura e confirme; a diferença é cobrada no próximo ciclo.",
    "Shipping rates are computed by weight: create a zone, add a rate per kilogram, and save the carrier. "
    "Orders above the limit of a zone are shipped free of charge (error E-204 means that no zone matches).",
)


class GraphUnusable(Exception):
    """No graph of the model can be made or run on this machine; its own library has to do."""


@dataclass(frozen=True, slots=True)
class LoadedGraph:
    """A graph that was checked on this machine."""

    session: OnnxSession
    precision: Precision


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on disk, and where its graphs are kept (nowhere when `cache_dir` is None)."""

    name: str
    folder: Path
    weights_digest: str
    """SHA-256 of what the graph is made from."""
    shape: Shape
    cache_dir: Path | None

    def stem(self, precision: Precision) -> str:
        return f"{readable_name(self.name)}-{self.weights_digest[:12]}-{precision}-{SCHEME}"

    def digest(self, precision: Precision) -> str:
        return vectors_digest(self.weights_digest, precision)


def readable_name(name: str) -> str:
    """For a file's name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[-60:].lstrip(".-")


def vectors_digest(weights_digest: str, precision: Precision) -> str:
    """Names the vectors of a model: fp32 ones are those of the weights themselves, by whatever they are computed."""
    if precision == "fp32":
        return weights_digest
    return hashlib.sha256(f"{weights_digest} {precision} {SCHEME}".encode()).hexdigest()


def kept(files: ModelFiles, precision: Precision) -> bool:
    """Whether there is a file of that precision. It may still prove damaged."""
    return bool(_candidates(files, precision))


def load_graph(
    files: ModelFiles,
    threads: int,
    *,
    before_making: Callable[[], None],
    original: Callable[[], Vectors] | None = None,
) -> LoadedGraph:
    """The quickest graph that this machine computes rightly, made if need be: int8, else fp32.

    `before_making` checks the weights that a graph will be made of; what it raises is raised. `original` gives the
    vectors of `SELF_CHECK` as the model's own library computes them; without it they are the fp32 graph's. Raises
    `GraphUnusable` where no graph can be made, or none computes what it should.
    """
    try:
        tokens = TextTokens(files.folder, files.shape.longest)
        for precision in PRECISIONS:
            for path in _candidates(files, precision):
                session = _read(path, tokens, threads)
                if session is not None and _agrees(session, precision):
                    return LoadedGraph(session, precision)
        before_making()
        return _made(files, tokens, threads, original)
    except (GraphUnusable, EncoderUnusable):
        raise
    except (
        Exception
    ) as error:  # a library that is missing, or cannot be loaded or run on this machine, says it in any way
        raise GraphUnusable(f"{type(error).__name__}: {error}") from error


def _candidates(files: ModelFiles, precision: Precision) -> list[Path]:
    if files.cache_dir is None or not files.cache_dir.is_dir():
        return []
    return sorted(files.cache_dir.glob(f"{files.stem(precision)}-*.onnx"))


def _read(path: Path, tokens: TextTokens, threads: int) -> OnnxSession | None:
    try:
        graph = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(graph).hexdigest() != path.stem.rsplit("-", 1)[-1]:
        log.warning("the encoder's graph %s is damaged; it is made anew", path)
        return None
    return OnnxSession(graph, tokens, threads)


def _agrees(session: OnnxSession, precision: Precision) -> bool:
    """Asked at every load, because another machine may have made the file: 5 ms."""
    least = float((session.encode(SELF_CHECK) * session.reference).sum(axis=1).min())
    if least >= LEAST_COSINE[precision]:
        return True
    log.warning("this machine computes the encoder's %s graph wrongly (cosine %.3f); it is not used", precision, least)
    return False


def _made(files: ModelFiles, tokens: TextTokens, threads: int, original: Callable[[], Vectors] | None) -> LoadedGraph:
    from knowledge_base.encoders.bert_graph import Calibration, GraphBuilder, read_weights

    builder = GraphBuilder(read_weights(files.folder), files.shape)
    watching = OnnxSession(builder.for_calibration(), tokens, 1)
    reference = original() if original else watching.encode(SELF_CHECK)
    peaks: dict[str, Vectors] = {}
    for text in CALIBRATION:
        for name, values in zip(builder.watched, watching.outputs(text)[1:], strict=True):
            largest = np.abs(values[0]).max(axis=0)
            peaks[name] = np.maximum(peaks[name], largest) if name in peaks else largest
    del watching
    for precision in PRECISIONS:
        graph = builder.int8(Calibration(peaks), reference) if precision == "int8" else builder.fp32(reference)
        session = OnnxSession(graph, tokens, threads)
        if _agrees(session, precision):
            _keep(files, precision, graph)
            return LoadedGraph(session, precision)
    raise GraphUnusable("no graph computes what the original does")


def _keep(files: ModelFiles, precision: Precision, graph: bytes) -> None:
    if files.cache_dir is None:
        return
    path = files.cache_dir / f"{files.stem(precision)}-{hashlib.sha256(graph).hexdigest()}.onnx"
    if written_aside(path, graph):
        for other in _candidates(files, precision):
            if other != path:
                other.unlink(missing_ok=True)


def written_aside(path: Path, content: bytes) -> bool:
    """Puts `content` in place by one rename; False where it cannot be written, in which case it is made at each start."""
    aside = path.with_name(f".{path.name[-60:]}.{os.getpid()}.{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        log.info("made anew at each start, because %s cannot be written (%s)", path.parent, error.strerror)
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        return False
    return True
