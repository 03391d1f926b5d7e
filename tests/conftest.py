"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.databases import (
    database,
    empty_database,
    kind_of_database,
    migrated_file,
    migrated_template,
    postgresql_url,
)
from tests.support.stack import Stack

__all__ = [
    "database",
    "empty_database",
    "kind_of_database",
    "migrated_file",
    "migrated_template",
    "postgresql_url",
    "stack",
]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The real processes, started once for all tests that use them."""
    running = Stack(tmp_path_factory.mktemp("stack"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


# First: pytest-xdist reads the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what runs for minutes unless `-m` names it, whatever else it selects. Whoever is the first to use the whole
    product waits for its index and its model: seven minutes where nothing is kept and the machine is busy.
    """
    for item in items:
        uses = getattr(item, "fixturenames", ())
        if ("stack" in uses or "processes" in uses) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(600))
    if "soak" not in str(config.option.markexpr):
        long = [item for item in items if item.get_closest_marker("soak")]
        if long:
            config.hook.pytest_deselected(items=long)
            items[:] = [item for item in items if item not in long]
    if hasattr(config, "workerinput"):
        _share_out(items)


def _share_out(items: list[pytest.Item]) -> None:
    """For several workers: the tests of a file stay together, and so do all that use the running product, and all that use
    the browser, which are then started once. The two large groups come first, so that no worker is left with one at the end.
    """
    groups = {item: _group(item) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: _FIRST.index(groups[item]) if groups[item] in _FIRST else len(_FIRST))


_FIRST = ("product", "browser")


def _group(item: pytest.Item) -> str:
    if {"stack", "processes"} & set(getattr(item, "fixturenames", ())):
        return "product"
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    return (
        "browser"
        if folder == "browser"
        else item.path.stem
        if folder == item.path.name
        else f"{folder}/{item.path.stem}"
    )
