from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from knowledge_base.errors import SourceUnavailable, SourceUnusable
from knowledge_base.sources.git import GitRepository
from knowledge_base.sources.snapshots import Snapshot
from tests.knowledge_base.conftest import write

IDENTITY = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@lumbra.example",
    "GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@lumbra.example",
}  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=IDENTITY, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose articles lie in docs/en, with a branch `next` and a tag `v1`."""
    root = tmp_path / "origin"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    write(root, "docs/en/rates.md", "---\ntitle: Rates\n---\nChoose by weight.\n")
    write(root, "docs/en/orders.md", "---\ntitle: Orders\n---\nOpen the list.\n")
    commit(root, "first")
    git(root, "tag", "v1")
    git(root, "branch", "next")
    return root


def commit(root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", message)


def source(repository: Path, tmp_path: Path, ref: str = "", folder: str = "docs") -> GitRepository:
    return GitRepository(f"file://{repository}", tmp_path / "store/checkout", ref, folder)


def fetch(which: GitRepository, previous: Snapshot | None = None) -> Snapshot:
    return which.fetch(previous, lambda what, done, total: None)


def test_the_default_branch_is_fetched_shallowly_and_read(repository: Path, tmp_path: Path) -> None:
    write(repository, "docs/en/rates.md", "---\ntitle: Rates\n---\nChoose by size.\n")
    commit(repository, "second")
    articles = fetch(source(repository, tmp_path)).articles
    assert {each.id: each.body_markdown for each in articles} == {
        "rates": "Choose by size.\n",
        "orders": "Open the list.\n",
    }
    assert git(tmp_path / "store/checkout", "rev-list", "--count", "HEAD").strip() == "1"


def test_a_branch_or_tag_is_followed_and_what_left_it_leaves(repository: Path, tmp_path: Path) -> None:
    first = fetch(source(repository, tmp_path, ref="next"))
    git(repository, "checkout", "--quiet", "next")
    (repository / "docs/en/orders.md").unlink()
    commit(repository, "remove")
    assert [each.id for each in fetch(source(repository, tmp_path, ref="next"), first).articles] == ["rates"]
    assert len(fetch(source(repository, tmp_path, ref="v1")).articles) == 2


def test_with_nothing_new_the_same_snapshot_comes_back(repository: Path, tmp_path: Path) -> None:
    first = fetch(source(repository, tmp_path))
    assert fetch(source(repository, tmp_path), first) is first


def test_history_that_was_rewritten_is_followed(repository: Path, tmp_path: Path) -> None:
    first = fetch(source(repository, tmp_path))
    write(repository, "docs/en/rates.md", "---\ntitle: Rates\n---\nOther words.\n")
    git(repository, "commit", "--quiet", "--all", "--amend", "-m", "rewritten")
    bodies = {each.body_markdown for each in fetch(source(repository, tmp_path), first).articles}
    assert "Other words.\n" in bodies


def test_a_repository_that_is_gone_or_has_no_such_branch_is_named(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="no-such"):
        fetch(source(repository, tmp_path, ref="no-such"))
    with pytest.raises(SourceUnavailable, match="git fetch of file://"):
        fetch(source(tmp_path / "nowhere", tmp_path))


def test_links_of_the_repository_lead_nowhere(repository: Path, tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.md", "# Secret\n\nNobody may read this.\n")
    (repository / "docs/en/link.md").symlink_to(secret)
    commit(repository, "link")
    assert "Nobody may read this" not in "".join(
        each.body_markdown for each in fetch(source(repository, tmp_path)).articles
    )


def test_hooks_of_the_checkout_do_not_run(repository: Path, tmp_path: Path) -> None:
    first = fetch(source(repository, tmp_path))
    hook = write(tmp_path, "store/checkout/.git/hooks/post-checkout", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    write(repository, "docs/en/new.md", "---\ntitle: New\n---\nWords.\n")
    commit(repository, "new")
    assert len(fetch(source(repository, tmp_path), first).articles) == 3
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c touch% /tmp/x", "--upload-pack=touch x", "http://a.example/x", "git://a.example/x", "/etc",
     "-oProxyCommand=x", "https://user:secret@a.example/x", "file:/etc", "user@-oProxyCommand=x:y", ""],
)  # fmt: skip
def test_other_addresses_are_refused_without_running_anything(url: str, tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable) as caught:
        GitRepository(url, tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("ref", ["--help", "a..b", "-x", "a b", "a:b", "refs/heads/x.lock", "a;b", "+main"])
def test_refs_that_git_could_take_for_something_else_are_refused(ref: str, tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable, match="no branch or tag"):
        GitRepository("https://a.example/x", tmp_path, ref)


@pytest.mark.parametrize("folder", ["/etc", "../..", "a/../../b", "-x"])
def test_folders_outside_of_the_repository_are_refused(folder: str, tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable, match="no folder within"):
        GitRepository("https://a.example/x", tmp_path, "", folder)


def test_the_token_is_in_no_argument_and_no_message(tmp_path: Path) -> None:
    which = GitRepository("https://127.0.0.1:9/x.git", tmp_path / "checkout", token="t0ken-of-ours")
    with pytest.raises(SourceUnavailable) as caught:
        fetch(which)
    assert "t0ken" not in str(caught.value) + repr(which)
    assert which._environment()["GIT_TERMINAL_PROMPT"] == "0"
