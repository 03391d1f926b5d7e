"""Runs a sentence encoder's ONNX graph on the CPU."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from knowledge_base.encoders.base import Vectors

TOKENS = "tokens_of_text"
"""The graph's input: one text's token numbers, int64, (1, length)."""
REFERENCE = "reference"
"""The graph's metadata entry that holds the fp32 vectors of the self-check's texts."""
_LONGEST_TEXT = 20_000
"""Characters that are looked at; the tokens read end long before, and a text of 10 MB must not be split into words."""


class TextTokens:
    """Token numbers of texts, by the tokenizer that came with the model."""

    def __init__(self, folder: Path, longest: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(longest)
        self._tokenizer.no_padding()

    def of(self, text: str) -> list[int]:
        # Half a surrogate pair, as broken exports hold them, is no text to the tokenizer.
        readable = text[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self._tokenizer.encode(readable).ids
        return ids


class OnnxSession:
    """Encodes texts, one at a time in each of `threads` threads: a text's vector never depends on what it is encoded
    with, and two threads on two texts do twice the work, which two threads on one text do not."""

    def __init__(self, graph: bytes, tokens: TextTokens, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # it would keep a plan for every length of text
        options.log_severity_level = 3
        # More than "basic" fuses the sums and norms back into the slow kernel (see bert_graph).
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._tokens = tokens
        self._threads = threads

    @property
    def dimensions(self) -> int:
        return int(self._session.get_outputs()[0].shape[1])

    @property
    def reference(self) -> Vectors:
        """The fp32 vectors kept with the graph, (texts, dimensions). Raises ValueError where there are none."""
        metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        raw = base64.b64decode(metadata.get(REFERENCE, ""), validate=True)
        if not raw:
            raise ValueError("the graph holds no reference vectors")
        return np.frombuffer(raw, dtype="<f4").reshape(-1, self.dimensions).astype(np.float32)

    def outputs(self, text: str) -> list[Vectors]:
        """All that the graph gives for one text."""
        tokens = np.array([self._tokens.of(text)], dtype=np.int64)
        found: list[Vectors] = self._session.run(None, {TOKENS: tokens})
        return found

    def encode(
        self, texts: Sequence[str], *, prompt: str = "", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """`prompt` goes before each text."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        # The longest first, so that no thread is left alone with a long one at the end.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]), reverse=True)

        def encode(at: int) -> None:
            vectors[at] = self.outputs(prompt + texts[at])[0][0]

        if self._threads == 1 or len(texts) == 1:
            for done, at in enumerate(order, 1):
                encode(at)
                if progress and (done % 16 == 0 or done == len(order)):
                    progress(done)
            return vectors
        with ThreadPoolExecutor(self._threads, thread_name_prefix="encode") as pool:
            for done, _ in enumerate(pool.map(encode, order), 1):
                if progress and (done % 16 == 0 or done == len(order)):
                    progress(done)
        return vectors
