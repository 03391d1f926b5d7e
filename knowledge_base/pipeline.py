"""Names the code that decides what an index holds: the same articles built by other code are another index."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_MODULES = (
    "articles", "asking", "build", "chunking", "cleaning", "confidence", "copies", "fusion", "glossary", "html_markup",
    "learning", "lexical", "links", "locale_index", "markdown", "parallel", "passages", "rendering", "static_model",
    "static_training", "storage", "stubs", "text", "training",
)  # fmt: skip


@cache
def pipeline_digest() -> str:
    """SHA-256 of the modules and the lexicon that take part in a build."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    lexicon = sorted((package.parent / "data" / "lexicon").glob("*.tsv"))
    for path in [*(package / f"{name}.py" for name in _MODULES), *lexicon]:
        digest.update(path.name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
