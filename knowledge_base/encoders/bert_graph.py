"""A BERT-like sentence encoder as an ONNX graph, made from its weights with neither torch nor transformers.

The graph reads one text's token numbers, (1, length), and gives its unit vector, (1, dimensions). There is no padding and
no attention mask, because texts are encoded one at a time: int8 takes one range for all numbers of a call, so in a batch
a text's vector would depend on its neighbours (and padding costs more than a batch gains on a CPU).

int8, measured on all-MiniLM-L6-v2 (cosine to the original over 220 texts in three languages, minimum / mean):

    plain dynamic quantisation, 7-bit weights a column                       .983 / .992
    + activations' ranges evened out by the weights (SmoothQuant, arXiv 2211.10438, alpha .5)
    + each row of the feed-forward's output scaled by its own maximum        .994 / .997

Weights keep 7 bits: with 8, processors without VNNI saturate when they add pairs, and an index built on one machine would
not fit the questions encoded on another. With 7 every processor gets the same integers; 8 gained .001.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

from knowledge_base.encoders.base import Vectors
from knowledge_base.encoders.model_folder import GraphUnsupported, Shape
from knowledge_base.encoders.onnx_session import REFERENCE, TOKENS

Weights = Mapping[str, npt.NDArray[Any]]
Floats = npt.NDArray[np.float32]

_CONTRIB = "com.microsoft"
_TOP = 63  # the largest 7-bit weight
_ALPHA = 0.5


def read_weights(folder: Path) -> Weights:
    """By the names within the encoder, whatever the model that was saved calls it. Raises `GraphUnsupported`."""
    loaded: Weights = load_file(folder / "model.safetensors")
    anchor = "embeddings.word_embeddings.weight"
    found = [name for name in loaded if name.endswith(anchor)]
    if len(found) != 1:
        raise GraphUnsupported("its weights bear other names")
    prefix = found[0].removesuffix(anchor)
    return {name.removeprefix(prefix): array.astype(np.float32) for name, array in loaded.items()}


@dataclass(frozen=True, slots=True)
class Calibration:
    """The largest absolute value that each channel of a layer's input took on some texts, by the layer's name."""

    peaks: Mapping[str, Floats]


class _Graph:
    """Nodes and constants as they are added; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, array: npt.NDArray[Any]) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **attributes))
        return output

    def normalised(self, left: str, right: str, weights: Weights, name: str, output: str, epsilon: float) -> str:
        # Not SkipLayerNormalization, the fused kernel: its loops are scalar and take 6 times as long (373 us against
        # 58 for 160 tokens), which is why the session must not fuse these two either.
        total = self.add("Add", [left, right], f"{output}.sum")
        scale = self.constant(f"{output}.scale", weights[f"{name}.weight"])
        shift = self.constant(f"{output}.shift", weights[f"{name}.bias"])
        return self.add("LayerNormalization", [total, scale, shift], output, axis=-1, epsilon=epsilon)


class GraphBuilder:
    """Builds the graphs of one model: fp32, the same with what calibration needs, and int8."""

    def __init__(self, weights: Weights, shape: Shape) -> None:
        self._weights = weights
        self._shape = shape

    @property
    def watched(self) -> list[str]:
        """The inputs whose ranges calibration looks at, in the order of the calibration graph's outputs."""
        return [name for layer in range(self._shape.layers) for name in (f"in{layer}", f"mid{layer}")]

    def fp32(self, reference: Vectors | None = None) -> bytes:
        return self._build(None, [], reference)

    def for_calibration(self) -> bytes:
        """The fp32 graph that gives the `watched` inputs after the vector."""
        return self._build(None, self.watched, None)

    def int8(self, calibration: Calibration, reference: Vectors) -> bytes:
        """`reference`: the fp32 vectors of the self-check's texts, kept in the file for whoever loads it."""
        return self._build(calibration, [], reference)

    def _build(self, calibration: Calibration | None, watched: Sequence[str], reference: Vectors | None) -> bytes:
        graph, weights, shape = _Graph(), self._weights, self._shape
        hidden = self._embeddings(graph, compact=calibration is not None)
        for layer in range(shape.layers):
            hidden = self._layer(graph, layer, hidden, calibration)
        if shape.pooling == "mean":
            axes = graph.constant("tokens", np.array([1], np.int64))
            pooled = graph.add("ReduceMean", [hidden, axes], "pooled", keepdims=0)
        else:
            first = graph.add("Gather", [hidden, graph.constant("nought", np.array([0], np.int64))], "first", axis=1)
            axes = graph.constant("tokens", np.array([1], np.int64))
            pooled = graph.add("Squeeze", [first, axes], "pooled")
        vector = graph.add("LpNormalization", [pooled], "vector", axis=-1, p=2)
        size = weights["embeddings.word_embeddings.weight"].shape[1]
        outputs = [helper.make_tensor_value_info(vector, TensorProto.FLOAT, [1, size])]
        outputs += [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in watched]
        made = helper.make_graph(
            graph.nodes,
            "sentence-encoder",
            [helper.make_tensor_value_info(TOKENS, TensorProto.INT64, [1, "length"])],
            outputs,
            list(graph.constants.values()),
        )
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_CONTRIB, 1)]
        model = helper.make_model(made, opset_imports=opsets, ir_version=9)
        if reference is not None:
            helper.set_model_props(model, {REFERENCE: base64.b64encode(reference.astype("<f4").tobytes()).decode()})
        made_of: bytes = model.SerializeToString()
        return made_of

    def _embeddings(self, graph: _Graph, *, compact: bool) -> str:
        weights, shape = self._weights, self._shape
        table = weights["embeddings.word_embeddings.weight"]
        if compact:  # a row keeps 8 bits and its own scale: 12 MB instead of 47, no measurable loss
            scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-12) / 127
            graph.constant("words", np.rint(table / scale).astype(np.int8))
            graph.constant("word_scales", scale.astype(np.float32))
            graph.add("Gather", ["words", TOKENS], "word8")
            graph.add("Cast", ["word8"], "word32", to=TensorProto.FLOAT)
            graph.add("Gather", ["word_scales", TOKENS], "word_scale")
            graph.add("Mul", ["word32", "word_scale"], "word")
        else:
            graph.add("Gather", [graph.constant("words", table), TOKENS], "word")
        first = shape.first_position
        positions = weights["embeddings.position_embeddings.weight"][first : first + shape.longest]
        types = weights.get("embeddings.token_type_embeddings.weight")
        graph.constant("positions", positions if types is None else positions + types[0])
        graph.constant("zero", np.array([0], np.int64))
        graph.add("Shape", [TOKENS], "length", start=1, end=2)
        graph.add("Slice", ["positions", "zero", "length"], "position")
        return graph.normalised("word", "position", weights, "embeddings.LayerNorm", "in0", shape.epsilon)

    def _layer(self, graph: _Graph, layer: int, hidden: str, calibration: Calibration | None) -> str:
        weights, epsilon, prefix = self._weights, self._shape.epsilon, f"encoder.layer.{layer}."

        def dense(*names: str) -> tuple[Floats, Floats]:
            matrix = np.concatenate([weights[f"{prefix}{name}.weight"].T for name in names], axis=1)
            return matrix, np.concatenate([weights[f"{prefix}{name}.bias"] for name in names])

        def times(values: str, output: str, *names: str, by_row: bool = False) -> str:
            matrix, bias = dense(*names)
            if calibration is None:
                product = graph.add("MatMul", [values, graph.constant(f"{output}.w", matrix)], f"{output}.product")
                return graph.add("Add", [product, graph.constant(f"{output}.b", bias)], output)
            return _quantised(graph, values, output, matrix, bias, calibration.peaks.get(values), by_row=by_row)

        attention = ("attention.self.query", "attention.self.key", "attention.self.value")
        joined = times(hidden, f"qkv{layer}", *attention)
        parts = [f"q{layer}", f"k{layer}", f"v{layer}"]
        graph.nodes.append(helper.make_node("Split", [joined], parts, axis=-1, num_outputs=3))
        heads = self._shape.heads
        looked = graph.add("MultiHeadAttention", parts, f"looked{layer}", domain=_CONTRIB, num_heads=heads)
        seen = times(looked, f"seen{layer}", "attention.output.dense")
        norm = f"{prefix}attention.output.LayerNorm"
        middle = graph.normalised(hidden, seen, weights, norm, f"mid{layer}", epsilon)
        wide = times(middle, f"wide{layer}", "intermediate.dense")
        lit = graph.add("Gelu", [wide], f"lit{layer}", domain=_CONTRIB)
        narrow = times(lit, f"narrow{layer}", "output.dense", by_row=True)
        return graph.normalised(middle, narrow, weights, f"{prefix}output.LayerNorm", f"in{layer + 1}", epsilon)


def _quantised(
    graph: _Graph, values: str, output: str, matrix: Floats, bias: Floats, peaks: Floats | None, *, by_row: bool
) -> str:
    """`values` times `matrix` plus `bias` in int8; `peaks` evens out the channels, `by_row` the rows."""
    if peaks is not None:
        factor = _evening(peaks, matrix)
        values = graph.add("Mul", [values, graph.constant(f"{output}.even", 1 / factor)], f"{output}.evened")
        matrix = matrix * factor[:, None]
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / _TOP
    packed = np.clip(np.rint(matrix / scale), -_TOP, _TOP).astype(np.int8)
    constants = [
        graph.constant(f"{output}.q", packed),
        graph.constant(f"{output}.scale", scale.astype(np.float32)),
        graph.constant(f"{output}.zero", np.zeros(len(scale), np.int8)),
    ]
    graph.constant(f"{output}.b", bias)
    if not by_row:
        inputs = [values, *constants, f"{output}.b"]
        return graph.add("DynamicQuantizeMatMul", inputs, output, domain=_CONTRIB)
    # GELU gives nothing below -.17, so the largest value tells the range; a floor keeps rows of zeros finite.
    axes, floor = (
        graph.constant("channels", np.array([-1], np.int64)),
        graph.constant("floor", np.array([1e-3], np.float32)),
    )
    largest = graph.add("Max", [graph.add("ReduceMax", [values, axes], f"{output}.max"), floor], f"{output}.largest")
    scaled = graph.add("Div", [values, largest], f"{output}.scaled")
    product = graph.add("DynamicQuantizeMatMul", [scaled, *constants], f"{output}.product", domain=_CONTRIB)
    unscaled = graph.add("Mul", [product, largest], f"{output}.unscaled")
    return graph.add("Add", [unscaled, f"{output}.b"], output)


def _evening(peaks: Floats, matrix: Floats) -> Floats:
    """What each channel is divided by so that activations and weights share the burden of a wide range. On a grid of
    quarter octaves, so that machines whose last bits differ still make the same file."""
    peaks = np.maximum(peaks, 0.01 * peaks.max())
    rows = np.maximum(np.abs(matrix).max(axis=1), 1e-4)
    wanted = _ALPHA * np.log2(peaks) - (1 - _ALPHA) * np.log2(rows)
    factor: Floats = np.exp2(np.rint((wanted - wanted.mean()) * 4) / 4).astype(np.float32)
    return factor
