"""The articles of one language, grouped as the help center's home page shows them: by ``help_center/collections.yml``."""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.catalog import Catalog
from knowledge_base import Article
from knowledge_base.text import language_of

logger = logging.getLogger(__name__)

FILE = Path("help_center") / "collections.yml"
# Of articles that lie in no folder.
LOOSE = "other"


class PlannedCollection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    emoji: str = Field("", max_length=8)
    sections: tuple[str, ...]


class Plan(BaseModel):
    """Which folders stand together; read from the deployment's data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    collections: tuple[PlannedCollection, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """Articles that stand together, in the order of their sections and sources."""

    id: str
    title: str
    emoji: str
    articles: tuple[Article, ...]


def read_plan(data: Path) -> Plan:
    """The deployment's plan; read again when the file changes. One that cannot be read is logged with its cure, and every
    folder is a collection of its own: articles are there all the same."""
    path = data / FILE
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return Plan()


@functools.lru_cache(maxsize=4)
def _read(path: Path, modified: int) -> Plan:
    """`modified` is part of the key, so that an edited file is read again, and a broken one is told of once."""
    try:
        return Plan.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        logger.warning("%s is not used: %s. Write it as the one in data/ shows", path, error)
        return Plan()


def arrange(articles: Sequence[Article], plan: Plan, catalog: Catalog, language: str) -> list[Collection]:
    """The collections that hold something: the planned ones in their order, then the other folders by their titles."""
    by_folder: dict[str, list[Article]] = {}
    for article in articles:
        by_folder.setdefault(folder_of(article), []).append(article)
    found = [
        Collection(
            each.id,
            title_of(each.id, catalog, language),
            each.emoji,
            tuple(article for section in each.sections for article in by_folder.pop(section, ())),
        )
        for each in plan.collections
    ]
    rest = [
        Collection(folder, title_of(folder, catalog, language), "", tuple(held)) for folder, held in by_folder.items()
    ]
    rest.sort(key=lambda each: (each.id == LOOSE, each.title.casefold()))
    return [each for each in (*found, *rest) if each.articles]


def folder_of(article: Article) -> str:
    """The innermost folder of an article's path, the one that is named after its language left out."""
    languages = {article.locale.casefold(), language_of(article.locale)}
    folders = [part for part in PurePosixPath(article.path).parts[:-1] if part.casefold() not in languages]
    return folders[-1] if folders else LOOSE


def title_of(collection_id: str, catalog: Catalog, language: str) -> str:
    """As the wording says it, else the folder's own name."""
    key = f"web.collections.{collection_id}"
    wording = catalog.wording(language)
    if key in wording:
        return wording.text(key)
    words = collection_id.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]
