"""`sources.yml`: which sources one deployment indexes, typed and checked. Every kind and option is explained in
`docs/sources.md`; secrets are never in the file, which names the environment variables that hold them."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from knowledge_base.errors import SourcesFileInvalid
from knowledge_base.sources import ArticleSource
from knowledge_base.sources.combined import CombinedSource, Part
from knowledge_base.sources.jsonl import JsonLines
from knowledge_base.sources.markdown_folder import MarkdownFolder
from knowledge_base.sources.remote import secret_from
from knowledge_base.sources.snapshots import SnapshotStore

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_EnvironmentName = Annotated[str, Field(pattern=r"^([A-Z_][A-Z0-9_]*)?$")]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=80, description="How messages call this source.")
    id_prefix: str = Field("", description="Put before the id of each article, where two sources use the same ids.")

    @property
    def slug(self) -> str:
        """The name as a folder's."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") or "source"

    @property
    def interval(self) -> float | None:
        """Seconds between two fetches by schedule; None for what is on this machine's disk."""
        return None

    def watched(self, base: Path) -> Path | None:
        """The file or folder whose changes are noticed at once, where there is one."""
        return None

    def open(self, base: Path, store: Path) -> ArticleSource:
        """The source; `store` is a folder for whatever it must keep beside its articles."""
        raise NotImplementedError


class _DeclaredRemote(_Declared):
    every: float = Field(900.0, ge=10, description="Seconds between two fetches by schedule or --watch.")
    locales: dict[str, str] = Field(
        default_factory=dict,
        description="Their locale -> ours; only those listed are indexed. Empty: all, without their region (en-us -> en).",
    )
    allow_private: tuple[_Network, ...] = Field(
        (), description="Networks that are not public and may be asked all the same (10.0.0.0/8 of an intranet)."
    )

    @property
    def interval(self) -> float:
        return self.every


class DeclaredFolder(_Declared):
    """A folder of Markdown; `path` is relative to the file that declares it."""

    kind: Literal["folder"]
    path: Path

    def open(self, base: Path, store: Path) -> ArticleSource:
        return MarkdownFolder(base / self.path)

    def watched(self, base: Path) -> Path:
        return base / self.path


class DeclaredJsonl(_Declared):
    """A file of articles, a JSON object a line; `path` is relative to the file that declares it."""

    kind: Literal["jsonl"]
    path: Path

    def open(self, base: Path, store: Path) -> ArticleSource:
        return JsonLines(base / self.path)

    def watched(self, base: Path) -> Path:
        return base / self.path


class DeclaredGit(_Declared):
    """A Git repository: `url` is fetched (https, ssh, file); `path` is a checkout on this disk, read as it stands."""

    kind: Literal["git"]
    url: str = ""
    path: Path | None = None
    ref: str = Field("", description="Branch or tag. Empty: the default branch.")
    folder: str = Field("", description="Where in the repository the articles are: <folder>/<locale>/**/*.md.")
    token_env: _EnvironmentName = Field("", description="Environment variable with a token for https.")
    every: float = Field(900.0, ge=10, description="Seconds between two fetches by schedule or --watch.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.url) == (self.path is not None):
            raise ValueError("give either url or path")
        if self.path is not None and (self.ref or self.token_env):
            raise ValueError("ref and token_env belong to url; a checkout on disk is read as it stands")
        return self

    @property
    def interval(self) -> float | None:
        return self.every if self.url else None

    def watched(self, base: Path) -> Path | None:
        return None if self.path is None else base / self.path / self.folder

    def open(self, base: Path, store: Path) -> ArticleSource:
        if self.path is not None:
            return MarkdownFolder(base / self.path / self.folder)
        from knowledge_base.sources.git import GitRepository

        return GitRepository(
            self.url, store / "checkout", ref=self.ref, folder=self.folder, token=secret_from(self.token_env)
        )


class DeclaredZendesk(_DeclaredRemote):
    """A Zendesk help center. Without credentials what anybody can read is read, in full each time."""

    kind: Literal["zendesk"]
    url: str = Field(pattern=r"^https?://", description="https://<subdomain>.zendesk.com")
    email: str = Field("", description="Owner of the API token.")
    token_env: _EnvironmentName = Field("", description="Environment variable with an API token.")
    oauth_token_env: _EnvironmentName = Field("", description="Environment variable with an OAuth access token.")

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if self.token_env and self.oauth_token_env:
            raise ValueError("give either token_env or oauth_token_env")
        if bool(self.token_env) != bool(self.email):
            raise ValueError("email and token_env belong together")
        return self

    def open(self, base: Path, store: Path) -> ArticleSource:
        from knowledge_base.sources.zendesk import Credentials, ZendeskHelpCenter

        credentials = Credentials(self.email, secret_from(self.token_env), secret_from(self.oauth_token_env))
        return ZendeskHelpCenter(self.url, credentials, self.locales, self.allow_private)


class DeclaredWebsite(_DeclaredRemote):
    """A website by its sitemap."""

    kind: Literal["website"]
    sitemap: str = Field(pattern=r"^https?://", description="Address of the sitemap or sitemap index.")
    hosts: tuple[str, ...] = Field((), description="Other hosts whose pages may be fetched: name or name:port.")
    include: tuple[str, ...] = Field((), description="Patterns of paths that are articles (/help/*). Empty: all.")
    exclude: tuple[str, ...] = Field((), description="Patterns of paths that are not.")
    locale: str = Field("", description="Language of pages that tell none.")
    max_pages: int = Field(5_000, ge=1, le=50_000, description="Pages at most.")
    delay: float = Field(0.1, ge=0, le=60, description="Seconds between two requests; robots.txt may ask for more.")

    def open(self, base: Path, store: Path) -> ArticleSource:
        from knowledge_base.sources.website import Scope, Website

        return Website(
            self.sitemap,
            frozenset(self.hosts),
            Scope(self.include, self.exclude, self.max_pages),
            self.locales,
            self.locale,
            self.allow_private,
            delay=self.delay,
        )


# The next kind of source joins this union and brings its own `open`. Modules that need a network are imported there.
DeclaredSource = Annotated[
    DeclaredFolder | DeclaredJsonl | DeclaredGit | DeclaredZendesk | DeclaredWebsite, Field(discriminator="kind")
]


class DeclaredSources(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[DeclaredSource, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        slugs = [each.slug for each in self.sources]
        twice = next((each.name for each in self.sources if slugs.count(each.slug) > 1), None)
        if twice is not None:
            raise ValueError(f"two sources are called {twice!r}, or nearly so")
        return self

    def combined(self, store: Path) -> CombinedSource:
        """What the last sync into `store` kept of all of them."""
        return CombinedSource(
            [Part(each.name, each.slug, SnapshotStore(store / each.slug), each.id_prefix) for each in self.sources]
        )


def load_sources(path: Path) -> DeclaredSources:
    """The sources that `path` declares; a folder stands for itself. Raises `SourcesFileInvalid` naming file and key."""
    if path.is_dir():
        return DeclaredSources(
            sources=(DeclaredFolder(name=path.name or "articles", kind="folder", path=path.absolute()),)
        )
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
