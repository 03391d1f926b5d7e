"""Which tests one worker runs together, where several share the work (`pytest -n 2`).

pytest-xdist's own groups (`--dist loadgroup`) travel in the tests' ids, which pytest 9.2 does not let it change any more; so
the groups follow from the files here, which workers and controller read alike.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[2]
# Begun first, so that no worker is left with one of them at the end.
FIRST = ("product", "browser")
_PRODUCT = re.compile(r"\bmark\.processes\b|\bstack: Stack\b")


@cache
def group_of(path: str) -> str:
    """All that use the running product are one group, all that use the browser another: each is started once. Else, the file.

    `path`: of a test file, from the root.
    """
    if _PRODUCT.search((ROOT / path).read_text(encoding="utf-8")):
        return "product"
    return "browser" if path.startswith("tests/browser/") else path


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """The large groups first, everything else as it was."""
    groups = {item: group_of(item.nodeid.partition("::")[0]) for item in items}
    return sorted(items, key=lambda item: FIRST.index(groups[item]) if groups[item] in FIRST else len(FIRST))


class Sharing(LoadScopeScheduling):
    """Gives a worker a group at a time, in the order in which the tests were collected."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])
