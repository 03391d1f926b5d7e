from __future__ import annotations

import gzip

import pytest

from knowledge_base.sources.fetching import Fetcher, PageFailed, unpacked
from tests.knowledge_base.sources.conftest import LOOPBACK, QUICK
from tests.support.help_center_server import Answer, HelpCenterServer


def fetcher(server: HelpCenterServer, waited: list[float] | None = None) -> Fetcher:
    return Fetcher(frozenset({server.host}), LOOPBACK, QUICK, pause=(waited if waited is not None else []).append)


def test_redirects_are_followed_and_the_last_address_is_told(server: HelpCenterServer) -> None:
    server.pages["/a"] = Answer(status=301, headers={"Location": "/b"})
    server.pages["/b"] = Answer(status=302, headers={"Location": f"{server.url}/c"})
    server.page("/c", "<p>here</p>")
    with fetcher(server) as client:
        page = client.get(f"{server.url}/a")
    assert (page.url, page.status, page.body) == (f"{server.url}/c", 200, b"<p>here</p>")


def test_a_redirect_loop_is_named(server: HelpCenterServer) -> None:
    server.pages["/a"] = Answer(status=302, headers={"Location": "/b"})
    server.pages["/b"] = Answer(status=302, headers={"Location": "/a"})
    with fetcher(server) as client, pytest.raises(PageFailed, match="circle"):
        client.get(f"{server.url}/a")


def test_a_chain_of_redirects_that_does_not_end_is_cut(server: HelpCenterServer) -> None:
    for number in range(20):
        server.pages[f"/{number}"] = Answer(status=302, headers={"Location": f"/{number + 1}"})
    with fetcher(server) as client, pytest.raises(PageFailed, match="more than 5 redirects"):
        client.get(f"{server.url}/0")
    assert len(server.asked) == 6


def test_an_endless_body_is_cut_at_its_limit(server: HelpCenterServer) -> None:
    server.pages["/a"] = Answer(endless=True)
    with fetcher(server) as client, pytest.raises(PageFailed, match="larger than 200000 bytes"):
        client.get(f"{server.url}/a")


def test_a_gzip_bomb_is_cut_at_its_limit(server: HelpCenterServer) -> None:
    body = gzip.compress(b"\0" * 50_000_000)
    server.pages["/a"] = Answer(body=body, headers={"Content-Encoding": "gzip"})
    with fetcher(server) as client, pytest.raises(PageFailed, match="unpacked"):
        client.get(f"{server.url}/a")
    with pytest.raises(PageFailed, match="unpacked"):
        unpacked(body, 1000, "sitemap.xml.gz")


def test_packed_answers_are_unpacked_and_broken_ones_named(server: HelpCenterServer) -> None:
    packed = gzip.compress(b"<p>words</p>" * 50)
    server.pages["/a"] = Answer(body=packed, headers={"Content-Encoding": "gzip"})
    server.pages["/short"] = Answer(body=packed[:-12], headers={"Content-Encoding": "gzip"})
    server.pages["/lie"] = Answer(body=b"plain", headers={"Content-Encoding": "gzip"})
    with fetcher(server) as client:
        assert client.get(f"{server.url}/a").body == b"<p>words</p>" * 50
        for path in ("/short", "/lie"):
            with pytest.raises(PageFailed):
                client.get(f"{server.url}{path}")


def test_an_answer_that_is_cut_short_is_tried_again_and_then_named(server: HelpCenterServer) -> None:
    server.pages["/a"] = Answer(body=b"x" * 1000, cut_short=True)
    with fetcher(server) as client, pytest.raises(PageFailed, match="cut short"):
        client.get(f"{server.url}/a")
    assert len(server.asked) == 3


def test_429_waits_as_long_as_it_is_told_and_tries_again(server: HelpCenterServer) -> None:
    server.page("/a", "<p>here</p>")
    busy = [Answer(status=429, headers={"Retry-After": "0"}), Answer(status=503)]
    server.failing = lambda _: busy.pop() if busy else None
    waited: list[float] = []
    with fetcher(server, waited) as client:
        assert client.get(f"{server.url}/a").status == 200
    assert len(waited) == 2
    assert waited[1] == 0.0


def test_a_server_that_keeps_failing_is_named_with_its_answer(server: HelpCenterServer) -> None:
    server.failing = lambda _: Answer(status=500)
    with fetcher(server) as client, pytest.raises(PageFailed, match="answers 500"):
        client.get(f"{server.url}/a")
    assert len(server.asked) == 3


def test_being_asked_to_wait_for_hours_is_a_failure_at_once(server: HelpCenterServer) -> None:
    server.failing = lambda _: Answer(status=429, headers={"Retry-After": "7200"})
    with fetcher(server) as client, pytest.raises(PageFailed, match="wait 7200 s"):
        client.get(f"{server.url}/a")
    assert len(server.asked) == 1


def test_a_server_that_is_not_there_is_named() -> None:
    with (
        Fetcher(frozenset({"127.0.0.1:9"}), LOOPBACK, QUICK) as client,
        pytest.raises(PageFailed, match="not reachable"),
    ):
        client.get("http://127.0.0.1:9/")
