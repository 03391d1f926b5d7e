"""The index that a build replaces: whether it is good as it is, and what of it can be kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from knowledge_base.errors import IndexDamaged, IndexMissing, KnowledgeBaseError
from knowledge_base.glossary import Glossary
from knowledge_base.locale_index import LocaleIndex
from knowledge_base.passages import Split
from knowledge_base.pipeline import pipeline_digest
from knowledge_base.publishing import Manifest, read_verified
from knowledge_base.queries import LabelledQuery
from knowledge_base.static_model import StaticModel
from knowledge_base.storage import CONFIDENCE, GLOSSARIES, TRAINED, Trained, read_glossaries, read_locale, read_split
from knowledge_base.training import ConfidenceModels
from knowledge_base.vectors import vectors_are_there


@dataclass(frozen=True, slots=True)
class Previous:
    """Everything of an index that the next build may keep."""

    split: Split
    glossaries: dict[str, Glossary]
    static: StaticModel
    models: ConfidenceModels
    trained: Trained
    indexes: dict[str, LocaleIndex]


def labels_digest(labels: Sequence[LabelledQuery]) -> str:
    if not labels:
        return ""
    return hashlib.sha256("\n".join(each.model_dump_json() for each in labels).encode()).hexdigest()


def unchanged(index_dir: Path, made_of: Mapping[str, str], store: str) -> Manifest | None:
    """The manifest of the index at `index_dir`, every file verified, where it was made of just that by this code."""
    try:
        manifest, _ = read_verified(index_dir)
    except (IndexMissing, IndexDamaged):
        return None
    same = all(manifest.models.get(name) == value for name, value in made_of.items())
    same = same and vectors_are_there(index_dir, store)
    return manifest if same and manifest.pipeline == pipeline_digest() else None


def open_previous(index_dir: Path, encoder_digest: str, store: str) -> Previous | None:
    """None where there is no index, or one that is damaged, or made by other code or another encoder."""
    try:
        manifest, files = read_verified(index_dir)
        if manifest.pipeline != pipeline_digest() or manifest.encoder_digest != encoder_digest:
            return None
        indexes = {locale: read_locale(files, locale, store=store) for locale in manifest.locales}
        return Previous(
            split=read_split(files, [each for index in indexes.values() for each in index.passages]),
            glossaries=read_glossaries(files[GLOSSARIES]),
            static=StaticModel.read(files),
            models=ConfidenceModels.model_validate_json(files[CONFIDENCE]),
            trained=Trained.model_validate_json(files[TRAINED]),
            indexes=indexes,
        )
    except (KnowledgeBaseError, KeyError, ValueError, TypeError, ValidationError):
        return None
