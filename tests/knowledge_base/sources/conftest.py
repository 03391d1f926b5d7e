from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import pytest

from knowledge_base.sources.fetching import Limits
from tests.support.help_center_server import HelpCenterServer, help_center_server

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
# Short pauses, so that a failure is quick; long limits, so that a busy machine makes none.
QUICK = Limits(seconds=30.0, read_timeout=30.0, max_bytes=200_000, retries=2, first_pause=0.01, longest_pause=0.05)


@pytest.fixture
def server() -> Iterator[HelpCenterServer]:
    with help_center_server() as running:
        yield running
