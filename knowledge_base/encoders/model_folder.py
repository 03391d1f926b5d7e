"""What a sentence-transformers model folder says of its make, read from its JSON files alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

_ARCHITECTURES = {"bert": False, "roberta": True, "xlm-roberta": True, "camembert": True}
"""Model types whose graph `bert_graph` builds, and whether positions are counted from after the padding token's number."""


class GraphUnsupported(Exception):
    """The model is of another make than the graphs that are built here."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model's configuration decides its graph."""

    layers: int
    heads: int
    dimensions: int
    epsilon: float
    first_position: int
    longest: int
    """Tokens of a text that are read; the rest is cut off."""
    pooling: Literal["mean", "cls"]


def read_shape(folder: Path) -> Shape:
    """Of a model folder as sentence-transformers writes it. Raises `GraphUnsupported` saying what is unusual."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        pooled = json.loads((folder / modules[1]["path"] / "config.json").read_text(encoding="utf-8"))
        settings = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
        words = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise GraphUnsupported(f"its files are not those expected ({type(error).__name__}: {error})") from None
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise GraphUnsupported(f"its modules are {', '.join(kinds)}")
    if config.get("model_type") not in _ARCHITECTURES or config.get("hidden_act") != "gelu":
        raise GraphUnsupported(f"it is a {config.get('model_type')} with {config.get('hidden_act')}")
    if config.get("position_embedding_type", "absolute") != "absolute" or not (folder / "tokenizer.json").exists():
        raise GraphUnsupported("its positions or its tokenizer are of another kind")
    if settings.get("do_lower_case"):
        raise GraphUnsupported("its texts are lower-cased before its tokenizer sees them")
    if not (folder / "model.safetensors").exists():
        raise GraphUnsupported("its weights are not in one safetensors file")
    first = config["pad_token_id"] + 1 if _ARCHITECTURES[config["model_type"]] else 0
    room = config["max_position_embeddings"] - first
    longest = settings.get("max_seq_length") or min(words.get("model_max_length") or room, room)
    return Shape(
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        dimensions=config["hidden_size"],
        epsilon=config["layer_norm_eps"],
        first_position=first,
        longest=min(longest, room),
        pooling=_pooling(pooled),
    )


def _pooling(config: Mapping[str, Any]) -> Literal["mean", "cls"]:
    if not config.get("include_prompt", True):
        raise GraphUnsupported("its prompts do not count in the pooling")
    named = config.get("pooling_mode")
    modes = {named} if isinstance(named, str) else {key for key, on in config.items() if "pooling_mode_" in key and on}
    if modes in ({"mean"}, {"pooling_mode_mean_tokens"}):
        return "mean"
    if modes in ({"cls"}, {"pooling_mode_cls_token"}):
        return "cls"
    raise GraphUnsupported(f"it pools by {', '.join(sorted(modes))}")
