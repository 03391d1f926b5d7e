"""What is worked out of a catalog once, and asked for at every ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from bot.catalog import Catalog

T = TypeVar("T")


def once_for_catalog(make: Callable[[Catalog], T]) -> Callable[[Catalog], T]:
    """The function, which is called once for each catalog: a catalog never changes, and keeps what was made of it."""
    name = f"{make.__module__}.{make.__qualname__}"

    def kept(catalog: Catalog) -> T:
        notes = vars(catalog)
        try:
            return cast("T", notes[name])
        except KeyError:
            # Two threads that make it at once make the same.
            notes[name] = made = make(catalog)
            return made

    return kept
