"""What a model wants to be put before a question and before a passage."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.encoders.base import Kind

_E5 = re.compile(r"(?<![a-z0-9])e5(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prompts:
    query: str = ""
    passage: str = ""

    def of(self, kind: Kind) -> str:
        return self.query if kind == "query" else self.passage


def read_prompts(name: str, folder: Path) -> Prompts:
    """Those that the model's configuration names; else what the e5 family was trained with; else none."""
    try:
        config = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
        named = {key: text for key, text in (config.get("prompts") or {}).items() if isinstance(text, str)}
        default = named.get(config.get("default_prompt_name") or "", "")
    except (OSError, ValueError, AttributeError):
        named, default = {}, ""
    found = Prompts(
        query=_first(named, "query", "retrieval.query", "search_query") or default,
        passage=_first(named, "passage", "document", "retrieval.passage", "search_document", "corpus") or default,
    )
    if found == Prompts() and _E5.search(name) and "instruct" not in name.lower():
        return Prompts("query: ", "passage: ")
    return found


def _first(named: dict[str, str], *keys: str) -> str:
    return next((named[key] for key in keys if named.get(key)), "")
