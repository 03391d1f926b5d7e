"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.databases import (
    database,
    empty_database,
    kind_of_database,
    migrated_file,
    migrated_template,
    postgresql_url,
)
from tests.support.sharing import Sharing, in_order
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
        items[:] = in_order(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    """For several workers, whatever `--dist` says."""
    return Sharing(config, log)
