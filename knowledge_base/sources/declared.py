"""`sources.yml`: which sources one deployment indexes, typed and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from knowledge_base.errors import SourcesFileInvalid
from knowledge_base.sources import ArticleSource
from knowledge_base.sources.markdown_folder import MarkdownFolder


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="How messages call this source.")


class DeclaredFolder(_Declared):
    """A folder of Markdown; `path` is relative to the file that declares it."""

    kind: Literal["folder"]
    path: Path

    def open(self, base: Path) -> ArticleSource:
        return MarkdownFolder(base / self.path)


# The next kind of source joins this union and brings its own `open`.
DeclaredSource = DeclaredFolder


class DeclaredSources(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[DeclaredSource, ...] = Field(min_length=1)


def load_sources(path: Path) -> DeclaredSources:
    """The sources that `path` declares. Raises `SourcesFileInvalid` naming the file and the key."""
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourcesFileInvalid(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SourcesFileInvalid(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    try:
        return TypeAdapter(DeclaredSources).validate_python(loaded)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SourcesFileInvalid(f"{path}: {where}: {first['msg']}") from None
