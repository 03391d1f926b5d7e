"""What sources at the other end of a network have in common."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping

from knowledge_base.articles import SourceContent
from knowledge_base.errors import SourceUnusable
from knowledge_base.sources import Report
from knowledge_base.sources.snapshots import Snapshot


class Remote(ABC):
    """A `RemoteSource`. `read()` and `fingerprint()` fetch everything, once; `fetch` is what a sync calls."""

    _whole: Snapshot | None = None

    @abstractmethod
    def fetch(self, previous: Snapshot | None, report: Report) -> Snapshot:
        """See `RemoteSource.fetch`."""

    def read(self) -> SourceContent:
        if self._whole is None:
            self._whole = self.fetch(None, lambda what, done, total: None)
        return self._whole.content

    def fingerprint(self) -> str:
        return hashlib.sha256(repr(self.read()).encode("utf-8", "surrogatepass")).hexdigest()


def secret_from(name: str, environment: Mapping[str, str] | None = None) -> str:
    """The value of an environment variable that a source's declaration names. Raises `SourceUnusable` naming the variable
    where it is missing or empty; its value is in no message."""
    if not name:
        return ""
    value = (os.environ if environment is None else environment).get(name, "").strip()
    if not value:
        raise SourceUnusable(f"the environment variable {name} is not set: it holds the secret of this source")
    return value


def our_locale(locale: str, mapping: Mapping[str, str]) -> str | None:
    """The locale under which articles of a source's `locale` are indexed; None where they are not.

    With a mapping only what it lists is indexed; without one the region is dropped (`en-us` -> `en`)."""
    named = locale.replace("_", "-").lower()
    if mapping:
        return {name.replace("_", "-").lower(): ours for name, ours in mapping.items()}.get(named)
    return named.split("-", 1)[0]
