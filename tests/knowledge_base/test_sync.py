"""Sync as an operator runs it: declared sources, a real server, a real index, failures on command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import knowledge_base.build
from knowledge_base import KnowledgeBaseError, SourceUnusable
from knowledge_base.cli import app
from knowledge_base.sources.declared import load_sources
from knowledge_base.sources.snapshots import SnapshotStore
from knowledge_base.sync import SyncBusy, _alone, read_sync_state, sync_sources
from tests.knowledge_base.conftest import WordHashing, write, write_help_center
from tests.support.help_center_server import CLOCK, Answer, HelpCenterServer, ZendeskArticle, help_center_server

ROOT = Path(__file__).parents[2]
LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def server() -> Iterator[HelpCenterServer]:
    """A help center of three articles."""
    with help_center_server() as running:
        for number in range(3):
            running.articles[number] = ZendeskArticle(
                number,
                {"en-us": (f"Article {number}", f"<p>Words number {number} of it.</p>")},
                updated=CLOCK - 100 + number,
            )
        running.locales = ["en-us"]
        yield running


def declare(folder: Path, *sources: dict[str, Any]) -> Path:
    return write(folder, "sources.yml", yaml.safe_dump({"sources": list(sources)}))


def zendesk(server: HelpCenterServer) -> dict[str, Any]:
    return {"name": "Tickets' help", "kind": "zendesk", "url": server.url, "allow_private": LOOPBACK}


def folder(path: str = "articles") -> dict[str, Any]:
    return {"name": "Own articles", "kind": "folder", "path": path}


def test_the_first_sync_reads_everything_and_the_next_nothing(tmp_path: Path, server: HelpCenterServer) -> None:
    write_help_center(tmp_path / "articles")
    path = declare(tmp_path, folder(), zendesk(server))
    first = sync_sources(path, tmp_path / "store")
    assert [(each.new, each.articles) for each in first.sources] == [(15, {"en": 5, "es": 5, "pt": 5}), (3, {"en": 3})]
    assert first.changed
    second = sync_sources(path, tmp_path / "store")
    assert [(each.new, each.changed, each.gone) for each in second.sources] == [(0, 0, 0), (0, 0, 0)]
    assert not second.changed
    assert second.source.fingerprint() == first.source.fingerprint()


def test_new_changed_and_gone_articles_are_counted(tmp_path: Path) -> None:
    root = write_help_center(tmp_path / "articles", ["en"])
    path = declare(tmp_path, folder())
    sync_sources(path, tmp_path / "store")
    (root / "en/refund-order.md").unlink()
    write(root, "en/new.md", "---\ntitle: New\n---\nWords.\n")
    write(root, "en/export-reports.md", "---\ntitle: Export\nslugEN: export-reports\n---\nOther words.\n")
    write(root, "en/shipping-rates.md", "---\ntitle: Hidden\nhidden: true\n---\nOther words.\n")
    (state,) = sync_sources(path, tmp_path / "store").sources
    assert (state.new, state.changed, state.gone) == (1, 1, 2)
    assert [(each.place, each.reason) for each in state.skipped] == [("en/shipping-rates.md", "hidden")]


def test_a_source_that_fails_half_way_keeps_its_articles_and_says_so(tmp_path: Path, server: HelpCenterServer) -> None:
    path = declare(tmp_path, zendesk(server))
    sync_sources(path, tmp_path / "store")
    server.articles.pop(0)
    server.failing = lambda asked: Answer(status=429, headers={"Retry-After": "600"}) if "after" in asked else None
    server.articles[7] = ZendeskArticle(7, {"en-us": ("New", "<p>Words.</p>")})
    report = sync_sources(path, tmp_path / "store")
    (state,) = report.failing
    assert (state.kept, state.new, state.gone) == (3, 0, 0)
    assert "429" in state.problems[0]
    assert {each.id for each in report.source.read().articles} == {"0", "1", "2"}
    assert read_sync_state(tmp_path / "store").failing[0].failing_since is not None
    server.failing = lambda _: None
    after = sync_sources(path, tmp_path / "store")
    assert after.failing == ()
    assert {each.id for each in after.source.read().articles} == {"1", "2", "7"}
    assert after.sources[0].failing_since is None


def test_a_folder_that_vanished_keeps_its_articles(tmp_path: Path) -> None:
    root = write_help_center(tmp_path / "articles", ["en"])
    path = declare(tmp_path, folder())
    sync_sources(path, tmp_path / "store")
    root.rename(tmp_path / "elsewhere")
    report = sync_sources(path, tmp_path / "store")
    assert report.failing[0].kept == 5
    assert len(report.source.read().articles) == 5


def test_a_source_that_shows_nothing_any_more_is_taken_for_broken(tmp_path: Path, server: HelpCenterServer) -> None:
    path = declare(tmp_path, zendesk(server))
    sync_sources(path, tmp_path / "store")
    server.articles.clear()
    assert sync_sources(path, tmp_path / "store").failing[0].kept == 3


def test_one_failing_source_does_not_stop_the_others(tmp_path: Path, server: HelpCenterServer) -> None:
    write_help_center(tmp_path / "articles", ["en"])
    server.failing = lambda _: Answer(status=403)
    path = declare(tmp_path, zendesk(server), folder())
    report = sync_sources(path, tmp_path / "store")
    assert [each.name for each in report.failing] == ["Tickets' help"]
    assert len(report.source.read().articles) == 5


def test_of_two_sources_with_one_id_the_first_declared_wins_and_the_other_is_named(tmp_path: Path) -> None:
    write(tmp_path, "one/en/rates.md", "---\ntitle: First\n---\nWords.\n")
    write(tmp_path, "two/en/rates.md", "---\ntitle: Second\n---\nWords.\n")
    one, two = {**folder("one"), "name": "One"}, {**folder("two"), "name": "Two"}
    content = sync_sources(declare(tmp_path, one, two), tmp_path / "store").source.read()
    assert [each.title for each in content.articles] == ["First"]
    assert [str(each) for each in content.skipped] == [
        "Two: en/rates.md: its id 'rates' (en) belongs to one/en/rates.md already"
    ]
    swapped = sync_sources(declare(tmp_path, two, one), tmp_path / "store").source.read()
    assert [each.title for each in swapped.articles] == ["Second"]
    both = sync_sources(declare(tmp_path, one, {**two, "id_prefix": "two/"}), tmp_path / "store").source.read()
    assert {each.id for each in both.articles} == {"rates", "two/rates"}


def test_a_source_that_is_no_longer_declared_leaves(tmp_path: Path) -> None:
    write_help_center(tmp_path / "articles", ["en"])
    write(tmp_path, "two/en/rates.md", "---\ntitle: Second\n---\nWords.\n")
    sync_sources(declare(tmp_path, folder(), {**folder("two"), "name": "Two"}), tmp_path / "store")
    report = sync_sources(declare(tmp_path, folder()), tmp_path / "store")
    assert len(report.source.read().articles) == 5
    assert [each.name for each in read_sync_state(tmp_path / "store").sources] == ["Own articles"]


def test_sources_whose_turn_has_not_come_are_left_alone_when_only_due_ones_are_asked(
    tmp_path: Path, server: HelpCenterServer
) -> None:
    path = declare(tmp_path, zendesk(server))
    sync_sources(path, tmp_path / "store")
    mark = len(server.asked)
    (state,) = sync_sources(path, tmp_path / "store", due_only=True).sources
    assert (server.asked[mark:], state.fetched, state.articles) == ([], False, {"en": 3})


def test_a_damaged_store_is_as_if_there_was_none(tmp_path: Path, server: HelpCenterServer) -> None:
    path = declare(tmp_path, zendesk(server))
    sync_sources(path, tmp_path / "store")
    (stored,) = (tmp_path / "store").glob("*/snapshot.jsonl")
    raw = stored.read_bytes()
    for damaged in (raw[:-10], raw[:200] + b"x" + raw[201:], b"", b"nonsense", raw.replace(b"Words", b"Wares")):
        stored.write_bytes(damaged)
        assert SnapshotStore(stored.parent).load() is None
    assert len(sync_sources(path, tmp_path / "store").source.read().articles) == 3


def test_two_syncs_of_one_store_do_not_meet(tmp_path: Path) -> None:
    write_help_center(tmp_path / "articles", ["en"])
    with _alone(tmp_path / "store", 1), pytest.raises(SyncBusy, match="another sync"):
        sync_sources(declare(tmp_path, folder()), tmp_path / "store", wait=0.1)


def test_a_store_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    write_help_center(tmp_path / "articles", ["en"])
    write(tmp_path, "store", "a file")
    with pytest.raises(KnowledgeBaseError, match="store cannot be written"):
        sync_sources(declare(tmp_path, folder()), tmp_path / "store")


def test_secrets_come_from_the_environment_and_a_missing_one_is_named(
    tmp_path: Path, server: HelpCenterServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.token = "t0ken-of-ours"
    path = declare(tmp_path, {**zendesk(server), "email": "agent@shop.example", "token_env": "HELP_TOKEN"})
    assert "HELP_TOKEN is not set" in sync_sources(path, tmp_path / "store").failing[0].problems[0]
    monkeypatch.setenv("HELP_TOKEN", "t0ken-of-ours")
    assert sync_sources(path, tmp_path / "store").failing == ()
    assert all(b"t0ken" not in file.read_bytes() for file in (tmp_path / "store").rglob("*") if file.is_file())


def test_with_no_article_at_all_there_is_nothing_to_read(tmp_path: Path) -> None:
    report = sync_sources(declare(tmp_path, folder("nowhere")), tmp_path / "store")
    with pytest.raises(SourceUnusable, match="Own articles"):
        report.source.read()


@pytest.fixture
def quick_encoder(monkeypatch: pytest.MonkeyPatch) -> WordHashing:
    encoder = WordHashing()
    monkeypatch.setattr(knowledge_base.build, "MiniLM", lambda *_, **__: encoder, raising=False)
    return encoder


def run(tmp_path: Path, *arguments: str) -> tuple[int, str, str]:
    store, index = str(tmp_path / "store"), str(tmp_path / "index")
    asked = ["sync", "--sources", str(tmp_path / "sources.yml"), "--index", index, "--store", store, *arguments]
    done = CliRunner().invoke(app, asked)
    return done.exit_code, done.stdout, done.stderr


def test_the_command_builds_only_when_something_changed(
    tmp_path: Path, server: HelpCenterServer, quick_encoder: WordHashing
) -> None:
    write_help_center(tmp_path / "articles")
    declare(tmp_path, folder(), zendesk(server))
    code, out, err = run(tmp_path, "--json")
    assert code == 0, err
    assert json.loads(out)["built"]["articles"] == 18
    stamp = (tmp_path / "index/manifest.json").stat().st_mtime_ns
    code, out, _ = run(tmp_path)
    assert code == 0
    assert "up to date" in out
    assert (tmp_path / "index/manifest.json").stat().st_mtime_ns == stamp
    server.failing = lambda _: Answer(status=403)
    code, out, err = run(tmp_path)
    assert code == 3
    assert "3 kept because fetching failed" in out
    assert "refuses the credentials" in err
    status = CliRunner().invoke(app, ["status", "--index", str(tmp_path / "index"), "--store", str(tmp_path / "store")])
    assert "refuses the credentials" in status.stdout


def test_a_wrong_file_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    write(tmp_path, "sources.yml", "sources:\n  - {name: x, kind: ftp}\n")
    code, _, err = run(tmp_path)
    assert code == 2
    assert "sources.0" in err
    assert len(err.strip().splitlines()) == 1


def test_watching_picks_up_a_changed_article_until_it_is_stopped(tmp_path: Path) -> None:
    root = write_help_center(tmp_path / "articles", ["en"])
    declare(tmp_path, folder())
    places = {"--sources": "sources.yml", "--store": "store", "--index": "index"}
    options = [part for name, place in places.items() for part in (name, str(tmp_path / place))]
    watching = subprocess.Popen(
        [sys.executable, "-m", "tests.support.quick_build", "sync", "--watch", "--json", *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["sources"][0]["new"] == 5
        write(root, "en/new.md", "---\ntitle: New\n---\nWords of it.\n")
        assert json.loads(watching.stdout.readline())["sources"][0]["new"] == 1
        watching.send_signal(signal.SIGTERM)
        assert watching.wait(20) == 0
    finally:
        watching.kill()
        watching.wait()
        if watching.stdout:
            watching.stdout.close()


def test_every_kind_of_source_is_declared_with_its_options(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "sources.yml",
        """
sources:
  - {name: a, kind: folder, path: articles, id_prefix: a/}
  - {name: b, kind: jsonl, path: articles.jsonl}
  - {name: c, kind: git, url: "https://git.lumbra.example/help.git", ref: main, folder: docs, token_env: C_TOKEN, every: 60}
  - {name: d, kind: git, path: checkout, folder: docs}
  - {name: e, kind: zendesk, url: "https://lumbra.zendesk.example", oauth_token_env: E_TOKEN, locales: {en-us: en}}
  - {name: f, kind: website, sitemap: "https://help.lumbra.example/sitemap.xml", hosts: [cdn.lumbra.example],
     include: ["/help/*"], exclude: ["/help/old/*"], locale: en, max_pages: 100, delay: 1, allow_private: [10.0.0.0/8]}
""",
    )
    assert [each.kind for each in load_sources(path).sources] == ["folder", "jsonl", "git", "git", "zendesk", "website"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"kind": "git"}, "either url or path"),
        ({"kind": "git", "path": "x", "ref": "main"}, "belong to url"),
        ({"kind": "zendesk", "url": "https://a.example", "token_env": "A"}, "belong together"),
        (
            {"kind": "zendesk", "url": "https://a.example", "email": "a@b.example", "token_env": "sk-live secret"},
            "token_env",
        ),
        ({"kind": "zendesk", "url": "ftp://a.example"}, "url"),
        ({"kind": "website", "sitemap": "https://a.example/s.xml", "allow_private": ["everything"]}, "allow_private"),
        ({"kind": "website"}, "sitemap"),
    ],
)
def test_what_is_wrong_with_a_source_is_named(tmp_path: Path, source: dict[str, Any], told: str) -> None:
    with pytest.raises(KnowledgeBaseError, match=told):
        load_sources(declare(tmp_path, {"name": "a", **source}))


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseError, match="two sources"):
        load_sources(declare(tmp_path, folder(), {**folder("b"), "name": "own-articles"}))
